// What a planner found, in sentences: pure functions of its answers.
//
// They say only what is known: a limit that is met or missed by less than its interval has the
// interval beside it, "95 % sure" is said only of a decided run, and of an overloaded one no
// latency is told.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/plan_result.hpp"

namespace kvsim::report {

/// "40 GPUs = 5 replicas × TP 8 on h200-sxm (max_num_seqs 128); p99 TTFT 1.4 s of 2 s, ...; 95 %
/// sure that 4 replicas do not suffice.", or which layout came nearest and what would mend it.
/// `label` names the question where there are several; may be empty.
[[nodiscard]] std::string plan_sentence(const spec::PlanAnswer& answer,
                                        const std::string& label = {});

/// What the answers come to: of one question its sentence, of several what compares them. Requires:
/// at least one.
[[nodiscard]] std::string plan_headline(const std::vector<spec::PlanAnswer>& plans);

/// After the headline: a sentence for each of several questions.
[[nodiscard]] std::vector<std::string> plan_findings(const std::vector<spec::PlanAnswer>& plans);

}  // namespace kvsim::report
