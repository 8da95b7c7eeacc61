#!/usr/bin/env python3
"""Do the catalogues, `kvsim fits` and `kvsim compare-attention` tell the truth without a run?"""

import json

from kvsim_cli import SOURCE, CliTest, main

FITS = ("fits", "--gpu", "h100-sxm")
COMPARE = ("compare-attention", "--model")
# 1025 blocks of 16 tokens, one of which is never used: whatever else changes, 16 384 tokens.
FIXED = ("--set", "engine.num_gpu_blocks_override=1025")

FITS_TEXT = """\
model                TP1         TP2         TP4           TP8
llama-3.1-8b  16.4 k (2)  16.4 k (2)  16.4 k (2)    16.4 k (2)
qwen2.5-7b    16.4 k (2)  16.4 k (2)  16.4 k (2)  28 heads / 8

KV cache tokens of sequences of max_model_len on TP x h100-sxm (79.1 GiB each)
'-': does not fit; 'N heads / TP': cannot be cut so
in brackets: sequences of 8192 tokens at once
kv_cache_dtype auto, block_size 16, gpu_memory_utilization 0.92, max_model_len 8192, \
max_num_batched_tokens 8192
"""

# Llama-3.1-8B: 32 layers, hidden size 4096, 32 query heads of 128. A step of two sequences reads,
# at 3.35 TB/s, the weights without the embedding (128256 · 4096 · 2 B) and 2 · 8192 tokens of KV:
#   MHA  2 · 8 835 301 376 - 1 050 673 152 + 16384 · 524 288 = 25.21 GB: 7.525 ms
#   GQA  2 · 8 029 995 008 - 1 050 673 152 + 16384 · 131 072 = 17.16 GB: 5.121 ms
#   MQA  2 · 7 795 113 984 - 1 050 673 152 + 16384 ·  16 384 = 14.81 GB: 4.420 ms
#   MLA  2 · 8 239 710 208 - 1 050 673 152 + 16384 ·  36 864 = 16.03 GB: 4.786 ms
# MLA caches 4 · 128 + 64 values, 1152 B per layer, and does 2 · 32 · (576 + 512) FLOPs on them.
COMPARE_TEXT = """\
llama-3.1-8b on 1 x h100-sxm: sequences of 8192 tokens, ridge 295 FLOP/B

attention  KV B/token  per GPU  x MHA  KV tokens  sequences  tokens/s  FLOP/B  bound   B params
MHA            524288   524288  1.000      16384          2       266     1.0  memory      8.84
GQA-8 *        131072   131072  0.250      16384          2       391     4.0  memory      8.03
MQA             16384    16384  0.031      16384          2       452    32.0  memory      7.80
MLA             36864    36864  0.070      16384          2       418    60.4  memory      8.24

* as configured; '-': not one such sequence fits
tokens/s: sequences x peak bandwidth / (weights + KV of all sequences, both of one GPU), the most
  that memory allows; efficiencies, collectives and the host come on top (kvsim explain step)
FLOP/B: of decode attention; bound by compute above the ridge
B params: the variants' projections differ in size, and so does what is left for KV
"""


