"""Plots of reports: throughput with its knee, memory by parts, kernels by category, and a roofline.

Drawn with matplotlib, which the extra `plots` installs, and without a display.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ganzoo.benchmark.kernels import categories
from ganzoo.benchmark.report import Report, Row
from ganzoo.benchmark.show.roofline import Point, roofline
from ganzoo.benchmark.show.scaling import knee
from ganzoo.benchmark.show.tables import bare, have_choices, model_names
from ganzoo.errors import GanzooError
from ganzoo.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Sequence[tuple[str, Row]]
"""The name of a report, and a row of it."""

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000", "#999999")
"""Told apart by colour-blind people too (Okabe and Ito, 2008), the yellow left out as it is faint."""

MARKERS: Final = "os^Dv<>P"

PARTS: Final = ("weights", "gradients", "optimizer", "average", "activations_peak")
"""The parts of memory that add up."""


def save(reports: Mapping[str, Report], folder: Path, suffix: str = "png") -> list[Path]:
    """Draws every plot that the reports have figures for, into `folder`.

    Args:
        reports: name to report.
        folder: is made where it is missing; plots that are there are replaced.
        suffix: `png` or `svg`.

    Raises:
        GanzooError: matplotlib is missing, no row was measured, or the disk refuses.
    """
    rows = [(name, row) for name, report in reports.items() for row in report.rows if row.status == "ok"]
    if not rows:
        raise GanzooError("there is nothing to draw: no row was measured")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GanzooError(f"{folder} can't be made: {error.strerror or error}") from error
    written = []
    for name, draw in PLOTS.items():
        figure = draw(rows)
        if figure is not None:
            path = folder / f"{name}.{suffix}"
            write_atomically(path, partial(_write, figure, suffix))
            written.append(path)
    return written


def _write(figure: Figure, suffix: str, path: Path) -> None:
    import matplotlib

    # The same report gives the same file: no date, and names of SVG elements that don't vary. Its words are
    # text, not outlines.
    with matplotlib.rc_context({"svg.hashsalt": "ganzoo", "svg.fonttype": "none"}):
        figure.savefig(path, format=suffix, dpi=150, metadata={"Date": None} if suffix == "svg" else None)


def _figure(width: float, height: float, panels: int = 1) -> tuple[Figure, list[Axes]]:
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


def labels(rows: Rows, but: Sequence[str] = ()) -> list[str]:
    """What tells every row from the others, apart from the facts named in `but`."""
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


def throughput(rows: Rows) -> Figure:
    """Images per second against batch size, a panel a phase, with intervals and the knee ringed."""
    phases = list(dict.fromkeys(row.key.phase for _, row in rows))
    names = labels(rows, but=("phase", "batch_size"))
    series = list(dict.fromkeys(names))
    figure, panels = _figure(4.6 * len(phases) + 2.4, 4.2, len(phases))
    for panel, phase in zip(panels, phases, strict=True):
        for number, name in enumerate(series):
            chosen = [
                row
                for (_, row), label in zip(rows, names, strict=True)
                if label == name and row.key.phase == phase
            ]
            _draw_series(panel, chosen, name, number)
        panel.set(xscale="log", yscale="log", title=phase, xlabel="batch size")
        sizes = sorted({row.key.batch_size for _, row in rows if row.key.phase == phase})
        panel.set_xticks(sizes, [str(size) for size in sizes])
        panel.minorticks_off()
        _plain_ticks(panel)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("images/s (bars: 95 % interval; ring: knee)")
    _legend(figure, panels)
    return figure


def _draw_series(panel: Axes, rows: Sequence[Row], name: str, number: int) -> None:
    points = {row.key.batch_size: row.summary for row in rows if row.summary is not None}
    rates = {size: points[size].images_per_second for size in sorted(points)}
    if not rates:
        return
    colour, marker = _style(number)
    panel.plot(list(rates), list(rates.values()), color=colour, marker=marker, label=name, markersize=5)
    for size, rate in rates.items():
        interval = points[size].images_per_second_interval
        if interval is not None:
            panel.errorbar(size, rate, [[rate - interval[0]], [interval[1] - rate]], color=colour, capsize=3)
    bend = knee(rates)
    if bend is not None:
        panel.plot(bend, rates[bend], "o", markersize=15, fillstyle="none", color=colour, markeredgewidth=1.5)


def memory(rows: Rows) -> Figure | None:
    """A bar a row: what is kept, the activations' peak on top, and the measured peak beside it."""
    chosen = [(name, row) for name, row in rows if row.memory is not None]
    if not chosen:
        return None
    figure, (panel,) = _bars(chosen)
    lefts = [0.0] * len(chosen)
    for number, part in enumerate(PARTS):
        sizes = [(getattr(row.memory, part) or 0) / 2**20 for _, row in chosen]
        if any(sizes):
            panel.barh(
                range(len(chosen)), sizes, left=lefts, color=COLOURS[number], label=part.replace("_", " ")
            )
        lefts = [left + size for left, size in zip(lefts, sizes, strict=True)]
    for name, colour in (("allocated_peak", "#000000"), ("reserved_peak", "#777777")):
        peaks = [getattr(row.memory, name) for _, row in chosen]
        places = [place for place, peak in enumerate(peaks) if peak is not None]
        if places:
            sizes = [peaks[place] / 2**20 for place in places]
            panel.plot(
                sizes,
                places,
                "|",
                color=colour,
                markersize=14,
                markeredgewidth=2,
                label=name.replace("_", " "),
            )
    panel.set(xlabel="MiB", title="memory of a step, by what holds it")
    _legend(figure, [panel])
    return figure


