"""What stands for torch in a released module, where some of its names have to mean something else."""

from __future__ import annotations

from typing import Any

import torch


class TorchWith:
    """Torch, but for the names that are given."""

    def __init__(self, **names: Any) -> None:
        vars(self).update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)
