#!/usr/bin/env bash
# package.sh: a Debian package of plotd for this release and architecture, in
# build/. `./run package` calls it after building.
#
# Layout: /opt/plotd/bin (plotd, plotd-runner), /opt/plotd/venv (the runner's
# Python packages), /usr/bin/plotd, /etc/plotd/plotd.env, a systemd unit, man
# pages, a bill of materials. The hostile suite's doors (run --no-policy,
# PLOTD_WITHOUT) are not compiled in.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/setup.sh
. "$root/scripts/setup.sh"
use_system_tools
tree=$root/build/package

lay_out() {
	local bin=$tree/opt/plotd/bin doc=$tree/usr/share/doc/plotd man=$tree/usr/share/man
	rm -rf "$tree"
	install -D -s -t "$bin" "$root/build/package-build/src/cli/plotd" "$root/build/package-build/src/runner/plotd-runner"
	cp -a "$root/build/venv" "$tree/opt/plotd/venv"
	sh "$root/scripts/slim_venv.sh" "$tree/opt/plotd/venv"
	rm -rf "$tree/opt/plotd/venv/bin"
	mkdir -p "$tree/usr/bin" "$tree/etc/plotd" "$doc"
	ln -s /opt/plotd/bin/plotd "$tree/usr/bin/plotd"
	install -m 644 "$root/env.example" "$tree/etc/plotd/plotd.env"
	install -D -m 644 -t "$tree/usr/lib/systemd/system" "$root/deploy/plotd.service"
	install -m 644 "$root/LICENSE" "$doc/copyright"
	PLOTD_BIN=$bin/plotd $python "$root/scripts/man.py" "$root/build/man"
	install -D -m 644 -t "$man/man1" "$root/build/man/plotd.1"
	install -D -m 644 -t "$man/man5" "$root/build/man/plotd.env.5"
	gzip -9n "$man"/man?/*
	PLOTD_VENV=$tree/opt/plotd/venv $python "$root/scripts/sbom.py" plotd >"$doc/sbom.cdx.json"
	find "$tree" -type d -exec chmod 755 {} +
	chmod -R go-w,a+rX "$tree"
}

# The libraries that the programs and the wheels link to, as dpkg knows them.
depends() {
	local work=$root/build/package-shlibs
	rm -rf "$work"
	mkdir -p "$work/debian"
	printf 'Source: plotd\n\nPackage: plotd\nArchitecture: any\n' >"$work/debian/control"
	(
		cd "$work"
		dpkg-shlibdeps -O --ignore-missing-info "$tree"/opt/plotd/bin/* 2>/dev/null
	) | sed -n 's/^shlibs:Depends=//p'
}

write_control() {
	local version depends
	version=$("$tree/opt/plotd/bin/plotd" --version | cut -d' ' -f2)
	depends=$(depends)
	[ -n "$depends" ] || { echo "no dependencies found: is dpkg-dev whole?"; return 1; }
	mkdir -p "$tree/DEBIAN"
	cat >"$tree/DEBIAN/control" <<CONTROL
Package: plotd
Version: $version+$(. /etc/os-release && echo "$VERSION_CODENAME")
Architecture: $(dpkg --print-architecture)
Maintainer: the plotd authors <plotd@localhost>
Installed-Size: $(du -sk "$tree" | cut -f1)
Depends: $depends, libstdc++6, python3, ca-certificates
Section: science
Priority: optional
Description: interactive charts from questions about CSV files
 A service and a command line: a language model, or built-in rules, writes
 Python plotting code, which runs in a sandbox and leaves one HTML page.
CONTROL
	echo /etc/plotd/plotd.env >"$tree/DEBIAN/conffiles"
	cat >"$tree/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
	chmod 640 /etc/plotd/plotd.env # keys go there
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload
		systemctl try-restart plotd.service || true
		[ -n "$2" ] || echo "plotd is installed. To serve now and at every start: systemctl enable --now plotd"
	fi
fi
POSTINST
	cat >"$tree/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now plotd.service || true; fi
PRERM
	chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm"
}

pack() {
	rm -f "$root"/build/plotd_*.deb
	dpkg-deb --root-owner-group -Zzstd -z6 --build "$tree" "$root/build"
}

lock_build
install_packages package
configure package-build --buildtype=release -Dtests=false -Dhostile=false
compile package-build src/cli/plotd src/runner/plotd-runner
step package-tree "laying out the package" "read the log" lay_out
step package-control "finding what it depends on" "read the log" write_control
step package-pack "packing" "see that the disk has room" pack
unlock_build
ls "$root"/build/plotd_*.deb
