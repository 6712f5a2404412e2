"""Inception: torch-fidelity's network, and no other weights than the published ones.

The published weights are not at hand where the tests run; random ones under their checksum take their
place to test everything but the numbers.
"""

from __future__ import annotations

import builtins
import hashlib
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_features import inception, weights
from ganzoo_features.inception import SHA256, URL, Inception
from torch_fidelity import feature_extractor_inceptionv3 as library

from ganzoo.errors import GanzooError, UsageError

IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8))


def no_images() -> Any:
    raise AssertionError("Inception needs no data set")


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the names and shapes of the published one."""
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(0)
        patch.setattr(library.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        patch.setattr(library, "load_state_dict_from_url", lambda *_, **__: {})
        network = library.FeatureExtractorInceptionV3("any", ["2048"])
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def accepted(random_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The random weights, which pass for the published ones."""
    monkeypatch.setattr(inception, "SHA256", hashlib.sha256(random_weights.read_bytes()).hexdigest())
    return random_weights


def test_the_checksum_is_the_one_in_the_published_files_name() -> None:
    assert URL.endswith(f"inception-2015-12-05-{SHA256[:8]}.pth")
    assert URL == library.URL_INCEPTION_V3


def test_other_weights_are_refused(random_weights: Path) -> None:
    with pytest.raises(
        GanzooError, match=r"are not the weights that were asked for: SHA-256 .*, expected 6726825d"
    ):
        Inception(Inception.Config(weights=str(random_weights)), no_images)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(GanzooError, match=r"nowhere\.pth can't be read: No such file"):
        Inception(Inception.Config(weights=str(tmp_path / "nowhere.pth")), no_images)


def test_refused_weights_are_never_unpickled(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "harmed",))

    torch.save({"x": Harm()}, tmp_path / "evil.pth")

    with pytest.raises(GanzooError, match="not the weights"):
        Inception(Inception.Config(weights=str(tmp_path / "evil.pth")), no_images)
    assert not (tmp_path / "harmed").exists()


def test_features_are_the_librarys(accepted: Path) -> None:
    extractor = Inception(Inception.Config(weights=str(accepted)), no_images).eval()
    theirs = library.FeatureExtractorInceptionV3(
        "any", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(accepted)
    )

    with torch.inference_mode():
        vectors, logits = extractor(IMAGES)
        expected = theirs(IMAGES)

    assert vectors.shape == (3, 2048)
    assert torch.equal(vectors, expected[0])
    assert torch.equal(logits, expected[1])
    assert extractor.protocol.weights_sha256 == inception.SHA256
    assert "TensorFlow 1, no antialiasing" in extractor.protocol.resize


def test_grey_images_are_repeated(accepted: Path) -> None:
    extractor = Inception(Inception.Config(weights=str(accepted)), no_images).eval()

    with torch.inference_mode():
        grey = extractor(IMAGES[:, :1]).vectors
        colour = extractor(IMAGES[:, :1].repeat(1, 3, 1, 1)).vectors

    assert torch.equal(grey, colour)


def serve(source: Path, calls: list[str]) -> Callable[..., None]:
    def download(url: str, target: str, **_: Any) -> None:
        calls.append(url)
        Path(target).write_bytes(source.read_bytes())

    return download


def test_weights_are_downloaded_once(accepted: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(weights, "download_url_to_file", serve(accepted, calls))

    for _ in range(2):
        Inception(Inception.Config(), no_images)

    assert calls == [URL]
    assert [path.name for path in (cache / "weights").iterdir()] == [URL.rpartition("/")[2]]


def test_a_wrong_download_is_refused_and_not_kept(
    random_weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "download_url_to_file", serve(random_weights, []))

    with pytest.raises(GanzooError, match="not the weights that were asked for"):
        Inception(Inception.Config(), no_images)
    assert list((cache / "weights").iterdir()) == []


def test_a_damaged_file_in_the_cache_is_refused(
    accepted: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache / "weights" / URL.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(accepted.read_bytes()[:-1])

    with pytest.raises(GanzooError, match="not the weights that were asked for"):
        Inception(Inception.Config(), no_images)


def test_no_network_says_how_to_go_on(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(weights, "download_url_to_file", fail)

    with pytest.raises(GanzooError, match=r"(?s)no route to host.*--set features.weights=FILE"):
        Inception(Inception.Config(), no_images)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name.startswith("torch_fidelity"):
            raise ImportError("No module named 'torch_fidelity'")
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(UsageError, match=r"pip install 'ganzoo-features\[inception\]'"):
        Inception(Inception.Config(), no_images)
