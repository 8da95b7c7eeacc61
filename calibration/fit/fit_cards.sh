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
  # How far off a law is on the other GPU says how far to trust it on GPUs without tables.
  case $2:$3:$7 in
    decode_attention:h100-sxm:bf16 | prefill_attention:h100-sxm:bf16 | gemm:h100-sxm:bf16)
      lend="$lend --transfer-table a100-80gb-sxm=$data/kernels/${4%_h100.csv}_a100.csv" ;;
    decode_attention:a100-80gb-sxm:bf16 | prefill_attention:a100-80gb-sxm:bf16 | gemm:a100-80gb-sxm:bf16)
      lend="$lend --transfer-table h100-sxm=$data/kernels/${4%_a100.csv}_h100.csv" ;;
  esac
  # $lend is two words per GPU
  "$kvsim" calibrate fit --op "$2" --gpu "$3" --table "$data/kernels/$4" --stack "$5" \
    ${6:+--kernel "$6"} ${graph_launch:+--graph-launch "$graph_launch"} \
    ${dynamic_scales:+--dynamic-scales "$dynamic_scales"} --dtype "$7" $lend --out "$cards/$1.yaml" \
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
  # What the table's fp8 calls take beside vLLM's, which find their scales as well: the median of 744
  # shapes of at most 2^20 weights and 64 rows. Stored scales save it (TensorRT-LLM, _torch/modules/
  # linear.py: static_quantize_e4m3_per_tensor in place of quantize_e4m3_per_tensor).
  [ $dtype = fp8 ] && dynamic_scales="7.3 us"
  fit h100-sxm-gemm-trtllm-$dtype gemm h100-sxm gemm_h100.csv \
    trtllm-1.3.0rc20 trtllm $dtype "TensorRT-LLM 1.3.0rc20 gemm tables of H100 SXM"
  dynamic_scales=
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

# --- linear attention: two kernels a call -----------------------------------------------------------

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

import() {
  "$kvsim" calibrate import "$@" >/dev/null
}

# card file, operator, table, stack, words for the source
fit_made() {
  "$kvsim" calibrate fit --op "$2" --gpu h100-sxm --table "$made/$3" --transfer-to h200-sxm \
    --name "h100-sxm/$2/gated-delta-net" --out "$cards/$1.yaml" \
    --source "fit by kvsim to NVIDIA kernel timings of $origin, $4"
}
import "$data/kernels/gdn_h100.csv" --format csv --op decode_linear_attention --where phase=generation \
  --sum kernel=causal_conv1d_update,fused_recurrent_gated_delta_rule_packed_decode \
  --out "$made/gdn_decode.csv"
import "$data/kernels/gdn_h100.csv" --format csv --op prefill_linear_attention --where phase=context \
  --sum kernel=causal_conv1d_fn,chunk_gated_delta_rule_flashinfer --out "$made/gdn_prefill.csv"
fit_made h100-sxm-decode-linear decode_linear_attention gdn_decode.csv \
  "vLLM 0.24.0 gdn tables of H100 SXM: recurrence and convolution of one step"
fit_made h100-sxm-prefill-linear prefill_linear_attention gdn_prefill.csv \
  "vLLM 0.24.0 gdn tables of H100 SXM: FlashInfer's chunks and the convolution"

# --- NCCL -------------------------------------------------------------------------------------------

