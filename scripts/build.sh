#!/usr/bin/env bash
# Builds everything into build/: the programs, their tests, and the console. Idempotent; a fresh build shows progress.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/install-deps.sh
jobs=$(nproc)
if [ ! -f build/build.ninja ]; then
  say "configuring"
  run_logged configure "rm -rf build and try again" cmake -S . -B build -G Ninja
fi
say "building the console"
scripts/build-console.sh
say "building (ninja -j$jobs)"
ninja -C build -j"$jobs" || die "the build (see above)" "ninja -C build shows it again"
