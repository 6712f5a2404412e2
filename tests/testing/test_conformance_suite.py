"""The suite itself: what it reports, what it expects, what it refuses, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from ganzoo.errors import PluginError, UsageError
from ganzoo.interfaces import Upsampling
from ganzoo.kinds.upsampling import StandInUpsampling
from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import kinds
from ganzoo.plugins.lookup import find_any
from ganzoo.testing import check_plugin, running
from ganzoo.testing.running import observe_import
from ganzoo.testing.suites import suite_of

forked = pytest.mark.usefixtures("forked_imports")
"""Of a test that says nothing of the process in which a plugin is imported."""

UPSAMPLING = """
import torch.nn.functional as F
from torch import nn

from ganzoo.interfaces import Upsampling


class Mine(Upsampling):
    '''Repeats pixels.'''

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__()
        self.mix = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, images):
        return self.mix(F.interpolate(images, scale_factor=2, mode="nearest"))
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, before: str = "") -> str:
        (tmp_path / "mine.py").write_text(before + text, encoding="utf-8")
        return f"{tmp_path / 'mine.py'}:Mine"

    return write


# The tables


def test_every_kind_has_checks() -> None:
    assert set(kinds()) == set(discovery.kinds())


@pytest.mark.parametrize("kind", kinds())
def test_the_minimum_counts_the_checks_that_concern_every_plugin(kind: str) -> None:
    suite = suite_of(kind)
    names = [check.name for check in suite.checks]

    assert suite.minimum == sum(check.unless is None and not check.is_long for check in suite.checks)
    assert len(set(names)) == len(names)
    assert all(check.why.endswith(".") and check.remedy.endswith(".") for check in suite.checks)


def test_a_kind_without_checks_is_said() -> None:
    with pytest.raises(UsageError, match="there is no kind 'novelty'"):
        suite_of("novelty")


# What is expected to fail


@pytest.mark.slow
@forked
def test_an_expected_failure_is_no_problem_and_keeps_its_reason(write) -> None:
    name = write(UPSAMPLING.replace("F.interpolate(images,", "F.interpolate(images.detach(),"))
    check = "gradients-reach-the-inputs"

    assert not check_plugin(name).passed
    report = check_plugin(name, expected_failures={check: "it is the first layer"})

    report.require_passed()
    (result,) = (result for result in report.results if result.check == check)
    assert result.status == "failed as expected"
    assert result.reason.startswith("it is the first layer: no gradient reaches input 1")


@forked
def test_an_expected_failure_that_passes_is_a_problem() -> None:
    report = check_plugin(StandInUpsampling, expected_failures={"rows-are-independent": "we thought so"})

    assert not report.passed
    assert report.problems == ("rows-are-independent was expected to fail and passes: expect it no longer",)
    with pytest.raises(AssertionError, match="rows-are-independent"):
        report.require_passed()


def test_an_unknown_expectation_names_its_neighbour() -> None:
    with pytest.raises(UsageError, match="no check 'rows-are-independant'; did you mean 'rows-are-indep"):
        check_plugin(StandInUpsampling, expected_failures={"rows-are-independant": ""})


# How many ran


@forked
def test_too_few_checks_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = suite_of("upsampling")
    shorter = dataclasses.replace(suite, checks=suite.checks[-5:])
    monkeypatch.setattr(running, "suite_of", lambda kind: shorter)

    report = check_plugin(StandInUpsampling)

    assert {result.status for result in report.results} == {"passed"}
    assert report.problems == ("only 5 checks ran, of at least 18 for an upsampling",)


@forked
def test_a_plugin_that_can_not_be_built_gets_one_reason(write) -> None:
    report = check_plugin(write(UPSAMPLING.replace("out_channels, *,", "out_channels, kernel, *,")))

    reasons = [result.reason for result in report.results if result.status == "failed"]
    assert reasons == [
        "TypeError: Mine.__init__() missing 1 required positional argument: 'kernel'",
    ]
    assert {result.reason for result in report.results if result.status == "not reached"} == {"builds failed"}
    assert "only" in report.problems[-1]


# What is checked, and how it is named


@forked
def test_a_class_made_on_the_spot_is_checked_without_its_text() -> None:
    class Local(Upsampling):
        """Repeats pixels."""

        ganzoo_api = 1

        def __init__(self, config, in_channels, out_channels, *, bias=True):
            super().__init__()
            self.block = StandInUpsampling(config, in_channels, out_channels, bias=bias)

        def forward(self, images):
            return self.block(images)

    report = check_plugin(Local)

    report.require_passed()
    skipped = [result.check for result in report.results if result.status == "not applicable"]
    assert skipped == ["card-agrees-with-class", "says-what-it-is"]


@forked
def test_the_kind_is_needed_where_two_plugins_bear_the_name(site) -> None:
    site.install(
        "ganzoo-two",
        {
            "ganzoo.upsamplings": {"twin": "ganzoo_two:Up"},
            "ganzoo.objectives": {"twin": "ganzoo_two:Loss"},
        },
        {"ganzoo_two.py": UPSAMPLING.replace("Mine", "Up")},
    )
    with pytest.raises(
        UsageError, match=r"'twin' is the name of several.*--kind upsampling or --kind objective"
    ):
        check_plugin("twin")
    report = check_plugin("twin", "upsampling")
    report.require_passed()
    assert (report.plugin, report.provider) == ("ganzoo-two:twin", "ganzoo-two 1.0")


