// Numbers with units: what is counted decides the type, so bytes cannot be added to tokens.
//
// Amounts that are counted one by one (Bytes, Tokens) are 64-bit integers. Amounts that are
// measured (Seconds, Flops, rates) are doubles. Simulated time is neither: see sim_time.hpp.
// GB is 10^9 bytes and GiB is 2^30 bytes, here and in everything that is printed.
#pragma once

#include <compare>
#include <cstdint>

namespace kvsim {

template <class Tag, class Rep>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator*(Quantity a, Rep factor) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator*(Rep factor, Quantity a) {
    return Quantity(factor * a.value_);
  }
  friend constexpr Quantity operator/(Quantity a, Rep divisor) {
    return Quantity(a.value_ / divisor);
  }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  Rep value_{};
};

using Bytes = Quantity<struct BytesTag, std::int64_t>;
using Tokens = Quantity<struct TokensTag, std::int64_t>;
using BytesPerToken = Quantity<struct BytesPerTokenTag, std::int64_t>;
using Flops = Quantity<struct FlopsTag, double>;
using Seconds = Quantity<struct SecondsTag, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag, double>;
using FlopsPerSecond = Quantity<struct FlopsPerSecondTag, double>;
using PerSecond = Quantity<struct PerSecondTag, double>;
using Watts = Quantity<struct WattsTag, double>;

[[nodiscard]] constexpr Seconds operator/(Bytes amount, BytesPerSecond rate) {
  return Seconds(static_cast<double>(amount.value()) / rate.value());
}
[[nodiscard]] constexpr Seconds operator/(Flops amount, FlopsPerSecond rate) {
  return Seconds(amount.value() / rate.value());
}
[[nodiscard]] constexpr Bytes operator*(BytesPerToken each, Tokens count) {
  return Bytes(each.value() * count.value());
}
[[nodiscard]] constexpr Bytes operator*(Tokens count, BytesPerToken each) { return each * count; }
/// Requires: the division has no rest, as for every KV layout with whole bytes per token.
[[nodiscard]] constexpr BytesPerToken operator/(Bytes amount, Tokens count) {
  return BytesPerToken(amount.value() / count.value());
}

namespace literals {
constexpr Bytes operator""_B(unsigned long long v) { return Bytes(static_cast<std::int64_t>(v)); }
constexpr Bytes operator""_KiB(unsigned long long v) {
  return Bytes(static_cast<std::int64_t>(v) << 10);
}
constexpr Bytes operator""_MiB(unsigned long long v) {
  return Bytes(static_cast<std::int64_t>(v) << 20);
}
constexpr Bytes operator""_GiB(unsigned long long v) {
  return Bytes(static_cast<std::int64_t>(v) << 30);
}
constexpr Bytes operator""_GB(unsigned long long v) {
  return Bytes(static_cast<std::int64_t>(v) * 1'000'000'000);
}
constexpr Tokens operator""_tok(unsigned long long v) {
  return Tokens(static_cast<std::int64_t>(v));
}
}  // namespace literals

}  // namespace kvsim
