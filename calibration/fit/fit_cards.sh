#!/bin/sh
# Fits all cards of calibration/cards that come from tables, and the report about them.
#
#   calibration/fit/fit_cards.sh KVSIM DATA
#
# KVSIM is the program, DATA the folder that holds kernels/ (tables are not in this repository).
# Cards of the host and of element-wise operators are written by hand and stay as they are.
set -eu
kvsim=$1
data=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
cards=$root/calibration/cards
origin="ai-dynamo/aiconfigurator@095f58a (Apache-2.0)"

# card file, operator, GPU, table, stack, kernel, dtype, words for the source
fit() {
  case $3 in
    h100-sxm) lend="--transfer-to h200-sxm" ;;
    *) lend="--transfer-to a100-40gb-sxm --transfer-to a100-80gb-pcie" ;;
  esac
  # $lend is two words per GPU
  "$kvsim" calibrate fit --op "$2" --gpu "$3" --table "$data/kernels/$4" --stack "$5" \
    ${6:+--kernel "$6"} ${graph_launch:+--graph-launch "$graph_launch"} --dtype "$7" $lend --out "$cards/$1.yaml" \
    --source "fit by kvsim to NVIDIA kernel timings of $origin, $8"
}

for dtype in bf16 fp8; do
  fit h100-sxm-decode-attention-vllm-$dtype decode_attention h100-sxm decode_attention_h100.csv \
    vllm-0.24.0 fa3 $dtype "vLLM 0.24.0 FlashAttention-3 tables of H100 SXM, cold rows"
  fit h100-sxm-decode-attention-sglang-$dtype decode_attention h100-sxm decode_attention_h100.csv \
    sglang-0.5.14 fa3 $dtype "SGLang 0.5.14 FlashAttention-3 tables of H100 SXM, cold rows"
  fit h100-sxm-decode-attention-trtllm-$dtype decode_attention h100-sxm decode_attention_h100.csv \
    trtllm-1.3.0rc20 trtllm $dtype "TensorRT-LLM 1.3.0rc20 tables of H100 SXM, cold rows"
  fit h100-sxm-prefill-attention-vllm-$dtype prefill_attention h100-sxm context_attention_h100.csv \
    vllm-0.24.0 fa3 $dtype "vLLM 0.24.0 context tables of H100 SXM; no cached context before the chunk"
  fit h100-sxm-gemm-trtllm-$dtype gemm h100-sxm gemm_h100.csv \
    trtllm-1.3.0rc20 trtllm $dtype "TensorRT-LLM 1.3.0rc20 gemm tables of H100 SXM"
done
fit h100-sxm-decode-attention-mla-sglang-bf16 decode_attention_mla h100-sxm decode_mla_h100.csv \
  sglang-0.5.14 "" bf16 "SGLang 0.5.14 MLA tables of H100 SXM"
fit h100-sxm-decode-attention-mla-trtllm-bf16 decode_attention_mla h100-sxm decode_mla_h100.csv \
  trtllm-1.3.0rc20 "" bf16 "TensorRT-LLM 1.3.0rc20 MLA tables of H100 SXM"
fit h100-sxm-gemm-vllm-bf16 gemm h100-sxm gemm_h100.csv vllm-0.24.0 torch bf16 \
  "vLLM 0.24.0 gemm tables of H100 SXM (cuBLAS)"
fit h100-sxm-gemm-vllm-fp8 gemm h100-sxm gemm_h100.csv vllm-0.24.0 cutlass_fp8 fp8 \
  "vLLM 0.24.0 gemm tables of H100 SXM (CUTLASS, quantisation of activations included)"
# Launched from the host: a replayed graph's launch is that of vLLM's per-tensor fp8 products, above.
graph_launch="4.98 us"
fit h100-sxm-gemm-vllm-fp8-block gemm h100-sxm gemm_h100.csv vllm-0.24.0 deepgemm_block fp8_block \
  "vLLM 0.24.0 gemm tables of H100 SXM (DeepGEMM, 32 rows and more)"
graph_launch=
fit h100-sxm-moe-vllm-bf16 moe h100-sxm moe_h100.csv vllm-0.24.0 triton_bf16 bf16 \
  "vLLM 0.24.0 moe tables of H100 SXM (Triton, even routing)"
fit h100-sxm-moe-vllm-fp8 moe h100-sxm moe_h100.csv vllm-0.24.0 flashinfer_fp8 fp8 \
  "vLLM 0.24.0 moe tables of H100 SXM (FlashInfer, even routing)"
fit h100-sxm-moe-vllm-int4 moe h100-sxm moe_h100.csv vllm-0.24.0 marlin_int4 int4_wo \
  "vLLM 0.24.0 moe tables of H100 SXM (Marlin, int4 weights, even routing)"
fit h100-sxm-moe-vllm-mxfp4 moe h100-sxm moe_h100.csv vllm-0.24.0 triton_mxfp4 w4a16_mxfp4 \
  "vLLM 0.24.0 moe tables of H100 SXM (Triton, mxfp4 weights of gpt-oss, even routing; two shapes only)"
fit h100-sxm-moe-vllm-fp8-block moe h100-sxm moe_h100.csv vllm-0.24.0 triton_fp8_block fp8_block \
  "vLLM 0.24.0 moe tables of H100 SXM (Triton, even routing)"
fit h100-sxm-all-reduce-vllm all_reduce h100-sxm custom_allreduce_h100.csv vllm-0.24.0 vllm_graph \
  bf16 "vLLM 0.24.0 custom_allreduce tables of H100 SXM in CUDA graphs"
fit a100-80gb-sxm-decode-attention-vllm-bf16 decode_attention a100-80gb-sxm \
  decode_attention_a100.csv vllm-0.14.0 fa2 bf16 \
  "vLLM 0.14.0 FlashAttention-2 tables of A100 SXM, cold rows"
fit a100-80gb-sxm-prefill-attention-vllm-bf16 prefill_attention a100-80gb-sxm \
  context_attention_a100.csv vllm-0.14.0 fa2 bf16 \
  "vLLM 0.14.0 context tables of A100 SXM; no cached context before the chunk"
fit a100-80gb-sxm-gemm-vllm-bf16 gemm a100-80gb-sxm gemm_a100.csv vllm-0.14.0 default bf16 \
  "vLLM 0.14.0 gemm tables of A100 SXM"
fit a100-80gb-sxm-all-reduce-vllm all_reduce a100-80gb-sxm custom_allreduce_a100.csv vllm-0.14.0 \
  vllm_graph bf16 "vLLM 0.14.0 custom_allreduce tables of A100 SXM in CUDA graphs"
KVSIM_HOME=$root "$kvsim" calibrate report --data "$data" --out "$root/reports/validation/kernels.md"
