"""What a figure can be read on: its scale, words, seeds, and doubts about features that learned little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch

from ganzoo.evaluation.comparison import compare, repeats
from ganzoo.evaluation.doubts import doubts_about_features
from ganzoo.evaluation.features import FeatureSet
from ganzoo.evaluation.figures import Ends, Evaluation, Figure
from ganzoo.evaluation.in_words import sentences
from ganzoo.evaluation.names import METRICS, is_all, known_metrics, unmet
from ganzoo.runs.training_behind import Training
from ganzoo.statistics import welch


def evaluation(name: str, training: Training | None = None, **values: float) -> Evaluation:
    figures = tuple(
        Figure(metric, metric, value, value, value, 1.0, METRICS[metric].is_lower_better)
        for metric, value in ((key.replace("_", "-"), value) for key, value in values.items())
    )
    return Evaluation(name, figures, {}, (), training)


def trained(settings: str, seed: int, step: int = 100) -> Training:
    return Training(step=step, images_seen=64 * step, seed=seed, settings=settings)


SEEDS = {"a": (10.0, 11.0, 12.5), "b": (20.0, 22.0, 21.0)}


def test_seeds_of_one_setting_are_repeats_and_compared_by_welchs_test() -> None:
    each = [
        evaluation(f"{setting}{seed}", trained(setting, seed), frechet_distance=value)
        for setting, values in SEEDS.items()
        for seed, value in enumerate(values)
    ]

    (difference,) = compare(each)

    assert (difference.first, difference.second) == ("a0 and 2 other seeds", "b0 and 2 other seeds")
    expected = scipy.stats.ttest_ind(*SEEDS.values(), equal_var=False).pvalue
    assert difference.p_value == pytest.approx(expected, rel=1e-9)
    assert (difference.is_real, difference.better) == (True, "a0 and 2 other seeds")


def test_two_seeds_of_the_same_setting_are_never_called_different() -> None:
    each = [evaluation(str(s), trained("a", s), frechet_distance=100.0 * s) for s in range(3)]

    assert compare(each) == ()


def test_one_seed_against_several_is_undecided() -> None:
    each = [
        evaluation("a0", trained("a", 0), frechet_distance=1.0),
        evaluation("a1", trained("a", 1), frechet_distance=2.0),
        evaluation("b", trained("b", 0), frechet_distance=99.0),
    ]

    (difference,) = compare(each)

    assert (difference.p_value, difference.is_real, difference.better) == (None, False, None)


@pytest.mark.parametrize(
    "other", [trained("b", 1), trained("a", 1, step=200), trained("a", 0), None],
    ids=["other settings", "longer", "the same seed", "no training"],
)  # fmt: skip
def test_what_is_no_repeat(other: Training | None) -> None:
    first = evaluation("a", trained("a", 0), frechet_distance=1.0)

    assert len(repeats([first, evaluation("b", other, frechet_distance=1.0)])) == 2


@pytest.mark.parametrize("seed", range(20))
def test_welchs_test_is_scipys(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = (random.normal(size=random.integers(2, 9)) for _ in range(2))

    assert welch(one, other) == pytest.approx(
        scipy.stats.ttest_ind(one, other, equal_var=False).pvalue, rel=1e-8
    )


def test_welchs_test_of_what_does_not_vary() -> None:
    assert (welch([1, 1], [1, 1]), welch([1, 1], [2, 2])) == (1.0, 0.0)


def test_figures_are_said_in_words() -> None:
    given = evaluation("a", class_accuracy=0.8, frechet_distance=40.0, recall=0.3)
    scale = {
        "class-accuracy": Ends(real=0.91, noise=0.1),
        "frechet-distance": Ends(real=10.0, noise=640.0),
        "recall": Ends(real=0.6, noise=0.0),
    }
    said = list(sentences(Evaluation("a", given.figures, {}, (), None, scale)))

    assert said[0] == "80% are what was asked for; of real images the same judge recognises 91%"
    assert "has come 67% of the way" in said[1], "from 640 to 40 are four of the six halvings to 10"
    assert "variety: 50% " in said[2]


@pytest.mark.parametrize(
    "ends", [Ends(real=None, noise=5.0), Ends(real=9.0, noise=5.0), Ends(real=0.0, noise=5.0)]
)
def test_a_scale_that_says_nothing_is_not_put_in_words(ends: Ends) -> None:
    figures = evaluation("a", frechet_distance=4.0).figures

    assert not list(sentences(Evaluation("a", figures, {}, (), None, {"frechet-distance": ends})))


def features(right: float, classes: int = 10, count: int = 200) -> FeatureSet:
    labels = torch.arange(count) % classes
    told = labels.clone()
    told[int(right * count) :] = (told[int(right * count) :] + 1) % classes
    return FeatureSet(torch.zeros(count, 2), torch.nn.functional.one_hot(told, classes).float(), labels)


@pytest.mark.parametrize(
    ("images", "held_out", "doubt"),
    [
        (50_000, features(0.9), None),
        (50_000, None, None),
        (50_000, features(0.4), "only 40% of real images"),
        (143, None, "learned from 143 images"),
    ],
    ids=["right", "nothing held out", "knows little", "few images"],
)
def test_features_that_learned_too_little_are_doubted(
    images: int, held_out: FeatureSet | None, doubt: str | None
) -> None:
    said = list(doubts_about_features(images, held_out))

    assert (not said) if doubt is None else (doubt in said[0] and "--features" in said[0])


def test_all_leaves_out_what_can_not_be_computed() -> None:
    assert is_all(known_metrics())
    assert not is_all(["recall"])
    left: dict[str, Any] = unmet(["logits", "labels", "classes"])
    assert list(left) == ["memorisation"]
    assert "test split" in left["memorisation"]
