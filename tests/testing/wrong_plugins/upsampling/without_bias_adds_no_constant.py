"""Ignores that it is asked for no bias."""

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that always has a bias."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=True)
