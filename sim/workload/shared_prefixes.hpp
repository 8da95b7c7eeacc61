// System prompts that generated requests or conversations have in common.
//
// The group of number i is item i of the stream "shared_prefix_groups", the length of group g is
// item g of "shared_prefix_tokens": whose group it is moves with nothing else.
#pragma once

#include "sim/base/rng.hpp"
#include "sim/spec/prompt_content.hpp"
#include "sim/workload/lengths.hpp"

namespace kvsim::workload {

class SharedPrefixes {
 public:
  SharedPrefixes(const spec::SharedPrefixSpec& shared_prefix, std::uint64_t seed);

  /// What the prompts of request or conversation `number` begin with.
  [[nodiscard]] spec::Stretch of(std::int64_t number) const;

 private:
  LengthSampler group_;  ///< a distribution of whole numbers from 0 on
  LengthSampler tokens_;
  Rng group_stream_;
  Rng tokens_stream_;
};

}  // namespace kvsim::workload
