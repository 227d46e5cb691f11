#!/usr/bin/env bash
# Installs, builds and runs every test; ends with ctest's closing line.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
say "testing"
ctest --test-dir build --output-on-failure --timeout 900 -j2 "$@"
