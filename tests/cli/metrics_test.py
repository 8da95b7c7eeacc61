#!/usr/bin/env python3
"""Do the metrics of result.json follow from the rows of requests.csv?

Everything is computed again from the rows: with the standard library, and with numpy where there is
one. Rows are rounded to 1e-9 ms, which bounds how well the two can agree.
"""

import json
import math
import statistics

from kvsim_cli import SIX_RUNS, TINY, CliTest, main, rows_of

try:
    import numpy
except ImportError:
    numpy = None

PERCENTILES = {"median": 50, "p90": 90, "p95": 95, "p99": 99, "p99_9": 99.9}
BUSY = TINY.replace("num_requests: 40", "num_requests: 300").replace("4/s", "30/s")
# 15 GiB of weights in 0.23 · 79 GiB leave room for some 11 000 tokens: requests get preempted.
TIGHT = ["--set", "engine.gpu_memory_utilization=0.23", "--set", "workload.arrivals.request_rate=100/s"]
CASES = {"busy": [], "tight": TIGHT, "two replicas": ["--set", "cluster.replicas=2"]}


def percentile(values, percent):
    """Type 7: linear between the two nearest ranks, as numpy's default."""
    ordered = sorted(values)
    rank = percent / 100 * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def summary(values):
    return {"mean": statistics.fmean(values), "std": statistics.pstdev(values),
            **{name: percentile(values, percent) for name, percent in PERCENTILES.items()}}


def numpy_summary(values):
    return {"mean": numpy.mean(values), "std": numpy.std(values, ddof=0),
            **{name: numpy.percentile(values, percent) for name, percent in PERCENTILES.items()}}


