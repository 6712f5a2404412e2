"""Whole evaluations of digits: sensible figures, invariances, protocol, cache, ill-conditioned cases."""

from __future__ import annotations

import importlib.metadata
import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets.digits import Digits

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation import names
from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.figures import Evaluation
from ganzoo.evaluation.samples import Samples

TRAIN, TEST = Digits(None, None).load("train"), Digits(None, None).load("test")
NOISE = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (300, 1, 8, 8), np.uint8))

Make = Callable[..., Evaluator]
MakeSamples = Callable[..., Samples]


def values(evaluation: Evaluation) -> dict[str, float]:
    return {figure.metric: figure.value for figure in evaluation.figures}


def test_real_images_are_near_real_images_and_noise_is_far(evaluator: Make, images: MakeSamples) -> None:
    judge = evaluator()

    real, noise = (values(judge.evaluate(images(i))) for i in (TEST.images, NOISE))
    same = values(judge.evaluate(images(TRAIN.images)))

    assert same["frechet-distance"] < 1e-10
    assert 10 * real["frechet-distance"] < noise["frechet-distance"]
    assert 10 * abs(real["kernel-distance"]) < noise["kernel-distance"]
    assert (same["precision"], same["recall"], same["coverage"]) == (1, 1, 1)
    assert real["precision"] > 0.6
    assert noise["density"] < 0.2
    assert noise["coverage"] < 0.2


def test_shuffled_labels_are_at_chance(evaluator: Make, images: MakeSamples) -> None:
    judge = evaluator("classifier", "test", epochs=3)
    shuffled = TEST.labels[torch.randperm(297, generator=torch.Generator().manual_seed(0))]

    right = values(judge.evaluate(images(TEST.images, TEST.labels)))
    wrong = values(judge.evaluate(images(TEST.images, shuffled), ["class-accuracy"]))

    assert right["class-accuracy"] > 0.8
    assert wrong["class-accuracy"] == pytest.approx(0.1, abs=4 * (0.09 / 297) ** 0.5)
    assert right["class-score"] > 6


def test_labels_decide_the_intra_class_distance(evaluator: Make, images: MakeSamples) -> None:
    judge = evaluator(split="test")
    shuffled = TEST.labels[torch.randperm(297, generator=torch.Generator().manual_seed(0))]
    name = "intra-class-frechet-distance"

    right = values(judge.evaluate(images(TEST.images, TEST.labels), [name]))
    wrong = values(judge.evaluate(images(TEST.images, shuffled), [name]))

    assert right[name] < 1e-10 < 0.01 < wrong[name]


def test_copies_of_training_images_are_noticed(evaluator: Make, images: MakeSamples) -> None:
    judge = evaluator()

    copies = values(judge.evaluate(images(TRAIN.images[:300]), ["memorisation"]))
    noise = values(judge.evaluate(images(NOISE), ["memorisation"]))

    assert copies["memorisation"] > 0.99
    assert noise["memorisation"] < 0.1


def test_order_and_batches_change_no_bit(evaluator: Make, images: MakeSamples) -> None:
    judge = evaluator(split="test")
    first = judge.evaluate(images(TRAIN.images[:400], TRAIN.labels[:400], 400))

    order = torch.from_numpy(np.random.default_rng(1).permutation(400))
    second = judge.evaluate(images(TRAIN.images[:400][order], TRAIN.labels[:400][order], 33))

    assert first.figures == second.figures


def test_torchs_random_state_is_as_before(evaluator: Make, images: MakeSamples) -> None:
    before = torch.get_rng_state()

    judge = evaluator("classifier", epochs=1)  # which trains a network
    judge.evaluate(images(TEST.images))

    assert torch.equal(torch.get_rng_state(), before)


def test_a_figure_carries_its_protocol(evaluator: Make, images: MakeSamples) -> None:
    evaluation = evaluator(split="test").evaluate(images(NOISE))
    protocol = json.loads(json.dumps(evaluation.to_json()))["protocol"]

    assert protocol["samples"]["count"] == 300
    assert protocol["real"]["dataset"] == "ganzoo-datasets:digits"
    assert (protocol["real"]["split"], protocol["real"]["count"]) == ("test", 297)
    assert protocol["features"]["weights_sha256"] == "0" * 64
    assert protocol["features"]["resize"] == "none"
    assert protocol["features"]["settings"] == {}
    assert protocol["versions"]["torch"] == importlib.metadata.version("torch")
    assert "jackknife" in protocol["intervals"]
    assert all(figure.low <= figure.value <= figure.high for figure in evaluation.figures)


# Names


