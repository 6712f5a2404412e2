"""Has a layer that can be differentiated once."""

import torch
from right_parts import RightAugmentation
from torch.autograd.function import once_differentiable


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, images):
        return 2 * images

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return 2 * gradient


class Wrong(RightAugmentation):
    """An augmentation that no gradient penalty can look through."""

    ganzoo_api = 1

    def forward(self, images):
        return Once.apply(super().forward(images))
