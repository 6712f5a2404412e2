"""An objective under check, and what its losses are shown."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.engine.judging import one_an_image
from ganzoo.interfaces import InformedObjective, Seen
from ganzoo.testing.memory_checks import RememberingSubject

Loss = Callable[..., Tensor]


class ObjectiveSubject(RememberingSubject):
    """An objective, which has seen nothing yet.

    One that asks for more than logits is shown what follows from them: features and images are larger where a
    logit is. So it makes the same promises in terms of logits.
    """

    def losses(self) -> dict[str, tuple[Loss, int]]:
        """Both losses by name, with the number of logits that each takes; no call knows of another."""
        return {
            "discriminator_loss": (self._afresh("discriminator_loss"), 2),
            "generator_loss": (self._afresh("generator_loss"), self._logits_of_generator),
        }

    def use(self, part: Any, device: str = "cpu", batch: int = 5) -> Tensor:
        """Both losses of a batch."""
        real, fake = (torch.randn(batch).to(device).requires_grad_() for _ in range(2))
        loss: Tensor = part.discriminator_loss(*self._shown(real, fake))
        loss.backward()  # type: ignore[no-untyped-call]
        of_generator: Tensor = part.generator_loss(*self._shown(fake, real)[: self._logits_of_generator])
        return loss.detach() + of_generator.detach()

    def observed(self) -> list[Tensor]:
        """Both losses of ordinary logits, and of three batches one after the other."""
        found = [loss(*self.logits(count, 16)) for loss, count in self.losses().values()]
        return [*found, torch.tensor(self.used(self.place(self.bound.make()), 3))]

    def logits(self, count: int, *shape: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
        """Draws so many tensors of logits."""
        return [self.place(2 * torch.randn(shape, dtype=dtype)) for _ in range(count)]

    def constant(self, logit: float, size: int = 4) -> Tensor:
        """A batch of logits that are all the same."""
        return self.place(torch.full((size,), logit))

    @property
    def _logits_of_generator(self) -> int:
        return 2 if self.cls.relativistic else 1

    def _afresh(self, name: str) -> Loss:
        made = self.place(self.bound.make())

        def loss(*logits: Tensor) -> Tensor:
            part = copy.deepcopy(made) if isinstance(made, nn.Module) else made
            value: Tensor = getattr(part, name)(*self._shown(*logits))
            return value

        return loss

    def _shown(self, *logits: Tensor) -> tuple[Any, ...]:
        """What the losses are given: logits, or what an informed objective sees with them."""
        if not issubclass(self.cls, InformedObjective):
            return logits
        return tuple(_seen(each, self.cls.asks_for_features) for each in logits)


def _seen(logits: Tensor, has_features: bool) -> Seen:
    of_image, device = one_an_image(logits), logits.device
    features = of_image[:, None] * torch.tensor([0.5, 1.0, 1.5], device=device, dtype=logits.dtype)
    images = (of_image / 4).tanh()[:, None, None, None].expand(-1, 3, 4, 4)
    labels = torch.arange(len(logits), device=device) % 3
    latents = torch.linspace(-1, 1, 6, device=device, dtype=logits.dtype).expand(len(logits), -1)
    return Seen(logits, images, labels, latents, features if has_features else None)
