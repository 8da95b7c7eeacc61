#!/usr/bin/env python3
"""Does `kvsim run` keep its contract: streams, formats, files, exit codes?"""

import csv
import io
import json
import os
import pty
import subprocess
import unittest

from kvsim_cli import (BIN, DOES_NOT_FIT, LIMITS_NOT_MET, OK, OUT_FILES, SIX_RUNS, TINY, YOUR_INPUT,
                       CliTest, environment, files_below, main, rows_of)

REQUESTS_HEADER = ("run_id,request_id,replica,arrival_s,prompt_tokens,output_tokens,cached_tokens,"
                   "queue_ms,ttft_ms,tpot_ms,e2el_ms,preemptions")
STATISTICS = ["mean", "median", "p90", "p95", "p99", "p99_9", "std"]
LATENCIES = ["ttft", "tpot", "itl", "e2el"]
METRICS = {f"{statistic}_{latency}_ms" for statistic in STATISTICS for latency in LATENCIES} | {
    "request_throughput", "request_goodput", "output_throughput", "total_token_throughput",
    "max_concurrent_requests", "kv_cache_usage_perc", "num_preemptions", "prefix_cache_hit_rate",
    "hbm_bytes_read", "time_share", "stability", "duration", "completed", "refused", "skipped_lines",
    "total_input_tokens", "total_output_tokens", "percentile_method"}
RUN_KEYS = {"id", "variant", "overrides", "metrics", "memory", "bandwidth", "provenance", "intervals",
            "steady_state"}
# What `vllm bench serve --save-result` writes (vllm/benchmarks/serve.py).
VLLM_KEYS = {f"{statistic}_{latency}_ms".replace("p99_9", "p99.9")
             for statistic in STATISTICS for latency in LATENCIES} | {
    "date", "endpoint_type", "label", "model_id", "tokenizer_id", "num_prompts", "request_rate",
    "burstiness", "max_concurrency", "duration", "completed", "failed", "total_input_tokens",
    "total_output_tokens", "request_throughput", "request_goodput", "output_throughput",
    "total_token_throughput", "max_output_tokens_per_s", "max_concurrent_requests"}


class RunTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)
        self.write("six.yaml", SIX_RUNS)


class Streams(RunTest):
    def test_results_are_on_stdout_and_all_else_on_stderr(self):
        loud = self.succeeds("run", "tiny.yaml")
        quiet = self.succeeds("run", "tiny.yaml", "--quiet")
        self.assertEqual(loud.out, quiet.out)
        self.assertEqual(quiet.err, "")
        self.assertIn("nothing written", loud.err)
        written = self.succeeds("run", "tiny.yaml", "--out", "out")
        self.assertEqual(written.out, loud.out)
        self.assertIn("out/report.html", written.err)

    def test_notes_on_the_study_are_no_part_of_the_result(self):
        result = self.succeeds("run", "six.yaml", "--format", "json")
        self.assertIn("note: variant 'MHA'", result.err)  # its head_dim was chosen for the reader
        json.loads(result.out)
        self.assertEqual(self.succeeds("run", "six.yaml", "--quiet").err, "")

    def test_without_a_terminal_there_are_no_escape_codes(self):
        for form in ("table", "md", "csv", "json", "vllm"):
            result = self.succeeds("run", "six.yaml", "--format", form)
            self.assertNotIn("\x1b", result.out + result.err)

    def on_a_terminal(self, **env):
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(f"no terminal to be had: {error}")
        with os.fdopen(theirs, "wb", 0) as terminal:
            child = subprocess.Popen([BIN, "run", "tiny.yaml"], cwd=self.folder, stdout=terminal,
                                     stderr=subprocess.DEVNULL, env=environment(**env))
        shown = b""
        with os.fdopen(ours, "rb", 0) as screen:
            try:
                while chunk := screen.read(65536):
                    shown += chunk
            except OSError:  # how Linux says that the other end was closed
                pass
        self.assertEqual(child.wait(60), OK)
        return shown.decode()

    def test_a_terminal_gets_bold_text_unless_no_color_is_set(self):
        self.assertIn("\x1b[", self.on_a_terminal())
        self.assertIn("\x1b[", self.on_a_terminal(NO_COLOR=""))
        plain = self.on_a_terminal(NO_COLOR="1")
        self.assertNotIn("\x1b", plain)
        self.assertEqual(plain.replace("\r\n", "\n"), self.succeeds("run", "tiny.yaml").out)


