#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for SECONDS_EACH (default 30) on its seeds, as many at a time as there are cores.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
seconds=${SECONDS_EACH:-30}
scripts/install-deps.sh
for p in clang-19 libclang-rt-19-dev; do
  dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed$' ||
    run_logged "apt-$p" "apt-get install $p" apt-get install -y --no-install-recommends "$p"
done
cmake -S . -B build-fuzz -G Ninja -DKW_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
ninja -C build-fuzz fuzz_all || die "the fuzz build" "ninja -C build-fuzz fuzz_all"

# one TARGET: runs it on its seeds; prints a line, or the end of its log.
one() {
  local target=$1 name
  name=$(basename "$target"); name=${name#fuzz_}
  mkdir -p "build-fuzz/corpus/$name" "fuzz/seeds/$name"
  if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 \
      -artifact_prefix="build-fuzz/finding-$name-" "build-fuzz/corpus/$name" "fuzz/seeds/$name" >"build-fuzz/$name.log" 2>&1; then
    printf '%-24s %s runs, no finding\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$name.log")"
  else
    tail -n 30 "build-fuzz/$name.log"
    printf '%-24s FINDING: see build-fuzz/%s.log; reproduce with %s build-fuzz/finding-%s-*\n' "$name" "$name" "$target" "$name"
    return 1
  fi
}
export -f one
export seconds
mapfile -t targets < <(find build-fuzz/fuzz -maxdepth 1 -type f -executable -name 'fuzz_*' | sort)
[ "${#targets[@]}" -gt 0 ] || die "no fuzz target was built" "ninja -C build-fuzz fuzz_all"
printf '%s\0' "${targets[@]}" | xargs -0 -n1 -P"$(nproc)" bash -c 'one "$1"' one || die "a fuzz target found something" "see above"
printf '%d passed, 0 failed\n' "${#targets[@]}"
