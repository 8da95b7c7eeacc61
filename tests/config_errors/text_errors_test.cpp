// Text that is no YAML, or YAML that kvsim does not take.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

TEST(Text, NamesTheBracketThatIsNotClosed) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(name: [test,
  {a: 2
version: 1
)"),
            R"(study.yaml:3:8: error: not valid YAML: end of map flow not found
    version: 1
           ^
    note: '{' opened at line 2, column 3 is not closed
)");
}

TEST(Text, IsIndentedWithSpaces) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(engine:
	profile: vllm-0.24
	block_size: 16
)"),
            R"(study.yaml:2:1: error: a tab stands where YAML wants spaces
     profile: vllm-0.24
    ^
    note: indent with spaces; 2 lines here start with a tab
)");
}

TEST(Text, MayNotBeEmpty) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(# only a comment
)"),
            R"(study.yaml: error: the file is empty
    note: a file starts with lines such as 'name: my-study'
)");
}

TEST(Text, IsAMap) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(- a
- b
)"),
            R"(study.yaml: error: the file is a list, but must be a map of keys
    note: a file starts with lines such as 'name: my-study'
)");
}

TEST(Text, HoldsOneDocument) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(name: a
---
name: b
)"),
            R"(study.yaml:2:1: error: a second document starts here
    ---
    ^
    note: one file holds one document: move this one to a file of its own
)");
}

TEST(Text, HasNoMergeKeys) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {<<: {process: gamma}, process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:7:14: error: merge key '<<' is not supported [workload.arrivals.<<]
      arrivals: {<<: {process: gamma}, process: poisson, request_rate: 4/s}
                 ^
    note: write extends: FILE at the top of the file, or repeat the keys
)");
}

TEST(Text, HasNoTags) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 1
name: !include other.yaml
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {lognormal: {mean: 1155, p99: 4142}}, output: {fixed: 100}}
  num_requests: 10
)"),
            R"(study.yaml:2:7: error: tag '!include' is not supported [name]
    name: !include other.yaml
          ^
    note: drop it: the meaning of a value follows from its key
)");
}

TEST(Text, HasKeysOfOneWord) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(? [a, b]
: 1
)")),
            R"(study.yaml:10:3: error: a key must be one word
    ? [a, b]
      ^
)");
}

TEST(Text, MentionsTheAliasThatUsedIt) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(slo: {ttft: &limit {p99: 2}, tpot: *limit}
)")),
            R"(study.yaml:10:26: error: '2' has no unit [slo.ttft.p99]
    slo: {ttft: &limit {p99: 2}, tpot: *limit}
                             ^
    note: write for example 2 ms
study.yaml:10:26: error: '2' has no unit [slo.tpot.p99]
    slo: {ttft: &limit {p99: 2}, tpot: *limit}
                             ^
    note: write for example 2 ms
    note: used through the alias *limit at line 10
)");
}

TEST(Text, KnowsItsAnchors) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(slo: *limit
)")),
            R"(study.yaml:10:6: error: not valid YAML: the referenced anchor is not defined
    slo: *limit
         ^
)");
}

TEST(Text, HasNoAliasInsideItsAnchor) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(name: &a [*a]
)"),
            R"(study.yaml:1:11: error: this alias stands inside the anchor that it names [name[0]]
    name: &a [*a]
              ^
)");
}

// Everything that is wrong in one file comes in one pass.
TEST(Text, IsReportedWithOtherFaultsOfTheSameFile) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(R"(version: 2
modle: deepseek-v3
cluster: {gpu: h200-sxn, replicas: 1.5, router: round-robin}
engine:
  profile: vllm-0.24
  tensor_paralel_size: 8
  max_num_seqs: "256"
  max_num_seqs: 64
  block_size: 016
  enable_chunked_prefill: yes
  gpu_memory_utilization: 92
  non_torch_memory: 2
workload:
  arrivals: {process: poison, request_rate: 4}
  lengths: {prompt: {fixed: 3, lognormal: {mean: 9, p99: 4}}, output: {fixd: 3}, max_tokens: outptu}
  num_requests: 0
)"),
            R"(study.yaml: error: key 'name' is missing [name]
    note: name: name of the study
