"""Fixtures that install real distributions in a temporary folder, and that run the command line."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main
from ganzoo.plugins import discovery

EntryPoints = Mapping[str, Mapping[str, str]]
"""Group to name to `module:Class`."""


if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts what it runs in the background deaf to Ctrl-C, and the tests' own processes with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Site:
    """A folder of installed distributions, as `site-packages` is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Writes files by their path below the folder."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        importlib.invalidate_caches()

    def install(
        self,
        distribution: str,
        entry_points: EntryPoints | str,
        files: Mapping[str, str | bytes] | None = None,
        version: str = "1.0",
        *,
        egg_info: bool = False,
    ) -> Path:
        """Writes a distribution as an installer or an old build does; returns its metadata folder."""
        files = files or {}
        stem = distribution.replace("-", "_")
        folder = f"{stem}.egg-info" if egg_info else f"{stem}-{version}.dist-info"
        metadata = {
            f"{folder}/{'PKG-INFO' if egg_info else 'METADATA'}": (
                f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
            ),
            f"{folder}/entry_points.txt": (
                entry_points if isinstance(entry_points, str) else _entry_points_text(entry_points)
            ),
        }
        record = f"{folder}/{'SOURCES.txt' if egg_info else 'RECORD'}"
        listed = "".join(f"{name},,\n" for name in [*files, *metadata, record])
        self.write({**files, **metadata, record: listed})
        return self.path / folder


def _entry_points_text(entry_points: EntryPoints) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in entry_points.items()
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder of installed distributions that is first on `sys.path`, beside what is really installed."""
    monkeypatch.delenv(discovery.VARIABLE, raising=False)
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    discovery.card.cache_clear()
    yield Site(folder)
    discovery.card.cache_clear()
    written = {path.stem for path in folder.iterdir()}
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in written:
            del sys.modules[name]


@pytest.fixture
def alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """As `site`, and nothing else is installed."""
    import ganzoo.interfaces  # noqa: F401, can't be found any more once the path is short

    monkeypatch.setattr(sys, "path", [str(site.path)])
    return site


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ganzoo_command(tmp_path: Path) -> Command:
    """Runs `python -m ganzoo` in a process of its own, in `tmp_path`."""

    def run(
        *arguments: str, path: Path | None = None, plugins: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k != discovery.VARIABLE}
        if path is not None:
            environment["PYTHONPATH"] = str(path)
        if plugins is not None:
            environment[discovery.VARIABLE] = plugins
        return subprocess.run(
            [sys.executable, "-m", "ganzoo", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=60,
        )

    return run


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def ganzoo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Result]:
    """Calls `ganzoo ARGUMENTS...` in an empty folder and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        code = exit_info.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def forkserver() -> ForkServerContext:
    """Forks processes from one that has imported torch, which takes longer than what most of them do."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ganzoo.cli.progress", "ganzoo.training.loop", "torch._dynamo"])
    return context


OBSERVE = """
import os, sys
from pathlib import Path
os.dup2(os.open(printed, os.O_WRONLY | os.O_CREAT), 1)
sys.path[:] = path
from ganzoo.testing.importing import observe
observe(Path(report), origin)
"""


@pytest.fixture
def forked_imports(forkserver: ForkServerContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a check imports a plugin in a new interpreter, a forked one does it; all else is as it is."""
    from ganzoo.testing import importing

    def observe(report: Path, origin: str) -> subprocess.CompletedProcess[bytes]:
        printed = tmp_path / "printed by an import"
        names = {"printed": str(printed), "path": sys.path, "report": str(report), "origin": origin}
        process = forkserver.Process(target=exec, args=(OBSERVE, names))
        process.start()
        process.join(importing.SECONDS)
        assert process.exitcode is not None
        return subprocess.CompletedProcess((), process.exitcode, printed.read_bytes())

    monkeypatch.setattr(importing, "_observe_elsewhere", observe)
