"""Files: 19 to 23, and ours about descriptors and what was mapped."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cases import Arena, case
from drivers import BUILD, ROOT, SECRET


def attempts(template: str, values: list[str]) -> str:
    return "import os\n" + "".join(f"attempt({v!r}, lambda: {template.format(repr(v))})\n" for v in values)


@case(19, 22, witness=("landlock",))
def reading_what_is_not_pythons(arena: Arena) -> None:
    """The host's users, plotd's environment and keys, other processes' memory, shared libraries."""
    key = arena.folder / "key"
    key.write_text(SECRET)
    key.chmod(0o644)
    pid = arena.driver.process.pid
    arena.held(
        attempts(
            "open({}).read()",
            ["/etc/passwd", "/etc/hostname", "/proc/1/environ", f"/proc/{pid}/environ", f"/proc/{pid}/mem", "/proc/self/mem",
             "/proc/self/maps", "/proc/cmdline", str(key), str(ROOT / "meson.build"), "/sys/kernel/uevent_seqnum",
             "/usr/lib/os-release", "/dev/mem", "/dev/kmsg", "/var/log/dpkg.log", "/root/.bashrc"],
        )
        + attempts("os.open({}, os.O_RDONLY)", ["/etc", "/proc", "/root", "/home", "/usr/lib/x86_64-linux-gnu"]),
        21,
    )  # fmt: skip


@case(19, levels=("full", "user"), witness=("mount",))
def asking_whether_files_exist(arena: Arena) -> None:
    """stat(2) needs no right to read, and Landlock does not cover it: the view has nothing to ask about."""
    arena.held(
        attempts(
            "os.stat({})", ["/etc/passwd", "/root", "/home", str(ROOT / "meson.build"), "/proc/self", "/dev/null"]
        ),
        6,
    )


@case(20, witness=("landlock",))
def writing_outside(arena: Arena) -> None:
    """The root, the venv, shared memory, the build: read-only or not there. Looked at from outside too."""
    places = ["/plotd-was-here", "/dev/shm/plotd-was-here", "/venv/plotd-was-here", "/usr/share/zoneinfo/plotd-was-here",
              str(ROOT / "build" / "venv" / "plotd-was-here"), str(arena.mark())]  # fmt: skip
    try:
        arena.held(attempts("open({}, 'w')", places) + attempts("os.mkdir({} + '.d')", places), 12)
        made = [p for p in places if Path(p).exists()]
        assert not made, made
    finally:
        for p in places:
            Path(p).unlink(missing_ok=True)


@case(21, witness=("descriptors",))
def descriptors_left_open(arena: Arena) -> None:
    """A directory of the host left open would be a door; so would be any socket, pipe or memory file."""
    result = arena.driver.run(
        "import os, stat\n"
        "for fd in range(200):\n"
        "    try: st = os.fstat(fd)\n"
        "    except OSError: continue\n"
        "    kind = stat.S_IFMT(st.st_mode)\n"
        "    print('open', fd, oct(kind))\n"
        "    if kind in (stat.S_IFDIR, stat.S_IFSOCK, stat.S_IFIFO): print('BROKE', fd)\n"
        "    for path in ('.', '..', '1/environ', 'etc/passwd'):\n"
        "        try: print('BROKE', fd, path, os.open(path, os.O_RDONLY, dir_fd=fd))\n"
        "        except OSError: pass\n"
    )
    assert result.outcome == "ok", result.message
    assert not result.broke, result.broke
    # standard streams, the memory file that takes the result, and the number that says that it is written
    assert result.out.count("open") == 5, result.out


