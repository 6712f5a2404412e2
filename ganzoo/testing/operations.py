"""What torch carries out while a plugin works: how many operations, and whether they stay on one device."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganzoo.testing.checks import Failure, require

_MAY_MIX: Final = ("index", "index_put", "index_put_", "_index_put_impl_", "copy_")
"""Operations that an accelerator carries out with tensors of the CPU besides its own."""


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the operations within it, and raises `Failure` where one mixes devices or reads a value back.

    On the `meta` device tensors have shapes and no values, so that this needs no accelerator.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Carries out one operation of torch."""
        self.count += 1
        name = function.overloadpacket.__name__
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        if name == "_local_scalar_dense" and given[0].is_meta:
            raise Failure("a value is read back from the device: .item(), float(), or if on a tensor")
        if name not in _MAY_MIX:
            devices = sorted({tensor.device.type for tensor in given if tensor.dim()})
            require(len(devices) < 2, f"torch's {name} is given tensors on {' and '.join(devices)}")
        return function(*args, **(kwargs or {}))


META: Final = torch.device("meta")
