// What prices of kernels are to reach, by card, and why some do not.
#include "sim/cli/kernel_report.hpp"

namespace kvsim::cli {
namespace {

// What is likely but was not shown by an experiment says so.
constexpr const char* kWaves =
    "FlashAttention-2 chooses how often to split the context by a rule of its own; the law knows "
    "its threshold and the last wave, not the number of splits. Worst are groups of 16, 7 % off";
constexpr const char* kA100Tiles =
    "likely the choice among tile shapes by cuBLAS: the law counts waves of 128 x 256 only, and "
    "the "
    "fit gives them a weight of 0.42 (0 on H100)";
constexpr const char* kFp8Prefill =
    "worst are MHA's heads, 12 % off. Keys and values count as moved 5.6 times beside the read "
    "(1.5 times "
    "in bf16): likely the conversion of the fp8 cache inside the kernel; not shown by an "
    "experiment";
constexpr const char* kTrtFp8 =
    "no target names it. One law for all head shapes is 10 % off; likely several kernels; not "
    "looked "
    "into";

constexpr const char* kAllToAll =
    "no target names it. Of small messages some sizes take twice the time of their neighbours in "
    "the "
    "table (17 us between two of 7.5 us), which a monotone table cannot follow";
constexpr const char* kSparse =
    "no target names it, and its error is in sample: growths of whole modules with the context "
    "(calibration/fit/dsa_module.py), because no table times the kernel alone";
constexpr const char* kTwoModels =
    "eight shapes of two models, so a fold predicts a shape from few others; which of them is "
    "worst was "
    "not looked into";
constexpr const char* kTwoShapes = "two head shapes only: each is predicted from the other";

}  // namespace

const std::vector<KernelTarget>& kernel_targets() {
  static const std::vector<KernelTarget> kTargets = {
      {"decode attention, vLLM bf16", "h100-sxm/decode_attention/vllm-0.24.0/bf16", "", 0.03, 0.09,
       0, ""},
      {"decode attention, SGLang bf16", "h100-sxm/decode_attention/sglang-0.5.14/bf16", "", 0.03,
       0.09, 0, ""},
      {"decode attention, TensorRT-LLM bf16", "h100-sxm/decode_attention/trtllm-1.3.0rc20/bf16", "",
       0.045, 0, 0, ""},
      {"decode attention, vLLM bf16, A100", "a100-80gb-sxm/decode_attention/vllm-0.14.0/bf16", "",
       0.03, 0.09, 0, kWaves},
      {"decode attention, vLLM bf16, full windows of 128",
       "h100-sxm/decode_attention/vllm-0.24.0/bf16", "window", 0, 0, 0, ""},
      {"decode attention, vLLM fp8, full windows of 128",
       "h100-sxm/decode_attention/vllm-0.24.0/fp8", "window", 0, 0, 0, ""},
      {"decode attention, vLLM fp8", "h100-sxm/decode_attention/vllm-0.24.0/fp8", "", 0, 0, 0, ""},
      {"decode attention, SGLang fp8", "h100-sxm/decode_attention/sglang-0.5.14/fp8", "", 0, 0, 0,
       ""},
      {"decode attention, TensorRT-LLM fp8", "h100-sxm/decode_attention/trtllm-1.3.0rc20/fp8", "",
       0, 0, 0, kTrtFp8},
      {"MLA decode, SGLang", "h100-sxm/decode_attention_mla/sglang-0.5.14/bf16", "", 0.055, 0, 0.04,
       ""},
      {"MLA decode, TensorRT-LLM", "h100-sxm/decode_attention_mla/trtllm-1.3.0rc20/bf16", "", 0.055,
       0, 0.04, ""},
      {"GEMM bf16 m <= 256, vLLM", "h100-sxm/gemm/vllm-0.24.0/bf16", "m <= 256", 0.10, 0, 0, ""},
      {"GEMM bf16 m <= 256, TensorRT-LLM", "h100-sxm/gemm/trtllm-1.3.0rc20/bf16", "m <= 256", 0.10,
       0, 0, ""},
      {"GEMM bf16 m <= 256, A100", "a100-80gb-sxm/gemm/vllm-0.14.0/bf16", "m <= 256", 0.10, 0, 0,
       ""},
      {"GEMM bf16 m >= 1024, vLLM", "h100-sxm/gemm/vllm-0.24.0/bf16", "m >= 1024", 0.07, 0, 0, ""},
      {"GEMM bf16 m >= 1024, TensorRT-LLM", "h100-sxm/gemm/trtllm-1.3.0rc20/bf16", "m >= 1024",
       0.07, 0, 0, ""},
      {"GEMM bf16 m >= 1024, A100", "a100-80gb-sxm/gemm/vllm-0.14.0/bf16", "m >= 1024", 0.07, 0, 0,
       kA100Tiles},
      {"GEMM fp8, vLLM", "h100-sxm/gemm/vllm-0.24.0/fp8", "", 0.13, 0, 0, ""},
      {"GEMM fp8, TensorRT-LLM", "h100-sxm/gemm/trtllm-1.3.0rc20/fp8", "", 0.13, 0, 0, ""},
      {"GEMM fp8 in blocks, vLLM", "h100-sxm/gemm/vllm-0.24.0/fp8_block", "", 0.13, 0, 0, ""},
      {"prefill attention, vLLM bf16", "h100-sxm/prefill_attention/vllm-0.24.0/bf16", "", 0.075, 0,
       0, ""},
      {"prefill attention, vLLM bf16, A100", "a100-80gb-sxm/prefill_attention/vllm-0.14.0/bf16", "",
       0.075, 0, 0, ""},
      {"prefill attention, vLLM fp8", "h100-sxm/prefill_attention/vllm-0.24.0/fp8", "", 0.075, 0, 0,
       kFp8Prefill},
      {"all-reduce, vLLM in a graph", "h100-sxm/all_reduce/vllm-0.24.0/bf16", "", 0.08, 0, 0, ""},
      {"all-reduce, vLLM in a graph, A100", "a100-80gb-sxm/all_reduce/vllm-0.14.0/bf16", "", 0.08,
       0, 0, ""},
      {"all-gather, NCCL", "h100-sxm/all_gather/nccl-2.29.2/fp16", "", 0, 0, 0, ""},
      {"reduce-scatter, NCCL", "h100-sxm/reduce_scatter/nccl-2.29.2/fp16", "", 0, 0, 0, ""},
      {"all-to-all, NCCL", "h100-sxm/all_to_all/nccl-2.29.2/fp16", "", 0, 0, 0, kAllToAll},
      {"gated delta net, decode", "h100-sxm/decode_linear_attention/gated-delta-net", "", 0, 0, 0,
       ""},
      {"gated delta net, prefill", "h100-sxm/prefill_linear_attention/gated-delta-net", "", 0, 0, 0,
       ""},
      {"sparse attention, decode, vLLM bf16", "h100-sxm/decode_attention_sparse/vllm-0.24.0/bf16",
       "", 0, 0, 0, kSparse},
      {"decode attention, RTX 4090", "rtx-4090/decode_attention/vllm-0.19.0/bf16", "", 0.03, 0.09,
       0, ""},
      {"decode attention, RTX PRO 6000", "rtx-pro-6000-server/decode_attention/vllm-0.19.0/bf16",
       "", 0.03, 0.09, 0, kTwoShapes},
      {"prefill attention, RTX 4090", "rtx-4090/prefill_attention/vllm-0.19.0/bf16", "", 0.075, 0,
       0, ""},
      {"prefill attention, RTX PRO 6000", "rtx-pro-6000-server/prefill_attention/vllm-0.19.0/bf16",
       "", 0.075, 0, 0, ""},
      {"GEMM bf16 m <= 256, RTX 4090", "rtx-4090/gemm/vllm-0.19.0/bf16", "m <= 256", 0.10, 0, 0,
       ""},
      {"GEMM bf16 m <= 256, RTX PRO 6000", "rtx-pro-6000-server/gemm/vllm-0.19.0/bf16", "m <= 256",
       0.10, 0, 0, kTwoModels},
      {"element-wise, RTX 4090", "rtx-4090/element_wise/vllm-0.19.0/bf16", "", 0, 0, 0, ""},
      {"sampling, RTX 4090", "rtx-4090/sampling/vllm-0.19.0/bf16", "", 0, 0, 0, ""},
      {"experts bf16", "h100-sxm/moe/vllm-0.24.0/bf16", "", 0.16, 0, 0, ""},
      {"experts fp8", "h100-sxm/moe/vllm-0.24.0/fp8", "", 0.16, 0, 0, ""},
      {"experts fp8 in blocks", "h100-sxm/moe/vllm-0.24.0/fp8_block", "", 0.16, 0, 0, ""},
  };
  return kTargets;
}

std::string table_of(const spec::CardSpec& card) {
  const std::string gpu = card.gpus.empty() ? "" : card.gpus.front();
  const std::string suffix = gpu == "h100-sxm"        ? "_h100.csv"
                             : gpu == "a100-80gb-sxm" ? "_a100.csv"
                                                      : "";
  if (suffix.empty()) {
    return {};
  }
  switch (card.op) {
    case spec::CardOperator::DecodeAttention:
      return "decode_attention" + suffix;
    case spec::CardOperator::DecodeAttentionMla:
      return "decode_mla" + suffix;
    case spec::CardOperator::PrefillAttention:
      return "context_attention" + suffix;
    case spec::CardOperator::Gemm:
      return "gemm" + suffix;
    case spec::CardOperator::Moe:
      return "moe" + suffix;
    case spec::CardOperator::AllReduce:
      return "custom_allreduce" + suffix;
    default:
      return {};
  }
}

}  // namespace kvsim::cli
