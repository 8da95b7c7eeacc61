#!/usr/bin/env python3
"""Does `kvsim calibrate` lead from an invented table to a card, and refuse what it cannot use?"""

import csv
import json
import re

from kvsim_cli import CliTest, main

FIT = ("calibrate", "fit", "--table", "table.csv", "--gpu", "h100-sxm", "--out", "card.yaml")
GEMM = (*FIT, "--op", "gemm")


def product_us(m, n, k):
    """An invented kernel: 3 us, the weights at 2.9 TB/s, the FLOPs at 800 TFLOP/s, one after the other."""
    return 3 + 2 * (n * k + m * n + m * k) / 2.9e6 + 2 * m * n * k / 800e6


def product_table(dtypes=("bf16",)):
    lines = ["stack,kernel,dtype,m,n,k,latency_us"]
    for dtype in dtypes:
        for n in (1024, 4096, 8192, 28672):
            for k in (1024, 2048, 4096, 8192):
                for m in (1, 16, 64, 256, 1024, 4096):
                    lines.append(f"toy-1.0,gemm,{dtype},{m},{n},{k},{product_us(m, n, k):.4f}")
    return "\n".join(lines) + "\n"


RAW_COLUMNS = "op,role,dtype,kernel,shape,cache,median_us,above_peak"
MANIFEST = {"program": "kvsim-calibrate", "device": "synthetic, written by a test", "gpu": "h100-sxm",
            "driver": "none", "date": "2026-01-01T00:00:00Z", "commit": "0"}


def raw_samples():
    """What kvsim-calibrate would write of an invented GPU: synthetic, of products and of MLA."""
    lines = [RAW_COLUMNS]
    rows = (1, 16, 64, 256, 2048, 33, 8192, 5, 128, 512, 1000, 200, 4096)
    weights = ((4096, 4096), (6144, 4096), (28672, 4096), (4096, 14336), (10240, 8192), (57344, 8192),
               (8192, 28672), (8192, 8192))
    for i, (n, k) in enumerate(weights):
        for j in range(6):
            m = rows[(6 * i + j) % len(rows)]
            lines.append(f"gemm,card,bf16,cublaslt:algo66,m={m} n={n} k={k},cold,{product_us(m, n, k):.4f},0")
    batches = ((128, 8192), (64, 32768), (1, 131072), (33, 3017), (256, 2048), (5, 30001), (1, 1000), (512, 509),
               (16, 16384), (131, 700), (2, 60001), (512, 128), (8, 65536), (17, 517), (64, 6001), (3, 1000))
    for round_number in range(2):
        for batch, ctx in batches:
            time = 9 + 0.01 * batch + (1152 * ctx + 34816) * batch / (0.9 * 3.35e6) + 0.01 * round_number
            lines.append(f"decode_attention_mla,card,bf16,mla-16rows-5stages,batch={batch} heads=16 ctx={ctx} page=64,"
                         f"cold,{time:.4f},0")
    lines.append("decode_attention,mixed,bf16,mma,batch=2 heads=8 kv_heads=1 head_dim=128 ctx=9 mix=spread,cold,5,0")
    return "\n".join(lines) + "\n"


