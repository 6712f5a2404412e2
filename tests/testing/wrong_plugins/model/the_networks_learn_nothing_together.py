"""Shares the vectors of its classes between the networks."""

from typing import ClassVar

from right_parts import RightModel


class Wrong(RightModel):
    """A model whose networks look classes up in one table."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    def __init__(self, config, image, num_classes):
        super().__init__(config, image, num_classes)
        self.table = super().generator().vectors

    def generator(self):
        generator = super().generator()
        generator.vectors = self.table
        return generator

    def discriminator(self):
        discriminator = super().discriminator()
        discriminator.vectors = self.table
        return discriminator
