"""Leaves wrong labels to the lookup."""

from right_parts import RightConditioning


class Wrong(RightConditioning):
    """A conditioning with an IndexError."""

    ganzoo_api = 1

    def forward(self, labels):
        return self.vectors(labels)
