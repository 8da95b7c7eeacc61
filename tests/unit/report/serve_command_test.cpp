// Is the command one that the engine would take, and does it say what the plan relies on?
#include "sim/report/serve_command.hpp"

#include <gtest/gtest.h>

#include "tests/unit/report/plan_sample.hpp"

namespace kvsim::report {
namespace {

spec::RunSpec of_plan() { return *sample::plan().run; }

TEST(ServeCommand, NamesWhatThePlanReliesOn) {
  const ServeCommand command = serve_command(of_plan());
  EXPECT_EQ(command.line(),
            "vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 8 --max-num-seqs 128 "
            "--max-num-batched-tokens 8192 --gpu-memory-utilization 0.92 --max-model-len auto");
  EXPECT_EQ(command.notes,
            (std::vector<std::string>{"5 replicas are 5 such servers, each on 8 GPUs of its own, "
                                      "behind a router that chooses by least_outstanding."}));
}

TEST(ServeCommand, NamesWhatVllmWouldNotChoose) {
  spec::RunSpec run = of_plan();
  run.cluster.replicas = 1;
  run.engine.max_model_len = 32'768;
  run.engine.block_size = 64;
  run.engine.kv_cache_dtype = spec::KvDtype::Fp8;
  run.engine.enable_prefix_caching = false;
  run.engine.enable_expert_parallel = true;
  run.engine.async_scheduling = false;
  run.engine.scheduler_reserve_full_isl = false;
  run.engine.watermark = 0.05;
  run.engine.max_cudagraph_capture_size = 512;
  const ServeCommand command = serve_command(run);
  EXPECT_EQ(command.lines(),
            "vllm serve deepseek-ai/DeepSeek-V3 \\\n"
            "    --tensor-parallel-size 8 \\\n"
            "    --enable-expert-parallel \\\n"
            "    --max-num-seqs 128 \\\n"
            "    --max-num-batched-tokens 8192 \\\n"
            "    --gpu-memory-utilization 0.92 \\\n"
            "    --max-model-len 32768 \\\n"
            "    --block-size 64 \\\n"
            "    --kv-cache-dtype fp8 \\\n"
            "    --no-enable-prefix-caching \\\n"
            "    --no-async-scheduling \\\n"
            "    --no-scheduler-reserve-full-isl \\\n"
            "    --watermark 0.05 \\\n"
            "    --max-cudagraph-capture-size 512");
  EXPECT_TRUE(command.notes.empty());
}

TEST(ServeCommand, LeavesOutWhatAnOlderVllmDoesNotHave) {
  spec::RunSpec run = of_plan();
  run.engine.profile = "vllm-0.10";
  run.engine.async_scheduling = false;
  run.engine.scheduler_reserve_full_isl = false;
  run.engine.cudagraph_capture_sizes = {1, 2, 4};
  EXPECT_EQ(serve_command(run).line(),
            "vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 8 --max-num-seqs 128 "
            "--max-num-batched-tokens 8192 --gpu-memory-utilization 0.92");
}

TEST(ServeCommand, SpeaksSglang) {
  spec::RunSpec run = of_plan();
  run.engine.profile = "sglang-0.5";
  run.engine.block_size = 1;
  run.engine.enable_mixed_chunk = false;
  run.engine.gpu_memory_utilization = 0.88;
  run.engine.kv_cache_dtype = spec::KvDtype::Fp8;
  EXPECT_EQ(serve_command(run).line(),
            "python -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 --tp 8 "
            "--max-running-requests 128 --chunked-prefill-size 8192 --mem-fraction-static 0.88 "
            "--kv-cache-dtype fp8_e4m3");
  EXPECT_TRUE(serve_command(run).notes[0].starts_with("--mem-fraction-static leaves out"));
}

TEST(ServeCommand, SpeaksTensorRtLlm) {
  spec::RunSpec run = of_plan();
  run.engine.profile = "trtllm-1.0";
  run.engine.gpu_memory_utilization = 0.9;
  run.engine.block_size = 32;
  const ServeCommand command = serve_command(run);
  EXPECT_EQ(command.line(),
            "trtllm-serve deepseek-ai/DeepSeek-V3 --backend pytorch --tp_size 8 --max_batch_size "
            "128 --max_num_tokens 8192 --kv_cache_free_gpu_memory_fraction 0.9 "
            "--extra_llm_api_options extra.yaml");
  EXPECT_EQ(command.notes[0],
            "extra.yaml holds: {enable_chunked_prefill: true, disable_overlap_scheduler: false, "
            "kv_cache_config: {enable_block_reuse: true, tokens_per_block: 32}}.");
}

TEST(ServeCommand, SaysWhatItsPlaceholderStandsFor) {
  spec::RunSpec run = of_plan();
  run.cluster.replicas = 1;
  run.model.source = "Hugging Face config.json, model_type deepseek_v3";
  EXPECT_TRUE(serve_command(run).line().starts_with("vllm serve MODEL --tensor-parallel-size 8"));
  EXPECT_EQ(serve_command(run).notes,
            (std::vector<std::string>{
                "MODEL stands for the checkpoint of deepseek-v3: its name on Hugging Face or a "
                "path."}));
  run = of_plan();
  run.cluster.replicas = 1;
  run.model.weight_dtype = spec::Dtype::Fp8Block;
  run.overrides = {{"model.attention", "{variant: mha}"}};
  EXPECT_EQ(serve_command(run).notes,
            (std::vector<std::string>{
                "MODEL stands for a checkpoint that has what the study changes in deepseek-v3: "
                "model.attention.",
                "The weights are taken to be fp8_block in the checkpoint."}));
}

TEST(ServeCommand, SaysWhatHasNoFlag) {
  spec::RunSpec run = of_plan();
  run.engine.kv_cache_dtype = spec::KvDtype::Int4Group32;
  EXPECT_EQ(serve_command(run).line().find("--kv-cache-dtype"), std::string::npos);
  EXPECT_EQ(serve_command(run).notes[0], "vLLM has no flag for a KV cache in int4_group32.");
}

}  // namespace
}  // namespace kvsim::report
