"""A planner's answers put into a report.json by hand: pages of plans without planning."""

import copy
import json

WINNER, MEETS, REJECTED, PRUNED, REFUSED = range(5)
GPUS = {"h100-sxm": 2.5, "h200-sxm": 3.2, "b200": 5.0}


def limit(metric, most, value):
    return {"metric": metric, "limit_ms": most, "value_ms": value, "low_ms": 0.95 * value,
            "high_ms": 1.05 * value, "met": value <= most,
            "sure": 1.05 * value <= most or 0.95 * value > most}


def point(gpu, parallel, replicas, tpot):
    gpus = replicas * parallel
    per_gpu = 9000 / gpus
    return {"replicas": replicas, "gpus": gpus, "load": 1, "request_rate": 50,
            "limits": [limit("p99_ttft_ms", 2000, 700 + 10 * tpot), limit("p99_tpot_ms", 50, tpot)],
            "overloaded": False, "meets": tpot <= 50, "sure": 1.05 * tpot <= 50 or 0.95 * tpot > 50,
            "attainment": 0.99, "output_throughput": 9000, "tokens_per_gpu": per_gpu,
            "interactivity": 1200 / tpot, "kv_cache_usage_max": 0.83, "hbm_utilization_busy": 0.7,
            "bound_by": "HBM bandwidth", "cost_per_hour": GPUS[gpu] * gpus,
            "cost_per_million_output": GPUS[gpu] * gpus / 32.4, "requests": 4000}


def layout(gpu, parallel, seqs, fate, rule="", reason="", points=(), front=False):
    good = [i for i, each in enumerate(points) if each["meets"]]
    return {"choice": [["cluster.gpu", gpu], ["engine.tensor_parallel_size", str(parallel)],
                       ["engine.max_num_seqs", str(seqs)]],
            "gpu": gpu, "gpus_per_replica": parallel, "fate": fate, "rule": rule, "reason": reason,
            "least_replicas": 0 if fate == REFUSED else 2, "points": list(points),
            "best": good[-1] if good else None, "on_front": front}


def layouts(factor):
    """As many GPUs for the winner as `factor` says, and some of every fate beside it."""
    found = []
    for gpu in GPUS:
        found.append(layout(gpu, 1, 64, REFUSED, "memory", "the weights take 685 GB of 141 GB"))
        found.append(layout(gpu, 2, 64, PRUNED, "HBM bandwidth", "needs at least 24 replicas, 48 GPUs"))
        found.append(layout(gpu, 8, 256, REJECTED, "p99 TPOT", "p99 TPOT 71 ms of 50 ms",
                            [point(gpu, 8, factor, 71)]))
    found.insert(3, layout("h200-sxm", 8, 128, WINNER, points=[point("h200-sxm", 8, factor, 38)],
                           front=True))
    found.append(layout("b200", 4, 128, MEETS, "more GPUs", f"takes {12 * factor} GPUs",
                        [point("b200", 4, 3 * factor, 21)], True))
    found.append(layout("h100-sxm", 8, 64, MEETS, "more GPUs", f"takes {16 * factor} GPUs",
                        [point("h100-sxm", 8, 2 * factor, 41)]))
    return found


def plan_spec(max_gpus):
    return {"objective": 0, "replicas": None, "max_gpus": max_gpus, "confidence": 0.95,
            "precision": 0.05, "max_requests": 200000, "draws": 20, "attainment": 0.9}


def answer(run, variant, factor, overrides=()):
    """`run` of report.json stands for that of the winner."""
    spec = {key: copy.deepcopy(run[key]) for key in ("id", "variant", "overrides", "seed", "resolved")}
    return {"id": variant, "variant": variant, "overrides": [list(each) for each in overrides],
            "plan": plan_spec(512), "layouts": layouts(factor), "winner": 3, "run": spec,
            "below": point("h200-sxm", 8, factor - 1, 61) if factor > 1 else None,
            "draws": {"draws": 20, "meet": 17, "meet_below": 1, "low": max(1, factor - 1),
                      "high": {"not_finite": "inf"} if factor > 8 else factor + 1},
            "sensitivity": [{"change": change, "replicas": factor + more, "gpus": 8 * (factor + more),
                             "request_rate": 0}
                            for change, more in (("rate +20 %", 1), ("rate -20 %", 0),
                                                 ("lengths +20 %", 2), ("lengths -20 %", 0))],
            "hours": None, "miss": None, "simulations": 14, "simulated_requests": 56000}


def no_answer(variant):
    return {"id": variant, "variant": variant, "overrides": [], "plan": plan_spec(64),
            "layouts": [layout("h200-sxm", 8, 128, REJECTED, "p99 TPOT", "p99 TPOT 61 ms of 50 ms",
                               [point("h200-sxm", 8, 8, 61)])],
            "winner": None, "run": None, "below": None,
            "draws": {"draws": 0, "meet": 0, "meet_below": 0, "low": 0, "high": 0},
            "sensitivity": [], "hours": None, "miss": {"layout": 0, "point": 0, "ways_out": ["a limit of 61 ms"]},
            "simulations": 4, "simulated_requests": 16000}


def plan(folder, factors, keep_runs=False):
    """The report.json in `folder` tells of a plan for each variant (None: there is none)."""
    path = folder / "report.json"
    written = json.loads(path.read_text())
    run = written["runs"][0]
    written["plans"] = [no_answer(variant) if factor is None else answer(run, variant, factor)
                        for variant, factor in factors.items()]
    if not keep_runs:
        written["runs"] = []
    path.write_text(json.dumps(written))
