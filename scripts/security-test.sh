#!/usr/bin/env bash
# The kiosk's defence from outside: an assessor's attacks, what other monitors' users complain of, one ordinary day; and
# scanners (GPL, run as programs, installed by this script only) against the API.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scripts/build.sh
if ! command -v wapiti >/dev/null || ! command -v sqlmap >/dev/null; then
  [ "$(id -u)" = 0 ] || die "wapiti and sqlmap are missing" "run as root, or: apt-get install wapiti sqlmap"
  run_logged apt-scanners "apt-get install wapiti sqlmap" apt-get install -y --no-install-recommends wapiti sqlmap
fi
failed=0
for run in system/assessor_terminal_test.py system/complaints_test.py "system/working_day.py 600" security/web_scan.py; do
  say "tests/$run"
  python3 tests/$run || failed=$((failed + 1))
done
[ "$failed" = 0 ] || die "$failed of 4" "see above; each runs by hand, too"
say "4 passed, 0 failed"
