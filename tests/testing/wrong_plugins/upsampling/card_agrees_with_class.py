"""Changes its settings after the class has been written."""

from dataclasses import dataclass

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with another default than its text says."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        gain: int = 3
        """What the images are multiplied by."""

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.gain = config.gain

    def forward(self, images):
        return self.gain * super().forward(images)


@dataclass(frozen=True, kw_only=True)
class _Other:
    gain: int = 5


Wrong.Config = _Other
