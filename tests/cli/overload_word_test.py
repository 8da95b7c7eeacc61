#!/usr/bin/env python3
"""Does "overloaded" stand beside every latency of a run whose queue grows, wherever it is printed?

Every run here is overloaded: two seats for 200 requests/s. So whatever line of an output names a
latency and has a number must have the word, in every form and on every page.
"""

import html
import re

from kvsim_cli import TINY, CliTest, main

OVERLOADED = TINY.replace("request_rate: 4/s", "request_rate: 200/s").replace(
    "max_model_len: 4096", "max_model_len: 4096, max_num_seqs: 2").replace(
    "  num_requests: 40\n", "  num_requests: 60\n  shared_prefix: {num_groups: 2, tokens: {fixed: 64}}\n")
VARIANTS = OVERLOADED + """\
variants:
  - {name: GQA-8}
  - {name: MQA, model.attention: {variant: mqa}}
"""
SWEEP = OVERLOADED + "sweep: {workload.arrivals.request_rate: [100/s, 200/s, 300/s, 400/s, 500/s]}\n"
PAGE = """\
sections:
  - title: Mine
    text: "p99 TTFT is {least p99_ttft_ms}."
    columns: [p99_ttft_ms, p99_tpot_ms, mean_interactivity]
    draw: [{title: Drawn, x: run, y: p99_e2el_ms}]
"""
PAGES = ["single-run", "attention-variants", "sweep", "capacity", "prefix-cache", "validation", "page.yaml"]

LATENCY = re.compile(r"TTFT|TPOT|ITL|E2EL|_ttft_|_tpot_|_e2el_|interactivity|per user|\bqueue\b")
NAMES_WITH_DIGITS = re.compile(r"p99_9|p99\.9|p9\d|E2EL|e2el")
# What tells of latencies in general, and no run's.
GENERAL = ("Percentiles are linear", "TTFT: first token minus arrival", "In brackets: ")


def rows_of_html(page):
    """Each row of a table, paragraph or heading as a line of text."""
    page = re.sub(r"<(script|style|figcaption)\b.*?</\1>", "", page, flags=re.S)  # how to read a chart
    page = re.sub(r"</(tr|p|h\d|li|summary|figcaption)>", "\n", page.replace("\n", " "))
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def unwrapped(text):
    """A terminal breaks paragraphs into lines; those of a table have gaps of two spaces, or are rules."""
    lines = []
    for line in text.splitlines():
        is_prose = line and "  " not in line and not re.match(r"[-|#*]", line)
        if is_prose and lines and goes_on(lines[-1]):
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


def goes_on(line):
    return len(line) > 60 and "  " not in line and not re.match(r"[-|#*]", line)


def cells(line):
    return line.strip().strip("|").split("|")


def is_bare(line):
    named = LATENCY.search(line) and re.search(r"\d", NAMES_WITH_DIGITS.sub("", line))
    return named and "overloaded" not in line and not line.strip("- ").startswith(GENERAL)


def latencies_without_the_word(text):
    """Lines with a number of a latency that do not have the word.

    In a table of markdown the column may name the latency: then the cell needs it, or the row's name.
    """
    bare, columns = [], []
    for line in unwrapped(text):
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = [bool(LATENCY.search(cell)) for cell in cells(line)]
            continue
        row = cells(line) if columns else []
        bare += [line] if is_bare(line) else []
        bare += [f"{line}: {cell}" for is_latency, cell in zip(columns, row) if is_latency and
                 re.search(r"\d", cell) and "overloaded" not in row[0] + cell]
    return bare


class OverloadWord(CliTest):
    def setUp(self):
        super().setUp()
        self.write("page.yaml", PAGE)

    def assert_told(self, text, least):
        self.assertEqual(latencies_without_the_word(text), [])
        told = [line for line in text.splitlines() if LATENCY.search(line) and "overloaded" in line]
        self.assertGreaterEqual(len(told), least, text)

    def assert_told_everywhere(self, study, least, *args):
        self.write("study.yaml", study)
        shown = self.succeeds("run", "study.yaml", "--out", "out", "--quiet", *args).out
        self.assert_told(shown, least)
        for page in PAGES:
            self.succeeds("report", "out", "--template", page, "--quiet")
            self.assert_told((self.folder / "out/report.md").read_text(), 1)
            self.assert_told(rows_of_html((self.folder / "out/report.html").read_text()), 1)
            self.assert_told(self.succeeds("report", "out", "--template", page, "--format", "table").out, 1)

    def test_of_one_run(self):
        self.assert_told_everywhere(OVERLOADED, 4)

    def test_of_variants_with_error_bars(self):
        self.assert_told_everywhere(VARIANTS, 4, "--replicates", "20")

    def test_of_a_sweep(self):
        self.assert_told_everywhere(SWEEP, 0)

    def test_of_two_results_side_by_side(self):
        self.write("study.yaml", VARIANTS)
        self.succeeds("run", "study.yaml", "--out", "a", "--quiet")
        self.succeeds("run", "study.yaml", "--out", "b", "--quiet", "--set", "workload.arrivals.request_rate=300/s")
        for args in ([], ["--format", "md"], ["--all", "--format", "md"]):
            self.assert_told(self.succeeds("compare", "a", "b", *args).out, 2)


if __name__ == "__main__":
    main()
