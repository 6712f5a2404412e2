"""Conformance: whether a plugin keeps the promises of its kind, for those who write one.

    from ganzoo.testing import check_plugin, conformance

    check_plugin("my-upsampling").require_passed()
    check_plugin("my-upsampling", device="cuda").require_passed()

    @conformance("my-upsampling")       # with pytest: one test a check
    def test_conforms(check):
        check()

The checks of each kind and their reasons are in docs/conformance.md; the same from a shell is
`ganzoo check my-upsampling`.
"""

from __future__ import annotations

from ganzoo.testing.installed import NotChecked, check_installed
from ganzoo.testing.results import ConformanceResults, Result
from ganzoo.testing.running import check_plugin
from ganzoo.testing.with_pytest import conformance

__all__ = ["ConformanceResults", "NotChecked", "Result", "check_installed", "check_plugin", "conformance"]
