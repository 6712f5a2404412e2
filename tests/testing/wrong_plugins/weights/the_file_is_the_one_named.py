"""Names another file by its digest."""

from typing import ClassVar

from ganzoo.interfaces import Weights


class Wrong(Weights):
    """Weights that were exchanged."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
    picture = "picture.png"

    model = "ganzoo-models:gan"
    dataset = "ganzoo-datasets:digits"
    image = (1, 8, 8)
    classes = ()
    licence = "MIT"

    command = "ganzoo train --config config.json"
    steps = 2
    images_seen = 32
    cost = "a moment"
    figures: ClassVar = {}
    remarks = ()
