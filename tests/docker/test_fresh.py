"""What the README says to someone with an engine, each from a fresh clone."""

import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from conftest import ROOT, build_arguments, docker
from test_compose import URL, compose, wait_until_healthy


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pathlib.Path]:
    """What is committed, and nothing that was built."""
    place = tmp_path_factory.mktemp("fresh") / "plotd"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, place], check=True)
    yield place


def test_the_image_is_built_and_ask_runs_in_it(clone: pathlib.Path, engine: str, base: str) -> None:
    docker("build", "-f", "Dockerfile.execution", "-t", "plot-executor:latest", *build_arguments(), ".", cwd=clone)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLOTD_")}
    done = subprocess.run(
        ["./run", "ask", "total amount by region", "examples/sales.csv", "-o", "plot.html"], cwd=clone,
        env={**env, "PLOTD_EXECUTOR": "docker", "DOCKER_HOST": engine}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert (clone / "plot.html").stat().st_size > 4_000_000
    assert "North" in (clone / "plot.html").read_text()


def test_compose_up_serves_the_client(clone: pathlib.Path, engine: str, base: str) -> None:
    (clone / ".env").write_text((clone / "env.example").read_text())
    try:
        assert compose(engine, "build", *build_arguments(), cwd=clone).returncode == 0
        done = compose(engine, "up", "-d", "--build", cwd=clone)
        assert done.returncode == 0, done.stderr[-3000:]
        wait_until_healthy(engine, compose(engine, "ps", "-q", "plotd", cwd=clone).stdout.strip())
        client = subprocess.run(
            ["/usr/bin/python3", "examples/client.py", "--url", URL], cwd=clone, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert client.returncode == 0, client.stderr
        assert (clone / "output_plot.html").stat().st_size > 4_000_000
    finally:
        compose(engine, "down", "-v", cwd=clone)
