"""Uses more of its conditioning than the interface says."""

from typing import ClassVar

from right_parts import RightDiscriminator, RightGenerator, RightModel


class WrongGenerator(RightGenerator):
    def __init__(self, image, num_classes, conditioning):
        super().__init__(image, num_classes)
        self.vectors.weight.data.copy_(conditioning(num_classes).embedding.weight)


class Wrong(RightModel):
    """A model for one conditioning."""

    ganzoo_api = 1
    conditional = True
    components: ClassVar = {"conditioning": "ganzoo-components:embedding"}
    recipe: ClassVar = {
        "objective.name": ("ganzoo-objectives:bce", "a choice"),
        "conditioning.features": (4, "a choice"),
    }

    def __init__(self, config, image, num_classes, *, conditioning):
        super().__init__(config, image, num_classes)
        self.conditioning = conditioning

    def generator(self):
        return WrongGenerator(self.image, self.num_classes, self.conditioning)

    def discriminator(self):
        return RightDiscriminator(self.image, self.num_classes)
