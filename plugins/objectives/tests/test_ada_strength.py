"""ADA's strength moves as the heuristic of Karras et al., 2020, section 3 says, all on the device."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganzoo_objectives.augmentations import ADA
from torch import Tensor


def logits(sure: int, unsure: int) -> Tensor:
    """Logits of real images, some taken for real and some not."""
    return torch.cat((torch.full((sure,), 2.5), torch.full((unsure,), -0.1)))


def strengths(ada: ADA, shown: Tensor, updates: int) -> list[float]:
    """The strength after each of so many updates with the same logits."""
    found = []
    for _ in range(updates):
        ada.adapt(shown)
        found.append(ada.strength.item())
    return found


def test_rises_every_fourth_update_by_the_images_shown() -> None:
    ada = ADA(ADA.Config(images=1000))
    step = 4 * 10 / 1000
    # Mean sign 1, above 0.6.
    assert strengths(ada, logits(10, 0), 12) == pytest.approx(
        [0, 0, 0, step, step, step, step, 2 * step, 2 * step, 2 * step, 2 * step, 3 * step]
    )


def test_falls_below_the_target_and_stays_at_zero() -> None:
    ada = ADA(ADA.Config(images=1000, strength=0.06))
    # Seven of ten sure: mean sign 0.4, below 0.6.
    assert strengths(ada, logits(7, 3), 9)[3::4] == pytest.approx([0.02, 0])


def test_rests_at_the_target() -> None:
    ada = ADA(ADA.Config(images=1000, strength=0.5, target=0.5))
    assert strengths(ada, logits(6, 2), 8) == pytest.approx(8 * [0.5])


def test_the_mean_is_over_the_updates_since_the_last_step() -> None:
    ada = ADA(ADA.Config(images=1000, strength=0.5, interval=2))
    for batch in (logits(10, 0), logits(5, 5), logits(10, 0), logits(9, 1)):
        ada.adapt(batch)
    # Mean signs 0.5 and 0.9: once down, once up.
    assert ada.strength.item() == pytest.approx(0.5)
    ada.adapt(logits(0, 10))
    assert ada.strength.item() == pytest.approx(0.5)


def test_the_papers_speed() -> None:
    """500,000 images from 0 to 1 (section 3), and no further."""
    ada = ADA(ADA.Config())
    shown = torch.ones(64)
    found = strengths(ada, shown, 500_000 // 64 + 8)
    assert found[500_000 // 64 // 2] == pytest.approx(0.5, abs=0.001)
    assert found[-1] == 1


def test_without_a_target_the_strength_is_fixed() -> None:
    ada = ADA(ADA.Config(target=None, strength=0.3, images=100))
    assert strengths(ada, logits(100, 0), 8) == pytest.approx(8 * [0.3])


@pytest.mark.parametrize(
    ("images", "strength"),
    # R3GAN's `cosine_decay_with_warmup(cur_nimg, base_value=0, final_value=0.55, total_nimg=2e7)`.
    [(0, 0.0), (5_000_000, 0.0805456), (10_000_000, 0.275), (15_000_000, 0.4694544), (20_000_000, 0.55)],
)
def test_the_strength_follows_the_images_as_in_r3gan(images: int, strength: float) -> None:
    ada = ADA(ADA.Config(target=None, final_strength=0.55, images=20_000_000))
    for _ in range(images // 250_000):
        ada.adapt(torch.zeros(250_000))
    assert ada.strength.item() == pytest.approx(strength, abs=1e-6)


def test_the_final_strength_is_held_and_may_be_the_smaller_one() -> None:
    ada = ADA(ADA.Config(target=None, strength=0.4, final_strength=0.2, images=100))
    assert strengths(ada, logits(25, 0), 6) == pytest.approx([0.3707107, 0.3, 0.2292893, 0.2, 0.2, 0.2])


def test_scheduled_strength_survives_a_checkpoint() -> None:
    config = ADA.Config(target=None, final_strength=0.5, images=100)
    first, second = ADA(config), ADA(config)
    strengths(first, logits(10, 0), 3)
    second.load_state_dict(first.state_dict())
    assert strengths(second, logits(10, 0), 4) == strengths(first, logits(10, 0), 4)


def test_the_middle_of_an_interval_survives_a_checkpoint() -> None:
    whole = ADA(ADA.Config(images=1000))
    found = strengths(whole, logits(10, 0), 4)
    first = ADA(ADA.Config(images=1000))
    strengths(first, logits(10, 0), 3)
    second = ADA(ADA.Config(images=1000))
    second.load_state_dict(first.state_dict())
    assert strengths(second, logits(10, 0), 1) == found[-1:]


def test_as_many_images_count_as_processes_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 3)
    ada = ADA(ADA.Config(images=1000))
    assert strengths(ada, logits(10, 0), 4)[-1] == pytest.approx(3 * 40 / 1000)


def test_scheduled_strength_goes_on_with_another_number_of_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = ADA.Config(target=None, final_strength=0.5, images=100)
    first, second, alone = ADA(config), ADA(config), ADA(config)
    with monkeypatch.context() as patch:
        patch.setattr(torch.distributed, "is_initialized", lambda: True)
        patch.setattr(torch.distributed, "get_world_size", lambda: 2)
        strengths(first, logits(10, 0), 2)
    second.load_state_dict(first.state_dict())

    assert strengths(second, logits(10, 0), 2) == strengths(alone, logits(10, 0), 6)[4:]


def test_nothing_is_read_back_from_the_device() -> None:
    """On the meta device there is nothing that could be read."""
    with torch.device("meta"):
        ada = ADA(ADA.Config())
        images = torch.empty(4, 3, 8, 8)
        assert ada(images).shape == images.shape
        ada.adapt(torch.empty(4))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"transformations": ()}, "transformations needs one or more"),
        ({"target": 1.0}, "target must be between -1 and 1, or none, not 1.0"),
        ({"strength": 1.1}, "strength must be at least 0 and at most 1, not 1.1"),
        ({"target": None, "final_strength": 1.5}, "final_strength must be at least 0 and at most 1, not 1.5"),
        ({"final_strength": 0.5}, "final_strength needs target none"),
        ({"images": 0}, "images must be 1 or more, not 0"),
        ({"interval": 0}, "interval must be 1 or more, not 0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ADA.Config(**settings)
