#include "sim/workload/trace_content.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/workload/stretch_ids.hpp"

namespace kvsim::workload {

std::optional<Fault> check_number_of(const HashIds& ids, std::int64_t prompt_tokens,
                                     std::int64_t block_size, const RowValue& place) {
  if (ids == nullptr) {
    return std::nullopt;
  }
  const auto count = static_cast<std::int64_t>(ids->size());
  const std::int64_t full = prompt_tokens / block_size;
  const std::int64_t begun = full + (prompt_tokens % block_size == 0 ? 0 : 1);
  if (count == full || count == begun) {
    return std::nullopt;
  }
  const std::string without_last =
      full > 0 && full < begun ? fmt::format(", or {} without the last, which is not full", full)
                               : std::string();
  return Fault{.message = fmt::format(
                   "a prompt of {} tokens with {} block ids; at {} tokens an id it has {}{}",
                   prompt_tokens, count, block_size, begun, without_last),
               .field = std::string(place.name),
               .column = place.column,
               .notes = {"if an id stands for another number of tokens: "
                         "workload.hash_block_size: N (--hash-block-size)"},
               .general = true};
}

spec::Content content_of(const TraceRow& row, RequestId request, std::int64_t block_size,
                         std::int64_t pass) {
  if (row.hash_ids == nullptr) {
    return nullptr;
  }
  auto content = std::make_shared<spec::PromptContent>();
  content->stretches.reserve(row.hash_ids->size() + 1);
  std::int64_t left = row.prompt_tokens;
  for (const std::int64_t id : *row.hash_ids) {
    const std::int64_t tokens = std::min(block_size, left);
    content->stretches.push_back({stretch_of_pass(static_cast<std::uint64_t>(id), pass), tokens});
    left -= tokens;
  }
  content->stretches.push_back({spec::private_stretch(request.value()), left + row.output_tokens});
  return content;
}

}  // namespace kvsim::workload
