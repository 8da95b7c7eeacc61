#include "sim/report/cost_json.hpp"

namespace kvsim::report {
namespace {

Json bill_json(const spec::Bill& bill, const spec::RunMetrics& metrics) {
  const bool has_hits = metrics.prefix_cache_hits > 0;
  return {{"currency", bill.price.currency},
          {"as_of", bill.price.as_of},
          {"gpu_hour", json_number(bill.price.gpu_hour)},
          {"per_hour", json_number(bill.per_hour)},
          {"total", json_number(bill.total)},
          {"per_million_input_tokens", json_number(bill.per_million_input)},
          {"per_million_output_tokens", json_number(bill.per_million_output)},
          {"per_million_tokens", json_number(bill.per_million_all)},
          {"shared",
           {{"per_million_input_tokens", json_number(bill.per_million_computed_input)},
            {"per_million_cached_tokens", has_hits ? json_number(0.0) : Json(nullptr)},
            {"per_million_output_tokens", json_number(bill.per_million_answered)}}},
          {"saved_by_cache", json_number(bill.saved_by_cache)}};
}

Json energy_json(const spec::EnergyReport& energy) {
  return {{"provenance", spec::name_of(energy.provenance, spec::kProvenanceNames)},
          {"idle_counted", energy.idle_counted},
          {"joules", json_number(energy.joules)},
          {"mean_watts_per_gpu", json_number(energy.mean_watts)},
          {"joules_per_output_token", json_number(energy.joules_per_output_token)},
          {"joules_per_token", json_number(energy.joules_per_token)}};
}

}  // namespace

Json cost_json(const spec::CostReport& cost, const spec::RunMetrics& metrics) {
  return {{"gpus", cost.gpus},
          {"gpu_hours", json_number(cost.gpu_hours)},
          {"prompt_time_s", json_number(to_seconds(metrics.prompt_time).value())},
          {"bill", cost.bill ? bill_json(*cost.bill, metrics) : Json(nullptr)},
          {"energy", cost.energy ? energy_json(*cost.energy) : Json(nullptr)}};
}

Json offered_rate_json(const spec::OfferedRate& offered) {
  Json requests = Json::array();
  Json prompts = Json::array();
  Json outputs = Json::array();
  for (const spec::RateWindow& window : offered.windows) {
    requests.push_back(window.requests);
    prompts.push_back(window.prompt_tokens);
    outputs.push_back(window.output_tokens);
  }
  return {{"window_s", json_number(to_seconds(offered.window).value())},
          {"mean_rate", json_number(offered.mean_rate)},
          {"peak_rate", json_number(offered.peak_rate)},
          {"peak_start_s", json_number(to_seconds(offered.peak_start).value())},
          {"requests", std::move(requests)},
          {"prompt_tokens", std::move(prompts)},
          {"output_tokens", std::move(outputs)}};
}

}  // namespace kvsim::report
