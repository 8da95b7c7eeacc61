#include "sim/config/study_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/binder.hpp"
#include "sim/config/cross_rules.hpp"
#include "sim/config/library.hpp"
#include "sim/config/parts.hpp"
#include "sim/config/pools.hpp"
#include "sim/config/report_page.hpp"
#include "sim/config/unsupported.hpp"
#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

// The keys of a sweep are dotted themselves: --set sweep.a.b=[1, 2] names the axis a.b.
Node override_tree(const Override& change) {
  for (const std::string_view map : {"sweep", "plan.search"}) {
    if (change.key.starts_with(fmt::format("{}.", map))) {
      Node axis = make_map(change.place);
      axis.entries.push_back({change.key.substr(map.size() + 1), change.place, change.value});
      return nest(map, change.place, std::move(axis));
    }
  }
  return nest(change.key, change.place, change.value);
}

void check_version(const Document& document, const Node& tree, Faults& faults) {
  const Entry* entry = find_entry(tree, "version");
  if (entry != nullptr && document.version != kVersion) {
    faults.error(entry->value.place, fmt::format("version {} is not known", document.version),
                 "version", {fmt::format("write version: {}", kVersion)});
  }
}

// A trace lies relative to the text that names it.
void locate_trace(spec::WorkloadSpec& workload, const Node& tree) {
  const Entry* entry = find_path(tree, "workload.trace");
  if (workload.trace && entry != nullptr && entry->value.place.source) {
    const std::filesystem::path file = entry->value.place.source->directory / *workload.trace;
    workload.trace = file.lexically_normal().string();
  }
}

}  // namespace

StudyBuilder::StudyBuilder(LoadOptions options, bool only_explained)
    : options_(std::move(options)),
      only_explained_(only_explained),
      table_(KeyTable::of<Document>()),
      merger_(table_, faults_),
      loader_(options_.library, merger_, faults_) {}

spec::StudySpec StudyBuilder::from_file(const std::filesystem::path& file) {
  return build(loader_.read_study(file));
}

spec::StudySpec StudyBuilder::from_text(const SourcePtr& text, std::vector<Override> overrides) {
  Node tree = loader_.read_text(text);
  for (const Override& change : overrides) {
    apply(tree, change);
  }
  return build(std::move(tree));
}

StudyBuilder::Outline StudyBuilder::read_outline(Node& tree) {
  sets_ = parse_sets(options_.sets, faults_);
  if (tree.kind != NodeKind::Map) {
    faults_.throw_if_any();
  }
  apply_sets_to_base(tree);
  Outline outline{read_variants(tree, faults_), read_sweep(tree, faults_), {}, {}};
  drop_axes_that_are_set(outline.sweep);
  read_plan(tree, outline);
  return outline;
}

void StudyBuilder::read_plan(const Node& tree, Outline& outline) {
  const Entry* entry = find_entry(tree, "plan");
  if (entry == nullptr || is_unset(entry->value)) {
    return;
  }
  if (entry->value.kind != NodeKind::Map) {
    faults_.error(
        entry->place, fmt::format("'plan' is {}, but must be a map", kind_name(entry->value.kind)),
        "plan", {"write plan: {objective: min_gpus, search: {dotted.key: [value, ...]}}"});
    return;
  }
  const KeyTable table = KeyTable::of<spec::PlanSpec>();
  outline.plan = read_struct<spec::PlanSpec>(entry->value, table, faults_, "plan", {"search"});
  outline.search = read_search(entry->value, faults_);
}

spec::StudySpec StudyBuilder::build(Node tree) {
  const Outline outline = read_outline(tree);
  spec::StudySpec study;
  for (const RunPlan& plan : plan_runs(outline.variants, outline.sweep)) {
    study.runs.push_back(build_run(tree, plan));
  }
  const bool one_run = study.runs.size() == 1;
  finish(study, tree,
         one_run                       ? "single-run"
         : outline.variants.size() > 1 ? "attention-variants"
                                       : "sweep");
  return study;
}

spec::PlanStudy StudyBuilder::plan_from_file(const std::filesystem::path& file) {
  Node tree = loader_.read_study(file);
  const Outline outline = read_outline(tree);
  if (!outline.plan) {
    faults_.error(whole_source(tree.place.source), "this study has no 'plan'", "plan",
                  {"write plan: {search: {engine.tensor_parallel_size: [1, 2, 4, 8]}}",
                   "'kvsim run' simulates it as it is"});
    faults_.throw_if_any();
  }
  return build_plan(tree, outline);
}

