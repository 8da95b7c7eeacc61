#!/usr/bin/env python3
"""`kvsim completion bash`, driven as readline drives it."""

from kvsim_cli import CliTest
from completion_shells import Completion, main


class Bash(Completion):
    shell = "bash"

    def offered(self, words):
        # What readline does: COMP_WORDS and COMP_CWORD in, COMPREPLY out.
        text = self.answer("bash", "--norc", "-c", """
            source "$1"; shift
            [[ "$(complete -p kvsim)" == 'complete -F _kvsim kvsim' ]] || exit 1
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _kvsim
            ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}" """, "bash", str(self.script), *words)
        return set(text.splitlines())

    def test_the_script_is_bash(self):
        self.answer("bash", "-n", str(self.script))

    def test_completes(self):
        self.check_all(self.offered)

    def test_knows_every_flag(self):
        self.check_every_flag(self.offered)

    def test_completes_after_an_equals_sign(self):
        self.assertEqual(self.offered(["kvsim", "run", "--format", "=", "j"]), {"json"})
        self.assertEqual(self.offered(["kvsim", "run", "--format", "="]), {"table", "json", "csv", "md", "vllm"})

    def test_a_flag_of_one_command_is_none_of_another(self):
        self.assertNotIn("--stepper", self.offered(["kvsim", "check", "--"]))
        self.assertNotIn("run", self.offered(["kvsim", "run", "r"]))


class Refused(CliTest):
    def test_another_shell_is_met_with_those_that_are_known(self):
        self.refuses("completion", "tcsh", names="bash,zsh,fish")
        self.refuses("completion", names="SHELL")


if __name__ == "__main__":
    main("bash")
