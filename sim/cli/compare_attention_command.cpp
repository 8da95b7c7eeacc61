// kvsim compare-attention: one model with MHA, GQA, MQA and MLA side by side.
//
// Each row is loaded with the override that a study's variant would have, so what a variant leaves
// open is filled in by the loader, with its notes.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "sim/cli/attempts.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/plan/attention_table.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;
using enum spec::AttentionVariant;

constexpr std::int64_t kUsualContext = 8192;
constexpr std::int64_t kUsualKvHeads = 8;  // Llama, Mistral, Qwen

struct Choice {
  std::string name;
  std::string set;  ///< argument of --set; empty: the model as it is
};

struct Row {
  Choice choice;
  plan::AttentionRow values;
};

struct AttentionComparison {
  spec::RunSpec run;  ///< of one of the rows
  std::int64_t context = 0;
  std::vector<Row> rows;
};

// As many KV heads as query heads are MHA, one is MQA; what else does not divide, the loader
// refuses.
std::vector<std::int64_t> gqa_heads(const spec::ModelSpec& model, std::vector<std::int64_t> heads) {
  if (heads.empty() && model.num_attention_heads % kUsualKvHeads == 0) {
    heads.push_back(kUsualKvHeads);
  }
  if (model.attention.variant == Gqa) {
    heads.push_back(model.attention.num_key_value_heads);
  }
  std::sort(heads.begin(), heads.end(), std::greater<>());
  heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
  std::erase_if(heads, [&](std::int64_t n) { return n == 1 || n == model.num_attention_heads; });
  return heads;
}

std::vector<Choice> choices_of(const spec::ModelSpec& model,
                               const std::vector<std::int64_t>& asked) {
  const spec::AttentionSpec& own = model.attention;
  const auto choice = [&](std::string name, const std::string& variant, bool is_own) {
    return Choice{std::move(name),
                  is_own ? "" : fmt::format("model.attention={{variant: {}}}", variant)};
  };
  std::vector<Choice> choices = {choice("MHA", "mha", own.variant == Mha)};
  for (const std::int64_t heads : gqa_heads(model, asked)) {
    choices.push_back(choice(fmt::format("GQA-{}", heads),
                             fmt::format("gqa, num_key_value_heads: {}", heads),
                             own.variant == Gqa && own.num_key_value_heads == heads));
  }
  choices.push_back(choice("MQA", "mqa", own.variant == Mqa));
  choices.push_back(choice("MLA", "mla", own.variant == Mla));
  return choices;
}

AttentionComparison compare(const CompareAttentionOptions& options, Attempts& attempts) {
  const spec::ModelSpec model = config::load_model(options.model, library());
  AttentionComparison comparison;
  comparison.context = options.context > 0 ? options.context
                                           : std::min(kUsualContext, model.max_position_embeddings);
  for (const Choice& choice : choices_of(model, options.gqa)) {
    config::RunRequest request{.model = options.model, .gpu = options.gpu, .sets = options.engine};
    request.sets.push_back(fmt::format("engine.max_model_len={}", comparison.context));
    request.sets.insert(request.sets.end(), options.sets.begin(), options.sets.end());
    if (!choice.set.empty()) {
      request.sets.push_back(choice.set);
    }
    if (const std::optional<spec::RunSpec> run = attempts.load(choice.name, request)) {
      comparison.run = *run;
      comparison.rows.push_back({choice, plan::attention_row(run->model, run->cluster.gpu,
                                                             run->engine, comparison.context)});
    }
  }
  attempts.throw_if_none_succeeded();
  return comparison;
}

// KV bytes per token over those of MHA, whose row is the first unless it was refused.
std::optional<double> ratio_to_mha(const AttentionComparison& comparison, const Row& row) {
  const Row& first = comparison.rows.front();
  const std::int64_t mha = first.values.kv_per_token.value();
  return first.choice.name == "MHA" && mha > 0
             ? std::optional<double>(static_cast<double>(row.values.kv_per_token.value()) /
                                     static_cast<double>(mha))
             : std::nullopt;
}