std::optional<spec::PlanStudy> StudyBuilder::plan_if_any(const std::filesystem::path& file) {
  Node tree = loader_.read_study(file);
  const Outline outline = read_outline(tree);
  return outline.plan ? std::optional(build_plan(tree, outline)) : std::nullopt;
}

spec::PlanStudy StudyBuilder::build_plan(const Node& tree, const Outline& outline) {
  spec::PlanStudy all{.study = {}, .plan = *outline.plan, .questions = {}};
  for (const RunPlan& plan : plan_runs(outline.variants, outline.sweep)) {
    all.questions.push_back(question(tree, plan, outline.search));
    all.study.runs.push_back(all.questions.back().layouts.front().run);
  }
  finish(all.study, tree, "capacity");
  return all;
}

// A layout that its model cannot be cut into is no fault here: the plan says why it drops it.
spec::PlanQuestion StudyBuilder::question(const Node& base, const RunPlan& plan,
                                          const std::vector<Axis>& search) {
  spec::PlanQuestion question{
      ids_.next(plan.variant, plan.point), plan.variant, override_texts(plan), {}};
  for (const RunPlan& layout : plan_runs({{plan.variant, plan.overrides}}, search)) {
    const Node tree = run_tree(base, layout);
    refuse_pools_in_plan(tree);
    spec::RunSpec run = joined(read_pools(tree, plan));
    run.id = question.id;
    run.overrides = override_texts(layout);
    question.layouts.push_back({layout.point, std::move(run)});
  }
  return question;
}

void StudyBuilder::refuse_pools_in_plan(const Node& tree) {
  if (has_pools(tree)) {
    faults_.error(find_path(tree, "cluster.pools")->place,
                  "a plan counts replicas that are alike, so it cannot have pools", "cluster.pools",
                  {"search cluster.gpu, which compares kinds of GPUs",
                   "'kvsim run' simulates pools; sweep cluster.pools.NAME.replicas to size one"});
  }
}

void StudyBuilder::finish(spec::StudySpec& study, const Node& tree,
                          std::string_view usual_template) {
  refuse_unknown_gpus();
  if (options_.with_cards) {
    add_cards(study);
  }
  study.report = report_;
  add_page(study, tree, usual_template);
  faults_.throw_if_any();
  study.name = study_name_;
  study.warnings = faults_.notes();
  study.inputs = loader_.inputs();
}

void StudyBuilder::apply(Node& tree, const Override& change) {
  Node over = override_tree(change);
  loader_.expand(over);
  merger_.merge(tree, std::move(over));
}

void StudyBuilder::apply_sets_to_base(Node& tree) {
  for (const Override& set : sets_) {
    if (set.key.starts_with("variants.")) {
      faults_.error(set.place, "variants cannot be changed one by one", set.key,
                    {"write --set variants=[...], or change the key itself"});
    } else if (set.key == "extends") {
      faults_.error(set.place, "'extends' belongs into a file", set.key);
    } else {
      apply(tree, set);
    }
  }
}

void StudyBuilder::drop_axes_that_are_set(std::vector<Axis>& axes) {
  for (const Override& set : sets_) {
    const bool dropped = std::erase_if(axes, [&](const Axis& a) { return a.key == set.key; }) > 0;
    if (dropped) {
      faults_.note(set.place, fmt::format("'{}' is swept by the study; now it is fixed", set.key),
                   set.key);
    }
  }
}

bool StudyBuilder::wins_over(const Override& set, const RunPlan& plan) const {
  return std::any_of(plan.overrides.begin(), plan.overrides.end(),
                     [&](const Override& change) { return is_at_or_below(set.key, change.key); });
}

Node StudyBuilder::run_tree(const Node& base, const RunPlan& plan) {
  Node tree = base;
  merger_.set_variant(plan.variant);
  for (const Override& change : plan.overrides) {
    apply(tree, change);
  }
  for (const Override& set : sets_) {
    if (wins_over(set, plan)) {
      apply(tree, set);
    }
  }
  return tree;
}

Document StudyBuilder::read_document(const Node& tree) {
  refuse_unsupported_words(tree, faults_);
  Document document = read_struct<Document>(tree, table_, faults_, "", keys_beside_the_document());
  check_version(document, tree, faults_);
  return document;
}