class Raw(CliTest):
    FIT = ("calibrate", "fit", "--raw", "raw", "--out", "cards")

    def write_raw(self, manifest=MANIFEST):
        (self.folder / "raw").mkdir(exist_ok=True)
        self.write("raw/raw.csv", raw_samples())
        self.write("raw/manifest.json", json.dumps(manifest))

    def test_samples_become_a_measured_card_per_operator_and_format(self):
        self.write_raw()
        said = self.succeeds(*self.FIT).out
        self.assertIn("h100-sxm/gemm/kvsim-cuda/bf16: 48 samples fitted", said)
        self.assertIn("h100-sxm/decode_attention_mla/kvsim-cuda/bf16: 32 samples fitted", said)
        names = sorted(path.name for path in (self.folder / "cards").iterdir())
        self.assertEqual(names, ["h100-sxm-decode-attention-mla-kvsim-cuda-bf16.yaml",
                                 "h100-sxm-gemm-kvsim-cuda-bf16.yaml"])
        card = (self.folder / "cards" / names[0]).read_text()
        for words in ("provenance: measured", "stack: kvsim-cuda", "kernel: mla", "synthetic, written by a test"):
            self.assertIn(words, card)
        efficiency = re.search(r"bandwidth_efficiency: ([0-9.]+)", card)
        self.assertAlmostEqual(float(efficiency.group(1)), 0.9, delta=0.02)

    def test_one_operator_can_be_chosen(self):
        self.write_raw()
        self.succeeds(*self.FIT, "--op", "gemm")
        self.assertEqual(len(list((self.folder / "cards").iterdir())), 1)
        self.refuses(*self.FIT, "--op", "moe", names="no samples of this operator")

    def test_samples_without_their_origin_are_no_measurement(self):
        self.write_raw({key: MANIFEST[key] for key in MANIFEST if key != "driver"})
        self.refuses(*self.FIT, names=["manifest.json", "has no driver"])
        self.write_raw({**MANIFEST, "gpu": ""})
        self.refuses(*self.FIT, names="the catalogue has no 'synthetic")
        self.write_raw()
        self.refuses(*self.FIT, "--gpu", "h200-sxm", names="of h100-sxm, not of h200-sxm")
        self.refuses("calibrate", "fit", "--out", "cards", names=["nothing to fit", "--raw DIR"])
        self.refuses("calibrate", "fit", "--raw", "none", "--out", "cards", names="none/manifest.json")


