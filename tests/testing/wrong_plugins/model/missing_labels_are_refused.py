"""Takes class 0 where it is given no labels."""

from typing import ClassVar

import torch
from right_parts import RightGenerator, RightModel


class WrongGenerator(RightGenerator):
    def forward(self, latents, labels=None):
        if labels is None:
            labels = torch.zeros(len(latents), dtype=torch.int64)
        return super().forward(latents, labels)


class Wrong(RightModel):
    """A model that guesses."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_generator = WrongGenerator
