"""What the tests of completion scripts share: the same questions to each shell."""

import re
import shutil
import subprocess
import sys

import kvsim_cli
from kvsim_cli import CliTest, environment, kvsim

# What to type, and what is offered among others. The last word is being typed.
CASES = [
    (["kvsim", "ru"], {"run"}),
    (["kvsim", "explain", "me"], {"memory", "metric"}),
    (["kvsim", "run", "--fo"], {"--format"}),
    (["kvsim", "run", "--format", ""], {"table", "json", "csv", "md", "vllm"}),
    (["kvsim", "run", "--stepper", "m"], {"macro"}),
    (["kvsim", "schema", "st"], {"study"}),
    (["kvsim", "run", "my"], {"my study.yaml"}),
    (["kvsim", "completion", "b"], {"bash"}),
]


def commands_and_flags():
    """Every command with its long flags, from the help pages."""
    found = {}

    def visit(words):
        page = kvsim(*words, "--help").out
        found[" ".join(words)] = set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", page, re.MULTILINE))
        section = re.search(r"^Subcommands:\n((?:  .*\n)+)", page, re.MULTILINE)
        for name in re.findall(r"^  (\S+)", section[1], re.MULTILINE) if section else []:
            visit([*words, name])

    visit([])
    return found


class Completion(CliTest):
    shell = None

    def setUp(self):
        super().setUp()
        self.write("my study.yaml", "")
        self.write("results/result.json", "{}")
        self.script = self.write(f"kvsim.{self.shell}", self.succeeds("completion", self.shell).out)

    def answer(self, *command):
        done = subprocess.run(list(command), cwd=self.folder, env=environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), command)
        return done.stdout.decode()

    def check_all(self, offered):
        for words, expected in CASES:
            with self.subTest(words=words):
                self.assertLessEqual(expected, offered(words))
        with self.subTest("folders only"):
            self.assertEqual({each.rstrip("/") for each in offered(["kvsim", "rerun", ""])}, {"results"})
        with self.subTest("a number is the reader's own"):
            self.assertEqual(offered(["kvsim", "run", "--jobs", ""]), set())

    def check_every_flag(self, offered):
        for command, flags in commands_and_flags().items():
            with self.subTest(command=command):
                self.assertLessEqual(flags, offered(["kvsim", *command.split(), "--"]))


def main(shell):
    if not shutil.which(shell):
        print(f"skipped: {shell} is not installed (apt-get install {shell})", file=sys.stderr)
        sys.exit(77)
    kvsim_cli.main()
