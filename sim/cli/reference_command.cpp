// kvsim reference: writes docs/reference, which a test compares with what is committed.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/reference_commands.hpp"
#include "sim/cli/reference_pages.hpp"
#include "sim/config/schema.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) {
    refuse_input({file.string()}, "the file cannot be written");
  }
}

}  // namespace

int write_reference(const ReferenceOptions& options, const std::vector<HelpPage>& help) {
  const fs::path folder = options.out;
  std::error_code error;  // write_file tells
  fs::create_directories(folder / "schema", error);
  write_file(folder / "cli.md", cli_page(help));
  write_file(folder / "study.md", study_page());
  write_file(folder / "metrics.md", metrics_page());
  for (std::size_t i = 0; i < config::kDocumentNames.size(); ++i) {
    write_file(folder / "schema" / fmt::format("{}.schema.json", config::kDocumentNames[i]),
               config::json_schema(static_cast<config::DocumentKind>(i)));
  }
  fmt::print("wrote the reference pages and schemas to {}\n", folder.string());
  return kOk;
}

}  // namespace kvsim::cli
