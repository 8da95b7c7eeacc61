// From the block ids of a trace's row to the content of its request.
//
// Id i stands for the prompt's tokens from i · block_size on, block_size of them or what is left.
// A prompt of p tokens has ceil(p / block_size) ids, or floor: then what fills no block has no id,
// and nobody else has it. Nobody knows what the answers were, so none comes back in a prompt.
#pragma once

#include "sim/workload/row_values.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

/// What is wrong with the number of `ids`, which stand at `place`, for this prompt.
[[nodiscard]] std::optional<Fault> check_number_of(const HashIds& ids, std::int64_t prompt_tokens,
                                                   std::int64_t block_size, const RowValue& place);

/// Null if the row has no ids. `pass` counts the times that the trace was read before.
/// Requires: check_number_of() has no fault.
[[nodiscard]] spec::Content content_of(const TraceRow& row, RequestId request,
                                       std::int64_t block_size, std::int64_t pass);

}  // namespace kvsim::workload
