#!/bin/sh
# Writes servers.md and servers.svg: every shipped map's table, predicted beside measured.
#
#   sh reports/validation/servers.sh build/release/kvsim DATA      DATA: folder with published/
set -eu
kvsim=$1 data=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
KVSIM_HOME=$root "$kvsim" validate --data "$data/published" --replicates 20 --quiet --format json \
  --out "$root/reports/validation/servers.md" > "$rows"
figure=$(cat <<'END'
![Predicted over measured TPOT by model and engine, and the same of the formula](servers.svg)

*Medians, and bands from the least to the largest, of predicted over measured TPOT in thirds of a decade; groups
of fewer than three rows are left out. Measured by InferenceX (SemiAnalysis) and NVIDIA, as kept by aiconfigurator.*
END
)
page=$root/reports/validation/servers.md
awk -v figure="$figure" '/^## / && !done { print figure "\n"; done = 1 } { print }' "$page" > "$rows.md"
mv "$rows.md" "$page"
if [ -x "$root/.venv/bin/python" ]; then
  "$root/.venv/bin/python" "$root/reports/validation/plot_servers.py" "$rows" "$root/reports/validation/servers.svg"
fi
