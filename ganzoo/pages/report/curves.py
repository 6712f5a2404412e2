"""The charts of a report: which metrics share one, how to read them, and the curves of each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ganzoo.pages.report.history import History, is_number
from ganzoo.text import printable

_EVALUATIONS: Final = 12
"""The most figures of evaluations that get a chart."""

_OTHERS: Final = 24
"""The most metrics that get a chart without being known here."""


@dataclass(frozen=True)
class ChartSubject:
    """What a chart shows: its metrics, and how to read them."""

    title: str
    keys: tuple[str, ...]
    """The metrics, by their names in metrics.jsonl."""
    meaning: str
    is_logarithmic: bool = False


SUBJECTS: Final = (
    ChartSubject(
        "Losses",
        ("discriminator_loss", "generator_loss"),
        "Two players: neither loss is to reach zero, and a smaller one is no better picture.",
    ),
    ChartSubject("Penalty", ("penalty",), "The regularisation's part of the discriminator's loss."),
    ChartSubject(
        "Discriminator's loss as a share",
        ("discriminator_share",),
        "Of its loss when it can't tell real from generated: near 1 it can't, near 0 it has won.",
    ),
    ChartSubject(
        "Diversity",
        ("diversity", "class_diversity"),
        "Spread of generated images, of a batch and within classes, as a share of that of real ones: near 1 "
        "is as varied, near 0 is mode collapse.",
    ),
    ChartSubject(
        "Saturated pixels",
        ("saturation", "real_saturation"),
        "Share of pixels at the ends of their range, generated and real: they should come to agree.",
    ),
    ChartSubject(
        "Gradients",
        ("generator_gradient", "discriminator_gradient"),
        "Euclidean norms, on a logarithmic scale: neither should vanish or explode.",
        is_logarithmic=True,
    ),
    ChartSubject("Speed", ("images_per_second",), "Real images a second."),
)

_NO_CURVES: Final = {"step", "epoch", "seconds", "processor_seconds"}


@dataclass(frozen=True)
class Series:
    """One curve."""

    label: str
    run: int
    """Which of the runs, from 0."""
    place: int
    """Which of the chart's metrics, from 0."""
    steps: list[int | float]
    values: list[int | float | None]
    lows: list[int | float | None] | None = None
    """Lower ends of intervals, with `highs`."""
    highs: list[int | float | None] | None = None


@dataclass(frozen=True)
class Chart:
    """Curves that share their axes."""

    title: str
    meaning: str
    is_logarithmic: bool
    series: tuple[Series, ...]
    axis: str = "step"
    """What runs from left to right, in the singular."""
    has_bands: bool = False
    """Whether the intervals of a curve are filled, from one point to the next."""

    def to_json(self) -> dict[str, Any]:
        """The chart as the page's script takes it."""
        return asdict(self)

    @property
    def summary(self) -> str:
        """The chart in words, for those who can't see it."""
        return f"{self.title}. " + "; ".join(_in_words(series) for series in self.series)


def draw(histories: Sequence[History]) -> list[Chart]:
    """The charts of some runs; a metric that no run has gets none."""
    known = {key for subject in SUBJECTS for key in subject.keys}
    others = dict.fromkeys(
        key
        for history in histories
        for line in history.lines
        for key, value in line.items()
        if key not in known | _NO_CURVES and is_number(value)
    )
    subjects = [*SUBJECTS, *(ChartSubject(_words(key), (key,), "") for key in list(others)[:_OTHERS])]
    charts = [_chart(subject, histories) for subject in subjects]
    return [chart for chart in [*charts, *_of_evaluations(histories)] if chart.series]


def _chart(subject: ChartSubject, histories: Sequence[History]) -> Chart:
    series = tuple(
        Series(_label(key, history, histories), run, place, *_points(history.lines, key, subject))
        for run, history in enumerate(histories)
        for place, key in enumerate(subject.keys)
        if any(is_number(line.get(key)) for line in history.lines)
    )
    return Chart(subject.title, subject.meaning, subject.is_logarithmic, series)


def _points(
    lines: Sequence[Mapping[str, Any]], key: str, subject: ChartSubject
) -> tuple[list[int | float], list[int | float | None]]:
    values = [_number(line.get(key)) for line in lines]
    if subject.is_logarithmic:
        values = [value if value is not None and value > 0 else None for value in values]
    return [line["step"] for line in lines], values


def _of_evaluations(histories: Sequence[History]) -> Iterator[Chart]:
    names = dict.fromkeys(
        name for history in histories for line in history.evaluations for name in line["evaluation"]
    )
    for name in list(names)[:_EVALUATIONS]:
        series = []
        for run, history in enumerate(histories):
            figures = [
                (line["step"], figure)
                for line in history.evaluations
                if isinstance(figure := line["evaluation"].get(name), dict) and is_number(figure.get("value"))
            ]
            if figures:
                columns = ([_number(figure.get(part)) for _, figure in figures] for part in _PARTS)
                steps = [step for step, _ in figures]
                series.append(Series(_label(name, history, histories), run, 0, steps, *columns))
        meaning = "Evaluated during training; the bars are 95 % intervals."
        yield Chart(printable(name), meaning, False, tuple(series))


_PARTS: Final = ("value", "low", "high")


def _label(key: str, history: History, histories: Sequence[History]) -> str:
    words = printable(key.replace("_", " "))
    return f"{history.name}: {words}" if len(histories) > 1 else words


def _words(key: str) -> str:
    return printable(key.replace("_", " ")).capitalize()


def _number(value: Any) -> int | float | None:
    return value if is_number(value) else None


def _in_words(series: Series) -> str:
    values = [value for value in series.values if value is not None]
    if not values:
        return f"{series.label}: nothing to draw"
    return (
        f"{series.label} from {values[0]:.3g} to {values[-1]:.3g}, "
        f"lowest {min(values):.3g}, highest {max(values):.3g}"
    )
