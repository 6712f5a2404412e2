"""The official weights: what is promised of all of them, and that the package stays small."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganzoo
from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import Plugin
from ganzoo.runs.pretrained import describe, weights_file

FOLDER = Path(__file__).parents[1] / "ganzoo_weights"
WEIGHTS = [p for p in discovery.discover().of_kind("weights") if p.distribution == "ganzoo-weights"]


def test_every_folder_is_a_plugin() -> None:
    assert sorted(plugin.name.replace("-", "_").replace(".", "_") for plugin in WEIGHTS) == sorted(
        path.parent.name for path in FOLDER.glob("*/__init__.py")
    )


def test_the_package_stays_below_60_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 60_000_000


@pytest.mark.parametrize("plugin", WEIGHTS, ids=lambda plugin: plugin.name)
def test_the_card_is_whole_and_the_weights_draw(plugin: Plugin) -> None:
    said = describe(plugin)
    assert said["figures"], "a card without figures says nothing"
    assert said["licence"]
    assert said["command"].startswith("ganzoo train ")
    if said["classes"]:
        assert said["figures"]["class-accuracy"][0] >= 0.8
    assert weights_file(plugin).stat().st_size < 20_000_000
    images = ganzoo.load(plugin.full_name).sample(4)
    assert images.shape == (4, *said["image"])
    assert images.float().std() > 10
