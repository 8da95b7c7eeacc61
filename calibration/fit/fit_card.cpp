#include "calibration/fit/fit_card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calibration/fit/collective_fit.hpp"
#include "calibration/fit/evaluate.hpp"
#include "calibration/fit/folds.hpp"
#include "calibration/fit/log_fit.hpp"
#include "calibration/fit/parameters.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::fit {
namespace {

constexpr int kMostIterations = 80;

// The rows of one fit, as pointers into the samples, with the roots of their weights.
struct FitRows {
  std::vector<const Sample*> rows;
  std::vector<int> at;  // in the samples
  Eigen::VectorXd root_weights;
};

bool lists(const std::vector<std::string_view>& regimes, const std::string& regime) {
  return std::find(regimes.begin(), regimes.end(), regime) != regimes.end();
}

FitRows chosen_rows(const Recipe& recipe, const Samples& samples) {
  FitRows chosen;
  std::vector<bool> light;
  for (std::size_t i = 0; i < samples.rows.size(); ++i) {
    const Sample& sample = samples.rows[i];
    const bool is_light = lists(recipe.also_fitted, sample.regime);
    if (!is_rejected(sample) && (is_light || lists(recipe.judged, sample.regime))) {
      chosen.rows.push_back(&sample);
      chosen.at.push_back(static_cast<int>(i));
      light.push_back(is_light);
    }
  }
  const auto lights = static_cast<double>(std::count(light.begin(), light.end(), true));
  const double heavy = static_cast<double>(light.size()) - lights;
  const double weight = recipe.weight_is_total ? recipe.also_weight * heavy / std::max(1.0, lights)
                                               : recipe.also_weight;
  chosen.root_weights = Eigen::VectorXd::Ones(static_cast<Eigen::Index>(light.size()));
  for (std::size_t i = 0; i < light.size(); ++i) {
    if (light[i]) {
      chosen.root_weights[static_cast<Eigen::Index>(i)] = std::sqrt(weight);
    }
  }
  return chosen;
}

FitRows part_of(const FitRows& all, const std::vector<int>& positions) {
  FitRows part;
  for (const int position : positions) {
    part.rows.push_back(all.rows[static_cast<std::size_t>(position)]);
    part.at.push_back(all.at[static_cast<std::size_t>(position)]);
  }
  part.root_weights = all.root_weights(positions);
  return part;
}

LeastSquaresFit search(const Recipe& recipe, const Law& law, const FitRows& rows,
                       const std::vector<Eigen::VectorXd>& starts, const spec::GpuSpec& gpu) {
  const std::vector<Parameter> parameters = parameters_named(recipe.form, law.free);
  const auto count = static_cast<Eigen::Index>(rows.rows.size());
  Eigen::VectorXd measured(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    measured[i] = rows.rows[static_cast<std::size_t>(i)]->seconds;
  }
  const Residuals plain = log_residuals(
      [&](const Eigen::VectorXd& values) {
        const spec::CardSpec card = with_values(law.starts.front(), parameters, values);
        Eigen::VectorXd predicted(count);
        for (Eigen::Index i = 0; i < count; ++i) {
          const Sample& sample = *rows.rows[static_cast<std::size_t>(i)];
          predicted[i] = cost::call_seconds(sample.op, card, gpu, sample.batch);
        }
        return predicted;
      },
      measured);
  const Residuals weighted = [&](const Eigen::VectorXd& values) -> Eigen::VectorXd {
    return plain(values).cwiseProduct(rows.root_weights);
  };
  LeastSquaresOptions options = log_fit_options();
  options.loss_scale = recipe.loss_scale;
  options.differences = Differences::Forward;
  options.most_iterations = kMostIterations;
  options.tolerance = 1e-9;
  options.typical = typical_sizes(parameters);
  return least_squares_from_many(weighted, starts, bounds_of(parameters), options);
}

struct ChosenLaw {
  Law law;
  LeastSquaresFit fit;
};

ChosenLaw best_law(const Recipe& recipe, const FitRows& rows, const spec::GpuSpec& gpu) {
  std::optional<ChosenLaw> best;
  for (const Law& law : recipe.laws) {
    const auto parameters = parameters_named(recipe.form, law.free);
    std::vector<Eigen::VectorXd> starts;
    for (const spec::CardSpec& start : law.starts) {
      starts.push_back(values_of(start, parameters));
    }
    LeastSquaresFit fit = search(recipe, law, rows, starts, gpu);
    const bool same_size = best && best->law.free.size() == law.free.size();
    if (!best || fit.cost < best->fit.cost * (same_size ? 1 : kWorthALaw)) {
      best = ChosenLaw{law, std::move(fit)};
    }
  }
  return *best;
}

// One law on its rows; a card may take two: its own, and that of full windows on top.
struct Part {
  Recipe recipe;
  FitRows rows;
  ChosenLaw chosen;
  std::vector<Parameter> parameters;
  std::vector<std::string> groups;  // of rows that are held out together
};

// Whole shapes; of a table with a single shape, batches.
std::vector<std::string> groups_of(const FitRows& rows, bool single_shape) {
  std::vector<std::string> groups;
  for (const Sample* sample : rows.rows) {
    groups.push_back(single_shape ? fmt::format("{}", model::rows_of(sample->op, sample->batch))
                                  : sample->shape);
  }
  return groups;
}

bool has_single_shape(const FitRows& rows) {
  return std::all_of(rows.rows.begin(), rows.rows.end(), [&](const Sample* sample) {
    return sample->shape == rows.rows.front()->shape;
  });
}

Part fit_part(Recipe recipe, FitRows rows, const spec::GpuSpec& gpu) {
  Part part{std::move(recipe), std::move(rows), {}, {}, {}};
  part.groups = groups_of(part.rows, has_single_shape(part.rows));
  part.chosen = best_law(part.recipe, part.rows, gpu);
  part.parameters = parameters_named(part.recipe.form, part.chosen.law.free);
  return part;
}

// Rows that were fitted are judged by the fold that did not see them.
void hold_out(Eigen::VectorXd& predicted, const Part& part, const spec::CardSpec& card,
              const spec::GpuSpec& gpu) {
  const Folds folds = folds_by_group(part.groups, kFolds);
  for (int fold = 0; folds.count > 1 && fold < folds.count; ++fold) {
    const FoldRows rows = rows_of_fold(folds, fold);
    const LeastSquaresFit fit =
        search(part.recipe, part.chosen.law, part_of(part.rows, rows.fitted),
               {part.chosen.fit.parameters}, gpu);
    const spec::CardSpec other = with_values(card, part.parameters, fit.parameters);
    for (const int position : rows.held_out) {
      const Sample& sample = *part.rows.rows[static_cast<std::size_t>(position)];
      predicted[part.rows.at[static_cast<std::size_t>(position)]] =
          cost::call_seconds(sample.op, other, gpu, sample.batch);
    }
  }
}

// Of the parameters that are at no bound.
spec::CardCovariance covariance_of_card(const LeastSquaresFit& fit,
                                        const std::vector<Parameter>& parameters) {
  std::vector<std::size_t> inner;
  spec::CardCovariance covariance;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!fit.at_bound[i]) {
      inner.push_back(i);
      covariance.parameters.emplace_back(parameters[i].name);
    }
  }
  for (const std::size_t i : inner) {
    for (const std::size_t j : inner) {
      const double value =
          (*fit.covariance)(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) *
          parameters[i].unit * parameters[j].unit;
      covariance.matrix.push_back(std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr));
    }
  }
  return covariance;
}

