#!/bin/sh
# Writes servers.md and servers.svg: every shipped map's table, predicted beside measured.
#
#   sh reports/validation/servers.sh build/release/kvsim DATA      DATA: folder with published/
set -eu
kvsim=$1 data=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
KVSIM_HOME=$root "$kvsim" validate --data "$data/published" --replicates 40 --quiet --format json \
  --out "$root/reports/validation/servers.md" > "$rows"
if [ -x "$root/.venv/bin/python" ]; then
  "$root/.venv/bin/python" "$root/reports/validation/plot_servers.py" "$rows" "$root/reports/validation/servers.svg"
fi
