"""What the comments on top of configs/studies say in numbers, and how each number is computed.

A claim is a piece of the comment with its numbers in <brackets>; after it comes a value for each of them
from the study's result at full size, and whatever else has to be true. shipped_studies_test.py holds
numbers and values together to 5 % (or to rounding) and looks for every number of "What it shows" in some claim, so neither
a comment that is edited nor a result that moves goes unnoticed.
"""

CLAIMS = {}


class Runs:
    """The runs of a study, by variant and by the load that the study sweeps."""

    def __init__(self, runs):
        self.runs = runs

    def __call__(self, variant="base", load=None):
        found = [run for run in self.runs if run["variant"] == variant and
                 (load is None or str(load) in run["overrides"].values())]
        if len(found) != 1:
            raise LookupError(f"{len(found)} runs are {variant!r} at {load!r}")
        return found[0]

    def carries(self, variant, loads, **limits_ms):
        """The number in the highest of rising `loads` up to which all limits hold; None: not the lowest."""
        best = None
        for load in loads:
            if any(metric(self(variant, load), f"{name}_ms") > most for name, most in limits_ms.items()):
                break
            best = float(str(load).split("/")[0])
        return best


def metric(run, name):
    return run["metrics"][name]


def tokens(run):
    return run["memory"]["kv_cache_tokens"]


def share(run, part):
    """Of the simulated time, in per cent."""
    return 100 * run["metrics"]["time_share"][part]


def hit_rate(run):
    return 100 * metric(run, "prefix_cache_hit_rate")


def evidence(run, tag):
    return 100 * run["provenance"]["time_share_by_tag"][tag]


def kv_bandwidth(run):
    """TB/s: bytes of KV cache over the time that reading them bounds."""
    return metric(run, "kv_bytes_read") / (metric(run, "time_share")["kv"] * metric(run, "duration")) / 1e12


def of_study(name):
    def register(claims):
        CLAIMS[name] = claims
        return claims
    return register


@of_study("step-bound")
def step_bound(at):
    one, many, more, most = at(load=1), at(load=256), at(load=512), at(load=1024)

    def speed(run):
        return metric(run, "output_throughput")
    return [
        ("one client gets a token every <6.5> ms", metric(one, "mean_tpot_ms")),
        ("<85> % of that is reading weights", share(one, "weights")),
        ("With <256> clients the card makes <97> times as many tokens for <2.5> times the wait",
         256, speed(many) / speed(one), metric(many, "mean_tpot_ms") / metric(one, "mean_tpot_ms")),
        ("the KV cache (<41> % of the time) and the arithmetic (<29> %)",
         share(many, "kv"), share(many, "compute")),
        ("At <512> clients the products are bound by arithmetic (<52> % of the time, reading weights <2> %)",
         512, share(more, "compute"), share(more, "weights")),
        ("twice the clients bring <12> % more tokens", 100 * (speed(more) / speed(many) - 1)),
        ("At <1024> clients the cache is full, <1507> requests are thrown out",
         1024, metric(most, "num_preemptions")),
        ("throughput falls by <4> %", 100 * (1 - speed(most) / speed(more))),
        ("Only up to <256> clients stay below <25> ms at p99",
         at.carries("base", [1, 4, 16, 64, 128, 256, 512, 1024], p99_tpot=25), 25),
        # 16.06 GB of parameters without the embedding, of which a step reads rows; 3.35 TB/s.
        ("a step reads <15.0> GB of weights (<4.5> ms at <3.35> TB/s; <6.5> ms simulated)",
         metric(one, "weight_bytes_read") / metric(one, "num_steps") / 1e9, 15.0 / 3.35, 3.35,
         metric(one, "mean_tpot_ms")),
        ("<256> clients with <512> tokens on average add <17> GB",
         256, 512, metric(many, "kv_bytes_read") / metric(many, "num_steps") / 1e9),
    ]


