"""Looks at a value after every update."""

from right_parts import RightAugmentation


class Wrong(RightAugmentation):
    """An augmentation that makes the device wait."""

    ganzoo_api = 1

    def adapt(self, real_logits):
        if real_logits.mean() > 0:
            self.strength.add_(0.1).clamp_(0, 1)
