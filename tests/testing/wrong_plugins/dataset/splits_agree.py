"""Sorts the classes of its splits each by itself."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set whose test classes are in another order."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        if split == "test":
            class_names = class_names[::-1]
        return LabelledImages(images, labels, class_names)