@of_study("gqa-groups")
def gqa_groups(at):
    loads = ["2/s", "4/s", "6/s", "8/s"]
    limits = {"p99_ttft": 2000, "p99_tpot": 60}

    def times(variant):
        return tokens(at(variant, "2/s")) / tokens(at("MHA-64", "2/s"))

    def tpot(variant):
        return metric(at(variant, "6/s"), "mean_tpot_ms")
    others = {at.carries(name, loads, **limits) for name in ("GQA-16", "GQA-8", "GQA-4", "GQA-2", "MQA")}
    return [
        ("<2.15>, <4.45> and <9.05> times those of MHA-64 with <32>, <16> and <8> heads, <18.3> times with <4>",
         times("GQA-32"), times("GQA-16"), times("GQA-8"), 32, 16, 8, times("GQA-4"), 4),
        ("Fewer than <4> bring nothing: each of four GPUs keeps one KV head at least, so GQA-2 and MQA run exactly as GQA-4",
         4, all(at("GQA-4", load)["metrics"] == at(name, load)["metrics"]
             for name in ("GQA-2", "MQA") for load in loads)),
        ("MHA-64 stays within the limits up to <2> requests/s, GQA-32 up to <4> requests/s",
         at.carries("MHA-64", loads, **limits), at.carries("GQA-32", loads, **limits)),
        ("all others up to <6> requests/s", others.pop(), not others),
        ("at <6> requests/s a token takes <45.3> ms with <32> heads, <34.3> ms with <16>, <30.4> ms with <8> "
         "and <28.7> ms with <4>",
         6, tpot("GQA-32"), 32, tpot("GQA-16"), 16, tpot("GQA-8"), 8, tpot("GQA-4"), 4),
        # 80 layers · 2 · 64 heads · 128 · 2 B.
        ("<2.62> MB a token, <655> kB on each GPU, and <54.7> thousand tokens fill <36> GB of each",
         at("MHA-64", "2/s")["memory"]["kv_bytes_per_token"] / 1e6, 80 * 2 * 64 * 128 * 2 / 4 / 1e3,
         tokens(at("MHA-64", "2/s")) / 1e3,
         tokens(at("MHA-64", "2/s")) * at("MHA-64", "2/s")["memory"]["kv_bytes_per_token_per_gpu"] / 1e9),
    ]


@of_study("fp8-kv-cache")
def fp8_kv_cache(at):
    loads = ["1/s", "2/s", "3/s", "4/s"]
    limits = {"p99_ttft": 5000, "p99_tpot": 50}
    wide, narrow = at("bf16 cache", "2/s"), at("fp8 cache", "2/s")
    shown = [evidence(run, "fitted-elsewhere") for run in at.runs]
    return [
        ("twice the tokens fit (<2.00> times)", tokens(narrow) / tokens(wide)),
        ("<3> requests/s stay within the limits instead of <2> requests/s",
         at.carries("fp8 cache", loads, **limits), at.carries("bf16 cache", loads, **limits)),
        ("At <2> requests/s, where either has room", 2, metric(wide, "kv_cache_usage_perc")["max"] < 1),
        ("a token takes <12.2> ms instead of <15.6> ms", metric(narrow, "mean_tpot_ms"), metric(wide, "mean_tpot_ms")),
        ("attention over fp8 reads <2.15> TB/s where bf16 reads <2.79> TB/s", kv_bandwidth(narrow), kv_bandwidth(wide)),
        ("At <3> requests/s the bf16 cache is full at times", 3, metric(at("bf16 cache", "3/s"), "kv_cache_usage_perc")["max"] > 0.999),
        ("p99 TTFT is <8.0> s instead of <1.04> s",
         metric(at("bf16 cache", "3/s"), "p99_ttft_ms") / 1e3, metric(at("fp8 cache", "3/s"), "p99_ttft_ms") / 1e3),
        ("the same <60> GB hold <910> or <455> thousand tokens",
         wide["memory"]["available_kv_bytes"] / 1e9, tokens(narrow) / 1e3, tokens(wide) / 1e3),
        ("<99.3> % to <99.9> % fitted-elsewhere", min(shown), max(shown)),
    ]


