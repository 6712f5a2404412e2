"""Changes its settings after the class has been written."""

from dataclasses import dataclass

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with another default than its text says."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        kernel_size: int = 3
        """Side of the kernel, in pixels."""


@dataclass(frozen=True, kw_only=True)
class _Other:
    kernel_size: int = 5


Wrong.Config = _Other
