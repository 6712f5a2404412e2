"""What a plugin's author writes; mypy in strict mode has nothing to say. Never run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import (
    Conditioning,
    ConditioningFactory,
    Dataset,
    Discriminator,
    Generator,
    ImageSpec,
    LabelledImages,
    Model,
    Objective,
    Upsampling,
    UpsamplingFactory,
    require_labels,
)
from ganzoo.testing import ConformanceResults, check_plugin, conformance


@final
class Doubling(Upsampling):
    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        mode: Literal["nearest", "bilinear"] = "nearest"
        widths: tuple[int, ...] = (1, 2)
        slope: float | None = None

    def __init__(self, config: Config, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.mode = config.mode
        self.convolution = nn.Conv2d(in_channels, out_channels, 1, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        doubled: Tensor = self.convolution(nn.functional.interpolate(images, scale_factor=2, mode=self.mode))
        return doubled


@final
class Circle(Conditioning):
    ganzoo_api = 1

    points: Tensor

    def __init__(self, config: object, num_classes: int) -> None:
        super().__init__()
        self.features = 2
        angles = torch.arange(num_classes) * (2 * torch.pi / num_classes)
        self.register_buffer("points", torch.stack((angles.cos(), angles.sin()), dim=1), persistent=False)

    def forward(self, labels: Tensor) -> Tensor:
        return self.points[require_labels(labels, len(self.points))]


@final
class Squares(Objective):
    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        pass

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return (real_logits - 1).square().mean() + fake_logits.square().mean()

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return (fake_logits - 1).square().mean()


@final
class Noise(Dataset):
    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        images = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
        return LabelledImages(images, torch.zeros(4, dtype=torch.int64), ("nothing",))


@final
class OwnGenerator(Generator):
    def __init__(self, image: ImageSpec, upsampling: UpsamplingFactory, label: Conditioning) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 16, image, 10
        self.label = label
        self.dense = nn.Linear(16 + label.features, 64)
        self.upsampling = upsampling(1, image.channels, bias=False)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        vectors: Tensor = self.label(require_labels(labels, 10))
        features: Tensor = self.dense(torch.cat((latents, vectors), dim=1))
        images: Tensor = self.upsampling(features.reshape(-1, 1, 8, 8))
        return images.tanh()


@final
class OwnDiscriminator(Discriminator):
    def __init__(self, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        self.dense = nn.Linear(image.channels * image.height * image.width, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        logits: Tensor = self.dense(images.flatten(1)).squeeze(1)
        return logits


@final
class Own(Model):
    ganzoo_api = 1

    conditional: ClassVar[bool] = True
    components: ClassVar[Mapping[str, str]] = {
        "upsampling": "ganzoo-components:resize-conv",
        "conditioning": "ganzoo-components:one-hot",
    }
    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {
        "objective.name": ("ganzoo-objectives:bce", "a choice"),
        "training.batch_size": (64, "a choice"),
    }

    def __init__(
        self,
        config: object,
        image: ImageSpec,
        num_classes: int | None,
        *,
        upsampling: UpsamplingFactory,
        conditioning: ConditioningFactory,
    ) -> None:
        self._image, self._upsampling = image, upsampling
        self._conditioning = conditioning

    def generator(self) -> OwnGenerator:
        return OwnGenerator(self._image, self._upsampling, self._conditioning(10))

    def discriminator(self) -> OwnDiscriminator:
        return OwnDiscriminator(self._image)


@conformance(Doubling)
def test_conforms(check: Callable[[], None]) -> None:
    check()


report: ConformanceResults = check_plugin(Own, settings={"model.latent_dim": 3}, expected_failures={"a": "b"})
