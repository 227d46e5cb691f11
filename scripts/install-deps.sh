#!/usr/bin/env bash
# Installs the missing ones of scripts/packages.txt, and a Node.js that can build the console. Idempotent, quiet when done.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing() { grep -vE '^\s*(#|$)' scripts/packages.txt | while read -r p; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"; done; }

packages=$(missing)
node_major() { node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true; }
need_node=false
[ "$(node_major || true)" ] && command -v npm >/dev/null || need_node=true
if [ -z "$packages" ] && ! $need_node; then exit 0; fi

[ "$(id -u)" = 0 ] || die "packages are missing: $packages" "run the same command as root, or: apt-get install $packages"
command -v apt-get >/dev/null || die "this is not a Debian system" "install the packages of scripts/packages.txt by hand"
export DEBIAN_FRONTEND=noninteractive
say "installing Debian packages: $(echo $packages | tr '\n' ' ')"
run_logged apt-update "check the machine's package sources" apt-get update
# Boost 1.81 and 1.74 exclude each other: 1.81 goes first, by name.
if grep -q '^libboost1.81-dev$' <<<"$packages"; then
  run_logged apt-boost "apt-get install libboost1.81-dev" apt-get install -y --no-install-recommends libboost1.81-dev
fi
$need_node && packages="$packages nodejs npm"
run_logged apt-install "apt-get install the packages of scripts/packages.txt" apt-get install -y --no-install-recommends $packages
[ -z "$(missing)" ] || die "packages did not install: $(missing)" "see build/log/apt-install.log"
