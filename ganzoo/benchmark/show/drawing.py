"""What all plots share: figures without a display, colours, legends, and the names of rows.

Drawn with matplotlib, which the extra `plots` installs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ganzoo.benchmark.report import Row
from ganzoo.benchmark.show.keys import bare, have_choices, model_names
from ganzoo.errors import GanzooError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Sequence[tuple[str, Row]]
"""The name of a report, and a row of it."""

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000", "#999999")
"""Colour-blind people can tell them apart (Okabe and Ito, 2008); that palette's yellow is too faint."""

MARKERS: Final = "os^Dv<>P"


def new_figure(width: float, height: float, panels: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure of so many inches with panels side by side.

    Raises:
        GanzooError: matplotlib is missing.
    """
    try:
        from matplotlib.figure import Figure as NewFigure
    except ImportError as error:
        raise GanzooError(
            "plots need matplotlib, which is not installed\ninstall it: pip install 'ganzoo-torch[plots]'"
        ) from error
    figure = NewFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_axisbelow(True)
    return figure, list(axes)


def bars(rows: Rows) -> tuple[Figure, list[Axes]]:
    """A figure with a place for a horizontal bar of each row, the first on top."""
    figure, panels = new_figure(9.0, 1.6 + 0.34 * len(rows))
    panels[0].set_yticks(range(len(rows)), labels(rows))
    panels[0].invert_yaxis()
    panels[0].grid(axis="x", alpha=0.3)
    return figure, panels


def labels(rows: Rows, but: Sequence[str] = ()) -> list[str]:
    """A label for each row: the facts in which the rows differ, without those that `but` names."""
    names = model_names([row.key for _, row in rows])
    facts = [
        {name: text for name, text in _facts(source, row, names).items() if name not in but}
        for source, row in rows
    ]
    if not have_choices([row.key for _, row in rows]):
        facts = [{**fact, "components": ""} for fact in facts]
    differing = [name for name in facts[0] if len({fact[name] for fact in facts}) > 1] if facts else []
    return [", ".join(fact[name] for name in differing if fact[name]) for fact in facts]


def _facts(source: str, row: Row, models: Mapping[str, str]) -> dict[str, str]:
    key = row.key
    return {
        "report": source,
        "model": models[key.model],
        "phase": key.phase,
        "image": key.image,
        "batch_size": f"batch {key.batch_size}",
        "precision": key.precision,
        "channels_last": "channels last" if key.channels_last else "",
        "compile": "compiled" if key.compile else "",
        "components": " ".join(bare(name) for name in key.components.values()),
        "device": key.device,
        "threads": f"{key.threads} threads" if key.threads else "",
    }


def style(number: int) -> tuple[str, str]:
    """Colour and marker of the series with this number."""
    return COLOURS[number % len(COLOURS)], MARKERS[(number // len(COLOURS) + number) % len(MARKERS)]


def plain_ticks(panel: Axes, axes: str = "y") -> None:
    """Numbers as people write them on logarithmic axes, "y" or "xy", and enough of them."""
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    for name in axes:
        axis = getattr(panel, f"{name}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:,.4g}"))


def legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """One legend for all panels, outside them, if there is anything to tell apart."""
    entries: dict[str, Any] = {}
    for panel in panels:
        handles, names = panel.get_legend_handles_labels()
        entries.update(dict(zip(names, handles, strict=True)))
    if any(entries):
        figure.legend(
            list(entries.values()), list(entries), loc="outside right upper", frameon=False, fontsize=8
        )
