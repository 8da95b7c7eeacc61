#!/usr/bin/env python3
"""Does `kvsim report` show a plan in every form: the answer first, then why, then how to start it?"""

import unittest

from hand_made_plans import plan
from kvsim_cli import TINY, CliTest, main


class PlanPage(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)
        self.succeeds("run", "tiny.yaml", "--out", "out", "--quiet")

    def shown(self, form, template="capacity"):
        return self.succeeds("report", "out", "--template", template, "--format", form).out

    def test_one_question_without_a_run(self):
        plan(self.folder / "out", {"base": 5})
        sentence = "40 GPUs = 5 replicas × TP 8 on h200-sxm (max_num_seqs 128); p99 TTFT 1.08 s of 2 s"
        table = self.shown("table")
        self.assertIn(sentence[:60], table.replace("\n", " "))
        for title in ("The plan", "Why layouts were dropped", "What would change it",
                      "How to start it", "Pareto front of the layouts", "Layouts, the best first"):
            self.assertIn(f"\n{title}\n", table)
        self.assertIn("vllm serve meta-llama/Meta-Llama-3.1-8B \\\n    --tensor-parallel-size", table)
        markdown = self.shown("md")
        self.assertIn(f"**{sentence}", markdown)
        self.assertEqual([line[3:] for line in markdown.splitlines() if line.startswith("## ")],
                         ["The plan", "How to start it", "What would change it",
                          "Pareto front of the layouts", "Why layouts were dropped",
                          "Layouts, the best first", "Words"])

    def test_several_questions_and_one_without_a_plan(self):
        plan(self.folder / "out", {"MLA": 1, "GQA-8": 2, "MHA": 5, "huge": None})
        markdown = self.shown("md")
        self.assertIn("**MLA needs 8 GPUs for this traffic, GQA-8 16, MHA 40: 5.0 times as many; huge "
                      "has no plan with up to 64 GPUs.**", markdown)
        self.assertIn("- huge: the one layout does not meet the limits with up to 64 GPUs", markdown)

    def test_runs_behind_a_plan_keep_their_sections(self):
        plan(self.folder / "out", {"base": 5}, keep_runs=True)
        markdown = self.shown("md")
        self.assertLess(markdown.index("## The plan"), markdown.index("At a glance"))

    def test_every_template_renders_a_plan_without_runs(self):
        plan(self.folder / "out", {"base": 5})
        for template in ("single-run", "sweep", "attention-variants", "validation"):
            self.assertIn("40 GPUs = 5 replicas", self.shown("md", template))

    def test_a_page_of_runs_alone_has_no_section_of_plans(self):
        markdown = self.shown("md")
        self.assertNotIn("The plan", markdown)
        self.assertNotIn("layouts", markdown)
        self.assertIn("At a glance", markdown)


if __name__ == "__main__":
    main()
