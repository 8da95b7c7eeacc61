// kvsim calibrate report: reports/validation/kernels.md, every shipped card against its table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "calibration/fit/fit_card.hpp"
#include "calibration/fit/skew_errors.hpp"
#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/kernel_report.hpp"
#include "sim/cli/terminal.hpp"

namespace kvsim::cli {
namespace {

constexpr double kSkewMape = 0.05;  // the target, as those of kernel_targets.cpp
constexpr double kSkewP95 = 0.15;

constexpr const char* kHead = R"(<!-- Made by `kvsim calibrate report`; do not edit. -->

# Kernel prices against measurements

Cards in `calibration/cards`, fitted by `calibration/fit/fit_cards.sh` to public kernel timings
(ai-dynamo/aiconfigurator@095f58a, Apache-2.0). Errors are of held-out rows: whole shapes are left
out, five folds. `card` is the shipped card, fitted to all rows, on the same table; "-" where the
table was put together from several kernels or files. Rows beyond 1.02 x the HBM peak or beyond the
peak rate are rejected and counted. RTX cards: casys-kaist/LLMServingSim@5daddb2 (MIT).

| what | target | held out | p95 | wape | card | rows | met |
|---|---|---|---|---|---|---|---|
)";

constexpr const char* kPlot = R"(
![Predicted over measured time of twelve cards against the time of a call](kernels.svg)

Predicted over measured time of the shipped cards, against the measured time of a call: median, and
the band from the 5th to the 95th percentile of the rows in each third of a decade
(`calibration/fit/plot_errors.py`). All rows that can be true are in it, those that no target names
(L2-warm, few tokens, uneven routing) as well.
)";

std::string limits_of(const KernelTarget& target) {
  std::vector<std::string> parts;
  const auto add = [&](double limit, std::string_view word) {
    if (limit > 0) {
      parts.push_back(fmt::format("{} ≤ {:.3g} %", word, 100 * limit));
    }
  };
  add(target.mape, "mean");
  add(target.p95, "p95");
  add(target.wape, "wape");
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

bool is_met(const KernelTarget& target, const spec::CardErrors& errors) {
  const auto within = [](const std::optional<double>& error, double limit) {
    return limit == 0 || error.value_or(1) <= limit;
  };
  return within(errors.mape, target.mape) && within(errors.p95, target.p95) &&
         within(errors.wape, target.wape);
}

struct JudgedCard {
  spec::CardSpec card;
  fit::Evaluation here;  ///< of the card itself; empty where its table is none of the data's files
};

spec::CardErrors errors_of(const spec::CardResiduals& residuals, const std::string& regime) {
  for (const spec::CardErrorGroup& group : residuals.groups) {
    if (!regime.empty() && group.by == "regime" && group.name == regime) {
      return group.errors;
    }
  }
  return residuals.all;
}

fit::Samples samples_for(const spec::CardSpec& card, const std::filesystem::path& kernels,
                         const spec::GpuSpec& gpu) {
  const auto table = fit::CsvTable::load((kernels / table_of(card)).string());
  const std::string kernel = card.op == spec::CardOperator::DecodeAttentionMla ? "" : card.kernel;
  const std::string dtype = card.dtypes.empty() ? "" : card.dtypes.front();
  return fit::samples_of(card.op, table, {card.stack, kernel, dtype}, gpu);
}

using Judged = std::map<std::string, JudgedCard>;

Judged judge_cards(const std::filesystem::path& kernels) {
  Judged judged;
  for (const spec::CardSpec& card : config::load_cards(library())) {
    if (card.residuals.all.points == 0) {
      continue;
    }
    if (table_of(card).empty() || !std::filesystem::exists(kernels / table_of(card))) {
      judged[card.name] = {card, {}};  // of a table that was put together first: what the card says
      continue;
    }
    const spec::GpuSpec gpu = config::load_gpu(card.gpus.front(), library());
    const fit::Samples samples = samples_for(card, kernels, gpu);
    judged[card.name] = {card,
                         fit::evaluate(card.op, samples, fit::predictions_of(card, samples, gpu))};
  }
  return judged;
}

std::string target_line(const KernelTarget& target, const JudgedCard& judged) {
  const spec::CardErrors held_out = errors_of(judged.card.residuals, target.regime);
  const spec::CardErrors here = errors_of(fit::card_residuals(judged.here), target.regime);
  const bool met = is_met(target, held_out);
  const bool has_target = limits_of(target) != "none";
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", target.what, limits_of(target),
                     percent_or_dash(held_out.mape), percent_or_dash(held_out.p95),
                     percent_or_dash(held_out.wape), percent_or_dash(here.mape), held_out.points,
                     !has_target ? "" : (met ? "yes" : "**no**"));
}

std::string skew_lines(const std::map<std::string, fit::ErrorSummary>& skew) {
  std::string text;
  for (const auto& [regime, errors] : skew) {
    const bool judged = regime.find(',') == std::string::npos;
    const bool met = errors.mape <= kSkewMape && errors.p95 <= kSkewP95;
    text += fmt::format("| skewed batches, {} | {} | {} | {} | {} | | {} | {} |\n", regime,
                        judged ? "mean ≤ 5 %, p95 ≤ 15 %" : "none", percent(errors.mape),
                        percent(errors.p95), percent(errors.wape), errors.n,
                        !judged ? "" : (met ? "yes" : "**no**"));
  }
  return text;
}

