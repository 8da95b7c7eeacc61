#!/usr/bin/env python3
"""Error bars of `kvsim run`: asked for, shown in every format, refused with the number that is needed."""

import json

from kvsim_cli import SIX_RUNS, TINY, CliTest, main

HEADLINE = {"mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p99_tpot_ms", "mean_itl_ms", "p99_e2el_ms",
            "request_throughput", "request_goodput", "output_throughput", "total_token_throughput",
            "kv_cache_usage_mean", "kv_cache_usage_max", "num_preemptions", "hbm_utilization"}


class Replicates(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)

    def intervals_of(self, *args):
        run = self.json_of("run", "tiny.yaml", *args)["runs"][0]
        return run, {each["metric"]: each for each in run["intervals"]}

    def test_give_each_headline_metric_an_interval(self):
        run, intervals = self.intervals_of("--replicates", "40")
        self.assertLessEqual(HEADLINE, set(intervals))
        for each in intervals.values():
            self.assertLessEqual(each["low"], each["high"], each)
            self.assertEqual(each["confidence"], 0.9)
        self.assertLess(intervals["mean_tpot_ms"]["low"], run["metrics"]["mean_tpot_ms"])
        self.assertGreater(intervals["mean_tpot_ms"]["high"], run["metrics"]["mean_tpot_ms"])
        self.assertEqual(run["replication"]["replicates"], 40)
        self.assertLess(run["replication"]["truncated_share"], 0.5)

    def test_leave_the_run_as_it_is_without_them(self):
        plain, none = self.intervals_of()
        self.assertEqual(none, {})
        self.assertNotIn("replication", plain)
        with_them, _ = self.intervals_of("--replicates", "20")
        self.assertEqual(plain["metrics"], with_them["metrics"])

    def test_are_wider_for_more_confidence(self):
        def width(confidence):
            _, intervals = self.intervals_of("--replicates", "40", "--confidence", confidence)
            return intervals["mean_tpot_ms"]["high"] - intervals["mean_tpot_ms"]["low"]
        self.assertLess(width("0.5"), width("0.95"))

    def test_that_are_too_few_are_refused_with_the_number_to_ask_for(self):
        self.assertEqual(self.refuses("run", "tiny.yaml", "--replicates", "19", "--out", "new"), """\
--replicates: error: 19 are too few for intervals of 90 % confidence
    note: ask for 20 or more: 2/(1 - confidence), so that at least one lies beyond each end
""")
        self.refuses("run", "tiny.yaml", "--replicates", "20", "--confidence", "0.99", names="200 or more")

    def test_and_confidences_out_of_range_are_refused(self):
        self.refuses("run", "tiny.yaml", "--replicates", "-1", names="--replicates")
        self.refuses("run", "tiny.yaml", "--replicates", "many", names="--replicates")
        self.refuses("run", "tiny.yaml", "--replicates", "20", "--confidence", "90", names="--confidence")
        self.refuses("run", "tiny.yaml", "--replicate", "20", names="did you mean '--replicates'")

    def test_are_told_in_the_manifest_and_on_the_page(self):
        self.succeeds("run", "tiny.yaml", "--replicates", "20", "--confidence", "0.8", "--out", "out")
        manifest = json.loads((self.folder / "out/manifest.json").read_text())
        self.assertEqual((manifest["replicates"], manifest["confidence"]), (20, 0.8))
        page = (self.folder / "out/report.html").read_text()
        self.assertIn("--replicates 20 --confidence 0.8", page)
        self.assertIn("where 80", page)
        self.assertIn("Uncertainty of latency", (self.folder / "out/report.md").read_text())

    def test_fit_100_columns_of_a_terminal(self):
        self.write("six.yaml", SIX_RUNS)
        for study in ("tiny.yaml", "six.yaml"):
            text = self.succeeds("run", study, "--replicates", "20").out
            self.assertIn("–", text)
            self.assertEqual([line for line in text.splitlines() if len(line) > 100], [])

    def test_stand_in_csv_as_low_and_high(self):
        header = self.succeeds("run", "tiny.yaml", "--replicates", "20", "--format", "csv").out.splitlines()[0]
        self.assertIn("mean_tpot_ms_low,mean_tpot_ms_high", header)


if __name__ == "__main__":
    main()
