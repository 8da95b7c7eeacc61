#!/usr/bin/env python3
"""What does a run cost, how much is asked of it, and do prices and named limits travel?"""

import json

from kvsim_cli import TINY, CliTest, main

PRICES = "prices={as_of: 2026-11-01, currency: EUR, gpu_hour: {h100-sxm: 2.5}}"


class Cost(CliTest):
    def run_of(self, *args, text=TINY):
        self.write("tiny.yaml", text)
        self.succeeds("run", "tiny.yaml", "--out", "out", *args)
        return self.result("out")["runs"]

    def result(self, folder):
        return json.loads((self.folder / folder / "result.json").read_text())

    def test_the_bill_is_gpu_time_times_price_and_the_shares_make_it_whole(self):
        [run] = self.run_of("--set", PRICES, "--set", "cluster.replicas=2")
        cost, metrics = run["cost"], run["metrics"]
        bill = cost["bill"]
        self.assertEqual((cost["gpus"], bill["currency"], bill["as_of"]), (2, "EUR", "2026-11-01"))
        self.assertEqual(bill["per_hour"], 5)
        hours = 2 * metrics["duration"] / 3600
        self.assertAlmostEqual(cost["gpu_hours"], hours, 12)
        self.assertAlmostEqual(bill["total"], 2.5 * hours, 12)
        inputs, outputs = metrics["total_input_tokens"], metrics["total_output_tokens"]
        self.assertAlmostEqual(bill["per_million_output_tokens"], bill["total"] / outputs * 1e6, 9)
        shared = bill["shared"]
        whole = (shared["per_million_input_tokens"] * (inputs - metrics["prefix_cache_hits"]) +
                 shared["per_million_output_tokens"] * outputs) / 1e6
        self.assertAlmostEqual(whole, bill["total"], 12)
        self.assertGreater(cost["prompt_time_s"], 0)
        self.assertIsNone(shared["per_million_cached_tokens"])

    def test_energy_is_busy_time_at_the_tdp(self):
        [run] = self.run_of()
        metrics, energy = run["metrics"], run["cost"]["energy"]
        busy = metrics["duration"] * (1 - metrics["time_share"]["idle"])
        self.assertAlmostEqual(energy["joules"], 700 * busy, 6)  # configs/gpus/h100-sxm.yaml
        self.assertEqual(energy["provenance"], "datasheet")
        self.assertIsNone(run["cost"]["bill"])

    def test_a_report_without_prices_says_so(self):
        self.run_of()
        page = (self.folder / "out" / "report.md").read_text()
        self.assertIn("## Cost and energy", page)
        self.assertIn("No price for h100-sxm", page)
        self.assertIn("Energy (datasheet)", page)

    def test_every_format_shows_costs_in_the_studys_currency(self):
        self.run_of("--set", PRICES)
        for name in ("report.md", "report.html"):
            page = (self.folder / "out" / name).read_text()
            self.assertIn("2.5 EUR an hour of h100-sxm (2026-11-01)".replace("2.5 ", "2.500 "), page)
        csv = self.succeeds("report", "out", "--format", "csv").out
        for column in ("cost_per_million_output_tokens", "joules_per_output_token", "cost_per_hour"):
            self.assertIn(column, csv)

    def test_prices_travel_with_the_run(self):
        self.run_of("--set", PRICES)
        manifest = json.loads((self.folder / "out" / "manifest.json").read_text())
        self.assertEqual(manifest["study"]["runs"][0]["resolved"]["prices"],
                         {"as_of": "2026-11-01", "currency": "EUR", "gpu_hour": {"h100-sxm": 2.5}})
        again = self.succeeds("report", "out", "--format", "md").out
        self.assertEqual(again, (self.folder / "out" / "report.md").read_text())
        self.assertIn("same bytes", self.succeeds("rerun", "out").out)

    def test_two_prices_are_compared(self):
        self.run_of("--set", PRICES)
        (self.folder / "out").rename(self.folder / "cheap")
        self.run_of("--set", PRICES.replace("2.5", "5"))
        told = self.succeeds("compare", "cheap", "out").out
        self.assertRegex(told, r"cost per hour +2\.500 +5\.000")

    def test_an_interval_is_behind_the_price_of_a_token(self):
        [run] = self.run_of("--set", PRICES, "--replicates", "4", "--confidence", "0.5")
        [interval] = [i for i in run["intervals"] if i["metric"] == "cost_per_million_output_tokens"]
        self.assertLess(interval["low"], interval["high"])

    def test_a_named_limit_is_judged_and_told(self):
        self.write("tiny.yaml", TINY)
        told = self.succeeds("run", "tiny.yaml", "--set", "slo=mlperf-llama3.1-8b-interactive",
                             "--format", "csv").out
        self.assertIn("p99_tpot", told)
        page = self.succeeds("run", "tiny.yaml", "--format", "md", "--set",
                             "slo={preset: mlperf-llama3.1-8b-interactive, tpot: {p99: 20ms}}").out
        self.assertIn("mlperf-llama3.1-8b-interactive (changed): mlcommons/inference", page)
        [limits] = self.json_of("slos", "mlperf-llama3.1-8b-interactive")
        self.assertEqual((limits["ttft_ms"], limits["tpot_ms"]), ({"p99": 500}, {"p99": 30}))


