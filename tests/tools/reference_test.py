#!/usr/bin/env python3
"""Is docs/reference what the binary would write, and do the commands about kvsim itself work?"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("KVSIM_SOURCE_DIR", Path(__file__).resolve().parents[2]))
KVSIM = os.environ.get("KVSIM_BIN", str(ROOT / "build/release/kvsim"))
PAGES = ROOT / "docs/reference"
REPAIR = "run: build/release/kvsim reference --out docs/reference"


def kvsim(*arguments, **options):
    return subprocess.run([KVSIM, *arguments], capture_output=True, text=True, **options)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_text()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Reference(unittest.TestCase):
    def test_is_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            run = kvsim("reference", "--out", folder)
            self.assertEqual(run.returncode, 0, run.stderr)
            fresh, kept = files(Path(folder)), files(PAGES)
        self.assertEqual(sorted(fresh), sorted(kept), REPAIR)
        stale = [name for name in fresh if fresh[name] != kept[name]]
        self.assertEqual(stale, [], f"docs/reference is out of date; {REPAIR}")

    def test_says_nothing_about_this_machine(self):
        for name, text in files(PAGES).items():
            self.assertNotIn(str(ROOT), text, name)

    def test_every_command_shows_three_examples(self):
        for section in (PAGES / "cli.md").read_text().split("\n## `")[1:]:
            command, _, text = section.partition("`")
            examples = text.partition("Examples:\n")[2].split("\n\n")[0]
            self.assertGreaterEqual(examples.count("kvsim "), 3, command)


class Metrics(unittest.TestCase):
    def test_list_matches_each(self):
        every = json.loads(kvsim("explain", "metric", "--format", "json").stdout)
        self.assertGreater(len(every), 10)
        for metric in every:
            one = json.loads(kvsim("explain", "metric", metric["name"], "--format", "json").stdout)
            self.assertEqual(one, metric)
            self.assertIn(metric["formula"], kvsim("explain", "metric", metric["name"]).stdout)

    def test_places_are_in_a_result(self):
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study.yaml"
            kvsim("init", "--out", str(study), check=True)
            run = kvsim("run", str(study), "--set", "workload.num_requests=20",
                        "--set", "prices={as_of: 2026-11-01, gpu_hour: {h100-sxm: 2.50}}",
                        "--set", "workload.arrivals={process: sine, amplitude: 0.5, period: 2s}",
                        "--format", "json", "--quiet")
            self.assertEqual(run.returncode, 0, run.stderr)
            result = json.loads(run.stdout)["runs"][0]
        for metric in json.loads(kvsim("explain", "metric", "--format", "json").stdout):
            for place in self.places(metric["result_json"]):
                at = result
                for key in place.split("."):
                    self.assertIn(key, at, place)
                    at = at[key]

    @staticmethod
    def places(text):
        """runs[].a.{b,c}_x, d  ->  a.b_x, a.c_x, d"""
        text = text.removeprefix("runs[].")
        for part in text.split(", ") if "{" not in text else [text]:
            before, brace, rest = part.partition("{")
            words, _, after = rest.partition("}")
            yield from (before + word + after for word in words.split(",")) if brace else [part]

    def test_statistics_are_found_by_their_metric(self):
        self.assertTrue(kvsim("explain", "metric", "p99_ttft_ms").stdout.startswith("ttft "))

    def test_unknown_name_is_the_users_fault(self):
        run = kvsim("explain", "metric", "tpott")
        self.assertEqual(run.returncode, 2)
        self.assertIn("did you mean 'tpot'?", run.stderr)


class Doctor(unittest.TestCase):
    def test_is_content_here(self):
        run = kvsim("doctor")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("yaml-cpp", run.stdout)

    def test_finds_a_missing_library(self):
        with tempfile.TemporaryDirectory() as folder:
            run = kvsim("doctor", env={**os.environ, "KVSIM_HOME": folder})
        self.assertEqual(run.returncode, 1)
        self.assertIn("BROKEN", run.stdout)


if __name__ == "__main__":
    unittest.main()
