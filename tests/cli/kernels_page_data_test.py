#!/usr/bin/env python3
"""Is reports/validation/kernels.md what `kvsim calibrate report` writes of the shipped cards?"""

import re

from kvsim_cli import SOURCE, CliTest, main

NUMBER = re.compile(r"\d+(?:\.\d+)?")


class KernelsPage(CliTest):
    def test_is_what_the_program_writes(self):
        self.succeeds("calibrate", "report", "--data", self.data("kernels").parent, "--out", "k.md")
        ours = (self.folder / "k.md").read_text()
        committed = (SOURCE / "reports/validation/kernels.md").read_text()
        self.assertEqual(NUMBER.sub("#", ours), NUMBER.sub("#", committed))
        # A last digit may be another where the mathematical library is another.
        for here, there in zip(NUMBER.findall(ours), NUMBER.findall(committed), strict=True):
            self.assertAlmostEqual(float(here), float(there), delta=0.0101)


if __name__ == "__main__":
    main()
