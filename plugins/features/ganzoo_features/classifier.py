"""A small classifier of the data set's own classes, trained on its training images: it always works."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Final, final

import safetensors
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import TENSOR_HEADER, cache_folder, require_file, require_tensor_file, write_atomically
from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features, LabelledImages
from ganzoo_features.weights import state_sha256

logger = logging.getLogger("ganzoo.features")

FEATURES: Final = 128
_RECIPE_VERSION: Final = 1
"""To be raised with every change that gives other weights; the cache keeps old ones apart by it."""

_BATCH: Final = 128
_CHUNK: Final = 1024


@final
class Classifier(FeatureExtractor):
    """A classifier of the data set's classes, trained on it once; needs nothing else.

    Three convolutions and two dense layers; the features are the 128 activations before the last. It
    knows this data set and no other, so figures compare on the same data set and settings only.
    """

    ganzoo_api = 1
    self_contained: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How the classifier is trained."""

        epochs: int = 5
        """Passes over the training images."""

        seed: int = 0
        """Decides initial weights, order of the images and dropout."""

        def __post_init__(self) -> None:
            if self.epochs < 1:
                raise ValueError(f"epochs must be 1 or more, not {self.epochs}")
            if not 0 <= self.seed < 2**63:
                raise ValueError(f"seed must be at least 0 and below 2**63, not {self.seed}")

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        data = training_images()
        if len(data.class_names) < 2:
            raise UsageError(
                "the data set has a single class, which leaves a classifier nothing to learn; choose other "
                "features with --features (see ganzoo list feature-extractor)"
            )
        self.features, self.class_names = FEATURES, data.class_names
        self.body, self.head = networks(data.images.shape[1], len(data.class_names))
        self._load_or_train(data, config)
        self.protocol = FeatureProtocol(
            network="3 convolutions and 2 dense layers; the 128 activations before the logits",
            weights=f"trained on {len(data.images):,} training images, {config.epochs} epochs, "
            f"seed {config.seed}",
            weights_sha256=state_sha256(self.state_dict()),
            resize="none",
        )

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to the activations `(B, 128)` and class logits `(B, K)`."""
        vectors: Tensor = self.body(scaled(images))
        return Features(vectors, self.head(vectors))

    def _load_or_train(self, data: LabelledImages, config: Config) -> None:
        path = _path(data, config)
        if path is not None and self._load(path):
            return
        logger.info(
            "training a classifier on %s images, once: %d epochs", f"{len(data.images):,}", config.epochs
        )
        fit(self.body, self.head, data, config.epochs, config.seed)
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            state = self.state_dict()
            header = {"sha256": state_sha256(state)}
            write_atomically(path, lambda temporary: save_file(state, temporary, metadata=header))
        except (OSError, GanzooError, safetensors.SafetensorError) as error:
            logger.warning("the classifier is not kept, so next time trains it again: %s", error)

    def _load(self, path: Path) -> bool:
        """Takes the weights up from the cache where they are whole."""
        if not path.exists():
            return False
        try:
            size = sum(tensor.nbytes for tensor in self.state_dict().values())
            require_file(path, size + TENSOR_HEADER + 8)
            require_tensor_file(path)
            with safetensors.safe_open(path, "pt") as file:
                expected = (file.metadata() or {}).get("sha256")
            state = load_file(path)
            if state_sha256(state) == expected:
                self.load_state_dict(state)
                return True
        except (
            OSError,
            safetensors.SafetensorError,
            MemoryError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            logger.warning("%s can't be read: %s", path, error)
        logger.warning("training the classifier anew, since the one in the cache is damaged")
        return False


def networks(channels: int, num_classes: int) -> tuple[nn.Sequential, nn.Linear]:
    """The layers up to the features, and the last one, freshly initialised.

    Images of any size: the last convolution's maps are averaged to 4x4.
    """
    body = nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.25),
        nn.Linear(128 * 4 * 4, FEATURES), nn.ReLU(),
    )  # fmt: skip
    return body, nn.Linear(FEATURES, num_classes)


def scaled(images: Tensor) -> Tensor:
    """Maps uint8 0..255 to floats in [-1, 1]."""
    return images.float() / 127.5 - 1


def fit(body: nn.Module, head: nn.Module, data: LabelledImages, epochs: int, seed: int) -> None:
    """Trains from weights drawn anew: cross-entropy, AdamW at 1e-3 under a cosine, batches of 128.

    The same seed gives the same weights on the same machine; torch's random state is as before.
    """
    network = nn.Sequential(body, head)
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(seed)
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear)):
                module.reset_parameters()
        steps = epochs * -(-len(data.images) // _BATCH)
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        network.train()
        for _ in range(epochs):
            for indices in torch.split(torch.randperm(len(data.images)), _BATCH):
                if len(indices) == 1:  # batch normalisation has no variance of one image
                    continue
                optimizer.zero_grad()
                logits = network(scaled(data.images[indices]))
                F.cross_entropy(logits, data.labels[indices]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
        network.eval()


def _path(data: LabelledImages, config: Classifier.Config) -> Path | None:
    """Where the classifier of these images is kept: under a hash of all that decides its weights."""
    recipe = {
        "recipe": _RECIPE_VERSION,
        "torch": torch.__version__,
        "shape": list(data.images.shape),
        "classes": len(data.class_names),
        **asdict(config),
    }
    sha = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for chunk in torch.split(data.images, _CHUNK):
        sha.update(chunk.contiguous().numpy().data)
    sha.update(data.labels.contiguous().numpy().data)
    try:
        return cache_folder() / "classifiers" / f"{sha.hexdigest()}.safetensors"
    except GanzooError:
        return None
