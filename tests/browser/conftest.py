"""A browser with no network, and pages to open in it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
RENDER = pathlib.Path(os.environ.get("PLOTD_RENDER", ROOT / "build/release/tests/browser/render"))
PLOTLY_JS = next((ROOT / "build/venv/lib").glob("python3*/site-packages/plotly/package_data/plotly.min.js"))
SCREENSHOTS = ROOT / "build/screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "wide": (1920, 1080)}

Figure = dict[str, Any]


@dataclasses.dataclass
class Opened:
    """A page in the browser, and what it did that a page of plotd's must not do."""

    page: Page
    path: pathlib.Path
    console: list[str] = dataclasses.field(default_factory=list)
    requests: list[str] = dataclasses.field(default_factory=list)
    refused: list[str] = dataclasses.field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def js(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.js("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def shot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def settle(self) -> None:
        """Two frames: what was asked for by a resize has been drawn."""
        self.js("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def assert_quiet(self) -> None:
        assert self.console == []
        assert self.requests == []
        assert self.refused == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: pathlib.Path) -> Iterator[Open]:
    """open_page(figures…, title=, theme=, notices=, engine=, size=, scheme=): the page, drawn."""
    contexts = []

    def write(figures: tuple[Figure, ...], title: str, theme: str, engine: str, notices: list[str]) -> pathlib.Path:
        panels = [{"name": figure.get("name"), "figure": figure.get("figure", figure)} for figure in figures]
        source, target = tmp_path / "figures.json", tmp_path / "page.html"
        source.write_text(json.dumps(panels))
        subprocess.run([RENDER, PLOTLY_JS, source, target, title, theme, engine, *notices], check=True, timeout=20)
        return target

    def open_(
        *figures: Figure,
        title: str = "A question?",
        theme: str = "auto",
        engine: str = "rules",
        notices: list[str] | None = None,
        size: str = "desktop",
        scheme: str = "light",
        scripts: bool = True,
        reduced_motion: str = "no-preference",
    ) -> Opened:
        path = write(figures, title, theme, engine, notices or [])
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion=reduced_motion,
            has_touch=size == "phone", is_mobile=size == "phone", offline=True, java_script_enabled=scripts,
            accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        opened = Opened(page, path)
        watch(opened)
        page.goto(path.as_uri())
        if scripts:
            page.wait_for_function("document.documentElement.dataset.ready", timeout=30_000)
        return opened

    yield open_
    for context in contexts:
        context.close()


def watch(opened: Opened) -> None:
    page = opened.page
    page.on("console", lambda message: opened.console.append(message.text) if message.type != "info" else None)
    page.on("pageerror", lambda error: opened.console.append(str(error)))
    page.on("dialog", lambda dialog: (opened.console.append("dialog: " + dialog.message), dialog.dismiss()))
    page.on("request", lambda request: note_request(opened, request.url))
    page.expose_function("plotdTestRefused", lambda what: opened.refused.append(what))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " (e) => window.plotdTestRefused(e.violatedDirective + ' ' + e.blockedURI))"
    )


def note_request(opened: Opened, url: str) -> None:
    """Its own file, and what a script holds in memory already, are no requests."""
    if url != opened.path.as_uri() and not url.startswith(("data:", "blob:")):
        opened.requests.append(url)
