"""Convolutions of maps of a few pixels as matrix products, on processors.

A kernel of 5x5 that makes a map of 2x2 multiplies mostly padding, and the convolutions that torch has for
processors read all weights anew for each image there: they reach a small part of what a matrix product
reaches. In bfloat16 the gradients of the weights are as slow on maps of 4x4. The products below nearly halve
a step of the chapter's DCGAN (`benchmarks/RESULTS.md`); on larger maps torch's own are as fast.

A convolution is bilinear in images and weight. Its gradients are two more such maps, and theirs are the same
three again: hence gradients of every order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.nn.grad import conv2d_input

from ganzoo_components.layers.windows import Geometry, cut, scatter, slabs


class Method(NamedTuple):
    """A way to compute the three maps. Images are `(B, in_channels, *size)`, features `(B, out_channels,
    *windows)`, weights `(out_channels, in_channels, kernel, kernel)`; results are new, channels-last tensors.
    """

    convolve: Callable[[Tensor, Tensor, Geometry], Tensor]
    """Features, from images and a weight."""
    spread: Callable[[Tensor, Tensor, Geometry], Tensor]
    """Images, from features and a weight: the transposed convolution."""
    correlate: Callable[[Tensor, Tensor, Geometry], Tensor]
    """A weight, from images and features: what its gradient is."""


def choose(images: Tensor, smaller_map: tuple[int, int]) -> Method | None:
    """How to compute a convolution of `images` whose smaller map, in or out, has this size.

    None: by torch's own convolution, as on every other device and, in float32, wherever nothing is learnt.
    """
    if images.device.type != "cpu":
        return None
    side, is_autocast = max(smaller_map), torch.is_autocast_enabled("cpu")
    dtype = torch.get_autocast_dtype("cpu") if is_autocast else images.dtype
    if dtype == torch.bfloat16:
        return PRODUCTS if side <= 2 else PRODUCTS_FOR_WEIGHTS if side <= 4 else None
    if dtype != torch.float32 or not torch.is_grad_enabled() or torch.compiler.is_compiling():
        return None
    return SLABS if len(images) >= fewest_images(side) else None


def fewest_images(side: int) -> float:
    """The batch from which on slabs are faster; the smaller, the fewer products share the weights.

    On 4x4 they are where BLAS is as fast as the convolutions: MKL on the processors of its maker, which
    alone have AMX.
    """
    if side > 4 or not torch.backends.mkl.is_available():  # type: ignore[no-untyped-call]
        return math.inf
    if side <= 2:
        return 8
    return 64 if _has_amx() else math.inf


@cache
def _has_amx() -> bool:
    return hasattr(torch.cpu, "get_capabilities") and bool(torch.cpu.get_capabilities().get("amx_bf16"))


def convolve(
    images: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, method: Method
) -> Tensor:
    """Convolves images `(B, in_channels, H, W)` with a weight `(out_channels, in_channels, kernel,
    kernel)` to `(B, out_channels, *windows)`, in the precision of autocast.
    """
    features: Tensor = Convolve.apply(_cast(images), _cast(weight), geometry, method)
    return features if bias is None else features + _cast(bias).reshape(-1, 1, 1)


def convolve_transposed(
    images: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, method: Method
) -> Tensor:
    """Scatters images `(B, in_channels, *windows)` through a weight `(in_channels, out_channels, kernel,
    kernel)` to `(B, out_channels, *size)`, in the precision of autocast.
    """
    scattered: Tensor = Spread.apply(_cast(images), _cast(weight), geometry, method)
    return scattered if bias is None else scattered + _cast(bias).reshape(-1, 1, 1)


def _cast(tensor: Tensor) -> Tensor:
    return tensor.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else tensor


class _Bilinear(Function):
    """What the three have in common: they keep both factors."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keeps the factors and the way."""
        first, second, ctx.geometry, ctx.method = inputs
        ctx.save_for_backward(first, second)


@final
class Convolve(_Bilinear):
    """Features from images and a weight."""

    @staticmethod
    def forward(images: Tensor, weight: Tensor, geometry: Geometry, method: Method) -> Tensor:
        """Computes it."""
        return method.convolve(images, weight, geometry)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of images and weight."""
        (images, weight), how = ctx.saved_tensors, (ctx.geometry, ctx.method)
        of_images = Spread.apply(gradient, weight, *how) if ctx.needs_input_grad[0] else None
        of_weight = Correlate.apply(images, gradient, *how) if ctx.needs_input_grad[1] else None
        return of_images, of_weight, None, None


@final
class Spread(_Bilinear):
    """Images from features and a weight."""

    @staticmethod
    def forward(features: Tensor, weight: Tensor, geometry: Geometry, method: Method) -> Tensor:
        """Computes it."""
        return method.spread(features, weight, geometry)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of features and weight."""
        (features, weight), how = ctx.saved_tensors, (ctx.geometry, ctx.method)
        of_features = Convolve.apply(gradient, weight, *how) if ctx.needs_input_grad[0] else None
        of_weight = Correlate.apply(gradient, features, *how) if ctx.needs_input_grad[1] else None
        return of_features, of_weight, None, None


