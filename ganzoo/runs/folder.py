"""The run folder: one training and all it leaves behind.

config.json       every setting, by full name; `ganzoo train --config` replays it
env.json          versions, device, plugins
metrics.jsonl     losses of each interval, evaluations, warnings, changed settings: the source of truth
samples/          grids of the same latents through time
checkpoints/      step-00001000.safetensors
latest            the name of the newest whole checkpoint
best              the name of the checkpoint of the best evaluation, if any
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import disk_errors, read_text, write_text
from ganzoo.folders import new_folder
from ganzoo.run_or_weights import is_run
from ganzoo.runs.metrics import ADVICE, append_line, read_lines, step_of
from ganzoo.runs.no_run import why_no_run
from ganzoo.runs.record import record
from ganzoo.settings.configuration import SCHEMA as CONFIGURATION_SCHEMA
from ganzoo.settings.configuration import Configuration, parse_file

_MOST_OF_POINTER: Final = 4096
"""Bytes of `latest` and `best`."""

_LONGEST_NAME: Final = 255
"""Bytes of a file's name."""


@dataclass(frozen=True)
class Run:
    """A run folder that exists; wherever a path is asked for, it may be given itself."""

    path: Path

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def samples(self) -> Path:
        """Folder of the sample grids."""
        return self.path / "samples"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        """The metrics file."""
        return self.path / "metrics.jsonl"

    def checkpoint_path(self, step: int) -> Path:
        """Where the checkpoint of a step lies."""
        return self.checkpoints / f"step-{step:08d}.safetensors"

    def grid_path(self, step: int) -> Path:
        """Where the sample grid of a step lies."""
        return self.samples / f"step-{step:08d}.png"

    def mark_latest(self, step: int) -> None:
        """Points `latest` at the checkpoint of a step."""
        write_text(self.path / "latest", self.checkpoint_path(step).name + "\n")

    def latest_checkpoint(self) -> Path:
        """The newest whole checkpoint.

        Raises:
            GanzooError: the run has not written one yet, or `latest` is damaged.
        """
        checkpoint = self.latest_checkpoint_if_any()
        if checkpoint is None:
            raise GanzooError(f"the run {self.path} has no checkpoint yet")
        return checkpoint

    def latest_checkpoint_if_any(self) -> Path | None:
        """The newest whole checkpoint; None where the run was stopped before its first.

        Without `latest` it is that of the last step: a file that is not whole has no such name.

        Raises:
            GanzooError: `latest` is damaged, or names what is not there.
        """
        named = self._pointed_at("latest")
        if named is None:
            with disk_errors(self.checkpoints, ADVICE, "read"):
                written = _by_step(self.checkpoints, ".safetensors")
            return written[-1][1] if written else None
        if not named.exists():
            raise GanzooError(
                f"{self.path / 'latest'} names {named.name}, which is not in {self.checkpoints}\n"
                "write the name of one that is, or delete it to go on from the newest"
            )
        return named

    def mark_best(self, step: int) -> None:
        """Points `best` at the checkpoint of a step, which is then kept."""
        write_text(self.path / "best", self.checkpoint_path(step).name + "\n")

    def best_checkpoint(self) -> Path | None:
        """The checkpoint of the best evaluation, or None where there was none.

        Raises:
            GanzooError: `best` is damaged.
        """
        return self._pointed_at("best")

    def _pointed_at(self, pointer: str) -> Path | None:
        """The checkpoint that `latest` or `best` names; None where there is no such file."""
        path = self.path / pointer
        try:
            name = Path(read_text(path, _MOST_OF_POINTER).strip()).name
        except FileNotFoundError:
            return None
        except OSError as error:  # not as if there were none: a resumed training would begin again
            if error.errno is not None:
                raise GanzooError(f"{path} can't be read: {error.strerror or error}") from error
            name = ""  # a pipe, a device or a file without end
        except UnicodeDecodeError:
            name = ""
        if not name.isprintable() or not 0 < len(name.encode()) <= _LONGEST_NAME:
            raise GanzooError(
                f"{path} is damaged: it holds no name of a checkpoint; write one of {self.checkpoints}"
            )
        return self.checkpoints / name

    def discard_checkpoints(self, keep: int, keep_every: int | None) -> None:
        """Deletes all but the newest checkpoints, the best one and those kept for good.

        Raises:
            GanzooError: the disk refuses.
        """
        best = self.best_checkpoint()
        with disk_errors(self.checkpoints, ADVICE, "cleared"):
            for step, path in _by_step(self.checkpoints, ".safetensors")[:-keep]:
                if path != best and (keep_every is None or step % keep_every):
                    path.unlink(missing_ok=True)

    def append_metrics(self, line: Mapping[str, Any]) -> None:
        """Adds a line to metrics.jsonl; see `runs.metrics.append_line`."""
        append_line(self.metrics, line)

    def read_metrics(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl, of one kind or all; see `runs.metrics.read_lines`."""
        return [line for line in read_lines(self.metrics) if kind in (None, line["kind"])]

    def rewind(self, step: int) -> None:
        """Forgets what was written after a step: a resumed run will write it again.

        The pointers go first and the lines last, so that a kill in between leaves a run that is rewound when
        it is resumed, and no checkpoint whose lines are gone.

        Raises:
            GanzooError: the disk refuses.
        """
        lines = [line for line in self.read_metrics() if step_of(line) <= step]
        now = self.checkpoint_path(step)
        with disk_errors(self.path, ADVICE, "cleared"):
            if now.is_file():
                self.mark_latest(step)
            for pointer in ("latest", "best"):
                to = self._pointed_at(pointer)
                if to is not None and to.name > now.name:
                    (self.path / pointer).unlink(missing_ok=True)
            self.samples.mkdir(exist_ok=True)  # git, and some archives, keep no empty folder
            for later, path in (*_by_step(self.checkpoints, ".safetensors"), *_by_step(self.samples, ".png")):
                if later > step:
                    path.unlink(missing_ok=True)
            for folder in (self.path, self.samples, self.checkpoints):
                for litter in (*folder.glob(".*.tmp*"), *folder.glob(".tmp*")):  # ours, and safetensors' own
                    litter.unlink(missing_ok=True)
        write_text(self.metrics, "".join(json.dumps(line) + "\n" for line in lines))

    def write_configuration(self, configuration: Configuration) -> None:
        """Writes config.json."""
        write_text(
            self.path / "config.json", _dump({"schema": CONFIGURATION_SCHEMA, **configuration.to_json()})
        )


def create(path: Path | None, configuration: Configuration, environment: Mapping[str, Any]) -> Run:
    """Creates a run folder and writes what is known before the first step.

    Args:
        path: the folder, new or empty; None for a new one below `runs/`.
        configuration: the complete configuration.
        environment: what `ganzoo env --json` says.

    Raises:
        UsageError: the folder holds something already (a run is never overwritten), or its name is no text.
        GanzooError: the disk refuses.
    """
    path = Path("runs") / _new_name(configuration) if path is None else path
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:  # safetensors writes at such a path, and can't read there
        raise UsageError(f"the name {str(path)!r} is not valid UTF-8; choose another with --out") from None
    with new_folder(path, kept="a run is never overwritten") as temporary:
        draft = Run(temporary)
        for folder in (draft.samples, draft.checkpoints):
            folder.mkdir()
        write_text(temporary / "env.json", _dump(record(environment, configuration.plugins())))
        draft.write_configuration(configuration)
    return Run(path)


def _by_step(folder: Path, suffix: str) -> list[tuple[int, Path]]:
    """The files of a folder that a training has written at a step, `step-00001000`, in order."""
    paths = folder.iterdir() if folder.exists() else ()  # git, and some archives, keep no empty folder
    found = ((re.fullmatch(rf"step-(\d+){re.escape(suffix)}", path.name), path) for path in paths)
    return sorted((int(match[1]), path) for match, path in found if match)


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


def _new_name(configuration: Configuration) -> str:
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = "-".join(configuration.plugin(section).name for section in ("model", "dataset"))
    return f"{time}-{names}-{secrets.token_hex(2)}"


def read_configuration(run: Run) -> dict[str, Any]:
    """The settings of a run, as `settings.merging.resolve` takes them."""
    return parse_file(run.path / "config.json")


def open_run(path: Path) -> Run:
    """The run folder at a path.

    Raises:
        UsageError: there is none.
    """
    if not is_run(path):
        raise UsageError(f"{path} {why_no_run(path)}")
    return Run(path)
