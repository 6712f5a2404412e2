"""Counts in an attribute."""

from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that remembers what no checkpoint holds."""

    ganzoo_api = 1

    def __init__(self, config):
        self.count = 0

    def discriminator_loss(self, real_logits, fake_logits):
        self.count += 1
        return super().discriminator_loss(real_logits, fake_logits)
