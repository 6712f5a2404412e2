"""Says once that a resumed run will differ, where a part of a training has state that no checkpoint holds."""

from __future__ import annotations

from collections.abc import Callable

from ganzoo.engine.players import Players
from ganzoo.engine.unsaved import Unsaved


class UnsavedTold:
    """Looks whether such a part has changed, until it has been said.

    Args:
        players: whose objective and regularisation are looked at.
        warn: tells the user.
    """

    def __init__(self, players: Players, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._unsaved: Unsaved | None = Unsaved(
            {"objective": players.objective, "regularisation": players.regularisation}
        )

    def look(self) -> None:
        """Says it where it is so for the first time."""
        if self._unsaved is not None and (changed := self._unsaved.changed()):
            self._unsaved = None
            self._warn(
                f"{', '.join(changed)} changed in the training, and no checkpoint holds it: resumed, this "
                "run will not equal one that never stopped"
            )