def test_only_the_standard_inception_gives_a_distance_the_name_fid(
    evaluator: Make, images: MakeSamples
) -> None:
    evaluation = evaluator().evaluate(images(NOISE))

    assert all(figure.name == f"{figure.metric} (pixels)" for figure in evaluation.figures)
    assert names.display_name("frechet-distance", "inception", True) == "FID"
    assert names.display_name("precision", "inception", True) == "precision (inception)"
    assert names.parse_metrics("fid, kid", "inception", True) == ("frechet-distance", "kernel-distance")
    with pytest.raises(UsageError, match="fid is the frechet-distance on the standard Inception features"):
        names.parse_metrics("fid", "pixels", False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("precison", "did you mean 'precision'"),
        (",", "names no metric"),
    ],
)
def test_a_metric_that_does_not_exist_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        names.parse_metrics(text, "pixels", False)


def test_defaults_are_what_can_be_computed(evaluator: Make, images: MakeSamples) -> None:
    plain = evaluator().evaluate(images(NOISE))

    assert [f.metric for f in plain.figures] == [
        "frechet-distance", "kernel-distance", "precision", "recall", "density", "coverage",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("class-accuracy", "needs labelled samples"),
        ("class-score", "needs features that tell classes apart"),
        ("intra-class-frechet-distance", "needs labelled samples"),
    ],
)
def test_a_metric_whose_needs_are_not_met_is_refused(
    evaluator: Make, images: MakeSamples, metric: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        evaluator().evaluate(images(NOISE), [metric])


# What is ill-conditioned


@pytest.mark.parametrize("count", [1, 19])
def test_too_few_images_are_an_error(evaluator: Make, images: MakeSamples, count: int) -> None:
    with pytest.raises(GanzooError, match=f"{count} images are too few, 20 are the least"):
        evaluator().evaluate(images(NOISE[:count]))


def test_fewer_samples_than_features_are_warned_of(evaluator: Make, images: MakeSamples) -> None:
    evaluation = evaluator(length=64).evaluate(images(NOISE[:50]))

    assert any("50 samples are too few for 64 features" in warning for warning in evaluation.warnings)


def test_identical_images_are_warned_of(evaluator: Make, images: MakeSamples) -> None:
    evaluation = evaluator().evaluate(images(NOISE[:1].repeat(100, 1, 1, 1)))

    assert any("99 of 100 samples" in w and "all are identical" in w for w in evaluation.warnings)


def test_copies_are_warned_of(evaluator: Make, images: MakeSamples) -> None:
    evaluation = evaluator().evaluate(images(torch.cat((NOISE[:100], NOISE[:50]))))

    assert any("50 of 150 samples" in w and "copies" in w for w in evaluation.warnings)


def test_labels_of_other_classes_are_refused(evaluator: Make, images: MakeSamples) -> None:
    with pytest.raises(UsageError, match="has labels 0 to 10, the data set 0 to 9"):
        evaluator().evaluate(images(NOISE, torch.arange(300) % 11))


def test_a_class_with_too_few_images_is_an_error(evaluator: Make, images: MakeSamples) -> None:
    labels = torch.zeros(300, dtype=torch.int64)
    labels[:5] = 1

    with pytest.raises(GanzooError, match="the samples of class 1: 5 images are too few"):
        evaluator().evaluate(images(NOISE, labels), ["intra-class-frechet-distance"])


# The cache


def test_real_features_are_computed_once_and_a_damaged_cache_is_no_harm(
    evaluator: Make, images: MakeSamples, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = evaluator().evaluate(images(NOISE))
    (path,) = (cache / "features").iterdir()
    written = path.stat().st_mtime_ns
    assert evaluator().evaluate(images(NOISE)).figures == first.figures
    assert path.stat().st_mtime_ns == written, "found, not computed"

    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    for damaged in (bytes(data), path.read_bytes()[:100], b""):
        path.write_bytes(damaged)
        with caplog.at_level(logging.WARNING):
            assert evaluator().evaluate(images(NOISE)).figures == first.figures
        assert "computing features anew" in caplog.text
        caplog.clear()
    assert path.stat().st_mtime_ns != written, "and repaired"


def test_other_settings_and_other_images_have_other_entries(
    evaluator: Make, images: MakeSamples, cache: Path
) -> None:
    for make in (evaluator, lambda: evaluator(length=9), lambda: evaluator(split="test")):
        make().evaluate(images(NOISE))

    assert len(list((cache / "features").iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_no_harm(
    evaluator: Make, images: MakeSamples, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.write_text("a file where the folder should be", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        assert evaluator().evaluate(images(NOISE)).figures

    assert "not kept" in caplog.text
