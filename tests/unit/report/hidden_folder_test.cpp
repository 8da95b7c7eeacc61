// A hidden folder leaves no trace, not even when its process was killed.
#include "sim/report/hidden_folder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

class HiddenFolderTest : public testing::Test {
 protected:
  HiddenFolderTest() {
    std::string name = (fs::temp_directory_path() / "kvsim-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~HiddenFolderTest() override { fs::remove_all(root_); }

  fs::path root_;
};

TEST_F(HiddenFolderTest, GoesAndTakesTheFoldersThatItMade) {
  {
    const HiddenFolder folder(root_ / "a/b");
    std::ofstream(folder.path() / "file") << "x";
  }
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(HiddenFolderTest, LeavesATargetInWhichSomethingLies) {
  {
    const HiddenFolder folder(root_ / "a");
    std::ofstream(root_ / "a/file") << "x";
  }
  EXPECT_TRUE(fs::exists(root_ / "a/file"));
  { HiddenFolder(root_ / "a").remove_empty_target(); }
  EXPECT_TRUE(fs::exists(root_ / "a/file"));
  fs::remove(root_ / "a/file");
  { HiddenFolder(root_ / "a").remove_empty_target(); }
  EXPECT_TRUE(fs::is_empty(root_));
}

// What a killed process leaves is a folder of this name that nobody has locked.
TEST_F(HiddenFolderTest, RemovesThoseOfTheDeadAndNoOthers) {
  const HiddenFolder living(root_);
  for (const char* name :
       {".kvsim-unfinished-abcdef", ".kvsim-abcdef", ".kvsim-unfinished-7digits"}) {
    fs::create_directory(root_ / name);
    std::ofstream(root_ / name / "file") << "x";
  }
  const HiddenFolder another(root_);
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_FALSE(fs::exists(root_ / ".kvsim-unfinished-abcdef"));
  EXPECT_TRUE(fs::exists(root_ / ".kvsim-abcdef/file"));
  EXPECT_TRUE(fs::exists(root_ / ".kvsim-unfinished-7digits/file"));
}

}  // namespace
}  // namespace kvsim::report
