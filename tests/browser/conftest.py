"""A real, headless Chromium, the system's own; where none is installed, these tests skip."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from ganzoo.cli import main

TRAIN = [
    "--dataset", "digits", "--max-steps", "6", "--batch-size", "16", "--set", "model.channels=4",
    "--set", "run.log_every=1", "--sample-every", "2", "--device", "cpu",
]  # fmt: skip

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed; on Debian: apt-get install chromium")
    with sync_playwright() as driver:
        # Chromium's own sandbox needs privileges that containers lack; the pages are our own.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page; at the end, whatever it complained of on the console fails the test."""
    complaints: list[str] = []
    pages = []

    def open_page(address: str, width: int = 1280, height: int = 900, scheme: str = "light") -> Any:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture(scope="session")
def runs(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `conditional` and `unconditional`; asks for the browser first, to skip early."""
    folder = tmp_path_factory.mktemp("runs")
    for model, name in (("cgan", "conditional"), ("dcgan", "unconditional")):
        with pytest.raises(SystemExit) as stopped:
            main(["train", model, *TRAIN, "--out", str(folder / name)])
        assert stopped.value.code == 0
    return folder


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The address that a command prints which serves a page; afterwards Ctrl-C ends it in order."""
    command = [sys.executable, "-m", "ganzoo", *arguments, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
        assert "Traceback" not in error
        assert process.returncode == 130
    finally:
        process.kill()
        process.communicate()