study.yaml:1:10: error: version 2 is not known [version]
    version: 2
             ^
    note: write version: 1
study.yaml:2:1: error: unknown key 'modle' [modle]
    modle: deepseek-v3
    ^
    note: did you mean 'model'? (required here)
study.yaml:3:16: error: unknown gpu 'h200-sxn' [cluster.gpu]
    cluster: {gpu: h200-sxn, replicas: 1.5, router: round-robin}
                   ^
    note: did you mean 'h200-sxm'?
    note: 'kvsim gpus' lists all
study.yaml:3:36: error: '1.5' is not a whole number [cluster.replicas]
    cluster: {gpu: h200-sxn, replicas: 1.5, router: round-robin}
                                       ^
    note: write it without a fraction
study.yaml:3:49: error: 'round-robin' is no value of 'router' [cluster.router]
    cluster: {gpu: h200-sxn, replicas: 1.5, router: round-robin}
                                                    ^
    note: did you mean 'round_robin'?
    note: known here: round_robin, least_outstanding, random, power_of_two, session, least_kv, prefix_aware
study.yaml:6:3: error: unknown key 'tensor_paralel_size' [engine.tensor_paralel_size]
      tensor_paralel_size: 8
      ^
    note: did you mean 'tensor_parallel_size'?
study.yaml:7:17: error: "256" is text because of its quotes [engine.max_num_seqs]
      max_num_seqs: "256"
                    ^
    note: write 256
study.yaml:8:3: error: key 'max_num_seqs' is given twice [engine.max_num_seqs]
      max_num_seqs: 64
      ^
    note: first given at line 7
study.yaml:9:15: error: '016' has a leading zero [engine.block_size]
      block_size: 016
                  ^
    note: some programs read that as octal; write it without the zero
study.yaml:10:27: error: 'yes' is not true or false [engine.enable_chunked_prefill]
      enable_chunked_prefill: yes
                              ^
    note: write true
study.yaml:11:27: error: '92' is too large [engine.gpu_memory_utilization]
      gpu_memory_utilization: 92
                              ^
    note: gpu_memory_utilization must be at most 1
study.yaml:12:21: error: '2' has no unit [engine.non_torch_memory]
      non_torch_memory: 2
                        ^
    note: write for example 2 GiB
study.yaml:14:23: error: 'poison' is no value of 'process' [workload.arrivals.process]
      arrivals: {process: poison, request_rate: 4}
                          ^
    note: did you mean 'poisson'?
    note: known here: poisson, gamma, constant, all_at_once, stages, sine
study.yaml:14:45: error: '4' has no unit [workload.arrivals.request_rate]
      arrivals: {process: poison, request_rate: 4}
                                                ^
    note: write for example 4/s
study.yaml:15:32: error: 'lognormal' stands beside 'fixed' [workload.lengths.prompt.lognormal]
      lengths: {prompt: {fixed: 3, lognormal: {mean: 9, p99: 4}}, output: {fixd: 3}, max_tokens: outptu}
                                   ^
    note: give exactly one of: fixed, uniform, lognormal, empirical, normal
study.yaml:15:53: error: 'p99' is below the mean [workload.lengths.prompt.lognormal.p99]
      lengths: {prompt: {fixed: 3, lognormal: {mean: 9, p99: 4}}, output: {fixd: 3}, max_tokens: outptu}
                                                        ^
    note: a lognormal's p99 lies above its mean unless it hardly varies
