"""Which tensors of trained networks fit into others: by name and shape, with other classes or other images.

Two things make a tensor of one name another one, and both are told by the shapes alone. The number of classes
makes a dimension longer or shorter by exactly the difference: rows of embeddings, heads of classifiers, and
columns of one-hot vectors behind other inputs. What belongs to classes then stays fresh. Another size of
images adds blocks at one end of a row of numbered modules, and so shifts the numbers of all others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from torch import Tensor, nn

Shapes = Mapping[str, tuple[int, ...]]
"""Name to shape, of the tensors of a network."""

_NUMBERED: Final = re.compile(r"(?P<row>.*?)\.?(?P<number>(?<![^.])\d+)(?=\.)")
"""The first number in a tensor's name, `blocks.3.weight`, and the row of modules that it counts."""


@dataclass(frozen=True)
class Fit:
    """The tensor from which another takes its numbers, whole or in part."""

    source: str
    dimension: int | None = None
    """The one that counts classes as well; None where the tensor is taken whole."""
    count: int = 0
    """How many entries of that dimension are taken, from the first on."""


def fit(
    source: Shapes, target: Shapes, classes: tuple[int | None, int | None] = (None, None)
) -> dict[str, Fit]:
    """Where each tensor takes its numbers from; those that stay as they are aren't in it.

    Args:
        source: of the trained network.
        target: of the other one.
        classes: how many each of both draws or judges, source first; None for none.
    """
    names = {name: name for name in target} | _shifted(source, target, classes)
    found = {
        name: _fit(other, source[other], target[name], classes)
        for name, other in names.items()
        if other in source
    }
    return {name: each for name, each in found.items() if each is not None}


def without_classes(
    fits: Mapping[str, Fit], target: Shapes, one_more: Shapes, num_classes: int
) -> dict[str, Fit]:
    """The same without what belongs to classes, where both networks have as many, but others.

    Args:
        fits: what `fit` says.
        target: of the network that takes over.
        one_more: the same network's with one class more: what differs counts classes.
        num_classes: how many it has.
    """
    kept = {}
    for name, each in fits.items():
        mine, longer = target[name], one_more.get(name, ())
        differing = [i for i, sizes in enumerate(zip(mine, longer, strict=False)) if sizes[0] != sizes[1]]
        if mine == longer:
            kept[name] = each
        elif len(differing) == 1 and (others := mine[differing[0]] - num_classes) > 0:
            kept[name] = Fit(each.source, differing[0], others)
    return kept


def take_over(network: nn.Module, tensors: Mapping[str, Tensor], fits: Mapping[str, Fit]) -> None:
    """Gives a network the numbers of another, in place.

    Args:
        network: of the shapes that `fits` was made for.
        tensors: of the other network, by name; converted to the type that is here.
        fits: what `fit` says.
    """
    state = network.state_dict()
    for name, each in fits.items():
        mine, theirs = state[name], tensors[each.source]
        if each.dimension is not None:
            mine, theirs = (tensor.narrow(each.dimension, 0, each.count) for tensor in (mine, theirs))
        mine.copy_(theirs)


def fresh(target: Iterable[str], fits: Mapping[str, Fit]) -> list[str]:
    """The names of tensors that take nothing over, or only a part."""
    return [name for name in target if name not in fits or fits[name].dimension is not None]


def _fit(
    source: str, theirs: tuple[int, ...], mine: tuple[int, ...], classes: tuple[int | None, int | None]
) -> Fit | None:
    if theirs == mine:
        return Fit(source)
    differing = [index for index, sizes in enumerate(zip(theirs, mine, strict=False)) if sizes[0] != sizes[1]]
    if len(theirs) != len(mine) or len(differing) != 1:
        return None
    (dimension,) = differing
    others = theirs[dimension] - (classes[0] or 0)
    if others <= 0 or others != mine[dimension] - (classes[1] or 0):
        return None
    return Fit(source, dimension, others)


def _shifted(source: Shapes, target: Shapes, classes: tuple[int | None, int | None]) -> dict[str, str]:
    """The names under which tensors of longer or shorter rows fit better than under their own."""
    names: dict[str, str] = {}
    theirs_by_row, mine_by_row = _rows(source), _rows(target)
    for row, mine in mine_by_row.items():
        theirs = theirs_by_row.get(row, {})
        by = max(theirs, default=0) - max(mine)
        if not theirs or not by:
            continue
        same, moved = (
            {name: _renumbered(row, number + shift, name) for number in mine for name in mine[number]}
            for shift in (0, by)
        )
        if _count(moved, source, target, classes) > _count(same, source, target, classes):
            names |= moved
    return names


def _rows(shapes: Shapes) -> dict[str, dict[int, list[str]]]:
    """The names of tensors in rows of numbered modules: by row, then by number."""
    rows: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in shapes:
        if found := _NUMBERED.match(name):
            rows[found["row"]][int(found["number"])].append(name)
    return rows


def _renumbered(row: str, number: int, name: str) -> str:
    rest = name.removeprefix(row).lstrip(".").partition(".")[2]
    return ".".join([*([row] if row else []), str(number), rest])


def _count(
    names: Mapping[str, str], source: Shapes, target: Shapes, classes: tuple[int | None, int | None]
) -> int:
    return sum(
        other in source and _fit(other, source[other], target[name], classes) is not None
        for name, other in names.items()
    )
