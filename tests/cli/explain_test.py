#!/usr/bin/env python3
"""Does `kvsim explain` derive every figure, for every kind of attention and layout?

The arithmetic stands beside the expected figures; texts are compared whole where they are short.
"""

import json

from kvsim_cli import DOES_NOT_FIT, TINY, CliTest, main

KV = ("explain", "kv", "--model")
MEMORY = ("explain", "memory", "--model")
STEP = ("explain", "step", "--model")

# 32 layers of (2 · 8 KV heads · 128 · 2 B) = 131 072 B per token. With 16 GPUs for 8 heads each
# holds one: 16 384 B. 1000 tokens: 125 MiB once; 63 blocks of 16 · 16 384 B on each GPU.
LLAMA_ON_16 = """\
llama-3.1-8b: 131 072 B of KV cache per token (gqa, bf16)
  full_attention: 32 layers x 2 (K and V) x 8 KV heads x 128 head_dim x 2 B (bf16) = 131072 B per token
on each of 16 GPU(s): 16 384 B per token; a sequence is stored 2 times in all
  tp 16 > 8 KV heads: each is copied 2 times
one sequence of 1 000 tokens
  stored    125 MiB in one copy of the model
  reserved  15.8 MiB per GPU: 63 blocks of 262 144 B for 16 tokens
            15.8 MiB per GPU at most, while prefilling 8192 tokens a step
            a last block lacks 7.5 tokens on average: 0.74 % of the reserved
  read      15.6 MiB per GPU by one decode step
  copied    in 0.485 ms over nvlink3 (276 GB/s)
            in 5.05 ms over pcie4-x16 (26 GB/s)
            in 1.36 ms over rdma-8x-roce (152.6 GB/s)
"""


