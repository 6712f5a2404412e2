"""Memorisation: are generated images nearer to the training images than unseen real images are?

    U = P(d(y, training) < d(x, training))    with y generated and x real, not trained on

where d is the distance to the nearest neighbour. One half for a generator that draws as the data do, 1 for
one that copies its training images; near 0 its images are far from all data. Meehan et al., 2020
(the Mann-Whitney statistic of their test, over a single cell, as a probability).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.evaluation.manifold import distance_blocks
from ganzoo.evaluation.resampling import Estimate, jackknife_mean


def estimate_memorisation(generated: Tensor, groups: Tensor, training: Tensor, held_out: Tensor) -> Estimate:
    """U from vectors `(N, D)`, dealt into groups `(N,)`, `(M, D)` and `(L, D)`; ties count half."""
    centre = training.mean(dim=0, dtype=torch.float64)
    of_generated = _nearest(generated, training, centre)
    of_held_out = _nearest(held_out, training, centre).sort().values
    farther = len(of_held_out) - torch.searchsorted(of_held_out, of_generated, right=True)
    not_nearer = len(of_held_out) - torch.searchsorted(of_held_out, of_generated, right=False)
    return jackknife_mean((farther + not_nearer).to(torch.float64) / (2 * len(of_held_out)), groups)


def _nearest(vectors: Tensor, others: Tensor, centre: Tensor) -> Tensor:
    """The squared distance `(N,)` of each vector to the nearest of others."""
    return torch.cat([distances.amin(dim=1) for _, distances in distance_blocks(vectors, others, centre)])
