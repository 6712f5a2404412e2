"""Optuna's storage of a study: a journal in its folder, or a database; `optuna-dashboard` reads either."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.names import metric_named
from ganzoo.files import require_file
from ganzoo.study.axes import Axis, RangeAxis
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyFolder
from ganzoo.study.locks import JournalLock
from ganzoo.text import printable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_NAME: Final = "ganzoo"
"""What Optuna calls the only study of a journal."""

_MOST: Final = 2**27
"""Bytes of a journal; a training has a few thousand."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


def begin_study(folder: StudyFolder, design: Design, name: str) -> optuna.Study:
    """Begins the study of a new folder in its storage.

    Args:
        folder: of the study.
        design: of the study.
        name: what a database calls it.

    Raises:
        UsageError: the database has a study of this name, or its URL is none.
        GanzooError: the storage can't be used.
    """
    is_lower_better = metric_named(design.metrics[0]).is_lower_better
    with refused(folder):
        try:
            return optuna.create_study(
                storage=_journal(folder) if folder.database is None else _database(folder.database, True),
                study_name=_NAME if folder.database is None else name,
                direction="minimize" if is_lower_better else "maximize",
                sampler=_sampler(design),
                pruner=_pruner(design),
            )
        except optuna.exceptions.DuplicatedStudyError:
            raise _taken(folder, name) from None


def require_free(folder: StudyFolder, name: str) -> None:
    """Refuses a database that can't take a new study, before anything is measured for it; it may be made.

    Args:
        folder: of the study.
        name: what the database is to call it.

    Raises:
        UsageError: the database has a study of this name, or its URL is none.
        GanzooError: it can't be used.
    """
    if folder.database is not None:
        with refused(folder):
            if name in optuna.get_all_study_names(_database(folder.database, True)):
                raise _taken(folder, name)


def _taken(folder: StudyFolder, name: str) -> UsageError:
    return UsageError(
        f"{_place(folder)} has a study {name!r} already, and a study is called as its folder; "
        "choose another folder with --out"
    )


def open_study(folder: StudyFolder, design: Design) -> optuna.Study:
    """Opens what `begin_study` has begun, and writes nothing: it may be where nobody may write.

    Raises:
        UsageError: the storage isn't there.
        GanzooError: the storage can't be used, or is damaged.
    """
    is_in_journal = folder.database is None
    if is_in_journal and not os.path.lexists(folder.journal):
        raise UsageError(
            f"{folder.path} has no journal.log; if a database keeps its trainings, say which: --storage URL, "
            "or set GANZOO_STUDY_STORAGE"
        )
    with refused(folder):
        try:
            return optuna.load_study(
                storage=_journal(folder) if folder.database is None else _database(folder.database, False),
                study_name=_NAME if is_in_journal else folder.name,
                sampler=_sampler(design),
                pruner=_pruner(design),
            )
        except KeyError:
            if is_in_journal:
                raise ValueError("it holds no study of this name") from None
            raise UsageError(
                f"{_place(folder)} has no study {folder.name!r}; a study is called as its folder was when it "
                "was made"
            ) from None


@contextlib.contextmanager
def refused(folder: StudyFolder) -> Iterator[None]:
    """Says in words what Optuna says of a storage that is a stranger's, was edited or is away: any error at
    all.
    """
    try:
        yield
    except GanzooError:
        raise
    except OSError as error:
        raise GanzooError(f"{_place(folder)} can't be used: {error.strerror or error}") from error
    except Exception as error:
        reason = printable(f"{type(error).__name__} {error}", 200)
        what = "is damaged" if folder.database is None else "can't be used"
        raise GanzooError(f"{_place(folder)} {what}: {reason}") from error


def _place(folder: StudyFolder) -> str:
    """The storage as people are told of it, without a password."""
    if folder.database is None:
        return str(folder.journal)
    return f"the database {_parsed(folder.database).render_as_string(hide_password=True)}"


def _parsed(url: str) -> URL:
    """A URL as SQLAlchemy reads it.

    Raises:
        UsageError: it is none.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the text may hold a password
        raise UsageError(
            "--storage takes the URL of a database, such as sqlite:///studies.db or "
            "postgresql://user@host/studies"
        ) from None


def _journal(folder: StudyFolder) -> BaseStorage:
    if os.path.lexists(folder.journal):
        require_file(folder.journal, _MOST)
    lock: Any = JournalLock(folder.lock("journal"), folder.journal)
    return JournalStorage(JournalFileBackend(str(folder.journal), lock_obj=lock))


def _database(url: str, is_new: bool) -> BaseStorage:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and not is_new and not Path(parsed.database or "").is_file():
        raise UsageError(f"there is no database {parsed.database}")  # which SQLite would make, empty
    return optuna.storages.RDBStorage(url, skip_table_creation=not is_new)


def _pruner(design: Design) -> optuna.pruners.BasePruner:
    return optuna.pruners.SuccessiveHalvingPruner() if design.is_pruned else optuna.pruners.NopPruner()


def _sampler(design: Design) -> optuna.samplers.BaseSampler:
    if design.is_search:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.TPESampler(
                constant_liar=True
            )  # unseeded: workers must not all try the same
    return optuna.samplers.RandomSampler(seed=0)  # it is never asked: every training waits already


def distribution(axis: Axis) -> BaseDistribution:
    """What varies as Optuna's samplers know it."""
    if not isinstance(axis, RangeAxis):
        return CategoricalDistribution(axis.ends)
    if axis.is_whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.is_logarithmic)
    return FloatDistribution(axis.low, axis.high, log=axis.is_logarithmic)
