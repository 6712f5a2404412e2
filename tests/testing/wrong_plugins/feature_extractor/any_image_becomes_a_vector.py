"""Wants colour."""

from right_parts import RightFeatureExtractor

from ganzoo.interfaces import Features


class Wrong(RightFeatureExtractor):
    """An extractor that has never seen a grey image."""

    ganzoo_api = 1

    def forward(self, images):
        red = super().forward(images[:, :1]).vectors[:, 0]
        blue = super().forward(images[:, 2:]).vectors[:, 0]
        vectors = super().forward(images).vectors.clone()
        vectors[:, 0] = (red + blue) / 2
        return Features(vectors, self.logits(vectors))
