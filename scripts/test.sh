#!/usr/bin/env bash
# Installs, builds and runs every test; ends with ctest's closing line.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
source scripts/lib.sh  # once more: the build may have brought a newer Node.js
say "testing"
ctest --test-dir build --output-on-failure --timeout 900 -j2 "$@"
