"""The folder of a study.

study.json       the design, the variants with their predicted costs, the command
journal.log      Optuna's storage: every training and its state; missing where a database keeps them
variants/        NAME.json: the settings of a variant; `ganzoo train --config` takes it
trainings/       NAME-seed0/: a run folder, as `ganzoo train` makes it
logs/            NAME-seed0.log: what the training said
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import read_text, write_text
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import SCHEMA as CONFIGURATION_SCHEMA
from ganzoo.settings.configuration import Configuration
from ganzoo.study.design import Design, design_from_json
from ganzoo.study.prediction import Cost
from ganzoo.study.variants import Variant
from ganzoo.text import brief, json_safe, printable

SCHEMA: Final = 1
"""Version of the layout of study.json."""

_MOST: Final = 2**22
"""Bytes of study.json."""


@dataclass(frozen=True)
class StudyFolder:
    """A study on the disk."""

    path: Path
    storage: str | None = None
    """The URL of the database that keeps the trainings' states, for a study that has no journal."""

    @property
    def name(self) -> str:
        """What a database calls the study."""
        return self.path.resolve().name

    @property
    def database(self) -> str | None:
        """The URL of the database; None where a journal keeps the states."""
        return None if os.path.lexists(self.journal) else self.storage

    @property
    def journal(self) -> Path:
        """Optuna's storage, unless that is a database."""
        return self.path / "journal.log"

    def configuration(self, variant: str) -> Path:
        """The settings of a variant."""
        return self.path / "variants" / f"{variant}.json"

    def run(self, training: str) -> Run:
        """The run folder of a training; it may not be there yet."""
        return Run(self.path / "trainings" / training)

    def log(self, training: str) -> Path:
        """What a training has said."""
        return self.path / "logs" / f"{training}.log"

    def lock(self, name: str) -> Path:
        """A file that is locked while something is done."""
        return self.path / "locks" / name

    def write_configuration(self, variant: str, configuration: Configuration) -> None:
        """Writes the settings of a variant."""
        path = self.configuration(variant)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, _dump({"schema": CONFIGURATION_SCHEMA, **configuration.to_json()}))

    def write(self, description: StudyDescription) -> None:
        """Writes study.json."""
        costs = {name: None if cost is None else vars(cost) for name, cost in description.costs.items()}
        write_text(
            self.path / "study.json",
            _dump({
                "schema": SCHEMA,
                "command": list(description.command),
                "design": description.design.to_json(),
                "costs": costs,
                "environment": json_safe(description.environment),
            }),
        )  # fmt: skip

    def read(self) -> StudyDescription:
        """Reads study.json.

        Raises:
            UsageError: there is no study here.
            GanzooError: it is damaged, or of a newer GanZoo.
        """
        path = self.path / "study.json"
        try:
            written = json.loads(read_text(path, _MOST))
            if written["schema"] != SCHEMA:
                raise GanzooError(
                    f"{path} has schema {written['schema']!r}, and this GanZoo reads schema {SCHEMA}"
                )
            environment = dict(written["environment"])
            if not isinstance(environment.get("versions") or {}, dict):
                raise TypeError(f"the versions are {brief(environment['versions'])}")
            if not isinstance(environment.get("load_average"), int | float | None):
                raise TypeError(f"the load is {brief(environment['load_average'])}")
            return StudyDescription(
                design=design_from_json(written["design"]),
                costs={
                    name: None if cost is None else Cost(**cost) for name, cost in written["costs"].items()
                },
                command=tuple(map(str, written["command"])),
                environment=environment,
            )
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{self.path} is no study: it has no study.json") from None
        except OSError as error:
            raise GanzooError(f"{path} can't be read: {error.strerror or error}") from error
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            reason = printable(f"{type(error).__name__} {error}", 200)
            raise GanzooError(f"{path} is damaged: {reason}") from None


@dataclass(frozen=True, kw_only=True)
class StudyDescription:
    """What study.json says."""

    design: Design
    costs: Mapping[str, Cost | None]
    """Of each variant by name; None where its short trial diverged."""
    command: tuple[str, ...]
    """The words that made the study, without `ganzoo` and the storage, whose URL may hold a password."""
    environment: Mapping[str, Any]

    @property
    def variants(self) -> dict[str, Variant]:
        """The variants of the design by name."""
        return {variant.name: variant for variant in self.design.variants}


def without_option(words: Sequence[str], option: str) -> tuple[str, ...]:
    """The words of a command without an option and its value."""
    kept = [word for word in words if not word.startswith(f"{option}=")]
    while option in kept:
        at = kept.index(option)
        del kept[at : at + 2]
    return tuple(kept)


def training_name(variant: str, seed: int) -> str:
    """What the training of a variant and a seed is called."""
    return f"{variant}-seed{seed}"


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=1) + "\n"
