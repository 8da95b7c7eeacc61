#include "sim/cli/shard_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kvsim_version.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cli/result_files.hpp"

namespace kvsim::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kShardFormat = 1;
constexpr const char* kWayOut = "kvsim sweep split STUDY --shards N --out DIR writes shards";

[[noreturn]] void refuse_shard(const std::string& file, std::string message) {
  refuse_input({file}, std::move(message), {kWayOut});
}

Shard fields_of(const ordered_json& json) {
  Shard shard;
  json.at("shard").get_to(shard.number);
  json.at("of").get_to(shard.of);
  json.at("study").get_to(shard.study);
  json.at("sets").get_to(shard.asked.sets);
  json.at("seed").get_to(shard.asked.seed);
  json.at("replicates").get_to(shard.asked.replicates);
  json.at("confidence").get_to(shard.asked.confidence);
  json.at("skip_bad_lines").get_to(shard.asked.skip_bad_lines);
  for (const ordered_json& point : json.at("points")) {
    shard.points.push_back({point.at("run").get<std::string>(),
                            point.at("replicate").get<std::int64_t>(),
                            point.at("key").get<std::string>()});
  }
  return shard;
}

}  // namespace

std::string shard_json(const Shard& shard) {
  ordered_json json = {{"kvsim_shard", kShardFormat},
                       {"kvsim_version", KVSIM_VERSION},
                       {"shard", shard.number},
                       {"of", shard.of},
                       {"study", shard.study},
                       {"sets", shard.asked.sets},
                       {"seed", shard.asked.seed},
                       {"replicates", shard.asked.replicates},
                       {"confidence", shard.asked.confidence},
                       {"skip_bad_lines", shard.asked.skip_bad_lines},
                       {"points", ordered_json::array()}};
  for (const ShardPoint& point : shard.points) {
    json["points"].push_back(
        {{"run", point.run}, {"replicate", point.replicate}, {"key", point.key}});
  }
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

Shard read_shard(const std::string& file) {
  const std::string text = read_whole(file, kWayOut);
  try {
    const auto json = ordered_json::parse(text);
    if (json.is_object() && json.contains("kvsim_shard") && json["kvsim_shard"] != kShardFormat) {
      refuse_shard(file, fmt::format("was written by kvsim {}, and this is kvsim {}",
                                     json.value("kvsim_version", "?"), KVSIM_VERSION));
    }
    return fields_of(json);
  } catch (const nlohmann::json::exception& error) {
    refuse_shard(file, fmt::format("is no shard of kvsim: {}", error.what()));
  }
}

RunOptions flags_of(const Shard& shard, const std::string& study, const std::string& way_out) {
  RunOptions run;
  run.study = study.empty() ? shard.study : study;
  run.sets = shard.asked.sets;
  run.seed = shard.asked.seed;
  run.skip_bad_lines = shard.asked.skip_bad_lines;
  run.replicate = {shard.asked.replicates, shard.asked.confidence};
  std::error_code error;
  if (!std::filesystem::exists(run.study, error)) {
    refuse_input({run.study}, "there is no such study from here", {way_out});
  }
  return run;
}

}  // namespace kvsim::cli