class Formats(RunTest):
    def test_json_has_the_keys_of_the_contract(self):
        result = self.json_of("run", "six.yaml")
        self.assertIsInstance(result["schema_version"], int)
        self.assertEqual(len(result["runs"]), 6)
        self.assertEqual(len({run["id"] for run in result["runs"]}), 6)
        self.assertEqual([run["variant"] for run in result["runs"]],
                         ["GQA-8"] * 2 + ["MQA"] * 2 + ["MHA"] * 2)
        for run in result["runs"]:
            self.assertLessEqual(RUN_KEYS, set(run))
            self.assertLessEqual(METRICS, set(run["metrics"]))
            self.assertEqual(set(run["metrics"]["kv_cache_usage_perc"]), {"mean", "p99", "max"})
            self.assertEqual(set(run["metrics"]["time_share"]),
                             {"weights", "kv", "compute", "collective", "host", "idle"})
            self.assertIn(run["metrics"]["stability"], ("stable", "backlogged", "overloaded"))
            self.assertIn("workload.arrivals.request_rate", run["overrides"])

    def test_csv_is_one_table_with_a_row_per_run(self):
        runs = self.json_of("run", "six.yaml")["runs"]
        rows = list(csv.DictReader(io.StringIO(self.succeeds("run", "six.yaml", "--format", "csv").out)))
        self.assertEqual([row["run_id"] for row in rows], [run["id"] for run in runs])
        for row, run in zip(rows, runs):
            self.assertNotIn(None, row, "more cells than columns")
            for name in ("p99_ttft_ms", "mean_tpot_ms", "output_throughput", "completed"):
                self.assertEqual(float(row[name]), run["metrics"][name])

    def test_vllm_has_the_spellings_of_vllm_bench_serve(self):
        vllm = json.loads(self.succeeds("run", "tiny.yaml", "--format", "vllm").out)
        self.assertLessEqual(VLLM_KEYS, set(vllm))
        self.assertNotIn("p99_9_ttft_ms", vllm)
        metrics = self.json_of("run", "tiny.yaml")["runs"][0]["metrics"]
        for key in VLLM_KEYS & set(metrics):
            self.assertEqual(vllm[key], metrics[key], key)
        self.assertEqual((vllm["num_prompts"], vllm["request_rate"], vllm["burstiness"]), (40, 4, 1))

    def test_set_changes_the_study(self):
        run = self.json_of("run", "tiny.yaml", "--set", "workload.num_requests=7", "--set",
                           "model=llama-2-7b")["runs"][0]
        self.assertEqual(run["metrics"]["completed"], 7)
        # Llama-2-7B: 32 layers · 2 (K and V) · 32 heads · 128 head_dim · 2 B = 524 288 B.
        self.assertEqual(run["memory"]["kv_bytes_per_token"], 524288)


class Out(RunTest):
    def test_holds_these_files_and_nothing_else(self):
        self.succeeds("run", "six.yaml", "--out", "new/out")
        self.assertEqual(set(files_below(self.folder / "new/out")), OUT_FILES)
        header, *rows = (self.folder / "new/out/requests.csv").read_text().splitlines()
        self.assertEqual(header, REQUESTS_HEADER)
        self.assertEqual(len(rows), 6 * 40)
        manifest = json.loads((self.folder / "new/out/manifest.json").read_text())
        self.assertEqual(manifest["argv"][1:], ["run", "six.yaml", "--out", "new/out"])
        self.assertEqual(manifest["seed"], 0)

    def test_files_equal_what_is_printed(self):
        for form, name in (("json", "result.json"), ("md", "report.md")):
            printed = self.succeeds("run", "six.yaml", "--out", "out", "--format", form).out
            self.assertEqual(printed, (self.folder / "out" / name).read_text())

    def test_both_steppers_write_the_same_bytes(self):
        for stepper in ("macro", "step"):
            self.succeeds("run", "six.yaml", "--stepper", stepper, "--out", stepper)
        for name in ("result.json", "requests.csv"):
            self.assertEqual((self.folder / "macro" / name).read_bytes(),
                             (self.folder / "step" / name).read_bytes())

    def test_the_html_is_one_file_that_needs_no_network(self):
        self.succeeds("run", "tiny.yaml", "--out", "out")
        html = (self.folder / "out/report.html").read_text()
        self.assertTrue(html.lower().startswith("<!doctype html>"))
        for word in ("src=\"http", "href=\"http", "@import", "url(http"):
            self.assertNotIn(word, html)

    def test_names_of_the_reader_are_text_and_nothing_more(self):
        self.write("odd.yaml", TINY.replace("name: tiny", "name: <script>alert(1)</script>") +
                   "variants: [{name: 'a,\"b\" | <i>c</i>'}, {name: ../up}]\n")
        self.succeeds("run", "odd.yaml", "--out", "out")
        self.assertEqual(set(files_below(self.folder / "out")), OUT_FILES)
        for name in ("report.html", "report.md"):
            text = (self.folder / "out" / name).read_text()
            self.assertNotIn("<script>alert", text)
            self.assertNotIn("<i>c", text)
        result = json.loads((self.folder / "out/result.json").read_text())
        self.assertEqual([run["variant"] for run in result["runs"]], ['a,"b" | <i>c</i>', "../up"])
        rows = rows_of(self.folder / "out/requests.csv")
        self.assertEqual({row["run_id"] for row in rows}, {run["id"] for run in result["runs"]})

    def test_foreign_files_in_the_folder_stay(self):
        self.write("out/notes.txt", "mine")
        self.write("out/result.json", "of an earlier run")
        self.succeeds("run", "tiny.yaml", "--out", "out")
        self.assertEqual(set(files_below(self.folder / "out")), OUT_FILES | {"notes.txt"})
        self.assertEqual((self.folder / "out/notes.txt").read_text(), "mine")
        json.loads((self.folder / "out/result.json").read_text())

    def test_a_place_that_cannot_be_written_is_refused_and_left_alone(self):
        self.write("file", "")
        for out in ("file", "file/below", "/proc/kvsim/out"):
            self.refuses("run", "tiny.yaml", "--out", out, names=[out, "cannot write"])
        self.write("taken/report.md/inner", "")
        self.refuses("run", "tiny.yaml", "--out", "taken", names=["taken/report.md", "folder"])

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_read_only_folder_is_refused(self):
        (self.folder / "locked").mkdir(mode=0o555)
        self.refuses("run", "tiny.yaml", "--out", "locked/out", names=["locked/out", "cannot write"])


