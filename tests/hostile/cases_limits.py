"""Memory, disk, time, output: 31 to 49. Those that end by the clock are in ENDLESS, run all at once."""

from __future__ import annotations

import os
from pathlib import Path

from cases import EVERYWHERE, Arena, case
from cases_python import CALLS
from drivers import children

MEMORY = ("code_memory_limit",)


@case(31)
def a_list_that_grows(arena: Arena) -> None:
    """Small objects until there is no more."""
    arena.ends("x = []\nwhile True: x.append([0] * 10000)", *MEMORY)


@case(32, witness=("rlimits",))
def an_array_larger_than_the_limit(arena: Arena) -> None:
    """It is refused when it is asked for, not when it is filled."""
    arena.ends("x = np.empty(1 << 30, dtype=np.uint8)", *MEMORY)


@case(33, witness=("seccomp",))
def mappings_that_escape_the_count(arena: Arena) -> None:
    """Shared memory without a file and stacks that grow are not counted by RLIMIT_DATA."""
    arena.held(
        "import mmap\n"
        "attempt('shared', lambda: mmap.mmap(-1, 1 << 30))\n"
        "attempt('growing', lambda: mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100))\n"
        "attempt('private', lambda: mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))\n"
        "attempt('locked', lambda: mmap.mmap(-1, 1 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | 0x2000))\n",
        4,
    )


@case(33, levels=EVERYWHERE, witness=("rlimits",))
def address_space_turned_into_memory(arena: Arena) -> None:
    """mprotect(2) looks at RLIMIT_DATA only while RLIMIT_AS has room: all space is reserved first, then made writable."""
    result = arena.driver.run(
        CALLS + "libc.mmap.restype = ctypes.c_void_p\n"
        "spans, size = [], 64 << 20\n"
        "while size >= 4096:\n"
        "    at = libc.mmap(None, ctypes.c_size_t(size), 0, 0x22, -1, ctypes.c_long(0))\n"
        "    if at in (None, 2**64 - 1): size //= 2\n"
        "    else: spans.append((at, size))\n"
        "    if len(spans) > 200: break\n"
        "got = sum(n for at, n in spans if libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(n), 3) == 0)\n"
        "import os\nos.write(1, b'')\nfor at, n in spans: libc.munmap(ctypes.c_void_p(at), ctypes.c_size_t(n))\n"
        "print('writable', got >> 20)\n"
    )
    assert result.outcome == "ok", result.message
    counted = any(
        layer["name"] == "memory cgroup" and layer["state"] == "on" for layer in arena.driver.status()["layers"]
    )
    assert int(result.out.split("writable")[1]) <= (2 * 192 if counted else 192) + 100, result.out


@case(33, 36, levels=("full", "reduced"), witness=("memory",))
def all_memory_is_counted(arena: Arena) -> None:
    """From outside: the job is in a group of its own with its limit, and none of it may go to swap."""
    if os.geteuid() != 0:
        return

    def look(pid: int) -> None:
        group = group_of(pid, "memory")
        assert group and "plotd-" in group.as_posix(), f"no group: {group}"
        for name in ("memory.max", "memory.limit_in_bytes"):
            if (group / name).exists():
                assert int((group / name).read_text()) == 192 << 20
        for name in ("memory.swap.max", "memory.swappiness"):
            if (group / name).exists():
                assert int((group / name).read_text()) == 0

    arena.while_running(look)


def group_of(pid: int, controller: str) -> Path | None:
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return Path("/sys/fs/cgroup") / controller / path.lstrip("/")
        if not names and (Path("/sys/fs/cgroup") / path.lstrip("/") / f"{controller}.max").exists():
            return Path("/sys/fs/cgroup") / path.lstrip("/")
    return None


@case(24, 25, levels=("full", "reduced"), witness=("pids",))
def processes_are_counted(arena: Arena) -> None:
    """From outside: the group's limit on processes and threads."""
    if os.geteuid() != 0:
        return

    def look(pid: int) -> None:
        group = group_of(pid, "pids")
        assert group and "plotd-" in group.as_posix() and (group / "pids.max").read_text().strip() == "64", group

    arena.while_running(look)


@case(40, levels=("full", "reduced"), witness=("cpu",))
def processors_are_shared(arena: Arena) -> None:
    """From outside: the group's quota is one processor."""
    if os.geteuid() != 0:
        return

    def look(pid: int) -> None:
        group = group_of(pid, "cpu")
        assert group and "plotd-" in group.as_posix(), group
        quota = group / "cpu.cfs_quota_us" if (group / "cpu.cfs_quota_us").exists() else group / "cpu.max"
        assert quota.read_text().split()[0] == "100000", quota

    arena.while_running(look)


