"""Sums over the batch."""

import torch.nn.functional as F
from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that grows with the batch."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        return F.softplus(-fake_logits).sum()
