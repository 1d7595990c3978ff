"""`plotd doctor`: each thing that can be wrong, made wrong, is found, and its remedy told."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

import pytest
from conftest import PLOTD, ROOT, Run

sys.path.append(str(ROOT / "tests/api"))

from fake_model import FakeModel  # noqa: E402


def test_doctor_is_fine_here_and_speaks_json(plotd: Run) -> None:
    done = plotd("doctor", "--json")
    report = json.loads(done.stdout)
    assert {c["check"] for c in report["checks"]} >= {"Python", "plotly.js", "model", "isolation", "docker", "memory cgroup"}
    assert done.returncode == {"ok": 0, "warning": 1, "failure": 5}[report["worst"]]
    assert all(c["remedy"] for c in report["checks"] if c["verdict"] != "ok")


@pytest.mark.parametrize(
    ("env", "check", "verdict", "words"),
    [
        ({"DOCKER_HOST": "unix:///nowhere.sock"}, "docker", "ok", "none is needed"),
        ({"DOCKER_HOST": "unix:///nowhere.sock", "PLOTD_EXECUTOR": "docker"}, "sandbox", "failure", "systemctl start"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, "docker", "warning", "unix:///var/run/docker.sock"),
        ({"PLOTD_LLM": "gemini"}, "model", "failure", "PLOTD_LLM=rules"),
    ],
    ids=["no engine", "no engine and no other", "an engine elsewhere", "no key"],
)
def test_doctor_tells_what_mends_it(plotd: Run, env: dict[str, str], check: str, verdict: str, words: str) -> None:
    done = plotd("doctor", "--json", env=env)
    found = {c["check"]: c for c in json.loads(done.stdout)["checks"]}[check]
    assert found["verdict"] == verdict, found
    assert words in found["state"] + found["remedy"]
    assert done.returncode >= {"ok": 0, "warning": 1, "failure": 5}[verdict]


def test_doctor_finds_a_socket_without_an_engine(plotd: Run, tmp_path: pathlib.Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "docker.sock"))  # as a daemon that is off leaves it
    done = plotd("doctor", "--json", env={"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})
    found = {c["check"]: c for c in json.loads(done.stdout)["checks"]}["docker"]
    assert (found["verdict"], found["remedy"]) == ("warning", "Start it: sudo systemctl start docker")
    assert done.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_doctor_finds_a_socket_that_is_not_for_this_user(tmp_path: pathlib.Path) -> None:
    with socket.socket(socket.AF_UNIX) as engine, tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        engine.bind(f"{folder}/docker.sock")
        pathlib.Path(f"{folder}/docker.sock").chmod(0o660)
        engine.listen()
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PLOTD, "doctor", "--json"],
            env={**os.environ, "DOCKER_HOST": f"unix://{folder}/docker.sock", "HOME": "/"}, capture_output=True,
            text=True, timeout=100, cwd="/",
        )  # fmt: skip
    found = {c["check"]: c for c in json.loads(done.stdout)["checks"]}["docker"]
    assert found["remedy"] == "Join its group: sudo usermod -aG docker $USER; then log in anew."


def test_doctor_asks_the_model_when_told_to(plotd: Run) -> None:
    model = FakeModel()
    env = {"PLOTD_LLM": "openai", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "m"}
    try:
        assert "model answers" not in plotd("doctor", env=env).stdout
        assert model.asked == 0
        assert "ok       model answers          openai/m after" in plotd("doctor", "--online", env=env).stdout
        assert model.asked == 1
        model.statuses["amount"] = 401
        done = plotd("doctor", "--online", "--json", env=env)
    finally:
        model.close()
    found = {c["check"]: c for c in json.loads(done.stdout)["checks"]}["model answers"]
    assert (found["verdict"], done.returncode) == ("failure", 5)
    assert "OPENAI_API_KEY" in found["state"] + found["remedy"], found
