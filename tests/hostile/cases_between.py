"""From one job to the next: 57; 58 is the page's part, in tests/browser."""

from __future__ import annotations

import os
from pathlib import Path

from cases import Arena, case, isolated
from drivers import SECRET


@case(57)
def a_patched_library_is_gone(arena: Arena) -> None:
    """pandas, plotly, numpy, builtins and plotd's own modules, changed by one job, are as they were in the next."""
    evil = (
        "import plotly.io as pio, builtins, sys, os, warnings, gc, locale, decimal\n"
        "pd.DataFrame.groupby = None\ngo.Figure.to_json = lambda s: 'evil'\npio.templates.default = 'seaborn'\n"
        "np.sum = lambda *a: 666\nbuiltins.sum = lambda *a: 666\nsys.modules['plotd_job'].run = None\n"
        "sys.modules['math'] = None\nos.environ['LEFT'] = 'here'\npd.options.display.max_rows = 1\n"
        "warnings.simplefilter('error')\ngc.disable()\ndecimal.getcontext().prec = 1\nsys.setrecursionlimit(60)\n"
        "sys.path.insert(0, '/tmp')\npx.defaults.template = 'ggplot2'\npx.bar.__kwdefaults__ and px.bar.__kwdefaults__.clear()\n"
        "sys.addaudithook(lambda *a: None)\n"
    )
    check = (
        "import plotly.io as pio, sys, os, builtins, math\n"
        "assert pio.templates.default != 'seaborn' and pd.DataFrame.groupby is not None\n"
        "assert np.sum([1, 2]) == 3 and sum([1, 2]) == 3 and math.sqrt(4) == 2\n"
        "assert 'LEFT' not in os.environ and '/tmp' not in sys.path and sys.getrecursionlimit() > 500\n"
        "assert pd.options.display.max_rows > 1 and px.defaults.template != 'ggplot2'\n"
    )
    arena.driver.run_bare(evil)
    for _ in range(3):  # spares forked before, and after
        result = arena.driver.run(check)
        assert result.outcome == "ok", f"{result.message} {result.out}"


@case(57)
def random_numbers_differ(arena: Arena) -> None:
    """Two jobs are two forks of one process: their generators are not in the same state."""
    code = "import random\nprint(random.random(), np.random.rand(), np.random.default_rng().random(), hash(object()) and '')"
    seen = [arena.driver.run(code).out.split()[:3] for _ in range(3)]
    for numbers in zip(*seen, strict=True):
        assert len(set(numbers)) == 3, seen


@case(57)
def files_do_not_stay(arena: Arena) -> None:
    """Nothing that one job wrote is there for the next, whatever place took it."""
    write = (
        "import os\n"
        "for place in ('/tmp', '/dev/shm', '/var/tmp', '/', '/venv', os.getcwd()):\n"
        "    try: open(place + '/left.txt', 'w').write('here')\n"
        "    except OSError: pass\n"
    )
    read = (
        "import os\n"
        "for place in ('/tmp', '/dev/shm', '/var/tmp', '/', '/venv', os.getcwd()):\n"
        "    if os.path.exists(place + '/left.txt'): print('BROKE', place)\n"
    )
    assert arena.driver.run(write).outcome == "ok"
    for _ in range(3):
        result = arena.driver.run(read)
        assert result.outcome == "ok" and not result.broke, result.out


@case(14)
def nothing_of_plotd_or_earlier_jobs_in_memory(arena: Arena) -> None:
    """From outside: all memory of a running job is searched for plotd's key and for what an earlier job held."""
    earlier = "earlier-job-" + "held-this"
    assert arena.driver.run("kept = '-'.join(['earlier', 'job', 'held', 'this']) * 1000").outcome == "ok"
    found: list[str] = []

    def look(pid: int) -> None:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
                span, rights = line.split()[:2]
                if "r" not in rights or "[v" in line:
                    continue
                start, end = (int(x, 16) for x in span.split("-"))
                memory.seek(start)
                try:
                    data = memory.read(end - start)
                except OSError:
                    continue
                found.extend(word for word in (SECRET, earlier) if word.encode() in data)

    if Path("/proc/self/mem").owner() == "root":
        arena.while_running(look)
    assert not found, found


@case()
def two_jobs_at_once_do_not_meet(arena: Arena) -> None:
    """From outside: two jobs that run together share no namespace and no user."""
    zygote = arena.driver.status()["zygote"]
    if arena.level == "reduced":
        return
    kinds = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")

    def look(pid: int) -> None:
        others = [p for p in isolated(zygote) if p != pid]
        for other in others:
            for kind in kinds:
                mine, theirs = (Path(f"/proc/{p}/ns/{kind}").readlink() for p in (pid, other))
                assert mine != theirs, kind

    arena.while_running(look)


@case(51, 55, witness=("descriptors",))
def nothing_is_shared_with_the_zygote(arena: Arena) -> None:
    """From outside: no memory that a job may write is another process's too, and no file of it but its result and
    the number that says that it is written."""
    for _ in range(4):  # spares come when the zygote has settled
        arena.driver.run("")

    def look(pid: int) -> None:
        maps = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
        assert not [m for m in maps if m[1].endswith("s") and "w" in m[1]]
        files = sorted(p.readlink().name for p in Path(f"/proc/{pid}/fd").iterdir())  # a container's /dev is not ours
        assert files == ["anon_inode:[eventfd]", "memfd:result (deleted)"] + ["null"] * 3, files

    if os.geteuid() == 0:
        arena.while_running(look)
