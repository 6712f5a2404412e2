"""Leaves out where its weights come from."""

from dataclasses import replace

from right_parts import RightFeatureExtractor


class Wrong(RightFeatureExtractor):
    """An extractor of unknown origin."""

    ganzoo_api = 1

    def __init__(self, config, training_images):
        super().__init__(config, training_images)
        self.protocol = replace(self.protocol, weights_sha256="unknown")
