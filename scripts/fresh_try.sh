# shellcheck shell=bash
# try and page_holds for the steps on a clean Debian; finish writes the results. Put before them by fresh.sh.
: "${suite:?}"

failed=0
results=
try() { # "what it shows" COMMAND…
	local name=$1 verdict=ok start=$SECONDS
	shift
	if "$@"; then
		results+="<testcase classname=\"fresh.$suite\" name=\"$name\" time=\"$((SECONDS - start))\"/>"
	else
		verdict=FAILED failed=1
		results+="<testcase classname=\"fresh.$suite\" name=\"$name\"><failure message=\"see the log\"/></testcase>"
	fi
	echo "fresh $suite: $verdict: $name ($((SECONDS - start)) s)"
}
page_holds() { # FILE WORD…: a page of its own with plotly.js in it, and these words in its figures
	local file=$1 word
	shift
	[ "$(stat -c %s "$file")" -gt 4000000 ] || return
	for word in "$@"; do grep -q -- "$word" "$file" || return; done
}
finish() {
	echo "<testsuite name=\"fresh $suite\">$results</testsuite>" >/root/junit.xml
	exit $failed
}
