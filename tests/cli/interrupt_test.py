#!/usr/bin/env python3
"""Ctrl-C: exit 130, soon, and the disk looks as before."""

import os
import signal
import subprocess
import time

from kvsim_cli import (BIN, INTERRUPTED, OK, OUT_FILES, SIX_RUNS, TINY, TRACED, CliTest, environment,
                       files_below, main)

LONG = ["--set", "workload.num_requests=1e9"]  # hours
PATIENCE = 60  # seconds; a sanitizer build on a busy machine is slow


class Interrupt(CliTest):
    def setUp(self):
        super().setUp()
        self.write("tiny.yaml", TINY)
        self.write("six.yaml", SIX_RUNS)

    def start(self, *args):
        child = subprocess.Popen([BIN, *args], cwd=self.folder, env=environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)  # before the wait: cleanups run backwards
        return child

    def wait_until(self, is_true, child):
        give_up = time.monotonic() + PATIENCE
        while not is_true():
            self.assertIsNone(child.poll(), "ended before it was interrupted")
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.01)

    def interrupt(self, child, sign=signal.SIGINT):
        child.send_signal(sign)
        try:
            out, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail(f"still running {PATIENCE} s after {sign.name}")
        self.assertEqual(out, "")
        return child.returncode, err

    def test_leaves_nothing_behind(self):
        before = files_below(self.folder)
        for study, out in [("tiny.yaml", "new"), ("six.yaml", "deep/down/new")]:
            with self.subTest(study=study):
                child = self.start("run", study, "--out", out, "--jobs", "2", *LONG)
                self.wait_until(lambda: any("rows-" in name for name in files_below(self.folder)), child)
                code, err = self.interrupt(child)
                self.assertEqual(code, INTERRUPTED, err)
                self.assertIn("interrupted", err)
                self.assertEqual(files_below(self.folder), before)

    def test_leaves_nothing_but_finished_points_of_replicates(self):
        before = files_below(self.folder)
        child = self.start("run", "tiny.yaml", "--out", "new", "--replicates", "1000000")
        self.wait_until(lambda: any(name.startswith("new.points/") for name in files_below(self.folder)), child)
        code, err = self.interrupt(child)
        self.assertEqual(code, INTERRUPTED, err)
        left = [name for name in files_below(self.folder) if name not in before]
        self.assertTrue(all(name.startswith("new.points") for name in left), left)
        self.assertEqual(left != [], "points are finished and lie in new.points" in err)

    def test_leaves_what_was_there(self):
        self.succeeds("run", "tiny.yaml", "--out", "out")
        self.write("out/notes.txt", "mine")
        first = {name: (self.folder / "out" / name).read_bytes() for name in OUT_FILES}
        before = files_below(self.folder)
        child = self.start("run", "tiny.yaml", "--out", "out", *LONG)
        self.wait_until(lambda: files_below(self.folder) != before, child)
        self.assertEqual(self.interrupt(child)[0], INTERRUPTED)
        self.assertEqual(files_below(self.folder), before)
        for name in OUT_FILES:
            self.assertEqual((self.folder / "out" / name).read_bytes(), first[name])

    def test_leaves_no_schedule_trace(self):
        before = files_below(self.folder)
        child = self.start("run", "six.yaml", "--schedule-trace", "new/steps.jsonl", *LONG)
        self.wait_until(lambda: any("steps-" in name for name in files_below(self.folder)), child)
        self.assertEqual(self.interrupt(child)[0], INTERRUPTED)
        self.assertEqual(files_below(self.folder), before)

    def test_leaves_no_timeline(self):
        before = files_below(self.folder)
        child = self.start("run", "six.yaml", "--timeline", "new/t.json.gz", *LONG)
        self.wait_until(lambda: files_below(self.folder) != before, child)
        self.assertEqual(self.interrupt(child)[0], INTERRUPTED)
        self.assertEqual(files_below(self.folder), before)

    def test_sigterm_leaves_nothing_behind_either(self):
        before = files_below(self.folder)
        child = self.start("run", "tiny.yaml", "--out", "new", *LONG)
        self.wait_until(lambda: files_below(self.folder) != before, child)
        self.assertNotEqual(self.interrupt(child, signal.SIGTERM)[0], OK)
        self.assertEqual(files_below(self.folder), before)

    def test_ends_a_run_that_waits_for_its_input(self):
        # A study or trace that comes from a pipe whose other end is silent.
        self.write("traced.yaml", TRACED)
        os.mkfifo(self.folder / "pipe")
        for args in (["run", "pipe"], ["run", "traced.yaml", "--set", "workload.trace=pipe"]):
            with self.subTest(args=args):
                child = self.start(*args)
                time.sleep(0.5)  # it opens the pipe at once
                child.send_signal(signal.SIGINT)
                try:
                    code = child.wait(10)
                except subprocess.TimeoutExpired:
                    self.fail("Ctrl-C does not end it")
                self.assertIn(code, (INTERRUPTED, -signal.SIGINT))


if __name__ == "__main__":
    main()
