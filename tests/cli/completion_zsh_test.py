#!/usr/bin/env python3
"""`kvsim completion zsh`, with tabs pressed at a terminal."""

import os
import pty
import re
import signal
import threading
import time

from completion_shells import Completion, commands_and_flags, main


class Terminal:
    """A zsh at a terminal, in which a tab writes the completed line into a file."""

    SETUP = r"""
        autoload -Uz compinit; compinit -u -D; source {script}
        complete-and-tell() {{ zle complete-word; print -r -- "$BUFFER" >{told}.new; mv {told}.new {told} }}
        zle -N complete-and-tell; bindkey '^I' complete-and-tell; bindkey '^U' kill-whole-line
        print >{told}
    """

    def __init__(self, script, folder):
        self.told = folder / "told"
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.environ["TERM"] = "xterm"
            os.execvp("zsh", ["zsh", "-f", "-i"])
        threading.Thread(target=self.drain, daemon=True).start()
        setup = folder / "setup.zsh"
        setup.write_text(self.SETUP.format(script=script, told=self.told))
        self.answer(f"source {setup}\n")

    def drain(self):
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:  # the other end was closed
            pass

    def answer(self, typed):
        self.told.unlink(missing_ok=True)
        os.write(self.terminal, typed.encode())
        end = time.monotonic() + 30
        while not self.told.exists() and time.monotonic() < end:
            time.sleep(0.01)
        return self.told.read_text().rstrip("\n")

    def complete(self, typed):
        return self.answer("\x15" + typed + "\t")

    def close(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.terminal)


class Zsh(Completion):
    shell = "zsh"

    def test_the_script_is_zsh(self):
        self.answer("zsh", "-n", str(self.script))

    def test_completes_at_a_terminal(self):
        try:
            zsh = Terminal(self.script, self.folder)
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(f"no terminal to be had: {error}")
        self.addCleanup(zsh.close)
        for typed, completed in [("kvsim ru", "kvsim run "), ("kvsim run --form", "kvsim run --format "),
                                 ("kvsim run --format js", "kvsim run --format json "),
                                 ("kvsim run --format=js", "kvsim run --format=json "),
                                 ("kvsim explain wor", "kvsim explain workload "),
                                 ("kvsim explain kv --kv", "kvsim explain kv --kv-cache-dtype "),
                                 ("kvsim schema stu", "kvsim schema study "),
                                 ("kvsim run my", r"kvsim run my\ study.yaml "),
                                 ("kvsim rerun res", "kvsim rerun results/"),
                                 ("kvsim run --jobs ", "kvsim run --jobs ")]:
            with self.subTest(typed=typed):
                self.assertEqual(zsh.complete(typed), completed)

    def test_knows_every_flag(self):
        script = self.script.read_text()
        for command, flags in commands_and_flags().items():
            part = script.split(f"    '{' '.join(['kvsim', *command.split()])}')\n      options=(\n")[1]
            self.assertLessEqual(flags, set(re.findall(r"^        '(--[\w-]+):", part.split("      )")[0], re.MULTILINE)))


if __name__ == "__main__":
    main("zsh")
