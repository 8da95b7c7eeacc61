#!/usr/bin/env python3
"""--timeline: do the rules of Chrome's trace event format hold over real runs, and do its sums agree
with result.json?"""

import gzip
import json
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal

from kvsim_cli import BIN, OUT_FILES, TINY, YOUR_INPUT, CliTest, environment, files_below, main, rows_of

# A pool so small that requests are preempted (asserted below), two variants on two replicas each.
CROWDED = """\
version: 1
name: crowded
model: llama-3.1-8b
cluster: {gpu: h100-sxm, replicas: 2}
engine: {profile: vllm-0.24, max_model_len: 2048, num_gpu_blocks_override: 160, max_num_seqs: 12}
workload:
  arrivals: {process: poisson, request_rate: 60/s}
  lengths: {prompt: {lognormal: {mean: 200, p99: 600}}, output: {lognormal: {mean: 60, p99: 200}}}
  num_requests: 200
variants:
  - {name: GQA-8}
  - {name: MQA, model.attention: {variant: mqa}}
"""

COUNTERS = {"num_requests_running", "num_requests_waiting", "kv_blocks_used", "tokens_per_step",
            "hbm_read_bandwidth"}
SPANS = {"prefill", "recompute", "decode"}


def load(path):
    """The trace; numbers with a point stay decimals."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.name.endswith(".gz") else data
    return json.loads(text.decode(), parse_float=Decimal)


def of_phase(trace, phase):
    return [event for event in trace["traceEvents"] if event["ph"] == phase]


class Timeline(CliTest):
    def setUp(self):
        super().setUp()
        self.write("crowded.yaml", CROWDED)
        self.write("tiny.yaml", TINY)

    def obeys_the_format(self, trace, begin=Decimal(0), end=Decimal("Infinity")):
        """Rules of "Trace Event Format", and of readers: what they draw wrongly must not occur."""
        self.assertEqual(set(trace), {"traceEvents", "displayTimeUnit", "metadata"})
        self.assertIn(trace["displayTimeUnit"], ("ms", "ns"))
        names, used, tracks = defaultdict(set), set(), defaultdict(list)
        for event in trace["traceEvents"]:
            self.assertIn(event["ph"], ("M", "X", "i", "C"))
            self.assertIsInstance(event["pid"], int)
            self.assertGreater(event["pid"], 0)
            if event["ph"] == "M":
                names[event["name"]].add((event["pid"], event.get("tid")))
                continue
            self.assertTrue(begin <= event["ts"] <= end, event)
            used.add((event["pid"], None))
            if event["ph"] != "C":
                used.add((event["pid"], event["tid"]))
            if event["ph"] == "X":
                self.assertIn(event["name"], SPANS)
                self.assertGreaterEqual(event["dur"], 0)
                self.assertLessEqual(event["ts"] + event["dur"], end)
                tracks[event["pid"], event["tid"]].append((event["ts"], event["dur"]))
            elif event["ph"] == "i":
                self.assertEqual((event["s"], event["name"]), ("t", "preempted"))
            else:
                self.assertIn(event["name"], COUNTERS)
                self.assertTrue(event["args"])
                for value in event["args"].values():
                    self.assertIsInstance(value, (int, Decimal))
                    self.assertGreaterEqual(value, 0)
        self.assertLessEqual(used, names["process_name"] | names["thread_name"])
        self.assertLessEqual(names["thread_name"], used)
        self.assertEqual(names["thread_name"], names["thread_sort_index"])
        for spans in tracks.values():
            self.spans_keep_apart(sorted(spans))
        self.counters_go_forward(trace)

    def spans_keep_apart(self, spans):
        # Once as written, and once as Perfetto reads them: `ts` and `dur` each as a double of
        # microseconds, rounded to the nanosecond.
        for (ts, dur), (after, _) in zip(spans, spans[1:]):
            self.assertLessEqual(ts + dur, after)
            self.assertLessEqual(round(float(ts) * 1000) + round(float(dur) * 1000),
                                 round(float(after) * 1000))

    def counters_go_forward(self, trace):
        last = {}
        for event in of_phase(trace, "C"):
            key = event["pid"], event["name"]
            self.assertGreater(event["ts"], last.get(key, (-1, None))[0], event)
            self.assertNotEqual(event["args"], last.get(key, (0, None))[1], "said twice")
            last[key] = event["ts"], event["args"]

    def test_obeys_the_format_and_agrees_with_the_results(self):
        self.succeeds("run", "crowded.yaml", "--out", "out", "--timeline", "out/t.json.gz")
        self.assertEqual(set(files_below(self.folder / "out")), OUT_FILES | {"t.json.gz"})
        trace = load(self.folder / "out/t.json.gz")
        self.obeys_the_format(trace)
        results = json.loads((self.folder / "out/result.json").read_text())["runs"]
        rows = {(row["run_id"], int(row["request_id"])): row
                for row in rows_of(self.folder / "out/requests.csv")}
        runs = trace["metadata"]["runs"]
        self.assertEqual([run["run"] for run in runs], [run["id"] for run in results])
        self.assertEqual([run["pids"] for run in runs], [[1, 2], [3, 4]])
        for run, result in zip(runs, results):
            events = [event for event in trace["traceEvents"] if event["pid"] in run["pids"]]
            self.agrees(run, result, events, rows)
        manifest = json.loads((self.folder / "out/manifest.json").read_text())
        self.assertEqual(manifest["stepper"], "step")

    def agrees(self, run, result, events, rows):
        metrics = result["metrics"]
        self.assertGreater(metrics["num_preemptions"], 10, "no question without preemptions")
        preempted = [event for event in events if event["ph"] == "i"]
        self.assertEqual(len(preempted), metrics["num_preemptions"])
        spans = defaultdict(list)
        for event in events:
            if event["ph"] == "X":
                spans[event["args"]["request"]].append(event)
        self.assertEqual(len(spans), metrics["completed"])
        self.assertEqual(run["requests"], {"in_window": metrics["completed"],
                                           "shown": metrics["completed"], "one_in": 1})
        self.assertLessEqual(len({(e["pid"], e["tid"]) for e in events if e["ph"] == "X"}), 2 * 12)
        for request, own in spans.items():
            self.spans_tell(rows[run["run"], request], own, run["pids"][0],
                            sum(event["args"]["request"] == request for event in preempted))
        self.counters_tell(run, metrics, events)

    def spans_tell(self, row, spans, first_pid, preemptions):
        """What the spans of one request say is what requests.csv says."""
        for event in spans:
            args = event["args"]
            for key in ("prompt_tokens", "output_tokens", "cached_tokens", "preemptions"):
                self.assertEqual(args[key], int(row[key]), key)
            for key in ("queue_ms", "ttft_ms", "tpot_ms"):
                self.assertAlmostEqual(args[key], Decimal(row[key]), delta=Decimal("0.000001"))
            self.assertEqual(event["pid"], first_pid + int(row["replica"]))
        self.assertEqual(preemptions, int(row["preemptions"]))
        near = Decimal("0.003")  # of roundings, in microseconds
        arrival = Decimal(row["arrival_s"]) * 10**6
        begin = min(event["ts"] for event in spans)
        end = max(event["ts"] + event["dur"] for event in spans)
        prefilled = max(e["ts"] + e["dur"] for e in spans if e["name"] == "prefill")
        self.assertAlmostEqual(begin - arrival, Decimal(row["queue_ms"]) * 1000, delta=near)
        self.assertAlmostEqual(prefilled - arrival, Decimal(row["ttft_ms"]) * 1000, delta=near)
        self.assertAlmostEqual(end - arrival, Decimal(row["e2el_ms"]) * 1000, delta=near)

    def counters_tell(self, run, metrics, events):
        """Bandwidth over time is every byte that was read; what runs and what is used has its peak."""
        end = run["duration_s"] * 10**6
        total, peaks = Decimal(0), defaultdict(Decimal)
        for pid in run["pids"]:
            series = defaultdict(list)
            for event in events:
                if event["ph"] == "C" and event["pid"] == pid:
                    series[event["name"]].append((event["ts"], *event["args"].values()))
            self.assertEqual(set(series), COUNTERS)
            for name, points in series.items():
                peaks[name] = max([peaks[name]] + [value for _, value in points])
                self.assertEqual(points[-1][1], 0, "the run is over")
            bandwidth = series["hbm_read_bandwidth"]
            for (ts, value), (after, _) in zip(bandwidth, bandwidth[1:]):
                total += value * (after - ts) * 1000  # GB/s · us = kB
            self.assertLessEqual(bandwidth[-1][0], end + 1)
        self.assertAlmostEqual(float(total) / metrics["hbm_bytes_read"], 1, delta=1e-6)
        self.assertLessEqual(peaks["hbm_read_bandwidth"], run["peak_hbm_gb_per_s"])
        self.assertEqual(peaks["num_requests_running"], metrics["max_running_requests"])
        self.assertAlmostEqual(float(peaks["kv_blocks_used"]) / run["usable_kv_blocks"],
                               metrics["kv_cache_usage_perc"]["max"], delta=1e-9)

    def test_same_bytes_with_either_stepper_and_any_number_of_jobs(self):
        files = []
        for args in (["--jobs", "1"], ["--jobs", "3", "--stepper", "step"],
                     ["--jobs", "2", "--schedule-trace", "s.jsonl"]):
            self.succeeds("run", "crowded.yaml", "--timeline", "t.json.gz", *args)
            files.append((self.folder / "t.json.gz").read_bytes())
        self.assertEqual(files[0], files[1])
        self.assertEqual(files[0], files[2])
        self.succeeds("run", "crowded.yaml", "--timeline", "t.json")
        self.assertEqual((self.folder / "t.json").read_bytes(), gzip.decompress(files[0]))

    def test_changes_no_result(self):
        for name, args in {"with": ["--timeline", "t.json"], "without": []}.items():
            self.succeeds("run", "crowded.yaml", "--out", name, *args)
        for file in ("result.json", "requests.csv"):
            self.assertEqual((self.folder / "with" / file).read_bytes(),
                             (self.folder / "without" / file).read_bytes())

    def test_a_window_shows_a_part_of_the_same(self):
        self.succeeds("run", "crowded.yaml", "--timeline", "all.json")
        self.succeeds("run", "crowded.yaml", "--timeline", "part.json",
                      "--timeline-window", "500ms:1.25s")
        whole, part = load(self.folder / "all.json"), load(self.folder / "part.json")
        begin, end = Decimal(500_000), Decimal(1_250_000)
        self.obeys_the_format(part, begin, end)
        self.assertEqual(part["metadata"]["window_s"], [Decimal("0.5"), Decimal("1.25")])
        clipped = set()
        for event in of_phase(whole, "X"):
            ts = max(event["ts"], begin)
            until = min(event["ts"] + event["dur"], end)
            if ts < until:
                clipped.add((event["pid"], event["tid"], event["name"], event["args"]["request"], ts, until))
        self.assertEqual({(e["pid"], e["tid"], e["name"], e["args"]["request"], e["ts"], e["ts"] + e["dur"])
                          for e in of_phase(part, "X")}, clipped)
        self.assertGreater(len(clipped), 20)
        cut = {e["args"].get("cut") for e in of_phase(part, "X")}
        self.assertLessEqual({None, "begin", "end"}, cut)
        self.assertEqual(of_phase(part, "i"),
                         [e for e in of_phase(whole, "i") if begin <= e["ts"] < end])
        inside = [e for e in of_phase(whole, "C") if begin < e["ts"] < end]
        self.assertEqual([e for e in of_phase(part, "C") if e["ts"] > begin], inside)
        first = {(e["pid"], e["name"]): e["args"] for e in of_phase(whole, "C") if e["ts"] <= begin}
        self.assertEqual({(e["pid"], e["name"]): e["args"] for e in of_phase(part, "C")
                          if e["ts"] == begin}, first)

    def test_a_long_run_is_thinned_out_and_says_so(self):
        most = 400
        plain = self.succeeds("run", "crowded.yaml", "--timeline", "all.json")
        self.assertNotIn("thinned", plain.err)
        thin = self.succeeds("run", "crowded.yaml", "--timeline", "thin.json",
                             "--timeline-events", str(most))
        self.assertIn("2 of 2 runs thinned out", thin.err)
        self.assertIn("--timeline-window", thin.err)
        whole, trace = load(self.folder / "all.json"), load(self.folder / "thin.json")
        self.obeys_the_format(trace)
        shown = [e for e in trace["traceEvents"] if e["ph"] != "M"]
        self.assertLessEqual(len(shown), most)
        self.assertGreater(len(shown), most // 6)
        for run in trace["metadata"]["runs"]:
            of_run = lambda events: [e for e in events if e["pid"] in run["pids"]]
            every = run["requests"]["one_in"]
            self.assertGreater(every, 1)
            self.assertEqual(run["requests"]["in_window"], 200)
            kept = [e for e in of_run(of_phase(whole, "X")) if e["args"]["request"] % every == 0]
            self.assertEqual(of_run(of_phase(trace, "X")), kept)
            self.assertEqual(run["requests"]["shown"], len({e["args"]["request"] for e in kept}))
            for points in run["counter_points"]:
                self.assertEqual(points["shown"], -(-points["in_window"] // points["one_in"]))
        # Every byte is still there.
        self.assertAlmostEqual(self.bytes_of(trace) / self.bytes_of(whole), 1, delta=1e-6)

    def bytes_of(self, trace):
        total, last = Decimal(0), {}
        for event in of_phase(trace, "C"):
            if event["name"] == "hbm_read_bandwidth":
                value, = event["args"].values()
                ts, before = last.get(event["pid"], (event["ts"], 0))
                total += before * (event["ts"] - ts)
                last[event["pid"]] = event["ts"], value
        return float(total)

    def test_asynchronous_scheduling_needs_no_slot_for_who_has_ended(self):
        # One seat: each request sits in slot 1, though the engine computes one token more for the one
        # before. The trace of the scheduler shows those.
        self.succeeds("run", "tiny.yaml", "--set", "engine.max_num_seqs=1", "--timeline", "t.json",
                      "--schedule-trace", "s.jsonl", "--out", "out")
        trace = load(self.folder / "t.json")
        self.obeys_the_format(trace)
        self.assertEqual({event["tid"] for event in of_phase(trace, "X")}, {1})
        decisions = [json.loads(line) for line in (self.folder / "s.jsonl").read_text().splitlines()]
        result = json.loads((self.folder / "out/result.json").read_text())["runs"][0]
        tokens = sum(sum(line["num_scheduled_tokens"].values()) for line in decisions)
        wanted = sum(int(row["prompt_tokens"]) + int(row["output_tokens"]) - 1
                     for row in rows_of(self.folder / "out/requests.csv"))
        self.assertGreater(tokens, wanted)
        run = trace["metadata"]["runs"][0]
        self.counters_tell(run, result["metrics"], trace["traceEvents"])

    def test_refuses_what_it_cannot_mean(self):
        tiny = ["run", "tiny.yaml", "--timeline"]
        self.refuses(*tiny, "t.txt", names="ends in .json or .json.gz")
        self.refuses(*tiny, "tiny.yaml/t.json", names="tiny.yaml")
        for window, says in {"20s:10s": "ends before it begins", "10s:10s": "ends before it begins",
                             "20s": "write for example 10s:20s", ":": "write for example",
                             "10:20s": "'10' has no unit", "10s:20q": "'q'",
                             "-1s:20s": "no time of a run", "0s:1e30s": "no time of a run"}.items():
            self.refuses(*tiny, "t.json", "--timeline-window=" + window, names=says)
        self.refuses(*tiny, "t.json", "--timeline-events", "10", names="--timeline-events")
        self.refuses("run", "tiny.yaml", "--timeline-window", "0s:1s", names="requires --timeline")
        self.refuses(*tiny, "t.json", "--timeline-windw", "0s:1s", names="did you mean '--timeline-window'")
        self.refuses(*tiny, "out/../out/result.json", "--out", "out", names="a file that --out writes")

    def test_a_full_disk_leaves_nothing(self):
        # No file may become larger than 4 kB, which is told by a signal unless that is ignored.
        before = files_below(self.folder)
        for name in ("new/t.json", "new/t.json.gz"):
            code = ("import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
                    "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); os.execv(sys.argv[1], sys.argv[1:])")
            done = subprocess.run([sys.executable, "-c", code, BIN, "run", "tiny.yaml", "--timeline", name],
                                  cwd=self.folder, env=environment(), capture_output=True, text=True)
            self.assertEqual(done.returncode, YOUR_INPUT, done.stderr)
            self.assertIn("cannot write here", done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(files_below(self.folder), before)

    def test_a_window_behind_the_run_is_told(self):
        result = self.succeeds("run", "tiny.yaml", "--timeline", "t.json", "--timeline-window", "2h:")
        self.assertIn("every run is over before", result.err)
        self.assertEqual({e["ph"] for e in load(self.folder / "t.json")["traceEvents"]}, {"M"})


if __name__ == "__main__":
    main()