def test_a_class_of_no_kind_is_said(write) -> None:
    with pytest.raises(UsageError, match=r"no class of ganzoo\.interfaces is among its base classes"):
        check_plugin(write("class Mine:\n    ganzoo_api = 1\n"))
    with pytest.raises(UsageError, match="there is no kind 'upsample'; did you mean 'upsampling'"):
        check_plugin(write(UPSAMPLING), "upsample")


@forked
def test_a_required_setting_has_to_be_given(write) -> None:
    setting = (
        "    ganzoo_api = 1\n    @dataclass(frozen=True, kw_only=True)\n    class Config:\n"
        "        size: int\n        '''What images are multiplied by.'''\n"
    )
    name = write(
        UPSAMPLING.replace("    ganzoo_api = 1\n", setting)
        .replace("super().__init__()\n", "super().__init__()\n        self.size = config.size\n")
        .replace("return self.mix", "return self.size * self.mix"),
        before="from dataclasses import dataclass\n",
    )
    with pytest.raises(UsageError, match=r"upsampling\.size has no default; give one with --set"):
        check_plugin(name)
    with pytest.raises(UsageError, match=r"no setting 'upsampling\.sice'; did you mean 'upsampling\.size'"):
        check_plugin(name, settings={"upsampling.sice": 3})
    check_plugin(name, settings={"upsampling.size": "3"}).require_passed()


# Importing it


@pytest.mark.slow
def test_what_an_import_does_to_others_is_seen(write) -> None:
    lines = {
        "torch.manual_seed(7)": "torch's random state",
        "torch.set_default_dtype(torch.float64)": "torch's default dtype",
        "torch.set_num_threads(torch.get_num_threads() + 1)": "torch's number of threads",
        "numpy.random.seed(7)": "NumPy's random state",
        "random.seed(7)": "Python's random state",
        "signal.signal(signal.SIGINT, signal.SIG_IGN)": "the handler of Ctrl-C",
    }
    before = "import os, random, signal, numpy, torch\nos.write(1, b'hello')\n" + "\n".join(lines)

    imported = observe_import(find_any(write(UPSAMPLING, before)))

    assert imported is not None
    assert set(imported.changed) == set(lines.values())
    assert imported.printed == "hello"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("import os; os._exit(0)", "ends the interpreter with exit code 0"),
        ("raise SystemExit(7)", "ends the interpreter with exit code 7"),
        ("import time; time.sleep(60)", "does not end within 4 seconds"),
    ],
)
def test_an_import_that_does_not_return_harms_nobody(
    write, line: str, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "sleep" in line:
        monkeypatch.setattr("ganzoo.testing.importing.SECONDS", 4)
    with pytest.raises(PluginError, match=cause):
        check_plugin(write(UPSAMPLING, before=f"{line}\n"))


@forked
def test_an_import_that_fails_says_its_cause(write) -> None:
    with pytest.raises(PluginError, match="cause: ModuleNotFoundError: No module named 'no_such_library'"):
        check_plugin(write(UPSAMPLING, before="import no_such_library\n"))


# What it leaves alone, and what it returns


@forked
def test_the_callers_random_state_is_left_alone() -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    check_plugin(StandInUpsampling)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (random.getstate(), np.random.get_state()[1].tolist())


@forked
def test_two_reports_of_one_plugin_are_the_same() -> None:
    first, second = (
        [dataclasses.replace(result, seconds=0) for result in check_plugin(StandInUpsampling).results]
        for _ in range(2)
    )
    assert first == second


@forked
def test_a_report_is_json() -> None:
    report = json.loads(json.dumps(check_plugin(StandInUpsampling).to_json()))
    assert report["passed"] is True
    assert report["ran"] == len(report["results"])
    assert set(report["results"][0]) == {"check", "status", "reason", "why", "remedy", "seconds"}


# As tests of pytest


@pytest.mark.slow
def test_the_decorator_makes_a_test_of_every_check(write, tmp_path: Path) -> None:
    name = write(UPSAMPLING.replace("F.interpolate(images,", "F.interpolate(images.detach(),"))
    (tmp_path / "test_mine.py").write_text(
        textwrap.dedent(
            f"""
            from ganzoo.testing import conformance

            @conformance({name!r})
            def test_fails(check):
                check()

            @conformance({name!r}, expected_failures={{"gradients-reach-the-inputs": "the first layer"}})
            def test_expects_it(check):
                check()

            @conformance({name!r}, expected_failures={{"rows-are-independent": "we thought so"}})
            def test_expects_too_much(check):
                check()

            @conformance("ganzoo-objectives:bce")
            def test_is_fine(check):
                check()
            """
        ),
        encoding="utf-8",
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-q", "test_mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1, run.stderr
    lines = run.stdout.splitlines()
    failed = [line.split(" - ")[0] for line in lines if line.startswith("FAILED")]
    assert set(failed) == {
        "FAILED test_mine.py::test_fails[gradients-reach-the-inputs]",
        "FAILED test_mine.py::test_expects_too_much[gradients-reach-the-inputs]",
        "FAILED test_mine.py::test_expects_too_much[rows-are-independent]",
    }
    assert [line for line in lines if line.startswith("XFAIL")]
    assert "PASSED test_mine.py::test_is_fine[losses-are-means]" in lines
    assert "PASSED test_mine.py::test_is_fine[enough-checks-ran]" in lines
    assert "what to do: Don't detach" in run.stdout
    checks = 3 * (len(suite_of("upsampling").checks) + 1) + len(suite_of("objective").checks) + 1
    assert f"3 failed, {checks - 4} passed, 1 xfailed" in lines[-1]
