"""The checks, tested on realistic bugs: each is seen by the check that is there for it, in its own words.

The bugs are of outsiders who wrote plugins from the guide alone. Each is a replacement in the text of a right
plugin.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from ganzoo.plugins.discovery import kinds
from ganzoo.plugins.lookup import find_any
from ganzoo.testing.results import Result
from ganzoo.testing.running import run_suite, subject_of
from ganzoo.testing.suites import suite_of


class Bug(NamedTuple):
    """A change of a right plugin that breaks it."""

    kind: str
    plugin: str
    """The class of `right_parts.py` that is checked."""
    check: str
    """The check that must fail."""
    what: str
    old: str
    """Text in `right_parts.py`, its first occurrence in `within`."""
    new: str
    within: str = ""
    """The class whose text is changed; empty: the plugin itself."""


_PENALTY = "gradient.square().sum(dim=(1, 2, 3)).mean()"
_VECTORS = "vectors = self.vectors(require_labels(labels, self.num_classes))"
_NETWORKS = """def generator(self):
        return self.make_generator(self.image, self.num_classes)

    def discriminator(self):
        return self.make_discriminator(self.image, self.num_classes)"""
_SETTING = "@dataclass(frozen=True)\n    class Config:\n        {}\n\n    def __init__(self, config"
_DRAWN = "images = torch.randint(256, (20, 1, 4, 4), generator=noise).to(torch.uint8)"
_NAMES = 'return LabelledImages(images, torch.arange(20) % 2, ("one", "other"))'

_MEAN = "generated.vectors.double().mean(dim=0)"
_NORM = "return difference.norm().item()"

BUGS: Final = (
    # Metrics
    Bug("metric", "RightMetric", "it-gives-a-number", "a vector for a number", _NORM, "return difference"),
    Bug("metric", "RightMetric", "it-gives-a-number", "a logarithm of nothing",
        _NORM, "return (difference.norm() - difference.norm()).log().item()"),
    Bug("metric", "MeanOfImages", "it-gives-a-number", "a number for a fixed count of images",
        ".double()", ".double()[:100]"),
    Bug("metric", "RightMetric", "inputs-are-not-modified", "vectors are centred in place",
        "difference = ", "generated.vectors.sub_(real.vectors.mean(dim=0))\n        difference = "),
    Bug("metric", "RightMetric", "it-repeats", "a random half without a seed",
        _MEAN, "generated.vectors[torch.rand(len(generated.vectors)) < 0.5].double().mean(dim=0)"),
    Bug("metric", "RightMetric", "it-repeats", "a mean that goes on from call to call",
        _NORM, "self.sum = getattr(self, 'sum', 0) + difference.norm().item()\n        return self.sum"),
    Bug("metric", "RightMetric", "the-order-says-nothing", "images compared by their places",
        _NORM, "return (generated.vectors[:200] - real.vectors[:200]).norm(dim=1).mean().item()"),
    Bug("metric", "RightMetric", "the-order-says-nothing", "the first images alone",
        _MEAN, "generated.vectors[:100].double().mean(dim=0)"),
    Bug("metric", "RightMetric", "worse-images-are-worse", "the wrong direction",
        "lower_is_better = True", "lower_is_better = False"),
    Bug("metric", "RightMetric", "worse-images-are-worse", "real images compared with themselves",
        _MEAN, "real.vectors.double().mean(dim=0)"),
    Bug("metric", "RightMetric", "it-stays-in-its-range", "a logarithm with the range of the distance",
        _NORM, "return difference.norm().log().item()"),
    # Trackers
    Bug("tracker", "RightTracker", "it-follows-a-training", "only numbers that are losses",
        "self.write([step, images, *figures.items()])", "self.write([step, figures['generator_loss']])"),
    Bug("tracker", "RightTracker", "it-follows-a-training", "one of the ends not thought of",
        "self.write([how])", "self.write([{'finished': 0, 'stopped': 1, 'failed': 2}[how]])"),
    Bug("tracker", "RightTracker", "it-leaves-the-run-alone", "lines among those of the run",
        'run.folder / "right" / "figures.csv"', 'run.folder / "metrics.jsonl"'),
    Bug("tracker", "RightTracker", "it-leaves-the-run-alone", "a folder that the run needs",
        'run.folder / "right"', 'run.folder / "best"'),
    Bug("tracker", "RightTracker", "it-leaves-the-run-alone", "grids moved rather than copied",
        "self.write([step, images, grid.name])", "grid.rename(self.path.parent / grid.name)"),
    Bug("tracker", "RightTracker", "it-leaves-the-process-alone", "the current folder changed",
        "self.path.touch()", "self.path.touch()\n        import os\n        os.chdir(run.folder)"),
    Bug("tracker", "RightTracker", "it-leaves-the-process-alone", "Ctrl-C taken over",
        "self.path.touch()", "self.path.touch()\n        import signal\n"
        "        signal.signal(signal.SIGTERM, lambda *_: self.ended('stopped'))"),
    Bug("tracker", "RightTracker", "it-prints-nothing", "figures printed",
        "self.write([step, images, *figures.items()])", "print(step, figures)"),
    Bug("tracker", "RightTracker", "it-goes-on-with-a-run", "the file is begun anew",
        "self.path.touch()", "self.path.write_text('')\n        self.write = lambda row: None if run.first_step "  # noqa: E501
        "else RightTracker.write(self, row)"),
    Bug("tracker", "RightTracker", "it-goes-on-with-a-run", "its folder is deleted",
        "self.path.parent.mkdir(exist_ok=True)",
        "import shutil\n        shutil.rmtree(self.path.parent, ignore_errors=True)\n        self.path = self.path.with_name("  # noqa: E501
        "f'{run.first_step}.csv')\n        self.path.parent.mkdir()"),
    Bug("tracker", "RightTracker", "making-one-writes-nothing", "a file opened in the constructor",
        "self.path = Path()", "self.path = Path('figures.csv')\n        self.path.touch()"),
    # Exporters
    Bug("exporter", "RightExporter", "it-writes-one-file", "the suffix is appended to the path",
        "with path.open", 'with path.with_name(path.name + ".pt2").open'),
    Bug("exporter", "RightExporter", "it-draws-the-same-images", "images in [0, 1]",
        "return program(latents) if labels is None else program(latents, labels)",
        "return ((program(latents) if labels is None else program(latents, labels)) + 1) / 2"),
    Bug("exporter", "RightExporter", "it-draws-the-same-images", "labels forgotten",
        "program(latents, labels)", "program(latents, 0 * labels)"),
    Bug("exporter", "RightExporter", "the-generator-is-left-alone", "the generator itself is halved",
        "with path.open", "exported.generator.half().float()\n        with path.open"),
    # Networks
    Bug("model", "RightModel", "the-networks-learn-nothing-together", "both networks share a module",
        _NETWORKS, """def generator(self):
        self.made = self.make_generator(self.image, self.num_classes)
        return self.made

    def discriminator(self):
        made = self.make_discriminator(self.image, self.num_classes)
        made.vectors = self.made.vectors
        return made"""),
    Bug("model", "RightModel", "images-are-finite-and-in-range", "no tanh in training mode",
        "return torch.tanh(self.pixels(hidden)).reshape",
        "pixels = self.pixels(hidden)\n        return (pixels if self.training else torch.tanh(pixels)).reshape",  # noqa: E501
        within="RightGenerator"),
    Bug("model", "RightModel", "gradients-reach-the-inputs", "half of the latents unused",
        "torch.cat((latents, vectors), dim=1)", "torch.cat((latents[:, :3].repeat(1, 2), vectors), dim=1)",
        within="RightGenerator"),
    Bug("model", "RightModel", "gradients-reach-the-inputs", "one latent unused",
        "torch.cat((latents, vectors), dim=1)",
        "torch.cat((latents[:, :5], latents[:, :1], vectors), dim=1)", within="RightGenerator"),
    Bug("model", "RightModel", "stays-on-its-device", "torch.ones made on the CPU",
        _VECTORS, f"{_VECTORS}\n        latents = latents * torch.ones(6)", within="RightGenerator"),
    Bug("model", "RightModel", "stays-on-its-device", "torch.rand made on the CPU",
        _VECTORS, f"{_VECTORS}\n        latents = latents + 0.1 * torch.rand(len(latents), 6)",
        within="RightGenerator"),
    Bug("model", "RightModel", "stays-on-its-device", "a constant in a plain attribute",
        "self.logit = nn.Linear(16, 1)", """self.logit = nn.Linear(16, 1)
        scale = torch.full((16,), 2.0)
        self.logit.register_forward_pre_hook(lambda module, given: (given[0] * scale,))""",
        within="RightDiscriminator"),
    Bug("model", "RightModel", "stays-on-its-device", "a kernel in a plain attribute of a convolution",
        _VECTORS, f"{_VECTORS}\n        images = F.conv2d(images, torch.full((images.shape[1], 1, 3, 3), 0.1), padding=1, "  # noqa: E501
        "groups=images.shape[1])", within="RightDiscriminator"),
    Bug("model", "RightModel", "stays-on-its-device", "a value read back in forward",
        _VECTORS, f"{_VECTORS}\n        latents = latents / max(1.0, float(latents.abs().max()))",
        within="RightGenerator"),
    Bug("model", "RightModel", "takes-the-batch-as-a-whole", "a Python loop over the images",
        "return self.logit(hidden).squeeze(1)",
        "return torch.cat([self.logit(row.unsqueeze(0)) for row in hidden]).squeeze(1)",
        within="RightDiscriminator"),
    Bug("model", "RightModel", "a-seed-reproduces-it", "Python's random in a training forward",
        _VECTORS, f"{_VECTORS}\n        import random\n        latents = latents * random.choice((0.9, 1.1)) if self.training "  # noqa: E501
        "else latents * 1", within="RightGenerator"),
    Bug("model", "RightModel", "a-seed-reproduces-it", "NumPy's random numbers in a training forward",
        _VECTORS, f"{_VECTORS}\n        import numpy as np\n        latents = latents * float(np.random.rand()) if self.training "  # noqa: E501
        "else latents * 1", within="RightGenerator"),
    Bug("model", "RightModel", "stays-finite-in-bfloat16", "the root of a variance by E[x²] - E[x]²",
        _VECTORS, f"{_VECTORS}\n        wide = (latents + 300).bfloat16()\n"
        "        spread = (wide.square().mean(dim=1) - wide.mean(dim=1).square() + 1e-8).sqrt()\n"
        "        latents = latents * (1 + 0 * spread.float()[:, None])", within="RightGenerator"),
    Bug("model", "RightModel", "labels-matter", "labels ignored by the generator",
        _VECTORS, "vectors = 0 * self.vectors(require_labels(labels, self.num_classes))",
        within="RightGenerator"),
    Bug("model", "RightModel", "every-setting-has-an-effect", "a setting ignored",
        "def __init__(self, config", _SETTING.format("width: int = 16\n        '''Of the hidden layer.'''")),
    Bug("model", "RightModel", "logits-are-of-images-or-patches", "half of the logits",
        "self.logit(hidden).squeeze(1)", "self.logit(hidden).squeeze(1)[: (len(hidden) + 1) // 2]",
        within="RightDiscriminator"),
    Bug("model", "RightModel", "state-dict-round-trips", "a constant drawn by chance, in a plain attribute",
        "self.pixels = nn.Linear(16, image.channels * image.height * image.width)",
        "self.pixels = nn.Linear(16, image.channels * image.height * image.width)\n"
        "        self.offset = float(torch.randn(()))\n        self.pixels.register_forward_hook("
        "lambda module, given, out: out + self.offset)", within="RightGenerator"),
    Bug("model", "RightModel", "it-trains-and-survives", "a count of calls in a plain attribute",
        _VECTORS, f"""{_VECTORS}
        if self.training:
            self.calls = getattr(self, "calls", 0) + 1
            latents = latents * (1 + 0.1 * self.calls)""", within="RightGenerator"),
    Bug("model", "RightModel", "it-trains-in-bfloat16", "a root that is of a negative number in the end",
        _VECTORS, f"""{_VECTORS}
        if self.training:
            self.calls = getattr(self, "calls", 0) + 1
            latents = latents * torch.tensor(46.0 - self.calls).sqrt()""", within="RightGenerator"),
    # Blocks
    Bug("upsampling", "RightUpsampling", "every-setting-has-an-effect", "broken at another kernel size",
        "def __init__(self, config, in_channels, out_channels, *, bias=True):\n        super().__init__()\n"
        "        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=bias)",  # noqa: E501
        _SETTING.format("kernel_size: int = 3\n        '''Odd.'''") + ", in_channels, out_channels, *, bias=True):\n"  # noqa: E501
        "        super().__init__()\n        self.convolution = nn.Conv2d(in_channels, out_channels, "
        "config.kernel_size, padding=1, bias=bias)"),
    Bug("upsampling", "RightUpsampling", "every-setting-has-an-effect", "a setting ignored",
        "def __init__(self, config", _SETTING.format("sharp: bool = False\n        '''Whether.'''")),
    Bug("upsampling", "RightUpsampling", "follows-the-type-of-the-network", "forced to float32",
        'mode="nearest"))', 'mode="nearest")).float()'),
    Bug("upsampling", "RightUpsampling", "stays-on-its-device", "zeros made on the CPU",
        "return self.convolution(", "return torch.zeros(images.shape[0], 1, 1, 1) + self.convolution("),
    Bug("upsampling", "RightUpsampling", "takes-the-batch-as-a-whole", "a loop over the batch",
        'F.interpolate(images, scale_factor=2, mode="nearest")',
        'torch.stack([F.interpolate(each[None], scale_factor=2)[0] for each in images])'),
    Bug("conditioning", "RightConditioning", "classes-differ", "all classes begin alike",
        "self.vectors = nn.Embedding(num_classes, 4)",
        "self.vectors = nn.Embedding(num_classes, 4)\n        nn.init.ones_(self.vectors.weight)"),
    Bug("conditioning", "RightConditioning", "stays-on-its-device", "a table in a plain attribute",
        "return self.vectors(require_labels(labels, self.num_classes))",
        "return self.vectors(require_labels(labels, self.num_classes)) + torch.eye(4)[:1]"),
    # Losses and penalties
    Bug("objective", "RightObjective", "every-logit-counts", "half of the real logits",
        "F.softplus(-real_logits).mean() +", "F.softplus(-real_logits[: (len(real_logits) + 1) // 2]).mean() +"),  # noqa: E501
    Bug("objective", "RightObjective", "every-logit-counts", "the best fake alone",
        "return F.softplus(-fake_logits).mean()", "return F.softplus(-fake_logits.max())"),
    Bug("objective", "RightObjective", "losses-are-means", "a sum for a mean",
        "F.softplus(-fake_logits).mean()", "F.softplus(-fake_logits).sum()"),
    Bug("objective", "RightObjective", "generator-wants-its-images-high", "the wrong sign",
        "return F.softplus(-fake_logits).mean()", "return -F.softplus(-fake_logits).mean()"),
    Bug("objective", "RightObjective", "it-stays-on-the-device", "targets made on the CPU",
        "return F.softplus(-fake_logits).mean()",
        "return F.binary_cross_entropy_with_logits(fake_logits, torch.ones(fake_logits.shape, dtype=fake_logits.dtype))"),  # noqa: E501
    Bug("objective", "RightObjective", "it-takes-the-batch-as-a-whole", "a loop over the logits",
        "return F.softplus(-fake_logits).mean()",
        "return torch.stack([F.softplus(-each) for each in fake_logits]).mean()"),
    Bug("objective", "RightObjective", "every-setting-has-an-effect", "a setting ignored",
        "def __init__(self, config", _SETTING.format("margin: float = 1.0\n        '''Of the loss.'''")),
    Bug("objective", "RememberingObjective", "it-remembers-in-buffers-alone", "a memory in a plain attribute",
        'self.register_buffer("mean", torch.zeros(()))', "self.mean = torch.zeros(())"),
    Bug("regularisation", "RightRegularisation", "the-penalty-is-a-mean", "a sum over the batch",
        _PENALTY, "gradient.square().sum()"),
    Bug("regularisation", "RightRegularisation", "the-penalty-is-not-negative", "the wrong sign",
        _PENALTY, f"-{_PENALTY}"),
    Bug("regularisation", "RightRegularisation", "a-conditional-judge-gets-its-labels", "labels None",
        "judge(images, real.labels)", "judge(images, None)"),
    Bug("regularisation", "RightRegularisation", "it-stays-on-the-device", "a target made on the CPU",
        _PENALTY, "(gradient.square().sum(dim=(1, 2, 3)) - torch.zeros(len(gradient))).mean()"),
    Bug("regularisation", "RightRegularisation", "it-takes-the-batch-as-a-whole", "a loop over the images",
        _PENALTY, "torch.stack([each.square().sum() for each in gradient]).mean()"),
    Bug("regularisation", "RightRegularisation", "every-setting-has-an-effect", "a weight ignored",
        "def __init__(self, config", _SETTING.format("weight: float = 10.0\n        '''Of the penalty.'''")),
    Bug("regularisation", "RightRegularisation", "it-holds-the-discriminator-back", "no graph of the gradient",  # noqa: E501
        "create_graph=True", "create_graph=False"),
    # What asks for more
    Bug("model", "ReadingModel", "features-enter-the-head", "a head that no layer is called",
        'head = "logit"', 'head = "dense"', within="ReadingDiscriminator"),
    Bug("model", "ReadingModel", "features-enter-the-head", "a head called twice",
        "self.logit(hidden).squeeze(1)", "(self.logit(hidden) + self.logit(-hidden)).squeeze(1)",
        within="ReadingDiscriminator"),
    Bug("model", "ReadingModel", "gradients-reach-every-parameter", "the head that reads is never asked",
        "if latents is None:", "if True:", within="ReadingDiscriminator"),
    Bug("objective", "FeatureObjective", "gradients-agree-with-finite-differences", "features detached",
        "fake.features.mean(dim=0) -", "fake.features.detach().mean(dim=0) -"),
    Bug("objective", "FeatureObjective", "losses-are-means", "features summed over the batch",
        "fake.features.mean(dim=0) - real.features.mean(dim=0)",
        "fake.features.sum(dim=0) - real.features.sum(dim=0)"),
    Bug("objective", "FeatureObjective", "losses-are-scalars", "features not asked for",
        "asks_for_features = True", "asks_for_features = False"),
    Bug("objective", "FeatureObjective", "every-logit-counts", "the first image alone matched",
        "fake.features.mean(dim=0)", "fake.features[0]"),
    Bug("regularisation", "GeneratorRegularisation", "it-acts-on-a-player", "a player of another name",
        'acts_on = "generator"', 'acts_on = "Generator"'),
    Bug("regularisation", "GeneratorRegularisation", "it-holds-the-generator-back", "no graph",
        "create_graph=True", "create_graph=False"),
    Bug("regularisation", "GeneratorRegularisation", "it-remembers-in-buffers-alone", "the mean in no buffer",
        'self.register_buffer("mean", torch.zeros(()))', "self.mean = torch.zeros(())"),
    Bug("regularisation", "GeneratorRegularisation", "it-remembers-in-buffers-alone", "the mean replaced",
        "self.mean.lerp_(lengths.mean(), 0.1)", "self.mean = self.mean.lerp(lengths.mean(), 0.1)"),
    Bug("regularisation", "GeneratorRegularisation", "a-conditional-judge-gets-its-labels", "no labels",
        "draw(latents, draw.labels)", "draw(latents, None)"),
    Bug("regularisation", "GeneratorRegularisation", "it-stays-on-the-device", "a direction made on the CPU",
        "torch.randn_like(images)", "torch.randn(images.shape)"),
    Bug("augmentation", "RightAugmentation", "stays-on-its-device", "numbers drawn on the CPU",
        "torch.rand(len(images), 1, 1, 1, device=images.device)", "torch.rand(len(images), 1, 1, 1)"),
    Bug("augmentation", "RightAugmentation", "takes-the-batch-as-a-whole", "a loop over the images",
        "return images + self.strength * (shift - 0.5)",
        "return torch.stack([a + self.strength * (b - 0.5) for a, b in zip(images, shift)])"),
    Bug("augmentation", "RightAugmentation", "every-setting-has-an-effect", "a setting ignored",
        "def __init__(self, config", _SETTING.format("speed: float = 1.0\n        '''Of adapt.'''")),
    # Data and features
    Bug("dataset", "RightDataset", "order-is-deterministic", "shuffled by NumPy",
        _DRAWN, f"{_DRAWN}\n        import numpy as np\n        images = images[np.random.permutation(20)]"),
    Bug("dataset", "RightDataset", "order-is-deterministic", "shuffled by Python",
        _DRAWN, f"{_DRAWN}\n        import random\n        images = images[random.sample(range(20), 20)]"),
    Bug("dataset", "RightDataset", "another-process-reads-the-same", "files in the order of a set",
        _DRAWN, f"{_DRAWN}\n        images = images[[int(name) for name in {{str(n) for n in range(20)}}]]"),
    Bug("dataset", "RightDataset", "loading-leaves-the-random-state", "NumPy seeded anew",
        _DRAWN, f"{_DRAWN}\n        import numpy as np\n        np.random.seed(7)"),
    Bug("dataset", "RightDataset", "every-class-has-images", "labels from 1, with a class of padding",
        _NAMES, 'return LabelledImages(images, 1 + torch.arange(20) % 2, ("padding", "one", "other"))'),
    Bug("dataset", "RightDataset", "every-class-has-images", "all labels 0",
        _NAMES, 'return LabelledImages(images, 0 * torch.arange(20), ("one", "other"))'),
    Bug("dataset", "RightDataset", "splits-are-disjoint", "test equal to train",
        'seeds = {"train": 0, "test": 1}', 'seeds = {"train": 0, "test": 0}'),
    Bug("dataset", "RightDataset", "splits-are-disjoint", "half of test from train",
        _NAMES, "images[:10] = torch.arange(10).reshape(10, 1, 1, 1)\n        " + _NAMES),
    Bug("feature-extractor", "RightFeatureExtractor", "its-weights-do-not-depend-on-chance", "unseeded weights",  # noqa: E501
        "generator=torch.Generator().manual_seed(0)", ""),
    Bug("feature-extractor", "RightFeatureExtractor", "standard-inception-is-what-it-says", "called Inception",  # noqa: E501
        "def __init__(self, config, training_images):",
        "standard_inception = True\n\n    def __init__(self, config, training_images):"),
)  # fmt: skip

UNSEEN: Final = {
    "a penalty of the wrong norm": "any number may be meant; only the paper says which",
    "slow Python loops in the load of a data set": "how slow is too slow depends on the disk and the data",
    "random weights under the digest of the published ones": "the digest is what the plugin says of itself",
}
"""Bugs that no check sees, and why."""

Run = Callable[[str, Bug], Result]


@pytest.fixture
def run(right_parts: Path, tmp_path: Path) -> Run:
    """Runs the check that is meant, alone, on the plugin as a text has it."""

    def run_check(text: str, bug: Bug) -> Result:
        path = tmp_path / f"planted_{abs(hash(text))}.py"
        path.write_text(text, encoding="utf-8")
        suite = suite_of(bug.kind)
        (meant,) = (check for check in suite.checks if check.name == bug.check)
        subject = subject_of(suite, find_any(f"{path}:{bug.plugin}", bug.kind), None)
        (result,) = run_suite(dataclasses.replace(suite, checks=(meant,)), subject, {}).results
        return result

    return run_check


def planted(bug: Bug, text: str) -> str:
    """The text of the right plugins with a bug in it."""
    start = text.index(f"class {bug.within or bug.plugin}(")
    end = text.find("\n\n\nclass ", start)
    body = text[start:end]
    assert bug.old in body, "the bug is planted nowhere"
    wrong = body.replace(bug.old, bug.new, 1)
    with_dataclass = text[:start].replace("from typing", "from dataclasses import dataclass\nfrom typing", 1)
    return with_dataclass + wrong + text[end:]


def is_long(bug: Bug) -> bool:
    """Whether the check that must see it starts processes or trains."""
    return next(check.is_long for check in suite_of(bug.kind).checks if check.name == bug.check)


PARAMETERS = [
    pytest.param(bug, id=f"{bug.kind}: {bug.what}", marks=[pytest.mark.slow] if is_long(bug) else [])
    for bug in BUGS
]


@pytest.mark.parametrize("bug", PARAMETERS)
def test_a_planted_bug_is_seen(bug: Bug, run: Run, right_parts: Path) -> None:
    text = right_parts.read_text(encoding="utf-8")
    right, wrong = run(text, bug), run(planted(bug, text), bug)

    assert right.status in ("passed", "not applicable"), right.reason
    assert wrong.status == "failed"
    assert wrong.reason


def test_every_check_is_seen_to_fail() -> None:
    files = (Path(__file__).parent / "wrong_plugins").glob("*/*.py")
    shown = {(file.parent.name.replace("_", "-"), file.stem.replace("_", "-")) for file in files}
    shown |= {(bug.kind, bug.check) for bug in BUGS}
    of_all = {(kind, check.name): id(check) for kind in kinds() for check in suite_of(kind).checks}
    seen = {of_all[name] for name in shown}  # a check that several kinds share is shown once

    assert [name for name, check in of_all.items() if check not in seen] == []
