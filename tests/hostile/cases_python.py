"""Reaching out of Python: 1 to 18. The policy would refuse these; here it is off."""

from __future__ import annotations

from cases import Arena, case
from drivers import PRELUDE, SECRET


@case(1)
def popen_among_the_subclasses(arena: Arena) -> None:
    """A class that starts processes, found by walking object's subclasses."""
    arena.held(
        "import subprocess\n"
        "found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0]\n"
        f"attempt('popen', lambda: found(['/bin/sh', '-c', 'touch {arena.mark()}']).wait())\n"
        f"attempt('posix_spawn', lambda: __import__('os').posix_spawn('/bin/touch', ['touch', '{arena.mark()}'], {{}}))\n"
        f"attempt('execv', lambda: __import__('os').execv('/bin/touch', ['touch', '{arena.mark()}']))",
        3,
    )


@case(2, 3, 4)
def secrets_through_frames_formats_and_attribute_errors(arena: Arena) -> None:
    """plotd's environment holds keys; every road to os.environ is walked, none leads to plotd's."""
    result = arena.driver.run(
        "import os, sys\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError as e:\n"
        "    frame = e.__traceback__.tb_frame\n"
        "    while frame:\n"
        "        print({**frame.f_globals, **frame.f_locals}.get('os', os).environ)\n"
        "        frame = frame.f_back\n"
        "def walk(): yield\n"
        "print(walk().gi_frame.f_builtins['__import__']('os').environ)\n"
        "print('{0.__init__.__globals__[sys].modules[os].environ}'.format(__import__('warnings').WarningMessage('', 0, '', 0)))\n"
        "try: __import__('os').nothing\n"
        "except AttributeError as e: print(e.obj.environ, os.environb)\n"
    )
    assert result.outcome == "ok", result.message
    assert "environ(" in result.out
    assert SECRET not in result.out
    assert "API_KEY" not in result.out


@case(5, 6, 7, 18)
def every_road_to_os_system(arena: Arena) -> None:
    """pandas' eval and query, plotly's modules, __import__ and __builtins__: they reach os.system, which does nothing."""
    mark = arena.mark()
    result = arena.driver.run(
        f"import os\ncommand = 'touch {mark}'\n"
        "roads = {\n"
        "    'eval': lambda: df.eval('@pd.io.common.os.system(@command)'),\n"
        "    'query': lambda: df.query('@pd.io.common.os.system(@command) == 0'),\n"
        "    'dunders': lambda: df.query('@pd.__class__.__base__ is None or @os.system(@command) == 0'),\n"
        "    'go': lambda: go.sys.modules['os'].system(command),\n"
        "    'import': lambda: __import__('os').system(command),\n"
        "    'builtins': lambda: __builtins__['__import__']('os').system(command),\n"
        "    'loader': lambda: os.__loader__.load_module('os').system(command),\n"
        "}\n"
        "for name, road in roads.items():\n"
        "    try: print('tried', name, road())\n"
        "    except BaseException as e: print('tried', name, type(e).__name__)\n"
    )
    assert result.outcome == "ok", f"{result.message} {result.out}"
    assert result.out.count("tried") == 7, result.out


@case(8)
def plotly_starts_no_browser(arena: Arena) -> None:
    """Renderers and webbrowser would start programs."""
    result = arena.driver.run(
        f"import webbrowser, plotly.io as pio, os\nos.environ['BROWSER'] = 'touch {arena.mark()}'\n"
        "fig = px.bar(df.head(3), x='region', y='units')\n"
        "for name in ('browser', 'firefox', 'chromium', 'kaleido', 'png'):\n"
        "    try: fig.show(renderer=name)\n"
        "    except Exception as e: print(type(e).__name__)\n"
        "try: webbrowser.open('http://127.0.0.1:1/')\n"
        "except Exception as e: print(type(e).__name__)\n"
    )
    assert result.outcome == "ok", result.message


@case(9, 10)
def pickles_run_but_do_nothing(arena: Arena) -> None:
    """A pickle, and a numpy file with objects in it, whose loading calls os.system."""
    mark = arena.mark()
    arena.held(
        "import os, pickle, io\n"
        "class Evil:\n"
        f"    def __reduce__(self): return os.system, ('touch {mark}',)\n"
        "table, array = io.BytesIO(pickle.dumps(Evil())), io.BytesIO()\n"
        "np.save(array, np.array([Evil()], dtype=object), allow_pickle=True)\n"
        "array.seek(0)\n"
        "try: print('held', pd.read_pickle(table))\n"
        "except Exception as e: print('held', e)\n"
        "try: print('held', np.load(array, allow_pickle=True))\n"
        "except Exception as e: print('held', e)\n",
        2,
    )


FORBIDDEN_CALLS = {
    "socket": 41, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "shmget": 29, "semget": 64,
    "msgget": 68, "ptrace": 101, "setuid": 105, "personality": 135, "mknod": 133, "pivot_root": 155, "chroot": 161,
    "mount": 165, "umount2": 166, "swapon": 167, "reboot": 169, "sethostname": 170, "init_module": 175,
    "quotactl": 179, "add_key": 248, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304,
    "setns": 308, "process_vm_readv": 310, "finit_module": 313, "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
    "io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442,
    "symlink": 88, "chmod": 90, "ioperm": 173, "iopl": 172, "timer_create": 222, "signalfd": 282,
}  # fmt: skip