class Kv(CliTest):
    def test_the_text_derives_the_answer(self):
        result = self.succeeds(*KV, "llama-3.1-8b", "--tp", "16", "--context", "1000")
        self.assertEqual((result.out, result.err), (LLAMA_ON_16, ""))

    def test_json_says_the_same_in_numbers(self):
        answer = self.json_of(*KV, "llama-3.1-8b", "--tp", "16", "--context", "1000")
        self.assertEqual(answer["replication"], 2)
        self.assertEqual(answer["kv_bytes_at_context"], 1000 * 131072)
        self.assertEqual(answer["kv_bytes_per_token_per_gpu"], 16384)
        self.assertEqual(answer["kv_bytes_reserved_per_gpu"], 63 * 16 * 16384)
        self.assertEqual(answer["kv_bytes_read_per_step_per_gpu"], 1000 * 16384)
        # 10 us and 131 072 000 B at 26 GB/s
        self.assertAlmostEqual(answer["kv_copy_ms_at_context"]["pcie4-x16"], 0.01 + 131072 / 26e3)
        self.assertEqual(answer["block_size"], 16)
        self.assertEqual(answer["internal_fragmentation_tokens"], 7.5)
        self.assertEqual(answer["internal_fragmentation_share"], 7.5 / 16 / 63)
        self.assertIsInstance(answer["derivation"], str)
        self.assertEqual(answer["groups"], [
            {"name": "full_attention", "layers": 32, "reading_layers": 32, "span": "full",
             "span_tokens": 0, "bytes_per_token": 4096, "state_bytes": 0,
             "equation": "2 (K and V) x 8 KV heads x 128 head_dim x 2 B (bf16)"}])

    def test_windows_stop_growing(self):
        # Gemma 3 27B: 2 · 16 KV heads · 128 · 2 B = 8192 B per token and layer; 52 layers keep 1024
        # tokens, 10 keep all. At 2000 tokens vLLM's 7 groups of 10 layers hold, in blocks of 16:
        # 6 windows (2000 - 61 · 16 tokens: 64 blocks) and 125 blocks of full attention.
        answer = self.json_of(*KV, "gemma-3-27b", "--context", "2000")
        self.assertEqual(answer["kv_bytes_per_token"], 10 * 8192)
        self.assertEqual(answer["kv_bytes_per_sequence_constant"], 52 * 1024 * 8192)
        self.assertEqual(answer["kv_bytes_at_context"], (52 * 1024 + 10 * 2000) * 8192)
        self.assertEqual(answer["kv_bytes_read_per_step_per_gpu"], answer["kv_bytes_at_context"])
        self.assertEqual(answer["kv_bytes_reserved_per_gpu"], (6 * 64 + 125) * 16 * 10 * 8192)
        self.assertEqual([(g["name"], g["layers"], g["span"], g["span_tokens"])
                          for g in answer["groups"]],
                         [("sliding_attention", 52, "window", 1024),
                          ("full_attention", 10, "full", 0)])
        self.assertEqual(answer["derivation"].count("; "), 1)

    def test_states_are_constant(self):
        # Qwen3-Next: 36 layers with 32 heads · 128 · 128 in fp32 and 3 taps of 8192 bf16 channels.
        state = 32 * 128 * 128 * 4 + 3 * 8192 * 2
        answer = self.json_of(*KV, "qwen3-next-80b-a3b", "--context", "100000")
        self.assertEqual(answer["kv_bytes_per_sequence_constant"], 36 * state)
        self.assertEqual(answer["kv_bytes_at_context"], 36 * state + 100000 * 24576)
        self.assertEqual([(g["span"], g["state_bytes"]) for g in answer["groups"]],
                         [("state", state), ("full", 0)])

    def test_layouts_that_no_run_can_have_yet_are_accounted_for(self):
        # DeepSeek-V3: 61 layers of 1152 B. Two stages: 31 and 30 layers; of 8 tensor ranks, each
        # with the whole latent, 4 share a context: 31 · 1152 / 4 = 8928 B per token.
        answer = self.json_of(*KV, "deepseek-v3", "--tp", "8", "--pp", "2", "--dcp", "4", "--dp", "2")
        self.assertEqual(answer["kv_bytes_per_token_per_gpu"], 31 * 1152 // 4)
        self.assertEqual(answer["replication"], 2)
        self.assertIsNone(answer["kv_bytes_read_per_step_per_gpu"])
        text = self.succeeds(*KV, "deepseek-v3", "--tp", "8", "--pp", "2", "--dcp", "4", "--dp",
                             "2").out
        for reason in ("on each of 32 GPU(s): 8 928 B per token; a sequence is stored 2 times in all",
                       "MLA: every tensor rank holds the whole latent",
                       "dcp 4: the tokens of a sequence are dealt out to 4 of the ranks",
                       "pp 2: the largest stage has 31 of 61 layers",
                       "dp 2: each rank holds sequences of its own, none is copied"):
            self.assertIn(reason, text)
        self.assertNotIn("decode step", text)

    def test_formats_with_scales_count_them(self):
        # Llama-3.1-8B, per token 32 · 2 · 8 = 512 vectors of 128 values.
        for word, vector in [("fp8", 128), ("fp8_per_token_head", 128 + 4),
                             ("int4_group32", 64 + 4 * 4), ("int4_group128", 64 + 4),
                             ("nvfp4", 64 + 8)]:
            with self.subTest(word=word):
                answer = self.json_of(*KV, "llama-3.1-8b", "--kv-cache-dtype", word)
                self.assertEqual(answer["kv_bytes_per_token"], 512 * vector)
                self.assertEqual(answer["kv_cache_dtype"], word)
        # DeepSeek-V3 in FlashMLA's layout: 512 e4m3 + 4 · 4 B scales + 64 · 2 B.
        answer = self.json_of(*KV, "deepseek-v3", "--kv-cache-dtype", "fp8_ds_mla")
        self.assertEqual(answer["kv_bytes_per_token"], 61 * 656)

    def test_a_larger_block_leaves_more_empty(self):
        answer = self.json_of(*KV, "llama-3.1-8b", "--block-size", "64", "--context", "1000")
        self.assertEqual(answer["internal_fragmentation_tokens"], 31.5)
        self.assertEqual(answer["kv_bytes_reserved_per_gpu"], 16 * 64 * 131072)

    def test_a_layout_that_cannot_be_is_refused_with_the_reason(self):
        self.assertEqual(self.refuses(*KV, "llama-3.1-70b", "--tp", "16", "--dcp", "4"), """\
--set engine.decode_context_parallel_size=4:1:37: error: 4 context ranks, but tensor parallelism \
makes only 2 copies of each KV head [engine.decode_context_parallel_size]
    engine.decode_context_parallel_size=4
                                        ^
    note: decode_context_parallel_size is at most tensor_parallel_size / KV heads
""")
        for names, args in [
            ("32 attention heads cannot be shared by 6 GPUs", ["llama-3.1-8b", "--tp", "6"]),
            ("33 pipeline stages for 32 layers", ["llama-3.1-8b", "--pp", "33"]),
            ("has no experts to deal out", ["llama-3.1-8b", "--tp", "2", "--ep"]),
            ("no layout of MLA's latent is known in nvfp4",
             ["deepseek-v3", "--kv-cache-dtype", "nvfp4"]),
            ("--dcp: Value 0 not in range", ["llama-3.1-8b", "--dcp", "0"]),
        ]:
            with self.subTest(args=args):
                self.refuses(*KV, *args, names=names)


class Memory(CliTest):
    def test_the_budget_adds_up(self):
        budget = self.json_of(*MEMORY, "llama-3.1-8b", "--gpu", "h100-sxm")
        spent = sum(budget[key] for key in ("weights_bytes", "peak_activation_bytes",
                                            "non_torch_bytes", "cuda_graph_bytes"))
        self.assertEqual(budget["requested_bytes"] - spent, budget["available_kv_bytes"])
        self.assertEqual(budget["weights_bytes"], 2 * 8029995008)
        self.assertEqual(budget["block_bytes"], 16 * 131072)
        self.assertEqual(budget["num_gpu_blocks"],
                         budget["available_kv_bytes"] // budget["block_bytes"])
        self.assertEqual(budget["usable_blocks"], budget["num_gpu_blocks"] - 1)
        self.assertEqual(budget["kv_cache_tokens"], 16 * budget["usable_blocks"])
        self.assertTrue(budget["fits"])

    def test_flags_are_the_engines_keys(self):
        # 1025 blocks, one is never used: 1024 · 16 tokens are two sequences of 8192. vLLM's own log
        # counts all: 1025 / 512 · 8192 = 16 400.
        flags = ["--max-model-len", "8192", "--num-gpu-blocks-override", "1025", "--max-num-seqs",
                 "32", "--max-num-batched-tokens", "2048", "--gpu-memory-utilization", "0.5"]
        budget = self.json_of(*MEMORY, "llama-3.1-8b", *flags)
        self.assertEqual(budget["max_model_len"], 8192)
        self.assertEqual(budget["num_gpu_blocks"], 1025)
        self.assertEqual(budget["blocks_per_sequence"], 512)
        self.assertEqual(budget["max_concurrency"], 2)
        self.assertEqual(budget["requested_bytes"], budget["total_bytes"] // 2)
        self.assertEqual(budget["log_line"],
                         ["GPU KV cache size: 16,400 tokens",
                          "Maximum concurrency for 8,192 tokens per request: 2.00x"])
        text = self.succeeds(*MEMORY, "llama-3.1-8b", *flags).out
        self.assertTrue(text.startswith("HBM of one h100-sxm under llama-3.1-8b with "
                                        "tensor_parallel_size 1\n"))
        for line in budget["log_line"]:
            self.assertEqual(text.count(line), 1)

    def test_groups_show_the_padding(self):
        # 52 sliding layers in groups of 10 make 6 groups with 8 layers too many.
        groups = self.json_of(*MEMORY, "gemma-3-27b", "--gpu", "h200-sxm")["groups"]
        self.assertEqual(groups, [
            {"name": "sliding_attention", "copies": 6, "layers_per_group": 10, "padding_layers": 8,
             "block_size": 16, "span": "window", "span_tokens": 1024},
            {"name": "full_attention", "copies": 1, "layers_per_group": 10, "padding_layers": 0,
             "block_size": 16, "span": "full", "span_tokens": 0}])

    def test_other_parallel_layouts_are_accounted_for(self):
        alone = self.json_of(*MEMORY, "llama-3.1-70b", "--tp", "8", "--gpu", "h200-sxm")
        staged = self.json_of(*MEMORY, "llama-3.1-70b", "--tp", "8", "--pp", "2", "--gpu",
                              "h200-sxm")
        self.assertEqual(staged["kv_bytes_per_token_per_gpu"],
                         alone["kv_bytes_per_token_per_gpu"] // 2)
        self.assertLess(staged["weights_bytes"], 0.55 * alone["weights_bytes"])
        self.assertIn("with tensor_parallel_size 8, pipeline_parallel_size 2\n",
                      self.succeeds(*MEMORY, "llama-3.1-70b", "--tp", "8", "--pp", "2").out)

    def test_what_does_not_fit_is_shown_and_has_its_exit_code(self):
        result = self.kvsim(*MEMORY, "deepseek-v3", "--format", "json")
        self.assertEqual(result.code, DOES_NOT_FIT)
        self.assertFalse(json.loads(result.out)["fits"])
        self.assertLess(json.loads(result.out)["available_kv_bytes"], 0)

    def test_a_wrong_value_is_the_configs_own_error(self):
        self.assertEqual(self.refuses(*MEMORY, "llama-3.1-8b", "--block-size", "0"), """\
--set engine.block_size=0:1:19: error: '0' is too small [engine.block_size]
    engine.block_size=0
                      ^
    note: block_size must be at least 1
""")


class Step(CliTest):
    def test_a_runs_profile_is_made_of_these_steps(self):
        self.write("tiny.yaml", TINY)
        profile = self.json_of("run", "tiny.yaml")["runs"][0]["step_profile"]

        def explained(batch, context):
            return self.json_of(*STEP, "llama-3.1-8b", "--set", "engine.max_model_len=4096",
                                "--batch", batch, "--context", context)

        for points in (profile["by_batch"], profile["by_context"]):
            for i, (batch, context) in enumerate(zip(points["batch"], points["context"])):
                step = explained(batch, context)
                for bucket, times in points["time_in_s"].items():
                    self.assertAlmostEqual(1e3 * times[i], step["step_ms"] * step["time_share"][bucket],
                                           delta=1e-12 * step["step_ms"], msg=(bucket, batch, context))
        self.assertEqual(profile["by_context"]["context"], [128, 256, 512, 1024, 2048, 4096])
        step = explained(profile["batch"], profile["context"])
        self.assertEqual([(o["operator"], o["flops"], o["bound"], o["provenance"])
                          for o in profile["operators"]],
                         [(o["name"], o["flops"], o["bound"], o["provenance"])
                          for o in step["operators"]])
        for ours, theirs in zip(profile["operators"], step["operators"]):
            self.assertAlmostEqual(1e3 * ours["time_s"], theirs["ms"], places=12)

    def test_expert_parallelism_names_the_busiest_gpu(self):
        # Uniform routing: 64 tokens to 8 of 256 experts reach 256 · (1 - (1 - 8/256)^64) of them.
        reached = 256 * (1 - (1 - 8 / 256) ** 64)
        step = self.json_of(*STEP, "deepseek-v3", "--tp", "8", "--ep", "--gpu", "h200-sxm", "--batch",
                            "64", "--context", "4096")
        experts = step["experts"]
        self.assertEqual((experts["experts"], experts["experts_per_gpu"]), (256, 32))
        self.assertAlmostEqual(experts["expected_distinct_per_gpu"], reached / 8, places=6)
        self.assertGreater(experts["load_imbalance"], 1)
        text = self.succeeds(*STEP, "deepseek-v3", "--tp", "8", "--ep", "--gpu", "h200-sxm",
                             "--batch", "64", "--context", "4096").out
        self.assertIn(f"\nexperts: 64 rows, 8 experts each, reach {reached / 8:.1f} of 32 in every "
                      "MoE layer on the average GPU (256 in all); the busiest GPU has ", text)

    def test_without_experts_there_is_no_such_line(self):
        self.assertIsNone(self.json_of(*STEP, "llama-3.1-8b")["experts"])
        self.assertNotIn("experts", self.succeeds(*STEP, "llama-3.1-8b").out)

    def test_windows_bound_what_a_step_reads(self):
        # Mistral 7B v0.1: 32 layers · 2 · 8 · 128 · 2 B = 131 072 B per token, 4096 at most.
        for context, read in [(1000, 1000), (4096, 4096), (20000, 4096)]:
            step = self.json_of(*STEP, "mistral-7b-v0.1", "--batch", "3", "--context", context)
            self.assertEqual(step["kv_bytes_per_gpu"], 3 * read * 131072)

    def test_every_kind_of_attention_has_a_step(self):
        for model in ("gemma-3-4b", "gpt-oss-20b", "llama-4-scout", "qwen3-next-80b-a3b",
                      "nemotron-3-nano-30b-a3b", "minimax-text-01", "kimi-linear-48b-a3b", "nsa-27b",
                      "deepseek-v3.2", "gemma-3n-e4b", "yoco-3b"):
            with self.subTest(model=model):
                step = self.json_of(*STEP, model, "--batch", "4", "--context", "3000",
                                    "--prefill-tokens", "64")
                self.assertGreater(step["kv_bytes_per_gpu"], 0)
                self.assertAlmostEqual(sum(step["time_share"].values()), 1)

    def test_layouts_that_no_run_can_have_yet_are_refused_by_name(self):
        for key in ("pipeline_parallel_size", "data_parallel_size"):
            with self.subTest(key=key):
                self.refuses(*STEP, "llama-3.1-8b", "--set", f"engine.{key}=2",
                             names=f"cannot be simulated yet: {key} = 2")


if __name__ == "__main__":
    main()
