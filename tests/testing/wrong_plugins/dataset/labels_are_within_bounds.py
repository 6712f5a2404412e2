"""Counts classes from 1."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set with one class too many."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        return LabelledImages(images, labels + 1, class_names)
