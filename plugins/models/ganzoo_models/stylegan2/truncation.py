"""Truncation in W, the space of styles: every style is drawn towards the mean one.

    w' = mean + psi (w - mean)

Karras, Laine and Aila, 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks",
appendix B. Their released code tracks the mean while it trains; here it is that of `MEAN_LATENTS` styles,
drawn from one seed when it is needed, so that every checkpoint has one. Where there are labels it is the mean
over all classes, as in the released code of StyleGAN2-ADA.
Shapes: B batch, Z latent, S style, C channels, H height, W width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator

if TYPE_CHECKING:
    from ganzoo_models.stylegan2.generator import StyleGAN2Generator

MEAN_LATENTS: Final = 10_000
"""Latents from which the mean style is computed; equally many of each class."""


@final
class TruncatedStyles(Generator):
    """Draws with the weights of a `stylegan2` generator, from styles nearer to the mean one.

    Args:
        generator: its mean style is computed now.
        psi: from 0, where every image is that of the mean style, to 1, where nothing is changed.

    Raises:
        UsageError: `psi` is out of range.
    """

    mean: Tensor

    def __init__(self, generator: StyleGAN2Generator, psi: float) -> None:
        super().__init__()
        if not 0 <= psi <= 1:
            raise UsageError(
                "styles are truncated by a number from 0 (every image the mean one) to 1 (nothing changes), "
                f"not by {psi}"
            )
        self.latent_dim, self.image = generator.latent_dim, generator.image
        self.num_classes = generator.num_classes
        self.generator, self.psi = generator, psi
        self.register_buffer("mean", mean_style(generator))
        self.train(generator.training)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to images `(B, C, H, W)`."""
        return self.generator.draw(self.mean.lerp(self.generator.styles(latents, labels), self.psi))


@torch.no_grad()
def mean_style(generator: StyleGAN2Generator) -> Tensor:
    """The mean `(S,)` of `MEAN_LATENTS` styles in evaluation mode, on the generator's device."""
    device = generator.constant.device
    random = torch.Generator("cpu").manual_seed(0)
    latents = torch.randn(MEAN_LATENTS, generator.latent_dim, generator=random).to(device)
    classes = generator.num_classes
    labels = None if classes is None else torch.arange(MEAN_LATENTS, device=device) % classes
    was_training = generator.training
    generator.eval()
    try:
        return generator.styles(latents, labels).mean(dim=0)
    finally:
        generator.train(was_training)
