"""The cells of a benchmark on a machine that was looked at, and those among them that can't be measured.

Importable without torch: what only torch can tell, a process of its own is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ganzoo.benchmark.measure import rows
from ganzoo.benchmark.measure.cells import (
    DEFAULT_IMAGES,
    OVERVIEW_ON_CPU,
    THOROUGH,
    TRAINS,
    Axes,
    Cell,
    ModelChoice,
    Thoroughness,
    cells,
    concerning,
    sources,
)
from ganzoo.benchmark.measure.choices import Sweep, require_fitting
from ganzoo.benchmark.measure.tasks import Answer, Prepare, Prepared, Probed
from ganzoo.errors import UsageError
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run, and how thoroughly."""

    choices: tuple[ModelChoice, ...]
    axes: Axes
    device: str
    launches: int | None
    """None: as the thoroughness says."""
    max_time: float | None
    """Seconds of samples for a cell, over all its launches; None: its share of the budget."""
    seed: int
    kernels: bool
    is_overview: bool
    """Whether all installed models are measured because none was named."""
    processor_time: bool = False
    """Whether times are those of the processor; of a CPU alone."""

    def thoroughness(self, probed: Probed) -> Thoroughness:
        """How much is measured where nothing is said."""
        return OVERVIEW_ON_CPU if self.is_overview and probed.device_type == "cpu" else THOROUGH


@dataclass(frozen=True)
class Planned:
    """A cell, and whether it can be measured."""

    cell: Cell
    asked: Mapping[str, str]
    """The combination of `Axes.sweep` that it is of, as far as its phase depends on it."""
    refusal: str | None
    """Why it can't; None where nothing speaks against it so far."""

    @property
    def training(self) -> tuple[Any, ...]:
        """What is equal for cells of one training that differ in batch, image or layout alone."""
        return self.cell.model, *map(str, (self.cell.components, self.cell.named))


def plan_cells(plan: Plan, probed: Probed) -> list[Planned]:
    """The cells of a plan, each once: in some phases what was chosen changes nothing."""
    found: dict[tuple[Any, ...], Planned] = {}
    for choice, image in zip(plan.choices, probed.images, strict=True):
        for cell in _cells_of(plan, probed, choice, image):
            if choice.refusal and cell.named != choice.named:
                continue  # in this phase it is another choice's cell
            refusal = probed.refusals.get(cell.precision) or choice.refusal or _refusal(cell)
            planned = Planned(cell, concerning(cell.phase, choice.asked), _first_line(refusal))
            found.setdefault(rows.key_of(cell, "", None).identity, planned)
    return list(found.values())


def checked(planned: Sequence[Planned], sweep: Sweep, ask: Callable[[Prepare], Answer]) -> list[Planned]:
    """Has every training with settings of its own prepared once, as `ganzoo train` does, and notes refusals.

    Raises:
        UsageError: a value that was asked for fits no row.
    """
    todo: dict[tuple[Any, ...], Cell] = {}
    for each in planned:
        if each.cell.settings and each.cell.phase in TRAINS and each.refusal is None:
            todo.setdefault(each.training, each.cell)
    refusals: dict[tuple[Any, ...], str | None] = {}
    if todo:
        answer = ask(Prepare(cells=tuple(todo.values())))
        if isinstance(answer, Prepared):
            refusals = dict(zip(todo, answer.refusals, strict=True))
    known = [
        replace(each, refusal=each.refusal or _first_line(refusals.get(each.training)))
        if each.cell.phase in TRAINS
        else each
        for each in planned
    ]
    require_fitting([(each.asked, each.refusal) for each in known], sweep)
    return known


def _first_line(reason: str | None) -> str | None:
    return None if reason is None else reason.splitlines()[0]


def _cells_of(plan: Plan, probed: Probed, choice: ModelChoice, image: str | None) -> Iterator[Cell]:
    axes = plan.axes
    has_data = f"dataset.{NAME}" in choice.settings  # whose images are as they are
    names = axes.precisions or (choice.precision,)
    return cells(
        choice,
        axes,
        images=(not has_data and axes.images) or (DEFAULT_IMAGES[0] if image is None else image,),
        batch_sizes=axes.batch_sizes or (choice.batch_size or plan.thoroughness(probed).batch_size,),
        precisions=tuple(dict.fromkeys(probed.precisions.get(name, name) for name in names)),
        device=plan.device if plan.device != "auto" else probed.device_type,
        seed=plan.seed,
    )


def _refusal(cell: Cell) -> str | None:
    """Why the settings of a cell don't go together, such as a batch that can't be cut into its parts."""
    if not cell.settings:
        return None
    try:
        resolve(*sources(cell))
    except UsageError as error:
        return str(error)
    return None
