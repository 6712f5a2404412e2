"""What the published results of these models depend on; with another of these, another figure.

Counts of images are those of real images shown to the discriminator, from steps, updates and batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STUDIOGAN: Final[Mapping[str, str]] = {
    "source": "PyTorch-StudioGAN: its configuration, its command for CIFAR-10, its table",
    "optimiser": "Adam, 2e-4, beta1 0.5, beta2 0.999, constant; batches of 64, 5 : 1, 100,000 steps",
    "images": "32 million",
    "flips": "yes",
    "statistics": "50,000 images against the training set; standing statistics in batch normalisation",
    "checkpoint": "the best of a run by FID",
}
"""What its residual networks for CIFAR-10 share."""

DCGAN_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    "source": "PyTorch-StudioGAN: its configuration, its command for CIFAR-10, its table",
    "network": "deep_conv: transposed convolutions of 4x4, 512 to 64 channels; 3x3 and 4x4 in turn",
    "optimiser": "Adam, 2e-4, beta1 0.5, beta2 0.999, constant; batches of 64, 2 : 1, 200,000 steps",
    "images": "25.6 million",
    "flips": "yes",
    "statistics": "50,000 images against the training set; standing statistics in batch normalisation",
    "checkpoint": "the best of a run by FID",
    "recipe": "no: other networks, 2 : 1, flips, another length",
}

WGAN_GP_OF_MIMICRY: Final[Mapping[str, str]] = {
    "source": "Mimicry: its table for CIFAR-10, and its code",
    "network": "these, but 256 channels in the generator, which resizes bilinearly",
    "optimiser": "Adam, 2e-4, beta1 0, beta2 0.9, linear decay; batches of 64, 5 : 1, 100,000 steps",
    "images": "32 million",
    "flips": "no",
    "statistics": "50,000 images against 50,000 of the training set",
    "checkpoint": "the last",
    "recipe": "no: this generator has 128 channels; optimiser, batches and length are the same",
}

SNGAN_OF_MIMICRY: Final[Mapping[str, str]] = {
    "source": "Mimicry: its table for CIFAR-10, and its code",
    "network": "these, but the generator resizes bilinearly, and a ReLU in place changes shortcuts",
    "optimiser": "Adam, 2e-4, beta1 0, beta2 0.9, linear decay; batches of 64, 5 : 1, 100,000 steps",
    "images": "32 million",
    "flips": "no",
    "statistics": "50,000 images against 50,000 of the training set",
    "checkpoint": "the last",
    "recipe": "no: twice as long; optimiser and batches are the same",
}

SNGAN_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    **_STUDIOGAN,
    "network": "these, but 1e-4 is added to variances, and a ReLU in place changes shortcuts",
    "recipe": "no: another optimiser, flips, twice as long",
}

STYLEGAN2_OF_AUTHORS: Final[Mapping[str, str]] = {
    "source": "Karras et al., 2020 (ADA), figure 11b; released code, cifar",
    "network": "these",
    "optimiser": "Adam, 0.0025 less for lazy regularisation, beta1 0, beta2 0.99; batches of 64, 1 : 1",
    "images": "100 million",
    "flips": "no, by the released command",
    "statistics": "50,000 images of the averaged generator against the training set",
    "checkpoint": "the best of a run by FID",
    "recipe": "nearly: one beta2 for both networks, and R1 shares the update of the objective",
}

STYLEGAN2_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    "source": "PyTorch-StudioGAN: its configuration, its log, its table",
    "network": "these",
    "optimiser": "Adam, 0.0025 less for lazy regularisation, beta1 0, beta2 0.99; batches of 64, 1 : 1",
    "images": "64 million",
    "flips": "yes",
    "statistics": "50,000 images of the averaged generator against the training set",
    "checkpoint": "the best of a run by FID",
    "recipe": "no: flips, two thirds of the length",
}

R3GAN_OF_AUTHORS: Final[Mapping[str, str]] = {
    "source": "Huang et al., 2024; released code, CIFAR10",
    "network": "these",
    "optimiser": "Adam, 2e-4 to 5e-5, beta1 0, beta2 0.9 to 0.99; batches of 512, 1 : 1",
    "images": "not said; schedules end after 20 million",
    "flips": "yes",
    "statistics": "50,000 images of the averaged generator against the training set",
    "checkpoint": "not said",
    "recipe": "nearly: in the augmentation pixels are interpolated bilinearly, there with wavelet filters",
}

SAGAN_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    **_STUDIOGAN,
    "network": "pooled attention, spectrally normalised gains, ReLU in place, 1e-4 in variances; else these",
    "recipe": "no: another optimiser, 5 : 1, flips, another length",
}

BIGGAN_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    **_STUDIOGAN,
    "network": "these, but a ReLU in place changes shortcuts of the discriminator",
    "recipe": "nearly: shortcuts, and the average begins otherwise; theirs multiplies in half precision",
}

REACGAN_OF_STUDIOGAN: Final[Mapping[str, str]] = {
    **_STUDIOGAN,
    "network": "these, but a ReLU in place changes shortcuts of the discriminator",
    "optimiser": "Adam, 2.83e-4, beta1 0.5, beta2 0.999, constant; batches of 128, 5 : 1, 100,000 steps",
    "images": "64 million",
    "recipe": "no: there negatives weigh less in the cross-entropy; all else is nearly the same",
}
