"""Where torch has a fused form of an optimiser: one kernel for all that a step does to many weights."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn


def can_be_fused(parameters: Iterable[nn.Parameter]) -> bool:
    """Whether all parameters are where every torch from 2.6 on has fused kernels of Adam, AdamW and SGD."""
    return all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)
