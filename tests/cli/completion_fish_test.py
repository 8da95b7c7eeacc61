#!/usr/bin/env python3
"""`kvsim completion fish`, asked by fish's own `complete -C`."""

from completion_shells import Completion, main


class Fish(Completion):
    shell = "fish"

    def offered(self, words):
        line = " ".join(words)
        text = self.answer("fish", "--no-config", "-c", f"source {self.script}; complete -C '{line}'")
        return {each.split("\t")[0] for each in text.splitlines()}

    def test_the_script_is_fish(self):
        self.answer("fish", "-n", str(self.script))

    def test_completes(self):
        self.check_all(self.offered)

    def test_knows_every_flag(self):
        self.check_every_flag(self.offered)


if __name__ == "__main__":
    main("fish")
