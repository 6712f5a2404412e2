"""Returns a column of logits."""

from typing import ClassVar

from right_parts import RightDiscriminator, RightModel


class WrongDiscriminator(RightDiscriminator):
    def forward(self, images, labels=None):
        return super().forward(images, labels).unsqueeze(1)


class Wrong(RightModel):
    """A model whose discriminator keeps a dimension."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_discriminator = WrongDiscriminator
