#include "sim/workload/trace_values.hpp"

#include <charconv>
#include <chrono>

#include "sim/workload/limits.hpp"

namespace kvsim::workload {
namespace {

constexpr int kMostDigits = 30;  // of a decimal: 10^30 < 2^127

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Int128 power_of_ten(int exponent) {
  Int128 value = 1;
  for (int i = 0; i < exponent; ++i) {
    value *= 10;
  }
  return value;
}

// Reads a text from its start; each take answers whether it found what it wants.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && is_digit(rest_[0]); }

  bool take(char wanted) {
    if (rest_.empty() || rest_[0] != wanted) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  bool take_either(char one, char other) { return take(one) || take(other); }
  int take_digit() {
    const int digit = rest_[0] - '0';
    rest_.remove_prefix(1);
    return digit;
  }
  /// Exactly `digits` digits, not above `largest`.
  bool take_number(int digits, int largest, int& number) {
    number = 0;
    for (int i = 0; i < digits; ++i) {
      if (!next_is_digit()) {
        return false;
      }
      number = number * 10 + take_digit();
    }
    return number <= largest;
  }
  bool take_integer(int& number) {
    const bool negative = rest_.starts_with('-');
    if (!negative) {
      take('+');
    }
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return error == std::errc();
  }

 private:
  std::string_view rest_;
};

struct Decimal {
  Int128 digits = 0;
  int digit_count = 0;
  int fraction_digits = 0;
};

bool take_digits(Scanner& scanner, Decimal& decimal, bool fraction) {
  while (scanner.next_is_digit()) {
    if (decimal.digit_count == kMostDigits) {
      return false;
    }
    decimal.digits = decimal.digits * 10 + scanner.take_digit();
    ++decimal.digit_count;
    decimal.fraction_digits += fraction ? 1 : 0;
  }
  return true;
}

// digits · 10^exponent, or nothing beyond 10^36.
std::optional<Int128> scaled(const Decimal& decimal, int exponent) {
  if (exponent < 0) {
    return exponent < -36 ? Int128{0} : round_div(decimal.digits, power_of_ten(-exponent));
  }
  if (decimal.digits == 0) {
    return Int128{0};
  }
  if (exponent > 36 || decimal.digits > power_of_ten(36 - exponent)) {
    return std::nullopt;
  }
  return decimal.digits * power_of_ten(exponent);
}

std::optional<Int128> take_seconds_of_day(Scanner& scanner) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!(scanner.take_number(2, 23, hour) && scanner.take(':') &&
        scanner.take_number(2, 59, minute) && scanner.take(':') &&
        scanner.take_number(2, 59, second))) {
    return std::nullopt;
  }
  return (hour * 60 + minute) * 60 + second;
}

std::optional<Int128> take_days(Scanner& scanner) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!(scanner.take_number(4, 9999, year) && scanner.take('-') &&
        scanner.take_number(2, 12, month) && scanner.take('-') &&
        scanner.take_number(2, 31, day))) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<Int128> take_fraction(Scanner& scanner) {
  Decimal fraction;
  if (!scanner.take('.')) {
    return Int128{0};
  }
  if (!take_digits(scanner, fraction, true) || fraction.digit_count == 0 ||
      fraction.digit_count > 18) {
    return std::nullopt;
  }
  return scaled(fraction, 18 - fraction.fraction_digits);
}

// Seconds that the local clock is ahead of UTC.
std::optional<Int128> take_zone(Scanner& scanner) {
  if (scanner.empty() || scanner.take('Z')) {
    return Int128{0};
  }
  const bool west = scanner.take('-');
  int hours = 0;
  int minutes = 0;
  if (!(west || scanner.take('+')) || !scanner.take_number(2, 23, hours) || !scanner.take(':') ||
      !scanner.take_number(2, 59, minutes)) {
    return std::nullopt;
  }
  const int ahead = (hours * 60 + minutes) * 60;
  return Int128{west ? -ahead : ahead};
}

}  // namespace

std::optional<std::int64_t> parse_tokens(std::string_view text) {
  std::int64_t tokens = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, tokens);
  if (text.empty() || !is_digit(text[0]) || error != std::errc() || stopped != end ||
      tokens > kLongestRequest) {
    return std::nullopt;
  }
  return tokens;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::int64_t id = 0;
  const auto [stopped, error] = std::from_chars(text.data(), end, id);
  if (error == std::errc() && stopped == end) {
    return id;
  }
  std::uint64_t large = 0;
  const auto [stopped_large, error_large] = std::from_chars(text.data(), end, large);
  if (error_large != std::errc() || stopped_large != end) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(large);
}

std::optional<Duration> parse_decimal(std::string_view text, int power) {
  Scanner scanner(text);
  const bool negative = scanner.take('-');
  Decimal decimal;
  bool well_formed = take_digits(scanner, decimal, false);
  if (scanner.take('.')) {
    well_formed = well_formed && take_digits(scanner, decimal, true);
  }
  int exponent = 0;
  if (scanner.take_either('e', 'E')) {
    well_formed =
        well_formed && scanner.take_integer(exponent) && exponent > -400 && exponent < 400;
  }
  if (!well_formed || decimal.digit_count == 0 || !scanner.empty()) {
    return std::nullopt;
  }
  const auto magnitude = scaled(decimal, power + exponent - decimal.fraction_digits);
  if (!magnitude) {
    return std::nullopt;
  }
  return Duration(negative ? -*magnitude : *magnitude);
}

std::optional<Duration> parse_timestamp(std::string_view text) {
  Scanner scanner(text);
  const auto days = take_days(scanner);
  if (!days || !scanner.take_either(' ', 'T')) {
    return std::nullopt;
  }
  const auto seconds = take_seconds_of_day(scanner);
  const auto fraction = seconds ? take_fraction(scanner) : std::nullopt;
  const auto zone = fraction ? take_zone(scanner) : std::nullopt;
  if (!zone || !scanner.empty()) {
    return std::nullopt;
  }
  return Duration((*days * 86'400 + *seconds - *zone) * kAttosecondsPerSecond + *fraction);
}

}  // namespace kvsim::workload
