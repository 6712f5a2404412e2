"""Draws from a source of its own, which goes on where it was."""

import random

from right_parts import RightObjective
from torch import nn


class Wrong(RightObjective, nn.Module):
    """An objective whose next value depends on more than its buffers."""

    ganzoo_api = 1

    def __init__(self, config):
        nn.Module.__init__(self)
        self.source = random.Random(0)

    def discriminator_loss(self, real_logits, fake_logits):
        return self.source.uniform(1, 2) * super().discriminator_loss(real_logits, fake_logits)
