"""The training loop of PyTorch's DCGAN example (github.com/pytorch/examples, dcgan), in our own words.

As a user would write it: a `DataLoader` over PIL images with torchvision's transforms, float32,
contiguous tensors, the real and the fake images in a backward pass each, Adam as it comes, and three
readings of the losses in every step. The example's discriminator ends in a sigmoid and its loss is
`BCELoss`; here it is the same function of logits, which is no slower.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from ganzoo.interfaces import LabelledImages
from ganzoo.models import GAN
from training_speed.task import EnoughError, Sample, Task, TimedBatches


class PILImages(Dataset[tuple[Tensor, int]]):
    """Images out of an array in memory, as torchvision's CIFAR10 gives them."""

    def __init__(self, data: LabelledImages) -> None:
        self._images = data.images.permute(0, 2, 3, 1).contiguous().numpy()
        self._labels = data.labels.tolist()
        self._transform = transforms.Compose(
            [
                transforms.Resize(32),
                transforms.ToTensor(),
                transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
            ]
        )

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(Image.fromarray(self._images[index])), self._labels[index]


def loader(task: Task, workers: int) -> DataLoader[Any]:
    """The example's data loader."""
    return DataLoader(
        PILImages(task.images()), task.batch_size, shuffle=True, num_workers=workers, drop_last=True
    )


def train(gan: GAN, batches: Iterable[tuple[Tensor, Tensor]], device: str) -> None:
    """The example's loop, for as long as there are batches."""
    generator, discriminator = gan.generator.to(device), gan.discriminator.to(device)
    criterion = nn.BCEWithLogitsLoss()
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    for images, _ in batches:
        real = images.to(device)
        ones, zeros = torch.ones(len(real), device=device), torch.zeros(len(real), device=device)

        discriminator.zero_grad()
        real_logits = discriminator(real)
        real_loss = criterion(real_logits, ones)
        real_loss.backward()
        fake = generator(torch.randn(len(real), generator.latent_dim, device=device))
        fake_logits = discriminator(fake.detach())
        fake_loss = criterion(fake_logits, zeros)
        fake_loss.backward()
        adam_d.step()

        generator.zero_grad()
        logits = discriminator(fake)
        loss = criterion(logits, ones)
        loss.backward()
        adam_g.step()

        # What the example prints in every step.
        [value.item() for value in (real_loss + fake_loss, loss, real_logits.mean(), logits.mean())]


def end_to_end(task: Task, workers: int) -> Sample:
    """The loop with its data loader."""
    return _measure(task, TimedBatches(loader(task, workers), task))


def step_alone(task: Task) -> Sample:
    """The loop on batches that are float tensors on the device already."""
    images = task.images().images[: 4 * task.batch_size].float() / 127.5 - 1
    batches = [(part.to(task.device), torch.empty(0)) for part in images.split(task.batch_size)]
    return _measure(task, TimedBatches(batches, task))


def _measure(task: Task, batches: TimedBatches) -> Sample:
    try:
        train(task.networks(), batches, task.device)
    except EnoughError:
        return batches.sample()
    raise AssertionError("batches never end")
