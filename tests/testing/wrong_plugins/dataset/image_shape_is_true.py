"""Says that its images are larger than they are."""

from typing import ClassVar

from right_parts import RightDataset


class Wrong(RightDataset):
    """A data set of other images than it says."""

    ganzoo_api = 1
    image_shape: ClassVar = {"channels": 3, "height": 64, "width": 64}