@of_study("chunk-size")
def chunk_size(at):
    def itl(variant, load):
        return metric(at(variant, load), "p99_itl_ms")

    def ttft(variant, load):
        return metric(at(variant, load), "p99_ttft_ms")
    capped = "16384, 1024 of each"
    shown = [evidence(run, "fitted-elsewhere") for run in at.runs]
    return [
        ("At <3> requests/s p99 ITL is <20> ms with <512> tokens and <105> ms with <16384>",
         3, itl("512", "3/s"), 512, itl("16384", "3/s"), 16384),
        ("p99 TTFT is <1.06> s and <0.67> s", ttft("512", "3/s") / 1e3, ttft("16384", "3/s") / 1e3),
        ("at <5> requests/s <512> and <1024> miss the limit on p99 TTFT (<3.6> s and <1.63> s of <1.4> s)",
         5, 512, 1024, ttft("512", "5/s") / 1e3, ttft("1024", "5/s") / 1e3, 1.4),
        ("while <2048> and more stay within it", 2048, all(ttft(name, "5/s") < 1400 for name in ("2048", "4096", "16384", capped))),
        ("From <4096> on TTFT gains little: <979> ms, and <927> ms with <16384>",
         4096, ttft("4096", "5/s"), ttft("16384", "5/s"), 16384),
        ("The threshold of <1024> on top of <16384> brings p99 ITL at <5> requests/s from <211> ms to <84> ms, "
         "for a p99 TTFT of <1.09> s",
         1024, 16384, 5, itl("16384", "5/s"), itl(capped, "5/s"), ttft(capped, "5/s") / 1e3),
        ("All of them finish the same work",
         len({metric(run, "total_output_tokens") for run in at.runs}) == 1),
        ("<99.5> % to <99.9> % fitted-elsewhere", min(shown), max(shown)),
    ]


@of_study("mixed-gpus")
def mixed_gpus(at):
    loads = ["20/s", "30/s", "40/s", "50/s", "60/s"]

    def carries(variant):
        return at.carries(variant, loads, p99_ttft=1000, p99_tpot=45)

    def pool(variant, load, name):
        return next(each for each in at(variant, load)["pools"] if each["name"] == name)

    def share_of(name, variant, load):
        return 100 * metric(pool(variant, load, name), "completed") / metric(at(variant, load), "completed")
    shown = [evidence(run, "fitted-elsewhere") for run in at.runs]
    return [
        ("the two H100s carry <40> requests/s", carries("new alone")),
        ("they carry <40> requests/s as well, if requests are dealt out in turn: the A100s get <67> % of them",
         carries("round robin"), share_of("old", "round robin", "40/s")),
        ("at <50> requests/s their p99 TPOT is <78.6> ms while that of the H100s is <10.6> ms",
         50, metric(pool("round robin", "50/s", "old"), "p99_tpot_ms"),
         metric(pool("round robin", "50/s", "new"), "p99_tpot_ms")),
        ("By outstanding requests the six carry <60> requests/s", carries("least outstanding")),
        ("the H100s get <53> % there", share_of("new", "least outstanding", "60/s")),
        ("The better of two does as well", carries("two choices") == carries("least outstanding")),
        ("Least KV carries <50>", carries("least KV")),
        ("p99 TTFT at <60> requests/s is <1.25> s instead of <458> ms",
         60, metric(at("least KV", "60/s"), "p99_ttft_ms") / 1e3,
         metric(at("least outstanding", "60/s"), "p99_ttft_ms")),
        ("<97.8> % to <100> % fitted-elsewhere", min(shown), max(shown)),
    ]


@of_study("burstiness")
def burstiness(at):
    loads = ["4/s", "8/s", "12/s", "16/s", "20/s"]
    names = ("regular", "Poisson", "gamma 0.25", "gamma 0.05")
    ttft = {name: metric(at(name, "16/s"), "p99_ttft_ms") for name in names}
    carries = {name: at.carries(name, loads, p99_ttft=800, p99_tpot=45) for name in names}
    fullest = {name: metric(at(name, "16/s"), "kv_cache_usage_perc")["max"] for name in names}
    return [
        ("at <16> requests/s p99 TTFT is <125> ms when regular, <211> ms with Poisson, <444> ms and <1.92> s with "
         "gamma gaps: <15> times as long",
         16, ttft["regular"], ttft["Poisson"], ttft["gamma 0.25"], ttft["gamma 0.05"] / 1e3,
         ttft["gamma 0.05"] / ttft["regular"]),
        ("Mean TPOT suffers less, <13.6> ms and <24.1> ms at the ends",
         metric(at("regular", "16/s"), "mean_tpot_ms"), metric(at("gamma 0.05", "16/s"), "mean_tpot_ms")),
        ("The cache is <26> % full at most when regular", 100 * fullest["regular"]),
        ("overflows with shape <0.05>", 0.05, metric(at("gamma 0.05", "16/s"), "num_preemptions") > 0),
        ("the regular stream and Poisson carry <20> requests/s",
         carries["regular"], carries["Poisson"] == carries["regular"]),
        ("shape <0.25> carries <16> requests/s, and shape <0.05> only <4> requests/s",
         0.25, carries["gamma 0.25"], 0.05, carries["gamma 0.05"]),
        ("wrong by a factor of five", carries["regular"] / carries["gamma 0.05"] == 5),
    ]


