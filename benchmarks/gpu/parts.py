"""The parts of a visit to a GPU: what each is to prove, by which command, and for how long it may run."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

PATIENCE: Final = 12.0
"""Seconds between the request to stop, after which a training writes its checkpoint, and the end by force."""


@dataclass(frozen=True)
class Part:
    """One command with a limit of its own."""

    name: str
    group: str
    """Parts of one group run at the same time; groups come one after the other, in the file's order."""
    seconds: float
    """After so many it is asked to stop, as by Ctrl-C."""
    command: str
    """Of a shell; `{python}`, `{device}`, `{data}` and `{results}` are filled in."""
    proves: str = ""
    refuted_by: str = ""
    ends_itself: bool = True
    """Whether running into its limit is a failure; a training is stopped by it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a part."""

    part: Part
    code: int
    """Its exit code; negative: the signal that ended it."""
    seconds: float
    reached_limit: bool

    @property
    def failed(self) -> bool:
        """Whether it did not do what it was to do."""
        if self.reached_limit and not self.part.ends_itself:
            return self.code not in (0, 130, -signal.SIGINT)
        return self.code != 0


def read_parts(path: Path) -> list[Part]:
    """The parts of a TOML file: tables `[[part]]`, and `[[training]]` for trainings of a group."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    trainings = said.get("trainings", {})
    found = [Part(**each) for each in said.get("part", [])]
    return found + [
        Part(
            name=name,
            group="trainings",
            seconds=trainings["seconds"],
            command=_training(name, settings, trainings),
            ends_itself=False,
        )
        for name, settings in said.get("training", {}).items()
    ]


def _training(name: str, settings: Mapping[str, Any], common: Mapping[str, Any]) -> str:
    given = {**common.get("settings", {}), **settings}
    model, recipe = given.pop("model"), given.pop("recipe", None)
    options = [f"--set {shlex.quote(f'{key}={_text(value)}')}" for key, value in given.items() if "." in key]
    plain = [f"--{key} {value}" for key, value in given.items() if "." not in key]
    chosen = [f"--recipe {recipe}"] if recipe else []
    where = f"--device {{device}} --out {{results}}/runs/{name} {{tiny}}"
    return " ".join(["exec {python} -m ganzoo train", model, *chosen, *plain, *options, where])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def run_group(
    parts: Sequence[Part], words: Mapping[str, str], results: Path, deadline: float
) -> Iterator[Outcome]:
    """Runs parts at the same time, each with its output in a log of its own; yields outcomes as they end.

    Args:
        parts: of one group.
        words: what is filled into the commands.
        results: the folder of the logs.
        deadline: of `time.monotonic`, by which all are asked to stop.
    """
    running: dict[str, tuple[Part, subprocess.Popen[bytes], float]] = {}
    for part in parts:
        with (results / f"{part.name}.log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", part.command.format(**words)],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        running[part.name] = (part, process, time.monotonic())
    stopped: dict[str, float] = {}
    while running:
        time.sleep(0.1)
        now = time.monotonic()
        for name, (part, process, begun) in list(running.items()):
            code = process.poll()
            if code is not None:
                del running[name]
                yield Outcome(part, code, now - begun, name in stopped)
            elif name not in stopped and (now - begun > part.seconds or now > deadline):
                stopped[name] = now
                _signal(process, signal.SIGINT)
            elif name in stopped and now - stopped[name] > PATIENCE:
                _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def grouped(parts: Sequence[Part]) -> Iterator[tuple[str, list[Part]]]:
    """Groups in the order in which they first appear, with all of their parts."""
    order = list(dict.fromkeys(part.group for part in parts))
    ordered = sorted(parts, key=lambda part: order.index(part.group))
    for group, members in groupby(ordered, key=lambda part: part.group):
        yield group, list(members)
