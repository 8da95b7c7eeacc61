#!/usr/bin/env python3
"""Is every study in configs/studies valid, and do the laws hold over its runs?"""

import functools
import json
import os
import re
import tempfile
from pathlib import Path

from kvsim_cli import OK, SOURCE, CliTest, azure_lines, files_below, kvsim, main, mooncake_lines
from study_claims import CLAIMS, Runs

STUDIES = sorted((SOURCE / "configs/studies").glob("*.yaml"))
TRACE_LINES = 300
STAND_INS = tempfile.TemporaryDirectory(prefix="kvsim-studies-")
PUBLISHED = {"azure-conv": "azure_2023_conv.csv", "prefix-cache": "mooncake_conversation.jsonl"}


def stand_ins(study):
    """An invented trace for a study whose own is not part of the repository."""
    if study.stem not in PUBLISHED:
        return ()
    lines = azure_lines if study.stem == "azure-conv" else mooncake_lines
    trace = Path(STAND_INS.name, PUBLISHED[study.stem])
    trace.write_text(lines(TRACE_LINES))
    return ("--set", f"workload.trace={trace}")


@functools.cache
def runs_of(study, *swaps):
    """The study's runs at full size; simulated once for all tests of this file."""
    result = kvsim("run", study, *swaps, "--format", "json", "--quiet", timeout=550)
    if result.code != OK:
        raise AssertionError(result.err)
    return json.loads(result.out)["runs"]


def comment_of(study):
    """The paragraphs on top of the study."""
    lines = study.read_text().splitlines()[1:]
    size = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    text = "\n".join(line.lstrip("#").strip() for line in lines[:size])
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


class ShippedStudies(CliTest):
    def test_there_are_some(self):
        self.assertGreaterEqual(len(STUDIES), 10)

    def test_each_is_valid_and_checking_writes_nothing(self):
        for study in STUDIES:
            with self.subTest(study=study.name):
                before = files_below(self.folder)
                result = self.succeeds("check", study, *stand_ins(study))
                self.assertRegex(result.out, r"is valid: \d+ run\(s\)")
                self.assertNotIn("error", result.err)
                self.assertEqual(files_below(self.folder), before)

    def test_check_and_run_agree_on_the_runs(self):
        for study in STUDIES:
            with self.subTest(study=study.name):
                table = self.succeeds("check", study, *stand_ins(study)).out.split("\n\n")[0]
                listed = [line.split()[0] for line in table.splitlines()[1:]]
                rows = [f"{run['id']}/{pool['name']}" if pool else run["id"]
                        for run in runs_of(study, *stand_ins(study)) for pool in run.get("pools", [None])]
                self.assertEqual(rows, listed)

    def test_the_laws_hold_over_each_run(self):
        for study in STUDIES:
            for run in runs_of(study, *stand_ins(study)):
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


class WhatTheStudiesSay(CliTest):
    """The comment of a study quotes its results; study_claims.py computes them."""

    def test_each_says_what_it_asks_shows_and_rests_on(self):
        for study in STUDIES:
            with self.subTest(study=study.name):
                question, *text = comment_of(study)
                self.assertTrue(question.endswith("?"), question)
                for start in ("What it shows: ", "How sure: "):
                    self.assertEqual(sum(paragraph.startswith(start) for paragraph in text), 1, start)

    def test_every_number_that_is_shown_is_claimed(self):
        for study in STUDIES:
            shown = next(p for p in comment_of(study) if p.startswith("What it shows: "))
            with self.subTest(study=study.name):
                for words, *_ in CLAIMS[study.stem](Runs(runs_of(study, *stand_ins(study)))):
                    shown = shown.replace(re.sub(r"[<>]", "", words), re.sub(r"<[\d.]+>", "_", words))
                self.assertEqual(re.findall(r"(?<![\w.-])\d[\d.]*(?![\w-])", shown), [], shown)

    def test_all_of_it_fitted_elsewhere_is_so(self):
        for study in STUDIES:
            if "all of it fitted-elsewhere" in " ".join(comment_of(study)):
                for run in runs_of(study, *stand_ins(study)):
                    with self.subTest(study=study.name, run=run["id"]):
                        self.assertGreater(run["provenance"]["time_share_by_tag"]["fitted-elsewhere"], 0.995)

    def test_what_each_claims_is_so(self):
        for study in STUDIES:
            if study.stem not in PUBLISHED:
                self.check_claims(study)

    def test_what_each_claims_of_published_traces_is_so(self):
        folder = Path(os.environ.get("KVSIM_DATA_DIR") or "", "traces").resolve()
        for stem, trace in PUBLISHED.items():
            if (folder / trace).is_file():
                study = SOURCE / f"configs/studies/{stem}.yaml"
                self.check_claims(study, "--set", f"workload.trace={folder / trace}")
            elif os.environ.get("KVSIM_REQUIRE_DATA"):
                self.fail(f"no {trace} in {folder}")
            else:
                self.skipTest("set KVSIM_DATA_DIR to the folder of development data")

    def check_claims(self, study, *swaps):
        comment = " ".join(comment_of(study))
        for words, *values in CLAIMS[study.stem](Runs(runs_of(study, *swaps))):
            with self.subTest(study=study.name, words=words):
                self.assertIn(re.sub(r"[<>]", "", words), comment)
                numbers = re.findall(r"<([\d.]+)>", words)
                computed = [value for value in values if not isinstance(value, bool)]
                self.assertEqual(len(computed), len(numbers))
                self.assertTrue(all(value for value in values if isinstance(value, bool)))
                for number, value in zip(numbers, computed):
                    self.assertIsNotNone(value)
                    rounding = 0.5 * 10 ** -len(number.partition(".")[2])
                    self.assertAlmostEqual(value, float(number), delta=max(0.05 * float(number), rounding))


class EveryExampleStudy(CliTest):
    def test_check_refuses_what_run_refuses(self):
        for study in STUDIES:
            result = kvsim("check", study, "--set", "engine.max_num_seq=4")
            self.assertEqual((result.code != OK, result.out), (True, ""))
            self.assertIn("max_num_seqs", result.err)


if __name__ == "__main__":
    main()
