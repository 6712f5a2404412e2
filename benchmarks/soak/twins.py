"""Two runs that should be the same: tensor by tensor, line by line, picture by picture."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ganzoo_trackers.tensorboard_files import FOLDER as TENSORBOARD

from ganzoo.runs import checkpoints

TIMES: Final = ("images_per_second", "seconds", "processor_seconds")
"""What two equal runs differ in."""

_EVENTS: Final = re.compile(r".*events\.out\.tfevents\..*")
"""A file of TensorBoard's, whose name holds a time."""

_WITH_TIMES: Final = ("metrics.jsonl", "events")
"""Files that are compared by what they say."""


@dataclass
class Comparison:
    """What was compared, and what differs."""

    tensors: int = 0
    lines: int = 0
    others: int = 0
    """Pictures, scalars of TensorBoard, names of files, pointers, settings."""
    differences: list[str] = field(default_factory=list)

    def add(self, other: Comparison) -> None:
        """Adds another comparison to this one."""
        self.tensors += other.tensors
        self.lines += other.lines
        self.others += other.others
        self.differences += other.differences


def compare(run: Path, twin: Path) -> Comparison:
    """Compares a run that something was done to with its undisturbed twin.

    Compared are the names of all files; every tensor and every word of each checkpoint; the lines of
    metrics.jsonl but for their times; pictures, pointers and settings; the scalars and pictures that
    TensorBoard's own reader finds.
    """
    found = Comparison()
    names = _names(run), _names(twin)
    found.others += len(names[1])
    found.differences += [f"only in the disturbed run: {name}" for name in sorted(names[0] - names[1])]
    found.differences += [f"missing: {name}" for name in sorted(names[1] - names[0])]
    for name in sorted(names[0] & names[1]):
        if name.endswith(".safetensors"):
            found.tensors += _differing(name, _tensors(run / name), _tensors(twin / name), found.differences)
            found.others += _differing(name, _metadata(run / name), _metadata(twin / name), found.differences)
        elif name not in _WITH_TIMES and (run / name).read_bytes() != (twin / name).read_bytes():
            found.differences.append(f"{name} differs")
    found.lines += _lines(run, twin, found.differences)
    if (twin / TENSORBOARD).exists():
        found.others += _differing("TensorBoard", _events(run), _events(twin), found.differences)
    return found


def whole_lines(run: Path) -> list[dict[str, Any]]:
    """The whole lines of metrics.jsonl, none where there is no such file."""
    path = run / "metrics.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _names(run: Path) -> set[str]:
    """All files of a run by their path in it; one name for the files of TensorBoard, which hold a time."""
    paths = (path.relative_to(run) for path in run.rglob("*") if not path.is_dir())
    return {_EVENTS.sub("events", str(path)) for path in paths}


def _lines(run: Path, twin: Path, differences: list[str]) -> int:
    mine, theirs = (
        [{key: value for key, value in line.items() if key not in TIMES} for line in whole_lines(folder)]
        for folder in (run, twin)
    )
    if mine != theirs:
        steps = [[line.get("step") for line in lines] for lines in (mine, theirs)]
        lost = sum(line not in mine for line in theirs)
        added = sum(line not in theirs for line in mine)
        detail = f"{lost} lost, {added} added or changed"
        differences.append(f"metrics.jsonl: {detail}; steps {steps[0]}, not {steps[1]}")
    if not (run / "metrics.jsonl").read_bytes().endswith(b"\n"):
        differences.append("metrics.jsonl ends within a line")
    return len(theirs)


def _tensors(path: Path) -> dict[str, Hashable]:
    return {
        name: (str(tensor.dtype), tuple(tensor.shape), tensor.contiguous().numpy().tobytes())
        for name, tensor in checkpoints.read_tensors(path).items()
    }


def _metadata(path: Path) -> dict[str, Any]:
    metadata = checkpoints.read_metadata(path)
    metadata["meter"] = {key: value for key, value in metadata["meter"].items() if key not in TIMES}
    return metadata


def _events(run: Path) -> dict[str, Any]:
    """What TensorBoard shows: tag to steps and values."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logging.getLogger("tensorboard").setLevel(logging.ERROR)  # it tells of each resumption
    reader = EventAccumulator(str(run / TENSORBOARD), size_guidance={"images": 0, "scalars": 0}).Reload()
    tags: Mapping[str, Iterable[str]] = reader.Tags()
    scalars = {
        tag: [(event.step, event.value) for event in reader.Scalars(tag)]
        if tag not in TIMES
        else [event.step for event in reader.Scalars(tag)]
        for tag in tags["scalars"]
    }
    images = {
        tag: [(event.step, event.encoded_image_string) for event in reader.Images(tag)]
        for tag in tags["images"]
    }
    return scalars | images


def _differing(where: str, mine: Mapping[str, Any], theirs: Mapping[str, Any], differences: list[str]) -> int:
    """Notes which values differ; how many were compared."""
    for name in sorted(mine.keys() | theirs.keys()):
        if mine.get(name) != theirs.get(name):
            differences.append(f"{where}: {name} differs")
    return len(theirs)


def litter(folder: Path) -> list[Path]:
    """What an unfinished write has left in a folder or below it."""
    return sorted(Path(root, name) for root, folders, names in os.walk(folder)
                  for name in (*folders, *names) if re.fullmatch(r"\.(.*\.)?tmp.*", name))  # fmt: skip
