#!/usr/bin/env python3
"""Finished points: a run that was killed goes on from them, and its output is that of any other."""

import pty
import os
import re
import signal
import subprocess
import time

from kvsim_cli import (BIN, INTERRUPTED, OK, OUT_FILES, SIX_RUNS, TINY, TRACED, CliTest,
                       azure_lines, environment, files_below, finished_runs, main)

PATIENCE = 60  # seconds; a sanitizer build on a busy machine is slow
SAME = sorted(OUT_FILES - {"manifest.json"})  # the manifest tells wall time and memory

# Two short runs, then one long enough to be met in its middle (some 0.5 s on a quiet machine).
UNEVEN = TINY + "sweep: {workload.num_requests: [40, 50, 400000]}\n"
ENDLESS = ["--set", "workload.num_requests=1e9"]


class PointsTest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("six.yaml", SIX_RUNS)
        self.write("uneven.yaml", UNEVEN)

    def bytes_of(self, out):
        return {name: (self.folder / out / name).read_bytes() for name in SAME}

    def points(self, out="out"):
        return [name for name in files_below(self.folder) if name.startswith(f"{out}.points/")
                and not name.split("/")[1].startswith(".")]

    def start(self, *args, **options):
        child = subprocess.Popen([BIN, *args], cwd=self.folder, env=environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 **{"stderr": subprocess.PIPE, "text": True, **options})
        self.addCleanup(lambda: [pipe.close() for pipe in (child.stdout, child.stderr) if pipe])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)  # before the wait: cleanups run backwards
        return child

    def stopped_after_two_runs(self, sign):
        """Exit code and stderr of a study of three runs that is stopped in the third."""
        child = self.start("run", "uneven.yaml", "--out", "out", "--jobs", "1")
        give_up = time.monotonic() + PATIENCE
        while finished_runs(self.folder / "out.points") < 2:
            self.assertIsNone(child.poll(), "ended before it was stopped")
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.005)
        child.send_signal(sign)
        _, err = child.communicate(timeout=PATIENCE)
        return child.returncode, err


