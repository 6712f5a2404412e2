"""The kind `upsampling`: a block that doubles height and width, and what every one promises."""

from __future__ import annotations

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Upsampling
from ganzoo.testing.checks import Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.gradient_checks import gradients_reach_the_inputs
from ganzoo.testing.module_checks import MODULES
from ganzoo.testing.modules import ModuleSubject, output_of, perturb


class UpsamplingKind:
    """Doubles height and width."""

    ganzoo_api = 1
    position = 3
    group = "ganzoo.upsamplings"
    interface = "ganzoo.interfaces:Upsampling"
    role = "component"
    option = "Component."
    checks = "ganzoo.kinds.upsampling:SUITE"
    template = "upsampling.template"
    template_use = "train dcgan --dataset digits --upsampling $name"


_SIZES = ((1, 1), (2, 2), (3, 5), (4, 7), (6, 4))

_CHANNELS = ((16, 8), (8, 16), (4, 3), (4, 1))
"""Fewer and more maps, and the last layer of a colour and of a grey image."""


class UpsamplingSubject(ModuleSubject):
    """An upsampling from 16 to 8 maps."""

    def build(self) -> dict[str, nn.Module]:
        """The block, as a model's slot makes it."""
        return {"block": self.bound.make(16, 8)}

    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Feature maps `(batch, 16, 5, 4)`."""
        return (torch.randn(batch, 16, 5, 4),)

    def observed(self) -> list[Tensor]:
        """See `ModuleSubject`; sides are doubled with every setting."""
        found = super().observed()
        *_, maps = found
        require(maps.shape[1:] == (8, 10, 8), f"maps of 5 x 4 become {tuple(maps.shape[2:])}, not 10 x 8")
        return found

    def draws_alone(self, name: str) -> bool:
        """An image drawn alone must be the same: the block is a part of the generator."""
        return True


@check(
    why="Models count doublings from their smallest map to the image. Odd sides occur, 7 on the way to 28.",
    remedy="Return (batch, out_channels, 2 * height, 2 * width): an odd kernel or stride needs unequal "
    "padding.",
)
def doubles_odd_and_even_sides(subject: UpsamplingSubject) -> None:
    for in_channels, out_channels in _CHANNELS:
        block = subject.place(subject.bound.make(in_channels, out_channels)).eval()
        for batch in (1, 2, 5):
            for height, width in _SIZES:
                images = subject.place(torch.randn(batch, in_channels, height, width))
                actual = tuple(output_of(block, (images,)).shape)
                expected = (batch, out_channels, 2 * height, 2 * width)
                require(actual == expected, f"{tuple(images.shape)} becomes {actual}, not {expected}")


@check(
    why="A block that returns float32 whatever it is given undoes the precision of the training, and ends a "
    "network of float64.",
    remedy="Cast to float32 only what needs it, and return the type of the images.",
)
def follows_the_type_of_the_network(subject: UpsamplingSubject) -> None:
    for dtype in (torch.float64, torch.bfloat16):
        block = subject.fresh()["block"].to(dtype)
        output = output_of(block, tuple(x.to(dtype) for x in subject.given("block", 2)))
        require(output.dtype == dtype, f"a network of {dtype} gets maps of {output.dtype}")


@check(
    why="Models ask for bias=False where batch normalisation follows and takes any constant out again: it "
    "would be a parameter that can't learn.",
    remedy="Pass bias on to every layer of the block.",
)
def without_bias_adds_no_constant(subject: UpsamplingSubject) -> None:
    block = perturb(subject.place(subject.bound.make(16, 8, bias=False)), 0.1).eval()
    highest = float(output_of(block, (subject.place(torch.zeros(2, 16, 3, 3)),)).abs().max())
    require(highest == 0, f"zeros become {highest:.3g} with bias=False")


@final
class StandInUpsampling(Upsampling):
    """Repeats pixels, then a 1x1 convolution."""

    ganzoo_api = 1

    def __init__(self, config: object, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.mix = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        mixed: Tensor = self.mix(F.interpolate(images, scale_factor=2, mode="nearest"))
        return mixed


SUITE = Suite(
    UpsamplingSubject,
    (
        *EVERY,
        *MODULES,
        gradients_reach_the_inputs,
        doubles_odd_and_even_sides,
        follows_the_type_of_the_network,
        without_bias_adds_no_constant,
    ),
    minimum=18,
    stand_in=StandInUpsampling,
)
