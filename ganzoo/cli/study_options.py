"""What the commands about studies share: options, the argument STUDY, and Optuna, which is an extra."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganzoo.cli.options import COUNT
from ganzoo.errors import GanzooError

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder
    from ganzoo.study.summary import StudySummary


class _Devices(click.ParamType[tuple[str, ...]]):
    """A comma list of devices."""

    name = "list"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names in it."""
        return value if isinstance(value, tuple) else tuple(filter(None, map(str.strip, value.split(","))))


storage_option = click.option(
    "--storage",
    metavar="URL",
    envvar="GANZOO_STUDY_STORAGE",
    help="Database of the trainings' states [a journal in the study].",
)


def work_command(study: StudyFolder) -> str:
    """The command that trains what a study has left. The URL is not repeated: it may hold a password."""
    is_told = study.storage is None or "GANZOO_STUDY_STORAGE" in os.environ
    return f"ganzoo study work {study.path}{'' if is_told else ' --storage URL'}"


def study_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument STUDY, and where its trainings' states are, handed over as `study`, a `StudyFolder`."""

    @click.argument("path", metavar="STUDY", type=click.Path(path_type=Path))
    @storage_option
    @functools.wraps(command)
    def with_study(path: Path, storage: str | None, **options: Any) -> None:
        from ganzoo.study.folder import StudyFolder

        command(study=StudyFolder(path, storage), **options)

    return with_study


workers_option = click.option(
    "--workers", metavar="N", type=COUNT, default=1, show_default=True, help="Trainings at a time."
)

devices_option = click.option(
    "--devices",
    metavar="LIST",
    type=_Devices(),
    default=(),
    help="cuda:0,cuda:1: taken in turn [the settings'].",
)


def open_optuna() -> None:
    """Imports Optuna.

    Raises:
        GanzooError: it is not installed.
    """
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise GanzooError(
            f"studies need the extra `study` ({error}): pip install 'ganzoo-torch[study]'"
        ) from None


def read_study(study: StudyFolder) -> StudySummary:
    """A study and what came of it so far.

    Raises:
        UsageError: there is none at this path.
        GanzooError: it is damaged, or Optuna is not installed.
    """
    study.read()
    open_optuna()
    from ganzoo.study.summary import summarise

    return summarise(study)
