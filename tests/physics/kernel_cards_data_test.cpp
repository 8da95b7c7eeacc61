// The shipped cards against the tables they were fitted to: the development targets, with margins.
#include <gtest/gtest.h>

#include "calibration/fit/evaluate.hpp"
#include "library.hpp"
#include "sim/config/config.hpp"
#include "tests/unit/workload/data_file.hpp"

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
