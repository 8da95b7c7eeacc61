"""What the tests of the command line share: start kvsim, write a study, judge a refusal."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections import namedtuple
from pathlib import Path

SOURCE = Path(os.environ.get("KVSIM_SOURCE_DIR") or Path(__file__).resolve().parents[2])
BIN = os.environ.get("KVSIM_BIN", str(SOURCE / "build/release/kvsim"))

OK, OUR_FAILURE, YOUR_INPUT, LIMITS_NOT_MET, DOES_NOT_FIT, INTERRUPTED = 0, 1, 2, 3, 4, 130
OUT_FILES = {"result.json", "requests.csv", "report.html", "report.json", "report.md",
             "manifest.json"}

# Small enough for a sanitizer build, busy enough that requests share steps.
TINY = """\
version: 1
name: tiny
model: llama-3.1-8b
cluster: {gpu: h100-sxm, replicas: 1}
engine: {profile: vllm-0.24, max_model_len: 4096}  # so that MHA fits
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 300, p99: 1000}}, output: {lognormal: {mean: 60, p99: 200}}}
  num_requests: 40
slo: {ttft: {p99: 2s}, tpot: {p99: 50ms}}
"""

# Three variants at two rates: six runs.
SIX_RUNS = TINY + """\
variants:
  - {name: GQA-8}
  - {name: MQA, model.attention: {variant: mqa}}
  - {name: MHA, model.attention: {variant: mha}}
sweep: {workload.arrivals.request_rate: [4/s, 8/s]}
"""

TRACED = """\
version: 1
name: traced
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload: {trace: trace.csv, format: azure}
"""

AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"

Result = namedtuple("Result", "code out err")


def environment(**extra):
    """The caller's environment without what changes kvsim's answers."""
    plain = {key: value for key, value in os.environ.items() if key not in ("KVSIM_HOME", "NO_COLOR")}
    return {**plain, **extra}


def kvsim(*args, cwd=None, timeout=300, env=None):
    """Runs kvsim to its end, without a terminal."""
    done = subprocess.run([BIN, *map(str, args)], cwd=cwd or SOURCE, env=env or environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode(errors="surrogateescape"))


def azure_lines(count, spacing_ms=250):
    """An invented trace in the format of Azure: regular arrivals, lengths that look irregular."""
    lines = [AZURE_HEADER]
    for i in range(count):
        seconds, ms = divmod(i * spacing_ms, 1000)
        minutes, seconds = divmod(seconds, 60)
        lines.append(f"2023-11-16 18:{minutes:02}:{seconds:02}.{ms:03}0000,"
                     f"{1 + i * 7919 % 2000},{1 + i * 104729 % 120}")
    return "\n".join(lines) + "\n"


def mooncake_lines(count, spacing_ms=1000):
    """An invented trace in Mooncake's format: conversations of three turns, each a block longer."""
    lines = []
    for i in range(count):
        talk, turn = divmod(i, 3)
        prompt = 600 + 512 * turn + talk % 100
        ids = [1000 * talk + block for block in range(-(-prompt // 512))]
        ids[-1] += 500  # the last block is not full, so its text is another in each turn
        lines.append(json.dumps({"timestamp": i * spacing_ms, "input_length": prompt,
                                 "output_length": 1 + i * 104729 % 120, "hash_ids": ids}))
    return "\n".join(lines) + "\n"


def files_below(folder):
    """Every file and folder, hidden ones too, by its path inside `folder`."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def finished_runs(points):
    """How many runs lie whole in the folder `points`; what is still being written is hidden."""
    return sum(1 for _ in Path(points).glob("*.run"))


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class CliTest(unittest.TestCase):
    """Each test has an empty folder, in which kvsim runs."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kvsim-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def data(self, name):
        """A file or folder of the development data; skips the test without it."""
        folder = os.environ.get("KVSIM_DATA_DIR")
        path = Path(folder or "") / name
        if not folder or not path.exists():
            if os.environ.get("KVSIM_REQUIRE_DATA"):
                self.fail(f"no {name} in KVSIM_DATA_DIR={folder}")
            self.skipTest("set KVSIM_DATA_DIR to the folder of development data")
        return path.resolve()

    def kvsim(self, *args, **options):
        return kvsim(*args, cwd=self.folder, **options)

    def succeeds(self, *args, **options):
        result = self.kvsim(*args, **options)
        self.assertEqual(result.code, OK, result.err)
        return result

    def json_of(self, *args):
        return json.loads(self.succeeds(*args, "--format", "json").out)

    def refuses(self, *args, code=YOUR_INPUT, names=()):
        """kvsim says no: this exit code, nothing on stdout, nothing written, `names` on stderr."""
        before = files_below(self.folder)
        result = self.kvsim(*args)
        self.assertEqual(result.code, code, f"{args}\n{result.out}{result.err}")
        self.assertEqual(result.out, "", args)
        for name in [names] if isinstance(names, str) else names:
            self.assertIn(name, result.err)
        strange = {c for c in result.err if c != "\n" and (ord(c) < 32 or "\udc80" <= c <= "\udcff")}
        self.assertEqual(strange, set(), "not printable, or not UTF-8, on stderr")
        self.assertEqual(files_below(self.folder), before, "something was written")
        return result.err


def main():
    if not BIN:
        print("skipped: KVSIM_BIN is empty, there is no program to test", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
