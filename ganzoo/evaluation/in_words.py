"""What figures mean, in sentences for whoever has not met them before. Needs no torch at run time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganzoo.evaluation.figures import Ends, Evaluation


def sentences(evaluation: Evaluation) -> Iterator[str]:
    """Yields a sentence for each figure that has a scale to be read on, for at most three of them."""
    values = {figure.metric: figure.value for figure in evaluation.figures}
    scale = evaluation.scale
    if "class-accuracy" in values and (ends := scale.get("class-accuracy")):
        yield f"{values['class-accuracy']:.0%} are what was asked for{_beside(ends)}"
    if "frechet-distance" in values and (ends := scale.get("frechet-distance")) and ends.real:
        share = _share_of_the_way(values["frechet-distance"], ends.noise, ends.real)
        if share is not None:
            yield (
                f"the Fréchet distance has come {share:.0%} of the way from noise to real images, in which "
                "every halving counts alike"
            )
    if "recall" in values and (ends := scale.get("recall")) and ends.real:
        share = values["recall"] / ends.real
        yield f"variety: {min(share, 1):.0%} of what other real images have (recall)"


def _beside(ends: Ends) -> str:
    return "" if ends.real is None else f"; of real images the same judge recognises {ends.real:.0%}"


def _share_of_the_way(value: float, noise: float, real: float) -> float | None:
    """On a logarithmic scale, cut to 0 and 1; None where noise is no further away than real images."""
    if min(value, noise, real) <= 0 or noise <= real:
        return None
    return min(1.0, max(0.0, math.log(noise / value) / math.log(noise / real)))
