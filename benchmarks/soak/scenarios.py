"""Scenarios: promises that are put to the test again and again, and the table of how that went."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import click

Attack = Callable[[random.Random], Iterator[str | None]]
"""Yields once a case: None where the promise held, otherwise what was seen instead."""

_SHOWN: Final = 10
"""The most faults of a scenario that are told; the others are likely the same."""


@dataclass
class Outcome:
    """How one scenario went."""

    name: str
    cases: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def carry_out(scenarios: Mapping[str, Attack], seed: int, seconds: float) -> list[Outcome]:
    """Attacks in each of the scenarios; one that raises something itself counts as a fault.

    Args:
        scenarios: attacks by name.
        seed: decides all that is drawn at random, for each scenario by itself.
        seconds: after which a scenario begins no further case.
    """
    outcomes = []
    for name, attack in scenarios.items():
        outcome, began = Outcome(name), time.monotonic()
        cases = attack(random.Random(f"{seed} {name}"))
        try:
            for fault in cases:
                outcome.cases += 1
                outcome.faults += [fault] if fault else []
                if time.monotonic() - began > seconds:
                    break
        except Exception:
            outcome.faults.append(f"the attack itself failed:\n{traceback.format_exc()}")
        finally:
            cases.close()  # type: ignore[attr-defined]
        outcome.seconds = time.monotonic() - began
        outcomes.append(outcome)
        click.echo(_row(outcome), err=True)
    return outcomes


def conclude(outcomes: list[Outcome]) -> None:
    """Prints the table, and the faults on stderr.

    Raises:
        SystemExit: with code 1, where there is any fault.
    """
    click.echo("| scenario | cases | faults | seconds |\n| --- | ---: | ---: | ---: |")
    for outcome in outcomes:
        click.echo(_row(outcome))
    for outcome in outcomes:
        for fault in outcome.faults[:_SHOWN]:
            click.echo(f"{outcome.name}: {fault}", err=True)
    if any(outcome.faults for outcome in outcomes):
        raise SystemExit(1)


def _row(outcome: Outcome) -> str:
    return f"| {outcome.name} | {outcome.cases:,} | {len(outcome.faults)} | {outcome.seconds:.0f} |"


def chosen(scenarios: Mapping[str, Attack], only: tuple[str, ...]) -> dict[str, Attack]:
    """The scenarios whose names contain one of some words; all where there is no word.

    Raises:
        click.UsageError: a word is in no name.
    """
    for word in only:
        if not any(word in name for name in scenarios):
            raise click.UsageError(f"no scenario is called {word!r}; there are: {', '.join(scenarios)}")
    return {name: attack for name, attack in scenarios.items() if not only or any(w in name for w in only)}


SEED = click.option("--seed", default=0, show_default=True, help="Decides all that is drawn at random.")
SECONDS = click.option("--seconds", default=60.0, show_default=True, help="The most for a scenario.")
ONLY = click.option("--only", metavar="WORD", multiple=True, help="Scenarios with this in their names.")
