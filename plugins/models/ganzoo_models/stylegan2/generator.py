"""The generator of StyleGAN2: latents become a style, and styles scale the features of every convolution.

Karras et al., 2020, "Analyzing and Improving the Image Quality of StyleGAN", sections 2.2 (modulation and
demodulation) and 4.1 (skip connections to the image). At 32x32, with 512 channels, it goes a learned
512x4x4 → 512x8x8 → 512x16x16 → 512x32x32, and each map adds an image to the sum of the smaller ones.
Shapes: B batch, Z latent, E label features, S style, C channels, H height, W width.
"""

from __future__ import annotations

import math
from typing import final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import label_vectors, require_shape
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, Generator, ImageSpec, StyleSpace
from ganzoo_models.stylegan2.equalised import DoubledImages, EqualisedLinear, LowPass, activate, normalise
from ganzoo_models.stylegan2.mapping import MappingNetwork
from ganzoo_models.stylegan2.settings import StyleGAN2Settings, widths_of
from ganzoo_models.stylegan2.styles import DrawnFromStyles
from ganzoo_models.stylegan2.truncation import TruncatedStyles


@final
class ModulatedConv2d(nn.Module):
    """A convolution whose input channels the style scales, for each image of a batch by itself.

    Demodulation divides each output channel by the size that its weights have then, as though the
    input had unit variance (equation 3). Scaling the features in place of the weights is the same
    arithmetic, and one convolution for the whole batch.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        style_dim: int,
        *,
        demodulates: bool = True,
        doubles: bool = False,
    ) -> None:
        super().__init__()
        self.to_scales = EqualisedLinear(style_dim, in_channels, bias=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.demodulates = demodulates
        self.scale = 1 if demodulates else 1 / math.sqrt(in_channels * kernel_size**2)
        self.padding = kernel_size // 2
        self.low_pass = LowPass(padding=1, gain=4) if doubles else None

    def forward(self, images: Tensor, styles: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` and styles `(B, S)` to `(B, out_channels, H, W)`, or to twice
        both sides.
        """
        scales = self.to_scales(styles) * self.scale  # (B, in_channels)
        images = images * scales[:, :, None, None]
        if self.low_pass is None:
            images = F.conv2d(images, self.weight, padding=self.padding)
        else:
            images = self.low_pass(F.conv_transpose2d(images, self.weight.transpose(0, 1), stride=2))
        if not self.demodulates:
            return images
        squares = self.weight.square().sum(dim=(2, 3))  # (out_channels, in_channels)
        sizes = (F.linear(scales.square(), squares) + 1e-8).rsqrt()  # (B, out_channels)
        return images * sizes[:, :, None, None]


@final
class StyledLayer(nn.Module):
    """A modulated convolution, noise of a learned strength, a bias and LeakyReLU.

    The noise is drawn anew for every image while training, and always the same in evaluation mode, so
    that latents decide the image.
    """

    constant_noise: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        style_dim: int,
        sides: tuple[int, int],
        *,
        doubles: bool = False,
    ) -> None:
        super().__init__()
        self.convolution = ModulatedConv2d(in_channels, out_channels, 3, style_dim, doubles=doubles)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("constant_noise", torch.randn(sides))

    def forward(self, images: Tensor, styles: Tensor) -> Tensor:
        """Maps `(B, in_channels, h, w)` and styles `(B, S)` to `(B, out_channels, H, W)`."""
        images = self.convolution(images, styles)
        noise = self.constant_noise
        if self.training:
            noise = torch.randn(len(images), 1, *noise.shape, dtype=noise.dtype, device=noise.device)
        return activate(images + noise * self.noise_strength + self.bias[:, None, None])


