"""Seeds as people list them, `0-63` or `3,7,20-29`, and the first latent of each."""

from __future__ import annotations

import re
from typing import Final

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.sampling.latents import draw_latents
from ganzoo.settings.limits import require_count, require_seed

_PART: Final = re.compile(r"(\d{1,20})(?:-(\d{1,20}))?", re.ASCII)


def parse_seeds(text: str) -> list[int]:
    """The seeds that are listed, in their order: `0-2,7` is 0, 1, 2 and 7.

    Raises:
        UsageError: it is no such list, a range runs backwards, or a seed is too large.
    """
    seeds: list[int] = []
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        first, last = (0, -1) if found is None else (int(found[1]), int(found[2] or found[1]))
        if last < first:
            raise UsageError(
                f"--seeds takes seeds and ranges of them, such as 0-63 or 3,7,20-29, not {text!r}"
            )
        require_seed(last)
        require_count(len(seeds) + last - first + 1)
        seeds += range(first, last + 1)
    return seeds


def latents_of(seeds: list[int], latent_dim: int) -> Tensor:
    """The first latent of each seed, `(len(seeds), latent_dim)` float32 on the CPU."""
    return torch.cat([draw_latents(1, latent_dim, seed) for seed in seeds])
