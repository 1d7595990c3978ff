"""Network and kernel: 50 to 56, and ours from how other sandboxes were broken."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from cases import Arena, Listener, case, namespace
from cases_python import CALLS


@case(50, witness=("seccomp",))
def sockets_of_every_kind(arena: Arena) -> None:
    """TCP, UDP, raw, packet, netlink, AF_ALG, VSOCK, unix, and pairs of them."""
    arena.held(
        "import socket\n"
        "for family in (1, 2, 10, 16, 17, 31, 38, 40, 44):\n"
        "    for kind in (1, 2, 3, 5):\n"
        "        attempt(f'{family}/{kind}', lambda: socket.socket(family, kind))\n"
        "attempt('pair', socket.socketpair)\n",
        37,
    )


@case(51, 52)
def reaching_a_server(arena: Arena) -> None:
    """A listener on loopback stands for the cloud's metadata address and every other: nobody comes."""
    listener = Listener()
    try:
        arena.held(
            f"url = 'http://127.0.0.1:{listener.port}/x.csv'\n"
            "import socket, urllib.request\n"
            "attempt('read_csv', lambda: pd.read_csv(url))\n"
            "attempt('read_json', lambda: pd.read_json(url))\n"
            "attempt('urlopen', lambda: urllib.request.urlopen(url, timeout=1))\n"
            f"attempt('connect', lambda: socket.create_connection(('127.0.0.1', {listener.port}), 1))\n"
            "attempt('metadata', lambda: socket.create_connection(('169.254.169.254', 80), 1))\n"
            "attempt('resolve', lambda: socket.getaddrinfo('localhost', 80) and socket.create_connection(('localhost', 80), 1))\n",
            6,
        )
        assert listener.reached == 0
    finally:
        listener.close()


@case(51)
def an_abstract_socket_of_the_host(arena: Arena) -> None:
    """Abstract unix sockets have no file that could be guarded."""
    name = f"\0{arena.folder.name}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        server.settimeout(0.01)
        arena.held(
            "import socket\n"
            f"attempt('connect', lambda: socket.socket(socket.AF_UNIX).connect({name!r}))\n"
            "attempt('bind', lambda: socket.socket(socket.AF_UNIX).bind('\\0plotd-meet'))\n",
            2,
        )
        try:
            server.accept()
            raise AssertionError("a job reached the host's socket")
        except TimeoutError:
            pass


@case(53, witness=("seccomp",))
def new_namespaces_and_mounts(arena: Arena) -> None:
    """unshare, clone3, setns, mount in its old and new form: the way to most kernel holes of the last years."""
    arena.held(
        CALLS + "for flag in (0x10000000, 0x20000, 0x40000000, 0x4000000, 0x8000000, 0x2000000, 0x20000000, 0x80):\n"
        "    attempt(f'unshare {flag:#x}', lambda: call(272, flag))\n"
        "attempt('clone3', lambda: call(435, 0, 88))\n"
        "attempt('setns', lambda: call(308, 0, 0))\n"
        "path = ctypes.cast(b'/tmp', ctypes.c_void_p).value\n"
        "attempt('mount', lambda: call(165, path, path, path, 4096, 0))\n"
        "attempt('umount', lambda: call(166, path, 2))\n"
        "attempt('fsopen', lambda: call(430, path, 0))\n"
        "attempt('open_tree', lambda: call(428, -100, path, 1))\n"
        "attempt('pivot', lambda: call(155, path, path))\n",
        15,
    )


@case(54, witness=("seccomp",))
def wide_kernel_interfaces(arena: Arena) -> None:
    """io_uring, userfaultfd, bpf, perf, keys, io_submit, splice, fanotify, kexec, modules,
    process_madvise; what is in the page cache; memory merged with that of others."""
    arena.held(
        CALLS
        + "for number in (425, 426, 427, 323, 321, 298, 248, 249, 250, 206, 209, 275, 276, 278, 300, 253, 246, 320, 175,\n"
        "               313, 304, 303, 171, 170, 163, 153, 139, 179, 443, 447, 279, 256, 239, 237, 437, 449,\n"
        "               324, 221, 27, 26, 203, 440):\n"
        "    attempt(str(number), lambda: call(number, 0, 0, 0, 0, 0, 0))\n"
        "import mmap\npage = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "for advice in (12, 1 << 32 | 12, 9, 100):\n"
        "    attempt('merge', lambda: call(28, ctypes.addressof(ctypes.c_char.from_buffer(page)), 4096, advice))\n",
        45,
    )


