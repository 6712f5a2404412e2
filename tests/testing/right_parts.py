"""Plugins that keep every promise, small and plain. Each wrong plugin is one of them with a change."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from ganzoo.errors import UsageError
from ganzoo.interfaces import (
    Augmentation,
    Conditioning,
    Dataset,
    Discriminator,
    Exporter,
    FeatureExtractor,
    FeatureProtocol,
    Features,
    Generator,
    InformedObjective,
    Judgement,
    LabelledImages,
    Metric,
    Model,
    Objective,
    Optimizer,
    Regularisation,
    Tracker,
    Upsampling,
    Weights,
    require_labels,
)


class RightGenerator(Generator):
    """Two dense layers."""

    def __init__(self, image, num_classes):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 6, image, num_classes
        self.vectors = nn.Embedding(num_classes, 4)
        self.hidden = nn.Linear(6 + 4, 16)
        self.pixels = nn.Linear(16, image.channels * image.height * image.width)

    def forward(self, latents, labels=None):
        vectors = self.vectors(require_labels(labels, self.num_classes))
        hidden = F.leaky_relu(self.hidden(torch.cat((latents, vectors), dim=1)), 0.2)
        return torch.tanh(self.pixels(hidden)).reshape(-1, *self.image.shape)


class RightDiscriminator(Discriminator):
    """Two dense layers."""

    def __init__(self, image, num_classes):
        super().__init__()
        self.image, self.num_classes = image, num_classes
        self.vectors = nn.Embedding(num_classes, 4)
        self.hidden = nn.Linear(image.channels * image.height * image.width + 4, 16)
        self.logit = nn.Linear(16, 1)

    def forward(self, images, labels=None):
        vectors = self.vectors(require_labels(labels, self.num_classes))
        hidden = F.leaky_relu(self.hidden(torch.cat((images.flatten(1), vectors), dim=1)), 0.2)
        return self.logit(hidden).squeeze(1)


class RightModel(Model):
    """Dense networks that see the label."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_generator = RightGenerator
    make_discriminator = RightDiscriminator

    def __init__(self, config, image, num_classes):
        self.image, self.num_classes = image, num_classes

    def generator(self):
        return self.make_generator(self.image, self.num_classes)

    def discriminator(self):
        return self.make_discriminator(self.image, self.num_classes)


class RightUpsampling(Upsampling):
    """A convolution of repeated pixels."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=bias)

    def forward(self, images):
        return self.convolution(F.interpolate(images, scale_factor=2, mode="nearest"))


class RightConditioning(Conditioning):
    """A learned vector for every class."""

    ganzoo_api = 1

    def __init__(self, config, num_classes):
        super().__init__()
        self.features, self.num_classes = 4, num_classes
        self.vectors = nn.Embedding(num_classes, 4)

    def forward(self, labels):
        return self.vectors(require_labels(labels, self.num_classes))


class RightObjective(Objective):
    """The original loss, non-saturating for the generator (Goodfellow et al., 2014)."""

    ganzoo_api = 1

    def __init__(self, config):
        pass

    def discriminator_loss(self, real_logits, fake_logits):
        return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()

    def generator_loss(self, fake_logits):
        return F.softplus(-fake_logits).mean()


class RightDataset(Dataset):
    """Noise in two classes."""

    ganzoo_api = 1

    def __init__(self, config, data_dir):
        pass

    def load(self, split):
        seeds = {"train": 0, "test": 1}
        if split not in seeds:
            raise UsageError(f"there is no split {split!r}")
        noise = torch.Generator().manual_seed(seeds[split])
        images = torch.randint(256, (20, 1, 4, 4), generator=noise).to(torch.uint8)
        return LabelledImages(images, torch.arange(20) % 2, ("one", "other"))


class RightFeatureExtractor(FeatureExtractor):
    """The mean and the deviation of all pixels, and logits for the data set's classes."""

    ganzoo_api = 1

    def __init__(self, config, training_images):
        super().__init__()
        self.features, self.class_names = 2, training_images().class_names
        self.logits = nn.Linear(2, len(self.class_names))
        nn.init.normal_(self.logits.weight, generator=torch.Generator().manual_seed(0))
        nn.init.zeros_(self.logits.bias)
        self.protocol = FeatureProtocol(
            network="none", weights="random", weights_sha256=64 * "0", resize="none"
        )

    def forward(self, images):
        pixels = images.flatten(1) / 255
        vectors = torch.stack((pixels.mean(dim=1), pixels.std(dim=1)), dim=1)
        return Features(vectors, self.logits(vectors))


