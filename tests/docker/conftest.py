"""A Docker engine of the tests' own, and the images built in it.

The engine is Debian's dockerd, started by hand as root with its data in
build/docker: it touches no engine that may run here. FROM's image comes from
debootstrap, so that no image registry is needed. Where the engine cannot be
started the tests fail under CI and are skipped elsewhere, saying why.
"""

import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "build/docker"
RUN = pathlib.Path("/run/plotd-test-docker")
SOCKET = RUN / "docker.sock"
PACKAGES = ["docker.io", "iptables", "docker-compose"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Images are built within the first test that asks for them."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1500))


def unavailable(why: str) -> None:
    """CI must not pass without an engine; a developer's machine may."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def docker(
    *args: str, timeout: float = 900, check: bool = True, host: str = f"unix://{SOCKET}",
    cwd: pathlib.Path = ROOT,
) -> subprocess.CompletedProcess[str]:
    """The docker client on the tests' engine; what it said is shown when it fails."""
    done = subprocess.run(
        ["docker", *args], capture_output=True, text=True, timeout=timeout, cwd=cwd, stdin=subprocess.DEVNULL,
        env={**os.environ, "DOCKER_HOST": host, "DOCKER_BUILDKIT": "0"},
    )
    if check and done.returncode != 0:
        pytest.fail(f"docker {' '.join(args)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def install_engine() -> None:
    """Debian's own packages, where they are missing."""
    if shutil.which("dockerd", path="/usr/sbin:/usr/bin") and shutil.which("docker-compose"):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", "install", "-y", "--no-install-recommends", *PACKAGES],
        env=quiet, capture_output=True, text=True, timeout=600,
    )
    if done.returncode != 0:
        unavailable(f"cannot install {PACKAGES}: {done.stderr[-500:]}")


class Engine:
    """A dockerd of the tests' own, which they may stop and start."""

    def __init__(self, name: str = "docker", data: pathlib.Path = HOME / "data") -> None:
        self.socket = RUN / f"{name}.sock"
        self.host = f"unix://{self.socket}"
        self.log = HOME / f"{name}d.log"
        self.bridge = [] if name == "docker" else ["--bridge=none"]
        self.command = ["/usr/sbin/dockerd", "-H", self.host, "--data-root", data, "--exec-root", RUN / f"{name}-exec",
                        "--pidfile", RUN / f"{name}.pid", *self.bridge]  # fmt: skip

    def answers(self) -> bool:
        return self.socket.exists() and docker("version", check=False, host=self.host).returncode == 0

    def start(self) -> None:
        RUN.mkdir(parents=True, exist_ok=True)
        HOME.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.daemon = subprocess.Popen(
                self.command, stdout=log, stderr=log, env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                self.daemon.kill()
                unavailable(f"dockerd does not start: {self.log.read_text()[-800:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(60)


@pytest.fixture(scope="session")
def daemon() -> Iterator[Engine]:
    """A running engine."""
    if os.geteuid() != 0:
        unavailable("starting dockerd needs root")
    install_engine()
    started = Engine()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def engine(daemon: Engine) -> str:
    """Its address."""
    return daemon.host


@pytest.fixture(scope="session")
def base(engine: str) -> str:
    """The image that both Dockerfiles start FROM."""
    name = "debian:bookworm-slim"
    if not docker("images", "-q", name).stdout.strip():
        done = subprocess.run(
            [ROOT / "scripts/debian_root.sh", "image", "bookworm", name], capture_output=True, text=True, timeout=600,
            env={**os.environ, "DOCKER_HOST": engine},
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return name


def build_arguments() -> list[str]:
    """Proxies of this machine, as docker's own build arguments."""
    names = ("http_proxy", "https_proxy", "no_proxy")
    return [part for name in names if name in os.environ for part in ("--build-arg", f"{name}={os.environ[name]}")]


@pytest.fixture(scope="session")
def executor_image(base: str) -> str:
    """plot-executor:latest, built as the README says."""
    docker("build", "-f", "Dockerfile.execution", "-t", "plot-executor:latest", *build_arguments(), ".")
    return "plot-executor:latest"


@pytest.fixture(scope="session")
def service_image(base: str) -> str:
    """plotd:latest, built as the README says."""
    docker("build", "-t", "plotd:latest", *build_arguments(), ".")
    return "plotd:latest"
