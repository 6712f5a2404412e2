"""Looks at the size of an image alone."""

import torch
from right_parts import RightFeatureExtractor

from ganzoo.interfaces import Features


class Wrong(RightFeatureExtractor):
    """An extractor to which all images are the same."""

    ganzoo_api = 1

    def forward(self, images):
        vectors = torch.full((len(images), 2), float(images.shape[2]))
        return Features(vectors, self.logits(vectors))