class RightRegularisation(Regularisation):
    """A gradient penalty at real images (Mescheder et al., 2018, equation 9)."""

    ganzoo_api = 1
    every = 1

    def __init__(self, config):
        pass

    def penalty(self, judge, real, fake):
        images = real.images.detach().requires_grad_()
        logits = judge(images, real.labels)
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return gradient.square().sum(dim=(1, 2, 3)).mean()

    def constrain(self, discriminator):
        pass


class RememberingObjective(RightObjective, nn.Module):
    """The original loss, in which the mean that real logits have had so far takes part."""

    ganzoo_api = 1

    def __init__(self, config):
        nn.Module.__init__(self)
        self.register_buffer("mean", torch.zeros(()))

    def discriminator_loss(self, real_logits, fake_logits):
        shift = 0.1 * torch.tanh(self.mean)
        with torch.no_grad():
            self.mean.lerp_(real_logits.mean().float(), 0.5)
        return F.softplus(-real_logits).mean() + F.softplus(fake_logits - shift).mean()


class LateRegularisation(RightRegularisation, nn.Module):
    """A gradient penalty that begins at the tenth update."""

    ganzoo_api = 1

    def __init__(self, config):
        nn.Module.__init__(self)
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def penalty(self, judge, real, fake):
        self.updates += 1
        return (self.updates > 10) * super().penalty(judge, real, fake)


class FeatureObjective(InformedObjective):
    """The means of the discriminator's features, matched (Salimans et al., 2016, section 3.1)."""

    ganzoo_api = 1
    asks_for_features = True
    relativistic = True

    def __init__(self, config):
        pass

    def discriminator_loss(self, real, fake):
        return F.softplus(-real.logits).mean() + F.softplus(fake.logits).mean()

    def generator_loss(self, fake, real=None):
        return (fake.features.mean(dim=0) - real.features.mean(dim=0)).square().sum()


class GeneratorRegularisation(Regularisation, nn.Module):
    """Images that change by as much for every step of a latent (Karras et al., 2020, section 3.2)."""

    ganzoo_api = 1
    acts_on = "generator"
    every = 1

    def __init__(self, config):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))

    def penalty(self, judge, real, fake):
        return real.images.new_zeros(())

    def generator_penalty(self, draw):
        latents = draw.latents.detach().requires_grad_()
        images = draw(latents, draw.labels)
        (gradient,) = torch.autograd.grad(
            (images * torch.randn_like(images)).sum(), latents, create_graph=True
        )
        lengths = gradient.square().sum(dim=1).sqrt()
        with torch.no_grad():
            self.mean.lerp_(lengths.mean(), 0.1)
        return (lengths - self.mean.clone()).square().mean()

    def constrain(self, discriminator):
        pass


class RightAugmentation(Augmentation):
    """Another brightness, by as much as the discriminator is sure."""

    ganzoo_api = 1

    def __init__(self, config):
        super().__init__()
        self.register_buffer("strength", torch.zeros(()))

    def forward(self, images):
        shift = torch.rand(len(images), 1, 1, 1, device=images.device)
        return images + self.strength * (shift - 0.5)

    def adapt(self, real_logits):
        self.strength.add_(0.1 * real_logits.sign().mean()).clamp_(0, 1)


class RightMetric(Metric):
    """Distance between mean features (Gretton et al., 2012, with a linear kernel)."""

    ganzoo_api = 1
    lower_is_better = True
    least = 0.0

    def __init__(self, config):
        pass

    def measure(self, generated, real, of_split):
        difference = generated.vectors.double().mean(dim=0) - real.vectors.double().mean(dim=0)
        return difference.norm().item()


