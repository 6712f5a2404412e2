"""The trainings of a study and their states, kept by Optuna: what waits, what is trained, what has ended.

Of a comparison every training waits in the order that the design gives; of a search the sampler chooses the
next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import FileIO
from typing import Any, Final

import optuna
from optuna.distributions import IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.study.axes import shown
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyFolder, training_name
from ganzoo.study.locks import locked, try_lock
from ganzoo.study.storage import begin_study, distribution, open_study, refused
from ganzoo.study.variants import VARIANT_NAME, Variant
from ganzoo.text import brief, printable

_MOST_MEMORY: Final = 2**60
"""Bytes that no process has held."""

_SEED: Final = "seed"
_VARIANT: Final = "variant"


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
        folder: of the study.
        design: of the study.
        study: as Optuna has it; None: the folder's storage is opened.

    Raises:
        UsageError: the storage isn't there.
        GanzooError: it can't be read, or is damaged.
    """

    def __init__(self, folder: StudyFolder, design: Design, study: optuna.Study | None = None) -> None:
        self._folder, self._design = folder, design
        self._study = study or open_study(folder, design)

    @classmethod
    def begin(cls, folder: StudyFolder, design: Design, name: str) -> Queue:
        """The queue of a new study, empty as yet.

        Args:
            folder: of the study.
            design: of the study.
            name: what a database calls it.

        Raises:
            UsageError: the database has a study of this name, or its URL is none.
            GanzooError: the storage can't be used.
        """
        return cls(folder, design, begin_study(folder, design, name))

    def add(self, trainings: Iterable[tuple[Variant, int]]) -> None:
        """Lets these trainings wait, after those that do."""
        keys = [axis.key for axis in self._design.axes]
        ranges = {axis.key: distribution(axis) for axis in self._design.axes}
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
            GanzooError: the storage is damaged.
        """
        with refused(self._folder):
            return [self._entry(trial) for trial in self._study.get_trials(deepcopy=False)]

    def claim(self) -> Claim | None:
        """The next training for this worker; None where none is left that nobody has.

        First one whose worker has gone, then the next that waits.

        Raises:
            GanzooError: the storage is damaged, or the folder can't be written.
        """
        with locked(self._folder.lock("claims")), refused(self._folder):
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
        axes = {shown(axis.key): distribution(axis) for axis in self._design.axes}
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
            raise ValueError(f"{brief(name)} is no name of a variant")
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
