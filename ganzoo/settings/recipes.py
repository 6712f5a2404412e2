"""Recipes: the settings that a model brings with it, as published or as another of its recipes has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches

RECIPE: Final = "recipe"
"""The key of section `model` that names a recipe; no setting of a model may be called so."""

NO_RECIPE: Final = "none"
"""Names no recipe at all: what is not set has its class's default."""

PAPER: Final = "paper"
"""The name of the recipe in `Model.recipe`, which holds where none is named."""


def recipe_layers(attributes: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings of the chosen recipe, `"section.key"` to value: what is published, then what differs.

    Args:
        attributes: of the model's card.
        given: what the user has set, `"section.key"` to value.

    Raises:
        UsageError: the model has no such recipe, or `given` leaves nothing of what it would set.
    """
    name: Any = given.get(f"model.{RECIPE}", PAPER)
    others: Mapping[str, Any] = attributes.get("recipes", {})
    if name == NO_RECIPE:
        return [{}]
    known = (PAPER, *others)
    if name not in known:
        near = near_matches(str(name), known)
        raise UsageError(
            f"the model {given['model.name']!r} has no recipe {name!r}{near}\nrecipes: {', '.join(known)}"
        )
    layers = [attributes.get("recipe", {})]
    if name != PAPER:
        layers.append(others[name][1])
        if layers[1].keys() <= given.keys():
            raise UsageError(
                f"the recipe {name!r} would change nothing: each of its settings is given already\n"
                "a run's config.json has them all; name model and data set instead, or leave the recipe out"
            )
    return [{key: value for key, (value, _source) in layer.items()} for layer in layers]
