"""Records DiffAugment from the authors' code: images, what was drawn for them, and what they became.

    python benchmarks/released/diffaugment.py --checkout data-efficient-gans

Each number is drawn by `torch.rand`, in [0, 1), or `torch.randint`, between two bounds, which are kept too.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
from recording import arguments, write
from torch import Tensor

POLICY, BATCH, SIDES = "color,translation,cutout", 24, (8, 12)


def main() -> None:
    """Writes the recording."""
    source, folder = arguments("diffaugment.py", "mit-han-lab/data-efficient-gans", "BSD-2-Clause")
    code = importlib.import_module("DiffAugment_pytorch")
    torch.manual_seed(0)
    images = torch.randint(256, (BATCH, 3, *SIDES))
    tensors: dict[str, Tensor] = {"images": images.to(torch.uint8)}
    uniform, whole = torch.rand, torch.randint

    def keep(numbers: Tensor, low: int, high: int) -> Tensor:
        count = sum(name.startswith("drawn.") for name in tensors)
        tensors[f"drawn.{count}"] = numbers.flatten()
        tensors[f"bounds.{count}"] = torch.tensor([low, high])
        return numbers

    def listening_uniform(*sizes: Any, **options: Any) -> Tensor:
        return keep(uniform(*sizes, **options), 0, 1)

    def listening_whole(low: int, high: int, size: Any, **options: Any) -> Tensor:
        return keep(whole(low, high, size, **options), low, high)

    torch.rand, torch.randint = listening_uniform, listening_whole  # type: ignore[assignment]
    try:
        tensors["augmented"] = code.DiffAugment(images / 127.5 - 1, POLICY)
    finally:
        torch.rand, torch.randint = uniform, whole
    write(tensors, source, folder / "diffaugment.safetensors", policy=POLICY)


if __name__ == "__main__":
    main()
