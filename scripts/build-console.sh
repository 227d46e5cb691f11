#!/usr/bin/env bash
# Builds console/dist when its sources changed: npm ci by the lock file, then the bundle.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -f console/package.json ] || exit 0
stamp() { find console schemas -type f -not -path '*/node_modules/*' -not -path 'console/dist/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum; }
mkdir -p build
now=$(stamp)
if [ -f console/dist/index.html ] && [ "$(cat build/console.stamp 2>/dev/null)" = "$now" ]; then exit 0; fi
lock=$(sha256sum console/package-lock.json)
if [ "$(cat build/console.lock 2>/dev/null)" != "$lock" ] || [ ! -d console/node_modules ]; then
  say "installing the console's npm packages (console/package-lock.json)"
  run_logged npm-ci "cd console && npm ci" npm --prefix console ci --no-audit --no-fund
  echo "$lock" >build/console.lock
fi
run_logged console-build "cd console && npm run build" npm --prefix console run build
stamp >build/console.stamp
