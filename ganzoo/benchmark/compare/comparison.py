"""Two reports against each other: the environments, then row by row the times and everything counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ganzoo.benchmark.compare.counts import Change, changes
from ganzoo.benchmark.compare.verdict import MINIMUM_EFFECT, Evidence, Verdict, decide, settle, weigh
from ganzoo.benchmark.report import Key, Report, Row
from ganzoo.benchmark.show.keys import setting_name
from ganzoo.errors import GanzooError, UsageError
from ganzoo.statistics import holm
from ganzoo.text import change, leaves


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One row of the comparison."""

    key: Key
    verdict: Verdict
    """Of the times."""
    base: Row | None
    new: Row | None
    evidence: Evidence | None
    """None where a side has no times."""
    corrected_p: float | None
    """The p-value with Holm's correction for the number of rows that were tested; None where none was."""
    changes: tuple[Change, ...]
    """Every quantity that both sides know."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentChange:
    """A fact of the environment that the reports don't share; None where one doesn't tell."""

    name: str
    base: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What `new` (B) is against `base` (A)."""

    environment: tuple[EnvironmentChange, ...]
    pairs: tuple[Pair, ...]
    minimum_effect: float

    def regressions(self, percent: float) -> tuple[str, ...]:
        """What got worse by more than `percent`, or doesn't run any more: a sentence each."""
        return tuple(text for pair in self.pairs for text in _regressions(pair, percent / 100))


def compare(
    base: Report, new: Report, *, minimum_effect: float = MINIMUM_EFFECT, across_devices: bool = False
) -> Comparison:
    """Compares two reports row by row, in the order of `base`.

    Args:
        base: what was before, A.
        new: what is now, B.
        minimum_effect: smallest change of time that counts, as a share.
        across_devices: match rows of different devices and numbers of threads.

    Raises:
        UsageError: the reports come from different devices, or have no row in common.
        GanzooError: a report has two rows that can't be told apart.
    """
    if not across_devices:
        _refuse_other_devices(base, new)
    before, after = _by_identity(base, "A", across_devices), _by_identity(new, "B", across_devices)
    if not before.keys() & after.keys():
        raise UsageError(f"no row of A is in B{_nearest(base, new)}")
    return Comparison(
        environment=environment_differences(base.environment, new.environment),
        pairs=_pairs([(before.get(i), after.get(i)) for i in {**before, **after}], minimum_effect),
        minimum_effect=minimum_effect,
    )


def _pairs(rows: list[tuple[Row | None, Row | None]], minimum_effect: float) -> tuple[Pair, ...]:
    """Judges every pair; the p-values of those that need one are corrected together."""
    settled = [settle(base, new) for base, new in rows]
    evidence = [weigh(base, new) for base, new in rows]
    tested = {
        index: found.p_value
        for index, found in enumerate(evidence)
        if settled[index] is None and found is not None and found.p_value is not None
    }
    corrected = dict(zip(tested, holm(list(tested.values())), strict=True))
    pairs = []
    for index, (base, new) in enumerate(rows):
        found, verdict = evidence[index], settled[index]
        if verdict is None:
            assert found is not None
            verdict = decide(found, corrected.get(index), minimum_effect)
        pairs.append(
            Pair(
                key=(base or new).key,  # type: ignore[union-attr]
                verdict=verdict,
                base=base,
                new=new,
                evidence=found,
                corrected_p=corrected.get(index),
                changes=tuple(changes(base, new)) if base and new else (),
            )
        )
    return tuple(pairs)


def _regressions(pair: Pair, limit: float) -> Iterator[str]:
    name = describe(pair.key)
    if pair.base and pair.new and pair.base.status == "ok" and pair.new.status != "ok":
        yield f"{name}: ran in A, is {pair.new.status} in B"
    if pair.verdict.word == "slower" and pair.evidence and pair.evidence.ratio - 1 > limit:
        yield f"{name}: time {change(pair.evidence.ratio - 1)}"
    for counted in pair.changes:
        if counted.exceeds(limit):
            grown = change(counted.share, 2) if counted.share is not None else f"0 to {counted.new:g}"
            yield f"{name}: {counted.quantity.name} {grown}"


def describe(key: Key) -> str:
    """A row in a few words."""
    settings = {setting_name(name): text for name, text in key.settings.items()}
    choices = [f"{name}={text}" for name, text in {**key.components, **settings}.items()]
    flags = [*(["channels-last"] if key.channels_last else []), *(["compiled"] if key.compile else [])]
    return " ".join(
        [key.model, key.phase, key.image, f"batch {key.batch_size}", key.precision, *choices, *flags]
    )


def _refuse_other_devices(base: Report, new: Report) -> None:
    devices = [sorted({row.key.device for row in report.rows}) for report in (base, new)]
    if all(devices) and not set(devices[0]) & set(devices[1]):
        raise UsageError(
            f"A was measured on {' and '.join(devices[0])}, B on {' and '.join(devices[1])}: "
            "their difference says nothing of the code\nto compare the devices: --across-devices"
        )


def _by_identity(report: Report, name: str, across_devices: bool) -> dict[tuple[Any, ...], Row]:
    rows: dict[tuple[Any, ...], Row] = {}
    for row in report.rows:
        key = replace(row.key, device="", threads=None) if across_devices else row.key
        if key.identity in rows:
            raise GanzooError(f"{name} has two rows for {describe(row.key)}")
        rows[key.identity] = row
    return rows


def _nearest(base: Report, new: Report) -> str:
    """Which parts of the key keep the two most similar rows apart."""
    pairs = [(a.key, b.key) for a in base.rows for b in new.rows]
    if not pairs:
        return ""
    nearest = min((_differing(*keys) for keys in pairs), key=lambda names: len(names))
    return f": the nearest two differ in {', '.join(nearest)}"


def _differing(base: Key, new: Key) -> list[str]:
    values = [(f.name, getattr(base, f.name), getattr(new, f.name)) for f in fields(Key)]
    return [f"{name} ({before} and {after})" for name, before, after in values if before != after]


def environment_differences(base: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[EnvironmentChange, ...]:
    """Facts that differ, by their dotted names, in alphabetical order."""
    before, after = dict(leaves(_coarse(base))), dict(leaves(_coarse(new)))
    return tuple(
        EnvironmentChange(name=name, base=before.get(name), new=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _coarse(environment: Mapping[str, Any]) -> Mapping[str, Any]:
    """The load as a whole number: it is never twice the same, and what matters is whether there was any."""
    load = environment.get("load_average")
    if isinstance(load, list | tuple) and load and isinstance(load[0], int | float):
        return {**environment, "load_average": round(load[0])}
    return environment
