#!/usr/bin/env bash
# Sees to it that the test of examples/chat finds a browser and what drives it: Chromium, one that is installed or else Debian's, and
# playwright-core, in .tools/playwright. Never fails.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
without() {
	echo "chromium, or what drives it: not installed, $1; the test of examples/chat in a browser skips"
	exit 0
}
command -v chromium >/dev/null || apt_install chromium
npm_install examples/chat/e2e .tools/playwright
