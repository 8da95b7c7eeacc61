#!/usr/bin/env python3
"""A study in shards: split, run and merge give what one process gives."""

import json
import shlex
import signal
import subprocess
import time

from kvsim_cli import (BIN, OUT_FILES, SIX_RUNS, TINY, CliTest, environment, finished_runs,
                       main)

PATIENCE = 60


class Sweep(CliTest):
    def setUp(self):
        super().setUp()
        self.write("six.yaml", SIX_RUNS)

    def split(self, shards, *flags):
        """The commands that split prints, as words."""
        out = self.succeeds("sweep", "split", "six.yaml", "--shards", shards, "--out", "s", *flags).out
        return [shlex.split(line)[1:] for line in out.splitlines()]

    def assert_same_output(self, one, other):
        for name in sorted(OUT_FILES - {"manifest.json"}):
            self.assertEqual((self.folder / one / name).read_bytes(),
                             (self.folder / other / name).read_bytes(), name)
        manifests = [json.loads((self.folder / out / "manifest.json").read_text())
                     for out in (one, other)]
        for manifest in manifests:
            del manifest["argv"], manifest["speed"]
        self.assertEqual(*manifests)

    def test_gives_what_run_gives(self):
        flags = ["--replicates", "20", "--seed", "7", "--set", "workload.num_requests=30"]
        self.succeeds("run", "six.yaml", "--out", "whole", *flags)
        *runs, merge = self.split(3, *flags)
        self.assertEqual(len(runs), 3)
        for run in runs:
            self.assertRegex(self.succeeds(*run).out, r"shard \d of 3: all \d+ points lie in s/points")
        merged = self.succeeds(*merge)
        self.assertIn("126 of 126 points were finished before\n", merged.err)
        self.assert_same_output("whole", "s/out")

    def test_shares_points_out_without_loss_and_evenly(self):
        self.split(4, "--replicates", "20")
        shards = [json.loads((self.folder / f"s/shard-{i}-of-4.json").read_text())["points"]
                  for i in (1, 2, 3, 4)]
        points = [(point["run"], point["replicate"]) for shard in shards for point in shard]
        self.assertEqual(len(points), 126)
        self.assertEqual(len(set(points)), 126)
        # 126 points that cost the same: 126 = 4 · 31 + 2.
        self.assertEqual(sorted(map(len, shards)), [31, 31, 32, 32])

    def test_gives_the_long_runs_to_different_shards(self):
        self.write("six.yaml", TINY + "sweep: {workload.num_requests: [4000, 10, 20, 5000]}\n")
        self.split(2)
        shards = [json.loads((self.folder / f"s/shard-{i}-of-2.json").read_text())["points"]
                  for i in (1, 2)]
        # 5000 first; 4000 to the other, and 20 and 10 after it: 4030 against 5000.
        self.assertEqual([len(shard) for shard in shards], [1, 3])

    def test_goes_on_where_a_shard_was_killed(self):
        self.write("six.yaml", TINY + "sweep: {workload.num_requests: [40, 50, 400000]}\n")
        run, merge = self.split(1)
        child = subprocess.Popen([BIN, *run, "--jobs", "1"], cwd=self.folder, env=environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        give_up = time.monotonic() + PATIENCE
        while finished_runs(self.folder / "s/points") < 2:
            self.assertIsNone(child.poll(), "ended before it was killed")
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE)
        self.assertIn("2 of 3 points were finished before; going on\n", self.succeeds(*run).err)
        self.succeeds(*merge)
        self.succeeds("run", "six.yaml", "--out", "whole")
        self.assert_same_output("whole", "s/out")

    def test_merge_names_what_is_missing_and_the_way_out(self):
        first, _, merge = self.split(2)
        self.succeeds(*first)
        err = self.refuses(*merge, names=["s/points: error: 3 of 6 points of six.yaml are missing",
                                          "kvsim run six.yaml --seed 0 --points s/points --out s/out"])
        command = err.split("this simulates them here: kvsim ")[1].splitlines()[0]
        self.succeeds(*shlex.split(command))
        self.succeeds("run", "six.yaml", "--out", "whole")
        self.assert_same_output("whole", "s/out")

    def test_merge_needs_nothing_but_the_folder(self):
        flags = ["--replicates", "20", "--seed", "7", "--set", "workload.num_requests=30"]
        self.succeeds("run", "six.yaml", "--out", "whole", *flags)
        run, merge = self.split(1, *flags)
        self.assertEqual(merge, ["sweep", "merge", "s"])
        self.succeeds(*run)
        self.succeeds(*merge, "--out", "elsewhere")
        self.assert_same_output("whole", "elsewhere")
        (self.folder / "there").mkdir()
        (self.folder / "six.yaml").rename(self.folder / "there/six.yaml")
        self.refuses(*merge, names=["six.yaml: error: there is no such study from here",
                                    "kvsim sweep merge s --study PATH"])
        self.succeeds(*merge, "--study", "there/six.yaml")

    def test_merge_of_a_folder_takes_no_flag_that_makes_other_points(self):
        run, merge = self.split(1)
        self.succeeds(*run)
        self.refuses(*merge, "--seed", "7", names=["s: error: knows the flags", "split again"])
        self.refuses("sweep", "merge", "six.yaml", "--points", "s/points",
                     names=["--out: error: a study does not say which folder", "merge DIR"])
        (self.folder / "s/sweep.json").unlink()
        self.refuses(*merge, names=["s/sweep.json", "kvsim sweep split"])

    def test_refuses_a_study_that_is_another_now(self):
        run, _ = self.split(1)
        self.write("six.yaml", SIX_RUNS.replace("8/s", "9/s"))
        self.refuses(*run, names=["s/shard-1-of-1.json: error: point ", "split again"])
        self.write("there/six.yaml", SIX_RUNS)
        self.succeeds(*run, "--study", "there/six.yaml")

    def test_refuses_what_is_no_shard(self):
        self.refuses("sweep", "run", "six.yaml", "--points", "p", names="is no shard of kvsim")
        self.refuses("sweep", "run", "none.json", "--points", "p", names="none.json")
        self.refuses("sweep", "split", "six.yaml", "--shards", "7", "--out", "s",
                     names=["--shards", "6 point(s) only"])
        self.refuses("sweep", "merge", "six.yaml", "--points", "nowhere", "--out", "out",
                     names="6 of 6 points")

    def test_refuses_another_version_of_a_shard(self):
        run, _ = self.split(1)
        path = self.folder / "s/shard-1-of-1.json"
        path.write_text(path.read_text().replace('"kvsim_shard": 1', '"kvsim_shard": 2'))
        self.refuses(*run, names="was written by kvsim")


if __name__ == "__main__":
    main()
