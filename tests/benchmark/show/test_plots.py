"""The plots: what they draw, from figures read back, and the files they write."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganzoo.benchmark.report import Peak
from ganzoo.benchmark.show import plots, roofline
from ganzoo.benchmark.show.scaling import gain_per_doubling, knee
from ganzoo.errors import GanzooError

pytest.importorskip("matplotlib", reason="plots are an extra: pip install 'ganzoo-torch[plots]'")

Ganzoo = Callable[..., Any]

PEAK = Peak(flops_per_second=2e12, bytes_per_second=1e11, source="a data sheet", measured=False)
KERNELS = {
    "steps": 1,
    "table": [
        {"name": "a", "category": "conv", "calls": 1, "total_ns": 600},
        {"name": "b", "category": "conv", "calls": 1, "total_ns": 150},
        {"name": "c", "category": "norm", "calls": 1, "total_ns": 250},
    ],
}


@pytest.fixture
def swept(reports: Any) -> list[tuple[str, Any]]:
    """Batch sizes 8 to 64; the throughput doubles, then grows by half, then by 5 %."""
    milliseconds = {8: 8.0, 16: 8.0, 32: 32 / 3, 64: 64 / 3.12}
    return [
        ("report", reports.row([[round(1e6 * time)] * 6] * 3, batch_size=size, peak=PEAK, kernels=KERNELS))
        for size, time in milliseconds.items()
    ]


# What is drawn


def test_throughput_is_a_line_with_intervals_and_a_ring_at_the_knee(swept: list[tuple[str, Any]]) -> None:
    (panel,) = plots.throughput(swept).axes

    line = panel.lines[0]
    assert list(line.get_xdata()) == [8, 16, 32, 64]
    assert list(line.get_ydata()) == pytest.approx([1000, 2000, 3000, 3120], rel=1e-6)
    ring = panel.lines[-1]
    assert (ring.get_xdata(), ring.get_fillstyle()) == ([32], "none")
    assert panel.get_title() == "train-step"


def test_memory_parts_add_up(swept: list[tuple[str, Any]]) -> None:
    figure = plots.memory(swept)

    assert figure is not None
    (panel,) = figure.axes
    widths = [bar.get_width() for container in panel.containers for bar in container if bar.get_y() < 0]
    assert sum(widths) == pytest.approx((6 + 6 + 12 + 4 + 100) * 1e6 / 2**20)
    assert [label.get_text() for label in panel.get_yticklabels()] == [f"batch {n}" for n in (8, 16, 32, 64)]


def test_kernels_are_shares_by_category(swept: list[tuple[str, Any]]) -> None:
    figure = plots.kernel_shares(swept)

    assert figure is not None
    (panel,) = figure.axes
    shares = {container.get_label(): container[0].get_width() for container in panel.containers}
    assert shares == pytest.approx({"conv": 75.0, "norm": 25.0})


def test_the_roofline_by_hand(reports: Any) -> None:
    # 64 GFLOP in 64 ms; 28 MB are kept, 64 images of 3 × 32 × 32 values take 786,432 bytes.
    point = roofline.roofline(reports.row([[64_000_000] * 6] * 3, peak=PEAK))

    assert point is not None
    assert point.intensity == pytest.approx(64e9 / (28e6 + 786_432))
    assert point.achieved == pytest.approx(1e12)
    assert point.ridge == pytest.approx(20)


def test_the_roof_is_drawn_with_its_ridge(swept: list[tuple[str, Any]]) -> None:
    figure = plots.rooflines(swept)

    assert figure is not None
    roof, *points = figure.axes[0].lines
    assert max(roof.get_ydata()) == 2000, "GFLOP/s"
    assert 20 in list(roof.get_xdata())
    assert len(points) == 4
    written = [text.get_text() for text in figure.axes[0].texts]
    assert sum(text.endswith(" %") for text in written) == 4
    assert [text.strip() for text in written if "limits" in text] == ["memory limits", "arithmetic limits"]


def test_what_is_unknown_is_not_drawn(reports: Any) -> None:
    rows = [("report", reports.row([[1000] * 5] * 3, memory=None, flops=None))]

    assert plots.memory(rows) is None
    assert plots.kernel_shares(rows) is None
    assert plots.rooflines(rows) is None


@pytest.mark.parametrize(
    ("throughput", "expected"),
    [
        ({8: 100, 16: 200, 32: 300, 64: 312}, 32),
        ({8: 100, 16: 200, 32: 400}, None),
        ({8: 100, 16: 104, 32: 100}, 8),
        ({8: 100, 16: 104, 32: 210, 64: 211}, 32),
        ({8: 100, 16: 200}, None),
        # Twice the throughput in two doublings is 41 % each; 1.08 times in two is 3.9 % each.
        ({8: 100, 32: 200, 128: 216}, 32),
        ({}, None),
    ],
)
def test_the_knee(throughput: dict[int, float], expected: int | None) -> None:
    assert knee(throughput) == expected


def test_the_gain_of_a_doubling_by_hand() -> None:
    assert gain_per_doubling((8, 100), (32, 225)) == pytest.approx(0.5)


# Files


def test_png_files_are_images(ganzoo: Ganzoo, reports: Any, tmp_path: Path, swept: Any) -> None:
    path = reports.write(tmp_path / "r.json", *(row for _, row in swept))

    result = ganzoo("bench", "show", "--plots", tmp_path / "new" / "plots", path)

    assert result.code == 0
    for name in ("throughput", "memory", "kernels", "roofline"):
        file = tmp_path / "new" / "plots" / f"{name}.png"
        assert f"wrote {file}" in result.err
        with Image.open(file) as image:
            assert min(image.size) > 200
            assert len(image.convert("RGB").getcolors(1_000_000) or ()) > 10


def test_svg_files_hold_the_words_and_are_the_same_each_time(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path, swept: Any
) -> None:
    path = reports.write(tmp_path / "r.json", *(row for _, row in swept))
    texts = []
    for folder in ("one", "two"):
        assert ganzoo("bench", "show", "--plots", folder, "--plot-format", "svg", path).code == 0
        texts.append((tmp_path / folder / "throughput.svg").read_text(encoding="utf-8"))

    assert texts[0] == texts[1]
    assert ElementTree.fromstring(texts[0]).tag.endswith("svg")
    assert "batch size" in texts[0]
    assert not list((tmp_path / "one").glob(".*")), "nothing half-written is left"


def test_a_report_without_any_time_has_no_plot(ganzoo: Ganzoo, reports: Any, tmp_path: Path) -> None:
    path = reports.write(tmp_path / "r.json", reports.row(None))

    result = ganzoo("bench", "show", "--plots", "plots", path)

    assert result.code == 1
    assert "no row was measured" in result.err


def test_a_folder_that_can_not_be_made_is_said(reports: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(GanzooError, match="can't be made"):
        plots.save({"r": reports.report(reports.row([[1, 2]]))}, tmp_path / "file" / "plots")


def test_without_matplotlib_the_extra_is_named(
    ganzoo: Ganzoo, reports: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = reports.write(tmp_path / "r.json", reports.row([[1000] * 5] * 3))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    result = ganzoo("bench", "show", "--plots", "plots", path)

    assert result.code == 1
    assert "pip install 'ganzoo-torch[plots]'" in result.err


def test_tables_and_verdicts_import_neither_torch_nor_matplotlib(reports: Any, tmp_path: Path) -> None:
    path = reports.write(tmp_path / "r.json", reports.row([[1000] * 5] * 3))
    code = (
        "import sys; from ganzoo.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: assert not {'torch', 'matplotlib', 'rich'} & set(sys.modules), 'imported'"
    )

    for arguments in (["show", str(path)], ["compare", str(path), str(path)]):
        result = subprocess.run(
            [sys.executable, "-c", code, "bench", *arguments], capture_output=True, text=True, timeout=60
        )
        assert result.returncode == 0, result.stderr
