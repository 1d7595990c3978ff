"""The command line: what goes to standard output, what to standard error, and how it exits."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
from conftest import PLOTD, ROOT, Run

COMMANDS = ["serve", "ask", "run", "check", "read", "profile", "prompt", "doctor", "selftest", "config"]


def test_without_arguments_it_tells_its_commands(plotd: Run) -> None:
    out = plotd().stdout
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(plotd: Run, command: str) -> None:
    done = plotd(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: plotd {command}")
    assert done.stderr == ""


def test_an_unknown_command_is_a_usage_error(plotd: Run) -> None:
    done = plotd("plott")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no command plott" in done.stderr


def test_an_unknown_option_names_the_help(plotd: Run) -> None:
    done = plotd("ask", "q", "f.csv", "--nope")
    assert done.returncode == 2
    assert "no option --nope" in done.stderr and "plotd ask --help" in done.stderr


def test_a_missing_operand_is_a_usage_error(plotd: Run) -> None:
    done = plotd("ask", "only a question")
    assert done.returncode == 2 and "QUESTION" in done.stderr


def test_an_option_out_of_bounds_names_itself(plotd: Run) -> None:
    done = plotd("config", "--port", "70000")
    assert done.returncode == 2 and "port" in done.stderr


def test_a_flag_wins_over_the_environment(plotd: Run) -> None:
    done = plotd("config", "--json", "--port", "8124", env={"PLOTD_PORT": "8123"})
    assert json.loads(done.stdout)["PLOTD_PORT"]["value"] == "8124"


def test_an_option_may_come_from_the_environment(plotd: Run) -> None:
    assert json.loads(plotd("config", env={"PLOTD_JSON": "1"}).stdout)


def test_config_never_prints_a_key(plotd: Run) -> None:
    done = plotd("config", env={"GEMINI_API_KEY": "s3cr3t-key"})
    assert done.returncode == 0 and "s3cr3t" not in done.stdout + done.stderr


def test_ask_writes_a_page_and_prints_nothing_else(plotd: Run, sales: str, tmp_path: pathlib.Path) -> None:
    done = plotd("ask", "total amount by region", sales, "-o", "page.html")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "total amount by region" in page
    assert "rules" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "sales.csv"]


def test_ask_writes_the_page_to_standard_output(plotd: Run, sales: str) -> None:
    done = plotd("ask", "total amount by region", sales, "-o", "-")
    assert done.returncode == 0
    assert done.stdout.startswith("<!DOCTYPE html>") and done.stdout.rstrip().endswith("</html>")


def test_ask_reads_standard_input(plotd: Run) -> None:
    done = plotd("ask", "total n by city", "-", "--json", stdin="city,n\nBern,3\nRome,4\nBern,5\n")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "success" and answer["output"] == "plot.html"


def test_ask_prints_the_code_that_ran_and_run_takes_it(plotd: Run, sales: str, tmp_path: pathlib.Path) -> None:
    code = plotd("ask", "total amount by region", sales, "--code").stdout
    assert "amount" in code and "fig" in code
    (tmp_path / "chart.py").write_text(code)
    done = plotd("run", "chart.py", sales, "-o", "again.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.html").stat().st_size > 1_000_000


def test_a_file_that_is_not_there(plotd: Run) -> None:
    done = plotd("ask", "q", "nowhere.csv")
    assert done.returncode == 3
    assert "nowhere.csv" in done.stderr and "file_unreadable" in done.stderr


def test_a_directory_is_no_file(plotd: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    done = plotd("read", "folder.csv")
    assert done.returncode == 3 and "directory" in done.stderr


def test_a_page_that_cannot_be_written(plotd: Run, sales: str) -> None:
    done = plotd("ask", "total amount by region", sales, "-o", "no/such/folder/p.html")
    assert done.returncode == 3 and "no/such/folder/p.html" in done.stderr


def test_check_prints_a_line_a_file(plotd: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "good.py").write_text("fig = px.bar(df)\n")
    (tmp_path / "bad.py").write_text("x = 1\nimport os\n")
    (tmp_path / "broken.py").write_text("fig = (\n")
    done = plotd("check", "good.py", "bad.py", "broken.py")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0] == "good.py: ok"
    assert lines[1].startswith("bad.py:2: ")
    assert lines[2].startswith("broken.py:1: ")
    assert len(lines) == 3


def test_check_of_good_code_exits_0(plotd: Run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "good.py").write_text("import pandas as pd\nfig = px.bar(df)\n")
    assert plotd("check", "good.py").returncode == 0


def test_code_that_raises_tells_the_line(plotd: Run, sales: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.py").write_text("a = 1\nfig = px.bar(df, x='nope', y='amount')\n")
    done = plotd("run", "bad.py", sales)
    assert done.returncode == 4
    assert "line 2" in done.stderr and "nope" in done.stderr
    assert not (tmp_path / "plot.html").exists()


def test_refused_code_exits_4(plotd: Run, sales: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.py").write_text("import os\n")
    done = plotd("run", "bad.py", sales)
    assert done.returncode == 4 and "code_refused" in done.stderr


def test_read_prints_clean_csv_and_tells_what_it_took(plotd: Run) -> None:
    done = plotd("read", "-", stdin='city;n\r\n"Bern; BE";3\r\n')
    assert done.returncode == 0
    assert done.stdout == "city,n\nBern; BE,3\n"


def test_read_typed_and_json(plotd: Run) -> None:
    assert plotd("read", "-", "--typed", stdin="d,n\n1.2.2024,\"1,5\"\n13.2.2024,\"2,5\"\n").stdout == \
        "d,n\n2024-02-01,1.5\n2024-02-13,2.5\n"
    assert json.loads(plotd("read", "-", "--json", stdin="a,n\nx,3\n").stdout) == {"a": "x", "n": 3}


def test_profile_prints_a_table_and_json(plotd: Run, sales: str) -> None:
    assert "region" in plotd("profile", sales).stdout
    assert "sales" in json.loads(plotd("profile", sales, "--json").stdout)


def test_prompt_prints_what_would_be_sent(plotd: Run, sales: str) -> None:
    done = plotd("prompt", "total amount by region", sales, env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert done.returncode == 0, done.stderr
    assert "total amount by region" in done.stdout and "tokens" in done.stderr


def test_a_weak_sandbox_runs_nothing(plotd: Run, sales: str, tmp_path: pathlib.Path) -> None:
    done = plotd("ask", "total amount by region", sales, env={"PLOTD_PYTHON_HOME": str(tmp_path)})
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_a_run_at_once(sales: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "loop.py").write_text("print('x')\nwhile True:\n    pass\n")
    run = subprocess.Popen([PLOTD, "run", "loop.py", sales], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not any("plotd-runner" in p for p in children(run.pid)):
        assert time.monotonic() < deadline and run.poll() is None
        os.sched_yield()
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 130


def children(pid: int) -> list[str]:
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            try:
                found.append(pathlib.Path(f"/proc/{child}/comm").read_text() + "plotd-runner" *
                             ("plotd-runner" in os.readlink(f"/proc/{child}/exe")))
            except OSError:
                continue
    return found


def test_the_example_client_needs_no_service_to_explain_itself() -> None:
    done = subprocess.run(["/usr/bin/python3", ROOT / "examples/client.py", "--help"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "output_plot.html" in done.stdout
