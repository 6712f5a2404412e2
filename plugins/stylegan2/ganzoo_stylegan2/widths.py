"""How many channels the maps of StyleGAN2 have, in both networks."""

from __future__ import annotations

from ganzoo_layers import doublings

from ganzoo.interfaces import ImageSpec


def widths_of(image: ImageSpec, channels: int, capacity: int) -> list[int]:
    """Channels of every map, from the smallest to the image's size: `channels`, or fewer where a map's
    longer side times its channels would exceed `capacity`.

    Raises:
        UsageError: the image's sides do not halve evenly to 4 pixels or more, not even once.
    """
    count = doublings("stylegan2", image)
    sides = [max(image.height, image.width) >> i for i in reversed(range(count + 1))]
    return [max(1, min(channels, capacity // side)) for side in sides]
