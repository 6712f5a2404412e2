"""Has no tanh at its end."""

from typing import ClassVar

from right_parts import RightGenerator, RightModel


class WrongGenerator(RightGenerator):
    def forward(self, latents, labels=None):
        return 0.9 * super().forward(latents, labels) + latents.mean(dim=1).reshape(-1, 1, 1, 1)


class Wrong(RightModel):
    """A model whose images are as bright as it likes."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_generator = WrongGenerator
