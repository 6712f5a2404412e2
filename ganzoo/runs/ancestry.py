"""Ancestors: trained weights that another training starts from, and what is recorded of them."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.files import disk_errors, read_text
from ganzoo.plugins import lookup
from ganzoo.runs import checkpoints
from ganzoo.runs.description import Description
from ganzoo.runs.folder import Run
from ganzoo.runs.trained import described, find_checkpoint, network_settings
from ganzoo.settings import merging
from ganzoo.settings.configuration import NAME, TRAINING, Configuration
from ganzoo.settings.keys import split
from ganzoo.text import printable

INIT_FROM: Final = f"{TRAINING}.init_from"
"""The setting that names an ancestor."""

ANCESTRY: Final = "ancestry"
"""The key of env.json, and of what a checkpoint says of itself, under which records of ancestors stand."""

_MOST: Final = 2**24
"""Bytes of env.json."""

Record = dict[str, Any]
"""What a run and its checkpoints say of an ancestor, as JSON can say it."""


@dataclass(frozen=True)
class Ancestor:
    """A checkpoint, or the file of weights, that a training starts from."""

    name: str
    """The absolute path of a checkpoint; of weights what they are called."""
    path: Path
    description: Description
    ancestry: tuple[Record, ...]
    """Of its own ancestors, the nearest first."""

    def record(self) -> Record:
        """What is to be known of it later: what it was, and by its SHA-256 that it is still the same."""
        settings = self.description.settings
        with disk_errors(self.path, "name other weights", "read"), self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "name": self.name,
            "sha256": digest,
            "model": settings.get(f"model.{NAME}"),
            "dataset": settings.get(f"dataset.{NAME}"),
            "image": list(self.description.image.shape),
            "class_names": list(self.description.class_names),
            "step": self.description.step,
        }


def find_ancestor(name: str) -> Ancestor:
    """The ancestor that a run folder, a checkpoint or the name of weights means.

    Raises:
        UsageError: there is nothing of that name.
        GanzooError: the checkpoint is missing or damaged, or the weights can't be had.
    """
    path = find_checkpoint(Path(name))
    metadata = checkpoints.read_metadata(path)
    called = str(path.absolute()) if Path(name).exists() else name
    return Ancestor(called, path, described(path, metadata), tuple(ancestry_of(metadata)))


def ancestry_of(metadata: Mapping[str, Any]) -> list[Record]:
    """What a checkpoint says of its ancestors, the nearest first; empty where it was trained from scratch."""
    said = metadata.get(ANCESTRY)
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def resolve(*sources: Mapping[str, Any]) -> Configuration:
    """`settings.merging.resolve` of a training, where one of the sources may name an ancestor.

    The model and its components are then set as the ancestor's, unless a source says otherwise: other
    networks would take nothing over.

    Raises:
        UsageError: as there, or there is no such ancestor.
        GanzooError: as `find_ancestor` does.
    """
    given = {key: value for source in sources for key, value in source.items()}
    named = given.get(INIT_FROM)
    if named is None or str(named).lower() == "none":
        return merging.resolve(*sources)
    ancestor = find_ancestor(str(named))
    return merging.resolve(_networks(ancestor, given), *sources, {INIT_FROM: ancestor.name})


def _networks(ancestor: Ancestor, given: Mapping[str, Any]) -> dict[str, Any]:
    """How the ancestor's networks are set; nothing where another model or component is asked for."""
    settings = network_settings(ancestor.description)
    asked = given.get(f"model.{NAME}", settings[f"model.{NAME}"])
    if lookup.find("model", asked).target != lookup.find("model", settings[f"model.{NAME}"]).target:
        return {}
    return {key: value for key, value in settings.items() if split(key) != ("model", "recipe")}


def without_place(record: Record) -> Record:
    """The record for somebody else: a checkpoint is called by its file name alone."""
    name = str(record.get("name"))
    return {**record, "name": Path(name).name if Path(name).is_absolute() else name}


def in_words(record: Record) -> str:
    """What an ancestor was: "step-00003000.safetensors: acgan on fashion-mnist, step 3,000, SHA-256 0f...".

    The record may be a stranger's.
    """
    model, dataset = (str(record.get(key)).rpartition(":")[2] for key in ("model", "dataset"))
    name, step, digest = (record.get(key) for key in ("name", "step", "sha256"))
    return printable(f"{name}: {model} on {dataset}, step {step}, SHA-256 {digest}", 300)


def require_same_ancestor(ancestry: Sequence[Record], run: Run) -> None:
    """Refuses to begin a run again from another ancestor than the one that its env.json names.

    Raises:
        UsageError: the ancestor's file has changed since.
    """
    path = run.path / "env.json"
    try:
        recorded = json.loads(read_text(path, _MOST))[ANCESTRY][0]["sha256"]
    except (OSError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise UsageError(f"{path} doesn't say which weights the run started from; start a new one") from None
    if ancestry[0]["sha256"] != recorded:
        raise UsageError(
            f"{ancestry[0]['name']} is no longer what the run started from, which has no checkpoint yet\n"
            f"start a new one: ganzoo train --config {shlex.quote(str(run.path / 'config.json'))}"
        )