@case(55, witness=("seccomp",))
def things_shared_by_key(arena: Arena) -> None:
    """System V memory, queues, semaphores; POSIX queues; keyrings: ways to leave something for the next job."""
    arena.held(
        CALLS + "attempt('shm', lambda: call(29, 0x1234, 4096, 0o1666))\n"
        "attempt('msg', lambda: call(68, 0x1234, 0o1666))\n"
        "attempt('sem', lambda: call(64, 0x1234, 1, 0o1666))\n"
        "attempt('mq', lambda: call(240, ctypes.cast(b'plotd', ctypes.c_void_p).value, 0o102, 0o666, 0))\n"
        "attempt('key', lambda: call(248, 0, 0, 0, 0, -3))\n"
        "attempt('posix shm', lambda: open('/dev/shm/plotd-left', 'w'))\n",
        6,
    )
    for table in ("shm", "msg", "sem"):
        assert "4660" not in Path(f"/proc/sysvipc/{table}").read_text()


@case(56, witness=("rlimits",))
def raising_ones_limits(arena: Arena) -> None:
    """Limits can be read, not raised, nor anybody else's; and they are what they should be."""
    arena.held(
        CALLS + "limits = (ctypes.c_ulong * 2)()\n"
        "for kind in (1, 2, 4, 7, 9):\n"  # file size, data, core, descriptors, address space
        "    libc.getrlimit(kind, limits)\n"
        "    print('BROKE' if limits[1] == 2**64 - 1 else 'held', kind, limits[1])\n"
        "    attempt('same again', lambda: call(302, 0, kind, ctypes.addressof(limits), 0))\n"
        "attempt('parent', lambda: call(302, 2, 7, ctypes.addressof(limits), 0))\n"
        "attempt('module', lambda: __import__('resource').setrlimit(7, (1 << 20, 1 << 20)))\n",
        12,
    )


@case(56)
def terminals_cores_and_setuid_files(arena: Arena) -> None:
    """Pushing keys into a terminal, leaving a core, making a setuid file, writing cgroup files, swapping a tty."""
    arena.held(
        "import fcntl, os\n"
        "for command in (0x5412, 0x541C, 0x540E, 0x5423):\n"
        "    attempt(hex(command), lambda: fcntl.ioctl(0, command, b'x'))\n"
        "attempt('cgroup', lambda: open('/sys/fs/cgroup/memory/tasks', 'w'))\n"
        "attempt('core pattern', lambda: open('/proc/sys/kernel/core_pattern', 'w'))\n"
        "attempt('release agent', lambda: open('/sys/fs/cgroup/memory/release_agent', 'w'))\n"
        "attempt('setsid', os.setsid)\n"
        "attempt('setuid file', lambda: os.chmod('/tmp', 0o6777))\n",
        9,
    )
    arena.ends("import ctypes\nctypes.string_at(0)", "code_crashed")
    assert not list(Path(".").glob("core*"))


@case(levels=("full", "user"), witness=("uts",))
def the_hosts_name(arena: Arena) -> None:
    """uname(2) tells 'plotd', which says nothing about the machine."""
    arena.held("import os\nprint('held' if os.uname().nodename == 'plotd' else 'BROKE')")


def in_its_own(kind: str, arena: Arena) -> None:
    def look(pid: int) -> None:
        assert namespace(pid, kind) != namespace("self", kind), kind
        assert namespace(pid, kind) != namespace(arena.driver.process.pid, kind), kind

    if os.geteuid() == 0:
        arena.while_running(look)


@case(levels=("full", "user"), witness=("user",))
def in_its_own_user_namespace(arena: Arena) -> None:
    """From outside: what a job may do, it may do to nothing of the host's."""
    in_its_own("user", arena)


@case(levels=("full", "user"), witness=("net",))
def in_its_own_network_namespace(arena: Arena) -> None:
    """From outside: there is no interface to reach anything by, and each job has another."""
    in_its_own("net", arena)


@case(55, levels=("full", "user"), witness=("ipc",))
def in_its_own_ipc_namespace(arena: Arena) -> None:
    """From outside: what two processes share by key is not shared with any other."""
    in_its_own("ipc", arena)


@case(levels=("full", "user"), witness=("cgroup-ns",))
def in_its_own_cgroup_namespace(arena: Arena) -> None:
    """From outside: the paths of groups are not told."""
    in_its_own("cgroup", arena)


@case(levels=("full", "user"), witness=("mount",))
def in_its_own_mount_namespace(arena: Arena) -> None:
    """From outside: the root of a job holds Python's library, the venv, time zones and an own /tmp; all else is not there."""

    def look(pid: int) -> None:
        assert namespace(pid, "mnt") != namespace("self", "mnt")
        mounts = [line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
        assert len(mounts) <= 6, mounts
        assert set(os.listdir(f"/proc/{pid}/root")) == {"usr", "lib", "tmp", "venv"}

    if os.geteuid() == 0:
        arena.while_running(look)
