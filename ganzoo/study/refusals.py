"""What a study refuses before anything is trained: impossible or equal variants, options that contradict."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ganzoo.errors import GanzooError, UsageError
from ganzoo.settings.configuration import RUN, Configuration
from ganzoo.study.axes import Axis, RangeAxis
from ganzoo.study.design import Design


def require_possible(design: Design) -> None:
    """Refuses a study of which a combination is impossible or is there twice, before anything is trained.

    Raises:
        UsageError: it names all that are impossible, each with the reason; or two that are the same.
    """
    problems = []
    found: dict[str, Configuration] = {}
    for variant in design.variants:
        try:
            found[variant.label] = design.resolved(variant.values, {f"{RUN}.evaluate_every": 1})
        except GanzooError as error:
            problems.append((variant.label, UsageError(str(error))))
    if len({str(problem) for _, problem in problems}) == 1 and len(problems) == len(design.variants):
        raise problems[0][1]
    if problems:
        raise refusal(problems)
    if design.is_paired and not design.is_search:
        _require_different(found)


def _require_different(configurations: Mapping[str, Configuration]) -> None:
    for (first, one), (second, other) in itertools.combinations(configurations.items(), 2):
        if one.to_json() == other.to_json():
            raise UsageError(
                f"the variants {first} and {second} have the same settings, so that each seed would give the "
                "same training twice\n"
                "change one of them, or take it out; to see what luck alone does, --unpaired gives every "
                "training a seed of its own"
            )


def refusal(problems: Sequence[tuple[str, GanzooError]]) -> GanzooError:
    """What is said of combinations that are impossible, or fail for another reason, each with the reason."""
    are_impossible = all(isinstance(problem, UsageError) for _, problem in problems)
    why = "are impossible" if are_impossible else "failed in their first steps"
    lines = [f"{label}: {problem}" for label, problem in problems]
    text = "\n".join([f"nothing was trained, since some combinations {why}", *lines])
    return UsageError(text) if are_impossible else GanzooError(text)


def require_search(
    axes: tuple[Axis, ...], trials: int | None, is_pruned: bool, is_paired: bool = True
) -> None:
    """Refuses ranges without a number of trials, and what only a search has without one.

    Raises:
        UsageError: the options don't go together.
    """
    if trials is None and (ranges := [axis.key for axis in axes if isinstance(axis, RangeAxis)]):
        raise UsageError(f"{ranges[0]} is a range, which is searched: say how long with --trials 30")
    if trials is None and is_pruned:
        raise UsageError(
            "--prune is for a search, with --trials: a comparison trains every variant to its end"
        )
    if trials is not None and not is_paired:
        raise UsageError("--unpaired is for a comparison: a search has one training of each combination")
