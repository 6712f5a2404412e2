"""Groups of entry points that belong to no kind, and those that look misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ganzoo.errors import near_matches
from ganzoo.plugins.kinds import GROUP as KINDS_GROUP
from ganzoo.text import printable

COMMANDS_GROUP: Final = "ganzoo.commands"
"""In which a distribution announces sub-commands."""

OTHER_GROUPS: Final = (KINDS_GROUP, COMMANDS_GROUP)
"""Groups that belong to no kind."""


_MOST: Final = 100
"""Groups of one distribution that are looked at: what one was meant for takes a millisecond to find."""


def unknown_groups(distribution: str, announced: Iterable[str], known: Iterable[str]) -> list[str]:
    """Which groups of entry points look like misspelt ones of a kind: near to one, and read by nobody."""
    parts = {group.rpartition(".")[2]: group for group in (*known, *OTHER_GROUPS) if "ganzoo." in group}
    meant = sorted(
        group for group in announced if group.startswith("ganzoo.") and group not in parts.values()
    )
    near = ((group, near_matches(group.removeprefix("ganzoo."), parts)) for group in meant[:_MOST])
    return [
        f"{distribution} announces plugins in the group {printable(group)!r}, which no kind has"
        + re.sub("'([a-z_]+)'", r"'ganzoo.\1'", hint)
        for group, hint in near
        if hint
    ]
