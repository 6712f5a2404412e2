"""Freezes its generator."""

from typing import ClassVar

from right_parts import RightModel


class Wrong(RightModel):
    """A model of which only the discriminator learns."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    def generator(self):
        return super().generator().requires_grad_(False)