@case(21)
def ways_around_a_path(arena: Arena) -> None:
    """Dots, doubled slashes, links, /proc/self/root, handles (the hole that let Docker's guests out in 2014)."""
    arena.held(
        attempts("open({}).read()", ["/tmp/../etc/passwd", "//etc/passwd", "/proc/self/root/etc/passwd", "/proc/self/cwd/../etc/passwd",
                                     "/tmp/../../../../etc/passwd"])
        + "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def bad(r):\n    if r < 0: raise OSError(ctypes.get_errno(), 'refused')\n    return r\n"
        "attempt('symlink', lambda: os.symlink('/etc/passwd', '/tmp/link'))\n"
        "attempt('link', lambda: os.link('/usr/lib/python3', '/tmp/link'))\n"
        "attempt('handle', lambda: bad(libc.open_by_handle_at(0, b'\\0' * 64, 0)))\n"
        "attempt('chroot', lambda: os.chroot('/tmp'))\n"
        "attempt('mknod', lambda: os.mknod('/tmp/mem', 0o20600, os.makedev(1, 1)))\n",
        10,
    )  # fmt: skip


@case(23)
def overwriting_the_runner(arena: Arena) -> None:
    """As runc was broken in 2019 (CVE-2019-5736): through /proc/self/exe."""
    runner = BUILD / "src" / "runner" / "plotd-runner"
    before = hashlib.sha256(runner.read_bytes()).digest()
    arena.held(attempts("open({}, 'r+b')", ["/proc/self/exe", "/proc/1/exe", str(runner), "/usr/bin/python3"]), 4)
    assert hashlib.sha256(runner.read_bytes()).digest() == before


@case(levels=("full", "user"), witness=("tmpfs",))
def a_scratch_file_is_the_jobs_own(arena: Arena) -> None:
    """/tmp can be written, is empty at the start, and is not the host's."""
    name = arena.folder.name
    code = (
        "import os\n"
        "assert os.listdir('/tmp') == [], os.listdir('/tmp')\n"
        "open('/tmp/x', 'w').write('mine')\n"
        "assert open('x').read() == 'mine'\n"
        f"assert not os.path.exists('/tmp/{name}')\n"
    )
    for _ in range(2):
        result = arena.driver.run(code)
        assert result.outcome == "ok", result.message
    assert not Path("/tmp/x").exists()


@case()
def writing_into_the_table(arena: Arena) -> None:
    """The frame's memory is shared with plotd and sealed: a write faults, and a changed protection changes a copy only."""
    arena.ends(
        "import ctypes\nctypes.memset(df['units'].to_numpy().__array_interface__['data'][0], 0, 8)",
        "code_crashed",
        "ok",
    )
    arena.ends(
        "import ctypes\nat = df['units'].to_numpy().__array_interface__['data'][0]\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.mprotect(ctypes.c_void_p(at & ~4095), 4096, 3)\nctypes.memset(at, 255, 8)\n",
        "ok",
        "code_crashed",
    )
    result = arena.driver.run("assert df['units'].iloc[0] == 0")
    assert result.outcome == "ok"


@case()
def libraries_changed_for_the_next(arena: Arena) -> None:
    """Shared library pages and files of the zygote, changed through a private mapping, stay the job's own."""
    arena.ends(
        "import ctypes, math\nlibc = ctypes.CDLL(None)\n"
        "at = id(math)\nctypes.memset(at + 8, 0, 8)\nimport os\nos._exit(1)",
        "code_crashed",
    )
    assert arena.driver.run("assert math.sqrt(4) == 2").outcome == "ok"


@case()
def modules_that_are_lazily_loaded(arena: Arena) -> None:
    """A library of one's own cannot be loaded, nor one of the system's that is not needed."""
    arena.held(
        "import ctypes, shutil\n"
        "open('/tmp/evil.so', 'wb').write(b'\\x7fELF')\n"
        "attempt('own', lambda: ctypes.CDLL('/tmp/evil.so'))\n"
        "attempt('system', lambda: ctypes.CDLL('libcurl-gnutls.so.4'))\n"
        if arena.level != "reduced"
        else "import ctypes\nattempt('system', lambda: ctypes.CDLL('libcurl-gnutls.so.4'))\n",
        1,
    )
