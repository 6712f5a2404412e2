"""Truncation: latents within the threshold as scipy has them, and a generator that has a way of its own."""

from __future__ import annotations

import math
from typing import final

import pytest
import torch
from scipy.stats import kstest, truncnorm
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator, ImageSpec
from ganzoo.sampling.latents import draw_latents
from ganzoo.sampling.truncation import truncated


@final
class Plain(Generator):
    """Shows its latents as images, times a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 16, ImageSpec(1, 4, 4), None
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.weight * latents.view(-1, 1, 4, 4)


@final
class Dimmed(Generator):
    """Another generator's images, darker."""

    def __init__(self, generator: Generator, psi: float) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = generator.latent_dim, generator.image, None
        self.generator, self.psi = generator, psi

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        images: Tensor = self.generator(latents)
        return self.psi * images


class OfItsOwnWay(Generator):
    """A third party's, which dims its images instead of truncating its latents."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 16, ImageSpec(1, 4, 4), None
        self.inner = Plain()

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        images: Tensor = self.inner(latents)
        return images

    def truncated(self, psi: float) -> Generator:
        return Dimmed(self.inner, psi)


@pytest.mark.parametrize("threshold", [0.3, 1.0, 2.5])
def test_latents_are_of_the_truncated_normal_distribution(threshold: float) -> None:
    generator = Plain().eval()
    latents = draw_latents(4000, 16, 0)

    drawn = truncated(generator, threshold)(latents).detach().flatten().numpy()

    assert abs(drawn).max() <= threshold
    assert kstest(drawn, truncnorm(-threshold, threshold).cdf).pvalue > 0.01
    assert not torch.equal(generator(latents).flatten(), torch.from_numpy(drawn)), "it is itself unchanged"


def test_a_generator_with_a_way_of_its_own_is_truncated_in_that_way() -> None:
    latents = draw_latents(3, 16, 0)

    drawn = truncated(OfItsOwnWay(), 0.5)(latents)

    torch.testing.assert_close(drawn, latents.view(3, 1, 4, 4) / 2)


@pytest.mark.parametrize("threshold", [0.0, -1.0, math.inf, math.nan])
def test_a_threshold_out_of_range_is_refused_in_words(threshold: float) -> None:
    with pytest.raises(UsageError, match=f"a number above 0.*not by {threshold}"):
        truncated(Plain(), threshold)
