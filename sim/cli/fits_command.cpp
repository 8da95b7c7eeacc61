// kvsim fits: which models fit on how many GPUs of a kind, and with how much KV cache.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/attempts.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/plan/fits.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelFits {
  spec::RunSpec run;
  std::vector<plan::Fit> fits;
};

std::vector<std::string> model_names(const FitsOptions& options) {
  std::vector<std::string> names = options.models;
  if (names.empty()) {
    for (const spec::ModelSpec& model : config::load_models(library())) {
      names.push_back(model.name);
    }
  }
  return names;
}

std::vector<ModelFits> all_fits(const FitsOptions& options, Attempts& attempts) {
  const std::vector<std::int64_t> sizes = plan::powers_of_two(options.max_tp);
  std::vector<ModelFits> all;
  for (const std::string& name : model_names(options)) {
    config::RunRequest request{.model = name, .gpu = options.gpu, .sets = options.engine};
    request.sets.insert(request.sets.end(), options.sets.begin(), options.sets.end());
    if (const std::optional<spec::RunSpec> run = attempts.load(name, request)) {
      const auto context =
          options.context > 0 ? std::optional<std::int64_t>(options.context) : std::nullopt;
      all.push_back({*run, plan::fits(run->model, run->cluster.gpu, run->engine, sizes, context)});
    }
  }
  attempts.throw_if_none_succeeded();
  return all;
}

Json fit_json(const plan::Fit& fit) {
  Json json;
  json["tensor_parallel_size"] = fit.tensor_parallel_size;
  json["fits"] = fit.fits;
  json["refusal"] = fit.refusal.empty() ? Json() : Json(fit.refusal);
  json["weights_bytes_per_gpu"] = fit.weights.value();
  json["available_kv_bytes_per_gpu"] = fit.available_kv.value();
  json["kv_cache_tokens"] = fit.kv_cache_tokens;
  json["max_model_len"] = fit.max_model_len;
  json["sequences"] = fit.sequences;
  return json;
}

Json fits_json(const FitsOptions& options, const std::vector<ModelFits>& all,
               const Attempts& attempts) {
  Json json;
  json["gpu"] = options.gpu;
  json["context"] = options.context > 0 ? Json(options.context) : Json();
  json["models"] = Json::array();
  for (const ModelFits& each : all) {
    Json fits = Json::array();
    for (const plan::Fit& fit : each.fits) {
      fits.push_back(fit_json(fit));
    }
    json["models"].push_back({{"model", each.run.model.name}, {"fits", fits}});
  }
  json["refused"] = Json::array();
  for (const Refused& refused : attempts.refused()) {
    json["refused"].push_back({{"model", refused.name}, {"reason", refused.reason}});
  }
  return json;
}

// "27.9 k": three digits are enough to choose a layout.
std::string short_count(std::int64_t count) {
  const auto value = static_cast<double>(count);
  if (count >= 10'000'000) {
    return fmt::format("{:.1f} M", value / 1e6);
  }
  return count >= 1000 ? fmt::format("{:.1f} k", value / 1e3) : fmt::format("{}", count);
}

std::string cell(const plan::Fit& fit, bool with_sequences) {
  if (!fit.refusal.empty()) {
    return fit.refusal;
  }
  if (!fit.fits) {
    return "-";
  }
  return short_count(fit.kv_cache_tokens) +
         (with_sequences ? fmt::format(" ({})", fit.sequences) : "");
}

void print_footer(const FitsOptions& options, const spec::RunSpec& run, const Attempts& attempts) {
  const spec::EngineSpec& engine = run.engine;
  fmt::print(
      "\nKV cache tokens of sequences of max_model_len on TP x {} ({} each)\n"
      "'-': does not fit; 'N heads / TP': cannot be cut so\n",
      run.cluster.gpu.name,
      format_bytes_binary(static_cast<double>(run.cluster.gpu.hbm.visible.value())));
  if (options.context > 0) {
    fmt::print("in brackets: sequences of {} tokens at once\n", options.context);
  } else if (engine.max_model_len) {
    fmt::print("in brackets: sequences of max_model_len at once\n");
  }
  fmt::print(
      "kv_cache_dtype {}, block_size {}, gpu_memory_utilization {}, max_model_len {}, "
      "max_num_batched_tokens {}\n",
      spec::name_of(engine.kv_cache_dtype, spec::kKvDtypeNames), engine.block_size,
      engine.gpu_memory_utilization,
      engine.max_model_len ? fmt::format("{}", *engine.max_model_len) : "what fits",
      *engine.max_num_batched_tokens);
  for (const Refused& refused : attempts.refused()) {
    fmt::print("not {}: {}\n", refused.name, refused.reason);
  }
}

}  // namespace

int list_fits(const FitsOptions& options) {
  Attempts attempts;
  const std::vector<ModelFits> all = all_fits(options, attempts);
  fmt::print(stderr, "{}", attempts.notes());
  if (options.format == "json") {
    fmt::print("{}\n", fits_json(options, all, attempts).dump(2));
    return kOk;
  }
  std::vector<std::string> header = {"model"};
  for (const std::int64_t size : plan::powers_of_two(options.max_tp)) {
    header.push_back(fmt::format("TP{}", size));
  }
  std::vector<std::vector<std::string>> rows;
  for (const ModelFits& each : all) {
    rows.push_back({each.run.model.name});
    const bool with_sequences = options.context > 0 || each.run.engine.max_model_len.has_value();
    for (const plan::Fit& fit : each.fits) {
      rows.back().push_back(cell(fit, with_sequences));
    }
  }
  fmt::print("{}", text_table(header, rows));
  print_footer(options, all.front().run, attempts);
  return kOk;
}

}  // namespace kvsim::cli
