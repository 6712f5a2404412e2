"""Calls its logits by the names of the data set's classes, but has others."""

from right_parts import RightFeatureExtractor
from torch import nn


class Wrong(RightFeatureExtractor):
    """An extractor with the names of three classes and the logits of ten."""

    ganzoo_api = 1

    def __init__(self, config, training_images):
        super().__init__(config, training_images)
        self.logits = nn.Linear(2, 10)
        nn.init.ones_(self.logits.weight)
        nn.init.zeros_(self.logits.bias)
