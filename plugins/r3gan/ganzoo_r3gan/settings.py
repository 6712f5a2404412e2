"""What `r3gan` and `r3gan-conditional` share: settings and the published recipe (Huang et al., 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganzoo_layers import require_positive


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of both models."""

    latent_dim: int = 64
    """Numbers that one image is drawn from."""

    channels: int = 768
    """Feature maps of every map up to 32 pixels; they halve with every doubling beyond."""

    blocks: int = 2
    """Residual blocks on each map."""

    group_width: int = 16
    """Channels in a group of the 3x3 convolutions; their greatest common divisor with this where it
    does not divide them."""

    def __post_init__(self) -> None:
        require_positive(self, "latent_dim", "channels", "blocks", "group_width")


RECIPE: Final[Mapping[str, tuple[Any, str]]] = {
    "objective.name": ("ganzoo-objectives:relativistic", "Huang et al., 2024, equation 2"),
    "regularisation.name": (
        "ganzoo-regularisations:r1-r2",
        "Huang et al., 2024, equation 3; its weight of 0.05 is where they begin on CIFAR-10",
    ),
    "training.batch_size": (512, "Huang et al., 2024, appendix"),
    "training.schedule": ("cosine", "Huang et al., 2024, released code"),
    "training.learning_rate": (2e-4, "Huang et al., 2024, released code, CIFAR10"),
    "training.final_learning_rate_share": (0.25, "Huang et al., 2024, released code, CIFAR10: 5e-5"),
    "training.final_penalty_share": (0.1, "Huang et al., 2024, released code, CIFAR10: 0.005"),
    "training.beta1": (0.0, "Huang et al., 2024, released code"),
    "training.beta2": (0.9, "Huang et al., 2024, released code, CIFAR10"),
    "training.final_beta2": (0.99, "Huang et al., 2024, released code, CIFAR10"),
    "training.ema_decay": (0.99993, "Huang et al., 2024, released code, CIFAR10: halves in 5 million images"),
    "training.epochs": (400, "Huang et al., 2024, released code: schedules end after 20 million images"),
}
