"""Where `r3gan`, `stylegan2` and `lightweight` differ from papers and released code (see differences.py)."""

from __future__ import annotations

from typing import Final

from ganzoo_models.differences import COPIED_STATISTICS, Differences

_R3GAN: Final[Differences] = {
    "ada interpolates bilinearly, and repeats the edge of what it mirrors": (
        "released code: wavelet filters",
        "plain PyTorch; strengths, shares and transformations are the same",
    ),
    "images are cut to [-1, 1] in evaluation mode": (
        "released code: when they become bytes",
        "a Generator promises that range; figures see the same",
    ),
    "one precision for all stages": (
        "released code: half precision in the three stages of most pixels",
        "training.precision chooses it",
    ),
}
R3GAN_CONDITIONAL: Final[Differences] = _R3GAN
R3GAN: Final[Differences] = {
    **_R3GAN,
    "CIFAR-10's settings, without labels": (
        "paper, and the released command: CIFAR-10 with labels",
        "what is known to suit its size",
    ),
}

STYLEGAN2: Final[Differences] = {
    "a gradient that is not a number ends the training": (
        "released code: it counts as 0, an infinite one as 100,000",
        "what has diverged is said, not covered (exit code 4)",
    ),
    "R1 shares the update of the objective, every sixteenth": (
        "released code: an update of its own, for which the discriminator's rate and betas are corrected",
        "one update a step; every 16th step is 16 times as strong, as there",
    ),
    "beta2 is 0.99 for both networks": (
        "released code: 0.992 for the generator, 0.9906 for the discriminator",
        "traces of lazy penalties, of which it uses one; one beta2 is one setting",
    ),
    "the discriminator learns first in every step": (
        "released code: the generator",
        "the order of Goodfellow et al., algorithm 1, for all models; only the first update is another",
    ),
    "noise is fixed in evaluation mode": (
        "released code: drawn anew wherever figures are computed",
        "the same latents give the same image",
    ),
    "truncation draws styles to the mean of 10,000, computed when it is asked for": (
        "released code: to a mean that training tracks",
        "checkpoints need hold nothing more; figures have none",
    ),
    "activations are not clamped": ("released code: at ±256", "they are for float16 alone"),
    "ada interpolates bilinearly, repeats the edge of what it mirrors, and stops at strength 1": (
        "released code: wavelet filters; no upper bound",
        "plain PyTorch; a probability ends at 1",
    ),
}

LIGHTWEIGHT: Final[Differences] = {
    **COPIED_STATISTICS,
    "decoders are held to the mean absolute difference": (
        "released code: to features of a pretrained network (LPIPS)",
        "the paper's equation 2; nothing to download",
    ),
    "the discriminator's second branch sees every other pixel of the image": (
        "released code: a second image of the generator, and 128x128 of real ones, at every size",
        "a Generator draws one image; of 256x256, half is 128x128",
    ),
    "the hinge's margin is 1": ("released code: drawn between 0.8 and 1", "the paper's equations 3 and 4"),
    "images end in tanh at every size": ("released code: at 1024x1024 alone", "a Generator promises [-1, 1]"),
    "at 1024x1024 a map of 64 pixels gates the last": (
        "released code: none does",
        "the paper's rule, figure 3",
    ),
    "sizes from 32x32": (
        "paper and released code: 256x256 to 1024x1024",
        "the same networks, with fewer blocks",
    ),
}
