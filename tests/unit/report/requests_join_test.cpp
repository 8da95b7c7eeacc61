// requests.csv is the same whatever the order in which its runs finish, and so is its hash.
#include "sim/report/requests_join.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <sstream>
#include <thread>

#include "sim/base/check.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/requests_csv.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

class RequestsJoinTest : public testing::Test {
 protected:
  RequestsJoinTest() {
    std::string name = (fs::temp_directory_path() / "kvsim-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    for (int i = 0; i < 4; ++i) {
      parts_.push_back(root_ / ("part-" + std::to_string(i)));
    }
    write_file(parts_[0], "zero\n");
    write_file(parts_[1], "");  // a run that refused every request
    write_file(parts_[2], "two\n");
    write_file(parts_[3], std::string(200'000, '3') + '\n');  // more than one chunk
  }
  ~RequestsJoinTest() override { fs::remove_all(root_); }

  [[nodiscard]] std::string expected() const {
    return std::string(kRequestsCsvHeader) + "\nzero\ntwo\n" + std::string(200'000, '3') + '\n';
  }
  [[nodiscard]] std::string joined() const {
    std::stringstream text;
    text << std::ifstream(root_ / "whole").rdbuf();
    return text.str();
  }

  fs::path root_;
  std::vector<fs::path> parts_;
};

TEST_F(RequestsJoinTest, KeepsTheOrderOfTheRunsHoweverTheyFinish) {
  for (const auto& order :
       {std::array{0, 1, 2, 3}, std::array{3, 2, 1, 0}, std::array{2, 0, 3, 1}}) {
    RequestsJoin join(parts_, root_ / "whole");
    for (const int part : order) {
      join.ready(static_cast<std::size_t>(part));
    }
    EXPECT_EQ(join.finish(), sha256_hex(expected()));
    EXPECT_EQ(joined(), expected());
  }
}

TEST_F(RequestsJoinTest, TakesPartsFromManyThreads) {
  for (int round = 0; round < 50; ++round) {
    RequestsJoin join(parts_, root_ / "whole");
    {
      std::vector<std::jthread> threads;
      for (std::size_t part = 0; part < parts_.size(); ++part) {
        threads.emplace_back([&join, part] { join.ready(part); });
      }
    }
    ASSERT_EQ(join.finish(), sha256_hex(expected()));
  }
}

TEST_F(RequestsJoinTest, IsNotFinishedBeforeEveryRun) {
  RequestsJoin join(parts_, root_ / "whole");
  join.ready(0);
  join.ready(2);
  EXPECT_THROW(static_cast<void>(join.finish()), InternalError);
}

}  // namespace
}  // namespace kvsim::report
