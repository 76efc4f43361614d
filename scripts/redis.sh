#!/usr/bin/env bash
# Sees to it that the tests find a redis-server: one that is installed, or else Debian's, linked into .tools/redis. The
# program is taken from the package redis-tools, where it goes by another name: the package redis-server would start a
# service on this machine. Never fails.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
without() {
	echo "redis-server: not installed, $1; its tests skip"
	exit 0
}
to=.tools/redis
command -v redis-server >/dev/null || [ -x "$to/redis-server" ] && exit 0
[ -x /usr/bin/redis-check-rdb ] || apt_install redis-tools
mkdir -p "$to" && ln -sf /usr/bin/redis-check-rdb "$to/redis-server" # it looks at the name that it is called by
"$to/redis-server" --version >/dev/null 2>&1 || { rm -f "$to/redis-server"; without "Debian's program does not run"; }
exit 0
