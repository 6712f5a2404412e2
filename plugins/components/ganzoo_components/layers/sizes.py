"""How often an image halves: the sizes that networks of doublings and halvings can draw."""

from __future__ import annotations

import math

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec


def doublings(model: str, image: ImageSpec, smallest: int = 4) -> int:
    """How many doublings lead to an image from sides that are as small as they get by halving evenly,
    but no smaller than `smallest` pixels.

    Raises:
        UsageError: not even one does; the message names the model and a size that it can draw.
    """
    count = min(_halvings(side, smallest) for side in (image.height, image.width))
    if count == 0:
        nearest = "x".join(str(max(2 * smallest, side - side % 2)) for side in (image.height, image.width))
        raise UsageError(
            f"{model} doubles maps of {smallest} pixels or more to an image, at least once: sides must be "
            f"even and at least {2 * smallest}, such as {nearest}, not {image.height}x{image.width}"
        )
    return count


def halvings(model: str, image: ImageSpec, largest: int = 8, smallest: int = 4) -> int:
    """How many halvings lead from an image to sides of at most `largest` pixels, at least one; fewer
    where the sides don't halve so often.

    Raises:
        UsageError: as `doublings` does.
    """
    wanted = math.ceil(math.log2(max(image.height, image.width) / largest))
    return min(max(1, wanted), doublings(model, image, smallest))


def _halvings(side: int, smallest: int) -> int:
    count = 0
    while side % 2 == 0 and side >= 2 * smallest:
        side //= 2
        count += 1
    return count
