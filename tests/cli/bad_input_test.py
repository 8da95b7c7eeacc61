#!/usr/bin/env python3
"""Wrong input: exit 2, the file and the line, nothing on stdout, nothing written, never a crash."""

import re

from kvsim_cli import TINY, TRACED, AZURE_HEADER, CliTest, azure_lines, main

ROW = "2023-11-16 18:15:46.6805900,374,44\n"
LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))


def line_of(text, part):
    return text[:text.index(part)].count("\n")  # counted from 0


class BadInput(CliTest):
    def refuses_at(self, place, *args, names=()):
        """Run and check say no, and their first line starts with `place`."""
        error = self.refuses("run", *args, "--out", "out", names=names)
        self.assertTrue(error.startswith(place + ":"), f"not at {place}\n{error[:500]}")
        self.assertIn(": error: ", error)
        self.assertLess(len(error), 4000, "an error fits a screen")
        return error


class Study(BadInput):
    def refuses_study(self, content, place="", names=()):
        self.write("study.yaml", content)
        error = self.refuses_at("study.yaml" + place, "study.yaml", names=names)
        self.assertEqual(self.refuses("check", "study.yaml"), error, "check and run disagree")

    def refuses_edit(self, old, new, names):
        """TINY with one edit is refused where the edit is, with a caret below the source line."""
        text, line = TINY.replace(old, new, 1), line_of(TINY, old)
        self.assertNotEqual(text, TINY)
        self.write("study.yaml", text)
        error = self.refuses_at(f"study.yaml:{line + 1}", "study.yaml", names=names).splitlines()
        column = int(re.match(r"study\.yaml:\d+:(\d+):", error[0])[1])
        shown, source = error[1], text.splitlines()[line]
        self.assertEqual(shown, "    " + source)
        self.assertEqual(error[2], " " * (3 + column) + "^")

    def test_a_typo_in_a_key(self):
        self.refuses_edit("request_rate", "reqest_rate", ["unknown key 'reqest_rate'", "'request_rate'"])
        self.refuses_edit("cluster:", "clutser:", ["unknown key 'clutser'", "'cluster'"])

    def test_a_typo_in_a_word(self):
        self.refuses_edit("poisson", "poison", ["did you mean 'poisson'"])
        self.refuses_edit("h100-sxm", "h100-smx", ["did you mean 'h100-sxm'", "kvsim gpus"])
        self.refuses_edit("llama-3.1-8b", "lama-3.1-8b", ["did you mean 'llama-3.1-8b'"])

    def test_a_missing_or_wrong_unit(self):
        self.refuses_edit("4/s}", "4}", ["'4' has no unit", "4/s"])
        self.refuses_edit("50ms", "50", ["'50' has no unit", "50 ms"])
        self.refuses_edit("50ms", "50MB", ["'MB' is not a unit here", "ms"])

    def test_numbers_outside_of_their_range(self):
        for key, old, wrong in [("num_requests", "40", "0 -1 1.5 nan 0x10 040 99999999999999999999"),
                                ("request_rate", "4/s", "0/s -4/s inf/s 1e400/s"),
                                ("p99", "1000", "10 0 20000000"), ("replicas", "1", "0 -1 x"),
                                ("p99", "2s", "-2s 0s nans"), ("max_model_len", "4096", "0 -1 4kg")]:
            for new in wrong.split():
                with self.subTest(key=key, value=new):
                    self.refuses_edit(f"{key}: {old}", f"{key}: {new}", [])

    def test_every_mistake_is_reported_at_once(self):
        self.write("study.yaml", TINY.replace("4/s", "4").replace("h100-sxm", "h100").replace("50ms", "x"))
        error = self.refuses_at("study.yaml:4", "study.yaml")
        self.assertEqual(error.count(": error: "), 3)

    def test_a_missing_key(self):
        self.refuses_study(TINY.replace("model: llama-3.1-8b\n", ""), names=["key 'model' is missing"])

    def test_a_repeated_key(self):
        self.refuses_study(TINY + "name: again\n", ":11:1", ["'name' is given twice", "line 2"])

    def test_files_that_hold_no_study(self):
        for content, names in [("", "empty"), ("# only this\n", "empty"), ("\n\n", "empty"),
                               ("- 1\n", "list"), ("hello\n", "single value"), ("---\n", "")]:
            with self.subTest(content=content):
                self.refuses_study(content, names=names)

    def test_files_that_are_not_text(self):
        for content in (bytes(range(256)) * 20, b"\x7fELF\x02\x01\x01" + bytes(100), b"\xff\xfe\x00",
                        b"name: caf\xe9\n", b"name: \x1b[31mred\n", b"\x1f\x8b\x08" + b"\x9b\x01" * 999):
            with self.subTest(content=content[:16]):
                self.refuses_study(content, ":1", "is not text")

    def test_deep_nesting(self):
        for content in ("[" * 20000, "[" * 20000 + "]" * 20000, "a: " + "{a: " * 20000,
                        "".join(" " * i + "a:\n" for i in range(1000)), "a: " + "- " * 20000):
            with self.subTest(content=content[:8]):
                self.refuses_study(content, names="")

    def test_aliases_that_explode_or_contain_themselves(self):
        self.refuses_study(LAUGHS, names="aliases make this file too large")
        self.refuses_study("a: &a [*a]\n", ":1:8", "inside the anchor")

    def test_two_documents(self):
        self.refuses_study(TINY + "---\n" + TINY, ":11:1", "second document")

    def test_yaml_that_is_none(self):
        self.refuses_study("name: [a\n", names="not closed")
        self.refuses_study("version: 1\n\tname: x\n", ":2:1", "tab")
        self.refuses_study("name: 'x\n", names="")

    def test_a_study_that_extends_itself(self):
        self.refuses_study("extends: study.yaml\n" + TINY, ":1:10", "circle")

    def test_what_cannot_be_simulated_yet_is_named(self):
        for key in ("pipeline_parallel_size", "data_parallel_size", "decode_context_parallel_size"):
            with self.subTest(key=key):
                self.refuses_edit("max_model_len: 4096", f"{key}: 2", [key, "cannot be simulated yet"])

    def test_places_that_hold_no_file(self):
        (self.folder / "sub").mkdir()
        self.refuses_at("sub", "sub", names="folder")
        self.refuses_at(".", ".", names="folder")
        self.refuses_at("missing.yaml", "missing.yaml", names="no such file")
        self.refuses_at("sub/missing.yaml", "sub/missing.yaml", names="no such file")
        self.refuses("run", "", names="error: ")

    def test_a_wrong_set_is_named_by_what_was_typed(self):
        self.write("study.yaml", TINY)
        for setting in ("nonsense", "a.b=c", "engine.max_num_seqs=abc", "engine.max_num_seq=4", "=1",
                        "engine={", "model=", "workload.num_requests=4,5"):
            with self.subTest(setting=setting):
                self.refuses_at(f"--set {setting}", "study.yaml", "--set", setting)

    def test_a_huge_set_is_not_repeated_in_full(self):
        self.write("study.yaml", TINY)
        error = self.refuses("run", "study.yaml", "--set", "engine.max_num_seqs=" + "[" * 20000,
                             names="--set engine.max_num_seqs=[[[")
        self.assertLess(len(error), 4000, "an error fits a screen")


