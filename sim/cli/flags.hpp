// Flags that several commands share, declared to CLI11.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kvsim::cli {

void add_model(CLI::App& app, std::string& model);
void add_gpu(CLI::App& app, std::string& gpu);
void add_context(CLI::App& app, std::int64_t& context, const std::string& help);
void add_sets(CLI::App& app, std::vector<std::string>& sets, const std::string& help);
void add_format(CLI::App& app, std::string& format);
/// Refuses what is no unsigned 64-bit number: CLI11 would wrap it without a word.
void add_seed(CLI::App& app, std::uint64_t& seed);

// The engine's keys under short names. `--tp 8` is written down as
// "engine.tensor_parallel_size=8", an argument of --set, so that the loader judges the value.
void add_tensor_parallel(CLI::App& app, std::vector<std::string>& engine);
void add_expert_parallel(CLI::App& app, std::vector<std::string>& engine);
/// --pp, --dp and --dcp.
void add_other_parallel(CLI::App& app, std::vector<std::string>& engine);
void add_kv_cache_dtype(CLI::App& app, std::vector<std::string>& engine);
void add_block_size(CLI::App& app, std::vector<std::string>& engine);
void add_max_model_len(CLI::App& app, std::vector<std::string>& engine);
/// What else decides on memory.
void add_memory_flags(CLI::App& app, std::vector<std::string>& engine);

}  // namespace kvsim::cli
