#!/usr/bin/env bash
# The kiosk's defence from outside: an assessor's attacks, what other monitors' users complain of, one ordinary day.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
failed=0
for run in "assessor_terminal_test.py" "complaints_test.py" "working_day.py 600"; do
  say "tests/system/$run"
  python3 tests/system/$run || failed=$((failed + 1))
done
[ "$failed" = 0 ] || die "$failed of 3" "see above; each runs by hand, too"
say "3 passed, 0 failed"
