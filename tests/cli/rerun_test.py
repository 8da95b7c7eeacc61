#!/usr/bin/env python3
"""`kvsim rerun`: the same bytes again, or which input, file and metric is another."""

import hashlib
import json
import os

from kvsim_cli import (LIMITS_NOT_MET, OK, OUR_FAILURE, SIX_RUNS, TINY, TRACED, YOUR_INPUT, CliTest, azure_lines,
                       environment, files_below, main)

SAME = "reproduced: 2 files, same bytes\n"


class RerunTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)

    def run_into(self, folder, *args, study="tiny.yaml"):
        self.succeeds("run", study, "--quiet", "--out", folder, *args)

    def manifest(self, folder="out"):
        return json.loads((self.folder / folder / "manifest.json").read_text())

    def change_manifest(self, **values):
        self.write("out/manifest.json", json.dumps({**self.manifest(), **values}))

    def snapshot(self):
        return {name: (self.folder / name).read_bytes() for name in files_below(self.folder)
                if (self.folder / name).is_file()}

    def reproduces(self, *args):
        before = self.snapshot()
        result = self.succeeds("rerun", "out", *args)
        self.assertEqual(result.out, SAME)
        self.assertEqual(self.snapshot(), before, "rerun changed something")
        return result


class Reproduces(RerunTest):
    def test_a_run(self):
        self.run_into("out")
        self.assertEqual(self.reproduces("--quiet").err, "")

    def test_many_runs_with_every_flag_that_matters(self):
        self.write("six.yaml", SIX_RUNS)
        self.run_into("out", "--seed", "7", "--set", "workload.num_requests=25", "--set", "engine.block_size=32",
                      "--replicates", "10", "--confidence", "0.8", "--stepper", "step", study="six.yaml")
        self.reproduces("--jobs", "2")

    def test_a_replayed_trace_with_bad_lines(self):
        self.write("sub/trace.csv", azure_lines(30) + "nonsense\n")
        self.write("sub/traced.yaml", TRACED)
        self.run_into("out", "--skip-bad-lines", study="sub/traced.yaml")
        self.assertIn("sub/trace.csv", [each["path"] for each in self.manifest()["inputs"]])
        page = (self.folder / "out/report.html").read_text()  # says the same to a reader
        self.assertIn("kvsim run sub/traced.yaml --seed 0 --skip-bad-lines", page)
        self.assertIn("sub/trace.csv</th>", page)
        self.reproduces()

    def test_the_manifest_holds_the_hashes_of_the_outputs(self):
        self.run_into("out")
        outputs = {each["path"]: each["sha256"] for each in self.manifest()["outputs"]}
        self.assertEqual(set(outputs), {"result.json", "requests.csv", "report.md", "report.html", "report.json"})
        for name, digest in outputs.items():
            self.assertEqual(hashlib.sha256((self.folder / "out" / name).read_bytes()).hexdigest(), digest)

    def test_from_the_manifest_alone(self):
        self.run_into("out")
        for name in ("result.json", "requests.csv", "report.md", "report.html"):
            (self.folder / "out" / name).unlink()
        self.reproduces()

    def test_a_study_that_has_moved_with_its_trace(self):
        self.write("sub/trace.csv", azure_lines(30))
        self.write("sub/traced.yaml", TRACED)
        self.run_into("out", study="sub/traced.yaml")
        os.rename(self.folder / "sub", self.folder / "elsewhere")
        self.refuses("rerun", "out", names=["sub/traced.yaml: error: there is no such study from here", "--study PATH"])
        self.reproduces("--study", "elsewhere/traced.yaml")


