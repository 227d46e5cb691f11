#!/usr/bin/env bash
# Builds everything into build/: the programs, their tests, and the console. Idempotent; a fresh build shows progress.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/install-deps.sh
jobs=$(nproc)
mkdir -p build/log
if [ ! -f build/build.ninja ]; then
  say "configuring"
  run_logged configure "rm -rf build and try again" cmake -S . -B build -G Ninja
fi
say "building (ninja -j$jobs), and the console beside it"
scripts/build-console.sh >build/log/console-build.log 2>&1 &  # waits for downloads most of its time
console=$!
ninja -C build -j"$jobs" || { wait "$console" || true; die "the build (see above)" "ninja -C build shows it again"; }
wait "$console" || { cat build/log/console-build.log >&2; die "the console" "scripts/build-console.sh shows it again"; }
