"""Making a study: every combination checked and measured before the folder is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.names import NEEDS, metric_named
from ganzoo.folders import new_folder
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import RUN
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder, training_name, without_option
from ganzoo.study.locks import locked
from ganzoo.study.outcomes import figures_of
from ganzoo.study.prediction import Cost, detectable, predicted, try_out
from ganzoo.study.processes import interruptible
from ganzoo.study.queue import Queue
from ganzoo.study.refusals import refusal, require_possible
from ganzoo.study.storage import require_free
from ganzoo.study.variants import Variant

_FIRST: Final = {f"{RUN}.evaluate_every": 1}
"""The rhythm of a short trial, which has its own."""

Tell = Callable[[str], None]


def create(
    folder: StudyFolder, design: Design, *, command: Sequence[str], environment: Mapping[str, Any],
    workers: int, device: str | None, tell: Tell,
) -> None:  # fmt: skip
    """Makes the folder of a study, its trainings waiting; nothing is trained but a few steps of each variant.

    Args:
        folder: new, or empty; with the URL of a database if that is to keep the trainings' states.
        design: of the study.
        command: the words that made it, without `ganzoo`.
        environment: what `ganzoo env` says.
        workers: how many trainings at a time the prediction is for.
        device: where the few steps are taken; None: where the settings say.
        tell: is told of the few steps and what they predict.

    Raises:
        UsageError: a combination is impossible, or there is something at the path, or such a study in the
            database, already.
        GanzooError: the disk or the database refuses.
    """
    require_possible(design)
    require_free(folder, folder.name)
    with interruptible(), new_folder(folder.path, kept="a study is never overwritten") as temporary:
        draft = replace(folder, path=temporary)
        costs = _measured(draft, design, device, tell)
        steps: dict[str, int] = {}
        for variant in design.variants:
            seconds = _step_seconds(variant, costs, design.budget.clock)
            training = design.resolved(variant.values, _FIRST).training
            assert training is not None, "the configuration is of a training"
            rhythm = design.rhythm(training, seconds)
            steps[variant.name] = design.budget.steps(training.images_per_step, seconds)
            if not design.is_search:
                draft.write_configuration(variant.name, design.resolved(variant.values, rhythm))
            else:
                draft.configuration(variant.name).unlink()
        words = without_option(command, "--storage")
        draft.write(StudyDescription(design=design, costs=costs, command=words, environment=environment))
        queue = Queue.begin(draft, design, folder.name)
        if not design.is_search:
            queue.add(design.order())
    _tell_prediction(design, costs, steps, workers, tell)


def _measured(draft: StudyFolder, design: Design, device: str | None, tell: Tell) -> dict[str, Cost | None]:
    """What each variant costs; None where it diverges at once.

    Raises:
        UsageError: variants are impossible, with the reasons.
        GanzooError: one fails in its first steps for another reason, such as a full disk.
    """
    costs: dict[str, Cost | None] = {}
    problems: list[tuple[str, GanzooError]] = []
    for variant in design.variants:
        tell(f"a few steps of {variant.label}")
        draft.write_configuration(variant.name, design.resolved(variant.values, _FIRST))
        folder = draft.path / "short" / variant.name
        costs[variant.name], problem = try_out(
            draft.configuration(variant.name), folder, design.threads, device
        )
        if costs[variant.name] is not None:
            problem = _unjudged(Run(folder / "run"), design)
        if problem:
            problems.append((variant.label, problem))
    if problems:
        raise refusal(problems)
    shutil.rmtree(draft.path / "short", ignore_errors=True)
    return costs


def _unjudged(run: Run, design: Design) -> UsageError | None:
    """What is said of a variant whose evaluations don't have what the study judges it by."""
    figures = [figures_of(line) for line in run.read_metrics("evaluation")][-1:]
    goal = design.budget.goal
    for metric in (*design.metrics, *(() if goal is None else (goal.metric,))):
        if not any(metric in each for each in figures):
            needs = "; ".join(NEEDS[need] for need in metric_named(metric).needs)
            return UsageError(
                f"its evaluations give no {metric}" + (f", which needs {needs}" if needs else "")
            )
    return None


def _step_seconds(variant: Variant, costs: Mapping[str, Cost | None], clock: str) -> float:
    """Seconds of a step by a budget's clock; of a variant that diverged those of the slowest other one."""
    cost = costs[variant.name]
    if cost is not None:
        return cost.step_by(clock)
    return max((each.step_by(clock) for each in costs.values() if each is not None), default=1.0)


def _tell_prediction(
    design: Design, costs: Mapping[str, Cost | None], steps: Mapping[str, int], workers: int, tell: Tell
) -> None:
    workers = min(workers, design.trainings)
    for variant in design.variants:
        if costs[variant.name] is None:
            tell(f"{variant.label} diverged within its first steps: that will be its result")
    if design.is_search:
        assert design.trials is not None, "a search has a number of trials"
        slowest = max(costs, key=lambda name: cost.step_seconds if (cost := costs[name]) is not None else 0.0)
        tell(
            predicted({slowest: costs[slowest]}, steps, design.trials, design.evaluations, workers)
            + " at most"
        )
        return
    tell(predicted(costs, steps, design.seeds, design.evaluations, workers))
    pairs = len(costs) * (len(costs) - 1) // 2 * len(design.quantities)
    tell(detectable(design.seeds, max(1, pairs)))


def extend(folder: StudyFolder, seeds: int) -> int:
    """Lets trainings of further seeds wait.

    Args:
        folder: the study.
        seeds: the new number of all.

    Returns:
        How many trainings were added.

    Raises:
        UsageError: the study has as many already, or is a search.
    """
    with locked(folder.lock("extending")):  # two at once would add the same trainings
        description = folder.read()
        design = description.design.with_seeds(seeds)
        added = design.order(description.design.seeds)
        # The trainings first: what study.json promises must be there after a kill in between.
        queue = Queue(folder, design)
        known = {entry.name for entry in queue.entries()}
        queue.add([each for each in added if training_name(each[0].name, each[1]) not in known])
        folder.write(replace(description, design=design))
    return len(added)
