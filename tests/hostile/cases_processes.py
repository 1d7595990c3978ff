"""Processes: 24 to 30, and ours about signals, scheduling and what is left behind."""

from __future__ import annotations

import os
from pathlib import Path

from cases import EVERYWHERE, Arena, case, isolated
from cases_python import CALLS
from drivers import children, status_field


def named(name: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@case(24, witness=("seccomp",))
def a_fork_bomb(arena: Arena) -> None:
    """fork, vfork and clone, again and again: there is never a second process."""
    arena.held(
        CALLS + "import os\n"
        "def bomb():\n"
        "    pid = os.fork()\n"
        "    if pid == 0: os._exit(0)\n"
        "    return pid\n"
        "for _ in range(20): attempt('fork', bomb)\n"
        "attempt('clone parent', lambda: call(56, 0x8000 | 17, 0, 0, 0, 0))\n",
        21,
    )
    assert all(not children(pid) for pid in arena.jobs())


@case(25, levels=EVERYWHERE)
def a_thread_bomb(arena: Arena) -> None:
    """Threads are allowed up to the limit of 64, however small they are, and end with the job. Where they are counted
    together with all that the user has, there is an end all the same."""
    result = arena.driver.run(
        "import threading\nstop = threading.Event()\nn = 0\nthreading.stack_size(32768)\n"
        "try:\n"
        "    while n < 3000:\n"
        "        threading.Thread(target=stop.wait, daemon=True).start()\n"
        "        n += 1\n"
        "except (RuntimeError, MemoryError) as e: print('stopped', n)\n"
    )
    assert result.outcome == "ok", result.message
    assert 0 < int(result.out.split("stopped")[1].split()[0]) <= (2000 if arena.level == "least" else 64), result.out


@case(26)
def a_daemon_that_outlives_its_job(arena: Arena) -> None:
    """Double fork and setsid: no process of that name is left."""
    name = "plotd-daemon"
    arena.ends(
        CALLS + "import os, time\n"
        "try:\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        f"            call(157, 15, ctypes.cast({name.encode()!r}, ctypes.c_void_p).value, 0, 0, 0)\n"
        "            time.sleep(60)\n"
        "        os._exit(0)\n"
        "except OSError: print('held')\n",
        "ok",
    )
    assert not named(name)


@case(28, witness=("seccomp",))
def killing_everybody(arena: Arena) -> None:
    """kill(-1), the parent, the process group, by number and by pidfd; stopping oneself so that the clock is not looked at."""
    zygote = arena.driver.status()["zygote"]
    arena.held(
        CALLS + "import os, signal\n"
        "for who in (-1, 0, 1, os.getppid(), os.getpid()):\n"
        "    attempt(f'kill {who}', lambda: os.kill(who, signal.SIGCONT))\n"
        "attempt('tgkill', lambda: call(234, 1, 1, 18))\n"
        "attempt('queue', lambda: call(129, 1, 18, 0))\n"
        "attempt('pidfd', lambda: call(434, 1, 0))\n"
        "attempt('stop', lambda: signal.raise_signal(signal.SIGSTOP))\n",
        8,
    )
    assert arena.level == "docker" or arena.driver.status()["zygote"] == zygote  # there the next job has another


@case(29, witness=("seccomp",))
def looking_into_neighbours(arena: Arena) -> None:
    """ptrace, process_vm_readv and writev, pidfd_getfd, kcmp of the zygote and of other jobs."""
    arena.held(
        CALLS + "import os\n"
        "for pid in {1, 2, os.getppid(), os.getpid()}:\n"
        "    attempt('attach', lambda: call(101, 16, pid, 0, 0))\n"
        "    attempt('seize', lambda: call(101, 0x4206, pid, 0, 0))\n"
        "    attempt('read', lambda: call(310, pid, 0, 0, 0, 0, 0))\n"
        "    attempt('write', lambda: call(311, pid, 0, 0, 0, 0, 0))\n"
        "    attempt('kcmp', lambda: call(312, pid, pid, 0, 0, 0))\n"
        "attempt('traceme', lambda: call(101, 0, 0, 0, 0))\n",
        11,
    )


@case(levels=("full", "user"), witness=("pid",))
def the_numbers_of_other_processes(arena: Arena) -> None:
    """In a pid namespace of its own a job is number 1 and has no parent that can be named."""
    arena.held(
        "import os\nif (os.getpid(), os.getppid()) != (1, 0): print('BROKE', os.getpid(), os.getppid())\nprint('held')"
    )


@case(witness=("seccomp",))
def taking_more_than_a_share(arena: Arena) -> None:
    """Real-time scheduling, priorities, affinity, I/O classes, timers that fire signals for ever."""
    arena.held(
        CALLS + "import os, signal\n"
        "attempt('fifo', lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))\n"
        "attempt('nice', lambda: os.nice(-5))\n"
        "attempt('priority', lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))\n"
        "attempt('affinity', lambda: os.sched_setaffinity(0, {0, 1}))\n"
        "attempt('ioprio', lambda: call(251, 1, 0, 0))\n"
        "attempt('timer', lambda: signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001))\n"
        "attempt('alarm', lambda: call(37, 1))\n"
        "attempt('posix timer', lambda: call(222, 1, 0, 0))\n",
        8,
    )


@case(witness=("seccomp",))
def undoing_ones_own_bonds(arena: Arena) -> None:
    """Another filter, a supervisor of filters, dumps allowed again, the parent's death ignored, names of memory."""
    arena.held(
        CALLS + "for name, arguments in {\n"
        "    'seccomp': (317, 1, 0, 0), 'listener': (317, 1, 8, 0), 'prctl seccomp': (157, 22, 2, 0, 0, 0),\n"
        "    'dumpable': (157, 4, 1, 0, 0, 0), 'death signal': (157, 1, 0, 0, 0, 0), 'subreaper': (157, 36, 1, 0, 0, 0),\n"
        "    'ambient': (157, 47, 2, 21, 0, 0), 'keep caps': (157, 8, 1, 0, 0, 0), 'ptracer': (157, 0x59616d61, -1, 0, 0, 0),\n"
        "    'exe file': (157, 35, 13, 3, 0, 0), 'capset': (126, 0, 0), 'setuid': (105, 0), 'setgroups': (116, 0, 0),\n"
        "    'landlock': (444, 0, 0, 0), 'setns': (308, 3, 0), 'nnp off': (157, 38, 0, 0, 0, 0),\n"
        "}.items():\n"
        "    attempt(name, lambda: call(*arguments))\n",
        16,
    )


@case(levels=("full", "reduced"), witness=("uid",))
def a_user_that_owns_nothing(arena: Arena) -> None:
    """From outside: a job of root's plotd runs as an id that no account has, another for each slot, not the zygote's."""
    if os.geteuid() != 0:
        return
    zygote = arena.driver.status()["zygote"]
    seen: dict[int, str] = {}
    arena.while_running(lambda _: seen.update((p, status_field(p, "Uid").split()[0]) for p in isolated(zygote)))
    assert seen
    assert all(int(uid) > 1879113728 for uid in seen.values()), seen
    assert len(set(seen.values())) == len(seen), seen


@case(witness=("capabilities",))
def no_power_is_left(arena: Arena) -> None:
    """From outside: no capability in any set."""

    def look(pid: int) -> None:
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status_field(pid, name), 16) == 0, (name, status_field(pid, name))

    arena.while_running(look)


@case(witness=("no-new-privs",))
def no_new_privileges(arena: Arena) -> None:
    """From outside: setuid programs would give nothing, and a filter is in force."""

    def look(pid: int) -> None:
        assert status_field(pid, "NoNewPrivs") == "1"
        assert status_field(pid, "Seccomp") == "2"

    arena.while_running(look)
