"""Draws a random number that changes nothing."""

import torch
from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set that uses the seed up."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        torch.rand(1)
        return LabelledImages(images, labels, class_names)
