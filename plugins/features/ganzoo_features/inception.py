"""The Inception network of the FID literature, through torch-fidelity, which owns its PyTorch form."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.files import cache_folder, expanded
from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features, LabelledImages
from ganzoo_features.weights import downloaded, file_sha256, require_sha256

URL: Final = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
    "weights-inception-2015-12-05-6726825d.pth"
)
SHA256: Final = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""Of the weights that pytorch-fid and torch-fidelity share: TensorFlow's of 5 December 2015, converted."""

FEATURES: Final = 2048


@final
class Inception(FeatureExtractor):
    """Inception with TensorFlow's weights of 2015, as FID has always used it (Heusel et al., 2017).

    Not torchvision's Inception v3, whose weights, layers and resizing differ and whose distances
    are not FID. Grey images are repeated in three channels.
    """

    ganzoo_api = 1
    standard_inception: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Where the weights are."""

        weights: str | None = None
        """File with the published weights (96 MB); none: downloaded once into the cache."""

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        library = _library()
        if config.weights is None:
            path = downloaded(URL, cache_folder() / "weights" / URL.rpartition("/")[2], SHA256)
        else:
            path = expanded(config.weights)
            require_sha256(str(path), file_sha256(path), SHA256)
        # The library unpickles the file; its checksum has just been found right.
        self.network = library(
            "inception-v3-compat",
            [str(FEATURES), "logits_unbiased"],
            feature_extractor_weights_path=str(path),
        )
        self.features, self.class_names = FEATURES, ()
        self.protocol = FeatureProtocol(
            network="Inception v3 of TensorFlow, 2015-12-05, last average pooling "
            f"(torch-fidelity {importlib.metadata.version('torch-fidelity')})",
            weights=URL.rpartition("/")[2],
            weights_sha256=SHA256,
            resize="299x299, bilinear as in TensorFlow 1, no antialiasing",
        )

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to activations `(B, 2048)` and logits `(B, 1008)` without bias,
        from which the Inception score has always been computed.
        """
        vectors, logits = self.network(images.expand(-1, 3, -1, -1))
        return Features(vectors, logits)


def _library() -> Callable[..., Any]:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise UsageError(
            f"the features 'inception' need the package torch-fidelity ({error})\n"
            "install it with: pip install 'ganzoo-features[inception]'"
        ) from None
    network: Callable[..., Any] = FeatureExtractorInceptionV3
    return network