class Catalogues(CliTest):
    def test_models_are_told_in_numbers(self):
        models = {entry["name"]: entry for entry in self.json_of("models")}
        # Llama-3.1-8B in bf16; DeepSeek-V3 with 37.55 of 671 B parameters active (its own figures
        # count the embedding out); Gemma 3 27B: 52 layers keep 1024 tokens of 8192 B.
        self.assertEqual(models["llama-3.1-8b"], {
            "name": "llama-3.1-8b", "attention": "gqa", "layers": "gqa", "num_hidden_layers": 32,
            "kv_bytes_per_token": 131072, "kv_bytes_per_sequence_constant": 0,
            "parameters": 8029995008, "active_parameters": 8029995008,
            "weight_bytes": 2 * 8029995008, "max_position_embeddings": 131072,
            "source": "meta-llama/Meta-Llama-3.1-8B config.json"})
        self.assertEqual(models["gemma-3-27b"]["kv_bytes_per_sequence_constant"], 52 * 1024 * 8192)
        self.assertAlmostEqual(models["deepseek-v3"]["active_parameters"] / 37.55e9, 1, places=3)

    def test_models_say_what_layers_there_are(self):
        layers = {entry["name"]: entry["layers"] for entry in self.json_of("models")}
        for name, words in [("gemma-3-27b", "gqa, 52 of 62 sliding (1024)"),
                            ("deepseek-v3.2", "mla+indexer"), ("nsa-27b", "gqa+nsa"),
                            ("llama-4-scout", "gqa, 36 of 48 chunked (8192)"),
                            ("qwen3-next-80b-a3b", "gqa, 36 of 48 gated_delta_net"),
                            ("hunyuan-large", "gqa, 32 of 64 share KV")]:
            self.assertEqual(layers[name], words)

    def test_gpus_are_told_in_numbers(self):
        [gpu] = self.json_of("gpus", "h100-sxm")
        self.assertEqual({key: gpu[key] for key in gpu if key != "source"}, {
            "name": "h100-sxm", "hbm_capacity_bytes": 80 * 10**9, "hbm_visible_bytes": 84932978278,
            "hbm_bytes_per_second": 3.35e12, "peak_bf16_flops": 989e12, "peak_fp8_flops": 1979e12,
            "peak_fp4_flops": None, "streaming_multiprocessors": 132, "l2_cache_bytes": 50 * 10**6,
            "nvlink_bytes_per_second": 450e9, "pcie_bytes_per_second": 64e9, "tdp_watts": 700})

    def test_names_choose_rows(self):
        self.assertEqual(self.succeeds("models", "llama-3.1-8b").out, """\
model         attention  layers  KV B/token  constant B  B params  B active   GiB  source
llama-3.1-8b  gqa            32      131072           0      8.03      8.03  15.0  \
meta-llama/Meta-Llama-3.1-8B config.json
""")
        self.assertEqual(len(self.json_of("gpus", "h200-sxm", "h100-sxm")), 2)

    def test_an_unknown_name_is_met_with_the_right_one(self):
        self.assertEqual(self.refuses("models", "llama-3.1-8c"), """\
kvsim: error: no model is called 'llama-3.1-8c'
    note: did you mean 'llama-3.1-8b'?
    note: 'kvsim models' lists all
""")
        self.refuses("gpus", "h100-smx", names="did you mean 'h100-sxm'?")


class Fits(CliTest):
    def test_the_table_has_a_row_for_each_model(self):
        result = self.succeeds(*FITS, "--model", "llama-3.1-8b", "--model", "qwen2.5-7b",
                               "--max-model-len", "8192", "--context", "8192", *FIXED)
        self.assertEqual((result.out, result.err), (FITS_TEXT, ""))

    def test_json_agrees_with_explain_memory(self):
        answer = self.json_of(*FITS, "--model", "llama-3.1-70b", "--max-tp", "16",
                              "--kv-cache-dtype", "fp8")
        [model] = answer["models"]
        self.assertEqual([fit["tensor_parallel_size"] for fit in model["fits"]], [1, 2, 4, 8, 16])
        for fit in model["fits"]:
            size = fit["tensor_parallel_size"]
            shown = self.kvsim("explain", "memory", "--model", "llama-3.1-70b", "--tp", size,
                               "--kv-cache-dtype", "fp8", "--format", "json")
            budget = json.loads(shown.out)
            self.assertEqual(fit["fits"], budget["fits"])
            self.assertEqual(fit["available_kv_bytes_per_gpu"], budget["available_kv_bytes"])
            if fit["fits"]:
                self.assertEqual(fit["kv_cache_tokens"], budget["kv_cache_tokens"])
                self.assertEqual(fit["sequences"], int(budget["max_concurrency"]))

    def test_without_a_name_all_models_are_tried(self):
        answer = self.json_of("fits", "--gpu", "h200-sxm")
        self.assertEqual(len(answer["models"]), len(list((SOURCE / "configs/models").glob("*.yaml"))))
        self.assertEqual(answer["refused"], [])

    def test_what_one_model_cannot_have_is_a_line_below(self):
        result = self.succeeds(*FITS, "--model", "llama-3.1-8b", "--model", "deepseek-v3", "--model",
                               "opt-13b", "--kv-cache-dtype", "nvfp4", "--max-model-len", "32768")
        self.assertTrue(result.out.endswith("""
not deepseek-v3: no layout of MLA's latent is known in nvfp4
not opt-13b: max_model_len = 32768 is more than the model was made for
"""), result.out)

    def test_what_no_model_can_have_is_an_error(self):
        self.assertEqual(self.refuses(*FITS, "--model", "deepseek-v3", "--kv-cache-dtype", "nvfp4"),
                         """\
--set engine.kv_cache_dtype=nvfp4:1:23: error: no layout of MLA's latent is known in nvfp4 \
[engine.kv_cache_dtype]
    engine.kv_cache_dtype=nvfp4
                          ^
    note: MLA caches bf16, fp16, fp8 or fp8_ds_mla
""")
        self.refuses("fits", names="--gpu is required")
        self.refuses("fits", "--gpu", "h100-smx", names="did you mean 'h100-sxm'?")
        self.refuses(*FITS, "--model", "llama-3.1-8c", names="did you mean 'llama-3.1-8b'?")
        self.refuses(*FITS, "--kv-cache-dtype", "bf61", names="did you mean 'bf16'?")
        self.refuses(*FITS, "--max-tp", "0", names="--max-tp")


