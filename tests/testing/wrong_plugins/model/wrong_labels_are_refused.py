"""Takes a wrong label for the nearest class."""

from typing import ClassVar

from right_parts import RightDiscriminator, RightModel


class WrongDiscriminator(RightDiscriminator):
    def forward(self, images, labels=None):
        return super().forward(images, labels if labels is None else labels.clamp(0, self.num_classes - 1))


class Wrong(RightModel):
    """A model that is too polite."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_discriminator = WrongDiscriminator
