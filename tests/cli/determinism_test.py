#!/usr/bin/env python3
"""Same study, same seed: the same bytes, whatever the number of jobs. Another seed: other bytes."""

from kvsim_cli import OUT_FILES, SIX_RUNS, TINY, TRACED, CliTest, azure_lines, main

SAME = sorted(OUT_FILES - {"manifest.json"})  # the manifest tells wall time and memory


class Determinism(CliTest):
    def setUp(self):
        super().setUp()
        self.write("study.yaml", SIX_RUNS)

    def bytes_of(self, out, *args):
        self.succeeds("run", "study.yaml", "--out", out, *args)
        return {name: (self.folder / out / name).read_bytes() for name in SAME}

    def assert_same(self, first, second, but=()):
        self.assertEqual([name for name in SAME if first[name] != second[name]], list(but))

    def test_two_runs_give_the_same_bytes(self):
        self.assert_same(self.bytes_of("a"), self.bytes_of("b"))

    def test_the_number_of_jobs_changes_no_byte(self):
        one = self.bytes_of("one", "--jobs", "1")
        for jobs in ("2", "6", "0"):
            self.assert_same(one, self.bytes_of("jobs-" + jobs, "--jobs", jobs))

    def test_nor_does_it_with_replicates(self):
        one = self.bytes_of("one", "--replicates", "20", "--jobs", "1")
        self.assert_same(one, self.bytes_of("three", "--replicates", "20", "--jobs", "3"))

    def test_printing_in_another_format_changes_no_file(self):
        self.assert_same(self.bytes_of("a"), self.bytes_of("b", "--format", "csv", "--quiet"))

    def test_another_place_of_the_study_changes_no_byte(self):
        self.write("study.yaml", TINY)  # no notes: those name the file as it was given
        first = self.bytes_of("a")
        self.write("elsewhere/other.yaml", TINY)
        self.succeeds("run", "elsewhere/other.yaml", "--out", "b")
        second = {name: (self.folder / "b" / name).read_bytes() for name in SAME}
        self.assert_same(first, second, but=["report.html", "report.json"])  # it names its input files

    def test_line_ends_of_windows_change_no_byte(self):
        first = self.bytes_of("a")
        self.write("study.yaml", "\ufeff" + SIX_RUNS.replace("\n", "\r\n"))
        self.assert_same(first, self.bytes_of("b"), but=["report.html", "report.json"])  # it has their SHA-256

    def test_another_seed_gives_other_requests(self):
        zero, default, one = (self.bytes_of(out, *seed) for out, seed in
                              [("a", ["--seed", "0"]), ("b", []), ("c", ["--seed", "1"])])
        self.assert_same(zero, default)
        self.assertNotEqual(zero["requests.csv"], one["requests.csv"])
        self.assertNotEqual(zero["result.json"], one["result.json"])

    def test_a_trace_leaves_nothing_to_the_seed(self):
        self.write("study.yaml", TRACED)
        self.write("trace.csv", azure_lines(100))
        self.assert_same(self.bytes_of("a"), self.bytes_of("b", "--seed", "1"),
                         but=["report.html", "report.json"])  # it tells the seed

    def test_variants_see_the_same_traffic(self):
        table = self.bytes_of("a")["requests.csv"].decode().splitlines()[1:]
        traffic = {}
        for row in table:  # run_id, request_id, replica, arrival_s, prompt_tokens, output_tokens
            cells = row.split(",")
            traffic.setdefault(cells[0], []).append(cells[3:6])
        runs = list(traffic)
        self.assertEqual(len(runs), 6)
        self.assertEqual(traffic[runs[0]], traffic[runs[2]])  # GQA-8 and MQA at 4/s
        self.assertEqual(traffic[runs[1]], traffic[runs[5]])  # GQA-8 and MHA at 8/s
        lengths = [[cells[1:] for cells in traffic[run]] for run in runs[:2]]
        self.assertEqual(lengths[0], lengths[1])  # another rate moves the arrivals only


if __name__ == "__main__":
    main()
