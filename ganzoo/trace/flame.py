"""A recording as a flame by total time: scopes inside scopes. Times in nanoseconds.

What is too short to be seen is put together, so that the largest recording gives a flame of bounded size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ganzoo.trace.callers import UNKNOWN, join
from ganzoo.trace.events import Trace
from ganzoo.trace.scopes import DEEPEST, OpenScopes, scopes_and_calls

SMALLEST_SHARE: Final = 0.002
"""Of the whole, below which scopes are put together."""


@dataclass
class Scope:
    """All calls of one name with the same scopes around them."""

    name: str
    total: int = 0
    calls: int = 0
    inner: dict[str, Scope] = field(default_factory=dict)
    is_rest: bool = False
    """Whether it stands for scopes that are too small to be shown."""

    def of(self, name: str) -> Scope:
        """The scope of a name inside this one."""
        return self.inner.setdefault(name, Scope(name))

    def add(self, duration: int) -> None:
        """Counts one more call."""
        self.total += duration
        self.calls += 1


def by_total(trace: Trace) -> Scope:
    """The time of kernels by the scopes of the host that launched them; of the scopes where there is no GPU.

    A scope's own time is what its inner ones leave of it. Kernels whose launch was not recorded have no
    scope.
    """
    root = Scope("GPU" if trace.gpu else "host")
    around_calls = _open_all(trace, root)
    if trace.gpu:
        for event, place in zip(trace.gpu, join(trace).places, strict=True):
            (root if place == UNKNOWN else around_calls[place]).of(event.name).add(event.duration)
        _sum_up(root)
    return _pruned(root, SMALLEST_SHARE * root.total)


def _open_all(trace: Trace, root: Scope) -> list[Scope]:
    """Puts all scopes inside each other, with the host's time where no GPU was recorded.

    Returns:
        For every call the innermost scope of its thread in which it began; the root where there is none.
    """
    around_calls: list[Scope] = []
    open_scopes: OpenScopes[Scope] = OpenScopes()
    for event, is_call in scopes_and_calls(trace):
        around = open_scopes.around(event)
        outer = around[-1][1] if around else root
        if is_call:
            around_calls.append(outer)
        elif len(around) < DEEPEST:
            scope = outer.of(event.name)
            around.append((event.end, scope))
            if not trace.gpu:
                scope.add(event.duration)
                root.total += event.duration if outer is root else 0
    return around_calls


def _sum_up(scope: Scope) -> None:
    """Adds to every scope what its inner ones have."""
    for inner in scope.inner.values():
        _sum_up(inner)
        scope.total += inner.total
        scope.calls += inner.calls


def _pruned(scope: Scope, least: float) -> Scope:
    """The same with the inner scopes in order, those that are too small put together."""
    large = [inner for inner in scope.inner.values() if inner.total >= least and inner.total > 0]
    small = [inner for inner in scope.inner.values() if inner.total < least and inner.total > 0]
    large.sort(key=lambda each: (-each.total, each.name))
    kept = {inner.name: _pruned(inner, least) for inner in large}
    rest = sum(inner.total for inner in small)
    if rest >= least and small:
        name = f"{len(small):,} smaller"
        kept[name] = Scope(name, rest, sum(inner.calls for inner in small), is_rest=True)
    return Scope(scope.name, scope.total, scope.calls, kept)
