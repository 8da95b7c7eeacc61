#include "sim/cli/calibrate_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/flags.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kCalibrateFooter = R"(Examples:
  kvsim calibrate fit --op gemm --table gemm.csv --dtype bf16 --out card.yaml
  kvsim calibrate evaluate --card card.yaml --table gemm.csv
  kvsim calibrate show --card h100-sxm/gemm/vllm-0.24.0/bf16)";

constexpr const char* kFitFooter = R"(Examples:
  kvsim calibrate fit --table gemm.csv --op gemm --out card.yaml
  kvsim calibrate fit --table gemm.csv --op gemm --gpu h200-sxm --out card.yaml
  kvsim calibrate fit --raw RAW --out cards

Columns of tables: decode_attention has batch, heads, kv_heads, head_dim,
ctx; decode_attention_mla batch, heads, ctx; prefill_attention batch, isl,
heads, kv_heads, head_dim; gemm m, n, k; moe tokens, hidden, inter, topk,
experts; all_reduce, all_gather, reduce_scatter, all_to_all n_gpus, elements;
element_wise, embedding, sampling rows, bytes_per_row; decode_linear_attention
batch, k_heads, head_k_dim, v_heads, head_v_dim, d_conv, and
prefill_linear_attention seq_len as well. All have latency_us, and may have
stack, kernel and dtype (kv_dtype for attention).)";

constexpr const char* kEvaluateFooter = R"(Examples:
  kvsim calibrate evaluate --card card.yaml --table gemm.csv
  kvsim calibrate evaluate --card card.yaml --table gemm.csv --dtype bf16
  kvsim calibrate evaluate --card card.yaml --table gemm.csv --format json)";

constexpr const char* kHostFooter =
    R"(Rows are those that the map names for this stack under host_fit: at least
three closed loops of different concurrency.

Examples:
  kvsim calibrate host --measured silicon.csv --stack vllm-0.11.0 --out h.yaml
  kvsim calibrate host --measured t.csv --map m.yaml --stack a-1 --out h.yaml
  kvsim calibrate host --measured t.csv --map m.yaml --stack b-2 --out h.yaml)";

constexpr const char* kShowFooter = R"(Examples:
  kvsim calibrate show --card card.yaml
  kvsim calibrate show --card h100-sxm/element_wise
  kvsim calibrate show --card any/host/vllm-v1)";

constexpr const char* kImportFooter = R"(Examples:
  kvsim calibrate import --format aiconfigurator --op gemm aic.txt --out t.csv
  kvsim calibrate import --format vidur --op gemm mlp.csv --out t.csv
  kvsim calibrate import --format csv --op gemm gemm.csv --out t.csv

Tables of llmservingsim lack heads and shapes: --column heads=32 and so on.)";

constexpr const char* kCalibrateReportFooter = R"(Examples:
  kvsim calibrate report --data DATA --out reports/validation/kernels.md
  kvsim calibrate report --data DATA --out kernels.md
  kvsim calibrate report --data DATA --out out/kernels.md)";

void add_rows(CLI::App& app, fit::RowFilter& rows) {
  app.add_option("--stack", rows.stack, "only rows of this framework and version");
  app.add_option("--kernel", rows.kernel, "only rows of this kernel");
  app.add_option("--dtype", rows.dtype, "only rows of this format");
}

template <class Options>
void on_choice(CLI::App& app, Command& command, const std::shared_ptr<Options>& options,
               int (*answer)(const Options&)) {
  app.callback(
      [options, &command, answer] { command = [options, answer] { return answer(*options); }; });
}

void add_fit(CLI::App& app, Command& command) {
  auto options = std::make_shared<FitOptions>();
  CLI::App* fit = app.add_subcommand("fit", "a table of measured calls to a card");
  fit->add_option("--table", options->table, "CSV of measured calls");
  fit->add_option("--raw", options->raw, "samples of kvsim-calibrate, instead of a table")
      ->type_name("DIR");
  fit->add_option("--op", options->op, "decode_attention, gemm, ...; see below");
  add_gpu(*fit, options->gpu);
  fit->add_option("--out", options->out, "the card to write (YAML); with --raw a folder")
      ->type_name("PATH")
      ->required();
  add_rows(*fit, options->rows);
  fit->add_option("--name", options->name, "absent: GPU/operator/stack/dtype");
  fit->add_option("--source", options->source, "where the table can be looked up");
  fit->add_option("--transfer-to", options->transfer_to, "GPU to lend the law to (repeatable)")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  fit->add_option("--graph-launch", options->graph_launch,
                  "launch in a CUDA graph, for calls timed from the host")
      ->type_name("TIME");
  fit->add_option("--dynamic-scales", options->dynamic_scales,
                  "part of the launch that finds scales of fp8 inputs")
      ->type_name("TIME");
  fit->add_option("--transfer-table", options->transfers,
                  "how far off is the card on another GPU? (repeatable)")
      ->type_name("GPU=CSV")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  fit->add_option("--skew", options->skew, "terms of unequal contexts, measured apart")
      ->type_name("A,B,C")
      ->delimiter(',')
      ->expected(3);
  fit->footer(kFitFooter);
  on_choice(*fit, command, options, calibrate_fit);
}

