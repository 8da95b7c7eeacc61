#include "sim/cost/card_parameters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "sim/base/check.hpp"

namespace kvsim::cost {
namespace {

using spec::CardForm;
using spec::CardSpec;
using spec::DecodeForm;
using spec::GemmForm;
using spec::MoeForm;
using spec::PrefillForm;
using spec::StreamingForm;
using spec::UnsplitForm;
using spec::WindowForm;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();
constexpr double kSharpest = 20;           // a p-norm beyond this is the maximum
constexpr double kLeastEfficiency = 0.02;  // a card needs more than none
constexpr double kTypical = 1e3;           // a step of 1.5e-8: 15 000 as of a microsecond
constexpr double kTypicalWhole = 2e12;     // a step of 30, which rounding does not swallow

// Form: the member of the card; Field: the member of the form.
template <auto Form, auto Field>
Parameter microseconds(std::string_view name) {
  return {name,
          1e-6,
          0,
          kNoLimit,
          kTypical,
          [](const CardSpec& card) { return to_seconds((card.*Form).*Field).value(); },
          [](CardSpec& card, double value) { (card.*Form).*Field = to_duration(Seconds(value)); }};
}

template <auto Form, auto Field>
Parameter number(std::string_view name, double lower, double upper) {
  return {name,
          1,
          lower,
          upper,
          kTypical,
          [](const CardSpec& card) { return (card.*Form).*Field; },
          [](CardSpec& card, double value) { (card.*Form).*Field = value; }};
}

template <auto Form, auto Field>
Parameter efficiency(std::string_view name) {
  return number<Form, Field>(name, kLeastEfficiency, 1);
}

template <auto Form, auto Field>
Parameter exponent(std::string_view name) {
  return number<Form, Field>(name, 1, kSharpest);
}

template <auto Form, auto Field>
Parameter whole(std::string_view name, double lower, double upper) {
  return {name,
          1,
          lower,
          upper,
          kTypicalWhole,
          [](const CardSpec& card) { return static_cast<double>((card.*Form).*Field); },
          [](CardSpec& card, double value) { (card.*Form).*Field = std::llround(value); }};
}

// Of a part of the decode form that may be absent; setting a number makes it.
template <auto Part>
auto part_of(const CardSpec& card) {
  using Form = typename std::decay_t<decltype(card.decode.*Part)>::value_type;
  return (card.decode.*Part).value_or(Form{});
}

template <auto Part>
auto& made_part_of(CardSpec& card) {
  auto& part = card.decode.*Part;
  return part ? *part : part.emplace();
}

template <auto Part, auto Field>
Parameter part_time(std::string_view name) {
  return {name,
          1e-6,
          0,
          kNoLimit,
          kTypical,
          [](const CardSpec& card) { return to_seconds(part_of<Part>(card).*Field).value(); },
          [](CardSpec& card, double value) {
            made_part_of<Part>(card).*Field = to_duration(Seconds(value));
          }};
}

template <auto Part, auto Field>
Parameter part_number(std::string_view name, double lower, double upper) {
  return {name,
          1,
          lower,
          upper,
          kTypical,
          [](const CardSpec& card) { return part_of<Part>(card).*Field; },
          [](CardSpec& card, double value) { made_part_of<Part>(card).*Field = value; }};
}

std::vector<Parameter> streaming_parameters() {
  constexpr auto kForm = &CardSpec::streaming;
  return {microseconds<kForm, &StreamingForm::launch>("launch"),
          microseconds<kForm, &StreamingForm::per_sequence>("per_sequence"),
          microseconds<kForm, &StreamingForm::tile>("tile"),
          efficiency<kForm, &StreamingForm::bandwidth_efficiency>("bandwidth_efficiency"),
          number<kForm, &StreamingForm::l2_efficiency>("l2_efficiency", 0, 100),
          efficiency<kForm, &StreamingForm::compute_efficiency>("compute_efficiency"),
          exponent<kForm, &StreamingForm::blend_exponent>("blend_exponent")};
}

std::vector<Parameter> decode_parameters() {
  constexpr auto kForm = &CardSpec::decode;
  return {
      microseconds<kForm, &DecodeForm::launch>("launch"),
      microseconds<kForm, &DecodeForm::log_context>("log_context"),
      microseconds<kForm, &DecodeForm::per_sequence>("per_sequence"),
      microseconds<kForm, &DecodeForm::per_query_head>("per_query_head"),
      microseconds<kForm, &DecodeForm::group_tile>("group_tile"),
      microseconds<kForm, &DecodeForm::tile_floor>("tile_floor"),
      microseconds<kForm, &DecodeForm::tile_floor_width>("tile_floor_width"),
      microseconds<kForm, &DecodeForm::tile_floor_group>("tile_floor_group"),
      microseconds<kForm, &DecodeForm::tile>("tile"),
      number<kForm, &DecodeForm::tile_exponent>("tile_exponent", 0, 2),
      efficiency<kForm, &DecodeForm::bandwidth_efficiency>("bandwidth_efficiency"),
      number<kForm, &DecodeForm::narrow_head>("narrow_head", 0, 2),
      number<kForm, &DecodeForm::gather_bytes>("gather_bytes", 0, 1024),
      efficiency<kForm, &DecodeForm::compute_efficiency>("compute_efficiency"),
      exponent<kForm, &DecodeForm::blend_exponent>("blend_exponent"),
      part_number<&DecodeForm::unsplit, &UnsplitForm::full_tiles>("unsplit.full_tiles", 1, 1024),
      part_number<&DecodeForm::unsplit, &UnsplitForm::exponent>("unsplit.exponent", 0, 1),
      part_time<&DecodeForm::unsplit, &UnsplitForm::tile_floor>("unsplit.tile_floor"),
      part_time<&DecodeForm::unsplit, &UnsplitForm::split_launch>("unsplit.split_launch"),
      part_time<&DecodeForm::window, &WindowForm::launch>("window.launch"),
      part_time<&DecodeForm::window, &WindowForm::least>("window.least"),
      part_time<&DecodeForm::window, &WindowForm::tile>("window.tile"),
      part_number<&DecodeForm::window, &WindowForm::exponent>("window.exponent", 0, 2)};
}

std::vector<Parameter> gemm_parameters() {
  constexpr auto kForm = &CardSpec::gemm;
  return {microseconds<kForm, &GemmForm::launch>("launch"),
          microseconds<kForm, &GemmForm::host_floor>("host_floor"),
          microseconds<kForm, &GemmForm::chain>("chain"),
          whole<kForm, &GemmForm::chain_limit>("chain_limit", 64, 1 << 20),
          efficiency<kForm, &GemmForm::bandwidth_efficiency>("bandwidth_efficiency"),
          efficiency<kForm, &GemmForm::compute_efficiency>("compute_efficiency"),
          exponent<kForm, &GemmForm::chain_exponent>("chain_exponent"),
          exponent<kForm, &GemmForm::blend_exponent>("blend_exponent"),
          number<kForm, &GemmForm::prologue>("prologue", 0, 4096),
          number<kForm, &GemmForm::wave>("wave", 0, 1),
          number<kForm, &GemmForm::quantise_bytes>("quantise_bytes", 0, 64),
          microseconds<kForm, &GemmForm::quantise_row>("quantise_row")};
}

std::vector<Parameter> prefill_parameters() {
  constexpr auto kForm = &CardSpec::prefill;
  return {microseconds<kForm, &PrefillForm::launch>("launch"),
          microseconds<kForm, &PrefillForm::per_token>("per_token"),
          efficiency<kForm, &PrefillForm::bandwidth_efficiency>("bandwidth_efficiency"),
          efficiency<kForm, &PrefillForm::compute_efficiency>("compute_efficiency"),
          efficiency<kForm, &PrefillForm::chain_efficiency>("chain_efficiency"),
          number<kForm, &PrefillForm::kv_passes>("kv_passes", 0, 1024),
          exponent<kForm, &PrefillForm::blend_exponent>("blend_exponent")};
}

std::vector<Parameter> moe_parameters() {
  constexpr auto kForm = &CardSpec::moe;
  return {microseconds<kForm, &MoeForm::launch>("launch"),
          microseconds<kForm, &MoeForm::per_expert>("per_expert"),
          number<kForm, &MoeForm::hidden_bytes>("hidden_bytes", 0, 1024),
          number<kForm, &MoeForm::width_bytes>("width_bytes", 0, 1024),
          efficiency<kForm, &MoeForm::bandwidth_efficiency>("bandwidth_efficiency"),
          efficiency<kForm, &MoeForm::compute_efficiency>("compute_efficiency"),
          exponent<kForm, &MoeForm::blend_exponent>("blend_exponent"),
          number<kForm, &MoeForm::padded_rows>("padded_rows", 0, 1024)};
}

}  // namespace

const std::vector<Parameter>& parameters_of(CardForm form) {
  static const std::vector<Parameter> kStreaming = streaming_parameters();
  static const std::vector<Parameter> kDecode = decode_parameters();
  static const std::vector<Parameter> kGemm = gemm_parameters();
  static const std::vector<Parameter> kPrefill = prefill_parameters();
  static const std::vector<Parameter> kMoe = moe_parameters();
  static const std::vector<Parameter> kNone;
  switch (form) {
    case CardForm::Streaming:
      return kStreaming;
    case CardForm::Decode:
      return kDecode;
    case CardForm::Gemm:
      return kGemm;
    case CardForm::Prefill:
      return kPrefill;
    case CardForm::Moe:
      return kMoe;
    case CardForm::Collective:
    case CardForm::Link:
    case CardForm::Host:
      break;
  }
  return kNone;
}

std::vector<Parameter> parameters_named(CardForm form, const std::vector<std::string_view>& names) {
  const std::vector<Parameter>& all = parameters_of(form);
  std::vector<Parameter> named;
  for (const std::string_view name : names) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    KVSIM_CHECK(found != all.end(), "a form has no such parameter");
    named.push_back(*found);
  }
  return named;
}

}  // namespace kvsim::cost