class Calibrate(CliTest):
    def test_a_table_becomes_a_card_that_predicts_it(self):
        self.write("table.csv", product_table())
        said = self.succeeds(*GEMM, "--source", "invented").out
        self.assertIn("h100-sxm/gemm/toy-1.0/bf16: 96 rows fitted", said)
        self.assertIn("held out, 5 by shape of the weights", said)
        evaluation = self.json_of("calibrate", "evaluate", "--card", "card.yaml", "--table", "table.csv")
        self.assertEqual(evaluation["n"], 96)
        self.assertEqual(evaluation["rejected"], 0)
        self.assertLess(evaluation["mape"], 0.08)
        self.assertEqual(set(evaluation["regime"]), {"m <= 256", "m >= 1024"})
        self.assertEqual(evaluation["dtype"]["bf16"]["n"], 96)
        for word in ("mape", "median", "p95", "wape", "bias"):
            self.assertIn(word, evaluation["regime"]["m <= 256"])

    def test_the_same_table_gives_the_same_card(self):
        self.write("table.csv", product_table())
        self.succeeds(*GEMM)
        first = (self.folder / "card.yaml").read_bytes()
        self.succeeds(*GEMM)
        self.assertEqual((self.folder / "card.yaml").read_bytes(), first)

    def test_a_card_is_shown_with_its_equation(self):
        self.write("table.csv", product_table())
        self.succeeds(*GEMM, "--source", "invented")
        shown = self.succeeds("calibrate", "show", "--card", "card.yaml").out
        for words in ("launch", "bandwidth_efficiency", "chain_limit", "fitted-elsewhere",
                      "rows up to 4096", "source: invented", "std. error"):
            self.assertIn(words, shown)
        for name in ("h100-sxm/element_wise", "any/host/vllm-v1"):
            self.assertIn(name, self.succeeds("calibrate", "show", "--card", name).out)

    def test_kernels_of_one_call_are_added(self):
        # 10 + 2 x 3 us at 1 row, 20 + 2 x 4 us at 2; the call with 4 rows lacks a kernel
        self.write("parts.csv", "gpu,layer,tokens,time_us\n"
                   "X,act,1,10\nX,norm,1,3\nX,act,2,20\nX,norm,2,4\nX,act,4,30\nX,other,1,99\n")
        self.succeeds("calibrate", "import", "--format", "llmservingsim", "--op", "element_wise",
                      "--sum", "layer=act,norm,norm", "--column", "bytes_per_row=64", "parts.csv",
                      "--out", "whole.csv")
        with open(self.folder / "whole.csv", newline="") as table:
            rows = {row["rows"]: row["latency_us"] for row in csv.DictReader(table)}
        self.assertEqual(rows, {"1": "16", "2": "28"})

    def test_a_card_says_how_far_off_it_is_on_another_gpu(self):
        self.write("table.csv", product_table())
        self.succeeds(*GEMM, "--transfer-table", "h200-sxm=table.csv")
        card = (self.folder / "card.yaml").read_text()
        self.assertIn("{by: transfer, name: h200-sxm, errors: {points: 96, ", card)
        self.refuses(*GEMM, "--transfer-table", "table.csv", names="not a pair")

    def test_only_own_measurements_count_as_measured(self):
        self.write("table.csv", product_table().replace("toy-1.0", "kvsim-cuda-0.1"))
        self.succeeds(*GEMM)
        self.assertIn("provenance: measured", (self.folder / "card.yaml").read_text())

    def test_of_several_kernels_one_is_fitted_and_the_others_are_named(self):
        # 16-bit formats come first, then vLLM's, then those with the most rows
        other = product_table().replace("toy-1.0", "vllm-0.9").split("\n", 1)[1]
        self.write("table.csv", product_table(("fp8", "bf16")) + other)
        said = self.succeeds(*GEMM)
        self.assertIn("h100-sxm/gemm/vllm-0.9/bf16: 96 rows fitted", said.out)
        self.assertEqual(said.err, "kvsim: note: the table holds several kernels; vllm-0.9 gemm bf16 is "
                         "fitted (96 rows). Others, to be chosen with --stack, --kernel and --dtype: "
                         "toy-1.0 gemm bf16; toy-1.0 gemm fp8\n")
        self.assertEqual(self.succeeds(*GEMM, "--stack", "toy-1.0", "--dtype", "fp8").err, "")
        # A card is judged by its own rows
        evaluation = self.json_of("calibrate", "evaluate", "--card", "card.yaml", "--table", "table.csv")
        self.assertEqual(evaluation["rows"], {"stack": "toy-1.0", "kernel": "gemm", "dtype": "fp8"})
        self.assertEqual(evaluation["n"], 96)
        # of another GPU's table as far as that has them
        self.write("table.csv", product_table(("fp8",)).replace("toy-1.0", "toy-2.0"))
        evaluation = self.json_of("calibrate", "evaluate", "--card", "card.yaml", "--table", "table.csv")
        self.assertEqual(evaluation["rows"], {"stack": "", "kernel": "gemm", "dtype": "fp8"})

    def test_what_cannot_be_fitted_is_named(self):
        self.write("table.csv", product_table().replace("stack,kernel,dtype,m,", "stack,kernel,dtype,rows,"))
        self.refuses(*GEMM, names="'m'")
        self.refuses(*FIT, "--op", "gemn", names=["gemn", "did you mean 'gemm'?"])
        self.write("table.csv", product_table())
        self.refuses(*GEMM, "--dtype", "fp8", names=["fp8", "toy-1.0 gemm bf16"])
        self.refuses("calibrate", "fit", "--table", "table.csv", "--op", "gemm", "--gpu", "h101-sxm",
                     "--out", "card.yaml", names="h101-sxm")
        self.refuses("calibrate", "fit", "--table", "none.csv", "--op", "gemm", "--out", "card.yaml",
                     names="none.csv")
        self.write("table.csv", "m,n,k,latency_us\n1,1024,1024,5\n2,1024,1024,5\n")
        self.refuses(*GEMM, names="2 rows cannot determine")

    def test_cards_are_written_whole_or_not_at_all(self):
        self.write("table.csv", product_table())
        (self.folder / "card.yaml").mkdir()
        self.refuses(*GEMM, names="card.yaml")

    def test_an_unknown_card_is_refused(self):
        self.refuses("calibrate", "show", "--card", "h100-sxm/element_wiser",
                     names=["element_wiser", "did you mean 'h100-sxm/element_wise'?"])


