"""Forgets the mean over the batch."""

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty for each image."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        return super().penalty(judge, real, fake).repeat(len(real.images))
