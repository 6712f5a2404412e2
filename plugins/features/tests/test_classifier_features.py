"""The classifier: trained once on the data set, kept by content, never taken from a damaged file."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets.digits import Digits
from ganzoo_features.classifier import Classifier

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages

TRAIN, TEST = Digits(None, None).load("train"), Digits(None, None).load("test")


def make(data: LabelledImages = TRAIN, **settings: int) -> Classifier:
    return Classifier(Classifier.Config(**{"epochs": 1, **settings}), lambda: data).eval()


def accuracy(classifier: Classifier) -> float:
    with torch.inference_mode():
        logits = classifier(TEST.images).logits
    return float((logits.argmax(1) == TEST.labels).double().mean())


def test_it_tells_the_classes_of_unseen_images_apart() -> None:
    assert accuracy(make(epochs=5)) > 0.9


def test_features_are_what_the_logits_are_made_of() -> None:
    classifier = make()

    with torch.inference_mode():
        features = classifier(TEST.images)

    assert features.vectors.shape == (297, 128)
    assert (classifier.features, classifier.class_names) == (128, TRAIN.class_names)
    with torch.inference_mode():
        by_hand = features.vectors @ classifier.head.weight.T + classifier.head.bias
    torch.testing.assert_close(features.logits, by_hand)
    assert bool((features.vectors >= 0).all())


def test_it_is_trained_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make()
    assert len(list((cache / "classifiers").iterdir())) == 1

    monkeypatch.setattr("ganzoo_features.classifier.fit", lambda *_: pytest.fail("trained again"))
    second = make()

    assert second.protocol == first.protocol
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_same_seed_gives_the_same_weights(cache: Path) -> None:
    first = make().protocol.weights_sha256
    (path,) = (cache / "classifiers").iterdir()
    path.unlink()

    assert make().protocol.weights_sha256 == first
    assert make(seed=1).protocol.weights_sha256 != first


@pytest.mark.slow
def test_other_images_labels_or_settings_have_other_weights(cache: Path) -> None:
    for data, settings in [
        (TRAIN, {}),
        (TRAIN, {"epochs": 2}),
        (TRAIN, {"seed": 1}),
        (TRAIN._replace(images=TRAIN.images.flip(-1)), {}),
        (TRAIN._replace(labels=TRAIN.labels.flip(0)), {}),
    ]:
        make(data, **settings)

    assert len(list((cache / "classifiers").iterdir())) == 5


def test_a_damaged_file_is_trained_anew(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    right = make().protocol.weights_sha256
    (path,) = (cache / "classifiers").iterdir()
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    for damaged in (bytes(data), path.read_bytes()[:300], b""):
        path.write_bytes(damaged)
        with caplog.at_level(logging.WARNING):
            assert make().protocol.weights_sha256 == right
        assert "is damaged" in caplog.text
        caplog.clear()


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 33, 20), (3, 64, 64)])
def test_images_of_any_size(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, *shape), np.uint8)
    data = LabelledImages(torch.from_numpy(pixels), torch.arange(40) % 2, ("a", "b"))

    classifier = make(data)

    with torch.inference_mode():
        assert classifier(data.images).vectors.shape == (40, 128)


def test_a_data_set_of_one_class_is_refused() -> None:
    with pytest.raises(UsageError, match="a single class"):
        make(LabelledImages(TRAIN.images, TRAIN.labels * 0, ("thing",)))


@pytest.mark.parametrize("settings", [{"epochs": 0}, {"seed": -1}])
def test_settings_out_of_range_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Classifier.Config(**settings)
