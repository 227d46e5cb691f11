#!/usr/bin/env bash
# Runs every bench at full length and prints the figures with the machine they come from.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
say "machine: $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(uname -r)"
for bench in build/bench/*_bench; do
  [ -x "$bench" ] || continue
  say "$bench"
  "$bench"
done
say "bench/vault_api_bench.py"
python3 bench/vault_api_bench.py
say "bench/fleet_bench.py"
python3 bench/fleet_bench.py
say "bench/road_bench.py"
python3 bench/road_bench.py
say "bench/sections_bench.py"
python3 bench/sections_bench.py
