#!/usr/bin/env python3
"""`kvsim compare` on results of real runs: nothing between a result and itself, the change between two."""

import csv
import io
import json

from kvsim_cli import LIMITS_NOT_MET, OK, SIX_RUNS, TINY, CliTest, main

HEADLINE = {"mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p99_tpot_ms", "mean_itl_ms", "p99_e2el_ms",
            "request_throughput", "request_goodput", "output_throughput_per_gpu", "memory.kv_cache_tokens",
            "memory.kv_bytes_per_token", "kv_cache_usage_perc.max", "num_preemptions",
            "prefix_cache_hit_rate", "stability"}


class CompareTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)

    def run_into(self, folder, *args, study="tiny.yaml"):
        self.succeeds("run", study, "--quiet", "--out", folder, *args)
        return json.loads((self.folder / folder / "result.json").read_text())


class Same(CompareTest):
    def test_a_result_does_not_differ_from_itself(self):
        self.run_into("a")
        for other in ("a", "a/result.json"):
            result = self.succeeds("compare", "a", other, "--fail-on-difference", "0")
            self.assertEqual(result.out.splitlines()[0], "Nothing differs: every metric compared is the same.")
            self.assertEqual(result.err, "")

    def test_nor_do_many_runs_and_all_of_their_numbers(self):
        self.write("six.yaml", SIX_RUNS)
        self.run_into("six", study="six.yaml")
        compared = self.json_of("compare", "six", "six", "--all")
        self.assertEqual(compared["sentence"], "Of 6 runs, none differs: every metric compared is the same.")
        self.assertEqual(len(compared["runs"]), 6)
        for run in compared["runs"]:
            self.assertGreater(len(run["metrics"]), 80)
            for metric in run["metrics"]:
                self.assertEqual(metric["a"], metric["b"])


class Different(CompareTest):
    def setUp(self):
        super().setUp()
        self.a = self.run_into("a")
        self.b = self.run_into("b", "--set", "workload.arrivals.request_rate=40/s")

    def test_the_headline_is_there_with_difference_and_ratio(self):
        metrics = {each["metric"]: each for each in self.json_of("compare", "a", "b")["runs"][0]["metrics"]}
        self.assertLessEqual(HEADLINE, set(metrics))
        a, b = (result["runs"][0]["metrics"]["p99_tpot_ms"] for result in (self.a, self.b))
        tpot = metrics["p99_tpot_ms"]
        self.assertEqual((tpot["a"], tpot["b"]), (a, b))
        self.assertEqual((tpot["difference"], tpot["ratio"]), (b - a, b / a))
        self.assertIsNone(tpot["verdict"])  # no replicates, no intervals

    def test_the_first_line_says_what_changed(self):
        a, b = (result["runs"][0]["metrics"]["p99_tpot_ms"] for result in (self.a, self.b))
        self.assertGreater(b, a)  # ten times the load
        result = self.succeeds("compare", "a", "b")
        sentence = result.out.split("\n\n")[0].replace("\n", " ")
        self.assertIn(f"p99 TPOT rises by {100 * (b / a - 1):.1f} %", sentence)
        self.assertIn("no test of significance", result.out.replace("\n", " "))

    def test_the_setting_that_differs_is_shown(self):
        self.assertEqual(self.json_of("compare", "a", "b")["runs"][0]["settings"],
                         [{"key": "workload.arrivals.request_rate", "a": None, "b": "40/s"}])

    def test_every_format_holds_the_same_numbers(self):
        row, = csv.DictReader(io.StringIO(self.succeeds("compare", "a", "b", "--format", "csv").out))
        for side, result in (("a", self.a), ("b", self.b)):
            self.assertEqual(float(row[f"p99_ttft_ms_{side}"]), result["runs"][0]["metrics"]["p99_ttft_ms"])
        page = self.succeeds("compare", "a", "b", "--format", "md").out
        self.assertTrue(page.startswith("# a/result.json (A) and b/result.json (B)\n\n**From A to B, "), page[:80])
        for args in ([], ["--all"]):
            text = self.succeeds("compare", "a", "b", *args).out
            self.assertEqual([line for line in text.splitlines() if len(line) > 100], [])

    def test_metrics_are_chosen_by_name(self):
        args = ["compare", "--metrics", "kv_cache_tokens,p99_ttft_ms", "a", "b"]
        run, = self.json_of(*args)["runs"]
        self.assertEqual([each["metric"] for each in run["metrics"]], ["memory.kv_cache_tokens", "p99_ttft_ms"])
        self.refuses("compare", "a", "b", "--metrics", "p99_ttft", names=["p99_ttft", "--all shows all"])
        self.refuses("compare", "a", "b", "--metrics", "p99_tttf_ms", names="did you mean 'p99_ttft_ms'?")

    def test_a_difference_is_an_exit_code_when_asked(self):
        ratio = max(b / a for a, b in [tuple(result["runs"][0]["metrics"]["output_throughput_per_gpu"]
                                             for result in (self.a, self.b))])
        percent = 100 * (ratio - 1)
        plain = self.succeeds("compare", "a", "b")
        args = ["compare", "a", "b", "--metrics", "output_throughput_per_gpu", "--fail-on-difference"]
        self.assertEqual(self.kvsim(*args, f"{percent + 1:.6f}").code, OK)
        failed = self.kvsim(*args, f"{percent - 1:.6f}")
        self.assertEqual(failed.code, LIMITS_NOT_MET)
        self.assertIn("base: output_throughput_per_gpu was", failed.err)
        self.assertEqual(self.kvsim("compare", "a", "b", "--fail-on-difference", "0").out, plain.out)
        for wrong in ("-1", "much", "nan"):
            self.refuses("compare", "a", "b", "--fail-on-difference", wrong, names="--fail-on-difference")

    def test_runs_without_a_partner_are_listed_and_count_as_a_difference(self):
        self.write("six.yaml", SIX_RUNS)
        self.run_into("six", study="six.yaml")
        self.run_into("five", "--set", "variants=[{name: GQA-8}, {name: MQA, model.attention: {variant: mqa}}]",
                      study="six.yaml")
        result = self.kvsim("compare", "six", "five", "--fail-on-difference", "50")
        self.assertEqual(result.code, LIMITS_NOT_MET)
        for run in ("mha-request_rate-4-s", "mha-request_rate-8-s"):
            self.assertIn(run, result.out)
            self.assertIn(f"{run}: only in A", result.err)


