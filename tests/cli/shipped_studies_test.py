#!/usr/bin/env python3
"""Is every study in configs/studies valid, and do the laws hold over its runs?"""

import re

from kvsim_cli import OK, SOURCE, CliTest, azure_lines, files_below, kvsim, main, mooncake_lines

STUDIES = sorted((SOURCE / "configs/studies").glob("*.yaml"))
TRACE_LINES = 300


class ShippedStudies(CliTest):
    def stand_ins(self, study):
        """An invented trace for a study whose own is not part of the repository."""
        if not re.search(r"^ *trace:", study.read_text(), re.MULTILINE):
            return []
        if re.search(r"^ *format: mooncake", study.read_text(), re.MULTILINE):
            return ["--set", f"workload.trace={self.write('trace.jsonl', mooncake_lines(TRACE_LINES))}"]
        return ["--set", f"workload.trace={self.write('trace.csv', azure_lines(TRACE_LINES))}"]

    def test_there_are_some(self):
        self.assertGreaterEqual(len(STUDIES), 2)

    def test_each_is_valid_and_checking_writes_nothing(self):
        for study in STUDIES:
            with self.subTest(study=study.name):
                swaps = self.stand_ins(study)
                before = files_below(self.folder)
                result = self.succeeds("check", study, *swaps)
                self.assertRegex(result.out, r"is valid: \d+ run\(s\)")
                self.assertNotIn("error", result.err)
                self.assertEqual(files_below(self.folder), before)

    def test_check_and_run_agree_on_the_runs(self):
        for study in STUDIES:
            with self.subTest(study=study.name):
                swaps = self.stand_ins(study)
                table = self.succeeds("check", study, *swaps).out.split("\n\n")[0]
                listed = [line.split()[0] for line in table.splitlines()[1:]]
                runs = self.json_of("run", study, *swaps, "--quiet")["runs"]
                self.assertEqual([run["id"] for run in runs], listed)

    def test_the_laws_hold_over_each_run(self):
        for study in STUDIES:
            for run in self.json_of("run", study, *self.stand_ins(study), "--quiet")["runs"]:
                with self.subTest(study=study.name, run=run["id"]):
                    self.check_laws(run)

    def check_laws(self, run):
        metrics, memory = run["metrics"], run["memory"]
        # Tokens: all that is needed and not found is computed, and little more unless something was
        # preempted.
        needed = (metrics["total_input_tokens"] + metrics["total_output_tokens"] -
                  metrics["completed"] - metrics["prefix_cache_hits"])
        self.assertGreaterEqual(metrics["computed_tokens"], needed)
        if metrics["num_preemptions"] == 0:  # then at most the token after each unforeseen end
            self.assertLessEqual(metrics["computed_tokens"], needed + metrics["completed"])
        # Bytes: two kinds only, and never faster than the memory.
        self.assertEqual(metrics["hbm_bytes_read"],
                         metrics["weight_bytes_read"] + metrics["kv_bytes_read"])
        self.assertLessEqual(run["bandwidth"]["hbm_utilization"],
                             run["bandwidth"]["hbm_utilization_busy"])
        self.assertLess(run["bandwidth"]["hbm_utilization_busy"], 1)
        # Memory: the parts of the budget fit, in whole blocks, and usage stays within.
        parts = sum(memory[f"{part}_bytes"] for part in
                    ("weights", "peak_activation", "non_torch", "available_kv"))
        self.assertLessEqual(parts, memory["requested_bytes"])
        self.assertLessEqual(memory["num_gpu_blocks"] * memory["block_bytes"],
                             memory["available_kv_bytes"])
        self.assertTrue(0 < metrics["kv_cache_usage_perc"]["mean"] <=
                        metrics["kv_cache_usage_perc"]["max"] <= 1)
        # Time: shares are whole, and percentiles in order.
        self.assertAlmostEqual(sum(metrics["time_share"].values()), 1, delta=1e-12)
        for latency in ("ttft", "tpot", "itl", "e2el"):
            ranks = [metrics[f"{rank}_{latency}_ms"] for rank in ("median", "p90", "p95", "p99", "p99_9")]
            self.assertEqual(ranks, sorted(ranks))
        self.assertEqual(metrics["refused"], 0)


class EveryExampleStudy(CliTest):
    def test_check_refuses_what_run_refuses(self):
        for study in STUDIES:
            result = kvsim("check", study, "--set", "engine.max_num_seq=4")
            self.assertEqual((result.code != OK, result.out), (True, ""))
            self.assertIn("max_num_seqs", result.err)


if __name__ == "__main__":
    main()