class ExitCodes(RunTest):
    def test_strict_accepts_cards_of_the_gpu_and_refuses_others(self):
        self.succeeds("run", "tiny.yaml", "--strict")
        self.refuses("run", "tiny.yaml", "--strict", "--set", "cluster.gpu=h200-sxm", "--out", "out",
                     names=["extrapolated", "--strict"])

    def test_strict_refuses_prompts_longer_than_any_that_was_sampled(self):
        # The card of prefill attention on an H100 knows 16384 tokens; chunks of 8192 pass that in the third.
        for stepper in ("macro", "step"):
            long = ["--set", "engine.max_model_len=40000", "--set", "engine.max_num_batched_tokens=8192",
                    "--strict", "--stepper", stepper]
            self.succeeds("run", "tiny.yaml", *long, "--set", "workload.lengths.prompt={fixed: 16384}")
            self.refuses("run", "tiny.yaml", *long, "--set", "workload.lengths.prompt={fixed: 16385}",
                         names=["extrapolated", "--strict"])

    def test_a_missed_limit_is_an_exit_code_only_when_asked(self):
        missed = ["--set", "slo.ttft.p99=1ms"]
        self.assertEqual(self.succeeds("run", "tiny.yaml", "--fail-on-slo").code, OK)
        plain = self.succeeds("run", "tiny.yaml", *missed)
        asked = self.kvsim("run", "tiny.yaml", *missed, "--fail-on-slo", "--out", "out")
        self.assertEqual((asked.code, asked.out), (LIMITS_NOT_MET, plain.out))
        self.assertEqual(set(files_below(self.folder / "out")), OUT_FILES)

    def test_a_model_that_does_not_fit_is_refused_with_the_arithmetic(self):
        for command in (["run", "--out", "out"], ["check"]):
            # 405.85 B parameters · 2 B = 755.95 GiB of weights in a GPU of 80 GB.
            self.refuses(*command, "tiny.yaml", "--set", "model=llama-3.1-405b", code=DOES_NOT_FIT,
                         names=["755.95 GiB", "405.85 B parameters", "gpu_memory_utilization 0.92",
                                "= left for KV", "max_model_len", "ways out"])

    def test_one_variant_that_does_not_fit_stops_all(self):
        self.write("mixed.yaml", SIX_RUNS.replace("model.attention: {variant: mha}",
                                                  "model: llama-3.1-405b"))
        error = self.refuses("run", "mixed.yaml", "--out", "out", code=DOES_NOT_FIT, names="mha")
        self.assertEqual(error.count("755.95 GiB"), 1, "the same arithmetic twice")

    def test_wrong_input_wins_over_what_does_not_fit(self):
        self.refuses("run", "tiny.yaml", "--set", "model=llama-3.1-405b", "--set", "slo.ttft.p98=1s",
                     code=YOUR_INPUT, names="p98")


if __name__ == "__main__":
    main()
