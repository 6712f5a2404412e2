"""The parts of a report: names, thinning, nearest images and charts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganzoo.pages.report import curves, drawings, history


def test_many_grids_and_lines_are_thinned_evenly():
    assert history.thinned(range(5), 9) == [0, 1, 2, 3, 4]
    assert history.thinned(range(101), 5) == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/x"], ["x"]),
        (["/a/x", "/a/y"], ["x", "y"]),
        (["/a/x", "/b/x"], ["a/x", "b/x"]),
        (["/a/1/x", "/b/1/x", "/a/2/x"], ["a/1/x", "b/1/x", "a/2/x"]),
    ],
)
def test_runs_are_called_by_as_little_as_tells_them_apart(paths, names):
    assert history.names_of([Path(path) for path in paths]) == names


def test_the_nearest_are_those_with_the_smallest_mean_square_difference():
    training = torch.zeros(2000, 1, 2, 2, dtype=torch.uint8)
    training[:, 0, 0, 0] = torch.arange(2000) % 200
    training[1500] = 9
    images = torch.full((1, 1, 2, 2), 10, dtype=torch.uint8)
    distances, indices = drawings.find_nearest(images, training, 2)
    assert indices[0, 0] == 1500
    assert distances[0, 0] == 1  # every pixel differs by 1
    assert distances[0, 1] == pytest.approx((3 * 100 / 4) ** 0.5)  # 10 in one corner, 0 in three
    assert training[indices[0, 1], 0, 0, 0] == 10


def test_metrics_nobody_knows_get_charts_but_not_without_end(forged):
    line = {"step": 1, "discriminator_loss": 1, **{f"of_a_plugin_{index}": index for index in range(1000)}}
    titles = [chart.title for chart in curves.draw([history.read(forged(lines=[line]), "x")])]
    assert titles[:3] == ["Losses", "Of a plugin 0", "Of a plugin 1"]
    assert len(titles) == 25


def test_a_logarithmic_chart_has_no_place_for_zero(forged):
    line = {"step": 1, "discriminator_loss": 1, "generator_gradient": 0.0, "discriminator_gradient": 2.0}
    read = history.read(forged(lines=[line]), "x")
    (chart,) = (chart for chart in curves.draw([read]) if chart.title == "Gradients")
    assert [series.values for series in chart.series] == [[None], [2.0]]


def test_lines_are_told_apart_by_their_kind(forged):
    lines = [
        {"kind": "losses", "step": 1, "discriminator_loss": 1},
        {"kind": "evaluation", "step": 1, "evaluation": {"FID": {"value": 2}}},
        {"kind": "warning", "step": 1, "warning": "collapse", "message": "it collapsed"},
        {"kind": "something of tomorrow", "step": 1, "discriminator_loss": 3},
    ]
    read = history.read(forged(lines=lines), "x")
    assert (read.lines, read.num_lines) == ([lines[0]], 1)
    assert read.evaluations == [lines[1]]
    assert read.warnings == [history.StepWarning(1, "it collapsed")]


def test_lines_from_before_they_had_a_kind_are_told_apart_too(forged):
    lines = [
        {"step": 1, "discriminator_loss": 1},
        {"step": 1, "evaluation": {"FID": {"value": 2}}},
        {"step": 1, "warning": "collapse", "message": "it collapsed"},
    ]
    read = history.read(forged(lines=lines), "x")
    assert [len(found) for found in (read.lines, read.evaluations, read.warnings)] == [1, 1, 1]
