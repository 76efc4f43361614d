#!/usr/bin/env bash
# Formatting, vet and staticcheck of every module, and whether go.mod says what the code needs.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}

unformatted=$(git ls-files -co --exclude-standard '*.go' | grep -v '^testdata/refused/' | xargs gofmt -l)
[ -z "$unformatted" ] || { echo "not formatted with gofmt:"; echo "$unformatted"; exit 1; }
"$go" vet ./...
"$go" tool staticcheck ./...
"$go" mod tidy -diff
