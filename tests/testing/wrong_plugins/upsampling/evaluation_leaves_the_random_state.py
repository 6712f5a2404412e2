"""Draws a random number that changes nothing."""

import torch
from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that uses the seed up."""

    ganzoo_api = 1

    def forward(self, images):
        torch.rand(1)
        return super().forward(images)
