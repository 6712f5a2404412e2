"""Returns no class names, and so no LabelledImages."""

from right_parts import RightDataset


class Wrong(RightDataset):
    """A data set that returns a pair."""

    ganzoo_api = 1

    def load(self, split):
        return super().load(split)[:2]
