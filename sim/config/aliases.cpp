#include "sim/config/aliases.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace kvsim::config {
namespace {

struct Alias {
  std::string_view word;
  std::string_view engine;
  std::string_view ours;
  std::string_view caution;  // where the meaning is not quite the same
};

constexpr std::array kAliases = {
    Alias{"tp_size", "SGLang", "tensor_parallel_size", ""},
    Alias{"mem_fraction_static", "SGLang", "gpu_memory_utilization",
          "SGLang's fraction leaves out activations, so vLLM's number is usually larger"},
    Alias{"page_size", "SGLang", "block_size", ""},
    Alias{"max_running_requests", "SGLang", "max_num_seqs", ""},
    Alias{"chunked_prefill_size", "SGLang", "max_num_batched_tokens",
          "vLLM's limit counts the decoding sequences of a step as well"},
    Alias{"free_gpu_memory_fraction", "TensorRT-LLM", "gpu_memory_utilization",
          "TensorRT-LLM's fraction is of what is free beside the weights, vLLM's of all memory"},
    Alias{"max_batch_size", "TensorRT-LLM", "max_num_seqs", ""},
    Alias{"max_num_tokens", "TensorRT-LLM", "max_num_batched_tokens", ""},
};

// Values of kv_cache_dtype: PyTorch's names, those of vLLM's --kv-cache-dtype, and short ones.
struct ValueAlias {
  std::string_view word;
  std::string_view ours;
};
constexpr std::array kCacheFormats = {
    ValueAlias{"bfloat16", "bf16"},
    ValueAlias{"float16", "fp16"},
    ValueAlias{"fp8_e4m3", "fp8"},
    ValueAlias{"fp8_e5m2", "fp8"},
    ValueAlias{"int8", "int8_per_token_head"},
    ValueAlias{"int4", "int4_group128"},
};

void rename_cache_format(Node& engine, Faults& faults) {
  Entry* entry = find_entry(engine, "kv_cache_dtype");
  if (entry == nullptr || entry->value.kind != NodeKind::Scalar) {
    return;
  }
  for (const ValueAlias& alias : kCacheFormats) {
    if (entry->value.text == alias.word) {
      faults.note(entry->value.place, fmt::format("'{}' is taken as '{}'", alias.word, alias.ours),
                  "engine.kv_cache_dtype");
      entry->value.text = alias.ours;
      return;
    }
  }
}

const Alias* find_alias(std::string_view word) {
  for (const Alias& alias : kAliases) {
    if (alias.word == word) {
      return &alias;
    }
  }
  return nullptr;
}

std::vector<std::string> caution_of(const Alias& alias) {
  return alias.caution.empty() ? std::vector<std::string>{}
                               : std::vector<std::string>{std::string(alias.caution)};
}

}  // namespace

std::vector<EngineAlias> engine_aliases() {
  std::vector<EngineAlias> all;
  for (const Alias& alias : kAliases) {
    all.push_back({std::string(alias.word), std::string(alias.engine), std::string(alias.ours)});
  }
  return all;
}

void rename_engine_aliases(Node& engine, Faults& faults) {
  for (Entry& entry : engine.entries) {
    const Alias* alias = find_alias(entry.key);
    if (alias == nullptr) {
      continue;
    }
    const std::string path = fmt::format("engine.{}", entry.key);
    if (find_entry(engine, alias->ours) != nullptr) {
      faults.error(entry.place,
                   fmt::format("'{}' and '{}' are the same setting", entry.key, alias->ours), path,
                   {fmt::format("keep '{}'", alias->ours)});
    } else {
      faults.note(entry.place,
                  fmt::format("'{}' is {}'s word for '{}'", entry.key, alias->engine, alias->ours),
                  path, caution_of(*alias));
    }
    entry.key = alias->ours;
  }
  rename_cache_format(engine, faults);
}

}  // namespace kvsim::config