spec::RunSpec StudyBuilder::build_run(const Node& base, const RunPlan& plan) {
  const std::vector<PoolRun> pools = read_pools(run_tree(base, plan), plan);
  for (const PoolRun& pool : pools) {
    if (!faults_.any_errors()) {
      check_model_against_engine(pool.run, pool.tree, faults_);
    }
  }
  spec::RunSpec run = joined(pools);
  run.id = ids_.next(plan.variant, plan.point);
  return run;
}

std::vector<StudyBuilder::PoolRun> StudyBuilder::read_pools(const Node& tree, const RunPlan& plan) {
  std::vector<PoolRun> pools;
  for (PoolTree& pool : split_pools(tree, merger_, faults_)) {
    loader_.lay_profile_under(pool.tree);
    spec::RunSpec run = read_run(pool.tree, plan);
    pools.push_back({std::move(pool.name), std::move(pool.tree), std::move(run)});
  }
  return pools;
}

// None are left of pools that are faulty, which has been told.
spec::RunSpec StudyBuilder::joined(const std::vector<PoolRun>& pools) {
  std::vector<std::pair<std::string, spec::RunSpec>> alone;
  for (const PoolRun& pool : pools) {
    alone.emplace_back(pool.name, pool.run);
  }
  return alone.empty() ? spec::RunSpec{} : spec::join_pools(alone);
}

spec::RunSpec StudyBuilder::read_run(const Node& tree, const RunPlan& plan) {
  const Document document = read_document(tree);
  study_name_ = document.name;
  report_ = document.report;
  note_gpus(tree, document.run.cluster.gpu.name);
  spec::RunSpec run = document.run;
  run.variant = plan.variant;
  run.overrides = override_texts(plan);
  run.seed = options_.seed;
  locate_trace(run.workload, tree);
  spec::resolve(run.engine, run.cluster.gpu);
  if (!only_explained_) {
    refuse_unsupported_settings(run, tree, faults_);
  }
  return run;
}

std::vector<std::pair<std::string, std::string>> StudyBuilder::override_texts(
    const RunPlan& plan) const {
  std::vector<std::pair<std::string, std::string>> texts;
  const auto add = [&](const Override& change) {
    std::erase_if(texts, [&](const auto& text) { return text.first == change.key; });
    texts.emplace_back(change.key, to_text(change.value));
  };
  std::for_each(plan.overrides.begin(), plan.overrides.end(), add);
  std::for_each(sets_.begin(), sets_.end(), add);
  return texts;
}

// A library without templates is no fault while nobody names one; then the page shows everything.
void StudyBuilder::add_page(spec::StudySpec& study, const Node& tree,
                            std::string_view usual_template) {
  const Entry* named = find_path(tree, "report.template");
  Node name{.kind = NodeKind::Scalar, .text = study.report.template_name, .place = tree.place};
  if (study.report.template_name.empty()) {
    name.text = usual_template;
  } else if (named != nullptr) {
    name.place = named->value.place;
  }
  const auto usual = options_.library.templates / (name.text + ".yaml");
  if (!study.report.template_name.empty() || std::filesystem::exists(usual)) {
    study.page = read_template(loader_, options_.library, name, faults_);
  }
}

void StudyBuilder::note_gpus(const Node& tree, const std::string& own) {
  gpus_.insert(own);
  const Entry* prices = find_path(tree, "prices.gpu_hour");
  if (prices == nullptr || prices->value.kind != NodeKind::Map) {
    return;
  }
  for (const Entry& price : prices->value.entries) {
    priced_.emplace_back(price.key, price.place);
  }
}

// A price that no run asks for may be there, but not under a name that means no GPU at all.
void StudyBuilder::refuse_unknown_gpus() {
  const std::vector<std::string> shelf = known_names(options_.library, kGpus);
  gpus_.insert(shelf.begin(), shelf.end());
  const std::vector<std::string> known(gpus_.begin(), gpus_.end());
  for (const auto& [gpu, place] : priced_) {
    if (!gpus_.contains(gpu)) {
      const auto guess = guess_word(gpu, known);
      faults_.error(place, fmt::format("unknown gpu '{}'", gpu), "prices.gpu_hour." + gpu,
                    {guess ? fmt::format("did you mean '{}'?", *guess)
                           : "the name of a GPU that a run has, or one of 'kvsim gpus'"});
    }
  }
}

void StudyBuilder::add_cards(spec::StudySpec& study) {
  const KeyTable cards = KeyTable::of<spec::CardSpec>();
  for (const auto& file : yaml_files(options_.library.cards)) {
    study.cards.push_back(read_part_as<spec::CardSpec>(loader_, file, "card", cards, faults_));
  }
}

}  // namespace kvsim::config
