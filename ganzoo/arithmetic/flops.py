"""Counts the floating-point operations of a step as its operators run, backward passes included.

Counted by formulas over shapes, so nothing is measured and no GPU is needed. A double backward pass,
as gradient penalties take, runs through the same operators.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, shape_wrapper


@dataclass(frozen=True)
class Counted:
    """The operations of one step."""

    per_step: int
    by_operator: dict[str, int]


def count(step: Callable[[], object]) -> Counted:
    """Takes one step and counts; the step must not be compiled, which hides its operators."""
    with _CountingMode() as mode:
        step()
    return Counted(mode.counts.total(), dict(mode.counts.most_common()))


class _CountingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operator on its way to the device.

    Torch's own FlopCounterMode does the same and also hooks into modules to name them, which fails on
    some graphs. Its formulas are used here, but for grouped convolutions backwards, where it is wrong.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, _types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        operator = func._overloadpacket
        if operator not in _FORMULAS:
            # Under inference mode composite operators arrive whole; what they consist of is counted.
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        result = func(*args, **kwargs)
        if operator in _FORMULAS:
            self.counts[str(operator)] += int(_FORMULAS[operator](*args, **kwargs, out_val=result))
        return result


def convolution(
    input_shape: Sequence[int], weight_shape: Sequence[int], output_shape: Sequence[int], transposed: bool
) -> int:
    """2 · batch · positions · kernel · channels in · channels out / groups.

    The kernel is applied once at every position of the output, of the input where it is transposed:
    stride, padding, output padding and dilation matter only through these. A weight is (channels out,
    channels in / groups, ...), transposed (channels in, channels out / groups, ...), so its product
    holds the groups already.
    """
    positions = (input_shape if transposed else output_shape)[2:]
    return 2 * input_shape[0] * prod(positions) * prod(weight_shape)


def _convolution_backward(
    output_gradient: Sequence[int],
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    _output_padding: Any,
    _groups: int,
    output_mask: Sequence[bool],
    **_: Any,
) -> int:
    """As much as forward for the gradient of the input, and again for that of the weight.

    Torch's own formula takes `groups` times too many for the weight's.
    """
    once = convolution(input_shape, weight_shape, output_gradient, transposed)
    return once * (int(output_mask[0]) + int(output_mask[1]))


_ATEN: Final = torch.ops.aten

_FORMULAS: Final[dict[Any, Callable[..., int]]] = {
    **flop_registry,
    # On a CPU attention is an operator that torch has no formula for; its first arguments are the same.
    _ATEN._scaled_dot_product_flash_attention_for_cpu: flop_registry[
        _ATEN._scaled_dot_product_flash_attention
    ],
    _ATEN._scaled_dot_product_flash_attention_for_cpu_backward: flop_registry[
        _ATEN._scaled_dot_product_flash_attention_backward
    ],
    _ATEN.convolution_backward: shape_wrapper(_convolution_backward),  # type: ignore[no-untyped-call]
}