@final
class Correlate(_Bilinear):
    """A weight from images and features."""

    @staticmethod
    def forward(images: Tensor, features: Tensor, geometry: Geometry, method: Method) -> Tensor:
        """Computes it."""
        return method.correlate(images, features, geometry)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of images and features."""
        (images, features), how = ctx.saved_tensors, (ctx.geometry, ctx.method)
        of_images = Spread.apply(features, gradient, *how) if ctx.needs_input_grad[0] else None
        of_features = Convolve.apply(images, gradient, *how) if ctx.needs_input_grad[1] else None
        return of_images, of_features, None, None


def _last(tensor: Tensor) -> Tensor:
    """A view with the channels last, of a copy where they don't lie so."""
    return tensor.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)


def _new(like: Tensor, *shape: int) -> Tensor:
    """A tensor to write into. It is no view: what a Function returns must not be one, or nobody could change
    it in place, as ReLU(inplace=True) does.
    """
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)


def _convolve_by_product(images: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    features = _new(images, len(images), len(weight), *geometry.windows)
    torch.mm(cut(_last(images), geometry), _last(weight).flatten(1).t(), out=_last(features).flatten(0, 2))
    return features


def _spread_by_product(features: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    rows = _last(features).flatten(0, 2) @ _last(weight).flatten(1)
    return scatter(rows, geometry, weight.shape[1]).permute(0, 3, 1, 2).clone()


def _correlate_by_product(images: Tensor, features: Tensor, geometry: Geometry) -> Tensor:
    weight = _new(images, features.shape[1], images.shape[1], *geometry.kernel)
    torch.mm(_last(features).flatten(0, 2).t(), cut(_last(images), geometry), out=_last(weight).flatten(1))
    return weight


def _convolve_by_slabs(images: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    features = _new(images, len(images), len(weight), *geometry.windows).zero_()
    pixels, taps, sums = _last(images), _last(weight), _last(features)
    for slab in slabs(geometry):
        sums[slab.pixel].addmm_(pixels[slab.pixels].flatten(1), taps[slab.taps].flatten(1).t())
    return features


def _spread_by_slabs(features: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    images = _new(features, len(features), weight.shape[1], *geometry.size).zero_()
    pixels, taps, sums = _last(features), _last(weight), _last(images)
    for slab in slabs(geometry):
        sums[slab.pixels].flatten(1).addmm_(pixels[slab.pixel], taps[slab.taps].flatten(1))
    return images


def _correlate_by_slabs(images: Tensor, features: Tensor, geometry: Geometry) -> Tensor:
    weight = _new(images, features.shape[1], images.shape[1], *geometry.kernel).zero_()
    pixels, pixel, sums = _last(images), _last(features), _last(weight)
    for slab in slabs(geometry):
        sums[slab.taps].flatten(1).addmm_(pixel[slab.pixel].t(), pixels[slab.pixels].flatten(1))
    return weight


def _convolve_by_torch(images: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    left, right, top, bottom = geometry.padding
    padded = F.pad(images, (0, right - left, 0, bottom - top))
    return F.conv2d(padded, weight, None, geometry.stride, (top, left))


def _spread_by_torch(features: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    left, right, top, bottom = geometry.padding
    padded = geometry.size[0] + bottom - top, geometry.size[1] + right - left
    # Faster than `conv_transpose2d`, which computes the same.
    images: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
        (len(features), weight.shape[1], *padded), weight, features, geometry.stride, (top, left)
    )
    return F.pad(images, (0, left - right, 0, top - bottom))


PRODUCTS: Final = Method(_convolve_by_product, _spread_by_product, _correlate_by_product)
"""One matrix product each, of all windows with all taps: the sums have one rounding, which bfloat16 needs."""

PRODUCTS_FOR_WEIGHTS: Final = Method(_convolve_by_torch, _spread_by_torch, _correlate_by_product)
"""Torch's own convolutions, but for the gradient of the weights."""

SLABS: Final = Method(_convolve_by_slabs, _spread_by_slabs, _correlate_by_slabs)
"""Many small products that leave the taps on padding out and copy nothing."""
