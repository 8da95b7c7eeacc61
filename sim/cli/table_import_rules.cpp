// What the columns of other tools are called.
#include <fmt/format.h>

#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/table_import.hpp"

namespace kvsim::cli {
namespace {

using spec::CardOperator;

const std::vector<std::string> kFalse = {"False", "false", "0"};
const std::vector<std::string> kTrue = {"True", "true", "1"};

ImportColumn number(std::string ours, std::vector<std::string> factors) {
  return {std::move(ours), std::move(factors)};
}
ImportColumn maybe(std::string ours, std::string theirs) {
  return {std::move(ours), {std::move(theirs)}, false, false};
}
ImportColumn word(std::string ours, std::string theirs) {
  return {std::move(ours), {std::move(theirs)}, true, true};
}
ImportColumn maybe_word(std::string ours, std::string theirs) {
  return {std::move(ours), {std::move(theirs)}, true, false};
}

std::vector<ImportRule> aiconfigurator(CardOperator op) {
  ImportRule rule;
  rule.columns = {maybe_word("framework", "framework"), maybe_word("version", "version"),
                  maybe_word("kernel", "kernel_source")};
  const auto add = [&](std::vector<ImportColumn> columns) {
    rule.columns.insert(rule.columns.end(), columns.begin(), columns.end());
  };
  switch (op) {
    case CardOperator::DecodeAttention:
      add({word("kv_dtype", "kv_cache_dtype"), number("batch", {"batch_size"}),
           number("heads", {"num_heads"}), number("kv_heads", {"num_key_value_heads"}),
           number("head_dim", {"head_dim"}), maybe("window", "window_size"),
           number("ctx", {"isl", "+step"})});
      break;
    case CardOperator::DecodeAttentionMla:
      add({word("kv_dtype", "kv_cache_dtype"), number("batch", {"batch_size"}),
           number("heads", {"num_heads"}), number("ctx", {"isl", "+step"})});
      break;
    case CardOperator::PrefillAttention:
      add({word("kv_dtype", "kv_cache_dtype"), number("batch", {"batch_size"}),
           number("isl", {"isl"}), number("heads", {"num_heads"}),
           number("kv_heads", {"num_key_value_heads"}), number("head_dim", {"head_dim"}),
           maybe("step", "step")});
      break;
    case CardOperator::Gemm:
      add({word("dtype", "gemm_dtype"), number("m", {"m"}), number("n", {"n"}),
           number("k", {"k"})});
      break;
    case CardOperator::Moe:
      add({word("dtype", "moe_dtype"), number("tokens", {"num_tokens"}),
           number("hidden", {"hidden_size"}), number("inter", {"inter_size"}),
           number("topk", {"topk"}), number("experts", {"num_experts"}),
           number("moe_tp", {"moe_tp_size"}), number("moe_ep", {"moe_ep_size"}),
           word("routing", "distribution")});
      break;
    case CardOperator::AllReduce:
      add({word("dtype", "allreduce_dtype"), number("n_gpus", {"num_gpus"}),
           number("elements", {"message_size"})});
      break;
    case CardOperator::AllGather:
    case CardOperator::ReduceScatter:
    case CardOperator::AllToAll:
      add({word("dtype", "nccl_dtype"), word("op", "op_name"), number("n_gpus", {"num_gpus"}),
           number("elements", {"message_size"})});
      break;
    default:
      refuse("aiconfigurator's tables of this operator are not read",
             "name its columns: --format csv --column batch=...");
  }
  rule.columns.push_back(number("latency_us", {"latency", "1000"}));
  return {rule};
}

std::vector<ImportColumn> vidur_heads() {
  return {maybe_word("kernel", "attention_backend"), number("batch", {"batch_size"}),
          number("heads", {"n_q_head", "/num_tensor_parallel_workers"}),
          number("kv_heads", {"n_kv_head", "/num_tensor_parallel_workers"}),
          number("head_dim", {"n_embd", "/n_q_head"})};
}

ImportRule vidur_product(const std::string& name, std::vector<std::string> n,
                         std::vector<std::string> k) {
  return {{number("m", {"num_tokens"}), number("n", std::move(n)), number("k", std::move(k)),
           number("latency_us", {"time_stats." + name + ".median", "1000"})},
          {}};
}

std::vector<ImportRule> vidur(CardOperator op) {
  ImportRule rule{vidur_heads(), {}};
  switch (op) {
    case CardOperator::DecodeAttention:
      rule.columns.push_back(number("ctx", {"kv_cache_size", "+1"}));
      rule.columns.push_back(number("latency_us", {"time_stats.attn_decode.median", "1000"}));
      rule.keep = {{"is_prefill", kFalse}};
      return {rule};
    case CardOperator::PrefillAttention:
      rule.columns.push_back(number("isl", {"prefill_chunk_size"}));
      rule.columns.push_back(number("step", {"kv_cache_size"}));
      rule.columns.push_back(number("latency_us", {"time_stats.attn_prefill.median", "1000"}));
      rule.keep = {{"is_prefill", kTrue}};
      return {rule};
    case CardOperator::Gemm:
      return {
          vidur_product("attn_post_proj", {"n_embd"}, {"n_embd", "/num_tensor_parallel_workers"}),
          vidur_product("mlp_up_proj",
                        {"n_expanded_embd", "1+use_gated_mlp", "/num_tensor_parallel_workers"},
                        {"n_embd"}),
          vidur_product("mlp_down_proj", {"n_embd"},
                        {"n_expanded_embd", "/num_tensor_parallel_workers"})};
    default:
      refuse("vidur has no table of this operator",
             "its tables are decode_attention, prefill_attention and gemm");
  }
}

std::vector<ImportRule> llmservingsim(CardOperator op) {
  ImportRule rule;
  rule.columns = {number("heads", {"heads", "/tp"}), number("kv_heads", {"kv_heads", "/tp"}),
                  number("head_dim", {"head_dim"})};
  const auto add = [&](std::vector<ImportColumn> columns) {
    rule.columns.insert(rule.columns.end(), columns.begin(), columns.end());
  };
  switch (op) {
    case CardOperator::DecodeAttention:
      add({number("batch", {"n_decode"}), number("ctx", {"kv_decode"})});
      rule.keep = {{"prefill_chunk", {"0"}}};
      break;
    case CardOperator::PrefillAttention:
      add({number("batch", {"1"}), number("isl", {"prefill_chunk"}),
           number("step", {"kv_prefill"})});
      rule.keep = {{"n_decode", {"0"}}};
      break;
    case CardOperator::Gemm:
      rule.columns = {number("m", {"tokens"}), number("n", {"n"}), number("k", {"k"})};
      break;
    case CardOperator::ElementWise:
    case CardOperator::Embedding:
    case CardOperator::Sampling:
      rule.columns = {number("rows", {"tokens"}), number("bytes_per_row", {"bytes_per_row"})};
      break;
    default:
      refuse(
          "llmservingsim has no table of this operator",
          "its tables are decode_attention, prefill_attention, gemm, element_wise, embedding and "
          "sampling");
  }
  rule.columns.push_back(number("latency_us", {"time_us"}));
  return {rule};
}

// Our own words; what the operator does not need may be absent.
std::vector<ImportRule> plain(CardOperator op) {
  ImportRule rule;
  const bool several = spec::is_collective(op);
  const bool attends = op == CardOperator::DecodeAttention ||
                       op == CardOperator::DecodeAttentionMla ||
                       op == CardOperator::PrefillAttention;
  for (const std::string name : {"stack", "kernel", attends ? "kv_dtype" : "dtype", "routing"}) {
    rule.columns.push_back(maybe_word(name, name));
  }
  if (several) {
    rule.columns.push_back(maybe_word("op", "op"));
  }
  for (const std::string_view name : fit::columns_of(op)) {
    rule.columns.push_back(number(std::string(name), {std::string(name)}));
  }
  for (const std::string_view name : fit::optional_columns_of(op)) {
    rule.columns.push_back(maybe(std::string(name), std::string(name)));
  }
  rule.columns.push_back(number("latency_us", {"latency_us"}));
  return {rule};
}

}  // namespace

std::vector<ImportRule> import_rules(const std::string& format, CardOperator op) {
  if (format == "aiconfigurator") {
    return aiconfigurator(op);
  }
  if (format == "vidur") {
    return vidur(op);
  }
  return format == "llmservingsim" ? llmservingsim(op) : plain(op);
}

}  // namespace kvsim::cli
