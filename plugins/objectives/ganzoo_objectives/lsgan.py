"""Least squares: the discriminator regresses to one number for real images and one for fakes.

Mao et al., 2017, "Least Squares Generative Adversarial Networks".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor

from ganzoo.interfaces import Objective


@final
class LSGAN(Objective):
    """Least squares to target values (Mao et al., 2017)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `lsgan`: the paper's 0-1 coding (equation 9). Its other coding,
        which minimises the Pearson χ² divergence, has the targets 1, -1 and 0 (equation 8).
        """

        real_target: float = 1.0
        """b, the discriminator's target for real images."""

        fake_target: float = 0.0
        """a, the discriminator's target for generated images."""

        generator_target: float = 1.0
        """c, the generator's target for the discriminator's output on generated images."""

        def __post_init__(self) -> None:
            for name in ("real_target", "generator_target"):
                if not getattr(self, name) > self.fake_target:
                    raise ValueError(
                        f"{name} must be above fake_target {self.fake_target}, not {getattr(self, name)}"
                    )

    def __init__(self, config: Config) -> None:
        self._real_target = config.real_target
        self._fake_target = config.fake_target
        self._generator_target = config.generator_target

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`½ E[(D(x) - b)²] + ½ E[(D(G(z)) - a)²]` (equation 2), from logits `(B,)` each."""
        return (
            (real_logits - self._real_target).square().mean()
            + (fake_logits - self._fake_target).square().mean()
        ) / 2

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`½ E[(D(G(z)) - c)²]` (equation 2), from logits `(B,)`."""
        return (fake_logits - self._generator_target).square().mean() / 2
