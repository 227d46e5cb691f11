#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for SECONDS (default 30) on its seeds; stops at the first finding.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
seconds=${SECONDS_EACH:-30}
scripts/install-deps.sh
for p in clang-19 libclang-rt-19-dev; do
  dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed$' ||
    run_logged "apt-$p" "apt-get install $p" apt-get install -y --no-install-recommends "$p"
done
cmake -S . -B build-fuzz -G Ninja -DKW_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
ninja -C build-fuzz fuzz_all || die "the fuzz build" "ninja -C build-fuzz fuzz_all"
passed=0
for target in build-fuzz/fuzz/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=$(basename "$target"); name=${name#fuzz_}
  mkdir -p "build-fuzz/corpus/$name" "fuzz/seeds/$name"
  if ! "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 \
      -artifact_prefix="build-fuzz/finding-$name-" "build-fuzz/corpus/$name" "fuzz/seeds/$name" >"build-fuzz/$name.log" 2>&1; then
    tail -n 30 "build-fuzz/$name.log"
    die "fuzz target $name found something" "see build-fuzz/$name.log; reproduce with $target build-fuzz/finding-$name-*"
  fi
  printf '%-24s %s runs, no finding\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$name.log")"
  passed=$((passed + 1))
done
printf '%d passed, 0 failed\n' "$passed"
