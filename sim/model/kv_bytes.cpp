#include "sim/model/kv_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/mixer.hpp"

namespace kvsim::model {
namespace {

bool same_cache(const CacheGroup& a, const CacheGroup& b) {
  return a.name == b.name && a.span == b.span && a.bytes_per_token == b.bytes_per_token &&
         a.state_bytes == b.state_bytes;
}

void add_group(std::vector<CacheGroup>& groups, CacheGroup group, const LayerClass& layers) {
  group.layers = layers.owns_kv ? layers.count : 0;
  group.reading_layers = layers.count;
  const auto known = std::find_if(groups.begin(), groups.end(),
                                  [&](const CacheGroup& each) { return same_cache(each, group); });
  if (known == groups.end()) {
    groups.push_back(std::move(group));
  } else {
    known->layers += group.layers;
    known->reading_layers += group.reading_layers;
  }
}

bool grows_forever(const CacheGroup& group) {
  return !group.is_state() && group.span.kind == SpanKind::Full;
}

// Of one layer and one sequence.
std::int64_t largest_constant(const CacheGroup& group) {
  if (group.is_state()) {
    return group.state_bytes;
  }
  return grows_forever(group) ? 0 : group.span.tokens * group.bytes_per_token;
}

std::int64_t stored(const CacheGroup& group, std::int64_t context) {
  if (group.is_state()) {
    return group.layers * group.state_bytes;
  }
  const std::int64_t kept = context == 0 ? 0 : attended(group.span, context - 1);
  return group.layers * group.bytes_per_token * kept;
}

template <class F>
std::int64_t sum_over_groups(const spec::ModelSpec& model, spec::KvDtype kv, const F& f) {
  std::int64_t total = 0;
  for (const CacheGroup& group : cache_groups(model, kv, Parallel{})) {
    total += f(group);
  }
  return total;
}

// Growth of layers [stage.first, stage.last) on one GPU.
std::int64_t growth_of_stage(const spec::ModelSpec& model, spec::KvDtype kv,
                             const Parallel& parallel, const Stage& stage) {
  std::int64_t total = 0;
  for (const LayerClass& layers : layer_classes(model, stage.first, stage.last)) {
    const auto mixer = make_mixer(model, layers);
    if (mixer == nullptr || !layers.owns_kv) {
      continue;
    }
    for (const CacheGroup& group : mixer->caches(kv, parallel)) {
      total += grows_forever(group) ? layers.count * group.bytes_per_token_per_gpu : 0;
    }
  }
  return total;
}

std::string group_line(const CacheGroup& group) {
  const std::string shared = group.reading_layers > group.layers
                                 ? fmt::format(", read by {} layers", group.reading_layers)
                                 : "";
  if (group.is_state()) {
    return fmt::format("{}: {} layers x ({}) = {} B per sequence{}", group.name, group.layers,
                       group.equation, group.layers * group.state_bytes, shared);
  }
  const std::string per_token =
      fmt::format("{}: {} layers x {} = {} B per token{}", group.name, group.layers, group.equation,
                  group.layers * group.bytes_per_token, shared);
  if (grows_forever(group)) {
    return per_token;
  }
  const bool chunk = group.span.kind == SpanKind::Chunk;
  return fmt::format("{}, at most {} tokens ({}) = {} B per sequence", per_token, group.span.tokens,
                     chunk ? "one chunk" : "the window", group.layers * largest_constant(group));
}

}  // namespace

spec::KvDtype kv_dtype(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  return spec::resolve(engine.kv_cache_dtype, model);
}

std::vector<CacheGroup> cache_groups(const spec::ModelSpec& model, spec::KvDtype kv,
                                     const Parallel& parallel) {
  std::vector<CacheGroup> groups;
  for (const LayerClass& layers : layer_classes(model)) {
    if (const auto mixer = make_mixer(model, layers)) {
      for (CacheGroup& group : mixer->caches(kv, parallel)) {
        add_group(groups, std::move(group), layers);
      }
    }
  }
  return groups;
}

BytesPerToken kv_bytes_per_token(const spec::ModelSpec& model, spec::KvDtype kv) {
  return BytesPerToken(sum_over_groups(model, kv, [](const CacheGroup& group) {
    return grows_forever(group) ? group.layers * group.bytes_per_token : 0;
  }));
}

Bytes kv_bytes_per_sequence_constant(const spec::ModelSpec& model, spec::KvDtype kv) {
  return Bytes(sum_over_groups(
      model, kv, [](const CacheGroup& group) { return group.layers * largest_constant(group); }));
}

Bytes kv_bytes_at_context(const spec::ModelSpec& model, spec::KvDtype kv, std::int64_t context) {
  return Bytes(
      sum_over_groups(model, kv, [&](const CacheGroup& group) { return stored(group, context); }));
}

BytesPerToken kv_bytes_per_token_per_gpu(const spec::ModelSpec& model, spec::KvDtype kv,
                                         const Parallel& parallel) {
  std::int64_t largest = 0;
  for (std::int64_t s = 0; s < parallel.pipeline; ++s) {
    const Stage stage = stage_layers(model.num_hidden_layers, parallel.pipeline, s);
    largest = std::max(largest, growth_of_stage(model, kv, parallel, stage));
  }
  return BytesPerToken((largest + parallel.context - 1) / parallel.context);
}

Bytes kv_bytes_read_per_step(const spec::ModelSpec& model, spec::KvDtype kv,
                             const Parallel& parallel, std::int64_t context) {
  std::int64_t total = 0;
  for (const LayerClass& layers : layer_classes(model)) {
    if (const auto mixer = make_mixer(model, layers)) {
      total += layers.count * mixer->bytes_read(kv, parallel, context);
    }
  }
  return Bytes(total);
}

std::vector<std::string> kv_derivation(const spec::ModelSpec& model, spec::KvDtype kv) {
  std::vector<std::string> lines;
  for (const CacheGroup& group : cache_groups(model, kv, Parallel{})) {
    lines.push_back(group_line(group));
  }
  return lines;
}

}  // namespace kvsim::model
