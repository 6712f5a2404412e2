"""The installed distribution: its entry points, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from ganzoo.interfaces import Dataset


def test_the_entry_points_are_data_sets() -> None:
    mine = {
        point.name: point.load()
        for point in entry_points(group="ganzoo.datasets")
        if point.dist is not None and point.dist.name == "ganzoo-datasets"
    }
    assert {name: kind.__name__ for name, kind in mine.items()} == {
        "cifar10": "CIFAR10",
        "digits": "Digits",
        "fashion-mnist": "FashionMNIST",
        "folder": "Folder",
        "mnist": "MNIST",
        "torchvision-set": "Torchvision",
    }
    for kind in mine.values():
        assert issubclass(kind, Dataset)
        assert kind.__final__
        assert vars(kind)["ganzoo_api"] == 1
        assert kind.__doc__


def test_importing_costs_nothing_that_is_not_used() -> None:
    code = (
        "import sys, ganzoo_datasets; assert not {'torch', 'PIL', 'numpy'} & set(sys.modules)\n"
        "import ganzoo_datasets.cifar10, ganzoo_datasets.mnist_family, ganzoo_datasets.digits\n"
        "assert not {'torchvision', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
