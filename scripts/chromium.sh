#!/usr/bin/env bash
# Sees to it that the test of examples/chat finds a browser and what drives it: Chromium, one that is installed or else
# Debian's, and playwright-core, in .tools/playwright. Without root, apt, npm or a network the test skips, and says so. Never
# fails.
set -uo pipefail
cd "$(dirname "$0")/.."
from=examples/chat/e2e
to=.tools/playwright

without() {
	echo "chromium: $1; the test of examples/chat in a browser skips"
	exit 0
}

if ! command -v chromium >/dev/null; then
	command -v apt-get >/dev/null || without "not installed, apt-get is not there"
	root=()
	[ "$(id -u)" = 0 ] || root=(sudo -n)
	[ ${#root[@]} = 0 ] || "${root[@]}" true 2>/dev/null || without "not installed, neither root nor sudo without a password"
	apt() { timeout 300 "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 "$@" </dev/null 2>&1; }
	log=$(apt install --no-install-recommends chromium) ||
		log=$(apt update && apt install --no-install-recommends chromium) ||
		without "not installed, apt-get failed: $(tail -1 <<<"$log")"
fi

[ -d "$to/node_modules/playwright-core" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json" && exit 0
command -v npm >/dev/null || without "npm, which installs its driver, is not there"
rm -rf "$to"
mkdir -p "$to"
cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to"
if ! log=$(timeout 120 npm ci --prefix "$to" --loglevel=error 2>&1); then
	rm -rf "$to"
	without "its driver is not installed, npm failed: $(tail -1 <<<"$log")"
fi
exit 0