@case(34, 39, levels=("full", "user"))
def filling_the_scratch_directory(arena: Arena) -> None:
    """Bytes and files run out soon, sparse files too; it is memory of the job and gone with it."""
    arena.held(
        "import os\n"
        "def fill():\n"
        "    for i in range(100):\n"
        "        with open(f'/tmp/{i}', 'wb') as f: f.write(bytes(1 << 20))\n"
        "attempt('bytes', fill)\n"
        "total = sum(os.stat('/tmp/' + n).st_blocks * 512 for n in os.listdir('/tmp'))\n"
        "assert total <= 16 << 20, total\n"
        "for n in os.listdir('/tmp'): os.unlink('/tmp/' + n)\n"
        "def touch():\n"
        "    for i in range(1000): open(f'/tmp/{i}', 'w').close()\n"
        "attempt('files', touch)\n"
        "attempt('sparse', lambda: os.truncate('/tmp/1', 1 << 40))\n",
        2,
    )


@case(35)
def filling_memory_files(arena: Arena) -> None:
    """A new one is refused; the one for the result ends at the limit of a result."""
    result = arena.driver.run(
        "import os\n"
        "attempt('memfd', lambda: os.memfd_create('x'))\n"
        "def stuff(fd):\n"
        "    for _ in range(1000): os.write(fd, bytes(1 << 20))\n"
        "for fd in range(3, 12):\n"
        "    attempt('write', lambda: stuff(fd))\n"
        "    attempt('sparse', lambda: os.ftruncate(fd, 1 << 40))\n"
    )
    assert not result.broke, result.broke
    assert result.outcome in ("ok", "result_invalid", "code_output_limit", "code_memory_limit"), result.message


@case(37, levels=EVERYWHERE)
def a_table_that_is_multiplied(arena: Arena) -> None:
    """A small table becomes a large one: joined with itself without a key, its cells made into Python's objects, its text
    repeated in every cell."""
    arena.ends("x = df.merge(df, how='cross')\nx = x.merge(df, how='cross')", *MEMORY)
    arena.ends("x = df['region'].str.repeat(2_000_000)", *MEMORY)
    result = arena.driver.run("kept = [df[c].astype(object).tolist() for c in df] * 2", number=1_000_000)
    assert result.outcome in MEMORY, f"{result.outcome}: {result.message}"


@case(38, witness=("rlimits",))
def all_descriptors(arena: Arena) -> None:
    """They run out at 128."""
    result = arena.driver.run(
        "import os\nfds = []\n"
        "try:\n"
        "    while len(fds) < 2000: fds.append(os.dup(0))\n"
        "except OSError as e: print('held', len(fds))\n"
        "else: print('BROKE')\n"
        "for fd in fds: os.close(fd)\n"
    )
    assert result.outcome == "ok", result.message
    assert result.held, result.out
    assert int(result.out.split()[1]) < 128


@case(43)
def a_figure_of_a_gigabyte(arena: Arena) -> None:
    """In one string, or in points."""
    arena.ends(
        "fig = go.Figure(layout_title_text='x' * (100 << 20))\nfig.add_bar(y=[1])\nfigs = [fig]",
        "code_output_limit",
        *MEMORY,
    )
    arena.ends("figs = [px.line(y=np.random.rand(10**6)) for _ in range(100)]", "code_output_limit", *MEMORY)


FORGE = (
    "import os\n"
    "def forge(document):\n"
    "    for fd in range(5, 64):\n"  # 4 is WRITTEN_FD
    "        try: os.write(fd, document)\n"
    "        except OSError: pass\n"
    "    os._exit(0)\n"
)
WRITTEN_FD = 4  # runner.h
FIGURES = b'{"error":null,"figures":[{"name":null,"figure":{"data":[],"layout":%s}}]}'


@case(44, 45, 46, 47, witness=("result",))
def forged_results(arena: Arena) -> None:
    """The memory file is written by hand: too deep, not JSON, not text, not what a result looks like, or one thing to
    whoever takes the first of two members of a name and another to whoever takes the last."""
    bad = [
        b"",
        b"[" * 100_000,
        FIGURES % (b'{"a":' * 100_000),
        FIGURES % b'{"a":NaN}',
        FIGURES % b'{"a":-Infinity}',
        FIGURES % b'{"a":1e}',
        FIGURES % (b'{"a":' + b"9" * 1_000_000 + b"}"),
        FIGURES % b'{"a":"\xff\xfe"}',
        FIGURES % b'{"a":"\x00"}',
        FIGURES % b'{"a":"\\ud800"}',
        FIGURES % b'{"a":1},',
        b'{"error":null,"figures":{}}',
        b'{"error":null,"figures":[]}',
        b'{"error":null,"figures":[{"name":1,"figure":{"data":[],"layout":{}}}]}',
        b'{"error":null,"figures":[{"name":null,"figure":{"data":{},"layout":{}}}]}',
        FIGURES % b'{},"data":{}',
        FIGURES % b'{},"l\\u0061yout":1',
        FIGURES % b'{},"frames":{}',
        FIGURES.replace(b'"name":null', b'"name":null,"figure":1') % b"{}",
        b'{"error":{"code":"internal","message":"the sandbox is broken"}}',
        b'{"error":{"code":"shutting_down","message":1}}',
        b"\x89PNG\r\n",
    ]
    for document in bad:
        outcomes = ("result_invalid",) if document else ("code_crashed",)
        code = document if len(document) < 1000 else None
        text = repr(document) if code is not None else f"{document[:64]!r} + {document[64:65]!r} * {len(document)}"
        if document.startswith(FIGURES[:20]) and code is None:
            text = f"{FIGURES!r} % ({document[60:65]!r} * 100000)"
        arena.ends(FORGE + f"forge({text})", *outcomes)