class Import(CliTest):
    def rows(self):
        with open(self.folder / "ours.csv", newline="") as file:
            return list(csv.DictReader(file))

    def imports(self, form, op, content, *more):
        self.write("theirs.csv", content)
        self.succeeds("calibrate", "import", "--format", form, "--op", op, "theirs.csv", "--out", "ours.csv",
                      *more)
        return self.rows()

    def test_aiconfigurator(self):
        [row] = self.imports(
            "aiconfigurator", "decode_attention",
            "framework,version,device,op_name,kernel_source,attn_dtype,kv_cache_dtype,batch_size,isl,"
            "num_heads,num_key_value_heads,head_dim,step,latency\n"
            "VLLM,0.24.0,H100,generation_attention,fa3,bfloat16,bfloat16,32,1,64,8,128,2047,0.25\n")
        self.assertEqual(row, {"stack": "vllm-0.24.0", "kernel": "fa3", "kv_dtype": "bf16", "batch": "32",
                               "heads": "64", "kv_heads": "8", "head_dim": "128", "ctx": "2048",
                               "latency_us": "250"})
        [row] = self.imports(
            "aiconfigurator", "moe",
            "framework,version,device,op_name,kernel_source,moe_dtype,num_tokens,hidden_size,inter_size,topk,"
            "num_experts,moe_tp_size,moe_ep_size,distribution,latency\n"
            "TRTLLM,1.0,H100,moe,cutlass,fp8,8,4096,1536,8,128,1,2,power_law_1.2,0.1\n")
        self.assertEqual((row["routing"], row["moe_ep"], row["latency_us"]), ("pl1.2", "2", "100"))

    def test_vidur(self):
        content = ("n_embd,n_q_head,n_kv_head,num_tensor_parallel_workers,batch_size,prefill_chunk_size,"
                   "kv_cache_size,is_prefill,attention_backend,time_stats.attn_prefill.median,"
                   "time_stats.attn_decode.median\n"
                   "4096,32,8,2,16,0,1023,False,FLASHINFER,0,0.05\n"
                   "4096,32,8,2,1,512,0,True,FLASHINFER,0.2,0\n")
        [row] = self.imports("vidur", "decode_attention", content)
        self.assertEqual(row, {"kernel": "FLASHINFER", "batch": "16", "heads": "16", "kv_heads": "4",
                               "head_dim": "128", "ctx": "1024", "latency_us": "50"})
        [row] = self.imports("vidur", "prefill_attention", content)
        self.assertEqual((row["isl"], row["latency_us"]), ("512", "200"))

    def test_llmservingsim(self):
        content = ("gpu,model,tp,prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n"
                   "RTX4090,M,1,0,0,4,512,9.5\nRTX4090,M,2,0,0,4,512,8\nA6000,M,1,0,0,4,512,20\n")
        rows = self.imports("llmservingsim", "decode_attention", content, "--where", "gpu=RTX4090",
                            "--column", "heads=32", "--column", "kv_heads=8", "--column", "head_dim=128")
        self.assertEqual([(row["heads"], row["ctx"], row["latency_us"]) for row in rows],
                         [("32", "512", "9.5"), ("16", "512", "8")])

    def test_any_table_with_its_columns_named(self):
        [row] = self.imports("csv", "gemm", "rows,n,k,us\n8,64,32,4\n", "--column", "m=rows", "--column",
                             "latency_us=us")
        self.assertEqual(row, {"m": "8", "n": "64", "k": "32", "latency_us": "4"})

    def test_what_cannot_be_mapped_is_named(self):
        self.write("theirs.csv", "rows,n,us\n8,64,4\n")
        imports = ("calibrate", "import", "--format", "csv", "--op", "gemm", "theirs.csv", "--out", "ours.csv")
        self.refuses(*imports, names=["no column 'm'", "no column 'k'", "no column 'latency_us'", "--column m="])
        self.refuses(*imports, "--column", "width=n", names="'width' is no column")
        self.refuses(*imports, "--column", "m", names="not a pair")
        self.refuses("calibrate", "import", "--format", "vidur", "--op", "moe", "theirs.csv", "--out", "o.csv",
                     names="vidur has no table of this operator")


if __name__ == "__main__":
    main()
