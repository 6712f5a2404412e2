"""W, the space of styles, as the latents of a generator. Shapes: B batch, S style, C channels, H, W sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ganzoo_components.layers import require_shape
from torch import Tensor

from ganzoo.interfaces import Generator

if TYPE_CHECKING:
    from ganzoo_models.stylegan2.generator import StyleGAN2Generator


@final
class DrawnFromStyles(Generator):
    """Draws with the weights of a `stylegan2` generator, from styles in place of latents.

    It takes no labels: styles hold them already.
    """

    def __init__(self, generator: StyleGAN2Generator) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = generator.style_dim, generator.image, None
        self.generator = generator
        self.train(generator.training)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps styles `(B, S)` to images `(B, C, H, W)`; labels are not looked at."""
        require_shape("latents", latents, self.latent_dim)
        return self.generator.draw(latents)
