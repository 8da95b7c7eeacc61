#!/usr/bin/env python3
"""Checks that every file includes only what its room may see.

    check_layers.py [ROOT]      exit 0: all well, 1: at least one violation, 2: sim/rooms.txt is wrong

The room table is sim/rooms.txt, which CMake reads as well. Checked in sim/ and calibration/:
  - an include of a file in another room needs an arrow in the table;
  - the table has no cycle, every folder with sources has a line in it;
  - a library that belongs to some rooms stays there (EXTERNALS below).
Comments are not stripped: an include that begins a line counts, also inside /* */.
"""

import posixpath
import re
import sys
from pathlib import Path

SOURCE_SUFFIXES = {".h", ".hpp", ".cpp", ".cu", ".cuh"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# (what, pattern of the include path, where it may appear as a pattern of the file's path, in words)
EXTERNALS = [
    ("yaml-cpp", r"yaml-cpp/", r"sim/config/[^/]*\.cpp$", "sim/config/*.cpp"),
    ("Boost.Graph", r"boost/(graph|property_map|pending)/", r"sim/(model|cluster)/[^/]*\.cpp$",
     "sim/model/*.cpp, sim/cluster/*.cpp"),
    ("Eigen", r"(unsupported/)?Eigen/", r"calibration/fit/", "calibration/fit/"),
    ("oneTBB", r"(oneapi/)?tbb/", r"sim/plan/[^/]*\.cpp$", "sim/plan/*.cpp"),
    ("CLI11", r"CLI/", r"sim/cli/", "sim/cli/"),
    ("CUDA", r"(cuda|cublas|cudnn|cupti|nvml|nccl|nvtx|curand|cooperative_groups|driver_types\.h"
             r"|device_launch|vector_types\.h|mma\.h|cub/|cute/|cutlass|thrust/|nv/)",
     r"calibration/", "calibration/"),
]


class TableError(Exception):
    """sim/rooms.txt cannot be used."""


def read_table(path):
    """{room: [what it sees]} in the order of the file."""
    table = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        room, colon, sees = text.partition(":")
        room = room.strip()
        if not colon or not re.fullmatch(r"[a-z_]+(/[a-z_]+)?", room):
            raise TableError(f"{path.name}:{number}: expected 'room: rooms it sees', found '{text}'")
        if room in table:
            raise TableError(f"{path.name}:{number}: room '{room}' appears twice")
        table[room] = sees.split()
    for room, sees in table.items():
        for name in sees:
            if name not in table and not is_file(name):
                raise TableError(f"{path.name}: room '{room}' sees '{name}', which is not a room")
            if name == room:
                raise TableError(f"{path.name}: room '{room}' needs no arrow to itself")
    cycle = find_cycle(table)
    if cycle:
        raise TableError(f"{path.name}: the arrows form a cycle: {' -> '.join(cycle)}")
    return table


def is_file(name):
    return name.endswith((".h", ".hpp"))


def find_cycle(table):
    """A list of rooms, first = last, or None."""
    done, path = set(), []

    def visit(room):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        path.append(room)
        for name in table[room]:
            cycle = None if is_file(name) else visit(name)
            if cycle:
                return cycle
        path.pop()
        done.add(room)
        return None

    for room in table:
        cycle = visit(room)
        if cycle:
            return cycle
    return None


def room_of(path):
    """The room of a path from the root, or None if it is in no room."""
    parts = path.split("/")
    if parts[0] == "sim" and len(parts) > 2:
        return parts[1]
    if parts[0] == "calibration" and len(parts) > 2:
        return "calibration/" + parts[1]
    return None


def check_file(root, path, table):
    """Violations of one file, each a full line of text, and the number of includes between rooms."""
    here = path.relative_to(root).as_posix()
    room = room_of(here)
    problems, crossings = [], 0
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, target = match.group(1) == '"', match.group(2)
        where = f"{here}:{number}"

        for what, pattern, allowed, words in EXTERNALS:
            if re.match(pattern, target) and not re.match(allowed, here):
                problems.append(f"{where}: {what} may not be included here (allowed: {words})")

        if not target.startswith(("sim/", "calibration/")):
            if not quoted:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        other = room_of(posixpath.normpath(target))
        if other is None or other == room or room is None:
            continue
        crossings += 1
        sees = table[room]
        if other in sees or posixpath.normpath(target) in sees:
            continue
        hint = "" if other in table else f"; '{other}' is not in sim/rooms.txt"
        problems.append(f"{where}: room '{room}' may not include '{other}' "
                        f"(allowed: {', '.join(sees) or 'nothing'}{hint})")
    return problems, crossings


def check_tree(root):
    """(violations, one-line summary)."""
    table = read_table(root / "sim" / "rooms.txt")
    files = sorted(path for top in ("sim", "calibration") for path in (root / top).rglob("*")
                   if path.suffix in SOURCE_SUFFIXES and path.is_file())
    problems, crossings, unknown = [], 0, set()
    for path in files:
        room = room_of(path.relative_to(root).as_posix())
        if room is not None and room not in table:
            if room not in unknown:
                problems.append(f"{path.relative_to(root).as_posix()}:1: room '{room}' is not in sim/rooms.txt")
            unknown.add(room)
            continue
        found, crossed = check_file(root, path, table)
        problems += found
        crossings += crossed
    return problems, f"layers: ok, {len(files)} files, {crossings} includes between {len(table)} rooms"


def main(argv):
    root = Path(argv[1]).resolve() if len(argv) > 1 else Path(__file__).resolve().parents[2]
    try:
        problems, summary = check_tree(root)
    except (TableError, OSError) as error:
        print(f"check_layers: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if problems:
        print(f"layers: {len(problems)} violation{'s' if len(problems) > 1 else ''}")
        return 1
    print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
