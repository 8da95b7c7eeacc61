#include "calibration/fit/recipe.hpp"

#include <algorithm>

#include "calibration/fit/parameters.hpp"
#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using spec::CardForm;
using spec::CardOperator;
using spec::CardSpec;

struct NamedValue {
  std::string_view name;
  double value;  // in the units of the search: microseconds, bytes, shares
};

// A form with these values, the others as they are when nothing is said.
CardSpec start_at(CardSpec card, CardForm form, const std::vector<NamedValue>& values) {
  card.form = form;
  for (const NamedValue& each : values) {
    const Parameter parameter = parameters_named(form, {each.name}).front();
    parameter.set(card, each.value * parameter.unit);
  }
  return card;
}

std::vector<std::string_view> names_of(const std::vector<NamedValue>& values) {
  std::vector<std::string_view> names;
  for (const NamedValue& each : values) {
    names.push_back(each.name);
  }
  return names;
}

// All of the first start's values are free.
Law law(std::string name, CardForm form, const CardSpec& fixed,
        const std::vector<std::vector<NamedValue>>& starts) {
  Law answer{std::move(name), {}, names_of(starts.front())};
  for (const auto& values : starts) {
    answer.starts.push_back(start_at(fixed, form, values));
  }
  return answer;
}

CardSpec decode_fixed() {
  CardSpec card;
  card.decode.log_from = 128;
  card.decode.tile_exponent = 0.8;
  card.decode.compute_efficiency = 1;
  return card;
}

// FlashAttention-3 and FlashInfer split the context of every call.
Law split_law() {
  return law("split", CardForm::Decode, decode_fixed(),
             {{{"launch", 10.5},
               {"log_context", 0.8},
               {"per_sequence", 0.005},
               {"group_tile", 0.01},
               {"tile_floor", 2},
               {"tile_floor_width", 1.4},
               {"tile", 2.6},
               {"bandwidth_efficiency", 0.95},
               {"narrow_head", 0.05},
               {"gather_bytes", 1}},
              {{"launch", 11.5},
               {"log_context", 0.9},
               {"per_sequence", 0.009},
               {"group_tile", 0},
               {"tile_floor", 2},
               {"tile_floor_width", 0.7},
               {"tile", 3},
               {"bandwidth_efficiency", 0.7},
               {"narrow_head", 0.18},
               {"gather_bytes", 10}}});
}

// TensorRT-LLM leaves the heads of MHA whole.
Law whole_mha_law() {
  CardSpec fixed = decode_fixed();
  fixed.decode.unsplit = spec::UnsplitForm{spec::UnsplitKind::Mha, 105, 0, {}, {}};
  return law("mha whole", CardForm::Decode, fixed,
             {{{"launch", 8},
               {"log_context", 1.9},
               {"per_sequence", 0.005},
               {"group_tile", 0.04},
               {"tile_floor", 3.2},
               {"tile_floor_width", 1.3},
               {"tile", 1},
               {"bandwidth_efficiency", 0.93},
               {"narrow_head", 0.05},
               {"gather_bytes", 1},
               {"unsplit.exponent", 0.137},
               {"unsplit.tile_floor", 1.8}},
              {{"launch", 9},
               {"log_context", 1},
               {"per_sequence", 0.005},
               {"group_tile", 0.04},
               {"tile_floor", 2},
               {"tile_floor_width", 1.5},
               {"tile", 3},
               {"bandwidth_efficiency", 0.8},
               {"narrow_head", 0.1},
               {"gather_bytes", 1},
               {"unsplit.exponent", 0.137},
               {"unsplit.tile_floor", 1.8}}});
}

// FlashAttention-2 splits only where too few heads would keep the SMs busy.
Law waves_law() {
  CardSpec fixed = decode_fixed();
  fixed.decode.unsplit = spec::UnsplitForm{spec::UnsplitKind::Waves, 72, 0, {}, {}};
  return law("waves", CardForm::Decode, fixed,
             {{{"launch", 10},
               {"log_context", 1.5},
               {"per_sequence", 0.005},
               {"tile_floor", 3.6},
               {"tile_floor_group", 0.14},
               {"tile", 1.7},
               {"bandwidth_efficiency", 0.78},
               {"gather_bytes", 1},
               {"unsplit.full_tiles", 72},
               {"unsplit.split_launch", 5}}});
}

Recipe decode_recipe() {
  Recipe recipe;
  recipe.form = CardForm::Decode;
  recipe.fold_word = "head shape";
  recipe.also_fitted = {"tiny"};
  recipe.also_weight = 0.2;
  recipe.weight_is_total = true;
  recipe.laws = {split_law(), whole_mha_law(), waves_law()};
  return recipe;
}

