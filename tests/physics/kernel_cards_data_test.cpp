// The shipped cards against the tables they were fitted to: the development targets, with margins.
#include <gtest/gtest.h>

#include <cmath>

#include "calibration/fit/evaluate.hpp"
#include "data_file.hpp"
#include "library.hpp"
#include "shapes.hpp"
#include "sim/config/config.hpp"
#include "sim/cost/step_pricer.hpp"

namespace kvsim {
namespace {

struct Reached {
  fit::Evaluation all;

  [[nodiscard]] double mape(const std::string& regime) const {
    for (const fit::ErrorGroup& group : all.groups) {
      if (group.by == "regime" && group.name == regime) {
        return group.errors.mape;
      }
    }
    return 1;
  }
};

Reached reach(const std::string& name, const std::string& table, const std::string& kernel = "") {
  const spec::CardSpec card = config::load_card(name, test::shipped_library());
  const spec::GpuSpec gpu = config::load_gpu(card.gpus.front(), test::shipped_library());
  const std::string dtype = card.dtypes.empty() ? "" : card.dtypes.front();
  const fit::Samples samples =
      fit::samples_of(card.op, fit::CsvTable::load(table), {card.stack, kernel, dtype}, gpu);
  return {fit::evaluate(card.op, samples, fit::predictions_of(card, samples, gpu))};
}

TEST(KernelCards, DecodeAttentionOfColdRows) {
  KVSIM_NEEDS_DATA(table, "kernels/decode_attention_h100.csv");
  for (const char* stack : {"vllm-0.24.0", "sglang-0.5.14"}) {
    const std::string name = std::string("h100-sxm/decode_attention/") + stack + "/bf16";
    const fit::ErrorSummary errors = reach(name, *table).all.judged;
    EXPECT_LE(errors.mape, 0.03) << stack;
    EXPECT_LE(errors.p95, 0.09) << stack;
    EXPECT_GT(errors.n, 900) << stack;
  }
  EXPECT_LE(reach("h100-sxm/decode_attention/trtllm-1.3.0rc20/bf16", *table).all.judged.mape,
            0.045);
}

TEST(KernelCards, MlaDecode) {
  KVSIM_NEEDS_DATA(table, "kernels/decode_mla_h100.csv");
  for (const char* stack : {"sglang-0.5.14", "trtllm-1.3.0rc20"}) {
    const std::string name = std::string("h100-sxm/decode_attention_mla/") + stack + "/bf16";
    const fit::ErrorSummary errors = reach(name, *table).all.judged;
    EXPECT_LE(errors.mape, 0.055) << stack;
    EXPECT_LE(errors.wape, 0.04) << stack;
  }
}

TEST(KernelCards, Products) {
  KVSIM_NEEDS_DATA(table, "kernels/gemm_h100.csv");
  for (const char* stack : {"vllm-0.24.0", "trtllm-1.3.0rc20"}) {
    const Reached reached = reach(std::string("h100-sxm/gemm/") + stack + "/bf16", *table);
    EXPECT_LE(reached.mape("m <= 256"), 0.10) << stack;
    EXPECT_LE(reached.mape("m >= 1024"), 0.07) << stack;
    EXPECT_LE(reach(std::string("h100-sxm/gemm/") + stack + "/fp8", *table).all.judged.mape, 0.13)
        << stack;
  }
}

TEST(KernelCards, PrefillAttention) {
  KVSIM_NEEDS_DATA(table, "kernels/context_attention_h100.csv");
  EXPECT_LE(reach("h100-sxm/prefill_attention/vllm-0.24.0/bf16", *table).all.judged.mape, 0.075);
}

TEST(KernelCards, Experts) {
  KVSIM_NEEDS_DATA(table, "kernels/moe_h100.csv");
  EXPECT_LE(reach("h100-sxm/moe/vllm-0.24.0/bf16", *table).all.judged.mape, 0.16);
  EXPECT_LE(reach("h100-sxm/moe/vllm-0.24.0/fp8", *table).all.judged.mape, 0.16);
  EXPECT_LE(reach("h100-sxm/moe/vllm-0.24.0/fp8_block", *table, "triton_fp8_block").all.judged.mape,
            0.16);
}

TEST(KernelCards, AllReduceInGraphs) {
  KVSIM_NEEDS_DATA(table, "kernels/custom_allreduce_h100.csv");
  EXPECT_LE(reach("h100-sxm/all_reduce/vllm-0.24.0/bf16", *table, "vllm_graph").all.judged.mape,
            0.08);
}

TEST(KernelCards, FullWindows) {
  KVSIM_NEEDS_DATA(table, "kernels/decode_attention_h100.csv");
  for (const char* dtype : {"bf16", "fp8"}) {
    const std::string name = std::string("h100-sxm/decode_attention/vllm-0.24.0/") + dtype;
    EXPECT_LE(reach(name, *table, "fa3").mape("window"), 0.06) << dtype;
  }
}

TEST(KernelCards, CollectivesOfNccl) {
  KVSIM_NEEDS_DATA(table, "kernels/nccl_h100.csv");
  for (const char* op : {"all_gather", "reduce_scatter", "all_to_all"}) {
    const std::string name = std::string("h100-sxm/") + op + "/nccl-2.29.2/fp16";
    EXPECT_LE(reach(name, *table).all.judged.mape, 0.06) << op;
  }
}

// One layer's attention in DeepSeek-V3.2, 16 heads, fp8: its operators' prices together, and the
// 0.48 ms that the table's module takes to start, against the module's time. Nothing of this was
// fitted together: products have cards from other tables.
TEST(KernelCards, SparseAttentionsPrefillAddsUpToItsModule) {
  KVSIM_NEEDS_DATA(path, "kernels/dsa_context_h100.csv");
  const spec::ModelSpec model = test::shipped_model("deepseek-v3.2");
  const spec::GpuSpec gpu = config::load_gpu("h100-sxm", test::shipped_library());
  spec::EngineSpec engine;
  engine.tensor_parallel_size = 8;
  engine.kv_cache_dtype = spec::KvDtype::Fp8DsMla;
  const cost::StepPricer pricer(model, gpu, engine, config::load_cards(test::shipped_library()));
  const fit::CsvTable table = fit::CsvTable::load(*path);
  const auto tokens = table.numbers("isl");
  const auto times = table.numbers("latency_us");
  const auto wanted = [&](int row) {
    return table.texts("kv_dtype")[static_cast<std::size_t>(row)] == "fp8" &&
           table.texts("gemm_dtype")[static_cast<std::size_t>(row)] == "fp8_block" &&
           table.numbers("heads")[row] == 16 && table.numbers("batch")[row] == 1 &&
           table.numbers("step")[row] == 0 && tokens[row] >= 2048;
  };
  int compared = 0;
  for (int row = 0; row < table.rows(); ++row) {
    if (tokens[row] < 2048 || !wanted(row)) {
      continue;
    }
    model::BatchShape batch;
    model::add_prefill(batch, pricer.graph().spans, 0, std::llround(tokens[row]));
    batch.padded_tokens = std::llround(tokens[row]);
    double layer = 480;
    for (const cost::OperatorQuote& quote : pricer.quote(batch)) {
      const bool attention = quote.name.starts_with("moe_layers.") &&
                             quote.name.find("expert") == std::string::npos &&
                             quote.name.find("norms") == std::string::npos &&
                             quote.name.find("reduce") == std::string::npos &&
                             quote.name.find("gate") == std::string::npos;
      layer +=
          attention ? to_seconds(quote.time).value() * 1e6 / static_cast<double>(quote.calls) : 0;
    }
    EXPECT_NEAR(layer, times[row], 0.06 * times[row]) << tokens[row] << " tokens";
    ++compared;
  }
  EXPECT_GE(compared, 9);
}

TEST(KernelCards, A100) {
  KVSIM_NEEDS_DATA(decode, "kernels/decode_attention_a100.csv");
  KVSIM_NEEDS_DATA(gemm, "kernels/gemm_a100.csv");
  // Both above the targets of 3 % and 7 %: reports/validation/kernels.md says why.
  EXPECT_LE(reach("a100-80gb-sxm/decode_attention/vllm-0.14.0/bf16", *decode).all.judged.mape,
            0.05);
  const Reached products = reach("a100-80gb-sxm/gemm/vllm-0.14.0/bf16", *gemm);
  EXPECT_LE(products.mape("m <= 256"), 0.10);
  EXPECT_LE(products.mape("m >= 1024"), 0.085);
}

}  // namespace
}  // namespace kvsim
