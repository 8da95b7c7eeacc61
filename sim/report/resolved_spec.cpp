#include "sim/report/resolved_spec.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "sim/base/units.hpp"

namespace kvsim::report {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// Small first: a later unit wins if its text is shorter, or as short and without "0.".
constexpr std::array kByteUnits = {Unit{" B", 1},        Unit{" kB", 1e3},    Unit{" MB", 1e6},
                                   Unit{" GB", 1e9},     Unit{" TB", 1e12},   Unit{" KiB", 0x1p10},
                                   Unit{" MiB", 0x1p20}, Unit{" GiB", 0x1p30}};
constexpr std::array kBandwidthUnits = {Unit{" B/s", 1}, Unit{" MB/s", 1e6}, Unit{" GB/s", 1e9},
                                        Unit{" TB/s", 1e12}};
constexpr std::array kComputeUnits = {Unit{" GFLOP/s", 1e9}, Unit{" TFLOP/s", 1e12},
                                      Unit{" PFLOP/s", 1e15}};
constexpr std::array kPowerUnits = {Unit{" W", 1}, Unit{" kW", 1e3}};
constexpr std::array kRateUnits = {Unit{"/s", 1}, Unit{"/min", 1.0 / 60}, Unit{"/h", 1.0 / 3600}};

std::string shortest_text(double value, std::span<const Unit> units, Dimension dimension) {
  std::string best = fmt::format("{}{}", value / units[0].factor, units[0].name);
  for (const Unit& unit : units.subspan(1)) {
    std::string text = fmt::format("{}{}", value / unit.factor, unit.name);
    const bool better =
        text.size() < best.size() || (text.size() == best.size() && std::abs(value) >= unit.factor);
    if (better && parse_number(text, dimension).value == value) {
      best = std::move(text);
    }
  }
  return best;
}

struct TimeUnit {
  std::string_view name;
  Int128 attoseconds;
  std::size_t decimals;
};
constexpr std::array kTimeUnits = {
    TimeUnit{"s", kAttosecondsPerSecond, 18}, TimeUnit{"ms", kAttosecondsPerMillisecond, 15},
    TimeUnit{"us", 1'000'000'000'000, 12}, TimeUnit{"ns", 1'000'000'000, 9}};

std::string decimal(Int128 attoseconds, const TimeUnit& unit) {
  std::string fraction = to_string(attoseconds % unit.attoseconds);
  fraction.insert(0, unit.decimals - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') {
    fraction.pop_back();
  }
  const std::string whole = to_string(attoseconds / unit.attoseconds);
  return fraction.empty() ? whole : whole + '.' + fraction;
}

// Walks the field tables and builds the document that would bind to the same struct.
class SpecWriter final : public spec::FieldVisitor {
 public:
  using Info = spec::FieldInfo;

  SpecWriter() : open_{&root_} {}
  [[nodiscard]] Json take() { return std::move(root_); }

  void field(const Info& info, bool& value) override { put(info, value); }
  void field(const Info& info, std::int64_t& value) override { put(info, value); }
  void field(const Info& info, double& value) override { put(info, json_number(value)); }
  void field(const Info& info, std::string& value) override { put(info, value); }
  void field(const Info& info, Bytes& value) override { put(info, exact_text(value)); }
  void field(const Info& info, BytesPerSecond& value) override { put(info, exact_text(value)); }
  void field(const Info& info, FlopsPerSecond& value) override { put(info, exact_text(value)); }
  void field(const Info& info, PerSecond& value) override { put(info, exact_text(value)); }
  void field(const Info& info, Watts& value) override { put(info, exact_text(value)); }
  void field(const Info& info, Duration& value) override { put(info, exact_text(value)); }
  void field(const Info& info, std::map<std::string, double>& values) override {
    Json numbers = Json::object();
    for (const auto& [name, value] : values) {
      numbers[name] = json_number(value);
    }
    put(info, std::move(numbers));
  }
  void field(const Info& info, std::vector<std::int64_t>& values) override { put(info, values); }
  void field(const Info& info, std::vector<double>& values) override { put(info, values); }
  void field(const Info& info, std::vector<std::string>& values) override { put(info, values); }
  void field(const Info& info, std::vector<Duration>& values) override {
    Json texts = Json::array();
    for (const Duration value : values) {
      texts.push_back(exact_text(value));
    }
    put(info, std::move(texts));
  }

  void choice(const Info& info, std::span<const std::string_view> names, int& index) override {
    put(info, names[static_cast<std::size_t>(index)]);
  }
  void choice_list(const Info& info, std::span<const std::string_view> names,
                   std::vector<int>& indices) override {
    Json words = Json::array();
    for (const int index : indices) {
      words.push_back(names[static_cast<std::size_t>(index)]);
    }
    put(info, std::move(words));
  }
  void keyword_or(const Info& info, std::string_view keyword,
                  std::optional<std::int64_t>& value) override {
    put(info, value ? Json(*value) : Json(keyword));
  }
  int one_of(std::string_view, std::span<const std::string_view>, int current) override {
    return current;
  }
  bool present(const Info&, bool has_value) override { return has_value; }
  bool applies(bool condition) override { return condition; }
  void rule(bool, std::string_view, std::string_view, std::string_view) override {}

  bool enter(const Info& info) override {
    Json& child = (*open_.back())[std::string(info.key)];
    child = Json::object();
    open_.push_back(&child);
    return true;
  }
  void leave() override { open_.pop_back(); }
  std::size_t list_size(const Info&, std::size_t current) override { return current; }
  bool enter_item(const Info& info, std::size_t) override {
    Json& items = (*open_.back())[std::string(info.key)];
    items.push_back(Json::object());
    open_.push_back(&items.back());
    return true;
  }

 private:
  void put(const Info& info, Json value) {
    (*open_.back())[std::string(info.key)] = std::move(value);
  }

  Json root_ = Json::object();
  std::vector<Json*> open_;  // a parent gets no new key while one of its children is open
};

template <class T>
Json written(T value) {  // a copy: the tables walk over fields that may change
  SpecWriter writer;
  describe(writer, value);
  return writer.take();
}

// As a study says it: each pool with its whole engine, none beside them.
Json written_with_pools(const spec::RunSpec& run) {
  Json json = written(run);
  json.erase("engine");
  Json& cluster = json["cluster"];
  const std::vector<spec::RunSpec> alone = spec::by_pool(run);
  Json pools = Json::object();
  for (std::size_t i = 0; i < alone.size(); ++i) {
    const Json one = written(alone[i]);
    Json& pool = pools[run.pools[i].name];
    for (const char* key : {"gpu", "replicas", "startup_delay"}) {
      pool[key] = one["cluster"][key];
      cluster.erase(key);
    }
    pool["engine"] = one["engine"];
  }
  cluster["pools"] = std::move(pools);
  return json;
}

}  // namespace

std::string exact_text(Bytes value) {
  const auto exact = static_cast<double>(value.value());
  if (static_cast<std::int64_t>(exact) != value.value()) {
    return fmt::format("{} B", value.value());
  }
  return shortest_text(exact, kByteUnits, Dimension::Size);
}

std::string exact_text(BytesPerSecond value) {
  return shortest_text(value.value(), kBandwidthUnits, Dimension::Bandwidth);
}

std::string exact_text(FlopsPerSecond value) {
  return shortest_text(value.value(), kComputeUnits, Dimension::ComputeRate);
}

std::string exact_text(PerSecond value) {
  return shortest_text(value.value(), kRateUnits, Dimension::Rate);
}

std::string exact_text(Watts value) {
  return shortest_text(value.value(), kPowerUnits, Dimension::Power);
}

std::string exact_text(Duration value) {
  const Int128 attoseconds = value.attoseconds();
  const Int128 magnitude = attoseconds < 0 ? -attoseconds : attoseconds;
  const TimeUnit* unit = &kTimeUnits.front();
  while (magnitude != 0 && magnitude < unit->attoseconds && unit != &kTimeUnits.back()) {
    ++unit;
  }
  return fmt::format("{}{} {}", attoseconds < 0 ? "-" : "", decimal(magnitude, *unit), unit->name);
}

Json resolved_json(const spec::RunSpec& run) {
  return run.pools.empty() ? written(run) : written_with_pools(run);
}
Json resolved_json(const spec::CardSpec& card) { return written(card); }

}  // namespace kvsim::report
