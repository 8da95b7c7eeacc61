// The table of a whole study: the keys of a run and those that stand around it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::config {

inline constexpr std::int64_t kVersion = 1;

struct Document {
  std::int64_t version = kVersion;
  std::string name;
  spec::RunSpec run;
  spec::ReportSpec report;
};

inline void describe(spec::FieldVisitor& visitor, Document& document) {
  visitor.field(spec::required("version", "format of this file: 1"), document.version);
  visitor.field(spec::required("name", "name of the study"), document.name);
  describe(visitor, document.run);
  visitor.group(spec::optional("report", "how to present the results"), document.report);
}

/// Keys of a study that are read elsewhere (variants.hpp, loader.hpp, study_builder.hpp).
[[nodiscard]] inline std::vector<std::string> keys_beside_the_document() {
  return {"variants", "sweep", "plan", "extends"};
}

}  // namespace kvsim::config
