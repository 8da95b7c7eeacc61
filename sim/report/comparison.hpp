// Two result.json files side by side: which runs belong together, and what differs between them.
//
//   difference  B − A
//   ratio       B / A; none where A is 0
//   verdict     "apart" when the intervals of both runs do not overlap,
//               "within the error bars" when they do, nothing when one of the runs has none
//
// The verdict is conservative and no test of significance: two intervals may overlap although the
// difference is larger than chance. Runs are paired by id, what is left by variant where each file
// has one of it, and a single run with a single run whatever their names. Nothing is dropped: runs
// without a partner are listed.
//
// Not compared: lists (KV usage over time, the prefix cache's curve, cards).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/report/ranges.hpp"
#include "sim/report/table.hpp"

namespace kvsim::report {

/// A result.json and what to call it.
struct ResultText {
  std::string name;  ///< the path
  std::string json;
};

struct WhatToCompare {
  bool all = false;                    ///< every number, not the headline alone
  std::vector<std::string> metrics{};  ///< names, in place of the headline
};

enum class Verdict { None, Apart, WithinTheErrorBars };

struct MetricPair {
  std::string name;   ///< place below runs[] without "metrics.", e.g. "memory.kv_cache_tokens"
  std::string title;  ///< "p99 TTFT"
  std::string unit;
  bool is_share = false;    ///< shown in percent
  bool is_latency = false;  ///< says nothing about a steady state when the run is overloaded
  bool counts = false;      ///< of the headline, or asked for by name
  Value a, b;
  std::optional<Range> range_a{}, range_b{};
};

struct SettingPair {
  std::string key;
  std::string a, b;  ///< empty: not overridden
  friend bool operator==(const SettingPair&, const SettingPair&) = default;
};

struct RunPair {
  std::string id_a, id_b;
  std::string variant_a, variant_b;
  std::string stability_a, stability_b;
  std::vector<SettingPair> settings;  ///< overrides that differ
  std::vector<MetricPair> metrics;
};

/// One of the two files.
struct Side {
  std::string name;
  std::string study;
  std::string kvsim_version;
  std::size_t runs = 0;
  std::optional<double> confidence;  ///< of its intervals
  std::vector<std::string> alone;    ///< ids of the runs without a partner
};

struct Comparison {
  Side a, b;
  std::vector<RunPair> runs;  ///< in A's order
  bool all = false;           ///< every number was asked for: rows have the names, not titles
};

/// Throws ConfigError: no result.json, of another schema, or a metric that neither file has.
[[nodiscard]] Comparison compare(const ResultText& a, const ResultText& b,
                                 const WhatToCompare& what = {});

[[nodiscard]] bool differs(const MetricPair& pair);
[[nodiscard]] std::optional<double> difference(const MetricPair& pair);
[[nodiscard]] std::optional<double> ratio(const MetricPair& pair);
[[nodiscard]] Verdict verdict(const MetricPair& pair);
[[nodiscard]] std::string_view words_of(Verdict verdict);  ///< empty for None
/// "A", "B", "A and B"; empty when neither run is overloaded.
[[nodiscard]] std::string overloaded_in(const RunPair& run);

/// What to call the run: its variant if no other pair has it, else its id; both ids if they differ.
[[nodiscard]] std::string label_of(const Comparison& comparison, const RunPair& run);

/// One line for each of `counts` that differs by more than `percent` of A (in whatever way when A
/// is 0, has no such number or is a word), and one for each run without a partner.
[[nodiscard]] std::vector<std::string> beyond(const Comparison& comparison, double percent);

/// What changed, in a sentence made of the numbers.
[[nodiscard]] std::string comparison_sentence(const Comparison& comparison);

/// What a reader needs beside the numbers: the rule of the verdict, versions and intervals that
/// are not alike.
[[nodiscard]] std::vector<std::string> comparison_notes(const Comparison& comparison);

/// For to_terminal, to_markdown and to_csv.
[[nodiscard]] Report comparison_report(const Comparison& comparison);
[[nodiscard]] std::string comparison_json(const Comparison& comparison);

}  // namespace kvsim::report