spec::CardDomain domain_of(const Samples& samples) {
  spec::CardDomain domain;
  for (const Sample& sample : samples.rows) {
    const model::SpanCounts& counts = sample.batch.spans[0];
    domain.max_rows = std::max(domain.max_rows, model::rows_of(sample.op, sample.batch));
    const std::int64_t decoding =
        model::reads_decode_context(sample.op) ? counts.decode_longest : 0;
    domain.max_context = std::max({domain.max_context, decoding, counts.prefill_longest});
  }
  return domain;
}

std::vector<std::string> dtypes_of(const std::string& dtype) {
  if (dtype == "bf16" || dtype == "fp16") {
    return {"bf16", "fp16"};  // the same kernels at the same rates
  }
  const std::optional<spec::Dtype> ours = dtype_named(dtype);
  return {ours ? std::string(spec::name_of(*ours, spec::kDtypeNames)) : dtype};
}

spec::CardSpec card_of(const CardOrigin& origin, spec::CardOperator op, const spec::GpuSpec& gpu) {
  spec::CardSpec card;
  card.name = origin.name;
  card.gpus = {gpu.name};
  card.measured_on = spec::CardGpu{gpu.vendor, gpu.hbm.bandwidth, gpu.peak.bf16,
                                   gpu.streaming_multiprocessors, spec::link_bandwidth(gpu)};
  card.op = op;
  card.kernel = origin.kernel;
  card.stack = origin.stack;
  if (!spec::is_collective(op)) {  // messages count in bytes
    card.dtypes = dtypes_of(origin.dtype);
  }
  card.provenance = origin.provenance;
  card.source = origin.source;
  return card;
}

