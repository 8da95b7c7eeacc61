// kvsim models: every model that is known, by what it stores and what it computes with.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t layers_of(const spec::ModelSpec& model, spec::LayerType type) {
  std::int64_t count = 0;
  for (std::int64_t layer = 0; layer < model.num_hidden_layers; ++layer) {
    count += spec::layer_type(model, layer) == type ? 1 : 0;
  }
  return count;
}

std::int64_t layers_that_share(const spec::ModelSpec& model) {
  std::int64_t count = 0;
  for (std::int64_t layer = 0; layer < model.num_hidden_layers; ++layer) {
    count += spec::owns_kv(model, layer) ? 0 : 1;
  }
  return count;
}

// "gqa, 52 of 62 sliding (1024)", "mla+indexer", "gqa, 36 of 48 gated_delta_net".
std::string attention_text(const spec::ModelSpec& model) {
  std::string text(spec::name_of(model.attention.variant, spec::kAttentionVariantNames));
  text += model.attention.indexer ? "+indexer" : "";
  text += model.attention.nsa ? "+nsa" : "";
  const auto add = [&](std::int64_t layers, const std::string& what) {
    text += layers > 0 ? fmt::format(", {} of {} {}", layers, model.num_hidden_layers, what) : "";
  };
  add(layers_of(model, spec::LayerType::Sliding),
      fmt::format("sliding ({})", model.sliding_window));
  add(layers_of(model, spec::LayerType::Chunked),
      fmt::format("chunked ({})", model.attention_chunk_size));
  if (model.linear_attention) {
    add(layers_of(model, spec::LayerType::Linear),
        std::string(spec::name_of(model.linear_attention->kind, spec::kLinearKindNames)));
  }
  add(layers_of(model, spec::LayerType::None), "without attention");
  add(layers_that_share(model), "share KV");
  return text;
}

// As the checkpoint holds them: no copies that an engine makes of them.
std::int64_t weight_bytes(const spec::ModelSpec& model) {
  std::int64_t total = 0;
  for (const model::Matrix& matrix : model::weight_matrices(model, model::Parallel{})) {
    total += model::bytes(matrix);
  }
  return total;
}

CatalogueEntry entry_of(const spec::ModelSpec& model) {
  const std::int64_t per_token = model::kv_bytes_per_token(model, spec::KvDtype::Bf16).value();
  const std::int64_t constant =
      model::kv_bytes_per_sequence_constant(model, spec::KvDtype::Bf16).value();
  const std::int64_t parameters = model::parameter_count(model);
  const std::int64_t active = model::active_parameter_count(model);
  const std::int64_t weights = weight_bytes(model);
  const auto billions = [](std::int64_t count) {
    return fmt::format("{:.2f}", static_cast<double>(count) / 1e9);
  };
  CatalogueEntry entry;
  entry.name = model.name;
  entry.cells = {model.name,
                 attention_text(model),
                 fmt::format("{}", model.num_hidden_layers),
                 fmt::format("{}", per_token),
                 fmt::format("{}", constant),
                 billions(parameters),
                 billions(active),
                 fmt::format("{:.1f}", static_cast<double>(weights) / 0x1p30),
                 shortened(model.source)};
  entry.json = {{"name", model.name},
                {"attention", spec::name_of(model.attention.variant, spec::kAttentionVariantNames)},
                {"layers", attention_text(model)},
                {"num_hidden_layers", model.num_hidden_layers},
                {"kv_bytes_per_token", per_token},
                {"kv_bytes_per_sequence_constant", constant},
                {"parameters", parameters},
                {"active_parameters", active},
                {"weight_bytes", weights},
                {"max_position_embeddings", model.max_position_embeddings},
                {"source", model.source}};
  return entry;
}

}  // namespace

int list_models(const CatalogueOptions& options) {
  std::vector<CatalogueEntry> entries;
  for (const spec::ModelSpec& model : config::load_models(library())) {
    entries.push_back(entry_of(model));
  }
  print_catalogue(options, "model",
                  {"model", "attention", "layers", "KV B/token", "constant B", "B params",
                   "B active", "GiB", "source"},
                  entries);
  return kOk;
}

}  // namespace kvsim::cli
