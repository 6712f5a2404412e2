"""Returns labels as they lie in the file."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set of labels in bytes."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        return LabelledImages(images, labels.byte(), class_names)