std::map<std::string, fit::ErrorSummary> skew_of(const std::filesystem::path& kernels) {
  const auto multiprocessors = [](const char* gpu) {
    return static_cast<double>(config::load_gpu(gpu, library()).streaming_multiprocessors);
  };
  return fit::skew_errors(fit::CsvTable::load((kernels / "llmservingsim_skew.csv").string()),
                          fit::kConsumerSkew,
                          {{"RTX4090", multiprocessors("rtx-4090")},
                           {"RTXPRO6000", multiprocessors("rtx-pro-6000-server")}});
}

std::string causes(const Judged& judged, const std::map<std::string, fit::ErrorSummary>& skew) {
  std::string text = "\n## Missed, and what was found\n\n";
  for (const KernelTarget& target : kernel_targets()) {
    if (!target.cause.empty() && judged.contains(target.card)) {
      text += fmt::format("- **{}**: {}.\n", target.what, target.cause);
    }
  }
  const auto outside = skew.find("mixed, outside");
  if (outside != skew.end()) {
    text += fmt::format(
        "- **skewed batches, mixed**: {} of {} rows take less than t_mean or more than t_max, "
        "which "
        "no share between the two can say; they make the tail. The share comes from two consumer "
        "GPUs and is in their cards only: whether it carries over to others is not measured.\n",
        outside->second.n, skew.at("mixed").n);
  }
  return text;
}

// MLA has eight shapes; folds that leave out whole numbers of heads must extrapolate.
std::string whole_heads(const Judged& judged, const std::filesystem::path& kernels) {
  std::string text;
  for (const auto& [name, each] : judged) {
    if (each.card.op != spec::CardOperator::DecodeAttentionMla || each.here.every.n == 0) {
      continue;
    }
    const spec::GpuSpec gpu = config::load_gpu(each.card.gpus.front(), library());
    fit::Samples samples = samples_for(each.card, kernels, gpu);
    for (fit::Sample& sample : samples.rows) {
      sample.shape = fmt::format("{}", sample.op.shape.query_heads);
    }
    fit::CardOrigin origin;
    origin.dtype = each.card.dtypes.front();
    const fit::CardFit other = fit::fit_card(each.card.op, samples, gpu, origin);
    text += fmt::format(
        "- **{}**: folds leave out (heads, batch) pairs. Leaving out whole numbers of heads gives "
        "a "
        "mean of {} and a wape of {}: only 128 heads come near the rate of compute, and a fit "
        "without them does not see it.\n",
        name, percent_or_dash(other.card.residuals.all.mape),
        percent_or_dash(other.card.residuals.all.wape));
  }
  return text;
}

std::string card_section(const JudgedCard& judged) {
  const spec::CardSpec& card = judged.card;
  std::string text = fmt::format(
      "\n## {}\n\n{} {}; held out: {}; {} rows rejected.\n\n"
      "| by | of | rows | mean | median | p95 | wape | bias | card's mean |\n"
      "|---|---|---|---|---|---|---|---|---|\n",
      card.name, card.stack, card.kernel, card.residuals.folds, card.residuals.rejected);
  for (const spec::CardErrorGroup& group : card.residuals.groups) {
    const auto same = std::find_if(
        judged.here.groups.begin(), judged.here.groups.end(),
        [&](const auto& each) { return each.by == group.by && each.name == group.name; });
    const spec::CardErrors& errors = group.errors;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", group.by, group.name,
                        errors.points, percent_or_dash(errors.mape), percent_or_dash(errors.median),
                        percent_or_dash(errors.p95), percent_or_dash(errors.wape),
                        percent_or_dash(errors.bias),
                        same == judged.here.groups.end() ? "-" : percent(same->errors.mape));
  }
  return text;
}

}  // namespace

int calibrate_report(const KernelReportOptions& options) {
  const std::filesystem::path kernels = std::filesystem::path(options.data) / "kernels";
  if (!std::filesystem::exists(kernels / "llmservingsim_skew.csv")) {
    refuse(fmt::format("{}: no kernels/ with the development tables", options.data),
           "give the folder that holds kernels/");
  }
  const Judged judged = judge_cards(kernels);
  const auto skew = skew_of(kernels);
  std::string page = kHead;
  for (const KernelTarget& target : kernel_targets()) {
    if (const auto found = judged.find(target.card); found != judged.end()) {
      page += target_line(target, found->second);
    }
  }
  page +=
      skew_lines(skew) + std::string(kPlot) + causes(judged, skew) + whole_heads(judged, kernels);
  page +=
      "- **GEMM fp8 in blocks**: the harness launched DeepGEMM from the host; the card leaves its "
      "floor of 88 us out, so the card's own column is of other calls than the table's.\n";
  for (const auto& [name, each] : judged) {
    page += card_section(each);
  }
  write_whole(options.out, page);
  fmt::print("{} cards, written to {}\n", judged.size(), options.out);
  return kOk;
}

}  // namespace kvsim::cli
