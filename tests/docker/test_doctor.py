"""`plotd doctor` with a real engine, and with what only looks as if the engine were at fault."""

import json
import os
import pathlib
import subprocess
import sys

from conftest import ROOT, docker

sys.path.append(str(ROOT / "tests/api"))

from service import PLOTD  # noqa: E402


def doctor(engine: str, **environment: str) -> tuple[dict[str, dict[str, str]], int]:
    """Its lines by name, and its exit code."""
    env = {**os.environ, "DOCKER_HOST": engine, **environment}
    done = subprocess.run([PLOTD, "doctor", "--json"], env=env, capture_output=True, text=True, timeout=120)
    return {check["check"]: check for check in json.loads(done.stdout)["checks"]}, done.returncode


def test_an_engine_that_is_well(engine: str, executor_image: str) -> None:
    checks, _ = doctor(engine)
    assert checks["docker"]["verdict"] == checks["docker image"]["verdict"] == "ok"
    assert "a container ran at level full" in checks["docker"]["state"]


def test_an_image_that_is_missing(engine: str) -> None:
    checks, status = doctor(engine, PLOTD_DOCKER_IMAGE="plot-nowhere:latest")
    assert checks["docker"]["verdict"] == "warning" and status == 1
    assert "docker build -f Dockerfile.execution" in checks["docker"]["remedy"]


def test_an_image_that_is_not_current(engine: str, executor_image: str, tmp_path: pathlib.Path) -> None:
    """As one that was built before the sources changed: only the fingerprint in its runner is another."""
    made = docker("create", executor_image).stdout.strip()
    docker("cp", f"{made}:/opt/plotd/bin/plotd-runner", str(tmp_path / "plotd-runner"))
    docker("rm", made)
    program = (tmp_path / "plotd-runner").read_bytes()
    own = (ROOT / "build/release/src/sandbox/fingerprint.c").read_text().split('"')[3].encode()
    assert program.count(own) == 1
    (tmp_path / "plotd-runner").write_bytes(program.replace(own, b"0123456789abcdef"))
    (tmp_path / "Dockerfile").write_text("FROM plot-executor:latest\nCOPY --chmod=755 plotd-runner /opt/plotd/bin/\n".replace("--chmod=755 ", ""))
    docker("build", "-t", "plot-older:latest", str(tmp_path))
    checks, status = doctor(engine, PLOTD_DOCKER_IMAGE="plot-older:latest")
    assert checks["docker image"]["verdict"] == "warning" and status == 1
    assert checks["docker image"]["remedy"] == "Build it anew: docker build -f Dockerfile.execution -t plot-older:latest ."


def test_pythons_own_way_to_the_engine(engine: str, executor_image: str, tmp_path: pathlib.Path) -> None:
    """docker before 7.1 and requests from 2.32 on, as many machines have them together: then the mended pair."""
    python = tmp_path / "venv/bin/python3"
    subprocess.run(["/usr/bin/python3", "-m", "venv", tmp_path / "venv"], check=True)
    found = {}
    for pair in (["docker==6.1.3", "requests==2.32.5"], ["docker==7.1.0", "requests==2.32.5"]):
        subprocess.run([python, "-m", "pip", "install", "-q", *pair], check=True, timeout=300)
        checks, _ = doctor(engine, PATH=f"{python.parent}:{os.environ['PATH']}")
        found[pair[0]] = checks.get("Python's docker", {})
    assert found["docker==6.1.3"]["verdict"] == "warning"
    assert "Not supported URL scheme http+docker" in found["docker==6.1.3"]["state"]
    assert "docker>=7.1" in found["docker==6.1.3"]["remedy"]
    assert found["docker==7.1.0"] == {}
