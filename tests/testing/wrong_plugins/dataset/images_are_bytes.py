"""Returns images in [0, 255] as floats."""

from right_parts import RightDataset

from ganzoo.interfaces import LabelledImages


class Wrong(RightDataset):
    """A data set of floats."""

    ganzoo_api = 1

    def load(self, split):
        images, labels, class_names = super().load(split)
        return LabelledImages(images.float(), labels, class_names)