class MeanOfImages(Metric):
    """The share of images that their own features recognise, a number for each."""

    ganzoo_api = 1
    lower_is_better = False
    needs = ("labels", "classes", "logits")
    least = 0.0
    most = 1.0

    def __init__(self, config):
        pass

    def measure(self, generated, real, of_split):
        return (generated.logits.argmax(dim=1) == generated.labels).double()


class RightOptimizer(Optimizer):
    """Gradient descent with momentum (Sutskever et al., 2013)."""

    ganzoo_api = 1

    def __init__(self, config):
        pass

    def make(self, parameters, learning_rate):
        return torch.optim.SGD(parameters, lr=learning_rate, momentum=0.9)


class MovingMomentum(RightOptimizer):
    """The same, with a momentum that the schedule takes to 0."""

    ganzoo_api = 1
    final_numbers: ClassVar = {"momentum": 0.0}


class WarmingUp(torch.optim.Optimizer):
    """Steps that grow until the tenth, counted in the state as Python's own number."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in (each for each in group["params"] if each.grad is not None):
                state = self.state[parameter]
                state["steps"] = state.get("steps", 0) + 1
                parameter.sub_(min(1.0, state["steps"] / 10) * group["lr"] * parameter.grad)


class CountedSteps(RightOptimizer):
    """Gradient descent with a warm-up."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return WarmingUp(parameters, {"lr": learning_rate})


class TwoTaskDiscriminator(RightDiscriminator):
    """Tells classes apart as well (Odena et al., 2017)."""

    def __init__(self, image, num_classes):
        super().__init__(image, num_classes)
        self.vectors = nn.Linear(16, num_classes)
        self.hidden = nn.Linear(image.channels * image.height * image.width, 16)

    def forward(self, images, labels=None):
        labels = require_labels(labels, self.num_classes)
        hidden = F.leaky_relu(self.hidden(images.flatten(1)), 0.2)
        auxiliary_loss = F.cross_entropy(self.vectors(hidden), labels, reduction="none")
        return Judgement(self.logit(hidden).squeeze(1), auxiliary_loss)


class TwoTaskModel(RightModel):
    """Dense networks, of which the discriminator has a second task."""

    ganzoo_api = 1
    conditional = True
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}

    make_discriminator = TwoTaskDiscriminator


class UnlabelledGenerator(RightGenerator):
    """One dense layer."""

    def __init__(self, image, num_classes):
        Generator.__init__(self)
        self.latent_dim, self.image, self.num_classes = 6, image, num_classes
        self.pixels = nn.Linear(6, image.channels * image.height * image.width)

    def forward(self, latents, labels=None):
        return torch.tanh(self.pixels(latents)).reshape(-1, *self.image.shape)


class UnlabelledDiscriminator(RightDiscriminator):
    """Spectrally normalised layers (Miyato et al., 2018), whose weights move in every forward."""

    def __init__(self, image, num_classes):
        Discriminator.__init__(self)
        self.image, self.num_classes = image, num_classes
        self.hidden = spectral_norm(nn.Linear(image.channels * image.height * image.width, 16))
        self.logit = spectral_norm(nn.Linear(16, 1))

    def forward(self, images, labels=None):
        return self.logit(F.softplus(self.hidden(images.flatten(1)))).squeeze(1)


class UnlabelledModel(RightModel):
    """Dense networks without labels."""

    ganzoo_api = 1
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}
    conditional = False

    make_generator = UnlabelledGenerator
    make_discriminator = UnlabelledDiscriminator


class ReadingDiscriminator(UnlabelledDiscriminator):
    """Reads the first latents in the images (Chen et al., 2016), and shows its features."""

    sees_latents = True
    head = "logit"

    def __init__(self, image, num_classes):
        super().__init__(image, num_classes)
        self.reading = nn.Linear(16, 2)

    def forward(self, images, labels=None, latents=None):
        hidden = F.softplus(self.hidden(images.flatten(1)))
        logits = self.logit(hidden).squeeze(1)
        if latents is None:
            return Judgement(logits, logits.new_zeros(len(logits)))
        return Judgement(logits, (self.reading(hidden) - latents[:, :2].detach()).square().sum(dim=1))