for gpu in h100-sxm:h100:nccl-2.29.2 a100-80gb-sxm:a100:nccl-2.27.3; do
  name=${gpu%%:*}
  rest=${gpu#*:}
  for op in all_gather reduce_scatter all_to_all; do
    fit "$name-$(echo $op | tr _ -)-nccl" $op "$name" "nccl_${rest%%:*}.csv" "${rest#*:}" "" fp16 \
      "NCCL tables, graphs not said"
  done
done

# --- RTX 4090 and RTX PRO 6000: one layer of Llama-3.1-8B and of Qwen3-30B-A3B in vLLM 0.19.0 ---------

lss="casys-kaist/LLMServingSim@5daddb2 (MIT), profiler/perf, vLLM 0.19.0"

# lss TABLE GPU MODEL OPERATOR OUT [more flags]: rows are added to OUT
lss_rows() {
  table=$1 gpu=$2 model=$3 op=$4 out=$5
  shift 5
  import "$data/kernels/llmservingsim_$table.csv" --format llmservingsim --op "$op" \
    --where "gpu=$gpu" --where "model=$model" "$@" --out "$made/part.csv"
  if [ -e "$made/$out" ]; then
    tail -n +2 "$made/part.csv" >>"$made/$out"
  else
    cp "$made/part.csv" "$made/$out"
  fi
}

# product N K LAYER [per_sequence]
product() {
  lss_rows "${4:-dense}" "$theirs" "$model" gemm "$theirs-gemm.csv" --where "layer=$3" \
    --column n="$1" --column k="$2" --column m="${5:-tokens}"
}

fit_lss() {
  op=$1
  shift
  "$kvsim" calibrate fit --op "$op" --gpu "$ours" --table "$made/$theirs-$op.csv" --stack vllm-0.19.0 \
    --dtype bf16 --name "$ours/$op/vllm-0.19.0/bf16" \
    --out "$cards/$ours-$(echo "$op" | tr _ -)-vllm-bf16.yaml" --source "fit by kvsim to $lss" "$@"
}

for pair in RTX4090:rtx-4090 RTXPRO6000:rtx-pro-6000-server; do
  theirs=${pair%%:*} ours=${pair#*:}
  model=Llama-3.1-8B
  product 6144 4096 qkv_proj
  product 4096 4096 o_proj
  product 28672 4096 gate_up_proj
  product 4096 14336 down_proj
  product 128256 4096 lm_head per_sequence sequences
  for op in decode_attention prefill_attention; do
    lss_rows attention "$theirs" "$model" $op "$theirs-$op.csv" --column heads=32 \
      --column kv_heads=8 --column head_dim=128
  done
  # Bytes per token as the simulator counts them: two norms of three accesses, an activation of three,
  # keys and values; of the embedding a read and a write; of sampling three reads of fp32 logits.
  lss_rows dense "$theirs" "$model" element_wise "$theirs-element_wise.csv" \
    --sum layer=layernorm,layernorm,act_fn,rotary_emb --column bytes_per_row=139264
  lss_rows dense "$theirs" "$model" embedding "$theirs-embedding.csv" --where layer=embedding \
    --column bytes_per_row=16384
  lss_rows per_sequence "$theirs" "$model" sampling "$theirs-sampling.csv" --where layer=sampler \
    --column bytes_per_row=1539072 --column rows=sequences
  if [ "$theirs" = RTXPRO6000 ]; then
    model=Qwen3-30B-A3B
    product 5120 2048 qkv_proj
    product 2048 4096 o_proj
    product 151936 2048 lm_head per_sequence sequences
    for op in decode_attention prefill_attention; do
      lss_rows attention "$theirs" "$model" $op "$theirs-$op.csv" --column heads=32 \
        --column kv_heads=4 --column head_dim=128
    done
  fi
  # Shares of unequal contexts: fitted to the same GPUs' skew table (calibration/fit/skew_errors.hpp).
  fit_lss decode_attention --skew 0.2,1.6,0.6
  for op in prefill_attention gemm element_wise embedding sampling; do
    fit_lss $op
  done
done

if [ -x "$root/.venv/bin/python" ]; then
  "$root/.venv/bin/python" "$root/calibration/fit/plot_errors.py" "$kvsim" "$data" \
    "$root/reports/validation/kernels.svg"
fi
KVSIM_HOME=$root "$kvsim" calibrate report --data "$data" --out "$root/reports/validation/kernels.md"