@final
class StyledBlock(nn.Module):
    """Doubles the sides by two styled layers, and adds its image to the one of the smaller blocks."""

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        style_dim: int,
        image_channels: int,
        sides: tuple[int, int],
        initial_contrast: float,
    ) -> None:
        super().__init__()
        self.doubling_layer = (
            None
            if in_channels is None
            else StyledLayer(in_channels, out_channels, style_dim, sides, doubles=True)
        )
        self.layer = StyledLayer(out_channels, out_channels, style_dim, sides)
        self.to_image = ModulatedConv2d(out_channels, image_channels, 1, style_dim, demodulates=False)
        with torch.no_grad():
            self.to_image.weight.mul_(initial_contrast)
        self.image_bias = nn.Parameter(torch.zeros(image_channels))
        self.doubled_images = DoubledImages()

    def forward(self, features: Tensor, images: Tensor | None, styles: Tensor) -> tuple[Tensor, Tensor]:
        """Maps features `(B, in_channels, h, w)`, the image so far `(B, C, h, w)`, if there is one, and
        styles `(B, S)` to features `(B, out_channels, H, W)` and the image `(B, C, H, W)`.
        """
        if self.doubling_layer is not None:
            features = self.doubling_layer(features, styles)
        features = self.layer(features, styles)
        more = self.to_image(features, styles) + self.image_bias[:, None, None]
        more = more.to(torch.promote_types(more.dtype, torch.float32))
        return features, more if images is None else self.doubled_images(images) + more


@final
class StyleGAN2Generator(Generator):
    """A mapping to styles, then blocks from a learned constant to the image; no tanh.

    Where it is conditional, a label's vector goes through a dense layer and enters the mapping beside the
    latents.
    """

    def __init__(
        self,
        config: StyleGAN2Settings,
        image: ImageSpec,
        num_classes: int | None = None,
        conditioning: Conditioning | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = config.latent_dim, image, num_classes
        self.conditioning = conditioning
        self.style_dim = style_dim = config.style_dim
        widths = widths_of(config, image)
        self.label: EqualisedLinear | None = None
        in_features = config.latent_dim
        if conditioning is not None:
            self.label = EqualisedLinear(conditioning.features, style_dim)
            in_features += style_dim
        self.mapping = MappingNetwork(in_features, style_dim, config.mapping_layers)
        sides = [(image.height >> i, image.width >> i) for i in reversed(range(len(widths)))]
        self.constant = nn.Parameter(torch.randn(widths[0], *sides[0]))
        self.blocks = nn.ModuleList(
            StyledBlock(
                in_channels, out_channels, style_dim, image.channels, block_sides, config.initial_contrast
            )
            for in_channels, out_channels, block_sides in zip(
                [None, *widths[:-1]], widths, sides, strict=True
            )
        )

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to images `(B, C, H, W)`.

        In evaluation mode they are cut to [-1, 1]. In training mode nothing bounds them, as published:
        the discriminator does.
        """
        return self.draw(self.styles(latents, labels))

    def styles(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and, where conditional, labels `(B,)` int64 to styles `(B, S)`."""
        require_shape("latents", latents, self.latent_dim)
        vectors = label_vectors(self.conditioning, labels, self.num_classes, latents=latents)  # (B, E)
        inputs = normalise(latents)
        if self.label is not None:
            inputs = torch.cat((inputs, normalise(self.label(vectors))), dim=1)  # (B, Z + S)
        styles: Tensor = self.mapping(inputs)
        return styles

    def draw(self, styles: Tensor) -> Tensor:
        """Maps styles `(B, S)` to images `(B, C, H, W)`, cut to [-1, 1] in evaluation mode."""
        features = self.constant.expand(styles.shape[0], -1, -1, -1)
        images: Tensor | None = None
        for block in self.blocks:
            features, images = block(features, images, styles)
        assert images is not None, "there are two blocks or more"
        return images if self.training else images.clamp(-1, 1)

    def style_space(self) -> StyleSpace:
        """W: styles, and the dense layers by which they scale the features of every convolution."""
        entered = [
            module.to_scales.weight * module.to_scales.scale
            for module in self.modules()
            if isinstance(module, ModulatedConv2d)
        ]
        return StyleSpace(DrawnFromStyles(self), self.styles, torch.cat(entered).detach())

    def truncated(self, psi: float) -> Generator:
        """Draws from styles nearer to the mean one: `TruncatedStyles`, with `psi` from 0 to 1."""
        return TruncatedStyles(self, psi)
