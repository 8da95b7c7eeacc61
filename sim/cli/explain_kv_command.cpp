// kvsim explain kv: what a token costs, what a sequence stores, reserves and reads.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/explain_common.hpp"
#include "sim/cli/kv_account.hpp"
#include "sim/cost/collective.hpp"
#include "sim/model/kv_bytes.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

Json groups_json(const spec::ModelSpec& model, spec::KvDtype kv) {
  Json groups = Json::array();
  for (const model::CacheGroup& group : model::cache_groups(model, kv, model::Parallel{})) {
    groups.push_back({{"name", group.name},
                      {"layers", group.layers},
                      {"reading_layers", group.reading_layers},
                      {"span", span_word(group.span, group.is_state())},
                      {"span_tokens", group.span.tokens},
                      {"bytes_per_token", group.bytes_per_token},
                      {"state_bytes", group.state_bytes},
                      {"equation", group.equation}});
  }
  return groups;
}

// Milliseconds to move one copy of a sequence's cache, by link.
struct Copy {
  std::string link;
  double gb_per_second = 0;
  double milliseconds = 0;
};

std::vector<Copy> copies_of(const std::vector<spec::CardSpec>& cards, std::int64_t bytes) {
  std::vector<Copy> copies;
  for (const spec::CardSpec& card : cards) {
    if (card.op == spec::CardOperator::KvCopy && card.form == spec::CardForm::Link) {
      copies.push_back({card.kernel, card.link.bandwidth.value() / 1e9,
                        cost::copy_time(card.link, Bytes(bytes)).value() * 1e3});
    }
  }
  return copies;
}

Json copies_json(const std::vector<Copy>& copies) {
  Json json = Json::object();
  for (const Copy& copy : copies) {
    json[copy.link] = copy.milliseconds;
  }
  return json;
}

Json kv_json(const spec::RunSpec& run, const KvAccount& account, const std::vector<Copy>& copies) {
  Json json;
  json["model"] = run.model.name;
  json["attention"] = spec::name_of(run.model.attention.variant, spec::kAttentionVariantNames);
  json["kv_cache_dtype"] = spec::name_of(account.kv, spec::kKvDtypeNames);
  json["tensor_parallel_size"] = account.parallel.tensor;
  json["pipeline_parallel_size"] = account.parallel.pipeline;
  json["data_parallel_size"] = account.parallel.data;
  json["decode_context_parallel_size"] = account.parallel.context;
  json["kv_bytes_per_token"] = account.per_token;
  json["kv_bytes_per_sequence_constant"] = account.constant;
  json["kv_bytes_per_token_per_gpu"] = account.per_token_per_gpu;
  json["replication"] = account.replication;
  json["context"] = account.context;
  json["kv_bytes_at_context"] = account.stored;
  json["block_size"] = run.engine.block_size;
  json["block_bytes"] = account.plan.block_bytes();
  json["kv_bytes_reserved_per_gpu"] = account.blocks * account.plan.block_bytes();
  json["most_kv_bytes_reserved_per_gpu"] = account.most_blocks * account.plan.block_bytes();
  json["internal_fragmentation_tokens"] = account.empty_tokens;
  json["internal_fragmentation_share"] = account.empty_share;
  json["kv_bytes_read_per_step_per_gpu"] = account.read ? Json(*account.read) : Json();
  json["kv_copy_ms_at_context"] = copies_json(copies);
  json["derivation"] = fmt::format("{}", fmt::join(account.derivation, "; "));
  json["groups"] = groups_json(run.model, account.kv);
  return json;
}

std::string gib(std::int64_t bytes) { return format_bytes_binary(static_cast<double>(bytes)); }

void print_per_token(const spec::RunSpec& run, const KvAccount& account) {
  const std::string constant = account.constant > 0
                                   ? fmt::format(" at long context, and up to {} B per sequence",
                                                 format_grouped(account.constant))
                                   : "";
  fmt::print("{}: {} B of KV cache per token{} ({}, {})\n", run.model.name,
             format_grouped(account.per_token), constant,
             spec::name_of(run.model.attention.variant, spec::kAttentionVariantNames),
             spec::name_of(account.kv, spec::kKvDtypeNames));
  for (const std::string& line : account.derivation) {
    fmt::print("  {}\n", line);
  }
  const std::string times =
      account.replication > 1
          ? fmt::format("; a sequence is stored {:.3g} times in all", account.replication)
          : "";
  fmt::print("on each of {} GPU(s): {} B per token{}\n", account.parallel.gpus(),
             format_grouped(account.per_token_per_gpu), times);
  for (const std::string& reason : account.reasons) {
    fmt::print("  {}\n", reason);
  }
}

std::string block_sizes(const memory::PagePlan& plan) {
  std::set<std::int64_t> sizes;
  for (const memory::PageGroup& group : plan.groups) {
    if (!group.is_state) {
      sizes.insert(group.block_size);
    }
  }
  return sizes.empty() ? "" : fmt::format(" for {} tokens", fmt::join(sizes, " or "));
}

void print_sequence(const spec::RunSpec& run, const KvAccount& account) {
  const std::int64_t block = account.plan.block_bytes();
  fmt::print("one sequence of {} tokens\n", format_grouped(account.context));
  fmt::print("  stored    {} in one copy of the model\n", gib(account.stored));
  fmt::print("  reserved  {} per GPU: {} blocks of {} B{}\n", gib(account.blocks * block),
             format_grouped(account.blocks), format_grouped(block), block_sizes(account.plan));
  fmt::print("            {} per GPU at most, while prefilling {} tokens a step\n",
             gib(account.most_blocks * block), *run.engine.max_num_batched_tokens);
  if (account.empty_tokens > 0) {
    fmt::print(
        "            a last block lacks {:.1f} tokens on average: {:.2g} % of the reserved\n",
        account.empty_tokens, 100 * account.empty_share);
  }
  if (account.read) {
    fmt::print("  read      {} per GPU by one decode step\n", gib(*account.read));
  }
}

void print_copies(const std::vector<Copy>& copies) {
  std::string_view head = "copied";
  for (const Copy& copy : copies) {
    fmt::print("  {:<8}  in {:.3g} ms over {} ({:.4g} GB/s)\n", head, copy.milliseconds, copy.link,
               copy.gb_per_second);
    head = "";
  }
}

}  // namespace

int explain_kv(const ExplainOptions& options) {
  const spec::StudySpec study = explained_study(options, Purpose::Accounted);
  const spec::RunSpec& run = study.runs.front();
  const KvAccount account =
      account_of(run, options.context > 0 ? options.context : run.model.max_position_embeddings);
  const std::vector<Copy> copies = copies_of(study.cards, account.stored);
  if (options.format == "json") {
    fmt::print("{}\n", kv_json(run, account, copies).dump(2));
    return kOk;
  }
  print_per_token(run, account);
  print_sequence(run, account);
  print_copies(copies);
  return kOk;
}

}  // namespace kvsim::cli
