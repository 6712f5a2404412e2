"""The time of a training step with each regularisation and augmentation, as a ratio to the plain step.

Run it with `python benchmarks/regularisation_cost.py [--rounds 5] [--batch-size 32]`. All take turns in
every round, and the processor's time is counted, not the clock's, so that other work disturbs little.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace

import torch
from torch import nn
from torch.amp import GradScaler

from ganzoo import ImageSpec, create_model
from ganzoo.engine.players import Player, Players
from ganzoo.engine.step import training_step
from ganzoo.interfaces import Batch
from ganzoo.plugins import discovery, loading, lookup

NONE = "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=32)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    games = every_game(plain_game())
    images = 2 * torch.rand(arguments.batch_size, 3, 32, 32) - 1
    real = Batch(images.contiguous(memory_format=torch.channels_last), None)
    seconds: dict[str, list[float]] = {name: [] for name in games}
    for round_ in range(1 + arguments.rounds):
        for name, players in games.items():
            start = time.process_time()
            training_step(players, [[real]])
            if round_:  # the first round warms up
                seconds[name].append(time.process_time() - start)
    plain = statistics.median(seconds[NONE])
    print(f"dcgan 3x32x32, batch {arguments.batch_size}, bf16, one thread; plain step {1000 * plain:.0f} ms")
    for name, measured in seconds.items():
        ratios = sorted(value / plain for value in measured)
        print(f"{name:16} {statistics.median(ratios):5.2f}  ({ratios[0]:.2f}-{ratios[-1]:.2f})")


def plain_game() -> Players:
    """The model dcgan with its recipe's objective."""
    gan = create_model("dcgan", image=ImageSpec(3, 32, 32))
    objective = loading.load(lookup.find("objective", "bce"))

    def player(network: nn.Module) -> Player:
        network = network.to(memory_format=torch.channels_last).train()
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-5, fused=True)
        return Player(network, network, optimizer, GradScaler("cpu", enabled=False))

    return Players(
        player(gan.generator), player(gan.discriminator), objective(objective.Config()), torch.bfloat16
    )


def every_game(plain: Players) -> dict[str, Players]:
    """The plain game, and one with each installed regularisation or augmentation at its defaults."""
    games = {NONE: plain}
    for plugin in discovery.discover().of_kind("regularisation"):
        cls = loading.load(plugin)
        games[plugin.name] = replace(plain, regularisation=cls(cls.Config()))
    for plugin in discovery.discover().of_kind("augmentation"):
        cls = loading.load(plugin)
        games[plugin.name] = replace(plain, augmentation=cls(cls.Config()))
    return games


if __name__ == "__main__":
    main()