class ReadingModel(UnlabelledModel):
    """Dense networks, of which the discriminator reads latents."""

    ganzoo_api = 1
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}
    conditional = False

    make_discriminator = ReadingDiscriminator


class PatchDiscriminator(UnlabelledDiscriminator):
    """A logit for each row of pixels (Isola et al., 2017)."""

    def __init__(self, image, num_classes):
        Discriminator.__init__(self)
        self.image, self.num_classes = image, num_classes
        self.hidden = nn.Linear(image.channels * image.width, 16)
        self.logit = nn.Linear(16, 1)

    def forward(self, images, labels=None):
        rows = images.transpose(1, 2).flatten(2)
        return self.logit(F.softplus(self.hidden(rows))).squeeze(2)


class PatchModel(UnlabelledModel):
    """Dense networks, of which the discriminator judges rows."""

    ganzoo_api = 1
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a choice")}
    conditional = False

    make_discriminator = PatchDiscriminator


class Relativistic(RightObjective):
    """Compares real images with generated ones (Jolicoeur-Martineau, 2019)."""

    ganzoo_api = 1
    relativistic = True

    def discriminator_loss(self, real_logits, fake_logits):
        return F.softplus(fake_logits - real_logits).mean()

    def generator_loss(self, fake_logits, real_logits=None):
        return F.softplus(real_logits - fake_logits).mean()


class LeastSquares(RightObjective):
    """Least squares with the targets -1, 1 and 0, beyond which it rises (Mao et al., 2017, equation 8)."""

    ganzoo_api = 1

    def discriminator_loss(self, real_logits, fake_logits):
        return ((real_logits - 1).square().mean() + (fake_logits + 1).square().mean()) / 2

    def generator_loss(self, fake_logits, real_logits=None):
        return fake_logits.square().mean() / 2


class ClippedWeights(RightRegularisation):
    """No penalty, but small weights (Arjovsky et al., 2017, algorithm 1)."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        return real.images.new_zeros(())

    @torch.no_grad()
    def constrain(self, discriminator):
        for parameter in discriminator.parameters():
            parameter.clamp_(-0.01, 0.01)


class ZeroOneLeastSquares(RightObjective):
    """Least squares with the targets 0, 1 and 1 (Mao et al., 2017, equation 9)."""

    ganzoo_api = 1

    def discriminator_loss(self, real_logits, fake_logits):
        return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2

    def generator_loss(self, fake_logits, real_logits=None):
        return (fake_logits - 1).square().mean() / 2


class RightWeights(Weights):
    """A generator of two steps, beside this file."""

    ganzoo_api = 1

    file = "weights.safetensors"
    sha256 = "7bd923084cc01fff0bc25e8b636c686d9333991d8284d1b321a0f7286af343c7"
    picture = "picture.png"

    model = "ganzoo-models:gan"
    dataset = "ganzoo-datasets:digits"
    image = (1, 8, 8)
    classes = ()
    licence = "MIT"

    command = "ganzoo train --config config.json"
    steps = 2
    images_seen = 32
    cost = "a moment"
    figures: ClassVar = {}
    remarks = ()


class RightTracker(Tracker):
    """A row for each figure."""

    ganzoo_api = 1

    def __init__(self, config):
        self.path = Path()

    def started(self, run):
        self.path = run.folder / "right" / "figures.csv"
        self.path.parent.mkdir(exist_ok=True)
        self.path.touch()

    def measured(self, step, images, figures):
        self.write([step, images, *figures.items()])

    def sampled(self, step, images, grid):
        self.write([step, images, grid.name])

    def ended(self, how):
        self.write([how])

    def write(self, row):
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow(row)


class RightExporter(Exporter):
    """A program of torch."""

    ganzoo_api = 1
    suffix = ".pt2"

    def __init__(self, config):
        pass

    def write(self, exported, path, precision):
        with path.open("wb") as file:
            torch.export.save(exported.trace(), file)

    def read(self, path):
        program = torch.export.load(path).module()

        def draw(latents, labels):
            return program(latents) if labels is None else program(latents, labels)

        return draw
