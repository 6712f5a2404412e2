"""Leaves people guessing what its setting does."""

from dataclasses import dataclass

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with a setting nobody explains."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        gain: float = 1.0

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.gain = config.gain

    def forward(self, images):
        return self.gain * super().forward(images)
