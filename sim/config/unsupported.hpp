// What a study may say but no run can do yet: refused by name rather than ignored.
#pragma once

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::config {

/// Words of other tools that a choice of ours will have one day. To be called before the binder,
/// whose more general message is then silenced.
void refuse_unsupported_words(const Node& tree, Faults& faults);

/// Settings that were read but cannot be simulated, and notes on those that have no effect.
void refuse_unsupported_settings(const spec::RunSpec& run, const Node& tree, Faults& faults);

}  // namespace kvsim::config