class CompareAttention(CliTest):
    def test_the_table_explains_itself(self):
        result = self.succeeds(*COMPARE, "llama-3.1-8b", *FIXED)
        self.assertEqual(result.out, COMPARE_TEXT)
        self.assertIn("kv_lora_rank = 512", result.err)  # what the loader made of `variant: mla`

    def test_rows_are_what_a_study_would_run(self):
        answer = self.json_of(*COMPARE, "deepseek-v3", "--gpu", "h200-sxm", "--tp", "8")
        rows = {row["attention"]: row for row in answer["variants"]}
        self.assertEqual(list(rows), ["MHA", "GQA-8", "MQA", "MLA"])
        self.assertEqual([name for name, row in rows.items() if row["is_own"]], ["MLA"])
        for name, attention in [("MHA", "{variant: mha}"), ("MQA", "{variant: mqa}"), ("MLA", None)]:
            change = ["--set", f"model.attention={attention}"] if attention else []
            kv = self.json_of("explain", "kv", "--model", "deepseek-v3", "--tp", "8", *change)
            self.assertEqual(rows[name]["kv_bytes_per_token"], kv["kv_bytes_per_token"])
            self.assertEqual(rows[name]["kv_bytes_per_token_per_gpu"],
                             kv["kv_bytes_per_token_per_gpu"])
        # MLA 61 · 576 · 2 B over MHA 61 · 2 · 128 heads · 128 · 2 B.
        self.assertAlmostEqual(rows["MLA"]["ratio_to_mha"], 576 / (2 * 128 * 128))
        self.assertAlmostEqual(answer["ridge_flops_per_byte"], 989 / 4.8)

    def test_groups_may_be_chosen(self):
        answer = self.json_of(*COMPARE, "llama-3.1-8b", "--gqa", "16,4,32", "--context", "4096")
        self.assertEqual([row["attention"] for row in answer["variants"]],
                         ["MHA", "GQA-16", "GQA-8", "GQA-4", "MQA", "MLA"])

    def test_a_variant_that_cannot_be_is_a_line_below(self):
        result = self.succeeds(*COMPARE, "llama-3.1-8b", "--gqa", "5", "--kv-cache-dtype", "nvfp4")
        self.assertTrue(result.out.endswith("""
not GQA-5: 'attention' has num_key_value_heads that do not divide num_attention_heads
not MLA: no layout of MLA's latent is known in nvfp4
"""), result.out)

    def test_what_spoils_all_variants_is_an_error(self):
        self.assertEqual(self.refuses(*COMPARE, "llama-3.1-8b", "--tp", "3"), """\
--set engine.tensor_parallel_size=3:1:29: error: 32 attention heads cannot be shared by 3 GPUs \
[engine.tensor_parallel_size]
    engine.tensor_parallel_size=3
                                ^
    note: choose a tensor_parallel_size that divides num_attention_heads
""")
        self.refuses(*COMPARE, "opt-13b", "--context", "4096", names="more than the model was made for")
        self.refuses(*COMPARE, "llama-3.1-8b", "--gqa", "eight", names="--gqa")


if __name__ == "__main__":
    main()
