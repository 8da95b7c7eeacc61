#include "sim/cli/validation_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/cli/text_table.hpp"

namespace kvsim::cli {
namespace {

using validate::Comparison;
using validate::Errors;
using validate::Group;
using validate::Judgement;
using validate::TargetResult;

constexpr std::size_t kWorstGroups = 10;

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

std::vector<std::string> errors_cells(const Group& group) {
  std::vector<std::string> cells = {fmt::format("{}", group.errors.n),
                                    percent(group.errors.median_ape),
                                    percent(group.errors.mean_ape), percent(group.errors.p90_ape),
                                    fmt::format("{:+.1f}", 100 * group.errors.bias)};
  cells.push_back(group.mean_field ? fmt::format("{} / {}", percent(group.mean_field->median_ape),
                                                 percent(group.mean_field->p90_ape))
                                   : "-");
  cells.push_back(group.coverage ? fmt::format("{:.0f}", 100 * group.coverage->share) : "-");
  cells.push_back(group.coverage ? percent(group.coverage->median_half_width) : "-");
  return cells;
}

const std::vector<std::string> kErrorHeads = {"n",
                                              "median %",
                                              "mean %",
                                              "p90 %",
                                              "bias %",
                                              "formula: median / p90 %",
                                              "in interval %",
                                              "half width %"};

std::string limit_of(const spec::ValidationTarget& target) {
  std::string limit = percent(target.median);
  return target.p90 ? fmt::format("{} / {}", limit, percent(*target.p90)) : limit;
}

std::vector<std::string> with_heads(std::vector<std::string> heads) {
  heads.insert(heads.end(), kErrorHeads.begin(), kErrorHeads.end());
  return heads;
}

using Lines = std::vector<std::vector<std::string>>;

Lines target_lines(const std::vector<Judgement>& all) {
  Lines lines;
  for (const Judgement& judgement : all) {
    for (const TargetResult& result : judgement.targets) {
      std::vector<std::string> line = {result.target.name, result.target.metric,
                                       limit_of(result.target), result.met ? "yes" : "no"};
      const std::vector<std::string> cells = errors_cells(result.group);
      line.insert(line.end(), cells.begin(), cells.end());
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

Lines group_lines(const std::vector<const Group*>& groups) {
  Lines lines;
  for (const Group* group : groups) {
    std::vector<std::string> line = {group->name, group->metric};
    const std::vector<std::string> cells = errors_cells(*group);
    line.insert(line.end(), cells.begin(), cells.end());
    lines.push_back(std::move(line));
  }
  return lines;
}

// Of every map the widest grouping: the one that tells most.
std::vector<const Group*> finest_groups(const Judgement& judgement) {
  std::vector<const Group*> groups;
  for (const Group& group : judgement.groups) {
    const bool only = judgement.groups.size() == 1;
    if (only || group.by.find(" x ") != std::string::npos) {
      groups.push_back(&group);
    }
  }
  return groups;
}

std::vector<const Group*> overall(const Judgement& judgement) {
  std::vector<const Group*> groups;
  for (const Group& group : judgement.groups) {
    if (group.by == "all") {
      groups.push_back(&group);
    }
  }
  return groups;
}

// Of the map's first metric: others would drown it.
std::vector<const Group*> worst_groups(const Judgement& judgement) {
  std::vector<const Group*> groups = finest_groups(judgement);
  std::erase_if(
      groups, [&](const Group* group) { return group->metric != judgement.groups.front().metric; });
  std::stable_sort(groups.begin(), groups.end(), [](const Group* a, const Group* b) {
    return a->errors.median_ape > b->errors.median_ape;
  });
  groups.resize(std::min(groups.size(), kWorstGroups));
  return groups;
}

// A row has a comparison for each of its metrics.
template <class Which>
std::size_t count_rows(const Judgement& judgement, const Which& which) {
  std::set<int> lines;
  for (const Comparison& row : judgement.rows) {
    if (which(row)) {
      lines.insert(row.line);
    }
  }
  return lines.size();
}

std::size_t rows_skipped(const Judgement& judgement) {
  std::size_t count = 0;
  for (const validate::Skipped& skipped : judgement.skipped) {
    count += skipped.rows.size();
  }
  return count;
}

std::string what_was_simulated(const Judgement& judgement) {
  const std::size_t simulated = count_rows(judgement, [](const auto&) { return true; });
  const std::size_t fitted =
      count_rows(judgement, [](const auto& row) { return !row.fitted.empty(); });
  const std::size_t skipped = rows_skipped(judgement);
  return fmt::format("{} of {} rows simulated, {} of them used for host time and in no error",
                     simulated, simulated + skipped, fitted);
}

// Of all rows alike: "time priced 61 % fitted-elsewhere, 39 % extrapolated".
std::string evidence(const Judgement& judgement) {
  std::vector<std::string> parts;
  for (std::size_t tag = 0; tag < spec::kProvenanceNames.size(); ++tag) {
    double share = 0;
    for (const Comparison& row : judgement.rows) {
      share += row.provenance[tag] / static_cast<double>(judgement.rows.size());
    }
    if (share > 0) {
      parts.push_back(fmt::format("{:.0f} % {}", 100 * share, spec::kProvenanceNames[tag]));
    }
  }
  return parts.empty() ? "nothing simulated"
                       : fmt::format("time priced {}", fmt::join(parts, ", "));
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string markdown_table(const std::vector<std::string>& header, const Lines& lines) {
  std::string text = markdown_row(header);
  text += markdown_row(std::vector<std::string>(header.size(), "---"));
  for (const std::vector<std::string>& line : lines) {
    text += markdown_row(line);
  }
  return text + "\n";
}

std::string skipped_lines(const Judgement& judgement) {
  std::string text;
  for (const validate::Skipped& skipped : judgement.skipped) {
    text += fmt::format("- {} rows: {}\n", skipped.rows.size(), skipped.reason);
  }
  return text.empty() ? text : text + "\n";
}

std::string causes(const Judgement& judgement) {
  std::string text;
  for (const Group& cause : judgement.causes) {
    text += fmt::format("- {} ({} rows, {}: median error {} %, bias {:+.1f} %)\n", cause.name,
                        cause.errors.n, cause.metric, percent(cause.errors.median_ape),
                        100 * cause.errors.bias);
  }
  return text.empty() ? text : "What is known of errors:\n\n" + text + "\n";
}

std::string section(const Judgement& judgement) {
  std::string text =
      fmt::format("## {}\n\n{};\n{}.\nSource: {}.\n\n", judgement.map,
                  what_was_simulated(judgement), evidence(judgement), judgement.source);
  text += markdown_table(with_heads({"rows", "metric"}), group_lines(overall(judgement)));
  if (const std::vector<const Group*> worst = worst_groups(judgement); worst.size() > 1) {
    text += "Worst groups:\n\n";
    text += markdown_table(with_heads({"group", "metric"}), group_lines(worst));
  }
  text += causes(judgement);
  const std::string skipped = skipped_lines(judgement);
  return skipped.empty() ? text : text + "Not simulated:\n\n" + skipped;
}

constexpr std::string_view kIntro =
    "Each row is simulated as it was measured and compared. Errors are |predicted/measured - 1|; "
    "bias is\nthe mean of predicted/measured - 1. 'formula' has the errors of the estimate without "
    "a simulation\n(sim/plan/mean_field.hpp) on the rows that it can say something about. 'in "
    "interval' is how many measured\nvalues lie in the prediction's interval, and 'half "
    "width' how wide that is. Nothing is fitted to any row\nbut host time, and rows used for that "
    "are in no error.\n\n";

}  // namespace

std::string validation_markdown(const std::vector<Judgement>& all) {
  std::string text = "# Predicted beside measured\n\n" + std::string(kIntro);
  if (const Lines targets = target_lines(all); !targets.empty()) {
    text += markdown_table(with_heads({"target", "metric", "limit %", "met"}), targets);
  }
  for (const Judgement& judgement : all) {
    text += section(judgement);
  }
  return text;
}

namespace {

// A terminal has 100 columns: of the errors those that one looks for first.
const std::vector<std::string> kShortHeads = {"n",         "median %", "p90 %", "bias %",
                                              "formula %", "inside %", "+- %"};

std::vector<std::string> short_line(std::vector<std::string> line, const Group& group) {
  const auto& [n, median, mean, p90, bias] = group.errors;
  const auto formula = group.mean_field ? percent(group.mean_field->median_ape) : "-";
  const auto inside = group.coverage ? fmt::format("{:.0f}", 100 * group.coverage->share) : "-";
  const auto width = group.coverage ? percent(group.coverage->median_half_width) : "-";
  line.insert(line.end(), {fmt::format("{}", n), percent(median), percent(p90),
                           fmt::format("{:+.1f}", 100 * bias), formula, inside, width});
  return line;
}

std::string short_table(std::vector<std::string> heads, const Lines& lines) {
  heads.insert(heads.end(), kShortHeads.begin(), kShortHeads.end());
  return text_table(heads, lines);
}

// Of a handful of rows one wants to see each.
constexpr std::size_t kFewRows = 24;

std::string readable(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string row_table(const Judgement& judgement) {
  constexpr std::size_t kLongestName = 40;
  Lines lines;
  for (const Comparison& row : judgement.rows) {
    const std::string name =
        row.row.size() > kLongestName ? row.row.substr(0, kLongestName - 3) + "..." : row.row;
    const auto interval = row.interval ? fmt::format("[{}, {}]", readable(row.interval->low),
                                                     readable(row.interval->high))
                                       : "-";
    lines.push_back({name, row.metric, readable(row.measured), readable(row.predicted),
                     fmt::format("{:.3f}", row.predicted / row.measured), interval});
  }
  return text_table({"row", "metric", "measured", "predicted", "ratio", "interval"}, lines);
}

std::string short_groups(std::string_view head, const std::vector<const Group*>& groups,
                         std::string Group::*name) {
  Lines lines;
  for (const Group* group : groups) {
    lines.push_back(short_line({group->*name}, *group));
  }
  return short_table({std::string(head)}, lines);
}

std::string short_targets(const std::vector<Judgement>& all) {
  Lines lines;
  for (const Judgement& judgement : all) {
    for (const TargetResult& result : judgement.targets) {
      lines.push_back(short_line(
          {result.target.name, limit_of(result.target), result.met ? "yes" : "no"}, result.group));
    }
  }
  return lines.empty() ? std::string()
                       : "targets (limits: median, or median / p90)\n" +
                             short_table({"target", "limit %", "met"}, lines);
}

}  // namespace

std::string validation_table(const std::vector<Judgement>& all) {
  std::string text;
  for (const Judgement& judgement : all) {
    text += fmt::format("{}: {};\n{}\n\n", judgement.map, what_was_simulated(judgement),
                        evidence(judgement));
    text += judgement.rows.size() <= kFewRows ? row_table(judgement) + "\n" : std::string();
    text += short_groups("all rows", overall(judgement), &Group::metric);
    if (const std::vector<const Group*> worst = worst_groups(judgement); worst.size() > 1) {
      text += "\n" + short_groups(fmt::format("worst groups, {}", worst.front()->metric), worst,
                                  &Group::name);
    }
    const std::string skipped = skipped_lines(judgement);
    text += skipped.empty() ? "\n" : "\nnot simulated:\n" + skipped + "\n";
  }
  return text + short_targets(all);
}

}  // namespace kvsim::cli