class Resume(PointsTest):
    def assert_goes_on(self):
        went_on = self.succeeds("run", "uneven.yaml", "--out", "out")
        self.assertIn("2 of 3 points were finished before; going on\n", went_on.err)
        self.assertEqual(files_below(self.folder / "out"), sorted(OUT_FILES))
        self.assertEqual([name for name in files_below(self.folder) if "points" in name], [])
        self.succeeds("run", "uneven.yaml", "--out", "undisturbed")
        self.assertEqual(self.bytes_of("out"), self.bytes_of("undisturbed"))

    def test_after_kill_9(self):
        code, _ = self.stopped_after_two_runs(signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertEqual(sorted(set(files_below(self.folder / "out")) & OUT_FILES), [])
        self.assert_goes_on()

    def test_after_ctrl_c_which_tells_how(self):
        code, err = self.stopped_after_two_runs(signal.SIGINT)
        self.assertEqual(code, INTERRUPTED)
        self.assertIn("2 of 3 points are finished and lie in out.points\n"
                      "the same command goes on from there", err)
        self.assertFalse((self.folder / "out").exists())
        self.assert_goes_on()

    def test_after_being_stopped_twice(self):
        self.stopped_after_two_runs(signal.SIGKILL)
        self.stopped_after_two_runs(signal.SIGKILL)
        self.assert_goes_on()


class Reuse(PointsTest):
    def run_again(self, *args, study="six.yaml"):
        """What stderr says of points that were finished before: (how many, of how many)."""
        err = self.succeeds("run", study, "--out", "out", "--keep-points", *args).err
        found = re.search(r"(\d+) of (\d+) points were finished before", err)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def test_of_everything_gives_the_same_bytes(self):
        self.assertEqual(self.run_again("--replicates", "20"), (0, 0))
        first = self.bytes_of("out")
        self.assertEqual(self.run_again("--replicates", "20"), (126, 126))  # 6 · (1 + 20)
        self.assertEqual(self.bytes_of("out"), first)

    def test_of_exactly_what_a_change_of_the_study_leaves(self):
        self.run_again()
        # Three variants at 4/s stay, those at 8/s are now at 16/s.
        self.write("six.yaml", SIX_RUNS.replace("[4/s, 8/s]", "[4/s, 16/s]"))
        self.assertEqual(self.run_again(), (3, 6))
        self.succeeds("run", "six.yaml", "--out", "fresh")
        self.assertEqual(self.bytes_of("out"), self.bytes_of("fresh"))

    def test_of_nothing_with_another_seed(self):
        self.run_again()
        self.assertEqual(self.run_again("--seed", "1"), (0, 0))

    def test_whatever_the_stepper_and_the_jobs(self):
        self.run_again("--stepper", "step", "--jobs", "1")
        self.assertEqual(self.run_again("--jobs", "3"), (6, 6))

    def test_of_fewer_replicates_when_there_are_more(self):
        self.run_again("--replicates", "20")
        self.assertEqual(self.run_again("--replicates", "30"), (126, 186))  # 6 · 31

    def test_of_nothing_when_the_trace_has_other_bytes(self):
        self.write("traced.yaml", TRACED)
        self.write("trace.csv", azure_lines(100))
        self.run_again(study="traced.yaml")
        self.assertEqual(self.run_again(study="traced.yaml"), (1, 1))
        self.write("trace.csv", azure_lines(101))
        self.assertEqual(self.run_again(study="traced.yaml"), (0, 0))

    def test_not_of_damaged_points(self):
        self.run_again("--replicates", "20")
        first = self.bytes_of("out")
        by_ending = {name.rsplit(".")[-1]: self.folder / name for name in self.points()}
        run, replicate = by_ending["run"], by_ending["replicate"]
        rows = next(self.folder / name for name in self.points()
                    if name.endswith(".rows") and run.stem not in name)
        run.write_bytes(run.read_bytes().replace(b"0", b"1", 1))
        replicate.write_text("not ours")
        rows.write_bytes(rows.read_bytes()[:-1] + b"x")
        result = self.succeeds("run", "six.yaml", "--out", "out", "--replicates", "20")
        self.assertIn("123 of 126 points were finished before", result.err)
        for path in (run, replicate, rows):
            self.assertIn(f"{path.relative_to(self.folder)}: note: ", result.err)
        self.assertEqual(self.bytes_of("out"), first)


class Place(PointsTest):
    def test_is_beside_the_output_until_that_is_complete(self):
        self.succeeds("run", "six.yaml", "--out", "deep/out/")
        self.assertEqual(files_below(self.folder / "deep"), sorted(
            ["out"] + [f"out/{name}" for name in OUT_FILES]))

    def test_can_be_named_and_then_stays(self):
        self.succeeds("run", "six.yaml", "--out", "a", "--points", "pool")
        self.assertEqual(len(files_below(self.folder / "pool")), 12)  # results and rows of six runs
        err = self.succeeds("run", "six.yaml", "--out", "b", "--points", "pool").err
        self.assertIn("6 of 6 points were finished before\n", err)
        self.assertEqual(self.bytes_of("a"), self.bytes_of("b"))

    def test_that_cannot_be_had_costs_no_run(self):
        self.write("out.points", "a file of somebody's")
        err = self.succeeds("run", "six.yaml", "--out", "out").err
        self.assertIn("out.points: note: cannot write here: it is a file, not a folder", err)
        self.assertEqual((self.folder / "out.points").read_text(), "a file of somebody's")

    def test_that_was_asked_for_and_cannot_be_had_is_a_mistake(self):
        self.write("pool", "a file of somebody's")
        self.refuses("run", "six.yaml", "--out", "out", "--points", "pool", names="pool: error")
        self.write("out.points", "another")
        self.refuses("run", "six.yaml", "--out", "out", "--keep-points", names="out.points: error")

    def test_needs_an_output_and_no_look_at_steps(self):
        self.refuses("run", "six.yaml", "--points", "pool", names=["--points", "--out"])
        self.refuses("run", "six.yaml", "--keep-points", names=["--keep-points", "--out"])
        self.refuses("run", "six.yaml", "--out", "out", "--points", "pool", "--timeline", "t.json",
                     names=["--points", "--timeline"])

    def test_leaves_other_files_alone(self):
        self.write("out.points/notes.txt", "mine")
        self.succeeds("run", "six.yaml", "--out", "out")
        self.assertEqual(files_below(self.folder / "out.points"), ["notes.txt"])


class ProgressOnATerminal(PointsTest):
    def test_says_what_remains(self):
        ours, theirs = pty.openpty()
        child = self.start("run", "six.yaml", "--jobs", "1", *ENDLESS, stderr=theirs, text=False)
        os.close(theirs)
        seen = b""
        give_up = time.monotonic() + PATIENCE
        while not re.search(rb"\d s gone, about [\d hmins]+ to go; gqa-8", seen):
            self.assertLess(time.monotonic(), give_up, seen)
            seen += os.read(ours, 4096)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(PATIENCE), INTERRUPTED)
        os.close(ours)


if __name__ == "__main__":
    main()
