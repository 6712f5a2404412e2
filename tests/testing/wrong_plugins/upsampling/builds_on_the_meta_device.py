"""Makes a tensor that has values wherever the network is built."""

import numpy as np
import torch
from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with a constant from NumPy."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.register_buffer("gain", torch.from_numpy(np.ones(1, np.float32)))

    def forward(self, images):
        return self.gain * super().forward(images)
