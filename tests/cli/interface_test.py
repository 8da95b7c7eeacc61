#!/usr/bin/env python3
"""Does the command line explain itself, and does what its help says really run?"""

import json
import re
import shlex
import subprocess
import tempfile
import unittest

from kvsim_cli import (BIN, OK, OUR_FAILURE, SOURCE, TINY, YOUR_INPUT, CliTest, azure_lines,
                       environment, kvsim, main)

KNOWN = ["run", "check", "explain", "explain kv", "explain memory", "explain step", "models", "gpus",
         "slos", "cards", "fits", "compare-attention", "compare", "rerun", "completion"]


def subcommands(help_text):
    section = re.search(r"^Subcommands:\n((?:  .*\n)+)", help_text, re.MULTILINE)
    return re.findall(r"^  (\S+)", section[1], re.MULTILINE) if section else []


def examples(help_text):
    return re.findall(r"^  (kvsim .*)$", help_text.split("Examples:")[-1], re.MULTILINE)


def all_help():
    """Help by command, the main one under ''; found by asking, so that a new command is seen."""
    pages = {}

    def visit(words):
        pages[" ".join(words)] = kvsim(*words, "--help")
        for name in subcommands(pages[" ".join(words)].out):
            visit([*words, name])

    visit([])
    return pages


