"""Where these models differ from their papers and from released code: what, from which of them, and why.

Everything that can move a figure is named, what is in `published` apart; `ganzoo show MODEL` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Differences = Mapping[str, tuple[str, str]]
"""What differs, to what it differs from and why."""

_AVERAGE: Final[Differences] = {
    "samples come from a moving average of the generator": (
        "paper and released code: from its newest weights",
        "this zoo's: samples wobble less; --set training.average_half_life=none for the paper's",
    ),
}
_RUNNING: Final[Differences] = {
    "images are drawn with running statistics of batch normalisation": (
        "released code: with those of the batch",
        "an image must not depend on those drawn beside it",
    ),
}
_ONE_BATCH: Final[Differences] = {
    "the generator's batch is as large as the discriminator's": (
        "released code: twice as large",
        "one batch size for both players keeps the step simple; training.batch_size sets both",
    ),
}
_DISCRIMINATOR_FIRST: Final[Differences] = {
    "the discriminator learns first in every step": (
        "released code: the generator",
        "the order of Goodfellow et al., algorithm 1, for all models; only the first update is another",
    ),
}
COPIED_STATISTICS: Final[Differences] = {
    "the average also averages the statistics of batch normalisation": (
        "released code: copies the newest",
        "averaged weights see features of averaged weights (decision 0010)",
    ),
}

GAN: Final[Differences] = {
    **_AVERAGE,
    "dense layers with LeakyReLU and a tanh, 256, 512 and 1024 wide": (
        "paper and released code: ReLU and sigmoid, maxout in the discriminator; 1,200 wide in the code",
        "the layers that later models kept, so that what they add can be seen",
    ),
    "latents are 100 normal numbers": ("released code: uniform", "one latent distribution for all models"),
    "dropout of 0.3 after hidden layers": (
        "released code: 0.2 before the first, 0.5 before the others",
        "this zoo's choice",
    ),
    "weights start Glorot-uniform": ("released code: uniform in ±0.05 and ±0.005", "this zoo's choice"),
    "Adam at 2e-4, batches of 128": (
        "paper and released code: momentum from 0.5 to 0.7, rate 0.1 and falling, batches of 100",
        "trains at every size and width; the settings of dcgan",
    ),
}

DCGAN: Final[Differences] = {
    **_AVERAGE,
    **_RUNNING,
    "latents are 128 normal numbers": (
        "paper and released code: 100 uniform ones",
        "the chapter's; model.latent_dim",
    ),
    "64 to 512 channels; images of 32x32 begin at 2x2": (
        "paper: 128 to 1024; 64x64 images begin at 4x4",
        "the chapter's network for 32x32",
    ),
    "the dense layers, the first convolution and the last layer of the generator have biases": (
        "released code: none has",
        "no normalisation follows that would undo them; in the generator's dense layer they differ by pixel",
    ),
    "batch normalisation begins at gain 1": (
        "released code: N(1, 0.02²)",
        "the paper doesn't speak of it, and of its own paper it is 1",
    ),
    "5x5 windows begin one pixel before the image": (
        "released code: two, in Theano",
        "TensorFlow's and Keras's geometry, which the chapter has",
    ),
    "no weight decay": ("released code: 1e-5", "the paper has none"),
    "the generator learns from the fakes that the discriminator has just seen": (
        "released code: draws new ones, in a step of its own",
        "as in the chapter's code and PyTorch's example; training.fresh_fakes",
    ),
}

CGAN: Final[Differences] = {
    **_AVERAGE,
    "convolutional networks": ("paper: dense ones with maxout", "Brownlee's, which the chapter has"),
    "latents are 128 numbers": ("Brownlee: 100", "the chapter's; model.latent_dim"),
    "one update of the discriminator on 128 real and 128 generated images": (
        "Brownlee: two, on 64 real images and on 64 generated ones",
        "the two losses belong to one sum (Goodfellow et al., algorithm 1)",
    ),
    "the generator learns from the fakes that the discriminator has just seen": (
        "Brownlee: draws new ones",
        "one pass of the generator less; training.fresh_fakes",
    ),
    "the last convolution repeats the pixels at the edge": (
        "Brownlee: zeros beyond the edge",
        "with zeros it collapsed (decision 0012)",
    ),
    "Adam adds 1e-8": ("Brownlee: 1e-7, Keras's default", "torch's default"),
}

ACGAN: Final[Differences] = {
    **_AVERAGE,
    "no noise on activations": ("paper: 0, 0.1 or 0.2, by search", "0 is one of its choices"),
    "convolutions before a batch normalisation have no bias": ("paper: doesn't say", "it would be undone"),
    "the generator learns from the fakes that the discriminator has just seen": (
        "paper: doesn't say",
        "one pass of the generator less; training.fresh_fakes",
    ),
    "one network for all classes": (
        "paper, for ImageNet: a hundred networks of ten classes each",
        "CIFAR-10 has ten",
    ),
}

WGAN_GP: Final[Differences] = {
    **_AVERAGE,
    **_RUNNING,
    **_ONE_BATCH,
    "no labels": (
        "released code: an auxiliary classifier by default",
        "the paper's unconditional network, which is a switch there",
    ),
}

SNGAN: Final[Differences] = {
    **_AVERAGE,
    **_ONE_BATCH,
    **_DISCRIMINATOR_FIRST,
    "the last layer of the discriminator has a bias": (
        "released code: none",
        "so that checkpoints stay what they are; under the hinge it only moves the margin",
    ),
    "spectral normalisation finds the left singular vector first": (
        "paper, algorithm 1, and released code: the right one",
        "torch's; half an iteration apart",
    ),
}

SAGAN: Final[Differences] = {
    **_AVERAGE,
    "any size, with SNGAN's widths; attention one doubling before the image": (
        "paper and released code: 128x128 alone, attention at 32x32",
        "the same networks at the sizes of this zoo",
    ),
    "attention by the paper's equations": (
        "released code: keys and values pooled, values of half of the channels",
        "the paper's; model.pooled_attention=true is the code's",
    ),
    "running statistics keep 0.9 of themselves in a step": (
        "released code: 0.999, and 0.9999 in the last",
        "an average over thousands of steps would spoil the images of short trainings",
    ),
    "convolutions on the main path start sqrt(2) times as wide": (
        "released code: Glorot-uniform",
        "SNGAN's blocks; spectral normalisation divides it out",
    ),
    "spectral normalisation finds the left singular vector first": (
        "released code: the right one",
        "torch's; half an iteration apart",
    ),
}

_BIGGAN: Final[Differences] = {
    **COPIED_STATISTICS,
    "settings of PyTorch-StudioGAN, and below 128x128 its widths": (
        "paper: batches of 2,048, two updates, rates of 5e-5 and 2e-4, beta1 0",
        "what CIFAR-10 is trained with",
    ),
    "no orthogonal regularisation": (
        "paper, section 3.1: has one",
        "PyTorch-StudioGAN has none for CIFAR-10; it serves truncation",
    ),
    "the average begins with the first step, and forgets half in a tenth of the images at most": (
        "PyTorch-StudioGAN: begins after 1,000 steps",
        "so that short trainings have one; two thirds of the way it is the published average",
    ),
    "shortcuts of the discriminator see what enters a block": (
        "PyTorch-StudioGAN: its ReLU, which works in place",
        "the paper's, and its author's code, which warns of it",
    ),
    "spectral normalisation finds the left singular vector first": (
        "PyTorch-StudioGAN: the right one",
        "torch's newer function; half an iteration apart",
    ),
}
BIGGAN: Final[Differences] = _BIGGAN

REACGAN: Final[Differences] = {
    **_BIGGAN,
    "the cross-entropy is the paper's": (
        "PyTorch-StudioGAN: subtracts each row's largest similarity from the negatives alone",
        "what was meant against overflow makes negatives weigh less; logsumexp needs no such thing",
    ),
}

INFOGAN: Final[Differences] = {
    **_AVERAGE,
    **_RUNNING,
    "62 normal numbers beside the codes": (
        "released code: uniform",
        "one latent distribution for all models",
    ),
    "codes are read off normal latents": (
        "released code: drawn as they are",
        "the same codes in distribution; seeds, walks and truncation work as for any model",
    ),
    "images end in a tanh": ("released code: a sigmoid, pixels in 0 to 1", "images are in [-1, 1] here"),
    "the codes' constant entropy is left out of the loss": ("paper, equation 5", "it has no gradient"),
}
