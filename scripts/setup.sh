# shellcheck shell=bash
# What ./run, ./test and scripts/package.sh share: the steps from a fresh
# machine to a built plotd. Each step looks first whether its work is done, so
# that a second run costs a fraction of a second. Sourced, with `root` set.
#
# Everything lands in build/: venv (the runner's Python packages), release,
# asan, fuzz (Meson builds), log (one file a step), stamp (what is done).

: "${root:?}"
log_dir=$root/build/log
stamp_dir=$root/build/stamp
export user_path=$PATH # the caller's, for what is run in the end
python=/usr/bin/python3

# The system's own tools, whatever comes first in the caller's PATH: a Python
# of another place would give Meson and the virtual environment its modules.
use_system_tools() {
	export PATH=/usr/bin:/bin:/usr/sbin:/sbin
	unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX
	mkdir -p "$log_dir" "$stamp_dir"
}

say() { printf 'plotd: %s\n' "$*" >&2; }

# die SENTENCE…: what is wrong, then what to do, a line each.
die() {
	local line
	for line in "$@"; do say "$line"; done
	exit 1
}

# step NAME "WHAT IS DONE" "WHAT TO DO WHEN IT FAILS" COMMAND…
step() {
	local name=$1 what=$2 remedy=$3 start=$SECONDS log=$log_dir/$1.log
	shift 3
	printf 'plotd: %s … ' "$what" >&2
	if "$@" >"$log" 2>&1 </dev/null; then
		printf 'done (%d s)\n' $((SECONDS - start)) >&2
		return
	fi
	printf 'failed\n' >&2
	tail -n 25 "$log" | sed 's/^/  | /' >&2
	die "the step that failed: $name ($what)" "its whole log: ${log#"$root"/}" "$remedy"
}

# The names in scripts/packages.txt for `run`, or for `run` and `test`.
packages_for() {
	awk -v who="$1" '/^#/ || !NF {next} $2 == "run" || $2 == who {print $1}' "$root/scripts/packages.txt"
}

missing_packages() {
	local have
	# dpkg-query fails when it does not know a name: that is the answer sought, no error.
	have=$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
		awk '$2 == "installed" {print $1}')
	comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo --preserve-env=http_proxy,https_proxy,no_proxy "$@"
	fi
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}

# install_packages run|test
install_packages() {
	local wanted missing
	mapfile -t wanted < <(packages_for "$1")
	if ! command -v dpkg-query >/dev/null; then
		say "this is no Debian: taking it that these are here: ${wanted[*]}"
		return
	fi
	missing=$(missing_packages "${wanted[@]}")
	[ -n "$missing" ] || return 0
	mapfile -t missing <<<"$missing"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
			die "these packages are missing: ${missing[*]}" \
				"install them as root: apt-get install -y ${missing[*]}"
		sudo -v || die "sudo was refused; install as root: apt-get install -y ${missing[*]}"
	fi
	say "installing with apt: ${missing[*]}"
	step apt "installing ${#missing[@]} packages (a few minutes on a fresh machine)" \
		"check the network and /etc/apt, then try again; or install them by hand: apt-get install -y ${missing[*]}" \
		apt_install "${missing[@]}"
}

stamped() { [ "$(cat "$stamp_dir/$1" 2>/dev/null)" = "$2" ]; }

# Two at a time would step on each other's feet in build/.
lock_build() {
	exec 9>"$root/build/lock"
	flock -n 9 || {
		say "waiting for another set-up in this tree to end"
		flock 9
	}
}
unlock_build() { exec 9>&-; }

fill_venv() { # DIRECTORY LOCK
	local version
	version=$($python -c 'import sys; print("python%d.%d" % sys.version_info[:2])') || return
	if [ ! -x "$1/bin/python" ] || [ ! -d "$1/lib/$version" ] || ! "$1/bin/python" -m pip --version; then
		$python -m venv --clear "$1" || return
	fi
	"$1/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
		--only-binary :all: --require-hashes --no-deps -r "$2"
}

# make_venv NAME LOCK "WHAT FOR": a virtual environment of the system's Python, filled from a lock with hashes.
make_venv() {
	local want
	want="$(sha256sum <"$2") $(readlink -f $python) $root"
	[ -x "$root/build/$1/bin/python" ] && stamped "$1" "$want" && return
	rm -f "$stamp_dir/$1"
	step "$1" "installing $3 into build/$1" \
		"check that pip reaches PyPI (pip's own proxy and certificate settings are honoured), remove build/$1, try again" \
		fill_venv "$root/build/$1" "$2"
	echo "$want" >"$stamp_dir/$1"
}

# configure NAME MESON-OPTION…: build/NAME for this tree and these options.
configure() {
	local dir=$root/build/$1 want
	want="$root $*"
	[ -f "$dir/build.ninja" ] && stamped "build-$1" "$want" && return
	rm -rf "$dir" "$stamp_dir/build-$1"
	step "configure-$1" "configuring build/$1" \
		"install what the log says is missing, then try again" \
		meson setup "$dir" "$root" "${@:2}"
	echo "$want" >"$stamp_dir/build-$1"
}

# compile NAME TARGET…: silent when there is nothing to do.
compile() {
	local dir=$root/build/$1
	if ninja -C "$dir" -n "${@:2}" 2>/dev/null | grep -q 'no work to do'; then return; fi
	step "compile-$1" "compiling build/$1" \
		"read the compiler's words above; \`rm -rf build/$1\` starts it afresh" \
		ninja -C "$dir" "${@:2}"
}

# From nothing to build/release/src/cli/plotd.
set_up_plotd() {
	lock_build
	install_packages run
	[ -x $python ] || die "there is no $python" "install the system's Python: apt-get install -y python3-dev python3-venv"
	make_venv venv "$root/src/runner/python/requirements.lock" "pandas, plotly and what they need"
	configure release --buildtype=release -Dtests=false
	compile release src/cli/plotd src/runner/plotd-runner
	unlock_build
}
