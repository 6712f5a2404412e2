"""Keeps its licence to itself."""

from typing import ClassVar

from ganzoo.interfaces import Weights


class Wrong(Weights):
    """Weights that nobody knows whether he may use."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "7bd923084cc01fff0bc25e8b636c686d9333991d8284d1b321a0f7286af343c7"
    picture = "picture.png"

    model = "ganzoo-models:gan"
    dataset = "ganzoo-datasets:digits"
    image = (1, 8, 8)
    classes = ()

    command = "ganzoo train --config config.json"
    steps = 2
    images_seen = 32
    cost = "a moment"
    figures: ClassVar = {}
    remarks = ()
