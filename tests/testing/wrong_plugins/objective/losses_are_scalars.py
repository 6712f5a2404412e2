"""Returns a loss of shape (1,)."""

from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective that keeps a dimension."""

    ganzoo_api = 1

    def generator_loss(self, fake_logits):
        return super().generator_loss(fake_logits).reshape(1)
