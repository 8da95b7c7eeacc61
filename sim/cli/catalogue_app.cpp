#include "sim/cli/catalogue_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/cli/flags.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kModelsFooter = R"(Examples:
  kvsim models
  kvsim models deepseek-v3 llama-3.1-70b
  kvsim models --format json)";

constexpr const char* kGpusFooter = R"(Examples:
  kvsim gpus
  kvsim gpus h100-sxm h200-sxm
  kvsim gpus --format json)";

constexpr const char* kSlosFooter = R"(Examples:
  kvsim slos
  kvsim slos --format json
  kvsim run study.yaml --set slo=mlperf-llama2-70b-server)";

constexpr const char* kCardsFooter = R"(Examples:
  kvsim cards
  kvsim cards --format json
  kvsim cards | grep extrapolated)";

constexpr const char* kFitsFooter = R"(Examples:
  kvsim fits --gpu h200-sxm
  kvsim fits --gpu h100-sxm --model llama-3.1-70b --kv-cache-dtype fp8
  kvsim fits --gpu h100-sxm --model llama-3.1-8b --context 8192 --format json)";

constexpr const char* kCompareAttentionFooter = R"(Examples:
  kvsim compare-attention --model deepseek-v3 --gpu h200-sxm --tp 8
  kvsim compare-attention --model llama-3.1-8b --gqa 16,4 --context 4096
  kvsim compare-attention --model llama-3.1-8b --format json)";

void add_list(CLI::App& app, const char* name, const char* help, const char* footer,
              Command& command, int (*answer)(const CatalogueOptions&)) {
  auto options = std::make_shared<CatalogueOptions>();
  CLI::App* list = app.add_subcommand(name, help);
  list->add_option("NAMES", options->names, "only these");
  add_format(*list, options->format);
  list->footer(footer);
  list->callback(
      [options, &command, answer] { command = [options, answer] { return answer(*options); }; });
}

void add_fits(CLI::App& app, Command& command) {
  auto options = std::make_shared<FitsOptions>();
  CLI::App* fits = app.add_subcommand("fits", "which models fit, and with how much KV cache");
  fits->add_option("--gpu", options->gpu, "a name (see kvsim gpus) or a path")->required();
  fits->add_option("--model", options->models, "only this model (repeatable)")
      ->expected(1)
      ->take_all();
  fits->add_option("--max-tp", options->max_tp, "most tensor_parallel_size to try")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  add_kv_cache_dtype(*fits, options->engine);
  add_max_model_len(*fits, options->engine);
  add_context(*fits, options->context, "count sequences of so many tokens");
  add_sets(*fits, options->sets, "override a key: engine.block_size=32");
  add_format(*fits, options->format);
  fits->footer(kFitsFooter);
  fits->callback([options, &command] { command = [options] { return list_fits(*options); }; });
}

void add_compare_attention(CLI::App& app, Command& command) {
  auto options = std::make_shared<CompareAttentionOptions>();
  CLI::App* compare =
      app.add_subcommand("compare-attention", "one model with MHA, GQA, MQA and MLA");
  add_model(*compare, options->model);
  add_gpu(*compare, options->gpu);
  add_tensor_parallel(*compare, options->engine);
  add_kv_cache_dtype(*compare, options->engine);
  add_context(*compare, options->context, "tokens of each sequence; absent: 8192");
  compare->add_option("--gqa", options->gqa, "KV heads of GQA; absent: 8 and the model's own")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000));
  add_sets(*compare, options->sets, "override a key: engine.block_size=32");
  add_format(*compare, options->format);
  compare->footer(kCompareAttentionFooter);
  compare->callback(
      [options, &command] { command = [options] { return compare_attention(*options); }; });
}

}  // namespace

void add_catalogue_commands(CLI::App& app, Command& command) {
  add_list(app, "models", "the models that are known", kModelsFooter, command, list_models);
  add_list(app, "gpus", "the GPUs that are known", kGpusFooter, command, list_gpus);
  add_list(app, "slos", "the latency limits that have a name", kSlosFooter, command, list_slos);
  add_list(app, "cards", "what prices operators", kCardsFooter, command, list_cards);
  add_fits(app, command);
  add_compare_attention(app, command);
}

}  // namespace kvsim::cli
