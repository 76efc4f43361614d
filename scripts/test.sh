#!/usr/bin/env bash
# All tests, and at the end the names of those that were skipped. The runtime, where calls share state, is tested under the
# race detector; the generator is not, to keep an empty build cache affordable.
set -uo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
log=$(mktemp) skips=$(mktemp)
trap 'rm -f "$log" "$skips"' EXIT

run() {
	"$go" test -v "$@" >"$log" 2>&1
	local status=$?
	if [ $status = 0 ]; then
		grep -E '^ok' "$log"
	else
		grep -vE '^[[:space:]]*(=== (RUN|PAUSE|CONT|NAME)|--- PASS)|^PASS$|no test files' "$log"
	fi
	grep -A1 -E '^[[:space:]]*--- SKIP' "$log" | grep -v '^--$' >>"$skips"
	return $status
}

# Each says itself why not.
scripts/aimock-install.sh
scripts/openapi-install.sh
scripts/redis.sh
scripts/chromium.sh

raced='/(runtime|contracts)(/|$)'
status=0
run -race $("$go" list ./... | grep -E "$raced") || status=1
run $("$go" list ./... | grep -vE "$raced") || status=1

scripts/fuzz.sh 5s FuzzParse FuzzStream >"$log" 2>&1 || { cat "$log"; status=1; }
grep -E '^==' "$log"

[ -s "$skips" ] && { echo; echo "skipped:"; cat "$skips"; }
skipped=$(sed -nE 's/^[[:space:]]*--- SKIP: ([^ ]+).*/\1/p' "$skips" | paste -sd ' ')
[ $status = 0 ] && echo "all tests passed, ${skipped:+skipped: }${skipped:-none skipped}" || echo "tests failed"
exit $status
