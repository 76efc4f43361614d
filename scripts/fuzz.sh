#!/usr/bin/env bash
# Runs each fuzz target of the main module for the time given: scripts/fuzz.sh 60s. With further words, those targets: scripts/fuzz.sh 5s FuzzParse
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go} time=${1:-10s}
shift || true
only=${*:-}

git grep -lE '^func Fuzz' -- '*_test.go' ':!clouds' | while read -r file; do
	grep -oE '^func Fuzz\w+' "$file" | sed 's/^func //' | while read -r target; do
		[ -z "$only" ] || [[ " $only " == *" $target "* ]] || continue
		echo "== $target for $time"
		"$go" test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
	done
done
