#!/usr/bin/env python3
"""Predicted over measured TPOT of the validated servers, as one picture.

    .venv/bin/python reports/validation/plot_servers.py ROWS.json OUT.svg      ROWS: kvsim validate --format json

Rows of each model and engine are gathered in thirds of a decade of the measured TPOT; the picture shows
the median of predicted over measured, the band from the least to the largest, and the same median of the
estimate without a simulation. No single row is in it. Rows that host time was fitted to are left out.
"""
import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

import vl_convert

BINS_PER_DECADE = 3
LEAST_ROWS = 3


def panels(maps):
    rows = defaultdict(list)
    for each in maps:
        for row in each["rows"]:
            if row["metric"] == "mean_tpot_ms" and not row["host_time_fitted"] and "model" in row["labels"]:
                labels = row["labels"]
                title = f"{labels['model'].split('/')[-1]}, {labels['backend']}, {labels['gpu'].replace('_', '-')}"
                rows[title].append((row["measured"], row["ratio"], row["mean_field"]))
    return rows


def bands(title, rows):
    bins = defaultdict(list)
    for measured, ratio, formula in rows:
        bins[math.floor(BINS_PER_DECADE * math.log10(measured))].append((ratio, formula / measured))
    for at, values in sorted(bins.items()):
        if len(values) >= LEAST_ROWS:
            ratios = [ratio for ratio, _ in values]
            yield {"panel": title, "ms": round(10 ** ((at + 0.5) / BINS_PER_DECADE), 3), "low": round(min(ratios), 3),
                   "high": round(max(ratios), 3), "simulated": round(median(ratios), 3),
                   "formula": round(median(f for _, f in values), 3)}


def chart(values):
    x = {"field": "ms", "type": "quantitative", "scale": {"type": "log", "nice": False},
         "title": "measured TPOT, ms", "axis": {"format": "~s", "tickCount": 4}}
    y = {"type": "quantitative", "title": "predicted / measured",
         "scale": {"type": "log", "domain": [0.5, 2], "clamp": True, "nice": False},
         "axis": {"values": [0.5, 0.7, 0.85, 1, 1.15, 1.4, 2], "format": ".2f"}}
    lines = {"mark": {"type": "line", "point": True},
             "transform": [{"fold": ["simulated", "formula"], "as": ["by", "ratio"]}],
             "encoding": {"x": x, "y": {**y, "field": "ratio"},
                          "strokeDash": {"field": "by", "type": "nominal", "legend": None, "sort": ["simulated", "formula"]},
                          "color": {"field": "by", "type": "nominal", "title": None, "sort": ["simulated", "formula"]}}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "facet": {"field": "panel", "type": "nominal", "title": None, "header": {"labelFontSize": 11, "labelLimit": 320}},
        "columns": 3,
        "spec": {"width": 260, "height": 140, "layer": [
            {"mark": {"type": "area", "opacity": 0.2}, "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            lines, {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"y": {**y, "datum": 1}}}]},
        "config": {"background": "white", "font": "sans-serif", "legend": {"orient": "top"}},
    }


def main():
    source, out = sys.argv[1:]
    answer = json.loads(Path(source).read_text())
    rows = panels(answer if isinstance(answer, list) else [answer])
    values = [band for title in sorted(rows) for band in bands(title, rows[title])]
    svg = vl_convert.vegalite_to_svg(json.dumps(chart(values)), vl_version="5.20")
    Path(out).write_text(svg + "\n")


if __name__ == "__main__":
    main()
