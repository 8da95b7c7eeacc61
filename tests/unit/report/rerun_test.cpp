// What a rerun reads back, and how it says where two outputs part.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "sim/base/diagnostic.hpp"
#include "sim/report/first_difference.hpp"
#include "sim/report/manifest_reader.hpp"
#include "sim/report/result_json.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string written() {
  const StudyResults results = sample::single(sample::run());
  spec::StudySpec study;
  study.inputs = {{"study.yaml", "abc"}, {"trace.csv", "def"}};
  ManifestInfo info;
  info.seed = 18'446'744'073'709'551'615U;
  info.replicates = 40;
  info.confidence = 0.9;
  info.stepper = "macro";
  info.study_path = "study.yaml";
  info.sets = {"engine.block_size=32", "model='x y'"};
  info.skip_bad_lines = true;
  info.outputs = {{"result.json", "123"}, {"requests.csv", "456"}};
  return manifest_json(info, study, results);
}

std::string fault_of(const std::string& json) {
  try {
    static_cast<void>(read_manifest("m.json", json));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

TEST(ManifestReader, ReadsBackWhatWasWritten) {
  const Manifest manifest = read_manifest("m.json", written());
  EXPECT_EQ(manifest.seed, 18'446'744'073'709'551'615U);
  EXPECT_EQ(manifest.replicates, 40);
  EXPECT_EQ(manifest.confidence, 0.9);
  EXPECT_EQ(manifest.stepper, "macro");
  EXPECT_EQ(manifest.study_path, "study.yaml");
  EXPECT_EQ(manifest.sets, (std::vector<std::string>{"engine.block_size=32", "model='x y'"}));
  EXPECT_TRUE(manifest.skip_bad_lines);
  ASSERT_EQ(manifest.inputs.size(), 2U);
  EXPECT_EQ(manifest.inputs[1].sha256, "def");
  EXPECT_EQ(hash_of(manifest, "requests.csv"), "456");
  EXPECT_EQ(hash_of(manifest, "other"), "");
}

TEST(ManifestReader, TellsAnOldManifestFromAForeignFile) {
  Json old = Json::parse(written());
  old.erase("outputs");
  old["kvsim_version"] = "0.0.9";
  EXPECT_NE(fault_of(old.dump()).find("was written by kvsim \"0.0.9\""), std::string::npos);
  for (const std::string text : {"", "[]", "7", "{}", R"({"kvsim_version": "x", "outputs": 1})"}) {
    EXPECT_EQ(fault_of(text).find("m.json: error: is no manifest of kvsim run"), 0U) << text;
  }
}

TEST(ManifestReader, RefusesFlagsThatRunWouldRefuse) {
  for (const auto& [key, value] :
       {std::pair("seed", Json(-1)), std::pair("replicates", Json(-1)),
        std::pair("replicates", Json(2'000'000)), std::pair("confidence", Json(1.0)),
        std::pair("stepper", Json("leap")), std::pair("sets", Json(7)),
        std::pair("inputs", Json::array())}) {
    Json json = Json::parse(written());
    json[key] = value;
    EXPECT_NE(fault_of(json.dump()).find("is no manifest of kvsim run"), std::string::npos) << key;
  }
}

TEST(FirstDifference, NamesTheRunAndTheMetric) {
  const std::string before = result_json(sample::four_variants());
  Json changed = Json::parse(before);
  changed["runs"][2]["metrics"]["p99_tpot_ms"] = 1.5;
  changed["runs"][3]["metrics"]["mean_ttft_ms"] = 2.5;  // later in the file
  const std::string was = Json::parse(before)["runs"][2]["metrics"]["p99_tpot_ms"].dump();
  const std::string id = changed["runs"][2]["id"].get<std::string>();
  EXPECT_EQ(first_difference_of_json(before, changed.dump()),
            "runs[" + id + "].metrics.p99_tpot_ms was " + was + ", is 1.5");
}

TEST(FirstDifference, SeesWhatIsGoneWhatIsNewAndLongTexts) {
  EXPECT_EQ(first_difference_of_json(R"({"a": 1})", "{}"), "a was 1, is absent");
  EXPECT_EQ(first_difference_of_json("{}", R"({"a": [1]})"), "a was absent, is [1]");
  EXPECT_EQ(first_difference_of_json(R"({"a": [1]})", R"({"a": [1, 2]})"), "a[1] was absent, is 2");
  EXPECT_EQ(first_difference_of_json("{}", "nonsense"), "one of them is no JSON");
  EXPECT_EQ(first_difference_of_json("{ }", "{}"), "the same values, laid out in another way");
  const std::string same(500, 'x');
  EXPECT_NE(first_difference_of_json("[\"" + same + "1\"]", "[\"" + same + "2\"]").find("[0] was"),
            std::string::npos);
}

TEST(FirstDifference, CountsLines) {
  const fs::path folder = fs::temp_directory_path() / ("kvsim-lines-" + std::to_string(getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "a") << "h\n1\n2\n";
  std::ofstream(folder / "b") << "h\n1\n3\n";
  std::ofstream(folder / "c") << "h\n1\n";
  std::ofstream(folder / "d") << "h\n1\n2";
  EXPECT_EQ(first_difference_of_lines(folder / "a", folder / "b"), "line 3 was \"2\", is \"3\"");
  EXPECT_EQ(first_difference_of_lines(folder / "a", folder / "c"), "line 3 was \"2\", is absent");
  EXPECT_EQ(first_difference_of_lines(folder / "a", folder / "d"),
            "the same lines, ended in another way");
  fs::remove_all(folder);
}

TEST(ResultJson, CanBeWrittenInTheNameOfAnotherVersion) {
  const StudyResults results = sample::single(sample::run());
  Json own = Json::parse(result_json(results));
  const Json other = Json::parse(result_json(results, "9.9.9"));
  EXPECT_EQ(other["kvsim_version"], "9.9.9");
  own["kvsim_version"] = "9.9.9";
  EXPECT_EQ(own, other);
}

}  // namespace
}  // namespace kvsim::report