class Refuses(RerunTest):
    def test_an_edited_study_until_told_to_go_on(self):
        self.run_into("out")
        self.write("tiny.yaml", TINY.replace("4/s", "40/s"))
        self.refuses("rerun", "out", names=["tiny.yaml: error: has changed since the run", "--anyway goes on"])
        result = self.kvsim("rerun", "out", "--anyway")
        self.assertEqual(result.code, LIMITS_NOT_MET)
        self.assertIn("tiny.yaml: warning: has changed since the run", result.err)
        self.assertRegex(result.out, r"not reproduced\n  result.json: runs\[base\]\.metrics\.mean_ttft_ms was [0-9.]+, "
                                     r"is [0-9.]+\n  requests.csv: line 2 was ")

    def test_a_change_that_changes_nothing_reproduces_anyway(self):
        self.run_into("out")
        self.write("tiny.yaml", TINY + "# a comment\n")
        self.refuses("rerun", "out", names="tiny.yaml: error: has changed")
        self.reproduces("--anyway")

    def test_an_edited_study_that_cannot_be_run_any_more(self):
        self.run_into("out")
        self.write("tiny.yaml", TINY.replace("num_requests", "num_request"))
        self.refuses("rerun", "out", names=["tiny.yaml: error: has changed since the run", "did you mean"])

    def test_an_edited_or_missing_trace(self):
        self.write("trace.csv", azure_lines(30))
        self.write("traced.yaml", TRACED)
        self.run_into("out", study="traced.yaml")
        self.write("trace.csv", azure_lines(31))
        self.refuses("rerun", "out", names="trace.csv: error: has changed since the run")
        (self.folder / "trace.csv").unlink()
        self.refuses("rerun", "out", names="trace.csv: error: was read by the run")

    def test_files_that_were_read_then_and_now_are_told_apart(self):
        self.write("base.yaml", TINY)
        self.write("study.yaml", "extends: base.yaml\n")
        self.run_into("out", study="study.yaml")
        self.write("other.yaml", TINY)
        self.write("study.yaml", "extends: other.yaml\n")
        self.refuses("rerun", "out", names=["study.yaml: error: has changed", "base.yaml: error: was read by the run",
                                            "other.yaml: error: is read now"])

    def test_outputs_that_were_edited_since(self):
        self.run_into("out")
        path = self.folder / "out/result.json"
        path.write_text(path.read_text().replace('"stable"', '"overloaded"'))
        self.refuses("rerun", "out", names="out/result.json: error: has changed since the run")
        self.assertEqual(self.kvsim("rerun", "out", "--anyway").out, SAME)  # as the manifest says

    def test_a_folder_without_a_manifest_and_files_that_are_none(self):
        self.run_into("out")
        self.refuses("rerun", "nowhere", names="nowhere: error: there is no such file")
        self.write("empty/notes.txt", "nothing")
        self.refuses("rerun", "empty", names=["empty/manifest.json: error: there is no such file", "kvsim run --out"])
        self.refuses("rerun", "out/result.json", names="out/result.json: error: ")
        self.refuses("rerun", "tiny.yaml", names="tiny.yaml: error: is no manifest of kvsim run")
        old = self.manifest()
        del old["outputs"], old["sets"]
        self.write("old/manifest.json", json.dumps(old))
        self.refuses("rerun", "old", names="did not write down yet what a rerun takes")


    def test_a_place_for_scratch_that_is_none(self):
        self.run_into("out")
        result = self.kvsim("rerun", "out", env=environment(TMPDIR=str(self.folder / "nowhere")))
        self.assertEqual((result.code, result.out), (YOUR_INPUT, ""))
        self.assertIn("TMPDIR: error: cannot write here", result.err)


class OtherBytes(RerunTest):
    def test_from_the_same_version_and_inputs_are_our_failure(self):
        self.run_into("out")
        outputs = [{**each, "sha256": "0" * 64} if each["path"] == "requests.csv" else each
                   for each in self.manifest()["outputs"]]
        self.change_manifest(outputs=outputs)
        (self.folder / "out/requests.csv").unlink()
        result = self.kvsim("rerun", "out")
        self.assertEqual(result.code, OUR_FAILURE)
        self.assertEqual(result.out, "not reproduced\n  result.json: same bytes\n  requests.csv: other bytes\n")

    def test_the_first_metric_that_differs_is_named(self):
        self.run_into("out")
        path = self.folder / "out/result.json"
        result = json.loads(path.read_text())
        told = result["runs"][0]["metrics"]["p99_tpot_ms"]
        path.write_text(path.read_text().replace(str(told), "1234.5", 1))
        outputs = [{**each, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
                   if each["path"] == "result.json" else each for each in self.manifest()["outputs"]]
        self.change_manifest(outputs=outputs)
        answer = self.kvsim("rerun", "out")
        self.assertEqual(answer.code, OUR_FAILURE)
        self.assertIn(f"result.json: runs[base].metrics.p99_tpot_ms was 1234.5, is {told}\n", answer.out)

    def another_version(self):
        """What an older version would have left: its own name in result.json, and the hash of that."""
        path = self.folder / "out/result.json"
        path.write_text(path.read_text().replace(f'"kvsim_version": "{self.manifest()["kvsim_version"]}"',
                                                 '"kvsim_version": "0.0.9"'))
        outputs = [{**each, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
                   if each["path"] == "result.json" else each for each in self.manifest()["outputs"]]
        self.change_manifest(kvsim_version="0.0.9", git_sha="abc", outputs=outputs)

    def test_of_another_version_are_compared_all_the_same(self):
        self.run_into("out")
        self.another_version()
        result = self.kvsim("rerun", "out")
        self.assertEqual(result.code, OK, result.err)
        self.assertRegex(result.out, r"another kvsim: 0\.0\.9 \(commit abc\) wrote the folder, .* simulated again\n" + SAME)

    def test_of_another_version_are_told_but_no_failure_of_ours(self):
        self.run_into("out")
        self.another_version()
        self.change_manifest(seed=8)
        result = self.kvsim("rerun", "out")
        self.assertEqual(result.code, LIMITS_NOT_MET)
        self.assertIn("another kvsim: 0.0.9", result.out)
        self.assertIn("result.json: runs[base].metrics.", result.out)


if __name__ == "__main__":
    main()
