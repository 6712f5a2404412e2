"""Calls all classes the same."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set of two classes with one name."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, _ = super().load(split)
        return LabelledImages(images, labels, ("thing", "Thing"))
