"""`ganzoo list` filters models, `ganzoo show` gives published results and counts; what they say is so."""

from __future__ import annotations

import functools
from itertools import pairwise

import pytest
import torch

from ganzoo.benchmark.measure.costs import costs_of
from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec
from ganzoo.plugins import card, discovery, loading

MODELS = discovery.discover().of_kind("model")
SAYING = [plugin for plugin in MODELS if discovery.card(plugin).attributes.get("image_sides")]

MODEL = '''
from ganzoo.interfaces import Model
class Mine(Model):
    """My own."""
    ganzoo_api = 1
    {attributes}
    def generator(self): ...
    def discriminator(self): ...
'''


def names(result):
    """The names that `ganzoo list --json` printed."""
    return {plugin["name"] for plugin in result.json["plugins"]}


def test_a_pattern_chooses_names(ganzoo):
    assert {"dcgan", "cgan", "gan"} <= names(ganzoo("list", "model", "*gan", "--json"))
    assert names(ganzoo("list", "upsampling", "[rp]*", "--json")) == {"resize-conv", "pixel-shuffle"}
    assert names(ganzoo("list", "model", "sngan*", "--json")) == {"sngan", "sngan-projection"}


def test_case_hides_no_name_and_what_is_near_is_proposed(ganzoo):
    assert names(ganzoo("list", "model", "SNGAN*", "--json")) == {"sngan", "sngan-projection"}
    assert "did you mean 'dcgan'" in ganzoo("list", "model", "dcgna").err


def test_nothing_like_it_is_said(ganzoo):
    result = ganzoo("list", "model", "nothing*")
    assert (result.code, result.out) == (0, "")
    assert f"none of the {len(MODELS)}" in result.err


def test_models_are_conditional_or_not(ganzoo):
    conditional, others = (
        names(ganzoo("list", f"--{word}", "--json")) for word in ("conditional", "unconditional")
    )
    assert {"cgan", "acgan"} <= conditional
    assert {"gan", "dcgan"} <= others
    assert conditional | others == {plugin.name for plugin in MODELS}
    assert not conditional & others


def test_models_that_draw_a_size_are_listed(ganzoo):
    of_30, of_32 = (names(ganzoo("list", "--resolution", side, "--json")) for side in (30, 32))
    assert {"gan", "dcgan"} <= of_30  # cgan halves twice, 30 does so once
    assert "cgan" not in of_30
    assert {"gan", "dcgan", "cgan"} <= of_32
    assert "dcgan" not in names(ganzoo("list", "--resolution", 31, "--unconditional", "--json"))


def test_filters_of_models_are_refused_for_other_kinds(ganzoo):
    result = ganzoo("list", "dataset", "--conditional")
    assert result.code == 2
    assert "not dataset" in result.err


def test_models_for_a_data_set_draw_its_images(ganzoo):
    """By hand: those that say they draw 28x28, of Fashion-MNIST, and 8x8, of the digits."""
    for dataset, side in (("fashion-mnist", 28), ("cifar10", 32), ("ganzoo-datasets:digits", 8)):
        of_it = names(ganzoo("list", "model", "--dataset", dataset, "--json"))
        assert of_it == names(ganzoo("list", "--resolution", side, "--json"))
        labelled = names(ganzoo("list", "model", "--conditional", "--dataset", dataset, "--json"))
        assert labelled == of_it & names(ganzoo("list", "--conditional", "--json"))
        assert "cgan" in labelled
        assert "dcgan" in of_it - labelled


@pytest.mark.parametrize(
    ("dataset", "message"),
    [("folder", "say it: --resolution PIXELS"), ("cifar", "did you mean 'cifar10'")],
)
def test_a_data_set_that_tells_no_size_is_no_filter(ganzoo, dataset, message):
    result = ganzoo("list", "model", "--dataset", dataset)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


@pytest.mark.parametrize("plugin", SAYING, ids=lambda plugin: plugin.name)
def test_a_model_draws_exactly_the_sizes_that_it_says(plugin):
    cls = loading.load(plugin)
    settings = cls.Config()
    slots = discovery.card(plugin).attributes.get("components", {})
    components = {slot: functools.partial(object) for slot in slots}  # nobody is built
    for side in range(1, 131):
        image, said = ImageSpec(3, side, side), discovery.card(plugin).draws(side)
        try:
            cls(settings, image, 10 if cls.conditional else None, **components)
        except UsageError:
            assert said is False, f"{plugin.name} says it draws {side}x{side}, and refuses it"
        else:
            assert said is True, f"{plugin.name} draws {side}x{side}, and says it doesn't"


@pytest.mark.parametrize(
    ("sides", "drawn"),
    [
        ({"least": 8, "multiple": 4}, [8, 12, 16, 20]),
        ({"most": 3}, [1, 2, 3]),
        ({"least": 5, "most": 7}, [5, 6, 7]),
    ],
)
def test_bounds_of_sides(sides, drawn):
    made = card.Card(attributes={"image_sides": sides})
    assert [side for side in range(1, 21) if made.draws(side)] == drawn


