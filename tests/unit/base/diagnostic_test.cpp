#include "sim/base/diagnostic.hpp"

#include <gtest/gtest.h>

namespace kvsim {
namespace {

Diagnostic typo() {
  return {.place = {.file = "llama.yaml", .line = 5, .column = 5},
          .message = "unknown key 'bandwith'",
          .path = "gpu.hbm.bandwith",
          .source_line = "    bandwith: 3.35 TB/s",
          .notes = {"did you mean 'bandwidth'? (required here)"}};
}

TEST(Diagnostic, ShowsPlaceLineCaretAndWayOut) {
  EXPECT_EQ(render(typo()),
            "llama.yaml:5:5: error: unknown key 'bandwith' [gpu.hbm.bandwith]\n"
            "        bandwith: 3.35 TB/s\n"
            "        ^\n"
            "    note: did you mean 'bandwidth'? (required here)\n");
}

TEST(Diagnostic, LeavesOutWhatIsNotKnown) {
  Diagnostic bare;
  bare.message = "a rate is missing";
  EXPECT_EQ(render(bare), "error: a rate is missing\n");
  bare.place.file = "study.yaml";
  EXPECT_EQ(render(bare), "study.yaml: error: a rate is missing\n");
  bare.place.line = 3;
  bare.source_line = "rate:";
  bare.severity = Severity::Warning;
  EXPECT_EQ(render(bare), "study.yaml:3: warning: a rate is missing\n    rate:\n");
}

TEST(Diagnostic, KeepsTheTerminalSafe) {
  Diagnostic binary = typo();
  binary.source_line = "a\tb\x1b[31m";
  binary.place.column = 3;
  EXPECT_EQ(render(binary),
            "llama.yaml:5:3: error: unknown key 'bandwith' [gpu.hbm.bandwith]\n"
            "    a b?[31m\n"
            "      ^\n"
            "    note: did you mean 'bandwidth'? (required here)\n");
}

TEST(Diagnostic, CutsLongLinesAndTheirCarets) {
  Diagnostic wide = typo();
  wide.source_line = std::string(500, 'x');
  wide.place.column = 400;
  const std::string text = render(wide);
  EXPECT_NE(text.find("    " + std::string(160, 'x') + "\n"), std::string::npos);
  EXPECT_EQ(text.find('^'), std::string::npos);
}

TEST(Diagnostic, AreSortedByFileLineAndColumn) {
  Diagnostic first = typo();
  first.place.line = 2;
  Diagnostic other_file = typo();
  other_file.place.file = "a.yaml";
  const std::string text = render(std::vector{typo(), first, other_file});
  EXPECT_EQ(text, render(other_file) + render(first) + render(typo()));
}

TEST(ConfigError, SaysEverythingInItsWhat) {
  const ConfigError error({typo()});
  EXPECT_EQ(error.what(), render(typo()));
  EXPECT_EQ(error.diagnostics().size(), 1U);
  EXPECT_STREQ(ConfigError({}).what(), "invalid input");
}

}  // namespace
}  // namespace kvsim
