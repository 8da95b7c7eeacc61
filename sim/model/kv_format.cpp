#include "sim/model/kv_format.hpp"

#include <fmt/format.h>

#include "sim/base/check.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::model {
namespace {

constexpr std::int64_t kFp32 = 4;
constexpr std::int64_t kScaleAndZero = 2 + 2;  // fp16 each
constexpr std::int64_t kNvfp4Block = 16;

std::int64_t grouped(std::int64_t width, std::int64_t group) {
  return (width + 1) / 2 + (width + group - 1) / group * kScaleAndZero;
}

std::int64_t one_vector(spec::KvDtype kv, std::int64_t width) {
  switch (kv) {
    case spec::KvDtype::Bf16:
    case spec::KvDtype::Fp16:
      return 2 * width;
    case spec::KvDtype::Fp8:
      return width;
    case spec::KvDtype::Fp8PerTokenHead:
    case spec::KvDtype::Int8PerTokenHead:
      return width + kFp32;
    case spec::KvDtype::Int4Group32:
      return grouped(width, 32);
    case spec::KvDtype::Int4Group64:
      return grouped(width, 64);
    case spec::KvDtype::Int4Group128:
      return grouped(width, 128);
    case spec::KvDtype::Nvfp4:
      return (width + 1) / 2 + (width + kNvfp4Block - 1) / kNvfp4Block;
    case spec::KvDtype::Auto:
    case spec::KvDtype::Fp8DsMla:
      break;
  }
  throw InternalError("this format of the cache has no size per vector");
}

}  // namespace

std::int64_t vector_bytes(spec::KvDtype kv, std::int64_t heads, std::int64_t width) {
  return heads * one_vector(kv, width);
}

std::string format_text(spec::KvDtype kv) {
  const std::string_view name = spec::name_of(kv, spec::kKvDtypeNames);
  switch (kv) {
    case spec::KvDtype::Bf16:
    case spec::KvDtype::Fp16:
      return fmt::format("2 B ({})", name);
    case spec::KvDtype::Fp8:
      return fmt::format("1 B ({})", name);
    case spec::KvDtype::Fp8PerTokenHead:
    case spec::KvDtype::Int8PerTokenHead:
      return fmt::format("1 B and 4 B of scale per head ({})", name);
    case spec::KvDtype::Int4Group32:
    case spec::KvDtype::Int4Group64:
    case spec::KvDtype::Int4Group128:
      return fmt::format("0.5 B and 4 B of scale and zero per group ({})", name);
    case spec::KvDtype::Nvfp4:
      return fmt::format("0.5 B and 1 B of scale per 16 ({})", name);
    case spec::KvDtype::Auto:
    case spec::KvDtype::Fp8DsMla:
      break;
  }
  return std::string(name);
}

}  // namespace kvsim::model
