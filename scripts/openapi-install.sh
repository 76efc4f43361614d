#!/usr/bin/env bash
# Installs the validator of OpenAPI documents that the tests of internal/openapi run, into .tools/openapi, once per version. Without
# npm or a network the tests skip, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
from=internal/openapi/testdata/validator
to=.tools/openapi

[ -x "$to/node_modules/.bin/validate-api" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json" && exit 0
command -v npm >/dev/null || { echo "openapi validator: not installed, npm is not there; its tests skip"; exit 1; }
rm -rf "$to"
mkdir -p "$to"
cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to"
if ! log=$(npm ci --prefix "$to" --loglevel=error 2>&1); then
	rm -rf "$to"
	echo "openapi validator: not installed, npm failed; its tests skip"
	echo "$log" | tail -3
	exit 1
fi