@case(11, witness=("seccomp",))
def every_system_call_with_zeros(arena: Arena) -> None:
    """Raw calls 0 to 600. Left out: those that end or stop the caller by what they are for. 335 and 336 are
    the probes' own, which no filter sees and which end whoever calls them from elsewhere."""
    result = arena.driver.run(
        "import ctypes\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "libc.syscall.restype = ctypes.c_long\n"
        "done = {}\n"
        "for n in range(601):\n"
        "    if n in (15, 23, 34, 60, 130, 219, 231, 270, 271, 335, 336): continue\n"
        "    done[n] = -ctypes.get_errno() if libc.syscall(ctypes.c_long(n), *[ctypes.c_long(0)] * 6) == -1 else 0\n"
        "print('made', [n for n, r in done.items() if r != -1])\n"
    )
    assert result.outcome == "ok", f"{result.outcome} {result.message}"
    made = eval(result.out.split("made", 1)[1])
    got_through = {name for name, n in FORBIDDEN_CALLS.items() if n in made} - {"clone3"}  # that one is ENOSYS
    assert not got_through, f"not refused: {got_through}"


CALLS = (
    "import ctypes\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "libc.syscall.restype = ctypes.c_long\n"
    "def call(number, *arguments):\n"
    "    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])\n"
    "    if got == -1: raise OSError(ctypes.get_errno(), 'refused')\n"
    "    return got\n"
)


@case(12, witness=("seccomp",))
def rubbish_in_the_high_halves(arena: Arena) -> None:
    """Filters that look at 32 bits where the kernel does, or at 64 where the kernel looks at 32."""
    arena.held(
        CALLS + "high = 1 << 32\n"
        "attempt('socket', lambda: call(41, 1 | high, 1 | high, high))\n"
        "attempt('number', lambda: call(41 | high, 1, 1, 0))\n"
        "attempt('clone', lambda: call(56, 17 | high, 0, 0, 0, 0) or exit(1))\n"
        "attempt('thread that is a process', lambda: call(56, 0x10000000 | 0x100 | 0x800 | 0x10000 | high, 0, 0, 0, 0))\n"
        "attempt('code', lambda: call(9, 0, 4096, 5 | high, 0x22, -1, 0))\n"
        "attempt('ioctl', lambda: call(16, 0, 0x5412 | high, 0))\n"
        "attempt('prctl', lambda: call(157, 22 | high, 2, 0, 0, 0))\n",
        7,
    )


@case(13)
def another_architectures_calls(arena: Arena) -> None:
    """x32 numbers by syscall(2), and int 0x80 by jumping to such bytes in libc: both end the job."""
    arena.ends(CALLS + "attempt('x32', lambda: call(0x40000000 | 39))\n", "ok", "code_crashed")
    arena.ends(
        "import ctypes\n"
        "libc = ctypes.CDLL(None)\n"
        "start = ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~0xfff\n"
        "at = ctypes.string_at(start, 1 << 19).find(b'\\xcd\\x80')\n"
        "if at >= 0: ctypes.CFUNCTYPE(ctypes.c_long)(start + at)()\n"
        "import os; os._exit(3)\n",
        "code_crashed",
    )


@case(13, witness=("seccomp",))
def new_machine_code(arena: Arena) -> None:
    """Shellcode needs a page that may be executed: mapped, changed, shared, or loaded from a file of its own."""
    arena.held(
        CALLS + "import mmap\n"
        "attempt('mmap', lambda: mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_EXEC))\n"
        "page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "attempt('mprotect', lambda: call(10, at, 4096, 7))\n"
        "attempt('pkey_mprotect', lambda: call(329, at, 4096, 7, 0))\n"
        "attempt('personality', lambda: call(135, 0x0400000))\n"
        "attempt('shmat', lambda: call(29, 0, 4096, 0o1777))\n",
        5,
    )


@case(15)
def a_crash_of_the_interpreter(arena: Arena) -> None:
    """A null pointer, broken bytecode, a stack without end: the job dies, nothing else."""
    arena.ends("import ctypes\nctypes.string_at(0)", "code_crashed")
    arena.ends(
        "f = lambda: 0\nf.__code__ = f.__code__.replace(co_code=bytes([100, 255] * 8))\nf()",
        "code_crashed",
        "code_raised",
    )
    arena.ends(
        "import sys\nsys.setrecursionlimit(10**9)\nclass R:\n    def __repr__(self): return repr(self)\nrepr(R())",
        "code_crashed",
        "code_raised",
        "code_memory_limit",
    )


@case(14, 15)
def a_scan_of_memory_beyond_an_array(arena: Arena) -> None:
    """as_strided reads past the end of an array: the secret of plotd is nowhere in it."""
    result = arena.driver.run(
        "from numpy.lib.stride_tricks import as_strided\n"
        "a = np.zeros(1 << 20, dtype=np.uint8)\n"
        "wide = as_strided(a, shape=(1 << 22,), strides=(1,), writeable=False)\n"
        f"needle = bytes(reversed({SECRET[::-1].encode()!r}))\n"
        "at = wide[1 << 20:].tobytes().find(needle)\n"
        "print('BROKE found' if at >= 0 else 'held')\n"
    )
    assert not result.broke
    assert result.outcome in ("ok", "code_crashed"), result.message


@case(16, 17)
def source_tricks(arena: Arena) -> None:
    """Decorators that call, homoglyphs that become names, a cookie that would make comments code."""
    result = arena.driver.run_bare(
        "# -*- coding: utf-7 -*-\n"
        f"# +AAo-open('{arena.mark()}', 'w')\n" + PRELUDE + "@print\n@__import__\nclass os: pass\n"
    )
    assert result.outcome in ("code_raised", "code_refused"), result.message
    arena.held(f"attempt('homoglyph', lambda: ｏｐｅｎ('{arena.mark()}', 'w'))", 1)
