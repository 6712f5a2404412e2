"""What swaps cost: every row of a report against the first of its model and conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

BCE = [[100, 101, 99, 100, 100, 100]] * 3


def test_every_row_is_set_against_the_first_of_its_conditions(
    reports: Any, ganzoo: Any, tmp_path: Path
) -> None:
    resize = {"upsampling": "ganzoo-components:resize-conv"}
    rows = [
        reports.row(BCE),
        reports.row([[150, 151, 149, 150, 150, 150]] * 3, components=resize),
        reports.row([[50, 51, 49, 50, 50, 50]] * 3, batch_size=8),
        reports.row(None, settings={"objective.name": "hinge"}),
    ]
    path = reports.write(tmp_path / "swaps.json", *rows)

    result = ganzoo("bench", "show", path, "--table", "swaps", "--json")

    assert result.code == 0, result.err
    shown = result.json["rows"]
    assert [row["time_ratio"] for row in shown] == [1.0, pytest.approx(1.5), 1.0, None]
    assert shown[1]["time_ratio_low"] <= 1.5 <= shown[1]["time_ratio_high"]
    assert [row["flops_ratio"] for row in shown] == [1.0, 1.0, 1.0, None]
    assert shown[0]["time_ratio_interval"] is None
    assert shown[3]["reason"] == "needs 3 GiB"

    markdown = ganzoo("bench", "show", path, "--table", "swaps", "--format", "markdown")
    assert "| time | 95 % | operations |" in markdown.out
