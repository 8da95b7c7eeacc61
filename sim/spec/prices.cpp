#include "sim/spec/prices.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace kvsim::spec {
namespace {

// Digits alone, `count` of them from `at` on; -1 if there is anything else.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = -1;
  const char* end = text.data() + at + count;
  const auto [stop, problem] = std::from_chars(text.data() + at, end, number);
  return problem == std::errc() && stop == end && number >= 0 ? number : -1;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return false;
  }
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  return year >= 0 && month >= 0 && day >= 0 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<GpuPrice> price_of(const std::optional<PriceSpec>& prices, const std::string& gpu) {
  if (!prices) {
    return std::nullopt;
  }
  const auto found = prices->gpu_hour.find(gpu);
  if (found == prices->gpu_hour.end()) {
    return std::nullopt;
  }
  return GpuPrice{found->second, prices->currency, prices->as_of};
}

void describe(FieldVisitor& visitor, PriceSpec& prices) {
  visitor.field(required("as_of", "the day of these prices: YYYY-MM-DD"), prices.as_of);
  visitor.field(optional("currency", "of these prices, three letters"), prices.currency);
  visitor.field(above(required("gpu_hour", "what an hour of one GPU costs, by the GPU's name"), 0),
                prices.gpu_hour);
  visitor.rule(is_date(prices.as_of), "as_of", "is no date",
               "write year, month and day, for example 2026-11-01");
  visitor.rule(is_currency(prices.currency), "currency", "is no currency",
               "write three capital letters, for example USD or EUR");
  visitor.rule(!prices.gpu_hour.empty(), "gpu_hour", "names no GPU",
               "give one at least, for example {h100-sxm: 2.50}");
}

}  // namespace kvsim::spec
