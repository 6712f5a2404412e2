"""Leaves people guessing what its setting does."""

from dataclasses import dataclass

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with a setting nobody explains."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        gain: float = 1.0
