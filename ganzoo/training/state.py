"""Everything that decides the next step, captured as named tensors and restored bit for bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Equipment
from ganzoo.engine.optimizer_state import restore_state, state_of
from ganzoo.engine.players import Player, Players
from ganzoo.errors import GanzooError
from ganzoo.runs import checkpoints
from ganzoo.settings.configuration import Configuration


def capture(equipment: Equipment) -> dict[str, Tensor]:
    """Weights, average, what else remembers, optimisers, loss scales and random states, by name.

    `generator.` holds what samples should come from: the average where there is one; the weights
    that training goes on with are then below `training.generator.`.
    """
    players, average, world, device = (
        equipment.players, equipment.average, equipment.world, equipment.device
    )  # fmt: skip
    tensors: dict[str, Tensor] = {}
    if average is None:
        tensors |= _named("generator.", players.generator.network.state_dict())
    else:
        tensors |= _named("generator.", average.average.state_dict())
        tensors |= _named("training.generator.", players.generator.network.state_dict())
    tensors |= _named("discriminator.", players.discriminator.network.state_dict())
    for section, part in players.stateful_parts.items():
        tensors |= _named(f"{section}.", part.state_dict())
    for name, player in players_by_name(players):
        tensors |= _named(f"optimizer.{name}.", state_of(player.optimizer))
        if player.scaler.is_enabled():
            tensors |= _named(f"scaler.{name}.", _scaler_tensors(player))
    for rank, state in enumerate(world.gather(torch.get_rng_state(), device)):
        tensors[f"random.cpu.{rank}"] = state
    if device.type == "cuda":
        for rank, state in enumerate(world.gather(torch.cuda.get_rng_state(device), device)):
            tensors[f"random.cuda.{rank}"] = state
    return tensors


def describe(equipment: Equipment, configuration: Configuration) -> dict[str, Any]:
    """What a checkpoint says of the training that it is of, besides the step, as JSON can say it."""
    network = equipment.players.generator_network
    return {
        "image": network.image.shape,
        "num_classes": network.num_classes,
        "class_names": equipment.class_names,
        "num_images": equipment.num_images,
        "trained_on": equipment.trained_on(),
        "configuration": replace(configuration, trackers=()).to_json(),  # which are no part of it
        "plugins": {plugin.full_name: plugin.version for plugin in configuration.plugins()},
        "processes": equipment.world.size,
        "device": equipment.device.type,
        "torch": torch.__version__,
    }


def restore(path: Path, equipment: Equipment) -> bool:
    """Puts a checkpoint's state into a freshly prepared training.

    Returns:
        Whether the random states could be restored too. They can't where the number of processes or
        the kind of device has changed: noise is then drawn anew, everything else goes on exactly.

    Raises:
        GanzooError: the checkpoint is damaged or is of other networks.
    """
    players, average = equipment.players, equipment.average
    _require_fitting(path, players)
    weights = "generator." if average is None else "training.generator."
    checkpoints.restore(players.generator.network, path, weights)
    checkpoints.restore(players.discriminator.network, path, "discriminator.")
    if average is not None:
        checkpoints.restore(average.average, path, "generator.")
    for section, part in players.stateful_parts.items():
        checkpoints.restore(part, path, f"{section}.")
    try:
        for name, player in players_by_name(players):
            restore_state(player.optimizer, checkpoints.read_tensors(path, f"optimizer.{name}."))
            if player.scaler.is_enabled():
                _load_scaler(player, checkpoints.read_tensors(path, f"scaler.{name}."))
        return _restore_random_states(
            checkpoints.read_tensors(path, "random."), equipment.device, equipment.world
        )
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise GanzooError(
            f"the checkpoint {path} holds no state that training can go on from: {error}"
        ) from None


def _require_fitting(path: Path, players: Players) -> None:
    """Refuses a checkpoint with more numbers than a training of these networks has, before reading any.

    Raises:
        GanzooError: it has more: the average and the optimiser's moments are a few times the weights.
    """
    held = sum(map(math.prod, checkpoints.read_shapes(path).values()))
    states = [player.network.state_dict() for _, player in players_by_name(players)]
    weights = sum(tensor.numel() for state in states for tensor in state.values())
    if held > 8 * weights + 2**24:  # random states of thousands of processes
        raise GanzooError(
            f"the checkpoint {path} holds {held:,} numbers, and its run's networks have {weights:,}"
        )


def _restore_random_states(tensors: Mapping[str, Tensor], device: torch.device, world: World) -> bool:
    saved_ranks = sum(name.startswith("cpu.") for name in tensors)
    cuda = tensors.get(f"cuda.{world.rank}")
    if saved_ranks != world.size or (device.type == "cuda") != (cuda is not None):
        return False
    torch.set_rng_state(tensors[f"cpu.{world.rank}"])
    if cuda is not None:
        torch.cuda.set_rng_state(cuda, device)
    return True


def players_by_name(players: Players) -> tuple[tuple[str, Player], ...]:
    """Both players, by the names that checkpoints know them by."""
    return ("generator", players.generator), ("discriminator", players.discriminator)


def _named(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def _scaler_tensors(player: Player) -> dict[str, Tensor]:
    state = player.scaler.state_dict()
    # float64 holds both exactly: scales are powers of two, the tracker is a small count.
    return {name: torch.tensor(state[name], dtype=torch.float64) for name in ("scale", "_growth_tracker")}


def _load_scaler(player: Player, tensors: Mapping[str, Tensor]) -> None:
    state = player.scaler.state_dict()
    state["scale"] = float(tensors["scale"].item())
    state["_growth_tracker"] = int(tensors["_growth_tracker"].item())
    player.scaler.load_state_dict(state)
