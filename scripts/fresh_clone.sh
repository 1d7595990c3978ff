# shellcheck shell=bash
# What a newcomer does with a clone, as root on a clean Debian. Run by fresh.sh.
: "${suite:?}"

first_run() { ./run ask "total amount by region" examples/sales.csv -o plot.html && page_holds plot.html '"bar"' North South; }
second_run() {
	./run config >config.txt 2>progress.txt && grep -q PLOTD_PORT config.txt && [ ! -s progress.txt ]
}
other_python() { # a python3 earlier in PATH that is not the system's
	mkdir -p /tmp/other && printf '#!/bin/sh\nexit 9\n' >/tmp/other/python3 && chmod +x /tmp/other/python3
	cp /tmp/other/python3 /tmp/other/meson
	rm -rf build/release build/stamp
	PATH=/tmp/other:$PATH ./run config >config.txt && grep -q PLOTD_PORT config.txt
}
until_serving() { # waits for the sentence that says so, and takes the address from it
	local line
	while read -r -t 120 line; do
		echo "$line"
		case $line in *"listening on "*) export PLOTD_URL="${line#*listening on }" && return ;; esac
	done
	return 1
}
serves_the_client() {
	local status=0 service
	mkfifo /tmp/said
	PLOTD_PORT=0 ./run 2>/tmp/said &
	service=$!
	exec 8</tmp/said
	{ until_serving <&8 && python3 examples/client.py && page_holds output_plot.html North Cocoa; } || status=1
	cat <&8 >/dev/null &
	kill -TERM $service
	wait $service || status=1
	return $status
}
ordinary_user() { # the same tree, run by somebody who is not root
	useradd -m tester && cp -r /root/work /home/tester/plotd && chown -R tester: /home/tester/plotd &&
		su tester -c 'cd ~/plotd && ./run ask "average amount by region" examples/sales.csv -o plot.html' &&
		page_holds /home/tester/plotd/plot.html North
}
try "the README's first command gives a page" first_run
try "a second run installs and builds nothing" second_run
try "the service answers examples/client.py and stops on SIGTERM" serves_the_client
try "a foreign python3 and meson in PATH do no harm" other_python
try "an ordinary user gets a page once the packages are there" ordinary_user