study.yaml:15:72: error: unknown key 'fixd' [workload.lengths.output.fixd]
      lengths: {prompt: {fixed: 3, lognormal: {mean: 9, p99: 4}}, output: {fixd: 3}, max_tokens: outptu}
                                                                           ^
    note: did you mean 'fixed'? (required here)
study.yaml:15:94: error: 'outptu' is no value of 'max_tokens' [workload.lengths.max_tokens]
      lengths: {prompt: {fixed: 3, lognormal: {mean: 9, p99: 4}}, output: {fixd: 3}, max_tokens: outptu}
                                                                                                 ^
    note: write output or a whole number
study.yaml:16:17: error: '0' is too small [workload.num_requests]
      num_requests: 0
                    ^
    note: num_requests must be at least 1
)");
}

// Each of these has to end in a message, whatever it is, without a crash.
TEST(Text, MayBeAnything) {
  const StudyFolder folder;
  const std::string brackets(20'000, '[');
  const std::string braces = "a: " + std::string(20'000, '{');
  std::string dashes;
  std::string aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 0; i < 20'000; ++i) {
    dashes += "- ";
  }
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    aliases += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 0; k < 9; ++k) {
      aliases += ", " + last;
    }
    aliases += "]\n";
  }
  EXPECT_TRUE(folder.errors_in(brackets).starts_with(
      "study.yaml:1:65: error: nested more than 64 levels deep\n    [[[["));
  EXPECT_TRUE(folder.errors_in(braces).starts_with(
      "study.yaml:1:68: error: nested more than 64 levels deep\n    a: {{{{"));
  EXPECT_TRUE(folder.errors_in(dashes).starts_with(
      "study.yaml:1:129: error: nested more than 64 levels deep\n    - - - -"));
  EXPECT_TRUE(folder.errors_in(aliases).starts_with(
      "study.yaml:6:45: error: aliases make this file too large\n    a5: &a5 [*a4"));
}

TEST(Text, IsNoBinary) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(std::string_view("a: \0\1", 5)),
            R"(study.yaml:1:4: error: byte 0x00 is not text
    a: ??
       ^
    note: a configuration is a YAML file in UTF-8: is this another kind of file?
)");
  EXPECT_EQ(folder.errors_in("name: \xc3\xa4\nother: \xff\xfe\n").substr(0, 44),
            "study.yaml:2:8: error: byte 0xff is not text");
}

TEST(File, MustExist) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors("nope.yaml"), "nope.yaml: error: there is no such file\n");
}

TEST(File, IsNoFolder) {
  const StudyFolder folder;
  folder.write("sub/a.yaml", "");
  EXPECT_EQ(folder.errors("sub"), R"(sub: error: is a folder, not a file
    note: name a YAML file in it
)");
}

TEST(File, ExtendsNoneThatExtendsIt) {
  const StudyFolder folder;
  folder.write("a.yaml", "extends: b.yaml\n");
  folder.write("b.yaml", "extends: a.yaml\n");
  EXPECT_EQ(folder.errors("a.yaml"),
            R"(b.yaml:1:10: error: these files extend each other in a circle [extends]
    extends: a.yaml
             ^
    note: a.yaml -> b.yaml -> a.yaml
)");
}

TEST(File, OfAModelIsReportedWhereItStands) {
  const StudyFolder folder;
  folder.write("m.yaml", "name: m\nsource: invented\nnum_hidden_layers: -2\n");
  const std::string errors =
      folder.errors_in(good_study(), {"model=" + folder.path("m.yaml").string()});
  EXPECT_TRUE(errors.starts_with(R"(m.yaml: error: key 'hidden_size' is missing [model.hidden_size]
    note: hidden_size: width of the residual stream
)")) << errors;
  EXPECT_TRUE(errors.ends_with(R"(m.yaml:3:20: error: '-2' is too small [model.num_hidden_layers]
    num_hidden_layers: -2
                       ^
    note: num_hidden_layers must be at least 1
)")) << errors;
}

}  // namespace
}  // namespace kvsim::config