@of_study("long-context")
def long_context(at):
    loads = [1, 2, 4, 8]
    limits = {"p99_ttft": 15000, "p99_tpot": 30}
    short, long = at("4k", 1), at("128k", 1)
    carries = {name: at.carries(name, loads, **limits) for name in ("4k", "32k", "64k", "128k")}
    return [
        ("waits <98> times as long for the first token as one with 4k (<9.2> s and <94> ms)",
         metric(long, "mean_ttft_ms") / metric(short, "mean_ttft_ms"), metric(long, "mean_ttft_ms") / 1e3,
         metric(short, "mean_ttft_ms")),
        ("only <1.8> times as late (<12.1> ms and <6.8> ms)",
         metric(long, "mean_tpot_ms") / metric(short, "mean_tpot_ms"), metric(long, "mean_tpot_ms"),
         metric(short, "mean_tpot_ms")),
        ("Three such prompts fill the card: of <4> clients one waits", 4, metric(at("128k", 4), "max_running_requests") == 3),
        ("with <2> clients a token takes <34.6> ms", 2, metric(at("128k", 2), "mean_tpot_ms")),
        ("Within <15> s for the first token and <30> ms for the others (p99), <8> clients with 4k are served, "
         "<4> clients with 32k, <2> clients with 64k and <1> client with 128k",
         15, 30, carries["4k"], carries["32k"], carries["64k"], carries["128k"]),
        ("<15.0> GB of weights and <17.1> GB of cache: <9.6> ms at <3.35> TB/s",
         metric(long, "weight_bytes_read") / metric(long, "num_steps") / 1e9, 130304 * 131072 / 1e9,
         (15.0 + 17.1) / 3.35, 3.35),
        ("<6> % to <16> % of the time at 32k and <43> % to <51> % at 128k, extrapolated",
         *(evidence(at(name, clients), "extrapolated") for name in ("32k", "128k") for clients in (1, 8))),
        ("knows prompts of up to 16k tokens", all(evidence(at("4k", clients), "extrapolated") == 0 for clients in loads)),
    ]


@of_study("sparse-attention")
def sparse_attention(at):
    def tpot(kind, context, clients):
        return metric(at(f"{kind} {context}", clients), "mean_tpot_ms")

    def both(context, clients):
        return tpot("dense", context, clients), tpot("sparse", context, clients)
    cold = [metric(at(f"{kind} 128k", 8), "p99_ttft_ms") / 1e3 for kind in ("dense", "sparse")]
    return [
        ("with <32> clients dense and sparse are even at 4k (<25.7> ms and <26.8> ms a token)", 32, *both("4k", 32)),
        ("sparse is ahead at 16k (<32.6> ms and <27.8> ms)", *both("16k", 32)),
        ("<2.5> times as fast at 128k (<96.6> ms and <37.9> ms)",
         tpot("dense", "128k", 32) / tpot("sparse", "128k", 32), *both("128k", 32)),
        ("With <2> clients sparse is slower up to 64k (<12.1> ms and <13.1> ms)", 2, *both("64k", 2)),
        ("and barely faster at 128k", 1 < tpot("dense", "128k", 2) / tpot("sparse", "128k", 2) < 1.1),
        ("room for <12> % fewer tokens", 100 * (1 - tokens(at("sparse 4k", 2)) / tokens(at("dense 4k", 2)))),
        ("with <8> clients and 128k the p99 TTFT, which is that of the cold document, is <39> s dense and <66> s sparse",
         8, *cold),
        ("pads the <16> heads that are left to <64>", 128 / 8, 64),
        ("attention reads <2048> of them", 2048),
        ("<99> % extrapolated", min(evidence(run, "extrapolated") for run in at.runs)),
    ]


