#!/usr/bin/env python3
"""Does the layer checker find what it must find, and is this tree clean?"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_layers  # noqa: E402

ROOMS = """\
# comment
base:
spec:   base
memory: base spec
model:  base spec   # trailing comment
config: base spec
cli:    base spec config memory calibration/fit
calibration/kernels: sim/model/traffic.h
calibration/fit: base model
"""


class Tree:
    """A small source tree in a temporary folder."""

    def __init__(self, folder, rooms=ROOMS):
        self.root = Path(folder).resolve()
        self.write("sim/rooms.txt", rooms)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self):
        return check_layers.check_tree(self.root)[0]


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.tree = Tree(folder.name)

    def test_accepts_allowed_arrows_and_own_room(self):
        self.tree.write("sim/memory/pool.hpp", '#include <vector>\n#include "sim/base/quantity.hpp"\n')
        self.tree.write("sim/memory/pool.cpp", '#include "sim/memory/pool.hpp"\n#include "detail.hpp"\n')
        self.tree.write("sim/cli/main.cpp", '#include "calibration/fit/fit.hpp"\n#include <CLI/CLI.hpp>\n')
        self.assertEqual(self.tree.problems(), [])

    def test_names_file_line_rooms_and_what_is_allowed(self):
        self.tree.write("sim/spec/model.hpp", '#pragma once\n\n#include "sim/memory/pool.hpp"\n')
        self.assertEqual(self.tree.problems(),
                         ["sim/spec/model.hpp:3: room 'spec' may not include 'memory' (allowed: base)"])

    def test_arrows_are_not_transitive(self):
        self.tree.write("sim/cli/a.cpp", '#include "sim/model/step.hpp"\n')  # cli sees fit, fit sees model
        self.assertEqual(len(self.tree.problems()), 1)

    def test_base_sees_nothing(self):
        self.tree.write("sim/base/a.hpp", '#include "sim/spec/b.hpp"\n')
        self.assertIn("(allowed: nothing)", self.tree.problems()[0])

    def test_sees_through_spelling(self):
        self.tree.write("sim/base/a.cpp", '  #  include <sim/spec/b.hpp>\n#include "../memory/c.hpp"\n'
                                          '#include "sim/base/../model/d.hpp"\n')
        self.assertEqual([p.split(":")[1] for p in self.tree.problems()], ["1", "2", "3"])

    def test_ignores_includes_in_line_comments(self):
        self.tree.write("sim/base/a.cpp", '// #include "sim/memory/pool.hpp"\n')
        self.assertEqual(self.tree.problems(), [])

    def test_opens_a_single_file(self):
        self.tree.write("calibration/kernels/k.cu", '#include "sim/model/traffic.h"\n#include <cuda_runtime.h>\n'
                                                    '#include "sim/model/other.h"\n')
        problems = self.tree.problems()
        self.assertEqual(len(problems), 1)
        self.assertTrue(problems[0].startswith("calibration/kernels/k.cu:3: "), problems[0])

    def test_keeps_libraries_in_their_rooms(self):
        cases = {
            "yaml-cpp/yaml.h": ("sim/config/load.cpp", ["sim/config/load.hpp", "sim/spec/a.cpp"]),
            "boost/graph/adjacency_list.hpp": ("sim/model/a.cpp", ["sim/model/a.hpp", "sim/memory/a.cpp"]),
            "Eigen/Dense": ("calibration/fit/a.cpp", ["sim/model/a.cpp"]),
            "CLI/CLI.hpp": ("sim/cli/a.hpp", ["sim/config/a.cpp"]),
            "cuda_runtime.h": ("calibration/kernels/a.cu", ["sim/model/a.cpp"]),
            "cublasLt.h": ("calibration/kernels/a.cu", ["sim/base/a.hpp"]),
        }
        for include, (good, bad) in cases.items():
            for path in [good] + bad:
                with self.subTest(include=include, path=path), tempfile.TemporaryDirectory() as folder:
                    tree = Tree(folder)
                    tree.write(path, f"#include <{include}>\n")
                    self.assertEqual(len(tree.problems()), 0 if path == good else 1)

    def test_leaves_other_boost_headers_alone(self):
        self.tree.write("sim/base/a.hpp", "#include <boost/container/small_vector.hpp>\n")
        self.assertEqual(self.tree.problems(), [])

    def test_reports_a_folder_that_is_no_room_once(self):
        self.tree.write("sim/attic/a.cpp", "")
        self.tree.write("sim/attic/b.cpp", "")
        self.assertEqual(self.tree.problems(), ["sim/attic/a.cpp:1: room 'attic' is not in sim/rooms.txt"])

    def assert_table_error(self, rooms, text):
        with self.assertRaises(check_layers.TableError) as caught:
            Tree(self.folder, rooms).problems()
        self.assertIn(text, str(caught.exception))

    def test_refuses_a_cycle_in_the_table(self):
        self.assert_table_error("a: b\nb: c\nc: a\n", "cycle: a -> b -> c -> a")

    def test_refuses_a_wrong_table(self):
        self.assert_table_error("a: b\n", "rooms.txt: room 'a' sees 'b', which is not a room")
        self.assert_table_error("a:\na:\n", "rooms.txt:2: room 'a' appears twice")
        self.assert_table_error("a: a\n", "no arrow to itself")
        self.assert_table_error("a b\n", "rooms.txt:1: expected")

    def run_checker(self, *arguments):
        return subprocess.run([sys.executable, check_layers.__file__, *arguments],
                              capture_output=True, text=True, check=False)

    def test_exit_codes(self):
        self.assertEqual(self.run_checker(self.folder).returncode, 0)
        self.tree.write("sim/base/a.hpp", '#include "sim/spec/b.hpp"\n')
        outcome = self.run_checker(self.folder)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("layers: 1 violation\n", outcome.stdout)
        self.tree.write("sim/rooms.txt", "a: a\n")
        self.assertEqual(self.run_checker(self.folder).returncode, 2)

    def test_this_tree_is_clean(self):
        outcome = self.run_checker()
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
        self.assertEqual(outcome.stdout.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
