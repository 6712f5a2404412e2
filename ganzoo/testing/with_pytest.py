"""The conformance checks as tests of pytest, one a check."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ganzoo.plugins.lookup import find_any
from ganzoo.testing.results import ConformanceResults, Status
from ganzoo.testing.running import check_plugin
from ganzoo.testing.suites import suite_of

Test = TypeVar("Test", bound=Callable[..., Any])

COUNT = "enough-checks-ran"
"""The test that follows the checks: none of them has quietly stopped running."""


def conformance(
    name: str | type,
    kind: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    data_dir: Path | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> Callable[[Test], Test]:
    """Makes a test function into one test a check; its argument `check` runs that check.

        @conformance("my-upsampling")
        def test_conforms(check):
            check()

    The arguments are those of `check_plugin`. The checks run when the first of the tests does.
    """
    import pytest

    @functools.cache
    def report() -> ConformanceResults:
        return check_plugin(
            name, kind, settings=settings, data_dir=data_dir, expected_failures=expected_failures
        )

    def run(check: str) -> None:
        if check == COUNT:
            if report().ran < report().minimum:
                pytest.fail(report().problems[-1], pytrace=False)
            return
        (result,) = (result for result in report().results if result.check == check)
        if result.is_problem:
            pytest.fail(str(result), pytrace=False)
        if result.status in _SKIPPED:
            pytest.skip(result.reason)
        if result.status == "failed as expected":
            pytest.xfail(result.reason)

    names = [check.name for check in suite_of(find_any(name, kind).kind).checks]
    calls = [pytest.param(functools.partial(run, check), id=check) for check in [*names, COUNT]]
    return pytest.mark.parametrize("check", calls)


_SKIPPED: tuple[Status, ...] = ("not applicable", "not reached")
