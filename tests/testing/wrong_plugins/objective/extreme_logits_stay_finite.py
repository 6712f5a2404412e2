"""Takes the logarithm of a probability that is rounded to zero."""

import torch
from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that overflows."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        return -torch.log(torch.sigmoid(fake_logits)).mean()
