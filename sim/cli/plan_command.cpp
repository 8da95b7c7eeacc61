// kvsim plan: load, search, simulate the answers, write, print.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/plan_output.hpp"
#include "sim/cli/plan_progress.hpp"
#include "sim/cli/stopwatch.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/plan/load_curve.hpp"
#include "sim/plan/search.hpp"
#include "sim/report/candidates_csv.hpp"
#include "sim/report/plan_json.hpp"
#include "sim/report/render.hpp"

namespace kvsim::cli {
namespace {

spec::PlanStudy loaded_plan(const RunOptions& options) {
  std::vector<std::string> sets = options.sets;
  if (options.skip_bad_lines) {
    sets.emplace_back("workload.skip_bad_lines=true");
  }
  spec::PlanStudy all = config::load_plan(options.study, {library(), sets, options.seed});
  if (!options.quiet && !all.study.warnings.empty()) {
    fmt::print(stderr, "{}", render(all.study.warnings));
  }
  if (!options.page.empty()) {
    all.study.page = config::load_template(options.page, library());
  }
  if (!options.out.empty()) {
    add_traces(all.study);
  }
  return all;
}

std::vector<spec::PlanAnswer> answers_of(const spec::PlanStudy& all, const RunOptions& options) {
  PlanProgress progress(Progress::manner(options.quiet), all.questions.size());
  std::vector<spec::PlanAnswer> answers;
  for (const spec::PlanQuestion& question : all.questions) {
    plan::SearchOptions how;
    how.jobs = options.jobs;
    how.keep_going = [] { return !interrupted(); };
    how.tell = [&](std::size_t done, std::size_t of, const std::string& best) {
      progress.tell(question.id, done, of, best);
    };
    answers.push_back(plan::search(question, all.plan, all.study.cards, how));
    progress.question_done();
  }
  return answers;
}

// The page shows each answer under less and more than its load. With a sweep, which has loads of
// its own, the answers alone.
void add_runs(spec::StudySpec& study, const std::vector<spec::PlanAnswer>& answers) {
  study.runs.clear();
  const bool is_swept = std::any_of(answers.begin(), answers.end(), [&](const auto& answer) {
    return answer.variant == answers.front().variant && answer.id != answers.front().id;
  });
  for (const spec::PlanAnswer& answer : answers) {
    if (answer.run) {
      const std::vector<spec::RunSpec> runs =
          is_swept ? std::vector{*answer.run} : plan::load_curve(*answer.run);
      study.runs.insert(study.runs.end(), runs.begin(), runs.end());
    }
  }
}

void print_plan(const RunOptions& options, const report::StudyResults& results,
                const report::Report& page) {
  if (options.format == "json") {
    fmt::print("{}", report::plan_json(results));
  } else if (options.format == "csv") {
    fmt::print("{}", report::candidates_csv(results));
  } else if (options.format == "md") {
    fmt::print("{}", report::to_markdown(page));
  } else {
    fmt::print("{}", report::to_terminal(page, {.bold = stdout_is_styled(), .brief = true}));
  }
}

report::ManifestInfo manifest_of_plan(const RunOptions& options) {
  report::ManifestInfo info;
  info.command = "plan";
  info.argv = options.argv;
  info.study_path = options.study;
  info.sets = options.sets;
  info.skip_bad_lines = options.skip_bad_lines;
  info.seed = options.seed;
  info.stepper = "macro";
  return info;
}

}  // namespace

int plan_study(const RunOptions& options) {
  const auto begin = Clock::now();
  spec::PlanStudy all = loaded_plan(options);
  PlanOutput output(options.out);
  report::ManifestInfo info = manifest_of_plan(options);
  info.setup_seconds = seconds_since(begin);
  const auto search = Clock::now();
  std::vector<spec::PlanAnswer> answers = answers_of(all, options);
  add_runs(all.study, answers);
  report::Snapshot snapshot{
      simulate_study(all.study, options, {}),
      all.study.page,
      all.study.inputs,
      {options.sets, options.seed, 0, 0, options.skip_bad_lines, options.page, "plan"}};
  snapshot.results.plans = std::move(answers);
  info.simulation_seconds = seconds_since(search);
  info.peak_rss = report::peak_rss();
  const report::Report page = page_of(snapshot);
  output.commit(snapshot, page, all.study, info);
  print_plan(options, snapshot.results, page);
  static_cast<void>(std::fflush(stdout));
  if (!options.quiet) {
    output.say();
  }
  const auto& plans = snapshot.results.plans;
  const bool all_answered =
      std::all_of(plans.begin(), plans.end(), [](const auto& plan) { return plan.winner; });
  return all_answered ? kOk : kLimitsNotMet;
}

}  // namespace kvsim::cli
