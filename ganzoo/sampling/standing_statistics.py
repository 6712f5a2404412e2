"""Standing statistics: what batch normalisation subtracts and divides by, measured anew on generated images.

The running statistics of a training follow its last few batches, and those of a moving average belong to
other weights than its own. Standing statistics are the mean over many batches of the very network that draws:
Brock et al., 2019, appendix C ("standing statistics", typically 100 passes); `apply_standing_statistics` of
PyTorch-StudioGAN, `src/utils/misc.py`. Every batch counts alike, as in the paper. Only batch normalisation is
in training mode meanwhile: neither dropout nor spectral normalisation is to change what is measured.
"""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganzoo.devices import device_of
from ganzoo.interfaces import Generator
from ganzoo.sampling.generation import full_float32
from ganzoo.sampling.latents import random_numbers
from ganzoo.torch_state import own_torch_state, seed_random_numbers

BATCH_SIZE: Final = 64
"""Images of a pass."""


def batch_normalisations(network: nn.Module) -> list[_BatchNorm]:
    """The layers of a network that keep the mean and variance of batches, those inside other layers too."""
    return [
        module
        for module in network.modules()
        if isinstance(module, _BatchNorm) and module.running_mean is not None
    ]


def with_standing_statistics(generator: Generator, passes: int, seed: int) -> Generator:
    """A copy of a generator whose batch normalisation has standing statistics; itself where it has none.

    Args:
        generator: on any device; it and torch's random state are left as they were.
        passes: batches of `BATCH_SIZE` images that the statistics are the mean of, 1 or more.
        seed: decides the latents, and the labels, which are drawn uniformly where it takes any. Both are
            others than those that are drawn from the same seed to be looked at.
    """
    if not batch_normalisations(generator):
        return generator
    standing = copy.deepcopy(generator).eval()
    layers = batch_normalisations(standing)
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean of all batches, each with the same weight
        layer.train()
    device = device_of(generator)
    random = random_numbers(seed, "standing statistics")
    with own_torch_state(device), torch.no_grad(), full_float32():
        seed_random_numbers(seed, device)  # for noise that the generator draws itself
        for _ in range(passes):
            given = [torch.randn(BATCH_SIZE, generator.latent_dim, generator=random)]
            if generator.num_classes is not None:
                given.append(torch.randint(generator.num_classes, (BATCH_SIZE,), generator=random))
            standing(*(each.to(device) for each in given))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    standing.train(generator.training)
    return standing