def kernel_shares(rows: Rows) -> Figure | None:
    """A bar a row: the share of each category in the time of all kernels or operators."""
    chosen = [(name, row) for name, row in rows if categories(row)]
    if not chosen:
        return None
    totals: dict[str, float] = defaultdict(float)
    shares = []
    for _, row in chosen:
        times = categories(row)
        whole = sum(times.values()) or 1
        shares.append({name: time / whole for name, time in times.items()})
        for name, share in shares[-1].items():
            totals[name] += share
    figure, (panel,) = _bars(chosen)
    lefts = [0.0] * len(chosen)
    for number, name in enumerate(sorted(totals, key=lambda name: -totals[name])):
        widths = [100 * row_shares.get(name, 0.0) for row_shares in shares]
        hatch = "" if number < len(COLOURS) else "//"
        panel.barh(
            range(len(chosen)), widths, left=lefts, color=_style(number)[0], label=name, hatch=hatch,
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    panel.set(xlabel="% of the time of all kernels (on a CPU: operators)", xlim=(0, 100))
    _legend(figure, [panel])
    return figure


def rooflines(rows: Rows) -> Figure | None:
    """Operations a second against operations a byte, below the roof of each device and precision."""
    found = [
        (row, point, (row[1].key.device, row[1].key.precision)) for row in rows if (point := roofline(row[1]))
    ]
    if not found:
        return None
    figure, (panel,) = _figure(8.5, 5.0)
    roofs: dict[tuple[str, str], Point] = {roof: point for _, point, roof in found}
    intensities = [point.intensity for _, point, _ in found] + [point.ridge for point in roofs.values()]
    ends = [min(intensities) / 3, max(intensities) * 3]
    for number, ((device, precision), point) in enumerate(roofs.items()):
        places = sorted([*ends, point.ridge])
        heights = [min(point.peak_operations, place * point.peak_bytes) / 1e9 for place in places]
        colour = ("#000000", "#777777", "#BBBBBB")[number % 3]
        panel.plot(places, heights, "-", color=colour, linewidth=1.5, label=f"roof: {device}, {precision}")
    for number, (name, (_, point, _)) in enumerate(
        zip(labels([row for row, _, _ in found]), found, strict=True)
    ):
        colour, marker = _style(number)
        panel.plot(
            point.intensity, point.achieved / 1e9, marker, color=colour, markersize=7, label=name or "the row"
        )
    panel.set(
        xscale="log",
        yscale="log",
        xlabel="FLOP for each byte that has to move (weights, state and images once: at most this)",
        ylabel="GFLOP/s",
    )
    panel.minorticks_off()
    _plain_ticks(panel)
    panel.grid(alpha=0.3)
    _legend(figure, [panel])
    return figure


PLOTS: Final[dict[str, Callable[[Rows], Any]]] = {
    "throughput": throughput,
    "memory": memory,
    "kernels": kernel_shares,
    "roofline": rooflines,
}
"""File name to what draws it; None where the rows have no figures for it."""


def _style(number: int) -> tuple[str, str]:
    return COLOURS[number % len(COLOURS)], MARKERS[(number // len(COLOURS) + number) % len(MARKERS)]


def _bars(rows: Rows) -> tuple[Figure, list[Axes]]:
    """A figure with a place for a bar a row, the first on top."""
    figure, panels = _figure(9.0, 1.6 + 0.34 * len(rows))
    panels[0].set_yticks(range(len(rows)), labels(rows))
    panels[0].invert_yaxis()
    panels[0].grid(axis="x", alpha=0.3)
    return figure, panels


def _plain_ticks(panel: Axes) -> None:
    """Numbers as people write them on a logarithmic axis, and enough of them."""
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:,.4g}"))


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    """One legend for all panels, outside them, if there is anything to tell apart."""
    entries: dict[str, Any] = {}
    for panel in panels:
        handles, names = panel.get_legend_handles_labels()
        entries.update(dict(zip(names, handles, strict=True)))
    if any(entries):
        figure.legend(
            list(entries.values()), list(entries), loc="outside right upper", frameon=False, fontsize=8
        )