void add_evaluate(CLI::App& app, Command& command) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* evaluate = app.add_subcommand("evaluate", "how far is a card from a table?");
  evaluate->add_option("--card", options->card, "a file, or a name of kvsim cards")->required();
  evaluate->add_option("--table", options->table, "CSV of measured calls")->required();
  evaluate->add_option("--gpu", options->gpu, "where it was measured; absent: the card's GPU");
  add_rows(*evaluate, options->rows);
  add_format(*evaluate, options->format);
  evaluate->add_option("--points", options->points, "also write each row: predicted and measured")
      ->type_name("FILE");
  evaluate->footer(kEvaluateFooter);
  on_choice(*evaluate, command, options, calibrate_evaluate);
}

void add_host(CLI::App& app, Command& command) {
  auto options = std::make_shared<HostOptions>();
  CLI::App* host = app.add_subcommand("host", "host time of an engine from measured servers");
  host->add_option("--measured", options->measured, "CSV of rows")->type_name("FILE")->required();
  host->add_option("--map", options->map, "name or file; absent: by the columns");
  host->add_option("--stack", options->stack, "engine and version, as in the map")->required();
  host->add_option("--out", options->out, "the card to write (YAML)")
      ->type_name("PATH")
      ->required();
  host->footer(kHostFooter);
  on_choice(*host, command, options, calibrate_host);
}

void add_show(CLI::App& app, Command& command) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* show = app.add_subcommand("show", "a card's equation, numbers and errors");
  show->add_option("--card", options->card, "a file, or a name of kvsim cards")->required();
  show->footer(kShowFooter);
  on_choice(*show, command, options, calibrate_show);
}

void add_import(CLI::App& app, Command& command) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* import = app.add_subcommand("import", "another tool's table to one of ours");
  import->add_option("--format", options->format, "whose table it is")
      ->check(CLI::IsMember({"aiconfigurator", "vidur", "llmservingsim", "csv"}))
      ->required();
  import->add_option("--op", options->op, "which operator it times")->required();
  import->add_option("IN", options->in, "their file")->required();
  import->add_option("--out", options->out, "the table to write (CSV)")
      ->type_name("FILE")
      ->required();
  import->add_option("--column", options->columns, "ours=theirs or ours=number (repeatable)")
      ->type_name("PAIR")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  import->add_option("--where", options->where, "only rows whose theirs=text (repeatable)")
      ->type_name("PAIR")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  import->add_option("--sum", options->sum, "add up rows of these kernels: column=a,b,...")
      ->type_name("PAIR");
  import->footer(kImportFooter);
  on_choice(*import, command, options, calibrate_import);
}

void add_calibrate_report(CLI::App& app, Command& command) {
  auto options = std::make_shared<KernelReportOptions>();
  CLI::App* report = app.add_subcommand("report", "all cards against the development tables");
  report->add_option("--data", options->data, "folder that holds kernels/")
      ->type_name("DIR")
      ->required();
  report->add_option("--out", options->out, "the page to write (Markdown)")
      ->type_name("FILE")
      ->required();
  report->footer(kCalibrateReportFooter);
  on_choice(*report, command, options, calibrate_report);
}

}  // namespace

void add_calibrate(CLI::App& app, Command& command) {
  CLI::App* calibrate = app.add_subcommand("calibrate", "from measured kernels to cards");
  calibrate->require_subcommand(1);
  add_fit(*calibrate, command);
  add_evaluate(*calibrate, command);
  add_host(*calibrate, command);
  add_show(*calibrate, command);
  add_import(*calibrate, command);
  add_calibrate_report(*calibrate, command);
  calibrate->footer(kCalibrateFooter);
}

}  // namespace kvsim::cli
