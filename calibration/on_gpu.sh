#!/usr/bin/env bash
# Everything that a machine with a GPU is needed for, in one command of at most ten minutes:
# build for this GPU, every kernel against its twin, compute-sanitizer, the full measurement.
#
#   calibration/on_gpu.sh [DIR]      DIR: where results go ($OUT, else out/on_gpu)
#
# environment: KVSIM_COMMIT   the commit, where the tree came without .git
#              KVSIM_SECONDS  how long the measurement may take (300)
#
# Afterwards DIR holds log.txt (all of it), build.log, verify.txt, sanitizer.txt, raw.csv and manifest.json.
# A step that fails does not stop those after it, except that nothing is measured by kernels that
# are wrong. Needs nvcc, g++ and cmake. Never touches clocks, power or modes.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

out="${1:-${OUT:-out/on_gpu}}"
build=build/on_gpu
mkdir -p "$out" build
exec > >(tee "$out/log.txt") 2>&1
began=$SECONDS
status=0

step() { printf '\n== %s (at %d s)\n' "$1" "$((SECONDS - began))"; }
failed() { printf 'FAILED: %s\n' "$1"; status=1; }

step "the GPU"
nvidia-smi --query-gpu=name,driver_version,compute_cap,clocks.sm,clocks.mem,temperature.gpu,power.limit,ecc.mode.current,mig.mode.current --format=csv || true
capability="$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -d .)"
case "$capability" in
  90 | 100 | 103 | 120) architecture="${capability}a-real" ;;  # features of this family only
  '') architecture="80-real;90a-real" ;;
  *) architecture="${capability}-real" ;;
esac

step "build for $architecture"
# cuBLASLt may lie outside the toolkit, in a Python package: its header is needed to build, its
# library to run. Without them products are skipped.
header="$(find /usr/local /opt /usr/include -name cublasLt.h 2>/dev/null | head -1)"
library="$(find /usr/local /opt /usr/lib -name 'libcublasLt.so.1[23]' 2>/dev/null | sort -r | head -1)"
echo "cublasLt.h: ${header:-none}; library: ${library:-none}"
if [[ -n "$header" ]]; then export CPATH="${header%/*}${CPATH:+:$CPATH}"; fi
if [[ -n "$library" ]]; then export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${library%/*}"; fi
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
if ! { cmake -S calibration -B "$build" "${generator[@]}" -DCMAKE_CUDA_ARCHITECTURES="$architecture" &&
  cmake --build "$build" -j "$(nproc)"; } >"$out/build.log" 2>&1; then
  tail -40 "$out/build.log"
  failed build
  exit 1
fi
program="$build/kvsim-calibrate"

step "every kernel against its twin"
if ! timeout 150 "$program" --verify | tee "$out/verify.txt"; then
  failed "verify: nothing is measured by kernels that are wrong"
  measure=no
fi

step "compute-sanitizer"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck; do
    echo "-- $tool"
    timeout 75 compute-sanitizer --tool "$tool" --error-exitcode 9 "$program" --verify --small 2>&1 | tail -15
    code=${PIPESTATUS[0]}
    if [[ "$code" == 124 ]]; then
      echo "$tool: not finished in 75 s"
    elif [[ "$code" != 0 ]]; then
      failed "$tool"
    fi
  done | tee "$out/sanitizer.txt"
  if grep -q '^FAILED' "$out/sanitizer.txt"; then status=1; fi
else
  echo "no compute-sanitizer here"
fi

if [[ "${measure:-yes}" == yes ]]; then
  step "the full plan"
  budget="${KVSIM_SECONDS:-300}"
  left=$((570 - (SECONDS - began)))
  if ((left < budget)); then budget=$left; fi
  if ! timeout $((budget + 25)) "$program" --out "$out" --time-budget "${budget}s"; then
    failed measurement
  fi
fi
nvidia-smi --query-gpu=clocks.sm,clocks.mem,temperature.gpu,power.draw --format=csv || true
step "done, status $status"
exit "$status"
