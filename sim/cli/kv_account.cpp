#include "sim/cli/kv_account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/model/kv_bytes.hpp"

namespace kvsim::cli {
namespace {

std::int64_t kept_tokens(const model::CacheGroup& group, std::int64_t context) {
  return group.is_state() ? 1 : model::attended(group.span, context - 1);
}

// Bytes that all GPUs of one copy hold of a sequence, over those of one copy.
double replication(const spec::ModelSpec& model, const KvAccount& account) {
  const model::Parallel tensor_only{.tensor = account.parallel.tensor};
  double held = 0;
  double once = 0;
  for (const model::CacheGroup& group : model::cache_groups(model, account.kv, tensor_only)) {
    const auto kept = static_cast<double>(group.layers) *
                      static_cast<double>(kept_tokens(group, account.context));
    held += kept * static_cast<double>(group.bytes_per_token_per_gpu + group.state_bytes_per_gpu);
    once += kept * static_cast<double>(group.bytes_per_token + group.state_bytes);
  }
  const auto ranks =
      static_cast<double>(account.parallel.tensor) / static_cast<double>(account.parallel.context);
  return once > 0 ? held * ranks / once : 1;
}

std::string head_reason(const spec::ModelSpec& model, spec::LayerType type, std::int64_t tensor) {
  const std::int64_t heads = spec::kv_heads(model, type);
  if (model.attention.variant == spec::AttentionVariant::Mla) {
    return "MLA: every tensor rank holds the whole latent";
  }
  const std::string which = type == spec::LayerType::Sliding ? "sliding " : "";
  return tensor > heads ? fmt::format("tp {} > {} {}KV head{}: each is copied {} times", tensor,
                                      heads, which, heads == 1 ? "" : "s", tensor / heads)
                        : fmt::format("{} {}KV heads over tp {}: {} on each GPU", heads, which,
                                      tensor, heads / tensor);
}

std::vector<std::string> tensor_reasons(const spec::ModelSpec& model, const KvAccount& account) {
  std::vector<std::string> reasons;
  std::set<std::int64_t> seen;
  for (const model::CacheGroup& group : model::cache_groups(model, account.kv, account.parallel)) {
    if (group.is_state()) {
      reasons.push_back(fmt::format("{}: states are cut by heads over tp {}", group.name,
                                    account.parallel.tensor));
    } else if (seen.insert(spec::kv_heads(model, group.type)).second) {
      reasons.push_back(head_reason(model, group.type, account.parallel.tensor));
    }
  }
  return reasons;
}

std::int64_t layers_of_largest_stage(const spec::ModelSpec& model, std::int64_t pipeline) {
  std::int64_t largest = 0;
  for (std::int64_t s = 0; s < pipeline; ++s) {
    const model::Stage stage = model::stage_layers(model.num_hidden_layers, pipeline, s);
    largest = std::max(largest, stage.last - stage.first);
  }
  return largest;
}

std::vector<std::string> reasons(const spec::ModelSpec& model, const KvAccount& account) {
  const model::Parallel& parallel = account.parallel;
  std::vector<std::string> all;
  if (parallel.tensor > 1) {
    all = tensor_reasons(model, account);
  }
  if (parallel.context > 1) {
    all.push_back(fmt::format("dcp {}: the tokens of a sequence are dealt out to {} of the ranks",
                              parallel.context, parallel.context));
  }
  if (parallel.pipeline > 1) {
    all.push_back(fmt::format("pp {}: the largest stage has {} of {} layers", parallel.pipeline,
                              layers_of_largest_stage(model, parallel.pipeline),
                              model.num_hidden_layers));
  }
  if (parallel.data > 1) {
    all.push_back(
        fmt::format("dp {}: each rank holds sequences of its own, none is copied", parallel.data));
  }
  return all;
}

// The last block of a group of B tokens is (B - 1) / 2 tokens short of full, on average.
void add_fragmentation(KvAccount& account) {
  double groups = 0;
  double empty_blocks = 0;
  for (const memory::PageGroup& group : account.plan.groups) {
    if (!group.is_state) {
      const double empty = static_cast<double>(group.block_size - 1) / 2;
      const auto copies = static_cast<double>(group.copies);
      groups += copies;
      account.empty_tokens += copies * empty;
      empty_blocks += copies * empty / static_cast<double>(group.block_size);
    }
  }
  account.empty_tokens = groups > 0 ? account.empty_tokens / groups : 0;
  account.empty_share = empty_blocks / static_cast<double>(account.blocks);
}

}  // namespace

KvAccount account_of(const spec::RunSpec& run, std::int64_t context) {
  KvAccount account;
  account.kv = model::kv_dtype(run.model, run.engine);
  account.parallel = model::parallel_of(run.engine);
  account.context = context;
  account.derivation = model::kv_derivation(run.model, account.kv);
  account.per_token = model::kv_bytes_per_token(run.model, account.kv).value();
  account.constant = model::kv_bytes_per_sequence_constant(run.model, account.kv).value();
  account.per_token_per_gpu =
      model::kv_bytes_per_token_per_gpu(run.model, account.kv, account.parallel).value();
  account.stored = model::kv_bytes_at_context(run.model, account.kv, context).value();
  account.replication = replication(run.model, account);
  account.reasons = reasons(run.model, account);
  account.plan = memory::plan_pages(run.model, run.engine);
  account.blocks = memory::resident_blocks(account.plan, context - 1, context);
  account.most_blocks =
      memory::most_blocks(account.plan, context, *run.engine.max_num_batched_tokens);
  add_fragmentation(account);
  if (account.parallel.gpus() == account.parallel.tensor && account.parallel.context == 1) {
    account.read =
        model::kv_bytes_read_per_step(run.model, account.kv, account.parallel, context).value();
  }
  return account;
}

}  // namespace kvsim::cli
