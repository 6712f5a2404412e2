"""An exporter: the generator's weights as arrays of NumPy, for whoever builds the network elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ganzoo.interfaces import Exporter, GeneratorToExport


class Arrays(Exporter):
    """Weights as a .npz file, with the facts as JSON."""

    ganzoo_api = 1
    suffix = ".npz"

    def __init__(self, config: object) -> None:
        pass

    def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
        """Writes every tensor under its name."""
        arrays = {name: value.numpy() for name, value in exported.generator.state_dict().items()}
        facts = np.array(json.dumps(dict(exported.facts)))
        with path.open("wb") as file:
            np.savez(file, facts=facts, **arrays)

    def read(self, path: Path) -> None:
        """Nothing here can draw with it, so nobody compares what it draws."""
