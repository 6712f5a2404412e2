"""Latents: drawn from a seed, truncated, interpolated."""

from __future__ import annotations

import hashlib
from typing import Final

import torch
from torch import Tensor

from ganzoo.settings.limits import require_count, require_seed

_BLOCK: Final = 16
"""Numbers that torch draws together on a CPU: of a count that is no multiple, it draws the last ones anew."""


def draw_latents(count: int, latent_dim: int, seed: int) -> Tensor:
    """Standard normal latents `(count, latent_dim)` float32 on the CPU.

    The i-th depends on the seed and on i alone: fewer latents are the first of more.

    Raises:
        UsageError: the count is below 1, or the seed is no number from 0 to 2**63 - 1.
    """
    require_count(count)
    require_seed(seed)
    numbers = int(count) * latent_dim
    whole_blocks = -(-numbers // _BLOCK) * _BLOCK
    generator = torch.Generator("cpu").manual_seed(int(seed))
    drawn = torch.randn(whole_blocks, generator=generator, dtype=torch.float32, device="cpu")
    return drawn[:numbers].view(count, latent_dim)


def random_numbers(seed: int, purpose: str) -> torch.Generator:
    """Random numbers on the CPU that a seed and a purpose decide; others than those of the seed's latents."""
    digest = hashlib.blake2b(f"{purpose} {seed}".encode(), digest_size=8).digest()
    return torch.Generator("cpu").manual_seed(int.from_bytes(digest, "little"))


def truncate(latents: Tensor, threshold: float) -> Tensor:
    """Maps standard normal latents to normal ones truncated at `threshold` on both sides of zero.

    It trades variety for quality (Brock et al., 2019, section 3.1, "the truncation trick"). They draw values
    outside the threshold anew; here every value keeps its quantile instead. The distribution is the same,
    and an image changes smoothly with the threshold:

        z' = F⁻¹(F(-t) + F(z) (F(t) - F(-t)))    with F the normal distribution function

    Args:
        latents: `(batch, latent_dim)` float, standard normal.
        threshold: t, above 0.

    Returns:
        Latents of the same shape and type, each in [-threshold, threshold].

    Raises:
        ValueError: the threshold is not above 0, or is not finite.
    """
    if not 0 < threshold < float("inf"):
        raise ValueError(f"the threshold of truncation is a number above 0, not {threshold}")
    ends = torch.special.ndtr(torch.tensor([-threshold, threshold], dtype=torch.float64))
    quantiles = ends[0] + torch.special.ndtr(latents.double()) * (ends[1] - ends[0])
    truncated: Tensor = torch.special.ndtri(quantiles)
    return truncated.clamp(-threshold, threshold).to(latents.dtype)


def interpolate(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Latents on the great circle from one latent to another (White, 2016, section 2.1).

    Normal latents of many dimensions lie near a sphere. Halfway on the straight line the length is too
    small by a factor of about √2: the generator was not trained on such latents. On the circle the length
    changes evenly from that of the start to that of the end. Between latents of the same or of exactly
    opposite directions there is no single great circle, and the straight line is taken.

    Args:
        start: `(latent_dim,)` float.
        end: `(latent_dim,)` float.
        steps: number of latents, both ends included; 2 or more.

    Returns:
        Latents `(steps, latent_dim)` of the type of `start`.

    Raises:
        ValueError: there are fewer than 2 steps.
    """
    if steps < 2:
        raise ValueError(f"from one latent to another there are 2 steps or more, not {steps}")
    first, last = start.double(), end.double()
    share = torch.linspace(0, 1, steps, dtype=torch.float64)[:, None]
    lengths = first.norm(), last.norm()
    cosine = (first @ last / (lengths[0] * lengths[1])).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if not torch.sin(angle) > 1e-6:  # also where a latent has length zero and the cosine is not a number
        return torch.lerp(first, last, share).to(start.dtype)
    from_first = torch.sin((1 - share) * angle) * first / lengths[0]
    from_last = torch.sin(share * angle) * last / lengths[1]
    directions: Tensor = (from_first + from_last) / torch.sin(angle)
    return (torch.lerp(*lengths, share) * directions).to(start.dtype)
