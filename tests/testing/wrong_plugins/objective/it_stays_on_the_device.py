"""Makes its targets where torch makes tensors by default."""

import torch
import torch.nn.functional as F
from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that works on the CPU alone."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        return F.softplus(-fake_logits * torch.ones(fake_logits.shape)).mean()
