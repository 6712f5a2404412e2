"""Takes every split that it doesn't know for the training images."""

from right_parts import RightDataset


class Wrong(RightDataset):
    """A data set that guesses."""

    ganzoo_api = 1

    def load(self, split):
        return super().load("test" if split == "test" else "train")