class Metrics(CliTest):
    def result_of(self, study, *args):
        """The only run of a study, and its rows with numbers for text."""
        self.write("study.yaml", study)
        self.succeeds("run", "study.yaml", "--out", "out", *args)
        run = json.loads((self.folder / "out/result.json").read_text())["runs"][0]
        rows = [{key: float(value) for key, value in row.items() if key != "run_id"}
                for row in rows_of(self.folder / "out/requests.csv")]
        return run, rows

    def assert_close(self, actual, expected, what=""):
        self.assertTrue(math.isclose(actual, expected, rel_tol=1e-9, abs_tol=1e-9),
                        f"{what}: result.json says {actual!r}, the rows say {expected!r}")

    def each_case(self):
        for case, args in CASES.items():
            yield *self.result_of(BUSY, *args), case

    def test_latencies_are_those_of_the_rows(self):
        for run, rows, _ in self.each_case():
            many = [row for row in rows if row["output_tokens"] > 1]  # one token has no TPOT
            for latency, of in [("ttft", rows), ("tpot", many), ("e2el", rows), ("queue", rows)]:
                values = [row[f"{latency}_ms"] for row in of]
                for summarise in [summary] + [numpy_summary] * (numpy is not None):
                    for statistic, expected in summarise(values).items():
                        name = f"{statistic}_{latency}_ms"
                        self.assert_close(run["metrics"][name], expected, name)

    def test_single_token_outputs_have_no_tpot(self):
        run, rows = self.result_of(
            BUSY, "--set", "workload.lengths.output={uniform: {min: 1, max: 3}}")
        values = [row["tpot_ms"] for row in rows if row["output_tokens"] > 1]
        self.assertTrue(0 < len(values) < len(rows))
        self.assertEqual({row["tpot_ms"] for row in rows if row["output_tokens"] == 1}, {0})
        self.assert_close(run["metrics"]["mean_tpot_ms"], statistics.fmean(values))
        self.assert_close(run["metrics"]["median_tpot_ms"], percentile(values, 50))

    def test_the_mean_itl_weighs_requests_by_their_tokens(self):
        for run, rows, _ in self.each_case():
            gaps = sum(row["output_tokens"] - 1 for row in rows)
            decode = math.fsum(row["e2el_ms"] - row["ttft_ms"] for row in rows)
            self.assert_close(run["metrics"]["mean_itl_ms"], decode / gaps)

    def test_samples_over_time_are_those_of_the_rows(self):
        # A step ahead, who has ended is still seen for a step or two: there are no less than the rows say.
        for run, rows, case in self.each_case():
            series = run["kv_cache_over_time"]
            samples = list(zip(series["num_requests_running"], series["num_requests_waiting"],
                               series["used_blocks"], series["cached_blocks"]))
            late = 0
            for k, (running, waiting, used, _) in enumerate(samples):
                now = (k + 1) * series["interval_s"]
                present = sum(row["arrival_s"] < now <= row["arrival_s"] + row["e2el_ms"] / 1e3
                              for row in rows)
                self.assertGreaterEqual(running + waiting, present, (case, now))
                self.assertGreaterEqual(waiting, sum(
                    row["arrival_s"] < now <= row["arrival_s"] + row["queue_ms"] / 1e3
                    for row in rows), (case, now))
                self.assertEqual(running > 0, used > 0, (case, now))
                late += running + waiting - present
            self.assertLess(late, 0.05 * sum(running for running, *_ in samples), case)
            preemptions = series["num_preemptions"]
            self.assertEqual(len(preemptions), len(samples))
            self.assertEqual(preemptions, sorted(preemptions))
            self.assertLessEqual(preemptions[-1], run["metrics"]["num_preemptions"])
            self.assertEqual(preemptions[-1] > 0, case == "tight")

    def test_throughputs_are_totals_over_the_time_to_the_last_finish(self):
        for run, rows, _ in self.each_case():
            metrics = run["metrics"]
            end = max(row["arrival_s"] + row["e2el_ms"] / 1000 for row in rows)
            into, out = (sum(row[key] for row in rows) for key in ("prompt_tokens", "output_tokens"))
            self.assert_close(metrics["duration"], end, "duration")
            self.assertEqual((metrics["completed"], metrics["refused"]), (len(rows), 0))
            self.assertEqual(metrics["total_input_tokens"], into)
            self.assertEqual(metrics["total_output_tokens"], out)
            for name, count in [("request_throughput", len(rows)), ("output_throughput", out),
                                ("total_token_throughput", into + out)]:
                self.assert_close(metrics[name], count / end, name)

    def test_goodput_counts_requests_within_every_limit(self):
        ttft, e2el, tpot = 20, 700, 8  # ms, each missed by some and met by most
        run, rows = self.result_of(BUSY, "--set", f"slo={{ttft: {{p99: {ttft}ms, mean: 1s}}, "
                                   f"tpot: {{p90: {tpot}ms}}, e2el: {{median: {e2el}ms}}}}")
        good = sum(row["ttft_ms"] <= ttft and row["tpot_ms"] <= tpot and row["e2el_ms"] <= e2el
                   for row in rows)
        self.assertTrue(all(0 < sum(row[f"{name}_ms"] > limit for row in rows) < len(rows)
                            for name, limit in [("ttft", ttft), ("tpot", tpot), ("e2el", e2el)]))
        self.assertTrue(0 < good < len(rows))
        self.assert_close(run["metrics"]["request_goodput"], good / run["metrics"]["duration"])

    def test_without_limits_there_is_no_goodput(self):
        run, _ = self.result_of(BUSY, "--set", "slo=null")
        self.assertIsNone(run["metrics"]["request_goodput"])

    def test_rows_keep_the_order_of_events(self):
        for run, rows, case in self.each_case():
            self.assertEqual([row["request_id"] for row in rows], list(range(300)))
            self.assertEqual(sorted(row["arrival_s"] for row in rows), [r["arrival_s"] for r in rows])
            self.assertEqual({row["replica"] for row in rows}, {0, 1} if case == "two replicas" else {0})
            for row in rows:
                self.assertTrue(0 <= row["queue_ms"] <= row["ttft_ms"] <= row["e2el_ms"], row)
                if row["output_tokens"] > 1:
                    tpot = (row["e2el_ms"] - row["ttft_ms"]) / (row["output_tokens"] - 1)
                    self.assertAlmostEqual(row["tpot_ms"], tpot, delta=2e-9)
            self.assertEqual(sum(row["preemptions"] for row in rows), run["metrics"]["num_preemptions"])
            self.assertEqual(run["metrics"]["num_preemptions"] > 0, case == "tight")

    def test_concurrency_is_that_of_the_rows(self):
        for run, rows, _ in self.each_case():
            events = sorted([(row["arrival_s"], 1) for row in rows] +
                            [(row["arrival_s"] + row["e2el_ms"] / 1000, -1) for row in rows])
            here, most = 0, 0
            for _, change in events:
                here += change
                most = max(most, here)
            self.assertEqual(run["metrics"]["max_concurrent_requests"], most)
            self.assertLessEqual(run["metrics"]["max_running_requests"], most)

    def test_time_shares_sum_to_one(self):
        self.write("six.yaml", SIX_RUNS)
        for run in self.json_of("run", "six.yaml", "--quiet")["runs"]:
            for shares in (run["metrics"]["time_share"], run["provenance"]["time_share_by_tag"]):
                self.assertAlmostEqual(sum(shares.values()), 1, delta=1e-12)
                self.assertTrue(all(0 <= share <= 1 for share in shares.values()))
            cards = sum(card["time_share"] for card in run["provenance"]["cards"])
            self.assertAlmostEqual(cards, 1, delta=1e-12)

    def test_bytes_follow_from_the_tokens(self):
        # Ends are foreseen: otherwise an engine that is a step ahead reads once more for each.
        busy = BUSY.replace("30/s", "4/s").replace("workload:\n", "workload:\n  stop: max_tokens\n")
        run, rows = self.result_of(busy)
        metrics, memory = run["metrics"], run["memory"]
        self.assertEqual(metrics["hbm_bytes_read"],
                         metrics["weight_bytes_read"] + metrics["kv_bytes_read"])
        # A step reads every weight once, but of the embedding table (128 256 · 4096 · 2 B) a few rows.
        self.assertEqual(metrics["weight_bytes_read"],
                         metrics["num_steps"] * (memory["weights_bytes"] - 128256 * 4096 * 2))
        # Token i + 1 of the output reads prompt + i cached tokens; an unsplit prompt reads itself once.
        contexts = sum(row["prompt_tokens"] + sum(row["prompt_tokens"] + i
                                                  for i in range(1, int(row["output_tokens"])))
                       for row in rows)
        self.assertEqual(metrics["kv_bytes_read"], contexts * memory["kv_bytes_per_token"])
        # The last token of a request is never computed on.
        self.assertEqual(metrics["computed_tokens"], metrics["total_input_tokens"] +
                         metrics["total_output_tokens"] - metrics["completed"])

    def test_bandwidth_is_bytes_over_time_and_below_the_peak(self):
        for run, _, case in self.each_case():
            metrics, bandwidth = run["metrics"], run["bandwidth"]
            replicas = 2 if case == "two replicas" else 1
            per_replica = metrics["hbm_bytes_read"] / replicas / metrics["duration"]
            share = per_replica / bandwidth["peak_per_gpu_bytes_per_s"]
            self.assert_close(bandwidth["hbm_utilization"], share)
            self.assert_close(bandwidth["hbm_utilization_busy"],
                              share / (1 - metrics["time_share"]["idle"]))
            self.assertLess(bandwidth["hbm_utilization_busy"], 1)


if __name__ == "__main__":
    main()
