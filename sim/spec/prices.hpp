// What GPUs cost: prices that the study gives, never ours. They are of one day and one seller, so a
// date belongs to them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

struct PriceSpec {
  std::string as_of;                       ///< YYYY-MM-DD
  std::string currency = "USD";            ///< three letters, as ISO 4217 has them
  std::map<std::string, double> gpu_hour;  ///< by the GPU's name
};

/// That of one GPU.
struct GpuPrice {
  double gpu_hour = 0;  ///< in `currency`
  std::string currency, as_of;
};

/// Nothing where the list does not name the GPU, or there is none.
[[nodiscard]] std::optional<GpuPrice> price_of(const std::optional<PriceSpec>& prices,
                                               const std::string& gpu);

void describe(FieldVisitor& visitor, PriceSpec& prices);

}  // namespace kvsim::spec
