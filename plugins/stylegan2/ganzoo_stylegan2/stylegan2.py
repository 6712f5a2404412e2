"""`stylegan2`: styles that scale the features of every convolution, without labels.

References:
    Karras, Laine, Aittala, Hellsten, Lehtinen and Aila, 2020, "Analyzing and Improving the Image Quality
    of StyleGAN" (StyleGAN2).
    Karras, Aittala, Hellsten, Laine, Lehtinen and Aila, 2020, "Training Generative Adversarial Networks
    with Limited Data" (StyleGAN2-ADA): this configuration, the one for CIFAR-10, whose released code
    regularises no path length, mixes no styles and has a discriminator without shortcuts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from ganzoo_layers import require_positive

from ganzoo.interfaces import ImageSpec, Model
from ganzoo_stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_stylegan2.generator import StyleGAN2Generator
from ganzoo_stylegan2.widths import widths_of


@final
class StyleGAN2(Model):
    """Styles that scale every convolution, with ADA and lazy R1 (Karras et al., 2020)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `stylegan2`."""

        latent_dim: int = 512
        """Numbers that one image is drawn from."""

        style_dim: int = 512
        """Numbers of a style."""

        mapping_layers: int = 2
        """Dense layers from latents to styles: 2 for CIFAR-10, 8 in StyleGAN2."""

        channels: int = 512
        """Most feature maps of a map."""

        capacity: int = 32_768
        """Feature maps times pixels of a side: larger maps than 64 pixels have fewer than 512."""

        residual: bool = False
        """Whether the discriminator has shortcuts: not for CIFAR-10, but for every other data set."""

        group_size: int = 32
        """Images of a batch whose spread the discriminator sees: 32 for CIFAR-10, else 4 or 8."""

        def __post_init__(self) -> None:
            require_positive(
                self, "latent_dim", "style_dim", "mapping_layers", "channels", "capacity", "group_size"
            )

    image_sides: ClassVar[Mapping[str, int]] = {"least": 8, "multiple": 2}

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:bce", "Karras et al., 2020: non-saturating, logistic"),
        "regularisation.name": ("ganzoo-regularisations:r1", "Karras et al., 2020 (ADA), appendix"),
        "regularisation.weight": (0.01, "Karras et al., 2020 (ADA), released code, cifar"),
        "regularisation.every": (16, "Karras et al., 2020, section 3.1"),
        "augmentation.name": ("ganzoo-augmentations:ada", "Karras et al., 2020 (ADA), section 3"),
        "training.batch_size": (64, "Karras et al., 2020 (ADA), released code, cifar"),
        "training.learning_rate": (
            0.002,
            "Karras et al., 2020 (ADA), released code, cifar: four fifths of 0.0025 for the generator",
        ),
        "training.discriminator_learning_rate": (
            0.0025,
            "Karras et al., 2020 (ADA), released code, cifar; its penalty shares the update here",
        ),
        "training.beta1": (0.0, "Karras et al., 2020 (ADA), released code"),
        "training.beta2": (0.99, "Karras et al., 2020 (ADA), released code"),
        "training.ema_decay": (0.99991, "Karras et al., 2020 (ADA), released code: halves in 500,000 images"),
        "training.epochs": (2000, "Karras et al., 2020 (ADA), released code, cifar: 100 million images"),
    }

    published: ClassVar[Mapping[str, tuple[float, str]]] = {
        "FID on CIFAR-10": (2.92, "Karras et al., 2020 (ADA), figure 11b: best of five trainings"),
    }

    def __init__(self, config: Config, image: ImageSpec, num_classes: int | None) -> None:
        self._config, self._image = config, image
        self._widths = widths_of(image, config.channels, config.capacity)

    def generator(self) -> StyleGAN2Generator:
        """Builds a freshly initialised generator."""
        config = self._config
        return StyleGAN2Generator(
            config.latent_dim, config.style_dim, config.mapping_layers, self._widths, self._image
        )

    def discriminator(self) -> StyleGAN2Discriminator:
        """Builds a freshly initialised discriminator."""
        config = self._config
        return StyleGAN2Discriminator(self._widths[::-1], config.residual, config.group_size, self._image)
