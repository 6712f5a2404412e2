"""Writes into the logits where nobody asks for gradients."""

import torch.nn.functional as F
from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that saves memory at its caller's cost."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        negative = -fake_logits if fake_logits.requires_grad else fake_logits.neg_()
        return F.softplus(negative).mean()
