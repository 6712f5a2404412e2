"""Convolution with the 'same' geometry of Keras and TensorFlow: the stride alone decides the size."""

from __future__ import annotations

from typing import Literal, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo_components.layers.small_maps import choose, convolve
from ganzoo_components.layers.windows import Geometry


def same_padding(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Returns how many zeros go before and after a side of `size` pixels, so that it becomes
    `ceil(size / stride)`. An odd one goes after: kernel 5 with stride 2 pads an even side by (1, 2).
    """
    output_size = -(-size // stride)
    total = max((output_size - 1) * stride + kernel_size - size, 0)
    return total // 2, total - total // 2


def repeat_edges(images: Tensor, padding: tuple[int, int, int, int]) -> Tensor:
    """Pads images `(B, C, H, W)` left, right, at the top and at the bottom by the pixels at the edge."""
    if not torch.compiler.is_compiling():
        return F.pad(images, padding, mode="replicate")
    # The compiler takes the gradient of that padding for contiguous where it is channels-last, and fails.
    left, right, top, bottom = padding
    images = torch.cat([*[images[..., :1]] * left, images, *[images[..., -1:]] * right], dim=3)
    return torch.cat([*[images[..., :1, :]] * top, images, *[images[..., -1:, :]] * bottom], dim=2)


@final
class SameConv2d(nn.Conv2d):
    """Maps `(B, in_channels, H, W)` to `(B, out_channels, ceil(H / stride), ceil(W / stride))`.

    `padding="same"` of `nn.Conv2d` refuses strides, hence this class. The padding follows the input's
    size, as in TensorFlow; it is made of zeros, or repeats the pixels at the edge ("replicate").
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        bias: bool = True,
        padding_mode: Literal["zeros", "replicate"] = "zeros",
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, bias=bias, padding_mode=padding_mode)

    def forward(self, input: Tensor) -> Tensor:
        """Convolves images `(B, in_channels, H, W)`."""
        top, bottom = same_padding(input.shape[-2], self.kernel_size[0], self.stride[0])
        left, right = same_padding(input.shape[-1], self.kernel_size[1], self.stride[1])
        if self.padding_mode != "zeros":
            input = repeat_edges(input, (left, right, top, bottom))
            return F.conv2d(input, self.weight, self.bias, self.stride)
        output_size = -(-input.shape[-2] // self.stride[0]), -(-input.shape[-1] // self.stride[1])
        if method := choose(input, output_size):
            size = input.shape[-2], input.shape[-1]
            geometry = Geometry(self.kernel_size, self.stride[0], (top, left), output_size, size)
            return convolve(input, self.weight, self.bias, geometry, method)
        if (top, left) != (bottom, right):
            # The convolution itself pads both sides alike, without a copy; only the rest needs one.
            input = F.pad(input, (0, right - left, 0, bottom - top))
        return F.conv2d(input, self.weight, self.bias, self.stride, (top, left))
