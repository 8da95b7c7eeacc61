#include "sim/config/study_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/binder.hpp"
#include "sim/config/cross_rules.hpp"
#include "sim/config/library.hpp"
#include "sim/config/parts.hpp"
#include "sim/config/report_page.hpp"
#include "sim/config/unsupported.hpp"
#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kSweep = "sweep.";

// The keys of a sweep are dotted themselves: --set sweep.a.b=[1, 2] names the axis a.b.
Node override_tree(const Override& change) {
  if (change.key.starts_with(kSweep)) {
    Node axis = make_map(change.place);
    axis.entries.push_back({change.key.substr(kSweep.size()), change.place, change.value});
    return nest("sweep", change.place, std::move(axis));
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

spec::StudySpec StudyBuilder::build(Node tree) {
  sets_ = parse_sets(options_.sets, faults_);
  if (tree.kind != NodeKind::Map) {
    faults_.throw_if_any();
  }
  apply_sets_to_base(tree);
  const std::vector<Variant> variants = read_variants(tree, faults_);
  std::vector<Axis> axes = read_sweep(tree, faults_);
  drop_axes_that_are_set(axes);

  spec::StudySpec study;
  for (const RunPlan& plan : plan_runs(variants, axes)) {
    study.runs.push_back(build_run(tree, plan));
  }
  refuse_unknown_gpus(study);
  if (options_.with_cards) {
    add_cards(study);
  }
  study.report = report_;
  add_page(study, tree, variants.size());
  faults_.throw_if_any();
  study.name = study_name_;
  study.warnings = faults_.notes();
  study.inputs = loader_.inputs();
  return study;
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
  loader_.lay_profile_under(tree);
  return tree;
}

Document StudyBuilder::read_document(const Node& tree) {
  refuse_unsupported_words(tree, faults_);
  Document document = read_struct<Document>(tree, table_, faults_, "", keys_beside_the_document());
  check_version(document, tree, faults_);
  return document;
}

spec::RunSpec StudyBuilder::build_run(const Node& base, const RunPlan& plan) {
  const Node tree = run_tree(base, plan);
  note_priced_gpus(tree);
  const Document document = read_document(tree);
  study_name_ = document.name;
  report_ = document.report;
  spec::RunSpec run = document.run;
  run.id = ids_.next(plan.variant, plan.point);
  run.variant = plan.variant;
  run.overrides = override_texts(plan);
  run.seed = options_.seed;
  locate_trace(run.workload, tree);
  spec::resolve(run.engine, run.cluster.gpu);
  if (!only_explained_) {
    refuse_unsupported_settings(run, tree, faults_);
  }
  if (!faults_.any_errors()) {
    check_model_against_engine(run, tree, faults_);
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
void StudyBuilder::add_page(spec::StudySpec& study, const Node& tree, std::size_t variants) {
  const Entry* named = find_path(tree, "report.template");
  Node name{.kind = NodeKind::Scalar, .text = study.report.template_name, .place = tree.place};
  if (study.report.template_name.empty()) {
    const bool one_run = study.runs.size() == 1;
    name.text = one_run ? "single-run" : variants > 1 ? "attention-variants" : "sweep";
  } else if (named != nullptr) {
    name.place = named->value.place;
  }
  const auto usual = options_.library.templates / (name.text + ".yaml");
  if (!study.report.template_name.empty() || std::filesystem::exists(usual)) {
    study.page = read_template(loader_, options_.library, name, faults_);
  }
}

void StudyBuilder::note_priced_gpus(const Node& tree) {
  const Entry* prices = find_path(tree, "prices.gpu_hour");
  if (prices == nullptr || prices->value.kind != NodeKind::Map) {
    return;
  }
  for (const Entry& price : prices->value.entries) {
    priced_.emplace_back(price.key, price.place);
  }
}

// A price that no run asks for may be there, but not under a name that means no GPU at all.
void StudyBuilder::refuse_unknown_gpus(const spec::StudySpec& study) {
  std::vector<std::string> known = known_names(options_.library, kGpus);
  for (const spec::RunSpec& run : study.runs) {
    if (std::find(known.begin(), known.end(), run.cluster.gpu.name) == known.end()) {
      known.push_back(run.cluster.gpu.name);
    }
  }
  for (const auto& [gpu, place] : priced_) {
    if (std::find(known.begin(), known.end(), gpu) == known.end()) {
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
