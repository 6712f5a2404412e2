"""Has a layer that can be differentiated once."""

from typing import ClassVar

import torch
from right_parts import RightDiscriminator, RightModel
from torch.autograd.function import once_differentiable


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, images):
        return 2 * images

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return 2 * gradient


class WrongDiscriminator(RightDiscriminator):
    def forward(self, images, labels=None):
        return super().forward(Twice.apply(images), labels)


class Wrong(RightModel):
    """A model that no gradient penalty can train."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_discriminator = WrongDiscriminator
