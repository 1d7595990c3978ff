#!/usr/bin/env bash
# fresh.sh bookworm|trixie JUNIT-FILE [clone|package]: does what a newcomer, or
# an operator with the Debian package, does on a clean Debian.
#
# Unpacks a root that holds the minimal Debian and git (debian_root.sh), puts a
# clone of this tree's HEAD or the package in build/ into it, and runs
# fresh_clone.sh or fresh_package.sh there as root. Needs root.
#
# Mounts are made in a mount namespace of their own, and processes run in a pid
# namespace of their own: both end with this script, however it ends. The new
# root is entered with pivot_root, since in a chroot the kernel gives nobody a
# user namespace.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ "${1-}" = --inside ]; then
	# Second half: in the namespaces, from the host's root.
	root=$2
	for group in /sys/fs/cgroup/"$3" /sys/fs/cgroup/*/"$3"; do
		if [ -e "$group/cgroup.procs" ]; then echo 0 >"$group/cgroup.procs" || true; fi
	done
	mount --make-rprivate /
	mount --bind "$root" "$root"
	mount --rbind /dev "$root/dev"
	mount --rbind /sys "$root/sys"
	mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/tmp"
	cd "$root"
	pivot_root . mnt
	umount -l /mnt
	cd /root/work
	exec /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 /bin/bash /root/steps
fi

suite=${1:?bookworm or trixie}
junit=${2:?where the results go}
what=${3:-clone}
[ "$(id -u)" = 0 ] || {
	echo "debootstrap needs root: sudo ./test fresh" >&2
	exit 1
}
# shellcheck source=scripts/debian_root.sh
. "$here/scripts/debian_root.sh"
root=$store/$suite

# What the steps work on, into /root/work. A clone is of what is committed: what is not is told, since it is not tested.
bring() {
	case $what in
	clone)
		git -C "$here" diff --quiet HEAD || echo "note: uncommitted changes are not part of this test"
		git clone --quiet --no-hardlinks "file://$here" "$root/root/work"
		;;
	package)
		mkdir "$root/root/work"
		cp "$here"/build/plotd_*.deb "$root/root/work/"
		;;
	esac
}

write_steps() {
	carry_network_settings "$root" >"$root/root/steps"
	{
		echo "suite=$suite"
		cat "$here/scripts/fresh_try.sh" "$here/scripts/fresh_$what.sh"
		echo finish
	} >>"$root/root/steps"
}

# A control group of its own, in which no plotd of the machine looks for its leftovers: process numbers differ in there.
group=plotd-fresh-$$
make_groups() {
	local parent
	for parent in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup/cpu; do
		if [ -w "$parent/cgroup.procs" ]; then mkdir -p "$parent/$group"; fi
	done
}
tidy_up() {
	rm -rf --one-file-system "$root"
	find /sys/fs/cgroup -maxdepth 4 -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null || true
}

trap tidy_up EXIT
unpack_root "$suite" "$root"
bring
write_steps
make_groups
status=0
unshare --mount --pid --fork --kill-child "$here/scripts/fresh.sh" --inside "$root" "$group" || status=$?
[ ! -f "$root/root/junit.xml" ] || cp "$root/root/junit.xml" "$junit"
exit $status
