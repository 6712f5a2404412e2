"""Takes other arguments than the core gives."""

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that wants to know its kernel."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, kernel_size, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