def test_a_model_that_says_nothing_is_not_known_to_draw_anything():
    assert card.Card().draws(32) is None


def test_show_says_where_a_model_differs_from_what_was_published(ganzoo):
    here = "no orthogonal regularisation"
    there, why = ganzoo("show", "biggan", "--json").json["plugins"][0]["differences"][here]
    assert there == "paper, section 3.1: has one"
    lines = ganzoo("show", "biggan").out.splitlines()
    first = lines.index(f"  {here}")
    assert lines[first + 1 : first + 3] == [f"      there: {there}", f"      why:   {why}"]


def test_show_has_published_results_with_their_sources(ganzoo):
    published = ganzoo("show", "dcgan", "--json").json["plugins"][0]["published"]
    value, given = published["FID on CIFAR-10"]
    assert value == 48.29
    assert "deep_conv" in given["network"]
    assert given["recipe"].startswith("no: ")
    out = ganzoo("show", "dcgan").out
    assert "48.29" in out
    assert "StudioGAN" in out
    assert "sides 4 pixels or more, divisible by 2" in out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('published = {"FID": 3.0}', "published must"),
        ('published = {"FID": ("good", "a paper")}', "published must"),
        ('published = {"FID": (3.0, "a paper")}', "published must"),
        (
            'published = {"FID": (3.0, {"source": "a paper"})}',
            "published must say of 'FID' each of source, network",
        ),
        ('image_sides = {"lest": 3}', "image_sides must"),
        ('image_sides = {"least": 0}', "image_sides must"),
        ('image_sides = {"least": "8"}', "image_sides must"),
        ("image_sides = 32", "image_sides must"),
    ],
)
def test_what_a_model_says_wrongly_is_said(ganzoo, tmp_path, line, message):
    (tmp_path / "mine.py").write_text(MODEL.format(attributes=line))
    assert message in ganzoo("show", "mine.py:Mine").out


def test_load_counts_parameters_and_arithmetic(ganzoo):
    """By hand, for the chapter's DCGAN at 3x32x32: 2 · positions · kernel · in · out, layer by layer."""
    counted = ganzoo("show", "dcgan", "--load", "--json").json["plugins"][0]["costs"]
    generator, discriminator = (counted["networks"][name] for name in ("generator", "discriminator"))
    assert (generator["parameters"], discriminator["parameters"]) == (4_571_715, 4_309_505)
    channels, side = [512, 256, 128, 64, 3], 2
    flops = 2 * 128 * 512 * side**2
    for before, after in pairwise(channels):
        flops += 2 * side**2 * 25 * before * after
        side *= 2
    assert generator["flops_per_image"] == flops
    assert ganzoo("show", "dcgan", "--load", "--image", "3x64x64", "--json").json != counted


def test_load_gives_a_conditional_model_labels(ganzoo):
    out = ganzoo("show", "cgan", "--load", "--image", "1x28x28", "--classes", 10).out
    assert "Counted for 1x28x28, 10 classes" in out
    assert "1,344,952 parameters" in out
    assert "196,773 parameters" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bce", "--load"), "names 0"),
        (("dcgan", "--load", "--image", "32"), "3x32x32"),
        (("dcgan", "--load", "--image", "3x31x31"), "30x30"),
    ],
)
def test_what_can_not_be_loaded_is_a_mistake_of_usage(ganzoo, arguments, message):
    result = ganzoo("show", *arguments)
    assert result.code == 2
    assert message in result.err


def test_counting_a_frozen_parameter_leaves_it_out():
    gan = ganzoo_model()
    next(gan.generator.parameters()).requires_grad_(False)
    whole, frozen = costs_of(ganzoo_model()), costs_of(gan)
    assert (
        frozen.generator.parameters == whole.generator.parameters - next(gan.generator.parameters()).numel()
    )


def ganzoo_model():
    """A small dense pair."""
    from ganzoo.runs.creation import create_model

    torch.manual_seed(0)
    return create_model("gan", image=ImageSpec(1, 8, 8), settings={"model.hidden": (8,)})


DATASET = '''
from ganzoo.interfaces import Dataset
class Mine(Dataset):
    """My own."""
    ganzoo_api = 1
    image_shape = {shape}
    def load(self, split): ...
'''


@pytest.mark.parametrize(
    "shape", ['{"height": 8, "width": 8}', '{"channels": 3, "height": 0, "width": 8}', "(3, 8, 8)", "3"]
)
def test_what_a_data_set_says_wrongly_is_said(ganzoo, tmp_path, shape):
    (tmp_path / "mine.py").write_text(DATASET.format(shape=shape))
    assert "image_shape must" in ganzoo("show", "mine.py:Mine").out
    assert ganzoo("list", "model", "--dataset", "mine.py:Mine").code == 2