class Help(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pages = all_help()

    def test_exists_for_every_command(self):
        self.assertLessEqual(set(KNOWN), set(self.pages))
        for command, page in self.pages.items():
            with self.subTest(command=command):
                self.assertEqual((page.code, page.err), (OK, ""))
                self.assertIn(f"Usage: kvsim {command}".strip(), page.out)

    def test_fits_a_terminal_of_80_columns_and_45_lines(self):
        for command, page in self.pages.items():
            lines = page.out.splitlines()
            with self.subTest(command=command):
                self.assertLessEqual(len(lines), 45)
                self.assertEqual([line for line in lines if len(line) > 80], [])

    def test_ends_with_three_examples(self):
        for command, page in self.pages.items():
            with self.subTest(command=command):
                self.assertEqual(len(examples(page.out)), 3)
                self.assertLessEqual(set(page.out), set(map(chr, range(32, 127))) | {"\n"})


class Examples(CliTest):
    def stand_ins(self, words):
        """The files that an example leaves to the reader, and a place of ours for its results."""
        study = self.write("study.yaml", TINY)
        trace = self.write("trace.csv", azure_lines(50))
        swaps = {"study.yaml": str(study), "workload.trace=PATH": f"workload.trace={trace}",
                 "PATH": str(trace), "run.json.gz": str(self.folder / "run.json.gz"),
                 **self.measured(), **self.results(study), **self.shards(study)}
        words = [swaps.get(word, word) for word in words]
        for stop in ("|", ">"):
            words = words[:words.index(stop)] if stop in words else words
        if words[0] == "plan":  # a small search, for the sanitizers
            words += ["--set", "plan.max_requests=1000", "--set", "plan.draws=0"]
        if "--out" in words:
            words[words.index("--out") + 1] = tempfile.mkdtemp(dir=self.folder) + "/out"
        return words

    def shards(self, study):
        """Shards of the study, and all its points."""
        folder = self.folder / "s"
        if not folder.exists():
            again = ["--quiet", "--replicates", "40"]
            kvsim("sweep", "split", study, "--shards", "2", "--out", folder, *again)
            kvsim("run", study, "--points", folder / "points", "--out", self.folder / "all", *again)
        return {"out/s": str(folder), **{f"out/s/{name}": f"{folder}/{name}" for name in (
            "shard-1-of-2.json", "shard-2-of-2.json", "points")}}

    def results(self, study):
        """Two results of one study, in the place of out/a and out/b; no number differs."""
        for name, stepper in (("a", "macro"), ("b", "step")):
            if not (self.folder / name).exists():
                kvsim("run", study, "--quiet", "--stepper", stepper, "--out", self.folder / name)
        page = self.write("my-page.yaml", "sections:\n  - tables: [latency]\n")
        return {"out/mha-vs-mla": f"{self.folder}/a", "my-page.yaml": str(page),
                **{f"out/{name}{file}": f"{self.folder}/{name}{file}"
                   for name in ("a", "b") for file in ("", "/result.json")}}

    def measured(self):
        """Invented tables of other tools, a card, and a folder of development data with little in it."""
        rows = [(m, n, k, 3 + n * k / 1.4e6) for m in (1, 64, 512) for n in (1024, 4096, 8192)
                for k in (1024, 4096)]
        ours = self.write("gemm.csv", "dtype,m,n,k,latency_us\n" + "".join(
            f"bf16,{m},{n},{k},{us}\n" for m, n, k, us in rows))
        theirs = self.write("aic.txt", "gemm_dtype,m,n,k,latency\nbfloat16,1,64,64,0.003\n")
        vidur = self.write("mlp.csv", "num_tokens,n_embd,n_expanded_embd,use_gated_mlp,"
                           "num_tensor_parallel_workers,time_stats.attn_post_proj.median,"
                           "time_stats.mlp_up_proj.median,time_stats.mlp_down_proj.median\n"
                           "8,64,128,True,1,0.1,0.2,0.3\n")
        self.write("data/kernels/llmservingsim_skew.csv",
                   "gpu,model,tp,regime,n,pc,kp,kv_big,kv_mean,t_mean_us,t_max_us,t_skew_us\n"
                   "RTX4090,Llama-3.1-8B,1,pure,8,0,0,4096,1024,10,20,12\n")
        self.write("raw/manifest.json", json.dumps({
            "program": "kvsim-calibrate", "device": "synthetic", "gpu": "h100-sxm", "driver": "none",
            "date": "2026-01-01", "commit": "0"}))
        self.write("raw/raw.csv", "op,role,dtype,kernel,shape,cache,median_us,above_peak\n" + "".join(
            f"gemm,card,bf16,cublaslt,m={m} n={n} k={k},cold,{us},0\n" for m, n, k, us in rows))
        card = SOURCE / "calibration/cards/h100-sxm-gemm-vllm-bf16.yaml"
        return {**self.servers(), "gemm.csv": str(ours), "aic.txt": str(theirs), "mlp.csv": str(vidur),
                "RAW": str(self.folder / "raw"),
                "card.yaml": str(card), "DATA": str(self.folder / "data")}

    def servers(self):
        """Invented servers: in a table of our own with its map, in InferenceX' columns, in vllm bench's JSON."""
        ours = self.write("t.csv", "clients,host,tpot_ms\n" + "".join(
            f"{n},{host},{7 + n / 20}\n" for host in ("a-1", "b-2") for n in (1, 4, 16)))
        lines = ["version: 1", "name: ours", "source: invented", "measured: {mean_tpot_ms: tpot_ms}", "set:",
                 "  model: llama-3.1-8b", "  cluster.gpu: h100-sxm", "  engine.profile: vllm-0.10",
                 "  workload.closed_loop.max_concurrency: {column: clients}", "  workload.num_requests: 20",
                 "  workload.lengths: {prompt: {fixed: 50}, output: {fixed: 20}}", "host_fit:",
                 "  - {stack: a-1, when: {host: a-1}}", "  - {stack: b-2, when: {host: b-2}}"]
        a_map = self.write("m.yaml", "\n".join(lines) + "\n")
        columns = ("id,origin,model,gpu,backend,backend_version,precision,isl,osl,concurrency,tp,attn_dp,moe_tp,moe_ep,measured,"
                   "ttft_ms,tpot_ms\n")
        silicon = self.write("silicon.csv", columns + "".join(
            f"r{n},inferencex,meta-llama/Llama-3.1-70B,h100_sxm,vllm,,fp8,1024,1024,{n},8,1,8,1,2025-10-29,60,{9 + n / 10}\n"
            for n in (2, 4, 8)))
        bench = self.write("bench.json", json.dumps({
            "model_id": "x", "completed": 8, "request_rate": "inf", "max_concurrency": 2, "total_input_tokens": 800,
            "total_output_tokens": 160, "output_throughput": 90, **{
                f"{statistic}_{metric}_ms": 20 for statistic in ("mean", "median", "p99") for metric in ("ttft", "tpot")}}))
        return {"t.csv": str(ours), "m.yaml": str(a_map), "silicon.csv": str(silicon), "bench.json": str(bench)}

    def test_run_from_the_source_folder(self):
        every = {line for page in all_help().values() for line in examples(page.out)}
        self.assertGreater(len(every), 10)
        for line in sorted(every):
            with self.subTest(example=line):
                result = kvsim(*self.stand_ins(shlex.split(line)[1:]), cwd=SOURCE)
                self.assertEqual(result.code, OK, result.err)
                self.assertNotEqual(result.out, "")


class Mistakes(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)

    def test_a_misspelt_word_is_met_with_the_right_one(self):
        for right, args in [
            ("--format", ["run", "s.yaml", "--fromat", "json"]),
            ("--format", ["run", "s.yaml", "--fromat=json"]),
            ("--quiet", ["check", "s.yaml", "--quite"]),
            ("--model", ["explain", "kv", "--modle", "llama-3.1-8b"]),
            ("--version", ["--verison"]),
            ("run", ["rnu"]),
            ("run", ["rnu", "s.yaml"]),
            ("models", ["model"]),
            ("memory", ["explain", "memroy", "--model", "llama-3.1-8b"]),
            ("llama-3.1-8b", ["explain", "kv", "--model", "llama-3.1-8c"]),
            ("h100-sxm", ["explain", "memory", "--model", "llama-3.1-8b", "--gpu", "h100-smx"]),
            ("h100-sxm", ["run", "s.yaml", "--set", "cluster.gpu=h100-smx"]),
        ]:
            with self.subTest(args=args):
                self.refuses(*args, names=f"did you mean '{right}'")

    def test_what_is_missing_or_superfluous_is_named(self):
        for named, args in [
            ("STUDY", ["run"]),
            ("STUDY", ["check", "--seed", "1"]),
            ("--model", ["explain", "kv"]),
            ("subcommand", []),
            ("subcommand", ["explain"]),
            ("extra.yaml", ["run", "s.yaml", "extra.yaml"]),
            ("--set", ["run", "s.yaml", "--set"]),
        ]:
            with self.subTest(args=args):
                self.assertRegex(self.refuses(*args, names=named), r"see kvsim.* --help\n")

    def test_a_seed_outside_of_64_bits_is_not_replaced_in_silence(self):
        for seed in ("-1", "18446744073709551616"):
            with self.subTest(seed=seed):
                self.refuses("run", "s.yaml", "--seed", seed, names="--seed")

    def test_a_value_out_of_its_set_is_met_with_the_set(self):
        for known, args in [
            ("table,json,csv,md,vllm", ["run", "s.yaml", "--format", "jsno"]),
            ("table,json", ["gpus", "--format", "yaml"]),
            ("step", ["run", "s.yaml", "--stepper", "leap"]),
            ("1024", ["run", "s.yaml", "--jobs", "-1"]),
            ("--seed", ["run", "s.yaml", "--seed", "seven"]),
            ("--tp", ["explain", "memory", "--model", "llama-3.1-8b", "--tp", "0"]),
            ("auto", ["explain", "kv", "--model", "llama-3.1-8b", "--kv-cache-dtype", "bf61"]),
            ("--set nonsense", ["run", "s.yaml", "--set", "nonsense"]),
        ]:
            with self.subTest(args=args):
                self.refuses(*args, names=known)


class Results(unittest.TestCase):
    def test_the_version_is_one_line(self):
        result = kvsim("--version")
        self.assertEqual((result.code, result.err), (OK, ""))
        self.assertRegex(result.out, r"\Akvsim \d+\.\d+\.\d+\S*\n\Z")

    def test_the_catalogues_list_every_file_with_its_source(self):
        for command, folder in [("models", "configs/models"), ("gpus", "configs/gpus"),
                                ("cards", "calibration/cards"), ("slos", "configs/slos")]:
            with self.subTest(command=command):
                entries = json.loads(kvsim(command, "--format", "json").out)
                self.assertGreaterEqual(len(entries), len(list((SOURCE / folder).glob("*.yaml"))))
                names = [next(iter(entry.values())) for entry in entries]
                self.assertEqual(len(set(names)), len(names))
                self.assertTrue(all(entry["source"] for entry in entries))
                table = kvsim(command)
                self.assertEqual((table.code, len(table.out.splitlines())), (OK, len(entries) + 1))

    def test_explain_kv_keeps_the_contract_of_scripts(self):
        # Llama-3.1-8B: 32 layers · 2 (K and V) · 8 kv heads · 128 head_dim · 2 B = 131 072 B.
        # DeepSeek-V3:  61 layers · (512 latent + 64 rope) · 2 B = 70 272 B, the same on each of 8 GPUs.
        for model, tp, per_token, per_gpu in [("llama-3.1-8b", 2, 131072, 65536),
                                              ("deepseek-v3", 8, 70272, 70272)]:
            answer = json.loads(kvsim("explain", "kv", "--model", model, "--tp", tp, "--context",
                                      32768, "--format", "json").out)
            self.assertEqual(answer["kv_bytes_per_token"], per_token)
            self.assertEqual(answer["kv_bytes_per_token_per_gpu"], per_gpu)
            self.assertEqual(answer["kv_bytes_at_context"], 32768 * per_token)
            self.assertEqual(answer["kv_bytes_per_sequence_constant"], 0)
            self.assertTrue(answer["attention"] and answer["derivation"])

    def test_a_result_that_cannot_be_written_is_no_success(self):
        for args in (["gpus"], ["explain", "kv", "--model", "llama-3.1-8b"], ["--version"]):
            with self.subTest(args=args), open("/dev/full", "wb") as full:
                done = subprocess.run([BIN, *args], stdout=full, stderr=subprocess.PIPE,
                                      env=environment(), cwd=SOURCE, timeout=60)
                self.assertIn(done.returncode, (OUR_FAILURE, YOUR_INPUT))
                self.assertNotIn(b"bug", done.stderr)  # a full disk is none


if __name__ == "__main__":
    main()
