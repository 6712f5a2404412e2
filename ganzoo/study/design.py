"""The design of a study: what varies, on what basis, how often, how long, and how it is judged."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.evaluation.names import known_metrics
from ganzoo.evaluation.selection import protocol_of, require_known_goal, selection_of
from ganzoo.settings.configuration import RUN, TRAINING, Configuration
from ganzoo.settings.goal import parse_goal
from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.settings.merging import resolve
from ganzoo.settings.recipes import NO_RECIPE, RECIPE
from ganzoo.settings.training import TrainingSettings
from ganzoo.study.axes import Axis, axis_from_json, axis_to_json
from ganzoo.study.budget import Budget
from ganzoo.study.variants import Variant, combinations
from ganzoo.text import brief

TIME_TO_QUALITY: Final = "seconds-to-quality"
"""The quantity of a study whose budget has a goal: seconds of training until it is met."""

MARGIN: Final = 0.05
"""The share of its mean within which a quantity counts as practically the same."""

_RECIPE: Final = f"model.{RECIPE}"

_LOG_EVERY: Final = 50
"""Steps between lines of losses in a long training."""

RHYTHM: Final = tuple(
    f"{RUN}.{name}"
    for name in ("evaluate_every", "sample_every", "checkpoint_every", "log_every", "keep_checkpoints")
)
"""How often a training is evaluated and so on: a study decides it where nobody does."""

_CHECKPOINT_SECONDS: Final = 120.0
"""A killed training loses no more than this."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """All that decides what a study does."""

    file: Mapping[str, Any]
    """The settings of `--base`, `"section.key"` to value; of a finished run without its rhythm."""
    given: Mapping[str, Any]
    """The settings of the command, which win over the file's."""
    axes: tuple[Axis, ...]
    seeds: int
    """Trainings of each variant, of the seeds 0, 1, ...; a search has one of each trial, of seed 0."""
    budget: Budget
    metrics: tuple[str, ...]
    """The metrics that are judged; a search goes after the first."""
    margin: float = MARGIN
    evaluations: int = 5
    """Of each training, the last of them at its end."""
    threads: int = 1
    """Of each training."""
    trials: int | None = None
    """How many combinations a search tries; None where every combination is trained."""
    is_pruned: bool = False
    """Whether a search gives up what looks worse than others early."""
    is_paired: bool = True
    """Whether all variants of a seed are trained with that seed; otherwise each has seeds of its own."""

    @property
    def is_search(self) -> bool:
        """Whether combinations are chosen one after another."""
        return self.trials is not None

    @property
    def variants(self) -> list[Variant]:
        """Every combination; of a search, those of the ends of its ranges, which are checked and measured."""
        return combinations(self.axes)

    @property
    def trainings(self) -> int:
        """How many it has in all."""
        return self.trials or self.seeds * len(self.variants)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is compared: the metrics, and the time to quality where the budget has a goal."""
        return self.metrics + (() if self.budget.goal is None else (TIME_TO_QUALITY,))

    def order(self, first: int = 0) -> list[tuple[Variant, int]]:
        """The trainings with seeds from `first` on: all variants of a seed, shuffled, then the next."""
        order = []
        for seed in range(first, self.seeds):
            variants = self.variants
            random.Random(seed).shuffle(variants)
            order += [(variant, seed) for variant in variants]
        return order

    def training_seed(self, variant: str, seed: int) -> int:
        """The seed that a training of a variant, by name, gets for one of the study's seeds.

        Unpaired, no two trainings have the same; more seeds leave those of the first ones as they are.
        """
        if self.is_paired:
            return seed
        names = [each.name for each in self.variants]
        return seed * len(names) + names.index(variant)

    def resolved(self, values: Mapping[str, str], rhythm: Mapping[str, Any]) -> Configuration:
        """The configuration of a variant.

        Args:
            values: of what varies.
            rhythm: how often a training is evaluated and so on, where the user doesn't say.

        Raises:
            UsageError: this is no combination.
        """
        chosen = [axis.settings_of(values[axis.key]) for axis in self.axes]
        sources = [self.file, self.given, *chosen]
        # What names another model drops what was said of the former, but one recipe is asked of all.
        recipes = [source[_RECIPE] for source in sources if source.get(_RECIPE, NO_RECIPE) != NO_RECIPE]
        sources += [{_RECIPE: recipe} for recipe in recipes[-1:]]
        before = resolve(*sources).training
        assert before is not None, "the configuration is of a training"
        ends: dict[str, Any] = {
            f"{TRAINING}.max_steps": None,
            f"{RUN}.max_seconds": None,
            f"{RUN}.max_processor_seconds": None,
            f"{RUN}.until": None,
        }
        typed = {key: value for source in sources for key, value in source.items() if key in rhythm}
        own = ends | dict(rhythm) | typed
        configuration = resolve(*sources, own | self.budget.settings(before.images_per_step))
        selection_of(configuration)
        protocol_of(configuration)
        require_known_goal(configuration)
        return configuration

    def rhythm(self, training: TrainingSettings, step_seconds: float) -> dict[str, Any]:
        """How often a training is evaluated, drawn, logged and written, for so many seconds a step."""
        steps = self.budget.steps(training.images_per_step, step_seconds)
        every = max(1, -(-steps // self.evaluations))
        if every > _LOG_EVERY:
            every = _LOG_EVERY * max(1, round(every / _LOG_EVERY))  # each evaluation has its line of losses
        rhythm: dict[str, Any] = {
            f"{RUN}.evaluate_every": every,
            f"{RUN}.sample_every": every,
            f"{RUN}.checkpoint_every": max(1, min(every, int(_CHECKPOINT_SECONDS / max(step_seconds, 1e-9)))),
            f"{RUN}.log_every": min(every, _LOG_EVERY),
            f"{RUN}.keep_checkpoints": 1,
        }
        if self.budget.is_time and training.schedule_images is None:
            # A schedule as long as the training needs to know how long that is.
            rhythm[f"{TRAINING}.schedule_images"] = steps * training.images_per_step
        return rhythm

    def to_json(self) -> dict[str, Any]:
        """The design as `design_from_json` reads it."""
        goal = self.budget.goal
        return vars(self) | {
            "axes": [axis_to_json(axis) for axis in self.axes],
            "metrics": list(self.metrics),
            "budget": {"kind": self.budget.kind, "amount": self.budget.amount, "goal": goal and str(goal)},
        }

    def with_seeds(self, seeds: int) -> Design:
        """The same with more seeds.

        Raises:
            UsageError: there are as many already, or it is a search.
        """
        if self.is_search:
            raise UsageError(
                "a search has no seeds; compare its best in a study of their own: ganzoo study ..."
            )
        if seeds <= self.seeds:
            raise UsageError(f"the study has {self.seeds} seeds already; --seeds takes the new number of all")
        return replace(self, seeds=seeds)


_WRITTEN: Final[Mapping[str, Any]] = {
    "file": dict, "given": dict, "axes": list, "seeds": int, "metrics": list, "margin": int | float,
    "evaluations": int, "threads": int, "trials": int | None, "is_pruned": bool,
    "is_paired": bool,
}  # fmt: skip
"""What study.json has under each name."""


def design_from_json(written: Mapping[str, Any]) -> Design:
    """Reads what `Design.to_json` has written; something else raises any error."""
    budget = dict(written["budget"])
    goal = budget.pop("goal")
    for name, kinds in _WRITTEN.items():
        if not isinstance(written.get(name, getattr(Design, name, None)), kinds):
            raise TypeError(f"{name} is {brief(written.get(name))}")
    if not written["metrics"] or not all(name in known_metrics() for name in written["metrics"]):
        raise ValueError(f"metrics are {brief(written['metrics'])}")
    if not 0 < written["seeds"] <= LARGEST_COUNT:
        raise ValueError(f"seeds is {brief(written['seeds'])}")
    if not 0 <= written.get("margin", MARGIN) <= 1:
        raise ValueError(f"margin is {brief(written['margin'])}, not a share")
    return Design(**{
        **written,
        "axes": tuple(map(axis_from_json, written["axes"])),
        "metrics": tuple(written["metrics"]),
        "budget": Budget(**budget, goal=None if goal is None else parse_goal(goal)),
    })  # fmt: skip
