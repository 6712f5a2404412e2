"""Has real and fake the wrong way round."""

from right_parts import RightObjective


class Wrong(RightObjective):
    """An objective for a discriminator that calls real images fake."""

    ganzoo_api = 1

    def discriminator_loss(self, real_logits, fake_logits):
        return super().discriminator_loss(fake_logits, real_logits)