@case(47)
def a_result_that_is_changed_while_it_is_read(arena: Arena) -> None:
    """Threads that go on writing when the document is done: it is sealed before it is read."""
    result = arena.driver.run(
        "import os, threading\n"
        "def spoil():\n"
        "    while True:\n"
        "        for fd in range(3, 8):\n"
        "            try: os.pwrite(fd, b'X', 0)\n"
        "            except OSError: pass\n"
        "for _ in range(4): threading.Thread(target=spoil, daemon=True).start()\n"
    )
    assert result.outcome in ("ok", "result_invalid"), result.message


@case(47)
def a_result_that_cannot_be_sealed(arena: Arena) -> None:
    """It is mapped by the code, which says that it is written and goes on writing: it is read when the job is dead."""
    document = FIGURES % b'{"title":{"text":"AAAA"}}'
    arena.ends(
        "import mmap, os\n"
        "for fd in range(5, 64):\n"
        "    try: os.ftruncate(fd, 1)\n"
        "    except OSError: continue\n"
        "    break\n"
        f"os.pwrite(fd, {document!r}, 0)\n"
        f"memory = mmap.mmap(fd, {len(document)})\n"
        f"at = {document.index(b'AAAA')}\n"
        f"os.write({WRITTEN_FD}, (1).to_bytes(8, 'little'))\n"
        "while True:\n"
        "    for letter in (b'BBBB', b'CCCC'): memory[at:at + 4] = letter\n",
        "ok",
    )


@case(47)
def saying_early_that_the_document_is_written(arena: Arena) -> None:
    """The job ends, and there is no document."""
    arena.ends("import os, time\nos.write(" + str(WRITTEN_FD) + ", (1).to_bytes(8, 'little'))\ntime.sleep(30)", "code_crashed")


@case(48)
def leaving_before_the_result(arena: Arena) -> None:
    """os._exit, abort, and a signal to oneself."""
    arena.ends("import os\nos._exit(0)", "code_crashed")
    arena.ends("import os\nos.abort()", "code_crashed")
    arena.ends("import sys\nsys.exit(3)", "code_raised", "ok")


@case(49)
def speaking_to_the_zygote(arena: Arena) -> None:
    """The socket that the job's message came by is closed before the code starts; none can be made."""
    arena.held(
        "import os, socket\n"
        "attempt('write', lambda: os.write(3, b'x') if os.fstat(3).st_mode & 0o140000 == 0o140000 else 1 / 0)\n"
        "attempt('socket', lambda: socket.socket(fileno=3))\n"
        "attempt('pair', lambda: socket.socketpair())\n",
        3,
    )


@case()
def objects_that_lie_when_they_are_written(arena: Arena) -> None:
    """A figure whose to_dict never ends is for the clock; one that raises, or is no figure, is the code's error."""
    arena.ends(
        "class Evil(go.Figure):\n    def to_dict(self): raise SystemExit('no')\n    to_plotly_json = to_dict\nfigs = [Evil()]",
        "code_raised", "code_no_figure", "code_empty_figure", "ok",
    )  # fmt: skip
    arena.ends("raise type('E' * 100000, (Exception,), {'__str__': lambda s: 1 / 0})", "code_raised")
    arena.ends("raise ValueError('x' * (50 << 20))", "code_raised", *MEMORY)
    arena.ends("import warnings\nfor i in range(5000): warnings.warn(f'w{i}')", "ok")


@case()
def exit_handlers_and_finalizers(arena: Arena) -> None:
    """What the code leaves to run later, never runs: the job ends at once."""
    arena.held(
        "import atexit, weakref, threading\n"
        f"late = lambda *a: open({str(arena.mark())!r}, 'w')\n"
        "atexit.register(late)\nweakref.finalize(fig if 'fig' in dir() else df, late)\n"
        "threading.Timer(0.01, late).start()\nprint('held')"
    )


# What only the clock ends. The first line of each says which case it is.
ENDLESS = {
    "infinite loop": "while True: pass",
    "power": "x = 10**10**9",
    "regex": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "sleep": "import time\ntime.sleep(3600)",
    "stdout": "while True: print('x' * 1000)",
    "stderr": "import sys, os\nwhile True:\n    sys.stderr.write('x' * 1000)\n    os.write(1, b'x' * 1000)\n    os.write(2, b'x' * 1000)",
    "signals ignored": "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\nwhile True: pass",
    "exceptions swallowed": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "to_dict": "class Evil(go.Figure):\n    def to_dict(self):\n        while True: pass\nfigs = [Evil()]\n"
    "import time\ntime.sleep(3600)",
    "threads": "import threading\nfor _ in range(8): threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\n"
    "while True: pass",
}


def no_job_left(zygote: int, spares: int) -> bool:
    return len(children(zygote)) <= spares
