#!/usr/bin/env bash
# Clean Debian roots for tests, made with debootstrap and kept packed in
# build/fresh/SUITE.tar: the minimal system and git.
#
#   debian_root.sh image SUITE NAME   imports it into the Docker engine under
#                                     the name that a Dockerfile's FROM has
# Sourced by fresh.sh for its functions. What the machine needs to reach its
# mirror and PyPI goes along: apt's Acquire settings, CA certificates, proxy
# variables; nothing of it is kept in the repository.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
store=$here/build/fresh

# The mirror that this machine's own apt uses for Debian.
mirror() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' "Created-By: Packages" 2>/dev/null |
		awk '$1 == "Debian" && $2 !~ /security/ && !seen {print $2; seen = 1}'
}

# pack_root SUITE: makes build/fresh/SUITE.tar unless it is there.
pack_root() {
	local packed=$store/$1.tar work=$store/$1.new from
	[ -f "$packed" ] && return
	[ "$(id -u)" = 0 ] || {
		echo "debootstrap needs root: try again with sudo" >&2
		return 1
	}
	mkdir -p "$store"
	rm -rf --one-file-system "$work"
	from=$(mirror)
	debootstrap --variant=minbase --include=git "$1" "$work" ${from:+"$from"} # else its own default
	rm -rf "$work"/var/cache/apt/archives/*.deb
	tar -C "$work" --numeric-owner -cf "$packed.part" .
	mv "$packed.part" "$packed"
	rm -rf --one-file-system "$work"
}

# unpack_root SUITE DIRECTORY
unpack_root() {
	pack_root "$1"
	rm -rf --one-file-system "$2"
	mkdir -p "$2"
	tar -C "$2" --numeric-owner -xf "$store/$1.tar"
}

# carry_network_settings ROOT: files into the root; prints `export` lines for the variables that go along.
carry_network_settings() {
	local name bundle=/etc/ssl/certs/ca-certificates.crt
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
	apt-config dump | grep -E '^Acquire::(http|https|ftp|Check|Retries)' >"$1/etc/apt/apt.conf.d/90host" || true
	mkdir -p "$1/usr/local/share/ca-certificates"
	cp -L /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/" 2>/dev/null || true
	if [ -f "$bundle" ]; then
		cp -L "$bundle" "$1/etc/host-ca.crt"
		printf '[global]\ncert = /etc/host-ca.crt\n' >"$1/etc/pip.conf"
	fi
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY \
		PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_DEFAULT_TIMEOUT; do
		[ -z "${!name-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	if [ "${1-}" != image ] || [ $# != 3 ]; then
		echo "usage: debian_root.sh image SUITE NAME" >&2
		exit 2
	fi
	root=$store/image-$2
	trap 'rm -rf --one-file-system "$root"' EXIT
	unpack_root "$2" "$root"
	carry_network_settings "$root" >/dev/null
	rm -rf "${root:?}"/dev/* "$root/etc/resolv.conf" "$root/etc/hosts"
	tar -C "$root" --numeric-owner -cf - . | docker import --change 'CMD ["bash"]' - "$3"
fi
