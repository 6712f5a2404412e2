"""Figures read off class logits: the (inception) score and class accuracy.

    score = exp(mean KL(p(y|x) ‖ p(y)))

Salimans et al., 2016, section 4; their released code takes the mean over ten splits of the samples.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganzoo.evaluation.resampling import GROUPS, Estimate, jackknife, jackknife_mean


def class_score(logits: Tensor) -> float:
    """The score of one split from its logits `(N, K)`: 1 where all samples look alike, at most K."""
    log_conditional = logits.to(torch.float64).log_softmax(dim=1)
    conditional = log_conditional.exp()
    log_marginal = log_conditional.logsumexp(dim=0) - math.log(len(logits))
    return float((conditional * (log_conditional - log_marginal)).sum(dim=1).mean().exp())


def estimate_class_score(logits: Tensor, groups: Tensor) -> Estimate:
    """The mean score of the groups `(N,)`, which are the ten splits, and the error of that mean."""
    scores = torch.tensor([class_score(logits[groups == g]) for g in range(GROUPS)], dtype=torch.float64)
    return Estimate(scores.mean().item(), (scores.std() / math.sqrt(GROUPS)).item())


def estimate_undivided_class_score(logits: Tensor, groups: Tensor) -> Estimate:
    """The score of all samples at once, as PyTorch-StudioGAN has it: their parts' mean is lower."""
    return jackknife(class_score(logits), [class_score(logits[groups != g]) for g in range(GROUPS)])


def estimate_class_accuracy(logits: Tensor, labels: Tensor, groups: Tensor) -> Estimate:
    """The share of samples whose largest logit `(N, K)` is that of the class `(N,)` asked for."""
    return jackknife_mean(logits.argmax(dim=1) == labels, groups)