Json row_json(const AttentionComparison& comparison, const Row& row) {
  const std::optional<double> ratio = ratio_to_mha(comparison, row);
  const plan::AttentionRow& values = row.values;
  return {{"attention", row.choice.name},
          {"is_own", row.choice.set.empty()},
          {"kv_bytes_per_token", values.kv_per_token.value()},
          {"kv_bytes_per_token_per_gpu", values.kv_per_token_per_gpu.value()},
          {"ratio_to_mha", ratio ? Json(*ratio) : Json()},
          {"kv_cache_tokens", values.kv_cache_tokens},
          {"sequences", values.sequences},
          {"roofline_tokens_per_second", values.tokens_per_second},
          {"decode_attention_flops_per_byte", values.intensity},
          {"decode_attention_bound", values.compute_bound ? "compute" : "memory"},
          {"parameters", values.parameters},
          {"weight_bytes_per_gpu", values.weights_per_gpu.value()}};
}

Json comparison_json(const AttentionComparison& comparison, const Attempts& attempts) {
  Json json;
  json["model"] = comparison.run.model.name;
  json["gpu"] = comparison.run.cluster.gpu.name;
  json["tensor_parallel_size"] = comparison.run.engine.tensor_parallel_size;
  json["context"] = comparison.context;
  json["ridge_flops_per_byte"] = plan::ridge(comparison.run.cluster.gpu);
  json["variants"] = Json::array();
  for (const Row& row : comparison.rows) {
    json["variants"].push_back(row_json(comparison, row));
  }
  json["refused"] = Json::array();
  for (const Refused& refused : attempts.refused()) {
    json["refused"].push_back({{"attention", refused.name}, {"reason", refused.reason}});
  }
  return json;
}

std::vector<std::string> cells(const AttentionComparison& comparison, const Row& row) {
  const std::optional<double> ratio = ratio_to_mha(comparison, row);
  const plan::AttentionRow& values = row.values;
  const auto number = [](auto value) { return fmt::format("{}", value); };
  const auto if_any = [&](std::string text) { return values.sequences > 0 ? text : "-"; };
  return {row.choice.name + (row.choice.set.empty() ? " *" : ""),
          number(values.kv_per_token.value()),
          number(values.kv_per_token_per_gpu.value()),
          ratio ? fmt::format("{:.3f}", *ratio) : "-",
          if_any(number(values.kv_cache_tokens)),
          if_any(number(values.sequences)),
          if_any(fmt::format("{:.0f}", values.tokens_per_second)),
          fmt::format("{:.1f}", values.intensity),
          values.compute_bound ? "compute" : "memory",
          fmt::format("{:.2f}", static_cast<double>(values.parameters) / 1e9)};
}

constexpr const char* kTableFooter = R"(* as configured; '-': not one such sequence fits
tokens/s: sequences x peak bandwidth / (weights + KV of all sequences, both of one GPU), the most
  that memory allows; efficiencies, collectives and the host come on top (kvsim explain step)
FLOP/B: of decode attention; bound by compute above the ridge
B params: the variants' projections differ in size, and so does what is left for KV
)";

void print_table(const AttentionComparison& comparison, const Attempts& attempts) {
  const spec::RunSpec& run = comparison.run;
  fmt::print("{} on {} x {}: sequences of {} tokens, ridge {:.0f} FLOP/B\n\n", run.model.name,
             run.engine.tensor_parallel_size, run.cluster.gpu.name, comparison.context,
             plan::ridge(run.cluster.gpu));
  std::vector<std::vector<std::string>> rows;
  for (const Row& row : comparison.rows) {
    rows.push_back(cells(comparison, row));
  }
  fmt::print("{}\n{}",
             text_table({"attention", "KV B/token", "per GPU", "x MHA", "KV tokens", "sequences",
                         "tokens/s", "FLOP/B", "bound", "B params"},
                        rows),
             kTableFooter);
  for (const Refused& refused : attempts.refused()) {
    fmt::print("not {}: {}\n", refused.name, refused.reason);
  }
}

}  // namespace

int compare_attention(const CompareAttentionOptions& options) {
  Attempts attempts;
  const AttentionComparison comparison = compare(options, attempts);
  fmt::print(stderr, "{}", attempts.notes());
  if (options.format == "json") {
    fmt::print("{}\n", comparison_json(comparison, attempts).dump(2));
  } else {
    print_table(comparison, attempts);
  }
  return kOk;
}

}  // namespace kvsim::cli
