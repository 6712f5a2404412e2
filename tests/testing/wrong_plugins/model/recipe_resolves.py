"""Names a setting that there isn't."""

from typing import ClassVar

from right_parts import RightModel


class Wrong(RightModel):
    """A model that can't be trained without options."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {
        "objective.name": ("ganzoo-objectives:bce", "a choice"),
        "training.learning_rat": (0.1, "a choice"),
    }
