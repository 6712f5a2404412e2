"""Counts in something else than updates."""

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty at a share of the updates."""

    ganzoo_api = 1

    every = 0.5
