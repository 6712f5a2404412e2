"""Rewards images that look fake."""

import torch.nn.functional as F
from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective with a sign too many."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        return F.softplus(fake_logits).mean()
