#!/usr/bin/env python3
"""Does `kvsim plan` answer with a sentence, give every other layout a reason, and leave whole files or none?"""

import contextlib
import json
import os
import pty
import subprocess

from kvsim_cli import (BIN, LIMITS_NOT_MET, OK, TINY, CliTest, environment, files_below, main,
                       rows_of)

# 1.5 ms of prompt and 60 tokens an answer: some 20 requests/s for each H100 with 8 sequences.
PLAN = TINY.replace("request_rate: 4/s", "request_rate: 40/s") + """\
plan:
  max_gpus: 32
  max_requests: 4000
  draws: 3
  search:
    engine.tensor_parallel_size: [1, 2, 3]
    engine.max_num_seqs: [4, 8, 16]
"""
FILES = {"plan.json", "candidates.csv", "result.json", "report.html", "report.json", "report.md",
         "manifest.json"}


class Plan(CliTest):
    def setUp(self):
        super().setUp()
        self.write("plan.yaml", PLAN)

    def test_answers_with_a_sentence(self):
        out = " ".join(self.succeeds("plan", "plan.yaml", "--quiet").out.split())
        plan = json.loads(self.succeeds("plan", "plan.yaml", "--quiet", "--format", "json").out)
        sentence = plan["questions"][0]["sentence"]
        self.assertRegex(sentence, r"^\d+ GPUs? = (\d+ replicas? × )?.*on h100-sxm")
        self.assertIn("p99 TTFT", sentence)
        self.assertIn(sentence[:60], out)

    def test_every_layout_has_a_reason(self):
        self.succeeds("plan", "plan.yaml", "--out", "out", "--quiet")
        self.assertEqual({path for path in files_below(self.folder / "out")}, FILES)
        rows = rows_of(self.folder / "out/candidates.csv")
        self.assertEqual(len(rows), 9)
        self.assertEqual(sum(row["fate"] == "winner" for row in rows), 1)
        for row in rows:
            self.assertEqual(row["reason"] == "", row["fate"] == "winner", row)
        refused = [row for row in rows if row["fate"] == "refused"]
        self.assertEqual({row["rule"] for row in refused}, {"parallelism"})  # 32 heads / 3
        self.assertEqual(len(refused), 3)

    def test_fewer_replicas_do_not_meet_the_limits(self):
        plan = json.loads(self.succeeds("plan", "plan.yaml", "--quiet", "--format", "json").out)
        question = plan["questions"][0]
        winner = question["layouts"][question["winner"]]
        best = winner["points"][winner["best"]]
        fewest = min(layout["points"][layout["best"]]["gpus"] for layout in question["layouts"]
                     if layout["best"] is not None)
        self.assertEqual(best["gpus"], fewest)
        if best["replicas"] > 1:
            self.assertEqual(question["below"]["replicas"], best["replicas"] - 1)
            self.assertFalse(question["below"]["meets"])

    def test_on_a_terminal_says_how_long_it_may_take(self):
        # 20 layouts: one by itself, sixteen at once, and then it is known what three more take.
        self.write("many.yaml", PLAN.replace("[4, 8, 16]", str(list(range(4, 24)))).replace(
            "[1, 2, 3]", "[1]"))
        reader, writer = pty.openpty()
        child = subprocess.Popen([BIN, "plan", "many.yaml"], cwd=self.folder, env=environment(),
                                 stdout=subprocess.DEVNULL, stderr=writer)
        os.close(writer)
        shown = b""
        with contextlib.suppress(OSError):  # as Linux ends a terminal
            while piece := os.read(reader, 65536):
                shown += piece
        os.close(reader)
        self.assertEqual(child.wait(), OK)
        self.assertRegex(shown.decode(), r"17 of 20 layouts, best so far: .*; \d+ s gone, up to \d+ s to go")

    def test_check_counts_its_layouts(self):
        out = self.succeeds("check", "plan.yaml").out
        self.assertIn("tiny is valid: 1 question(s), min_gpus, 9 layout(s) to search by kvsim plan.", out)
        self.assertRegex(out, r"base +llama-3.1-8b +9 +6\n")  # 32 heads / 3

    def test_gives_the_same_bytes_for_any_number_of_jobs(self):
        for jobs in (1, 2, 3):
            self.succeeds("plan", "plan.yaml", "--out", f"out{jobs}", "--quiet", "--jobs", jobs)
        for name in FILES - {"manifest.json"}:
            first = (self.folder / "out1" / name).read_bytes()
            for jobs in (2, 3):
                self.assertEqual(first, (self.folder / f"out{jobs}" / name).read_bytes(), name)

    def test_is_written_again_by_report(self):
        self.succeeds("plan", "plan.yaml", "--out", "out", "--quiet")
        before = {name: (self.folder / "out" / name).read_bytes() for name in ("report.html", "report.md")}
        self.succeeds("report", "out", "--quiet")
        for name, content in before.items():
            self.assertEqual(content, (self.folder / "out" / name).read_bytes(), name)

    def no_plan(self, *changes):
        asked = [word for change in changes for word in ("--set", change)]
        result = self.kvsim("plan", "plan.yaml", "--quiet", *asked, "--format", "json")
        self.assertEqual(result.code, LIMITS_NOT_MET, result.err)
        question = json.loads(result.out)["questions"][0]
        self.assertIsNone(question["winner"])
        table = self.kvsim("plan", "plan.yaml", "--quiet", *asked)
        self.assertEqual(table.code, LIMITS_NOT_MET, table.err)
        self.assertIn(question["sentence"][:50], " ".join(table.out.split()))
        return question

    # Four sequences of some 60 tokens, 6 ms each: some 11 requests/s, where 40 arrive.
    def test_no_plan_names_the_nearest_and_what_would_mend_it(self):
        question = self.no_plan("plan.max_gpus=1", "plan.search.engine.max_num_seqs=[2, 4]")
        nearest = question["layouts"][question["miss"]["layout"]]
        self.assertEqual(nearest["choice"]["engine.max_num_seqs"], "4")
        ways = question["miss"]["ways_out"]
        self.assertTrue(any(way.endswith(" GPUs") for way in ways), ways)
        self.assertTrue(any("requests/s" in way for way in ways), ways)

    def test_limits_below_a_lone_request_are_told_without_a_simulation(self):
        question = self.no_plan("slo={ttft: {p99: 1ms}}")
        self.assertEqual(question["counts"]["simulations"], 0)
        self.assertIn("TTFT floor", {layout["rule"] for layout in question["layouts"]})

    def test_maximises_what_gpus_carry(self):
        more = []
        for gpus in (1, 2):
            plan = json.loads(self.succeeds(
                "plan", "plan.yaml", "--quiet", "--format", "json", "--set",
                "plan.objective=max_throughput", "--set", f"plan.max_gpus={gpus}").out)
            question = plan["questions"][0]
            winner = question["layouts"][question["winner"]]
            more.append(winner["points"][winner["best"]]["request_rate"])
        self.assertGreater(more[1], 1.5 * more[0])

    def test_cost_needs_prices(self):
        cheap = ("--set", "plan.objective=min_cost", "--quiet")
        self.refuses("plan", "plan.yaml", *cheap, names=["needs a price for 'h100-sxm'", "as_of"])
        prices = "prices={as_of: 2026-11-01, gpu_hour: {h100-sxm: 2.50}}"
        plan = json.loads(self.succeeds("plan", "plan.yaml", *cheap, "--set", prices,
                                        "--format", "json").out)
        question = plan["questions"][0]
        winner = question["layouts"][question["winner"]]
        best = winner["points"][winner["best"]]
        self.assertAlmostEqual(best["cost_per_hour"], 2.5 * best["gpus"])

    def test_a_rate_that_varies_is_told_by_the_hour(self):
        self.write("plan.yaml", PLAN.replace(
            "{process: poisson, request_rate: 40/s}",
            "{process: stages, stages: [{request_rate: 10/s, duration: 60s}, "
            "{request_rate: 60/s, duration: 60s}]}").replace("  num_requests: 40\n", ""))
        plan = json.loads(self.succeeds("plan", "plan.yaml", "--quiet", "--format", "json").out)
        hours = plan["questions"][0]["hours"]["hours"]
        self.assertGreater(len(hours), 1)
        self.assertLess(hours[0]["replicas"], max(hour["replicas"] for hour in hours))

    def test_variants_are_compared(self):
        self.write("plan.yaml", PLAN + "variants: [{name: GQA-8}, "
                   "{name: MHA, model.attention: {variant: mha}}]\n")
        plan = json.loads(self.succeeds("plan", "plan.yaml", "--quiet", "--format", "json").out)
        self.assertEqual([question["variant"] for question in plan["questions"]], ["GQA-8", "MHA"])

    def test_refuses_a_study_without_plan_and_a_typo(self):
        self.write("tiny.yaml", TINY)
        self.refuses("plan", "tiny.yaml", names=["tiny.yaml: error: this study has no 'plan'"])
        self.write("typo.yaml", PLAN.replace("search:", "serch:"))
        self.refuses("plan", "typo.yaml", names=["unknown key 'serch'"])

    def test_rerun_says_that_it_is_for_runs(self):
        self.succeeds("plan", "plan.yaml", "--out", "out", "--quiet")
        self.refuses("rerun", "out", names=["was written by kvsim plan"])

    def test_run_leaves_the_plan_aside(self):
        self.assertEqual(self.kvsim("run", "plan.yaml", "--quiet").code, OK)


if __name__ == "__main__":
    main()
