"""Divides by a difference that bfloat16 rounds to zero."""

import torch
from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that is NaN in half precision."""

    ganzoo_api = 1

    def forward(self, images):
        mixed = super().forward(images)
        step = torch.full((), 1e-3, dtype=mixed.dtype)
        return mixed * (1e-3 / ((1 + step) - 1))
