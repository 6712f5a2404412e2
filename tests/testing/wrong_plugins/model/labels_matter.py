"""Takes labels and forgets them."""

from typing import ClassVar

import torch
from right_parts import RightGenerator, RightModel

from ganzoo.interfaces import require_labels


class WrongGenerator(RightGenerator):
    def forward(self, latents, labels=None):
        return super().forward(latents, torch.zeros_like(require_labels(labels, self.num_classes)))


class Wrong(RightModel):
    """A model whose generator ignores its labels."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_generator = WrongGenerator
