#!/usr/bin/env bash
# Runs each fuzz target for the time given: scripts/fuzz.sh 60s
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go} time=${1:-10s}

git grep -lE '^func Fuzz' -- '*_test.go' | while read -r file; do
	grep -oE '^func Fuzz\w+' "$file" | sed 's/^func //' | while read -r target; do
		echo "== $target for $time"
		"$go" test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
	done
done
