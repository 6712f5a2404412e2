"""Transposed convolution with the 'same' geometry of Keras and TensorFlow: doubles height and width."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from ganzoo_components.layers.convolution import same_padding
from ganzoo_components.layers.small_maps import choose, convolve_transposed
from ganzoo_components.layers.windows import Geometry


@final
class SameConvTranspose2d(nn.ConvTranspose2d):
    """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`, for any kernel of at least 2.

    It is the gradient of the `SameConv2d` with stride 2 that would take the output back to the
    input's size (Dumoulin and Visin, 2016, section 4). So it cuts from its scattered output what
    that convolution pads: kernel 4 cuts 1 row on both sides, kernel 5 cuts 1 before and 2 after.

    Raises:
        ValueError: `kernel_size` is below 2, which would leave holes between the pixels.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, *, bias: bool = True) -> None:
        if kernel_size < 2:
            raise ValueError(f"kernel_size must be 2 or more to double an image, not {kernel_size}")
        # Any even size gives the same padding; torch cuts `before` from both sides.
        before, _after = same_padding(2, kernel_size, stride=2)
        super().__init__(in_channels, out_channels, kernel_size, stride=2, padding=before, bias=bias)

    # The output's size follows from the input's, so there is no `output_size` to give.
    def forward(self, input: Tensor) -> Tensor:  # type: ignore[override]
        """Doubles height and width of `(B, in_channels, H, W)`."""
        height, width = input.shape[-2:]
        if method := choose(input, (height, width)):
            before = same_padding(2, self.kernel_size[0], stride=2)[0]
            size = 2 * height, 2 * width
            geometry = Geometry(self.kernel_size, 2, (before, before), (height, width), size)
            return convolve_transposed(input, self.weight, self.bias, geometry, method)
        doubled = super().forward(input)
        if self.kernel_size[0] % 2 == 0:
            return doubled
        # One more row and column are cut after than before.
        doubled = doubled[:, :, : 2 * height, : 2 * width]
        # The batch normalisation of processors takes several times as long on what lies apart in memory.
        return doubled.clone() if doubled.device.type == "cpu" else doubled
