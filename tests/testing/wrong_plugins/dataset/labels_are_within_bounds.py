"""Counts one class from 1."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set with one class too many."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        labels = labels.clone()
        labels[0] = len(class_names)
        return LabelledImages(images, labels, class_names)
