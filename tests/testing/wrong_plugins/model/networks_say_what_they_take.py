"""Has a discriminator that says nothing of its classes."""

from typing import ClassVar

import torch
from right_parts import RightDiscriminator, RightModel

from ganzoo.interfaces import require_labels


class WrongDiscriminator(RightDiscriminator):
    def __init__(self, image, num_classes):
        super().__init__(image, num_classes)
        self.classes, self.num_classes = num_classes, None

    def forward(self, images, labels=None):
        vectors = self.vectors(require_labels(labels, self.classes))
        return self.logit(self.hidden(torch.cat((images.flatten(1), vectors), dim=1)).relu()).squeeze(1)


class Wrong(RightModel):
    """A model whose discriminator looks unconditional."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_discriminator = WrongDiscriminator
