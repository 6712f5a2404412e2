"""The kind `model`: an architecture, and what every one promises of networks, labels, slots, recipe."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import torch

from ganzoo import models
from ganzoo.engine.storage import shared
from ganzoo.errors import UsageError
from ganzoo.kinds.short_training.checks import SHORT_TRAINING, chosen_for, settings_of_training
from ganzoo.settings.merging import resolve
from ganzoo.testing.checks import Check, Failure, Suite, check, require
from ganzoo.testing.discriminator_checks import DISCRIMINATOR
from ganzoo.testing.every import EVERY
from ganzoo.testing.generator_checks import GENERATOR
from ganzoo.testing.gradient_checks import gradients_reach_the_inputs
from ganzoo.testing.model_subject import CLASSES, ODD_IMAGES, ModelSubject
from ganzoo.testing.module_checks import MODULES
from ganzoo.testing.modules import BATCH, output_of, refuses
from ganzoo.testing.suites import suite_of


class ModelKind:
    """An architecture: generator, discriminator and recipe."""

    ganzoo_api = 1
    position = 1
    group = "ganzoo.models"
    interface = "ganzoo.interfaces:Model"
    role = "model"
    attributes: ClassVar = {
        "conditional": "bool",
        "components": "dict[str, str]",
        "recipe": "dict[str, tuple[Any, str]]",
        "recipes": "dict[str, tuple[str, dict[str, tuple[Any, str]]]]",
        "image_sides": "dict[str, int]",
        "published": "dict[str, tuple[float, dict[str, str]]]",
        "differences": "dict[str, tuple[str, str]]",
    }
    checks = "ganzoo.kinds.model:SUITE"
    template = "model.template"
    template_use = "train $name --dataset digits"


@check(
    why="The core draws latents, shapes batches and labels samples by these attributes.",
    remedy="Set latent_dim, image and num_classes in the networks' constructors, image and num_classes as "
    "given.",
)
def networks_say_what_they_take(subject: ModelSubject) -> None:
    for name, network in subject.modules().items():
        for attribute in ("image", "num_classes"):
            asked, said = getattr(subject, attribute), getattr(network, attribute)
            require(asked == said, f"the {name}'s {attribute} is {said}, not {asked}")
    latent_dim = subject.modules()["generator"].latent_dim
    require(isinstance(latent_dim, int) and latent_dim > 0, f"the generator's latent_dim is {latent_dim!r}")


@check(
    why="A network whose parameters are all frozen never gets better, and the other one wins.",
    remedy="Give each network parameters, and freeze none but those that were trained before.",
)
def both_networks_learn(subject: ModelSubject) -> None:
    for name, network in subject.build().items():
        learns = any(parameter.requires_grad for parameter in network.parameters())
        require(learns, f"the {name} has no parameter that learns")


@check(
    why="Each network has an optimiser of its own. What both learn, both move, each against the other.",
    remedy="Build two of it, one for each network, or freeze it with requires_grad_(False).",
)
def the_networks_learn_nothing_together(subject: ModelSubject) -> None:
    networks = subject.build()
    found = shared(networks["generator"], networks["discriminator"])
    require(not found, "; ".join(found[:3]))


def _takes_no_labels(subject: ModelSubject) -> str | None:
    return None if subject.num_classes else "it takes no labels"


@check(
    why="A conditional model that ignores its labels is an unconditional one with a promise.",
    remedy="Use the labels in forward, in both networks.",
    unless=_takes_no_labels,
)
def labels_matter(subject: ModelSubject) -> None:
    for name, network in subject.awake():
        first = subject.given(name, BATCH)[0]
        labels = subject.place(subject.labels(BATCH))
        with torch.no_grad():
            one, other = (
                output_of(network.eval(), (first, each)) for each in (labels, (labels + 1) % CLASSES)
            )
        require(not torch.equal(one, other), f"the {name} gives the same for other labels")


@check(
    why="Labels that were left out must be said, not guessed.",
    remedy="Begin forward with ganzoo.interfaces.require_labels(labels, num_classes), in both networks.",
    unless=_takes_no_labels,
)
def missing_labels_are_refused(subject: ModelSubject) -> None:
    for name, network in subject.modules().items():
        first = subject.given(name, 2)[0]
        refused = refuses(lambda network=network, first=first: network.eval()(first))  # type: ignore[misc]
        require(refused, f"the {name} takes no labels for an answer: no ValueError")


@check(
    why="A wrong label has to be said in words. Left to the lookup, it is an IndexError on the CPU, and a "
    "device assert on an accelerator, after which the process is lost.",
    remedy="Begin forward with ganzoo.interfaces.require_labels(labels, num_classes), in both networks.",
    unless=_takes_no_labels,
)
def wrong_labels_are_refused(subject: ModelSubject) -> None:
    # On the CPU: there alone require_labels looks at them.
    for name, network in ((name, network.cpu()) for name, network in subject.modules().items()):
        first = subject.inputs(name, 2)[0]
        for label in (-1, CLASSES):
            labels = torch.tensor([0, label])
            refused = refuses(
                lambda network=network, first=first, labels=labels: network.eval()(first, labels)  # type: ignore[misc]
            )
            require(refused, f"the {name} takes label {label} of {CLASSES} classes: no ValueError")


@check(
    why="Users put any component into a slot. A model that uses more of it than its interface says works "
    "with the default alone.",
    remedy="Use a conditioning's features and forward, an upsampling's forward, and no other attribute.",
    unless=lambda subject: None if subject.cls.components else "it has no slots",
)
def components_are_interchangeable(subject: ModelSubject) -> None:
    for slot in subject.cls.components:
        stand_in = suite_of(slot).stand_in
        if stand_in is None:
            continue
        kept = {key: value for key, value in subject.settings.items() if not key.startswith(f"{slot}.")}
        gan = models.create(subject.cls, subject.image, subject.num_classes, kept, {slot: stand_in})
        generator, discriminator = subject.place(gan.generator), subject.place(gan.discriminator)
        shape = tuple(output_of(generator, subject.given("generator", 2)).shape[1:])
        require(shape == subject.image.shape, f"with another {slot}, images are {shape}")
        output_of(discriminator, subject.given("discriminator", 2))


@check(
    why="Whoever asks for an image that the model can't draw has to hear it before the training, in words.",
    remedy="Raise ganzoo.errors.UsageError in the model's constructor, naming the sizes that it can draw.",
)
def other_images_are_drawn_or_refused(subject: ModelSubject) -> None:
    for image in ODD_IMAGES:
        try:
            gan = subject.create(image)
        except UsageError:
            continue
        generator, discriminator = subject.place(gan.generator), subject.place(gan.discriminator)
        latents = subject.place(torch.randn(2, generator.latent_dim))
        labels = (subject.place(subject.labels(2)),) if subject.num_classes else ()
        images = output_of(generator.eval(), (latents, *labels))
        found = tuple(images.shape[1:])
        require(found == image.shape, f"asked for {image}, it neither refuses nor draws it but {found}")
        output_of(discriminator.eval(), (images, *labels))


@check(
    why="A recipe is what `ganzoo train MODEL` does without options. One that doesn't resolve can't be "
    "trained.",
    remedy="Name the objective in it, by full name, and only settings that exist, with values they allow; "
    "put the distributions of components and objective into the package's dependencies.",
)
def recipe_resolves(subject: ModelSubject) -> None:
    try:
        resolve(chosen_for(subject), settings_of_training(subject))
    except UsageError as error:
        raise Failure(str(error)) from None


_OWN: Final[tuple[Check[Any], ...]] = (
    networks_say_what_they_take,
    both_networks_learn,
    the_networks_learn_nothing_together,
    *GENERATOR,
    *DISCRIMINATOR,
    labels_matter,
    missing_labels_are_refused,
    wrong_labels_are_refused,
    components_are_interchangeable,
    other_images_are_drawn_or_refused,
    recipe_resolves,
    *SHORT_TRAINING,
)

SUITE = Suite(ModelSubject, (*EVERY, *MODULES, gradients_reach_the_inputs, *_OWN), minimum=25)
