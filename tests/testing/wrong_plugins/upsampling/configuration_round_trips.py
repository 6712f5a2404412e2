"""Has a setting that changes whenever it is written down and read back."""

from dataclasses import dataclass

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that takes the root of a setting and calls it the same."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        gain: float = 2.0
        """The square of what the images are multiplied by."""

        def __post_init__(self):
            object.__setattr__(self, "gain", self.gain**0.5)

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.gain = config.gain

    def forward(self, images):
        return self.gain * super().forward(images)
