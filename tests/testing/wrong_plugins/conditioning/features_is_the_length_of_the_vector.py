"""Says the wrong length for some numbers of classes."""

from right_parts import RightConditioning


class Wrong(RightConditioning):
    """A conditioning whose features is a guess."""

    ganzoo_api = 1

    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        self.features = 4 if num_classes < 100 else num_classes
