"""Plots of reports: throughput with its knee, memory by parts, kernels by category, and a roofline.

Drawn with matplotlib, which the extra `plots` installs, and without a display.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ganzoo.benchmark.report import Report, Row
from ganzoo.benchmark.show.drawing import COLOURS, Rows, bars, labels, legend, new_figure, plain_ticks, style
from ganzoo.benchmark.show.roofline import Point, roofline
from ganzoo.benchmark.show.scaling import knee
from ganzoo.errors import GanzooError
from ganzoo.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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


def throughput(rows: Rows) -> Figure:
    """Images per second against batch size, a panel a phase, with intervals and the knee ringed."""
    phases = list(dict.fromkeys(row.key.phase for _, row in rows))
    names = labels(rows, but=("phase", "batch_size"))
    series = list(dict.fromkeys(names))
    figure, panels = new_figure(4.6 * len(phases) + 2.4, 4.2, len(phases))
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
        plain_ticks(panel)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("images/s (bars: 95 % interval; ring: knee)")
    legend(figure, panels)
    return figure


def _draw_series(panel: Axes, rows: Sequence[Row], name: str, number: int) -> None:
    points = {row.key.batch_size: row.summary for row in rows if row.summary is not None}
    rates = {size: points[size].images_per_second for size in sorted(points)}
    if not rates:
        return
    colour, marker = style(number)
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
    figure, (panel,) = bars(chosen)
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
    legend(figure, [panel])
    return figure


def kernel_shares(rows: Rows) -> Figure | None:
    """A bar a row: the share of each category in the time of all kernels or operators."""
    chosen = [(name, row) for name, row in rows if row.kernels and row.kernels.table]
    if not chosen:
        return None
    totals: dict[str, float] = defaultdict(float)
    shares = []
    for _, row in chosen:
        times = row.kernels.by_category if row.kernels else {}
        whole = sum(times.values()) or 1
        shares.append({name: time / whole for name, time in times.items()})
        for name, share in shares[-1].items():
            totals[name] += share
    figure, (panel,) = bars(chosen)
    lefts = [0.0] * len(chosen)
    for number, name in enumerate(sorted(totals, key=lambda name: -totals[name])):
        widths = [100 * row_shares.get(name, 0.0) for row_shares in shares]
        hatch = "" if number < len(COLOURS) else "//"
        panel.barh(
            range(len(chosen)), widths, left=lefts, color=style(number)[0], label=name, hatch=hatch,
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    panel.set(xlabel="% of the time of all kernels (on a CPU: operators)", xlim=(0, 100))
    legend(figure, [panel])
    return figure


def rooflines(rows: Rows) -> Figure | None:
    """Operations a second against operations a byte, below the roof of each device and precision.

    Beside each row stands the share of its roof that it reaches.
    """
    found = [
        (row, point, (row[1].key.device, row[1].key.precision)) for row in rows if (point := roofline(row[1]))
    ]
    if not found:
        return None
    figure, (panel,) = new_figure(8.5, 5.0)
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
        colour, marker = style(number)
        panel.plot(
            point.intensity, point.achieved / 1e9, marker, color=colour, markersize=7, label=name or "the row"
        )
        panel.annotate(
            f"{100 * point.share_of_roof:.2g} %", (point.intensity, point.achieved / 1e9), (0, 7),
            textcoords="offset points", ha="center", fontsize=7,
        )  # fmt: skip
    ridge = max(point.ridge for point in roofs.values())
    panel.axvspan(ends[0], ridge, color="#000000", alpha=0.05, linewidth=0)
    for where, limit, side in ((ridge, "memory limits  ", "right"), (ridge, "  arithmetic limits", "left")):
        panel.text(where, 0.02, limit, transform=panel.get_xaxis_transform(), ha=side, fontsize=8)
    panel.set(
        xscale="log",
        yscale="log",
        xlim=ends,
        title="What the device allows, and the share of it that is reached",
        xlabel="FLOP for each byte that has to move, at most",
        ylabel="GFLOP/s",
    )
    panel.minorticks_off()
    plain_ticks(panel, "xy")
    panel.margins(y=0.12)
    panel.grid(alpha=0.3)
    legend(figure, [panel])
    return figure


PLOTS: Final[dict[str, Callable[[Rows], Any]]] = {
    "throughput": throughput,
    "memory": memory,
    "kernels": kernel_shares,
    "roofline": rooflines,
}
"""File name to what draws it; None where the rows have no figures for it."""
