"""Tied weights and their like: trained, saved, resumed and drawn from as they are, or refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo as library
from ganzoo.export.formats import export
from ganzoo.kinds.model import both_networks_learn, the_networks_learn_nothing_together
from ganzoo.plugins import loading
from ganzoo.plugins.lookup import find_any
from ganzoo.runs import checkpoints
from ganzoo.testing import check_plugin
from ganzoo.testing.checks import Failure
from ganzoo.testing.model_subject import ModelSubject
from ganzoo.testing.module_checks import every_tensor_has_its_own_memory, state_dict_round_trips

MODELS = '''
import torch
from torch import nn
from torch.nn.utils import parametrizations
from ganzoo.interfaces import Discriminator, Generator, Model, require_labels

TABLES = {}

class G(Generator):
    """A label is looked up twice in one table; of two layers one is the other transposed."""
    def __init__(self, image, num_classes):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 4, image, num_classes
        self.vectors = nn.Embedding(num_classes, 4)
        self.again = nn.Embedding(num_classes, 4)
        self.again.weight = self.vectors.weight
        self.first = parametrizations.weight_norm(nn.Linear(4, 4))
        self.second = nn.Linear(4, 4)
        self.second.weight = nn.Parameter(torch.randn(4, 4).t())
        self.third = nn.Linear(4, 4)
        self.third.weight = self.second.weight
        self.pixels = nn.Linear(4, image.channels * image.height * image.width)
        self.norm = nn.LayerNorm(4)
        self.register_buffer("gain", torch.ones(()))
        self.pixels.register_buffer("gain", self.gain)
        self.register_buffer("grid", torch.arange(4.0), persistent=False)
        self.register_buffer("nothing", None)
        self.register_buffer("cached", None, persistent=False)
    def forward(self, latents, labels=None):
        labels = require_labels(labels, self.num_classes)
        if self.training:
            self.gain.mul_(0.99)
            self.cached = latents.new_ones(len(latents), 1)
        hidden = torch.relu(self.first(latents) + self.vectors(labels) + self.grid / 4)
        hidden = self.third(torch.relu(self.second(hidden))) * self.again(labels)
        return torch.tanh(self.pixels(self.norm(self.pixels.gain * hidden))).reshape(-1, *self.image.shape)

class D(Discriminator):
    def __init__(self, image, num_classes):
        super().__init__()
        self.image, self.num_classes = image, num_classes
        self.vectors = nn.Embedding(num_classes, 4)
        self.dense = parametrizations.spectral_norm(nn.Linear(image.channels * image.height * image.width, 4))
        self.logit = nn.Linear(4, 1)
    def forward(self, images, labels=None):
        vectors = self.vectors(require_labels(labels, self.num_classes))
        return self.logit(torch.relu(self.dense(images.flatten(1)) + vectors)).squeeze(1)

class Tied(Model):
    """Weights and buffers under several names."""
    ganzoo_api = 1
    conditional = True
    recipe = {"objective.name": ("ganzoo-objectives:bce", "test")}
    def __init__(self, config, image, num_classes):
        self.networks = image, num_classes
    def generator(self):
        return G(*self.networks)
    def discriminator(self):
        return D(*self.networks)

def spoiled(generator=lambda network: None, discriminator=lambda network: None):
    class Spoiled(Tied):
        """Something is wrong."""
        ganzoo_api = 1
        conditional = True
        recipe = {"objective.name": ("ganzoo-objectives:bce", "test")}
        def generator(self):
            network = super().generator()
            generator(network)
            return network
        def discriminator(self):
            network = super().discriminator()
            discriminator(network)
            return network
    return Spoiled

def expand(network):
    network.second.weight = network.third.weight = nn.Parameter(torch.randn(1, 4).expand(4, 4))

def share(network):
    network.vectors = TABLES.setdefault(network.num_classes, network.vectors)
    if isinstance(network, G):
        network.again = network.vectors

def lazy(network):
    network.second = nn.LazyLinear(4)

def meta(network):
    network.second = nn.Linear(4, 4, device="meta")

def view(network):
    network.second.bias = nn.Parameter(network.third.bias.data)

def later(network):
    def note(module, inputs, output):
        module.nothing = torch.zeros(3)
    network.register_forward_hook(note)

def expand_buffer(network):
    network.register_buffer("gain", torch.ones(1).expand(4))

def add_unused(network):
    network.unused = nn.Linear(3, 3)

Unused = spoiled(add_unused)
Expanded = spoiled(expand)
Shared = spoiled(share, share)
Lazy = spoiled(lazy)
Meta = spoiled(meta)
View = spoiled(view)
Later = spoiled(later)
ExpandedBuffer = spoiled(expand_buffer)
Frozen = spoiled(lambda network: network.requires_grad_(False))
'''

TRAIN = (
    "--dataset digits --batch-size 16 --precision fp32 --set run.log_every=5 --set run.checkpoint_every=5 "
    "--set training.average_half_life=100"
)

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def models(tmp_path: Path) -> Path:
    path = tmp_path / "tied.py"
    path.write_text(MODELS)
    return path


def tensors(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


def test_tied_weights_train_resume_and_draw(ganzoo: Run, tmp_path: Path) -> None:
    for arguments in (
        f"train tied.py:Tied {TRAIN} --max-steps 10 --out whole",
        f"train tied.py:Tied {TRAIN} --max-steps 5 --out cut",
        "train --resume cut --max-steps 10",
        "sample whole --num 20 --out samples.npz",
    ):
        done = ganzoo(*arguments.split())
        assert done.code == 0, done.err

    whole, cut = tensors(tmp_path / "whole"), tensors(tmp_path / "cut")
    assert whole.keys() == cut.keys()
    assert not [n for n in whole if n != "meter.sums" and not torch.equal(whole[n], cut[n])]
    for prefix in ("generator", "training.generator"):
        assert torch.equal(whole[f"{prefix}.vectors.weight"], whole[f"{prefix}.again.weight"])
        assert torch.equal(whole[f"{prefix}.second.weight"], whole[f"{prefix}.third.weight"])
        assert torch.equal(whole[f"{prefix}.gain"], whole[f"{prefix}.pixels.gain"])
    assert whole["training.generator.gain"].item() == pytest.approx(0.99**10, rel=1e-5)
    # Two of weight norm and a bias, the table, the tied weight and two biases, two of the pixels, two of the
    # norm: each has two moments and a count, the tied ones once.
    names = {name for name in whole if name.startswith("optimizer.generator.")}
    assert len(names) == 3 * 11

    generator = library.load(tmp_path / "whole").generator
    assert generator.vectors.weight is generator.again.weight
    trained = library.load(tmp_path / "whole")
    assert export(trained, "safetensors", tmp_path / "g.safetensors") == 0
    assert torch.equal(library.load(tmp_path / "g.safetensors").sample(4), trained.sample(4))


@pytest.mark.slow
def test_tied_weights_are_exported_as_a_graph(ganzoo: Run, tmp_path: Path) -> None:
    assert ganzoo(*f"train tied.py:Tied {TRAIN} --max-steps 1 --out run".split()).code == 0
    assert export(library.load(tmp_path / "run"), "torch-export", tmp_path / "g.pt2") < 1e-5


@pytest.mark.slow
def test_tied_weights_pass_every_check(models: Path) -> None:
    check_plugin(f"{models}:Tied").require_passed()


def test_a_parameter_that_no_gradient_reaches_does_not_keep_a_run_from_resuming(
    ganzoo: Run, tmp_path: Path
) -> None:
    for arguments in (
        f"train tied.py:Unused {TRAIN} --max-steps 4 --out whole",
        f"train tied.py:Unused {TRAIN} --max-steps 2 --out cut",
        "train --resume cut --max-steps 4",
    ):
        done = ganzoo(*arguments.split())
        assert done.code == 0, done.err
    whole, cut = tensors(tmp_path / "whole"), tensors(tmp_path / "cut")
    assert whole.keys() == cut.keys()
    assert not [n for n in whole if n != "meter.sums" and not torch.equal(whole[n], cut[n])]


REFUSED = {
    "Expanded": "the generator's second.weight is expanded",
    "Shared": "is the discriminator's vectors.weight as well: both players would learn it",
    "Lazy": "the generator's second.weight has no shape yet",
    "Meta": "the generator's second.weight is on the meta device",
    "View": "overlap in memory; tie weights by giving one nn.Parameter both names",
    "Later": "the generator has made, dropped or resized nothing since it was built",
    "ExpandedBuffer": "the generator's gain is expanded",
    "Frozen": "the generator has no parameter that learns",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_trained_or_saved_is_refused_in_words(ganzoo: Run, tmp_path: Path, name: str) -> None:
    done = ganzoo(*f"train tied.py:{name} {TRAIN} --max-steps 10 --out run".split())
    assert done.code == 1, done.err
    assert REFUSED[name] in done.err
    assert "Traceback" not in done.err
    if name != "Later":
        assert not (tmp_path / "run").exists(), "before the first step"
    else:
        assert not list((tmp_path / "run/checkpoints").iterdir())


CHECKS = {
    "Expanded": every_tensor_has_its_own_memory,
    "ExpandedBuffer": every_tensor_has_its_own_memory,
    "View": every_tensor_has_its_own_memory,
    "Meta": every_tensor_has_its_own_memory,
    "Lazy": every_tensor_has_its_own_memory,
    "Later": state_dict_round_trips,
    "Shared": the_networks_learn_nothing_together,
    "Frozen": both_networks_learn,
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_check_says_so_too(name: str, models: Path) -> None:
    plugin = find_any(f"{models}:{name}", "model")
    subject = ModelSubject(plugin, loading.load(plugin), {}, None, None)
    with pytest.raises((Failure, RuntimeError)):
        CHECKS[name].function(subject)
