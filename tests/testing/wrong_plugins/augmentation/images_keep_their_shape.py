"""Adds a border to grey images."""

import torch.nn.functional as F
from right_parts import RightAugmentation


class Wrong(RightAugmentation):
    """An augmentation that pads."""

    ganzoo_api = 1

    def forward(self, images):
        images = super().forward(images)
        return images if images.shape[1] == 3 else F.pad(images, (1, 1, 1, 1))