class Rates(CliTest):
    def offered(self, arrivals, *args):
        self.write("tiny.yaml", TINY)
        self.succeeds("run", "tiny.yaml", "--out", "out", "--set", f"workload.arrivals={arrivals}",
                      *args)
        run = json.loads((self.folder / "out" / "result.json").read_text())["runs"][0]
        return run.get("offered_rate"), run["metrics"]

    def test_a_swinging_rate_has_a_peak(self):
        # 400 requests at 20/s last 20 s: ten periods of 4 s, each above the mean for its first half.
        offered, metrics = self.offered("{process: sine, request_rate: 20/s, amplitude: 1, period: 4s}",
                                        "--set", "workload.num_requests=400")
        self.assertEqual(sum(offered["requests"]), metrics["completed"])
        self.assertEqual(sum(offered["output_tokens"]), metrics["total_output_tokens"])
        self.assertGreater(offered["peak_rate"], 1.5 * offered["mean_rate"])
        # 40 draws of 2 s at 20 · (1 + 2/π) expected in the half above the mean: 33 in a second.
        first_halves = [n for i, n in enumerate(offered["requests"]) if i % 4 < 2]
        self.assertGreater(sum(first_halves), 0.7 * 400)

    def test_a_steady_rate_has_none(self):
        offered, _ = self.offered("{process: poisson, request_rate: 4/s}")
        self.assertIsNone(offered)

    def test_without_a_swing_the_bytes_are_poissons(self):
        self.offered("{process: sine, request_rate: 4/s, amplitude: 0, period: 1h, phase: 7min}")
        swinging = (self.folder / "out" / "requests.csv").read_bytes()
        (self.folder / "out").rename(self.folder / "sine")
        self.offered("{process: poisson, request_rate: 4/s}")
        self.assertEqual(swinging, (self.folder / "out" / "requests.csv").read_bytes())

    def test_a_trace_is_replayed_at_another_mean_rate(self):
        # Arrivals at 0, 1, 1 and 4 s: 0.75/s. At 3/s they come at 0, 0.25, 0.25 and 1 s.
        self.write("trace.csv", "arrival_s,prompt_tokens,output_tokens\n0,9,2\n1,9,2\n1,9,2\n4,9,2\n")
        head = TINY[:TINY.index("workload:")]
        self.write("tiny.yaml", head + "workload: {trace: trace.csv, request_rate: 3/s}\n")
        self.succeeds("run", "tiny.yaml", "--out", "out")
        rows = (self.folder / "out" / "requests.csv").read_text().splitlines()[1:]
        self.assertEqual([float(row.split(",")[3]) for row in rows], [0, 0.25, 0.25, 1])
        self.refuses("run", "tiny.yaml", "--set", "workload.speedup=2",
                     names=["'request_rate' stands beside speedup"])


if __name__ == "__main__":
    main()