Law mla_law(std::string name, double blend) {
  CardSpec fixed;
  fixed.decode.log_from = 64;
  fixed.decode.tile_exponent = 1;
  fixed.decode.blend_exponent = blend;
  return law(std::move(name), CardForm::Decode, fixed,
             {{{"launch", 11},
               {"log_context", 1.2},
               {"per_query_head", 0.02},
               {"per_sequence", 0.02},
               {"tile", 1.2},
               {"bandwidth_efficiency", 0.915},
               {"compute_efficiency", 0.72}},
              {{"launch", 11.5},
               {"log_context", 0.7},
               {"per_query_head", 0.034},
               {"per_sequence", 0.001},
               {"tile", 4.5},
               {"bandwidth_efficiency", 0.938},
               {"compute_efficiency", 0.95}}});
}

Recipe mla_recipe() {
  Recipe recipe;
  recipe.form = CardForm::Decode;
  recipe.fold_word = "heads and batch";
  recipe.also_fitted = {"ctx < 512"};
  recipe.also_weight = 0.1;
  recipe.laws = {mla_law("p = 2", 2), mla_law("p = 2.5", 2.5), mla_law("p = 3", 3)};
  return recipe;
}

Recipe prefill_recipe() {
  Recipe recipe;
  recipe.form = CardForm::Prefill;
  recipe.fold_word = "head shape";
  recipe.also_fitted = {"isl < 512"};
  recipe.also_weight = 0.1;
  recipe.laws = {law("prefill", CardForm::Prefill, {},
                     {{{"launch", 11},
                       {"per_token", 0.001},
                       {"bandwidth_efficiency", 0.52},
                       {"kv_passes", 1},
                       {"compute_efficiency", 0.69},
                       {"blend_exponent", 2.6}},
                      {{"launch", 13.5},
                       {"per_token", 0.0018},
                       {"bandwidth_efficiency", 0.36},
                       {"kv_passes", 10},
                       {"compute_efficiency", 0.345},
                       {"blend_exponent", 1.7}}})};
  return recipe;
}

Law gemm_law(std::string name, std::int64_t chain_rows, bool quantises) {
  CardSpec fixed;
  fixed.gemm.chain_rows = chain_rows;
  std::vector<std::vector<NamedValue>> starts = {{{"launch", 2.5},
                                                  {"chain", 1.2},
                                                  {"chain_limit", 2800},
                                                  {"bandwidth_efficiency", 0.88},
                                                  {"compute_efficiency", 0.84},
                                                  {"chain_exponent", 1.4},
                                                  {"blend_exponent", 3.6},
                                                  {"prologue", 160},
                                                  {"wave", 0.1}},
                                                 {{"launch", 5},
                                                  {"chain", 0.62},
                                                  {"chain_limit", 60000},
                                                  {"bandwidth_efficiency", 0.8},
                                                  {"compute_efficiency", 0.7},
                                                  {"chain_exponent", 2},
                                                  {"blend_exponent", 7},
                                                  {"prologue", 10},
                                                  {"wave", 0.1}}};
  for (auto& start : starts) {
    if (quantises) {
      start.push_back({"quantise_bytes", 4.9});
      start.push_back({"quantise_row", 0.006});
    }
  }
  return law(std::move(name), CardForm::Gemm, fixed, starts);
}

// Launched eagerly by the harness: the host's floor hides chains.
Law eager_law() {
  return law("eager", CardForm::Gemm, {},
             {{{"launch", 21},
               {"host_floor", 88},
               {"bandwidth_efficiency", 0.9},
               {"compute_efficiency", 0.75},
               {"blend_exponent", 2.8},
               {"prologue", 180},
               {"quantise_bytes", 7}}});
}

Recipe gemm_recipe(const std::string& dtype) {
  Recipe recipe;
  recipe.form = CardForm::Gemm;
  recipe.fold_word = "shape of the weights";
  if (dtype == "fp8_block") {
    recipe.loss_scale = 0.08;
    recipe.laws = {eager_law()};
  } else if (dtype == "bf16" || dtype == "fp16" || dtype == "bfloat16" || dtype == "float16") {
    recipe.laws = {gemm_law("chains of 64 rows", 64, false)};
  } else {
    recipe.laws = {gemm_law("chains of 64 rows", 64, true),
                   gemm_law("chains of 256 rows", 256, true)};
  }
  return recipe;
}

Recipe moe_recipe() {
  Recipe recipe;
  recipe.form = CardForm::Moe;
  recipe.fold_word = "shape of the experts";
  recipe.loss_scale = 0.08;
  const auto start = [](double launch, double per_expert, double bytes, double bandwidth,
                        double compute, double blend, double padded) {
    return std::vector<NamedValue>{{"launch", launch},
                                   {"per_expert", per_expert},
                                   {"hidden_bytes", bytes},
                                   {"width_bytes", bytes},
                                   {"bandwidth_efficiency", bandwidth},
                                   {"compute_efficiency", compute},
                                   {"blend_exponent", blend},
                                   {"padded_rows", padded}};
  };
  recipe.laws = {
      law("experts", CardForm::Moe, {},
          {start(37, 0.1, 5, 0.89, 0.63, 2.4, 30), start(41, 0.1, 5, 0.89, 0.36, 2.2, 11),
           start(31, 1.6, 0.5, 0.2, 0.13, 12, 87)})};
  return recipe;
}