@of_study("agent-loops")
def agent_loops(at):
    loads = ["0.01/s", "0.02/s", "0.05/s", "0.1/s", "0.2/s"]
    limits = {"p99_ttft": 3000, "p99_tpot": 60}
    kept, lost = at("bf16 cache", "0.05/s"), at("bf16 cache", "0.1/s")
    within = [evidence(run, "extrapolated") for run in at.runs
              if metric(run, "p99_ttft_ms") <= 3000 and metric(run, "p99_tpot_ms") <= 60]
    return [
        ("prompts have <24.8> thousand tokens on average, and <96> % of them came before",
         metric(kept, "total_input_tokens") / metric(kept, "completed") / 1e3,
         100 * kept["prefix_cache"]["ideal_hit_rate"]),
        ("between <0.05> new agents/s within the limits and none", at.carries("bf16 cache", loads, **limits),
         at.carries("nothing kept", loads, **limits) is None),
        ("at <0.01> agents/s a first token takes <2.6> s on average, instead of <0.13> s",
         0.01, metric(at("nothing kept", "0.01/s"), "mean_ttft_ms") / 1e3,
         metric(at("bf16 cache", "0.01/s"), "mean_ttft_ms") / 1e3),
        ("at <0.1> agents/s histories no longer fit, <45> % are found", 0.1, hit_rate(lost)),
        ("alive at once (<295> instead of <16>)",
         metric(lost, "max_concurrent_requests"), metric(kept, "max_concurrent_requests")),
        ("makes <36> tokens/s per GPU, less than the <49> tokens/s of half the load",
         metric(lost, "output_throughput_per_gpu"), metric(kept, "output_throughput_per_gpu")),
        ("carries twice as many, <0.1> agents/s", at.carries("fp8 cache", loads, **limits),
         tokens(at("fp8 cache", "0.1/s")) > 1.9 * tokens(kept)),
        ("the cliff is the same at <0.2> agents/s, where it finds <45> %", 0.2, hit_rate(at("fp8 cache", "0.2/s"))),
        ("nearly all would be found at <0.1> agents/s", 0.1, lost["prefix_cache"]["hit_rate_at_capacity"] > 0.95),
        ("<1.3> % to <6.4> % of the time where the limits hold, up to <22> % where histories are computed again",
         min(within), max(within), max(evidence(run, "extrapolated") for run in at.runs)),
    ]


@of_study("deepseek-v3-h200")
def deepseek_v3_h200(at):
    def tpot(variant, load):
        return metric(at(variant, load), "mean_tpot_ms")
    slices, whole = "TP8", "TP8 + EP8"
    loads = ["0.25/s", "0.5/s", "1/s", "2/s", "3/s"]
    return [
        ("<2> requests/s stay within <50> ms a token", at.carries(slices, loads, p99_tpot=50), 50),
        ("at <3> requests/s the node is overloaded",
         3, all(metric(at(name, "3/s"), "stability") == "overloaded" for name in (slices, whole))),
        ("at <0.25> requests/s a token takes <15.8> ms, at <2> requests/s <43.6> ms, <2.8> times as long",
         0.25, tpot(slices, "0.25/s"), 2, tpot(slices, "2/s"), tpot(slices, "2/s") / tpot(slices, "0.25/s")),
        ("weights are still <65> % of the time", share(at(slices, "2/s"), "weights")),
        ("eight GPUs hold the <707> thousand tokens of one", tokens(at(slices, "2/s")) / 1e3),
        ("every GPU keeps the whole latent of every token",
         at(slices, "2/s")["memory"]["kv_bytes_per_token"] == at(slices, "2/s")["memory"]["kv_bytes_per_token_per_gpu"]),
        ("at <3> requests/s <3722> requests are thrown out", 3, metric(at(slices, "3/s"), "num_preemptions")),
        ("<18> % slower at <0.25> requests/s", 100 * (tpot(whole, "0.25/s") / tpot(slices, "0.25/s") - 1), 0.25),
        ("as fast at <2> requests/s", 2, abs(tpot(whole, "2/s") / tpot(slices, "2/s") - 1) < 0.04),
        # Little's law: rate · tokens · time per token.
        ("<3> requests/s with <2000> tokens at <56> ms each are <336> requests at once",
         3, 2000, tpot(slices, "3/s"), 3 * 2000 * 0.056),
        ("<57> experts of each layer, 64 reach <222>",
         256 * (1 - (31 / 32) ** 8), 256 * (1 - (31 / 32) ** 64)),
        ("<99> % extrapolated", min(evidence(run, "extrapolated") for run in at.runs)),
    ]


