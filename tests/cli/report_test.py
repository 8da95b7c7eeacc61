#!/usr/bin/env python3
"""Does `kvsim report` write the same results again, in every form, without simulating?"""

import json
import unittest

from kvsim_cli import SIX_RUNS, SOURCE, TINY, YOUR_INPUT, CliTest, environment, files_below, main

SHIPPED = ["attention-variants", "calibration", "capacity", "prefix-cache", "single-run", "sweep",
           "validation"]
PAGE = """sections:
  - title: Mine
    text: "{runs} runs; {run of most output_throughput} gives most."
    columns: [p99_ttft_ms, p99_tpot_ms]
    sort: p99_tpot_ms
"""


VENV_PYTHON = SOURCE / ".venv" / "bin" / "python"


class ReportTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("six.yaml", SIX_RUNS)
        self.run_out = self.succeeds("run", "six.yaml", "--out", "out", "--format", "md", "--quiet").out

    def text(self, path):
        return (self.folder / path).read_text()


class Again(ReportTest):
    def test_the_same_page_comes_again_to_the_byte(self):
        before = {name: self.text(f"out/{name}") for name in ("report.html", "report.md")}
        for name in before:
            (self.folder / "out" / name).unlink()
        result = self.succeeds("report", "out")
        self.assertEqual(result.out, "")
        self.assertIn("written: out/report.html", result.err)
        for name, text in before.items():
            self.assertEqual(self.text(f"out/{name}"), text)

    def test_printed_forms_are_those_of_run(self):
        self.assertEqual(self.succeeds("report", "out", "--format", "md").out, self.run_out)
        self.assertEqual(self.text("out/report.md"), self.run_out)
        csv = self.succeeds("run", "six.yaml", "--format", "csv", "--quiet").out
        self.assertEqual(self.succeeds("report", "out", "--format", "csv").out, csv)

    def test_it_changes_nothing_else(self):
        kept = {name: self.text(f"out/{name}") for name in ("result.json", "requests.csv", "report.json")}
        self.succeeds("report", "out", "--template", "capacity")
        for name, text in kept.items():
            self.assertEqual(self.text(f"out/{name}"), text)

    def test_a_study_that_has_moved_is_not_needed(self):
        (self.folder / "six.yaml").unlink()
        self.succeeds("report", "out", "--out", "elsewhere")
        self.assertEqual(self.text("elsewhere/report.html"), self.text("out/report.html"))


class Templates(ReportTest):
    def test_every_shipped_one_renders_many_runs_and_one(self):
        self.write("tiny.yaml", TINY)
        self.succeeds("run", "tiny.yaml", "--out", "one", "--quiet")
        for folder in ("out", "one"):
            for template in SHIPPED:
                text = self.succeeds("report", folder, "--template", template, "--format", "md").out
                self.assertGreater(text.count("\n## "), 3, f"{template} of {folder}")

    def test_one_of_ones_own(self):
        self.write("page.yaml", PAGE)
        text = self.succeeds("report", "out", "--template", "./page.yaml", "--format", "md").out
        self.assertIn("## Mine", text)
        self.assertIn("6 runs; ", text)
        self.assertNotIn("At a glance", text)

    def test_the_example_of_the_readme_renders(self):
        readme = (SOURCE / "reports" / "templates" / "README.md").read_text()
        self.write("page.yaml", readme.split("```yaml\n")[1].split("```")[0])
        text = self.succeeds("report", "out", "--template", "./page.yaml", "--format", "md").out
        self.assertIn("## Who is fast enough", text)
        self.assertRegex(text, r"\*\*\S+, \d/s gives most per GPU: [\d.]+ tok/s\*\*")

    def test_the_study_may_name_it_and_the_report_remembers(self):
        self.write("page.yaml", PAGE)
        self.write("own.yaml", SIX_RUNS + "report: {template: ./page.yaml}\n")
        self.succeeds("run", "own.yaml", "--out", "own", "--quiet")
        self.assertIn("## Mine", self.text("own/report.md"))
        (self.folder / "page.yaml").unlink()
        self.assertIn("## Mine", self.succeeds("report", "own", "--format", "md").out)

    def test_a_fault_that_shows_late_has_its_line_and_costs_no_result(self):
        self.write("page.yaml", PAGE.replace("p99_tpot_ms]", "p99_tpott_ms]"))
        result = self.kvsim("run", "six.yaml", "--template", "./page.yaml", "--out", "late", "--quiet")
        self.assertEqual(result.code, YOUR_INPUT)
        self.assertIn("page.yaml:4:28: error: the results have no column 'p99_tpott_ms'", result.err)
        self.assertIn("did you mean 'p99_tpot_ms'?", result.err)
        self.assertIn("kvsim report late --template", result.err)
        self.assertEqual(len(json.loads(self.text("late/result.json"))["runs"]), 6)
        self.assertIn("At a glance", self.text("late/report.md"))
        self.write("page.yaml", PAGE)
        self.succeeds("report", "late", "--template", "./page.yaml")
        self.assertIn("## Mine", self.text("late/report.md"))


class Faults(ReportTest):
    def fails(self, *arguments):
        before = files_below(self.folder)
        result = self.kvsim("report", *arguments)
        self.assertEqual(result.code, YOUR_INPUT)
        self.assertEqual(files_below(self.folder), before)
        return result.err

    def test_of_the_folder(self):
        self.assertEqual(
            self.fails("nowhere"),
            "nowhere/report.json: error: there is no such file\n"
            "    note: kvsim run STUDY.yaml --out DIR writes it; give that folder\n")
        (self.folder / "empty").mkdir()
        self.assertIn("empty/report.json: error: there is no such file", self.fails("empty"))

    def test_of_what_is_in_it(self):
        self.write("out/report.json", "{")
        self.assertIn("out/report.json: error: is not what kvsim wrote", self.fails("out"))
        self.write("out/report.json", '{"snapshot_version": 0, "kvsim_version": "0.0.9"}')
        self.assertIn("was written by kvsim 0.0.9, and this is kvsim", self.fails("out"))

    def test_of_the_template(self):
        self.assertIn("did you mean 'capacity'?", self.fails("out", "--template", "capacty"))
        self.write("page.yaml", PAGE.replace("{runs}", "{rnus}"))
        error = self.fails("out", "--template", "./page.yaml")
        self.assertIn("page.yaml:3:11: error: the results have no column 'rnus'", error)

    def test_without_a_browser_pdf_says_so(self):
        result = self.kvsim("report", "out", "--format", "pdf",
                            env=environment(KVSIM_CHROMIUM="/nowhere/chromium"))
        self.assertEqual(result.code, YOUR_INPUT)
        self.assertIn("--format pdf: error: ", result.err)


@unittest.skipUnless(VENV_PYTHON.exists(), "no .venv with vl-convert")
class Pictures(ReportTest):
    def test_every_chart_is_a_file_of_its_own(self):
        charts = self.text("out/report.html").count("<figure>")
        for form, magic in (("svg", b"<svg"), ("png", b"\x89PNG")):
            self.succeeds("report", "out", "--format", form, "--out", form)
            files = sorted((self.folder / form).iterdir())
            self.assertEqual({file.suffix for file in files}, {"." + form})
            self.assertGreater(len(files), 8)
            for file in files:
                self.assertTrue(file.read_bytes().startswith(magic), file.name)
        self.assertEqual(charts, len(files))


if __name__ == "__main__":
    main()
