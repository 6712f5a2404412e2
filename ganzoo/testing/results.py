"""What a conformance check found: one result a check, and whether the whole is good enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ganzoo.text import with_article

Status = Literal[
    "passed", "failed", "not applicable", "not reached", "failed as expected", "passed unexpectedly"
]


_RAN = ("passed", "failed", "failed as expected", "passed unexpectedly")


@dataclass(frozen=True)
class Result:
    """What one check found."""

    check: str
    status: Status
    reason: str
    """What was seen, where it failed; why it did not run, where it didn't; else empty."""
    why: str
    """Why the check exists."""
    remedy: str
    """What to do where it fails."""
    seconds: float

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to do something."""
        return self.status in ("failed", "passed unexpectedly")

    def __str__(self) -> str:
        if not self.is_problem:
            return f"{self.check}: {self.status}" + (f" ({self.reason})" if self.reason else "")
        if self.status == "passed unexpectedly":
            return f"{self.check} was expected to fail and passes: expect it no longer"
        return f"{self.check}: {self.reason}\n  why: {self.why}\n  what to do: {self.remedy}"


@dataclass(frozen=True)
class ConformanceResults:
    """What all checks of one plugin found."""

    plugin: str
    """Full name, or where the class is."""
    kind: str
    provider: str
    results: tuple[Result, ...]
    minimum: int
    """How many checks have to run for any plugin of the kind."""

    @property
    def ran(self) -> int:
        """How many checks ran to a result."""
        return sum(result.status in _RAN for result in self.results)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, each with the reason and what to do; empty where the plugin conforms."""
        problems = [str(result) for result in self.results if result.is_problem]
        if self.ran < self.minimum:
            problems.append(
                f"only {self.ran} checks ran, of at least {self.minimum} for {with_article(self.kind)}"
            )
        return tuple(problems)

    @property
    def passed(self) -> bool:
        """Whether the plugin conforms."""
        return not self.problems

    def require_passed(self) -> None:
        """Does nothing where the plugin conforms.

        Raises:
            AssertionError: it doesn't; the message holds all problems.
        """
        if self.problems:
            raise AssertionError(
                f"the {self.kind} {self.plugin} does not conform:\n" + "\n".join(self.problems)
            )

    def to_json(self) -> dict[str, Any]:
        """The results as JSON can say them."""
        return {
            "plugin": self.plugin,
            "kind": self.kind,
            "provider": self.provider,
            "passed": self.passed,
            "ran": self.ran,
            "minimum": self.minimum,
            "problems": list(self.problems),
            "results": [asdict(result) for result in self.results],
        }
