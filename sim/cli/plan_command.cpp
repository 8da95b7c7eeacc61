// kvsim plan: load, search, write, print.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/plan/search.hpp"
#include "sim/plan/plan_point.hpp"

namespace kvsim::cli {

int plan_study(const RunOptions& options) {
  const spec::PlanStudy all = config::load_plan(options.study, {library(), options.sets, options.seed});
  plan::SearchOptions how;
  how.jobs = options.jobs;
  how.keep_going = [] { return !interrupted(); };
  how.tell = [](std::size_t done, std::size_t of, const std::string& best) {
    fmt::print(stderr, "{}/{} best {}\n", done, of, best);
  };
  for (const spec::PlanQuestion& question : all.questions) {
    const spec::PlanAnswer answer = plan::search(question, all.plan, all.study.cards, how);
    fmt::print("{}: {} layouts, {} simulations, {} requests\n", answer.id, answer.layouts.size(),
               answer.simulations, answer.simulated_requests);
    for (const auto& l : answer.layouts) {
      fmt::print("  {} |", spec::name_of(l.fate, spec::kLayoutFateNames));
      for (const auto& c : l.choice) fmt::print(" {}={}", c.first, c.second);
      fmt::print(" | least {} | {} | {}\n", l.least_replicas, l.rule, l.reason);
      for (const auto& p : l.points) {
        fmt::print("      R {} gpus {} load {:.3f} rate {:.2f} meets {} sure {} over {} worst {:.3f} req {} {}\n", p.replicas, p.gpus, p.load, p.request_rate, p.meets, p.sure, p.overloaded, plan::worst_ratio(p), p.requests, p.bound_by);
      }
    }
    fmt::print("draws {} meet {} below {} [{}, {}]\n", answer.draws.draws, answer.draws.meet, answer.draws.meet_below, answer.draws.low, answer.draws.high);
    for (const auto& s : answer.sensitivity) fmt::print("  {}: {} {:.2f}\n", s.change, s.replicas.value_or(-1), s.request_rate);
    if (answer.miss) for (const auto& w : answer.miss->ways_out) fmt::print("  way out: {}\n", w);
  }
  return kOk;
}

}  // namespace kvsim::cli
