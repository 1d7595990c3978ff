"""One service and one fake model for most tests; a test with needs of its own starts its own."""

from collections.abc import Callable, Iterator

import pytest
from fake_model import FakeModel
from service import Service

# Small enough to be passed quickly, large enough for everything else.
LIMITS = {
    "PLOTD_MAX_FILES": "3",
    "PLOTD_MAX_UPLOAD": "1M",
    "PLOTD_MAX_SCHEMA": "4K",
    "PLOTD_MAX_QUESTION": "1K",
    "PLOTD_MAX_FIGURE": "2M",
    "PLOTD_JOB_TIMEOUT": "3s",
    "PLOTD_ATTEMPTS": "1",
    "PLOTD_FALLBACK": "none",
    "PLOTD_LLM": "openai",
    "OPENAI_API_KEY": "not-a-key",
}


@pytest.fixture(scope="session")
def model() -> Iterator[FakeModel]:
    fake = FakeModel()
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def start(model: FakeModel) -> Iterator[Callable[..., Service]]:
    """Starts services that end with the session, if their test did not end them."""
    started: list[Service] = []

    def one(**environment: str) -> Service:
        started.append(Service(**{**LIMITS, "OPENAI_BASE_URL": model.url, **environment}))
        return started[-1]

    yield one
    ended = [service.stop() for service in started]
    assert not any(ended), ended  # a leak or a wild pointer of the sanitizers' build ends here


@pytest.fixture(scope="session")
def service(start: Callable[..., Service]) -> Service:
    return start()
