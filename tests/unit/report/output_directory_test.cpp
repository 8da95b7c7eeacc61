#include "sim/report/output_directory.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

class OutputDirectoryTest : public testing::Test {
 protected:
  OutputDirectoryTest() {
    std::string name = (fs::temp_directory_path() / "kvsim-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~OutputDirectoryTest() override { fs::remove_all(root_); }

  static std::string read(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  fs::path root_;
};

TEST_F(OutputDirectoryTest, FilesAppearOnlyWithCommit) {
  OutputDirectory out(root_ / "out");
  write_file(out.path_for("result.json"), "{}");
  EXPECT_FALSE(fs::exists(root_ / "out/result.json"));
  out.commit();
  EXPECT_EQ(read(root_ / "out/result.json"), "{}");
}

TEST_F(OutputDirectoryTest, NothingIsLeftWithoutCommit) {
  {
    OutputDirectory out(root_ / "a/b/out");
    write_file(out.path_for("result.json"), "{}");
  }
  EXPECT_EQ(count(root_), 0U);
}

TEST_F(OutputDirectoryTest, OnlyItsFilesAreLeftAfterCommit) {
  {
    OutputDirectory out(root_ / "out");
    write_file(out.path_for("one"), "1");
    static_cast<void>(out.path_for("never-written"));
    out.commit();
  }
  EXPECT_EQ(count(root_ / "out"), 1U);
}

TEST_F(OutputDirectoryTest, OtherFilesOfTheTargetStay) {
  write_file(root_ / "notes.txt", "mine");
  write_file(root_ / "result.json", "old");
  {
    OutputDirectory out(root_);
    write_file(out.path_for("result.json"), "new");
  }
  EXPECT_EQ(read(root_ / "result.json"), "old");
  {
    OutputDirectory out(root_);
    write_file(out.path_for("result.json"), "new");
    out.commit();
  }
  EXPECT_EQ(read(root_ / "result.json"), "new");
  EXPECT_EQ(read(root_ / "notes.txt"), "mine");
  EXPECT_EQ(count(root_), 2U);
}

TEST_F(OutputDirectoryTest, NamesThePlaceThatCannotBeWritten) {
  write_file(root_ / "file", "");
  for (const fs::path& bad : {root_ / "file", root_ / "file/inside", fs::path("/proc/kvsim/out")}) {
    try {
      const OutputDirectory out(bad);
      FAIL() << bad;
    } catch (const ConfigError& error) {
      ASSERT_EQ(error.diagnostics().size(), 1U);
      EXPECT_EQ(error.diagnostics()[0].place.file, bad.string());
    }
  }
  EXPECT_EQ(count(root_), 1U);
}

TEST_F(OutputDirectoryTest, SaysWhatIsWrong) {
  write_file(root_ / "file", "");
  try {
    const OutputDirectory out(root_ / "file");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), (root_ / "file").string() +
                                ": error: cannot write here: it is a file, not a folder\n"
                                "    note: choose another place\n");
  }
}

TEST_F(OutputDirectoryTest, ChangesNothingWhenANameIsTakenByAFolder) {
  fs::create_directory(root_ / "z");
  OutputDirectory out(root_);
  write_file(out.path_for("a"), "1");
  write_file(out.path_for("z"), "2");
  EXPECT_THROW(out.commit(), ConfigError);
  EXPECT_FALSE(fs::exists(root_ / "a"));
}

TEST_F(OutputDirectoryTest, RefusesNamesThatLeaveTheFolder) {
  OutputDirectory out(root_);
  EXPECT_THROW(static_cast<void>(out.path_for("../x")), InternalError);
  EXPECT_THROW(static_cast<void>(out.path_for("")), InternalError);
}

TEST(WriteFile, FailsOnAFullDisk) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP();
  }
  EXPECT_THROW(write_file("/dev/full", "text"), ConfigError);
}

}  // namespace
}  // namespace kvsim::report
