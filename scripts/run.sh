#!/usr/bin/env bash
# Installs, builds and starts the platform with a demo site around it, until Ctrl-C.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
exec python3 demo/run.py "$@"
