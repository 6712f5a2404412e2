"""The trainings of a study and their states, kept by Optuna: what waits, what is trained, what has ended.

Optuna's storage is a journal in the study's folder, which `optuna-dashboard` reads. Of a comparison every
training waits in the order that the design gives; of a search the sampler chooses the next one.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState, create_trial

from ganzoo.errors import GanzooError
from ganzoo.evaluation.names import metric_named
from ganzoo.files import require_file
from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.study.axes import VARIANT_NAME, Axis, ChoiceAxis, Variant, shown
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyFolder, training_name
from ganzoo.study.locks import JournalLock, locked, try_lock
from ganzoo.text import brief, printable

_NAME: Final = "ganzoo"
"""What Optuna calls the only study of a journal."""

_MOST: Final = 2**27
"""Bytes of a journal; a training has a few thousand."""

_MOST_MEMORY: Final = 2**60
"""Bytes that no process has held."""

_SEED: Final = "seed"
_VARIANT: Final = "variant"

optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class QueuedTraining:
    """A training as the storage knows it."""

    number: int
    variant: Variant
    seed: int
    state: str
    """"waiting", "running", "finished", "failed" or "pruned"."""
    problem: str | None
    """Why it failed."""
    peak_bytes: int | None
    deaths: int
    """How often its process was killed while its worker lived."""
    judged: int
    """How many of its evaluations the pruner knows."""

    @property
    def name(self) -> str:
        """Of its folder."""
        return training_name(self.variant.name, self.seed)


_STATES: Final = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "finished",
    TrialState.FAIL: "failed",
    TrialState.PRUNED: "pruned",
}


@dataclass(frozen=True)
class Claim:
    """A training that this worker alone has."""

    entry: QueuedTraining
    trial: optuna.Trial
    lock: FileIO
    """Locked as long as it is open, here or in a process that inherits it."""


class Queue:
    """The trainings of a study.

    Args:
        folder: of the study; its journal is begun where there is none.
        design: of the study.

    Raises:
        GanzooError: the journal can't be read, or is damaged.
    """

    def __init__(self, folder: StudyFolder, design: Design) -> None:
        self._folder, self._design = folder, design
        lock: Any = JournalLock(folder.lock("journal"), folder.journal)
        is_lower_better = metric_named(design.metrics[0]).is_lower_better
        with _damage(folder):
            if os.path.lexists(folder.journal):
                require_file(folder.journal, _MOST)
            storage = JournalStorage(JournalFileBackend(str(folder.journal), lock_obj=lock))
            sampler, pruner = _sampler(design), _pruner(design)
            try:  # which writes nothing: a study is read in folders where nobody may write
                self._study = optuna.load_study(
                    study_name=_NAME, storage=storage, sampler=sampler, pruner=pruner
                )
            except KeyError:
                if folder.journal.stat().st_size:
                    raise ValueError("it holds no study of this name") from None
                self._study = optuna.create_study(
                    storage=storage,
                    study_name=_NAME,
                    direction="minimize" if is_lower_better else "maximize",
                    sampler=sampler,
                    pruner=pruner,
                    load_if_exists=True,
                )

    def add(self, trainings: Iterable[tuple[Variant, int]]) -> None:
        """Lets these trainings wait, after those that do."""
        keys = [axis.key for axis in self._design.axes]
        ranges = {axis.key: _distribution(axis) for axis in self._design.axes}
        for variant, seed in trainings:
            self._study.add_trial(
                create_trial(
                    state=TrialState.WAITING,
                    params={**{shown(key): variant.values[key] for key in keys}, _SEED: seed},
                    distributions={
                        **{shown(key): ranges[key] for key in keys},
                        _SEED: IntDistribution(0, LARGEST_COUNT),
                    },
                    user_attrs={_VARIANT: variant.name},
                )
            )

    def entries(self) -> list[QueuedTraining]:
        """Every training, in the order of the queue.

        Raises:
            GanzooError: the journal is damaged.
        """
        with _damage(self._folder):
            return [self._entry(trial) for trial in self._study.get_trials(deepcopy=False)]

    def claim(self) -> Claim | None:
        """The next training for this worker; None where none is left that nobody has.

        First one whose worker has gone, then the next that waits.

        Raises:
            GanzooError: the journal is damaged, or the folder can't be written.
        """
        with locked(self._folder.lock("claims")), _damage(self._folder):
            for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                entry = self._entry(trial)
                lock = try_lock(self._folder.lock(entry.name))
                if lock is not None:
                    return Claim(entry, self._live(trial), lock)
            taken = self._next()
            if taken is None:
                return None
            entry = self._entry(self._frozen(taken.number))
            lock = try_lock(self._folder.lock(entry.name))
            assert lock is not None, "nobody else knows of it"
            return Claim(entry, taken, lock)

    def _next(self) -> optuna.Trial | None:
        if not self._design.is_search:
            waiting = self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
            return self._study.ask() if waiting else None
        assert self._design.trials is not None, "a search has a number of trials"
        if len(self._study.get_trials(deepcopy=False)) >= self._design.trials:
            return None
        axes = {shown(axis.key): _distribution(axis) for axis in self._design.axes}
        return self._study.ask({**axes, _SEED: IntDistribution(0, 0)})

    def finish(self, claim: Claim, value: float, peak_bytes: int | None) -> None:
        """Notes that a training has ended, with the figure that is judged first."""
        self._note_memory(claim, peak_bytes)
        self._study.tell(claim.trial, value)

    def fail(self, claim: Claim, problem: str, peak_bytes: int | None) -> None:
        """Notes that a training has failed; that is a result, and it is not tried again."""
        self._note_memory(claim, peak_bytes)
        claim.trial.set_user_attr("problem", problem)
        self._study.tell(claim.trial, state=TrialState.FAIL)

    def prune(self, claim: Claim) -> None:
        """Notes that a training was given up."""
        self._study.tell(claim.trial, state=TrialState.PRUNED)

    def mourn(self, claim: Claim) -> int:
        """Notes that the process of a training was killed; returns how often that was."""
        deaths = claim.entry.deaths + 1
        claim.trial.set_user_attr("deaths", deaths)
        return deaths

    def _note_memory(self, claim: Claim, peak_bytes: int | None) -> None:
        before = claim.entry.peak_bytes
        if peak_bytes is not None and (before is None or peak_bytes > before):
            claim.trial.set_user_attr("peak_bytes", peak_bytes)

    def _frozen(self, number: int) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[number]

    def _live(self, trial: FrozenTrial) -> optuna.Trial:
        return optuna.Trial(self._study, trial._trial_id)

    def _entry(self, trial: FrozenTrial) -> QueuedTraining:
        attributes: Mapping[str, Any] = trial.user_attrs
        values = {}
        for axis in self._design.axes:
            value = trial.params.get(shown(axis.key))
            values[axis.key] = printable(value) if isinstance(value, str) else repr(value)
        name = str(attributes.get(_VARIANT, f"trial-{trial.number:03d}"))
        if not VARIANT_NAME.fullmatch(name):  # the study may be a stranger's, and this becomes a path
            raise GanzooError(f"{self._folder.journal} is damaged: {brief(name)} is no name of a variant")
        problem, peak_bytes = attributes.get("problem"), attributes.get("peak_bytes")
        is_size = peak_bytes is None or (type(peak_bytes) is int and 0 <= peak_bytes < _MOST_MEMORY)
        if not isinstance(problem, str | None) or not is_size:
            raise ValueError(f"what trial {trial.number} ended with is neither a text nor a size")
        return QueuedTraining(
            number=trial.number,
            variant=Variant(name, values),
            seed=int(trial.params.get(_SEED, 0)),
            state=_STATES[trial.state],
            problem=problem,
            peak_bytes=peak_bytes,
            deaths=int(attributes.get("deaths", 0)),
            judged=len(trial.intermediate_values),
        )


@contextlib.contextmanager
def _damage(folder: StudyFolder) -> Iterator[None]:
    """Says in words what Optuna says of a journal that is a stranger's, or was edited: any error at all."""
    try:
        yield
    except GanzooError:
        raise
    except OSError as error:
        raise GanzooError(f"{folder.journal} can't be used: {error.strerror or error}") from error
    except Exception as error:
        reason = printable(f"{type(error).__name__} {error}", 200)
        raise GanzooError(f"{folder.journal} is damaged: {reason}") from error


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


def _distribution(axis: Axis) -> BaseDistribution:
    if isinstance(axis, ChoiceAxis):
        return CategoricalDistribution(axis.values)
    if axis.is_whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.is_logarithmic)
    return FloatDistribution(axis.low, axis.high, log=axis.is_logarithmic)
