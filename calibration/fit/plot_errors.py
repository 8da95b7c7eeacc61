#!/usr/bin/env python3
"""Predicted over measured time of twelve shipped cards, as one picture.

    .venv/bin/python calibration/fit/plot_errors.py KVSIM DATA OUT.svg

Rows of each table are gathered in thirds of a decade of the measured time; the picture shows the
median of predicted over measured and the band from the 5th to the 95th percentile, no single row.
"""
import csv
import json
import math
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import vl_convert

H100, A100 = "NVIDIA H100 SXM", "NVIDIA A100 SXM 80 GB"
PANELS = [  # title, card, table, kernel
    (f"decode attention, vLLM bf16, {H100}", "h100-sxm/decode_attention/vllm-0.24.0/bf16", "decode_attention_h100", "fa3"),
    (f"decode attention, SGLang bf16, {H100}", "h100-sxm/decode_attention/sglang-0.5.14/bf16", "decode_attention_h100", ""),
    (f"decode attention, TensorRT-LLM bf16, {H100}", "h100-sxm/decode_attention/trtllm-1.3.0rc20/bf16", "decode_attention_h100", ""),
    (f"decode attention, vLLM bf16, {A100}", "a100-80gb-sxm/decode_attention/vllm-0.14.0/bf16", "decode_attention_a100", ""),
    (f"MLA decode, SGLang bf16, {H100}", "h100-sxm/decode_attention_mla/sglang-0.5.14/bf16", "decode_mla_h100", ""),
    (f"prefill attention, vLLM bf16, {H100}", "h100-sxm/prefill_attention/vllm-0.24.0/bf16", "context_attention_h100", ""),
    (f"products, vLLM bf16, {H100}", "h100-sxm/gemm/vllm-0.24.0/bf16", "gemm_h100", "torch"),
    (f"products, vLLM fp8, {H100}", "h100-sxm/gemm/vllm-0.24.0/fp8", "gemm_h100", "cutlass_fp8"),
    (f"products, vLLM bf16, {A100}", "a100-80gb-sxm/gemm/vllm-0.14.0/bf16", "gemm_a100", ""),
    (f"experts, vLLM bf16, {H100}", "h100-sxm/moe/vllm-0.24.0/bf16", "moe_h100", "triton_bf16"),
    (f"experts, vLLM fp8 in blocks, {H100}", "h100-sxm/moe/vllm-0.24.0/fp8_block", "moe_h100", "triton_fp8_block"),
    (f"all-reduce, vLLM in a graph, {H100}", "h100-sxm/all_reduce/vllm-0.24.0/bf16", "custom_allreduce_h100", "vllm_graph"),
]
BINS_PER_DECADE = 3
LEAST_ROWS = 5


def points(kvsim, data, card, table, kernel):
    stack, dtype = card.split("/")[2:]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "points.csv"
        command = [kvsim, "calibrate", "evaluate", "--card", card, "--table",
                   str(Path(data) / "kernels" / f"{table}.csv"), "--stack", stack, "--dtype", dtype,
                   "--points", str(out), "--format", "json"]
        subprocess.run(command + (["--kernel", kernel] if kernel else []), check=True,
                       stdout=subprocess.DEVNULL)
        with open(out, newline="") as rows:
            return [(float(r["measured_us"]), float(r["predicted_us"])) for r in csv.DictReader(rows)]


def bands(title, rows):
    ratios = defaultdict(list)
    for measured, predicted in rows:
        ratios[math.floor(BINS_PER_DECADE * math.log10(measured))].append(predicted / measured)
    for at, values in sorted(ratios.items()):
        if len(values) >= LEAST_ROWS:
            low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
            yield {"panel": title, "us": round(10 ** ((at + 0.5) / BINS_PER_DECADE), 3),
                   "low": round(low, 4), "median": round(median, 4), "high": round(high, 4)}


def chart(values):
    x = {"field": "us", "type": "quantitative", "scale": {"type": "log", "nice": False},
         "title": "measured time of a call, us", "axis": {"format": "~s", "tickCount": 5}}
    y = {"type": "quantitative", "title": "predicted / measured",
         "scale": {"type": "log", "domain": [0.4, 2.5], "clamp": True, "nice": False},
         "axis": {"values": [0.5, 0.7, 0.9, 1, 1.1, 1.4, 2], "format": ".1f"}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "facet": {"field": "panel", "type": "nominal", "title": None,
                  "sort": [panel[0] for panel in PANELS],
                  "header": {"labelFontSize": 11, "labelLimit": 320}},
        "columns": 3,
        "spec": {"width": 300, "height": 150, "layer": [
            {"mark": {"type": "area", "opacity": 0.25},
             "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": {**y, "field": "median"}}},
            {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"y": {**y, "datum": 1}}}]},
        "resolve": {"scale": {"x": "independent"}},
        "config": {"background": "white", "font": "sans-serif"},
    }


def main():
    kvsim, data, out = sys.argv[1:]
    values = [band for title, *rest in PANELS for band in bands(title, points(kvsim, data, *rest))]
    svg = vl_convert.vegalite_to_svg(json.dumps(chart(values)), vl_version="5.20")
    Path(out).write_text(svg + "\n")


if __name__ == "__main__":
    main()
