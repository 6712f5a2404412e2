"""The truncation trick: more typical images, less variety, without other weights.

Brock et al., 2019, section 3.1. A generator that has a way of its own says it by `Generator.truncated`; any
other gets latents from a truncated normal distribution.
"""

from __future__ import annotations

import math
from typing import final

from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator
from ganzoo.sampling.latents import truncate


def truncated(generator: Generator, psi: float) -> Generator:
    """A generator with the same weights whose images are truncated by `psi`.

    Args:
        generator: on any device; the result shares its weights and its mode.
        psi: how far. What it means, and its range, is the generator's own to say; by default it is the
            threshold of `latents.truncate`, above 0.

    Raises:
        UsageError: `psi` is out of range.
    """
    own = generator.truncated(psi)
    return TruncatedLatents(generator, psi) if own is None else own


@final
class TruncatedLatents(Generator):
    """Draws what another generator draws from the same latents truncated: `latents.truncate`.

    Raises:
        UsageError: the threshold is not above 0, or is not finite.
    """

    def __init__(self, generator: Generator, threshold: float) -> None:
        super().__init__()
        if not 0 < threshold < math.inf:
            raise UsageError(
                "this generator is truncated by a threshold of its latents, a number above 0: "
                f"0.5 for typical images, 2 for nearly all there are; not by {threshold}"
            )
        self.latent_dim, self.image = generator.latent_dim, generator.image
        self.num_classes = generator.num_classes
        self.generator, self.threshold = generator, threshold
        self.train(generator.training)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)`, standard normal, and labels `(B,)` int64 to images `(B, C, H, W)`."""
        # On the CPU, so that every device draws from the same latents.
        typical = truncate(latents.cpu(), self.threshold).to(latents.device)
        images: Tensor = self.generator(typical) if labels is None else self.generator(typical, labels)
        return images
