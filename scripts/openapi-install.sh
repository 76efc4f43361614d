#!/usr/bin/env bash
# Installs the validator of OpenAPI documents that the tests of internal/openapi run, into .tools/openapi. Never fails.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
without() {
	echo "openapi validator: not installed, $1; its tests skip"
	exit 0
}
npm_install internal/openapi/testdata/validator .tools/openapi
