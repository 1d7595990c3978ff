# shellcheck shell=bash
# What an operator does with the Debian package, as root on a clean Debian. Run by fresh.sh.
: "${suite:?}"

installs() { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends ./plotd_*.deb; }
every_library_is_there() {
	local found
	found=$(find /opt/plotd -name '*.so*' -type f -exec ldd {} + 2>/dev/null | grep 'not found' | sort -u)
	[ -z "$found" ] || { echo "$found" && return 1; }
}
plots_as_anybody() {
	printf 'region,amount\nNorth,3\nSouth,5\n' >/tmp/in.csv
	useradd -m tester && su tester -c 'cd && plotd ask "amount by region" /tmp/in.csv -o plot.html' &&
		page_holds /home/tester/plot.html '"bar"' North
}
has_no_doors() { # what only the hostile suite's builds have
	printf 'fig = 1\n' >/tmp/code.py
	plotd run --no-policy /tmp/code.py 2>&1 | grep -q 'no option --no-policy'
}
has_its_manual() { zcat /usr/share/man/man1/plotd.1.gz | grep -q 'plotd ask' && zcat /usr/share/man/man5/plotd.env.5.gz | grep -q PLOTD_PORT; }
keeps_keys_from_others() { [ "$(stat -c %a /etc/plotd/plotd.env)" = 640 ]; }
has_a_bill_of_materials() { python3 -c 'import json; names = {c["name"] for c in json.load(open("/usr/share/doc/plotd/sbom.cdx.json"))["components"]}; assert {"pandas", "plotly", "libc6"} <= names'; }
is_a_hardened_unit() { # 9.6 is a unit without any bounds, 0 one that may do nothing
	local exposure
	DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends systemd >/dev/null &&
		exposure=$(systemd-analyze security --offline=true --no-pager plotd.service | grep -o 'Overall exposure level.*') &&
		echo "$exposure" && awk '{ exit !($(NF - 2) < 2.0) }' <<<"$exposure"
}
goes_without_a_trace() { apt-get -q purge -y plotd && [ ! -e /opt/plotd ] && [ ! -e /etc/plotd ] && [ ! -e /usr/bin/plotd ]; }

try "the package installs" installs
try "every library that its programs and wheels link to is there" every_library_is_there
try "an ordinary user gets a page" plots_as_anybody
try "the doors of the hostile suite are not in it" has_no_doors
try "its manual pages are there" has_its_manual
try "the file for keys is not for everybody's eyes" keeps_keys_from_others
try "its bill of materials names what it holds" has_a_bill_of_materials
try "its unit is hardened: exposure below 2.0" is_a_hardened_unit
try "it is removed without a trace" goes_without_a_trace