@of_study("mha-vs-mla")
def mha_vs_mla(at):
    def memory(variant):
        return at(variant, "2/s")["memory"]

    def times(variant):
        return tokens(at(variant, "2/s")) / tokens(at("MHA", "2/s"))
    shown = [evidence(run, "extrapolated") for run in at.runs]
    return [
        ("<56.9> times fewer bytes a token than MHA", memory("MHA")["kv_bytes_per_token"] / memory("MLA")["kv_bytes_per_token"]),
        ("holds only <7.3> times the tokens", times("MLA")),
        ("holds <16.6> times the tokens of MHA", times("GQA-8")),
        ("and MQA no more than that", times("MQA") == times("GQA-8")),
        ("MHA is overloaded at <8> requests/s and serves <6.4> of them",
         8, metric(at("MHA", "8/s"), "request_throughput"), metric(at("MHA", "8/s"), "stability") == "overloaded"),
        ("the others are stable up to <16> requests/s",
         16, all(metric(at(name, "16/s"), "stability") == "stable" for name in ("MLA", "GQA-8", "MQA"))),
        ("A limit of <50> ms on p99 TPOT is met at <8> requests/s by GQA-8 (<48.5> ms) and just missed by MLA (<53.6> ms)",
         50, 8, metric(at("GQA-8", "8/s"), "p99_tpot_ms"), metric(at("MLA", "8/s"), "p99_tpot_ms")),
        ("<97> % to <99.6> % extrapolated", min(shown), max(shown)),
    ]


@of_study("prefix-cache-generated")
def prefix_cache_generated(at):
    def ttft(variant):
        return metric(at(variant), "mean_ttft_ms")
    shown = [evidence(run, "fitted-elsewhere") for run in at.runs]
    return [
        ("of all prompt tokens <88> % came before", 100 * at("MQA")["prefix_cache"]["ideal_hit_rate"]),
        ("(<88.1> % and <87.5> % found), GQA-8 <53.4> %, MHA <9.5> %",
         hit_rate(at("MQA")), hit_rate(at("MLA")), hit_rate(at("GQA-8")), hit_rate(at("MHA"))),
        ("<51> ms, <71> ms and <197> ms, and <427> ms for GQA-8 without a prefix cache",
         ttft("MQA"), ttft("MLA"), ttft("GQA-8"), ttft("GQA-8, not cached")),
        ("MHA has room for <111> thousand tokens", tokens(at("MHA")) / 1e3),
        ("its TTFT of <123> s", ttft("MHA") / 1e3),
        ("<98.7> % to <99.7> % fitted-elsewhere", min(shown), max(shown)),
    ]


@of_study("prefix-cache")
def prefix_cache(at):
    def ttft(variant):
        return metric(at(variant), "mean_ttft_ms") / 1e3
    return [
        ("<37.4> % of all prompt tokens came before", 100 * at("MQA")["prefix_cache"]["ideal_hit_rate"]),
        ("MQA finds <25.6> % of them all, MLA <14.7> %, GQA-8 <5.2> % and MHA <4.3> %",
         hit_rate(at("MQA")), hit_rate(at("MLA")), hit_rate(at("GQA-8")), hit_rate(at("MHA"))),
        ("Mean TTFT is <1.83> s with MQA, but <2.56> s with MLA and <2.39> s with GQA-8",
         ttft("MQA"), ttft("MLA"), ttft("GQA-8")),
        ("keys of <192> instead of <128>", 128 + 64, 128),
        ("no room for the requests themselves (<10.8> s)", ttft("MHA")),
        ("<99> % extrapolated", min(evidence(run, "extrapolated") for run in at.runs)),
    ]


@of_study("azure-conv")
def azure_conv(at):
    small, large = at("Llama-3.1-8B TP1"), at("Llama-3.1-70B TP4")
    return [
        ("p99 TTFT <160> ms and p99 TPOT <12.7> ms", metric(small, "p99_ttft_ms"), metric(small, "p99_tpot_ms")),
        ("TTFT is <1.15> s at p99, but TPOT <117> ms of <50> ms",
         metric(large, "p99_ttft_ms") / 1e3, metric(large, "p99_tpot_ms"), 50),
        ("<88> % of its requests meet both limits",
         100 * metric(large, "request_goodput") / metric(large, "request_throughput")),
        ("Its mean TPOT is <34> ms", metric(large, "mean_tpot_ms")),
    ]
