"""Images between classes: the vectors that stand for labels are mixed, wherever a generator looks one up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator


@final
class BetweenClasses(Generator):
    """Draws frames, each between two classes of another generator.

    A module that maps labels to vectors and has no module inside, such as an embedding, gives
    `(1 - share) · first + share · second` of the vectors of both labels. It takes frames' numbers as labels.

    Args:
        generator: a conditional one, on any device; the result shares its weights and its mode.
        first: labels `(N,)` int64, one a frame.
        second: likewise.
        share: `(N,)` float in [0, 1]; at 0 a frame is of the first class.
    """

    first: Tensor
    second: Tensor
    share: Tensor

    def __init__(self, generator: Generator, first: Tensor, second: Tensor, share: Tensor) -> None:
        super().__init__()
        self.generator = generator
        self.latent_dim, self.image, self.num_classes = generator.latent_dim, generator.image, len(first)
        for name, tensor in (("first", first), ("second", second), ("share", share)):
            self.register_buffer(name, tensor)
        self.train(generator.training)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` and numbers of frames `(B,)` int64 to images `(B, C, H, W)`.

        Raises:
            UsageError: the generator looks labels up in a way that can't be mixed.
        """
        assert labels is not None, "frames have numbers"
        frames = labels.to(self.first.device)
        first, second, share = self.first[frames], self.second[frames], self.share[frames]
        with _mixed(self.generator, second.to(latents.device), share.to(latents)) as used:
            images: Tensor = self.generator(latents, first.to(latents.device))
        if not used:
            raise UsageError(
                "this generator looks its labels up in a way of its own: there is nothing between"
            )
        return images


@contextmanager
def _mixed(generator: nn.Module, second: Tensor, share: Tensor) -> Iterator[list[nn.Module]]:
    """Meanwhile each module that looks labels up mixes in those of `second`; yields which ones have."""
    used: list[nn.Module] = []

    def mix(module: nn.Module, given: tuple[Any, ...], output: Any) -> Any:
        takes_labels = bool(given) and isinstance(given[0], Tensor) and given[0].dtype == torch.int64
        if not takes_labels or not isinstance(output, Tensor) or not output.is_floating_point():
            return output
        used.append(module)
        forward: Callable[[Tensor], Tensor] = module.forward
        weights = share.to(output).reshape(-1, *[1] * (output.dim() - 1))
        return torch.lerp(output, forward(second), weights)

    leaves = [
        module for module in generator.modules() if is_parametrized(module) or not list(module.children())
    ]
    hooks = [module.register_forward_hook(mix) for module in leaves]
    try:
        yield used
    finally:
        for hook in hooks:
            hook.remove()
