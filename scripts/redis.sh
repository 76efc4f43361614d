#!/usr/bin/env bash
# Sees to it that the tests find a redis-server: one that is installed, or else Debian's, linked into .tools/redis. The
# program is taken from the package redis-tools, where it goes by another name: the package redis-server would start a
# service on this machine. Without root, apt or a network the tests skip, and say so. Never fails.
set -uo pipefail
cd "$(dirname "$0")/.."
to=.tools/redis

without() {
	echo "redis-server: not installed, $1; its tests skip"
	exit 0
}

command -v redis-server >/dev/null || [ -x "$to/redis-server" ] && exit 0
if ! [ -x /usr/bin/redis-check-rdb ]; then
	command -v apt-get >/dev/null || without "apt-get is not there"
	root=()
	[ "$(id -u)" = 0 ] || root=(sudo -n)
	[ ${#root[@]} = 0 ] || "${root[@]}" true 2>/dev/null || without "neither root nor sudo without a password"
	apt() { timeout 180 "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 "$@" </dev/null 2>&1; }
	log=$(apt install --no-install-recommends redis-tools) ||
		log=$(apt update && apt install --no-install-recommends redis-tools) ||
		without "apt-get failed: $(tail -1 <<<"$log")"
fi
mkdir -p "$to" && ln -sf /usr/bin/redis-check-rdb "$to/redis-server" # it looks at the name that it is called by
"$to/redis-server" --version >/dev/null 2>&1 || { rm -f "$to/redis-server"; without "Debian's program does not run"; }
exit 0
