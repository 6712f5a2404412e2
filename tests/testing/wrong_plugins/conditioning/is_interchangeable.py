"""Stays float32 in a network of another type."""

from right_parts import RightConditioning


class Wrong(RightConditioning):
    """A conditioning that is float32 whatever happens."""

    ganzoo_api = 1

    def forward(self, labels):
        return super().forward(labels).float()
