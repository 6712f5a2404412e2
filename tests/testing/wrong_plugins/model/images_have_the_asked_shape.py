"""Returns flat images while it trains."""

from typing import ClassVar

from right_parts import RightGenerator, RightModel


class WrongGenerator(RightGenerator):
    def forward(self, latents, labels=None):
        images = super().forward(latents, labels)
        return images.flatten(1) if self.training else images


class Wrong(RightModel):
    """A model that draws rows of pixels."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_generator = WrongGenerator