class Uncertain(CompareTest):
    def test_intervals_say_apart_or_within_the_error_bars(self):
        self.run_into("a", "--replicates", "20")
        self.run_into("b", "--replicates", "20", "--set", "model=llama-3.2-1b")
        compared = self.json_of("compare", "a", "b")["runs"][0]["metrics"]
        verdicts = {each["metric"]: each["verdict"] for each in compared}
        # 1.2 B parameters against 8.0 B: the step time is several times shorter, arrivals are the same.
        self.assertEqual(verdicts["p99_tpot_ms"], "apart")
        self.assertEqual(verdicts["request_throughput"], "within the error bars")
        self.assertIsNone(verdicts["memory.kv_cache_tokens"])
        for each in compared:
            if each["verdict"]:
                (low_a, high_a), (low_b, high_b) = each["interval_a"], each["interval_b"]
                self.assertEqual(each["verdict"] == "apart", high_a < low_b or high_b < low_a, each)

    def test_latencies_of_an_overloaded_run_are_never_shown_without_the_word(self):
        self.run_into("a", "--replicates", "20")
        self.run_into("b", "--replicates", "20", "--set", "workload.arrivals.request_rate=400/s", "--set",
                      "engine.max_num_seqs=2")
        for args in ([], ["--format", "md"], ["--all", "--format", "md"]):
            lines = [line for line in self.succeeds("compare", "a", "b", *args).out.splitlines()
                     if "TTFT" in line or "_tpot_ms" in line]
            self.assertGreaterEqual(len(lines), 2)
            for line in lines:
                self.assertIn("overloaded", line)


class Refused(CompareTest):
    def test_what_is_no_result_is_named_with_a_way_out(self):
        self.run_into("a")
        self.write("empty/notes.txt", "nothing")
        self.write("odd.json", "{}")
        for b, named in [("nowhere", "nowhere: error: there is no such file"),
                         ("empty", "empty/result.json: error: there is no such file"),
                         ("odd.json", "odd.json: error: is no result.json of kvsim"),
                         ("tiny.yaml", "tiny.yaml: error: is no result.json of kvsim")]:
            self.refuses("compare", "a", b, names=[named, "note: "])
            self.refuses("compare", b, "a", names=[named, "note: "])

    def test_another_schema_is_refused_and_another_version_is_told(self):
        result = self.run_into("a")
        self.write("new/result.json", json.dumps({**result, "schema_version": 2}))
        self.refuses("compare", "a", "new", names="new/result.json: error: has schema_version 2")
        self.write("old/result.json", json.dumps({**result, "kvsim_version": "0.0.9"}))
        text = self.succeeds("compare", "old", "a").out.replace("\n", " ")
        self.assertIn("The kvsim versions differ: 0.0.9 wrote A", text)


if __name__ == "__main__":
    main()
