"""Knows two kinds of classes, odd and even."""

from right_parts import RightConditioning

from ganzoo.interfaces import require_labels


class Wrong(RightConditioning):
    """A conditioning that takes classes two apart for the same."""

    ganzoo_api = 1

    def forward(self, labels):
        return self.vectors(require_labels(labels, self.num_classes) % 2)