class Trace(BadInput):
    def setUp(self):
        super().setUp()
        self.write("traced.yaml", TRACED)

    def refuses_trace(self, content, place, names=(), more=()):
        self.write("trace.csv", content)
        self.refuses_at("trace.csv" + place, "traced.yaml", *more, names=names)

    def test_a_bad_line_is_named_and_can_be_skipped(self):
        for line, column, names in [("2023-11-16 18:15:47,abc,109", ":29", "'abc'"),
                                    ("2023-11-16 18:15:47,5", "", "2 fields"),
                                    ("2023-11-16 18:15:47,5,5,5", "", "4 fields"),
                                    ("yesterday,5,5", ":1", "'yesterday'"),
                                    ("2023-11-16 18:15:47,0,5", "", "at least one token"),
                                    ("2023-11-16 18:15:47,5,-5", "", "'-5'"),
                                    ("2023-11-16 18:15:47,5,99999999999999999999", "", "1e9"),
                                    ("2023-13-45 18:15:47,5,5", ":1", "2023-13-45"),
                                    ("\"2023", "", "")]:
            with self.subTest(line=line):
                text = f"{AZURE_HEADER}\n{ROW}{line}\n2023-11-16 18:15:51.0,3,10\n"
                column = column if "abc" not in line else ":21"
                self.refuses_trace(text, f":3{column}", [names, "--skip-bad-lines"])
                metrics = self.json_of("run", "traced.yaml", "--skip-bad-lines")["runs"][0]["metrics"]
                self.assertEqual((metrics["completed"], metrics["skipped_lines"]), (2, 1))

    def test_lines_out_of_order_are_never_skipped(self):
        text = f"{AZURE_HEADER}\n{ROW}2023-11-16 18:15:40,1,1\n"
        self.refuses_trace(text, ":3:1", "before")
        self.refuses_trace(text, ":3:1", "before", ["--skip-bad-lines"])

    def test_a_trace_without_requests(self):
        self.refuses_trace("", "", "the trace is empty")
        self.refuses_trace(AZURE_HEADER + "\n", "", "no requests")
        self.refuses_trace(AZURE_HEADER + "\nx\ny\n", "", "all of its 2 lines", ["--skip-bad-lines"])

    def test_a_trace_with_other_columns(self):
        self.refuses_trace("TIMESTAMP,Context,GeneratedTokens\n" + ROW, ":1", ["'ContextTokens'"])
        self.refuses_trace(ROW + ROW, ":1", ["'TIMESTAMP'"])

    def test_a_trace_that_is_not_text(self):
        self.refuses_trace(bytes(range(256)) * 20, "", "not a text file")
        self.refuses_trace(AZURE_HEADER.encode() + b"\n\x1b[2J\xff,1,1\n", ":2", "")

    def test_a_trace_that_is_not_there(self):
        self.refuses_at("trace.csv", "traced.yaml", names=["does not exist", "workload.trace"])
        (self.folder / "sub").mkdir()
        self.refuses_at("sub", "traced.yaml", "--set", "workload.trace=sub", names="directory")

    def test_a_request_that_can_never_fit_is_counted_not_lost(self):
        self.write("trace.csv", azure_lines(20) + "2023-11-16 18:59:00,999999,5\n")
        run = self.json_of("run", "traced.yaml")["runs"][0]
        self.assertEqual((run["metrics"]["completed"], run["metrics"]["refused"]), (20, 1))
        self.assertIn("999999", run["refusals"][0]["reason"])


if __name__ == "__main__":
    main()
