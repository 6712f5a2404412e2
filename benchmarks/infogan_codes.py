"""Trains `infogan` on digits for a minute of one core, and measures how well its codes can be read.

    python benchmarks/infogan_codes.py [--seeds 0,1,2] [--steps 2500]

A line an interval and seed: the lower bound of the information that an image has on its category (Chen et
al., 2016, equation 5; at most ln 10 = 2.303 nats), the share of generated images whose category Q reads right
(chance is 0.1), and the share of digits in the training data on which the reading of a category agrees, where
every category stands for its most frequent digit. The last needs labels, which the training never sees.
"""

from __future__ import annotations

import argparse
import math
import time

import torch
from torch.nn import functional as F

from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

SETTINGS = {
    "model.name": "infogan",
    "dataset.name": "digits",
    "model.channels": 16,
    "model.dense": 128,
    "model.reading": 64,
    "run.device": "cpu",
    "training.precision": "fp32",
}


@torch.no_grad()
def reading(engine: Engine, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float, float]:
    """The bound in nats, Q's accuracy on fakes, and the agreement with the digits of real images."""
    players = engine.equipment.players
    generator, discriminator = players.generator_network.eval(), players.discriminator_network.eval()
    with torch.random.fork_rng([]):
        torch.manual_seed(1)
        latents = torch.randn(2000, generator.latent_dim)
    codes = generator.codes(latents).categories.argmax(dim=1)
    read, _ = discriminator.read(generator(latents))
    bound = math.log(read.shape[1]) - float(F.cross_entropy(read, codes))
    accuracy = float((read.argmax(dim=1) == codes).float().mean())
    of_real = discriminator.read(images)[0].argmax(dim=1)
    counts = torch.bincount(of_real * 10 + labels, minlength=10 * read.shape[1]).reshape(-1, 10)
    generator.train(), discriminator.train()
    return bound, accuracy, float(counts.amax(dim=1).sum() / len(labels))


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--steps", type=int, default=2500)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("seed  step  seconds  bound_nats  read_right  digits_agree")
    for seed in map(int, arguments.seeds.split(",")):
        chosen = SETTINGS | {"training.seed": seed, "training.max_steps": arguments.steps}
        bound = bind(resolve({}, chosen))
        engine = prepare(bound, torch.device("cpu"), World())
        data = bound["dataset"].make(bound.run.data_folder()).load("train")
        images = data.images.float() / 127.5 - 1
        began = time.process_time()
        for step in range(arguments.steps + 1):
            if step % (arguments.steps // 5) == 0:
                figures = reading(engine, images, data.labels)
                seconds = time.process_time() - began
                print(f"{seed:4} {step:5} {seconds:8.1f} " + " ".join(f"{each:11.3f}" for each in figures))
            engine.take_step()


if __name__ == "__main__":
    main()
