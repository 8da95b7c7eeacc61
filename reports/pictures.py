"""Draws Vega-Lite specifications: python pictures.py svg|png FOLDER; every NAME.json becomes NAME.svg.

Used by `kvsim report --format svg` and `png`; needs vl-convert-python (requirements.txt).
"""

import pathlib
import sys

import vl_convert


def main():
    kind, folder = sys.argv[1:]
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        spec = path.read_text()
        if kind == "svg":
            path.with_suffix(".svg").write_text(vl_convert.vegalite_to_svg(vl_spec=spec))
        else:
            path.with_suffix(".png").write_bytes(vl_convert.vegalite_to_png(vl_spec=spec, scale=2))


main()
