"""A run goes on with the data that it was trained on, and refuses others in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ganzoo.engine.engine import Equipment
from ganzoo.errors import GanzooError
from ganzoo.text import brief

_REMEDY: Final = (
    ": it can't go on exactly\ngive it the data that it had, or start a new run from its weights: "
    "ganzoo train --init-from RUN"
)


def require_same_data(metadata: Mapping[str, Any], equipment: Equipment) -> None:
    """Refuses other classes, another number of images, and other images or labels.

    Args:
        metadata: what a checkpoint says of itself. One from before 0.1.0 says nothing of its data.
        equipment: of the run that is to go on.

    Raises:
        GanzooError: the data differ.
    """
    recorded, now = metadata.get("trained_on"), equipment.trained_on()
    recorded = recorded if isinstance(recorded, Mapping) else {}
    before, names = recorded.get("class_names"), now["class_names"]
    if isinstance(before, list) and before != names:
        raise GanzooError(f"the run was trained on other classes{_difference(before, names)}{_REMEDY}")
    num_images = equipment.num_images
    if metadata.get("num_images", num_images) != num_images:
        raise GanzooError(
            f"the run was trained on {brief(metadata['num_images'])} images, and its data set has "
            f"{num_images} now{_REMEDY}"
        )
    if recorded.get("checksum", now["checksum"]) != now["checksum"]:
        raise GanzooError(f"the run was trained on other images or labels, though as many{_REMEDY}")


def _difference(before: Sequence[str], now: Sequence[str]) -> str:
    """What has become of the classes, in words."""
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    if not gone and not new:
        return f", in another order: {brief(list(before))}, now {brief(list(now))}"
    said = [f"{brief(gone)} {'are' if len(gone) > 1 else 'is'} gone"] if gone else []
    said += [f"{brief(new)} {'are' if len(new) > 1 else 'is'} new"] if new else []
    return f": {' and '.join(said)}"
