#include "sim/cli/flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>

namespace kvsim::cli {
namespace {

using Sets = std::vector<std::string>;

CLI::Option* add_engine_key(CLI::App& app, Sets& engine, const std::string& flag,
                            const std::string& key, const std::string& help) {
  const auto write_down = [&engine, key](const std::string& value) {
    engine.push_back(fmt::format("engine.{}={}", key, value));
  };
  return app.add_option_function<std::string>(flag, write_down, help)->type_name("INT");
}

void add_ranks(CLI::App& app, Sets& engine, const std::string& flag, const std::string& key) {
  add_engine_key(app, engine, flag, key, key)->check(CLI::Range(1, 1024))->default_str("1");
}

}  // namespace

void add_model(CLI::App& app, std::string& model) {
  app.add_option("--model", model, "a name (see kvsim models) or a path")->required();
}

void add_gpu(CLI::App& app, std::string& gpu) {
  app.add_option("--gpu", gpu, "a name (see kvsim gpus) or a path")->capture_default_str();
}

void add_context(CLI::App& app, std::int64_t& context, const std::string& help) {
  app.add_option("--context", context, help)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
}

void add_sets(CLI::App& app, Sets& sets, const std::string& help) {
  app.add_option("--set", sets, help)->type_name("KEY=VALUE")->expected(1)->take_all();
}

void add_format(CLI::App& app, std::string& format) {
  app.add_option("--format", format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

void add_seed(CLI::App& app, std::uint64_t& seed) {
  const auto parse = [&seed](const std::string& text) {
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, seed);
    if (error != std::errc() || last != end) {
      throw CLI::ValidationError("--seed",
                                 fmt::format("'{}' is not a whole number from 0 to {}", text,
                                             std::numeric_limits<std::uint64_t>::max()));
    }
  };
  app.add_option_function<std::string>("--seed", parse, "seed of all random streams")
      ->type_name("UINT")
      ->default_str("0");
}

void add_tensor_parallel(CLI::App& app, Sets& engine) {
  add_ranks(app, engine, "--tp", "tensor_parallel_size");
}

void add_expert_parallel(CLI::App& app, Sets& engine) {
  app.add_flag_callback(
      "--ep", [&engine] { engine.emplace_back("engine.enable_expert_parallel=true"); },
      "enable_expert_parallel");
}

void add_other_parallel(CLI::App& app, Sets& engine) {
  add_ranks(app, engine, "--pp", "pipeline_parallel_size");
  add_ranks(app, engine, "--dp", "data_parallel_size");
  add_ranks(app, engine, "--dcp", "decode_context_parallel_size");
}

void add_kv_cache_dtype(CLI::App& app, Sets& engine) {
  add_engine_key(app, engine, "--kv-cache-dtype", "kv_cache_dtype",
                 "auto, bf16, fp16, fp8, fp8_per_token_head,\n"
                 "int8_per_token_head, int4_group32,\n"
                 "int4_group64, int4_group128, nvfp4, fp8_ds_mla")
      ->type_name("WORD")
      ->default_str("auto");
}

void add_block_size(CLI::App& app, Sets& engine) {
  add_engine_key(app, engine, "--block-size", "block_size", "tokens per KV block")
      ->default_str("16");
}

void add_max_model_len(CLI::App& app, Sets& engine) {
  add_engine_key(app, engine, "--max-model-len", "max_model_len",
                 "longest sequence; absent: what fits");
}

void add_memory_flags(CLI::App& app, Sets& engine) {
  add_engine_key(app, engine, "--max-num-seqs", "max_num_seqs", "sequences in one step");
  add_engine_key(app, engine, "--max-num-batched-tokens", "max_num_batched_tokens",
                 "tokens in one step");
  add_engine_key(app, engine, "--gpu-memory-utilization", "gpu_memory_utilization",
                 "share of the HBM to use")
      ->type_name("SHARE");
  add_engine_key(app, engine, "--num-gpu-blocks-override", "num_gpu_blocks_override",
                 "KV blocks, whatever fits");
}

}  // namespace kvsim::cli
