"""The version of the plugin API: which `ganzoo_api` a class may declare."""

from __future__ import annotations

from typing import Any, Final

from ganzoo.text import brief, printable

SUPPORTED_API: Final = (1,)
"""The values of `ganzoo_api` that this core can run."""


def api_problem(api: Any) -> str | None:
    """Why a class with this `ganzoo_api` can't be used; None where it can."""
    supported = ", ".join(map(str, SUPPORTED_API))
    if api is None:
        return (
            "it does not say which plugin API it is written for; "
            f"its class needs 'ganzoo_api = {SUPPORTED_API[-1]}'"
        )
    if api not in SUPPORTED_API:
        declared = printable(api) if isinstance(api, str) else brief(api)
        return (
            f"it is written for plugin API {declared}, this GanZoo supports {supported}; "
            "install a version of it, or of ganzoo-torch, that fits the other"
        )
    return None