Recipe streaming_recipe(std::string fold_word, std::vector<NamedValue> start) {
  Recipe recipe;
  recipe.form = CardForm::Streaming;
  recipe.fold_word = std::move(fold_word);
  CardSpec fixed;
  fixed.streaming.bandwidth_efficiency = fixed.streaming.compute_efficiency = 1;
  recipe.laws = {law("launch and bytes", CardForm::Streaming, fixed, {std::move(start)})};
  return recipe;
}

Recipe decode_linear_recipe() {
  Recipe recipe =
      streaming_recipe("number of heads", {{"launch", 6}, {"bandwidth_efficiency", 0.89}});
  recipe.also_fitted = {"tiny"};
  return recipe;
}

// Waves of heads over SMs, each walking along its tokens.
Recipe prefill_linear_recipe() {
  Recipe recipe;
  recipe.form = CardForm::Prefill;
  recipe.fold_word = "number of heads";
  recipe.also_fitted = {"seq_len < 512"};
  recipe.also_weight = 0.2;
  recipe.laws = {law("scan", CardForm::Prefill, {},
                     {{{"launch", 13},
                       {"per_token", 0.0005},
                       {"bandwidth_efficiency", 0.5},
                       {"compute_efficiency", 0.3},
                       {"chain_efficiency", 0.37},
                       {"blend_exponent", 3}}})};
  return recipe;
}

}  // namespace

std::vector<std::string_view> judged_regimes(CardOperator op) {
  switch (op) {
    case CardOperator::DecodeAttention:
      return {"cold"};
    case CardOperator::DecodeAttentionMla:
      return {"ctx >= 512"};
    case CardOperator::PrefillAttention:
      return {"isl >= 512"};
    case CardOperator::Gemm:
      return {"m <= 256", "m < 1024", "m >= 1024"};
    case CardOperator::Moe:
      return {"tokens <= 256", "tokens > 256"};
    case CardOperator::DecodeLinear:
      return {"cold"};
    case CardOperator::PrefillLinear:
      return {"seq_len >= 512"};
    case CardOperator::ElementWise:
    case CardOperator::Embedding:
    case CardOperator::Sampling:
      return {"rows <= 256", "rows > 256"};
    default:
      return {};
  }
}

std::string judged_words(CardOperator op) {
  switch (op) {
    case CardOperator::DecodeAttention:
      return "cold, at most 16 query heads per KV head";
    case CardOperator::DecodeAttentionMla:
      return "contexts of 512 and more";
    case CardOperator::PrefillAttention:
      return "prompts of 512 and more, heads of 128";
    case CardOperator::Moe:
      return "even routing";
    case CardOperator::DecodeLinear:
      return "cold";
    case CardOperator::PrefillLinear:
      return "512 tokens and more per sequence";
    default:
      return "all";
  }
}

Recipe recipe_for(CardOperator op, const std::string& dtype) {
  const auto named = [&] {
    switch (op) {
      case CardOperator::DecodeAttention:
        return decode_recipe();
      case CardOperator::DecodeAttentionMla:
        return mla_recipe();
      case CardOperator::PrefillAttention:
        return prefill_recipe();
      case CardOperator::Gemm:
        return gemm_recipe(dtype);
      case CardOperator::Moe:
        return moe_recipe();
      case CardOperator::DecodeLinear:
        return decode_linear_recipe();
      case CardOperator::PrefillLinear:
        return prefill_linear_recipe();
      case CardOperator::ElementWise:
      case CardOperator::Embedding:
      case CardOperator::Sampling:
        return streaming_recipe(
            "number of rows", {{"launch", 3}, {"bandwidth_efficiency", 0.8}, {"l2_efficiency", 4}});
      default:
        throw InternalError("there is no recipe for this operator");
    }
  };
  Recipe recipe = named();
  recipe.judged = judged_regimes(op);
  return recipe;
}

std::optional<Recipe> window_recipe(const CardSpec& card, const Samples& samples) {
  const auto found = std::find_if(samples.rows.begin(), samples.rows.end(),
                                  [](const auto& sample) { return sample.regime == kFullWindow; });
  if (found == samples.rows.end()) {
    return std::nullopt;
  }
  Recipe recipe;
  recipe.form = CardForm::Decode;
  recipe.fold_word = "head shape";
  recipe.judged = {kFullWindow};
  CardSpec fixed = card;
  fixed.decode.window = spec::WindowForm{found->op.context_span.tokens, {}, {}, {}, 1};
  recipe.laws = {law("full windows", CardForm::Decode, fixed,
                     {{{"window.launch", 8.5},
                       {"window.least", 7},
                       {"window.tile", 6.5},
                       {"window.exponent", 0.96}}})};
  return recipe;
}

}  // namespace kvsim::fit
