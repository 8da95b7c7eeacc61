#!/usr/bin/env python3
"""Sparse attention out of tables that time the whole attention module of DeepSeek-V3.2.

    calibration/fit/dsa_module.py DATA

DATA holds kernels/dsa_generation_h100.csv and dsa_context_h100.csv: projections, indexer, top-k and
attention of one layer in one time, launched from the host. What does not depend on the context (the
projections, which have cards of their own, and the launches) cancels in differences:

  decode, 16 bits   rows against the row of 3 tokens with the same heads, batch and products:
                      132 B·C/(e_i·BW) + max(1152 B/(e_b·BW)·max(1, full/B), FLOPs/(e_c·P))·B·min(L, 2048)
  decode, fp8       kernels take 2048 rows whoever has fewer: growth with the batch, fp8 less 16 bits,
                      both at 3 tokens
  prefill           a + b·tokens + c·pairs by least squares; of b the projections' prices are subtracted

Prints the numbers that calibration/cards/h100-sxm-*sparse*.yaml and *indexer*.yaml hold.
"""
import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

BANDWIDTH = 3.35e6  # bytes per us, H100 SXM
BF16 = 989e6        # FLOPs per us
FP8 = 1979e6
TOP_K = 2048
INDEXER_BYTES, LATENT_BYTES, PACKED_BYTES = 132, 1152, 656
FLOPS_PER_HEAD = 2 * (576 + 512)   # per (query, token) pair
INDEXER_FLOPS = 2 * 64 * 128
# Of calibration/cards/h100-sxm-decode-attention-sparse-vllm-fp8.yaml: 16 and 128 heads below
FP8_CARD_BANDWIDTH, FP8_CARD_COMPUTE = 0.5298, 0.2174
# Of one layer at 8192 tokens, 16 heads, fp8 in blocks: kvsim explain step --model deepseek-v3.2 --tp 8
PROJECTIONS_US_PER_TOKEN = 1075 / 8192


def rows(path):
    with open(path, newline="") as table:
        return list(csv.DictReader(table))


def decode_bf16(table):
    by_case = defaultdict(dict)
    for row in table:
        if row["kv_dtype"] == "bf16":
            case = (int(row["heads"]), int(row["batch"]), row["gemm_dtype"])
            by_case[case][int(row["ctx"])] = float(row["latency_us"])
    points = np.array([(heads, batch, ctx, time - times[3], time)
                       for (heads, batch, _), times in by_case.items() if 3 in times
                       for ctx, time in times.items() if ctx >= 129])
    heads, batch, ctx, grown, time = points.T

    def predicted(p):
        indexer, latent, compute, full = p
        per_token = np.maximum(LATENT_BYTES / (latent * BANDWIDTH) * np.maximum(1, full / batch),
                               FLOPS_PER_HEAD * heads / (compute * BF16))
        return (INDEXER_BYTES * batch * ctx / (indexer * BANDWIDTH)
                + per_token * batch * np.minimum(ctx, TOP_K))

    fit = least_squares(lambda p: (predicted(p) - grown) / time, [0.8, 0.9, 0.6, 66],
                        loss="soft_l1", f_scale=0.02)
    large = grown > 100
    error = np.abs(predicted(fit.x)[large] / grown[large] - 1)
    print("decode, 16 bits: indexer bandwidth {:.4f}, latent bandwidth {:.4f}, compute {:.4f}, "
          "full_tiles {:.1f}".format(*fit.x))
    print(f"  growths of more than 100 us: {large.sum()}, mean error {error.mean():.4f}, "
          f"p95 {np.quantile(error, 0.95):.4f}")


def decode_fp8(table):
    at = {(row["kv_dtype"], int(row["heads"]), row["gemm_dtype"], int(row["batch"])):
          float(row["latency_us"]) for row in table if row["ctx"] == "3"}
    errors = []
    for heads in (16, 64, 128):
        grown = [(at["fp8", heads, gemm, 2 * b] - at["fp8", heads, gemm, b]
                  - at["bf16", heads, gemm, 2 * b] + at["bf16", heads, gemm, b]) / b / TOP_K
                 for gemm in ("bf16", "fp8_block") for b in (128, 256, 512)]
        mean = float(np.mean(grown))
        print(f"decode, fp8, {heads} heads: {1e6 * mean:.0f} ps per row of the cache "
              f"({1e6 * min(grown):.0f} to {1e6 * max(grown):.0f}); as bandwidth "
              f"{PACKED_BYTES / mean / BANDWIDTH:.4f}, as compute {FLOPS_PER_HEAD * heads / mean / FP8:.4f} of fp8")
        card = max(PACKED_BYTES / (FP8_CARD_BANDWIDTH * BANDWIDTH),
                   FLOPS_PER_HEAD * heads / (FP8_CARD_COMPUTE * FP8))
        errors += [abs(card / each - 1) for each in grown]
    print(f"  the card on these {len(errors)} growths: mean error {np.mean(errors):.4f}, "
          f"p95 {np.quantile(errors, 0.95):.4f}")


def prefill(table, kv_dtype, heads):
    some = [row for row in table if row["kv_dtype"] == kv_dtype and int(row["heads"]) == heads
            and row["gemm_dtype"] == "fp8_block" and int(row["batch"]) * int(row["isl"]) >= 2048]
    batch, isl, step, time = (np.array([float(row[name]) for row in some])
                              for name in ("batch", "isl", "step", "latency_us"))
    terms = np.c_[np.ones(len(some)), batch * isl, batch * (isl * (isl + 1) / 2 + isl * step)]
    weights, *_ = np.linalg.lstsq(terms / time[:, None], np.ones(len(some)), rcond=None)
    error = np.abs(terms @ weights / time - 1)
    sparse = weights[1] - PROJECTIONS_US_PER_TOKEN
    print(f"prefill, {kv_dtype}, {heads} heads: launch {weights[0]:.0f} us, attention {sparse:.3f} us per "
          f"token, indexer {INDEXER_FLOPS / weights[2] / FP8:.4f} of fp8's rate; "
          f"mean error {error.mean():.4f}, p95 {np.quantile(error, 0.95):.4f}, {len(some)} rows")
    for padded in (64, 128):
        print(f"  as {padded} heads: {FLOPS_PER_HEAD * padded * TOP_K / sparse / BF16:.4f} of bf16's rate")


def main():
    kernels = Path(sys.argv[1]) / "kernels"
    generation = rows(kernels / "dsa_generation_h100.csv")
    decode_bf16(generation)
    decode_fp8(generation)
    context = rows(kernels / "dsa_context_h100.csv")
    for kv_dtype in ("bf16", "fp8"):
        prefill(context, kv_dtype, 16)


if __name__ == "__main__":
    main()
