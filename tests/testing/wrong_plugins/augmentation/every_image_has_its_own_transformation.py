"""Draws once for the batch."""

import torch
from right_parts import RightAugmentation


class Wrong(RightAugmentation):
    """An augmentation of batches."""

    ganzoo_api = 1

    def forward(self, images):
        return images + self.strength * (torch.rand(()) - 0.5)
