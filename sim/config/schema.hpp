// JSON Schema (draft-07, the newest that yaml-language-server supports) of kvsim's files, made from
// the field tables.
//
// Stricter than draft-07 can say stay the rules between fields ("p99 is below the mean"): they are
// for `kvsim check`. A file that extends another may lack what the other brings; in a study with
// variants or a sweep, what every run needs may come from there. Keys, types, units and choices are
// checked in all of them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "sim/config/field_tree.hpp"

namespace kvsim::config {

enum class DocumentKind { Study, Model, Gpu, Engine, Card, Workload, Report, Slo };
inline constexpr std::array<std::string_view, 8> kDocumentNames = {
    "study", "model", "gpu", "engine", "card", "workload", "report", "slo"};

/// Field tree of such a file; of a study without extends, variants and sweep.
[[nodiscard]] FieldNode document_tree(DocumentKind kind);

/// The schema as text with a newline at its end; the same bytes every time.
[[nodiscard]] std::string json_schema(DocumentKind kind);

/// A regular expression (ECMA-262 and Python alike) for what parse_number() takes, unit included.
[[nodiscard]] std::string quantity_pattern(Dimension dimension, bool may_be_negative);

}  // namespace kvsim::config
