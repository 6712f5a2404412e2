"""Scales the value of its loss, but not its gradient."""

from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective with half a gradient."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        loss = super().generator_loss(fake_logits)
        return loss / 2 + loss.detach() / 2
