# shellcheck shell=bash
# Functions for the scripts that install what tests need. Each ends its script, with the reason, where that is not possible: the
# tests then skip. A script sets without, which says so, before it calls one.

# npm_install FROM TO: the packages of FROM/package-lock.json into TO, once per version.
npm_install() {
	local from=$1 to=$2 log
	[ -d "$to/node_modules" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json" && return
	command -v npm >/dev/null || without "npm is not there"
	rm -rf "$to"
	mkdir -p "$to"
	cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$to"
	if ! log=$(timeout 180 npm ci --prefix "$to" --loglevel=error 2>&1); then
		rm -rf "$to"
		without "npm failed: $(tail -1 <<<"$log")"
	fi
}

# apt_install PACKAGE: Debian's package, as root, or by a sudo that asks nothing.
apt_install() {
	local root=() log
	command -v apt-get >/dev/null || without "apt-get is not there"
	[ "$(id -u)" = 0 ] || root=(sudo -n)
	[ ${#root[@]} = 0 ] || "${root[@]}" true 2>/dev/null || without "neither root nor sudo without a password"
	apt() { timeout 300 "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 "$@" </dev/null 2>&1; }
	log=$(apt install --no-install-recommends "$1") ||
		log=$(apt update && apt install --no-install-recommends "$1") ||
		without "apt-get failed: $(tail -1 <<<"$log")"
}
