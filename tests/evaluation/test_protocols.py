"""Protocols by name: their data, how they draw samples and real images, and what figures are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from ganzoo_datasets.digits import Digits
from scipy.stats import chisquare
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.evaluation import names
from ganzoo.evaluation.protocols import (
    PUBLISHED,
    ProtocolChoices,
    exceptions,
    figure_label,
    find_protocol,
    label,
)
from ganzoo.evaluation.reference import draw_real
from ganzoo.evaluation.samples import from_generator
from ganzoo.interfaces import Generator, ImageSpec, LabelledImages
from ganzoo.sampling.generation import generate
from ganzoo.sampling.latents import draw_latents
from ganzoo.sampling.standing_statistics import with_standing_statistics

PAGE = Path(__file__).parents[2] / "docs/evaluation.md"
TRAIN = Digits(None, None).load("train")


class Normalised(Generator):
    """Its latents, normalised over the batch while training, and brighter by class."""

    def __init__(self, num_classes: int | None = None) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 16, ImageSpec(1, 4, 4), num_classes
        self.normalisation = nn.BatchNorm2d(1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        images: Tensor = torch.tanh(self.normalisation(2 + latents.view(-1, 1, 4, 4)))
        return images if labels is None else images * (labels.view(-1, 1, 1, 1) + 1) / 10


def drawn(generator: Generator, count: int, protocol: ProtocolChoices, **given: Any) -> Any:
    return from_generator(generator, count, name="run", facts={}, protocol=protocol, **{"seed": 0} | given)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_value_has_a_source(name: str) -> None:
    published = PUBLISHED[name]
    assert published.protocol.name == name
    assert set(published.metrics) <= set(names.METRICS)
    unsaid = set(published.protocol.texts()) - set(published.sources)
    assert unsaid == ({"neighbours"} if "precision" not in published.metrics else set())
    assert all(published.sources.values())


def test_the_page_has_the_table_of_the_code() -> None:
    """Each row of docs/evaluation.md is a value, each column a protocol: "value (`file`, `file`)"."""
    page = PAGE.read_text("utf-8")
    for key in ProtocolChoices().texts():
        cells = []
        for each in PUBLISHED.values():
            files = ", ".join(f"`{file}`" for file in each.sources.get(key, "").split(", "))
            cells.append(f"{each.protocol.texts()[key]} ({files})" if key in each.sources else "–")
        assert f" | {' | '.join(cells)} |" in page
    for each in PUBLISHED.values():
        assert each.code in page
        flat = " ".join(page.split())
        assert all(difference in flat for difference in each.differences)


# Names of figures


@pytest.mark.parametrize(
    ("protocol", "changes", "held", "expected"),
    [
        (None, {"count": 60}, {"count": 60}, None),
        ("studiogan", {}, {"count": 1000}, "studiogan"),
        ("studiogan", {"count": 60}, {"count": 60}, "studiogan but 60 images"),
        ("studiogan", {"split": "test"}, {"count": 1000}, "studiogan but the test split"),
        ("stylegan", {}, {}, "stylegan"),
        ("stylegan", {"standing_passes": 9}, {}, "stylegan but standing, 9 passes in batch normalisation"),
        ("stylegan", {}, {"is_drawn": False}, "stylegan but images of a file"),
        ("mimicry", {}, {"real_count": 50_000}, "mimicry"),
        ("mimicry", {"count": 9}, {"count": 9}, "mimicry but 9 images and 1,000 real images"),
    ],
)
def test_every_exception_is_in_the_name(
    protocol: str | None, changes: dict[str, Any], held: dict[str, Any], expected: str | None
) -> None:
    asked = replace(find_protocol(protocol), **changes)
    found = exceptions(asked, **{"count": 50_000, "real_count": 1000, "is_drawn": True} | held)
    assert label(asked, found) == expected
    assert figure_label("frechet-distance", asked, found) == expected


def test_a_protocol_names_only_what_its_code_computes() -> None:
    assert figure_label("precision", find_protocol("mimicry"), ()) is None
    assert figure_label("precision", find_protocol("stylegan"), ()) == "stylegan"
    assert figure_label("class-accuracy", find_protocol("studiogan"), ()) is None


def test_a_distance_is_called_fid_on_the_standard_inception_alone() -> None:
    assert names.display_name("frechet-distance", "inception", True, "studiogan") == "FID (studiogan)"
    assert names.display_name("frechet-distance", "classifier", False, "studiogan") == (
        "frechet-distance (classifier, studiogan)"
    )
    assert names.display_name("recall", "inception", True, "studiogan") == "recall (inception, studiogan)"


def test_an_unknown_name_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"no protocol 'stylegan2'; did you mean 'stylegan'"):
        find_protocol("stylegan2")


# Samples and real images


def test_uniform_labels_are_uniform_and_the_seeds() -> None:
    uniform = ProtocolChoices(labels="uniform")
    labels = drawn(Normalised(10), 5000, uniform).labels
    assert chisquare(torch.bincount(labels, minlength=10).numpy()).pvalue > 0.01
    assert torch.equal(labels, drawn(Normalised(10), 5000, uniform).labels)
    assert not torch.equal(labels, drawn(Normalised(10), 5000, uniform, seed=1).labels)
    assert drawn(Normalised(), 10, uniform).labels is None


def test_labels_are_drawn_from_those_of_real_images() -> None:
    real = torch.tensor([3, 3, 3, 7])
    labels = drawn(Normalised(10), 4000, ProtocolChoices(labels="real"), real_labels=real).labels
    assert chisquare(torch.bincount(labels, minlength=10)[[3, 7]].numpy(), [3000, 1000]).pvalue > 0.01


def test_images_are_drawn_with_standing_statistics() -> None:
    generator = Normalised().eval()
    samples = drawn(generator, 30, ProtocolChoices(standing_passes=5), seed=3)

    images = torch.cat(list(samples.open()))

    standing = with_standing_statistics(generator, 5, seed=3)
    assert torch.equal(images, torch.cat(list(generate(standing, draw_latents(30, 16, 3), None))))
    assert not torch.equal(images, torch.cat(list(generate(generator, draw_latents(30, 16, 3), None))))
    assert samples.facts["batch_normalisation"] == "standing, 5 passes of 64"


def test_without_batch_normalisation_it_is_said() -> None:
    generator = Normalised()
    generator.normalisation = nn.Identity()  # type: ignore[assignment]
    samples = drawn(generator, 30, ProtocolChoices(standing_passes=5))
    assert samples.facts["batch_normalisation"] == "this generator has none"
    assert torch.equal(*(torch.cat(list(drawn(generator, 30, p).open())) for p in
                         (ProtocolChoices(standing_passes=5), ProtocolChoices())))  # fmt: skip


def test_real_images_are_drawn_without_replacement() -> None:
    numbered = LabelledImages(torch.arange(200).view(200, 1, 1, 1), torch.arange(200) % 7, TRAIN.class_names)

    chosen = draw_real(numbered, 50)

    numbers = chosen.images.flatten()
    assert len(numbers.unique()) == 50
    assert 50 < numbers.float().mean() < 150, "they are not the first ones"
    assert torch.equal(chosen.labels, numbers % 7)
    assert draw_real(numbered, 50).images.equal(chosen.images)
    assert draw_real(numbered, 200) is draw_real(numbered, None) is numbered
