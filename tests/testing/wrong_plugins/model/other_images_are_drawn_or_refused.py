"""Fails on an odd image with a message of torch's."""

from typing import ClassVar

from right_parts import RightModel


class Wrong(RightModel):
    """A model for even images that doesn't say so."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    def __init__(self, config, image, num_classes):
        super().__init__(config, image, num_classes)
        if image.height % 2:
            raise RuntimeError("shape '[-1, 3, 6, 4]' is invalid")
