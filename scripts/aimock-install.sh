#!/usr/bin/env bash
# Installs the server of the vendors' wire formats that runtime/provider/vendortest drives, into .tools/aimock. Never fails.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/install.sh
without() {
	echo "aimock: not installed, $1; its tests skip"
	exit 0
}
npm_install runtime/provider/vendortest/testdata/aimock .tools/aimock
