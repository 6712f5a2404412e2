"""Pictures of trained generators: every model's images alone and together, directions, walks, seeds."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganzoo import models
from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator, ImageSpec
from ganzoo.models import is_conditional
from ganzoo.plugins import discovery
from ganzoo.sampling.directions import directions_of
from ganzoo.sampling.generation import generate_floats, to_uint8
from ganzoo.sampling.latents import draw_latents
from ganzoo.sampling.seeds import parse_seeds
from ganzoo.sampling.walk import walk
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

TINY = {
    "biggan": {"model.latent_dim": 24, "model.channels": 2},
    "reacgan": {"model.latent_dim": 24, "model.channels": 2},
    "r3gan": {"model.channels": 8, "model.blocks": 1},
    "r3gan-conditional": {"model.channels": 8, "model.blocks": 1},
    "sagan": {"model.channels": 8},
    "lightweight": {"model.channels": 2},
    "projected": {"model.channels": 2},
    "gan": {},
}
STYLED = {"model.channels": 8, "model.latent_dim": 9, "model.style_dim": 8}
SLOW = "projected"
MODELS = [
    pytest.param(name, marks=pytest.mark.slow) if name == SLOW else name
    for plugin in discovery.discover().of_kind("model")
    if plugin.full_name.startswith("ganzoo-") and (name := plugin.name)
]


def generator_of(model: str) -> Generator:
    """A small generator with weights at random, biases included."""
    settings = STYLED if model.startswith("stylegan2") else TINY.get(model, {"model.channels": 4})
    bound = bind(resolve({"model.name": model}, settings, training=False))
    torch.manual_seed(0)
    generator = models.build_generator(bound, ImageSpec(3, 32, 32), 3 if is_conditional(bound) else None)
    for parameter in generator.parameters():
        if parameter.dim() < 2:
            parameter.data += torch.randn_like(parameter) / 10
    return generator.eval().to(memory_format=torch.channels_last)


@pytest.mark.parametrize("model", MODELS)
def test_the_first_of_many_is_the_only_one_of_one(model):
    generator = generator_of(model)

    def drawn(count: int) -> Tensor:
        classes, latents = generator.num_classes, draw_latents(count, generator.latent_dim, 3)
        labels = None if classes is None else torch.arange(count) % classes
        return torch.cat(list(generate_floats(generator, latents, labels)))

    many = drawn(35)
    for count in (1, 17):
        assert torch.equal(drawn(count), many[:count])


@pytest.mark.parametrize("model", [model for model in MODELS if isinstance(model, str)])
def test_every_model_has_directions_and_ways_between_its_classes(model):
    generator = generator_of(model)
    if model == "infogan":  # categories are read off the latents before its first layer
        with pytest.raises(UsageError, match="it has no directions"):
            directions_of(generator, 2)
        return
    directions = directions_of(generator, 2)
    assert directions.in_styles == model.startswith("stylegan2")
    assert not directions.vectors.requires_grad
    if not directions.in_styles:
        products = directions.vectors @ directions.vectors.T
        torch.testing.assert_close(products, torch.eye(2), atol=1e-4, rtol=0)
    if generator.num_classes is None:
        return
    frames = walk(generator, [1], [0, 2], 3)
    ends = torch.cat(list(generate_floats(generator, draw_latents(1, generator.latent_dim, 1).expand(2, -1),
                                          torch.tensor([0, 2]))))  # fmt: skip
    assert torch.equal(frames[[0, 2]], to_uint8(ends))


class Stretched(Generator):
    """Its first layer is a diagonal matrix, so that its directions are known: the axes, the longest first."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 3, ImageSpec(1, 1, 3), None
        self.layer = layer

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.tanh(self.layer(latents)).reshape(-1, 1, 1, 3)


def test_directions_are_the_eigenvectors_of_the_first_layer():
    layer = nn.Linear(3, 3)
    layer.weight.data = torch.diag(torch.tensor([1.0, -5.0, 2.0]))
    directions = directions_of(Stretched(layer), 3)
    torch.testing.assert_close(directions.vectors, torch.eye(3)[[1, 2, 0]])
    moved = directions.moved(torch.zeros(1, 3), [0.5, -1])
    torch.testing.assert_close(moved, torch.tensor([[0.0, 0.5, -1.0]]))


class Squares(nn.Linear):
    """Not linear, for all its name."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input).square()


@pytest.mark.parametrize(("layer", "words"), [(Squares(3, 3), "not linear"), (nn.Identity(), "no layer")])
def test_a_generator_without_a_first_layer_says_so(layer, words):
    with pytest.raises(UsageError, match=words):
        directions_of(Stretched(layer), 1)


class LooksUp(Stretched):
    """Looks its labels up without a module."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(3, 3))
        self.num_classes = 2

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        return super().forward(latents) * labels.reshape(-1, 1, 1, 1)


def test_classes_that_cant_be_mixed_are_refused():
    with pytest.raises(UsageError, match="nothing between"):
        walk(LooksUp(), [0], [0, 1], 3)


def test_seeds_are_lists_and_ranges():
    assert parse_seeds("3, 7,20-22,3") == [3, 7, 20, 21, 22, 3]
