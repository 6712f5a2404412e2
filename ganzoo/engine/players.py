"""The two players of the game: networks, how each learns, and what else takes part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler

from ganzoo.engine.distributed import World
from ganzoo.engine.features import FeatureTap, features_for
from ganzoo.engine.storage import move, require_restorable
from ganzoo.interfaces import Augmentation, Discriminator, Generator, Objective, Optimizer, Regularisation
from ganzoo.models import GAN
from ganzoo.settings.binding import BoundConfiguration


@dataclass(frozen=True)
class Player:
    """A network, and how it learns."""

    network: nn.Module
    forward: Callable[[Tensor, Tensor | None], Any]
    """The network itself, or what it was compiled to."""
    optimizer: torch.optim.Optimizer
    scaler: GradScaler
    """Keeps float16 gradients from vanishing; passes everything through in other precisions."""
    final_numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the schedule moves in the optimiser's groups besides the learning rate, to its final values."""


@dataclass(frozen=True)
class Players:
    """Both players and the game."""

    generator: Player
    discriminator: Player
    objective: Objective[Any]
    dtype: torch.dtype
    """Type of the matrix products; parameters and losses stay float32."""
    regularisation: Regularisation | None = None
    augmentation: Augmentation | None = None
    penalty_share: Tensor = field(default_factory=lambda: torch.ones(()))
    """What the penalty is multiplied by: a float32 tensor `()` on the device, so that a captured step reads
    the value that the schedule has set."""
    features: FeatureTap | None = None
    """Those of the discriminator, where the objective asks for them."""
    average_gradients: Callable[[nn.Module], None] = lambda _: None
    """Called between a backward pass and its update; averages over processes where there are several."""

    @property
    def generator_network(self) -> Generator:
        """The generator as its interface."""
        assert isinstance(self.generator.network, Generator)
        return self.generator.network

    @property
    def discriminator_network(self) -> Discriminator:
        """The discriminator as its interface."""
        assert isinstance(self.discriminator.network, Discriminator)
        return self.discriminator.network

    @property
    def stateful_parts(self) -> dict[str, nn.Module]:
        """What remembers something beside the networks, by the section that it fills."""
        parts = {
            "objective": self.objective,
            "regularisation": self.regularisation,
            "augmentation": self.augmentation,
        }
        return {section: part for section, part in parts.items() if isinstance(part, nn.Module)}

    def uncompiled(self) -> Players:
        """The same players without what they were compiled to."""
        generator, discriminator = (
            replace(player, forward=player.network) for player in (self.generator, self.discriminator)
        )
        return replace(self, generator=generator, discriminator=discriminator)


def make_players(
    gan: GAN,
    bound: BoundConfiguration,
    device: torch.device,
    dtype: torch.dtype,
    layout: torch.memory_format,
    world: World,
) -> Players:
    """Moves the networks of a model to a device and gives each what it learns with.

    Args:
        gan: the networks.
        bound: the configuration of the training.
        device: where they learn.
        dtype: type of the matrix products.
        layout: of images and weights in memory; channels-last is the one in which convolutions of CPUs
            and tensor cores work natively.
        world: the processes that take part.

    Raises:
        UsageError: the objective asks for features that the discriminator doesn't show.
        GanzooError: a checkpoint can't hold what the objective, regularisation or augmentation remembers.
    """
    settings = bound.training
    assert settings is not None, "the configuration is of a training"

    def player(network: nn.Module, learning_rate: float) -> Player:
        network = move(network, device, layout).train()
        rule: Optimizer = bound["optimizer"].make()
        # A captured update repeats the Python numbers that it was captured with, and sees a change only in a
        # tensor.
        rate = torch.tensor(learning_rate, device=device) if settings.cuda_graph else learning_rate
        return Player(
            network=network,
            forward=torch.compile(network) if settings.compile else network,
            optimizer=rule.make([each for each in network.parameters() if each.requires_grad], rate),
            scaler=GradScaler(device.type, enabled=dtype == torch.float16),
            final_numbers=rule.final_numbers,
        )

    objective = _part(bound, "objective", device)
    names = bound["objective"].plugin.full_name, bound["model"].plugin.full_name
    return Players(
        generator=player(gan.generator, settings.learning_rate),
        discriminator=player(gan.discriminator, settings.rate_of_discriminator),
        objective=objective,
        features=features_for(objective, gan.discriminator, names=names),
        dtype=dtype,
        regularisation=_part(bound, "regularisation", device),
        augmentation=_part(bound, "augmentation", device),
        penalty_share=torch.ones((), device=device),
        average_gradients=world.average_gradients,
    )


def _part(bound: BoundConfiguration, section: str, device: torch.device) -> Any:
    """What fills a section, with what it remembers on the device; None where nothing does."""
    made = bound.make_if_any(section)
    if not isinstance(made, nn.Module):
        return made
    require_restorable(made, section, bound[section].plugin.full_name)
    return made.to(device)