spec::CardSpec with_law(spec::CardSpec card, const Part& part) {
  const spec::CardSpec& law = part.chosen.law.starts.front();
  card.form = part.recipe.form;
  card.decode = law.decode;
  card.gemm = law.gemm;
  card.prefill = law.prefill;
  card.moe = law.moe;
  card.streaming = law.streaming;
  return rounded(with_values(card, part.parameters, part.chosen.fit.parameters), part.parameters);
}

void require_rows(const FitRows& rows, const Recipe& recipe) {
  std::size_t most = 0;
  for (const Law& law : recipe.laws) {
    most = std::max(most, law.free.size());
  }
  if (rows.rows.size() > most) {
    return;
  }
  refuse_input({"kvsim"},
               fmt::format("{} rows cannot determine {} parameters", rows.rows.size(), most),
               {fmt::format("rows that are fitted: {}", fmt::join(recipe.judged, "; "))});
}

CardFit collective_card(spec::CardOperator op, const Samples& samples, const spec::GpuSpec& gpu,
                        const CardOrigin& origin) {
  CardFit result;
  result.card = card_of(origin, op, gpu);
  result.card.form = spec::CardForm::Collective;
  const CollectiveFit fit = fit_collective(samples);
  result.card.collective = fit.form;
  result.fitted = fit.knots;
  result.converged = true;
  result.law = "table";
  result.card.residuals =
      card_residuals(evaluate(op, fit.between, predictions_of(result.card, fit.between, gpu)));
  result.card.residuals.folds = "message sizes between the points";
  return result;
}

}  // namespace

CardFit fit_card(spec::CardOperator op, const Samples& samples, const spec::GpuSpec& gpu,
                 const CardOrigin& origin) {
  if (spec::is_collective(op)) {
    return collective_card(op, samples, gpu, origin);
  }
  const Recipe recipe = recipe_for(op, origin.dtype);
  FitRows rows = chosen_rows(recipe, samples);
  require_rows(rows, recipe);
  std::vector<Part> parts{fit_part(recipe, std::move(rows), gpu)};
  const Part& law = parts.front();
  CardFit result;
  result.law = law.chosen.law.name;
  result.fitted = static_cast<int>(law.rows.rows.size());
  result.converged = law.chosen.fit.converged;
  result.card = with_law(card_of(origin, op, gpu), law);
  result.card.domain = domain_of(samples);
  if (const auto window = window_recipe(result.card, samples)) {
    parts.push_back(fit_part(*window, chosen_rows(*window, samples), gpu));
    result.card = with_law(result.card, parts.back());
  }
  Eigen::VectorXd predicted = predictions_of(result.card, samples, gpu);
  for (const Part& part : parts) {
    hold_out(predicted, part, result.card, gpu);
  }
  result.card.residuals = card_residuals(evaluate(op, samples, predicted));
  result.card.residuals.folds =
      fmt::format("{} by {}", kFolds,
                  has_single_shape(parts.front().rows) ? "number of rows" : recipe.fold_word);
  if (parts.front().chosen.fit.covariance) {
    result.card.covariance = covariance_of_card(parts.front().chosen.fit, parts.front().parameters);
  }
  return result;
}

void replay_in_graphs(spec::CardSpec& card, Duration launch) {
  if (card.form != spec::CardForm::Gemm || card.gemm.host_floor == Duration()) {
    return;
  }
  const auto microseconds = [](Duration time) { return to_seconds(time).value() * 1e6; };
  card.source += fmt::format(
      "; measured with a host floor of {:.1f} us per call and fitted with a launch of {:.1f} us "
      "(the "
      "residuals are those); for servers, which replay CUDA graphs, the floor is left out and the "
      "launch is {:.2f} us",
      microseconds(card.gemm.host_floor), microseconds(card.gemm.launch), microseconds(launch));
  card.gemm.host_floor = Duration();
  card.gemm.launch = launch;
}

}  // namespace kvsim::fit
