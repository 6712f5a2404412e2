"""`dcgan` without one of its pieces: batch normalisation, or the way its weights start."""

from __future__ import annotations

from typing import final

from ganzoo_models.dcgan import DCGAN
from torch import nn

from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Model, UpsamplingFactory


class _Changed(Model):
    """`dcgan` with both networks changed; how, a subclass says."""

    def __init__(
        self,
        config: DCGAN.Config,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
    ) -> None:
        self._dcgan = DCGAN(config, image, num_classes, upsampling=upsampling)

    def generator(self) -> Generator:
        """Builds a freshly initialised generator."""
        generator = self._dcgan.generator()
        self.change(generator)
        return generator

    def discriminator(self) -> Discriminator:
        """Builds a freshly initialised discriminator."""
        discriminator = self._dcgan.discriminator()
        self.change(discriminator)
        return discriminator

    def change(self, network: nn.Module) -> None:
        """Changes a network in place."""
        raise NotImplementedError


@final
class NoBatchNorm(_Changed):
    """`dcgan` without batch normalisation."""

    ganzoo_api = 1
    Config = DCGAN.Config
    components = DCGAN.components
    image_sides = DCGAN.image_sides
    recipe = DCGAN.recipe
    recipes = DCGAN.recipes

    def change(self, network: nn.Module) -> None:
        """Puts nothing in the place of every batch normalisation."""
        for name, module in list(network.named_modules()):
            if isinstance(module, nn.BatchNorm2d):
                network.set_submodule(name, nn.Identity())
            elif isinstance(module, nn.ReLU | nn.LeakyReLU):
                module.inplace = False  # what comes before it now still needs its own output


@final
class TorchInitialisation(_Changed):
    """`dcgan` whose weights start as torch lets them, not with the paper's normal numbers (section 4)."""

    ganzoo_api = 1
    Config = DCGAN.Config
    components = DCGAN.components
    image_sides = DCGAN.image_sides
    recipe = DCGAN.recipe
    recipes = DCGAN.recipes

    def change(self, network: nn.Module) -> None:
        """Starts every layer anew."""
        for module in network.modules():
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d):
                module.reset_parameters()
