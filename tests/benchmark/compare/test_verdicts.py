"""Verdicts of two reports: false alarms, real changes, honesty about noise, and symmetries."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from ganzoo.benchmark.compare.comparison import Pair, compare
from ganzoo.benchmark.compare.verdict import Evidence, decide
from ganzoo.benchmark.report import Row
from ganzoo.errors import GanzooError, UsageError

STEP_NS = 10_000_000


def simulate(
    generator: np.random.Generator,
    *,
    launches: int,
    between: float,
    within: float,
    correlation: float = 0.6,
    samples: int = 20,
    factor: float = 1.0,
) -> list[list[int]]:
    """Step times of a machine: launches differ, and neighbouring samples of a launch are correlated (AR(1)).

    Args:
        between: standard deviation of the logarithm between launches.
        within: the same between the samples of a launch.
        correlation: of neighbouring samples.
        factor: how much longer a step takes.
    """
    noise = within * generator.standard_normal((launches, samples))
    for column in range(1, samples):
        fresh = math.sqrt(1 - correlation**2) * noise[:, column]
        noise[:, column] = correlation * noise[:, column - 1] + fresh
    offsets = between * generator.standard_normal((launches, 1))
    times: list[list[int]] = np.rint(STEP_NS * factor * np.exp(noise + offsets)).astype(int).tolist()
    return times


def only_pair(reports: Any, base: Row, new: Row, **settings: Any) -> Pair:
    (pair,) = compare(reports.report(base), reports.report(new), **settings).pairs
    return pair


def words(reports: Any, count: int, seed: int, factor: float = 1.0, **machine: Any) -> Counter[str]:
    """The verdicts of many comparisons of two reports of one machine."""
    generator = np.random.default_rng(seed)
    return Counter(
        only_pair(
            reports,
            reports.row(simulate(generator, **machine)),
            reports.row(simulate(generator, factor=factor, **machine)),
        ).verdict.word
        for _ in range(count)
    )


# False alarms and real changes

QUIET = {"launches": 3, "between": 0.003, "within": 0.01}
NOISY = {"launches": 3, "between": 0.05, "within": 0.02}


@pytest.mark.slow
@pytest.mark.parametrize("launches", [3, 5])
def test_at_most_one_percent_of_verdicts_on_the_same_code_are_false(reports: Any, launches: int) -> None:
    # 2,000 comparisons on machines from very quiet to very noisy; benchmarks/false_verdicts.py takes more.
    machines = [(0.001, 0.005), (0.005, 0.02), (0.02, 0.02), (0.05, 0.05), (0.1, 0.02)]

    found = sum(
        (
            words(reports, 400, seed, launches=launches, between=between, within=within)
            for seed, (between, within) in enumerate(machines)
        ),
        Counter(),
    )

    assert found.total() == 2000
    assert found["faster"] + found["slower"] <= 20


def test_a_quiet_machine_finds_five_percent_with_three_launches(reports: Any) -> None:
    slower = words(reports, 200, seed=0, factor=1.05, **QUIET)
    faster = words(reports, 200, seed=1, factor=1 / 1.05, **QUIET)

    assert slower["slower"] >= 190
    assert slower["faster"] == slower["same"] == 0
    assert faster["faster"] >= 190


def test_a_noisy_machine_says_undecided(reports: Any) -> None:
    found = words(reports, 200, seed=0, factor=1.05, **NOISY)

    assert found["undecided"] >= 190
    assert found["same"] == 0


def test_more_launches_settle_what_three_leave_open(reports: Any) -> None:
    machine = {"between": 0.015, "within": 0.02, "factor": 1.05}

    few = words(reports, 50, seed=0, launches=3, **machine)
    many = words(reports, 50, seed=0, launches=10, **machine)

    assert few["undecided"] > 25
    assert many["slower"] >= 45


def test_a_quiet_machine_says_same_of_the_same_code(reports: Any) -> None:
    found = words(reports, 100, seed=0, launches=5, between=0.003, within=0.01)

    assert found["same"] >= 95


def test_samples_of_one_process_are_no_evidence_however_many_they_are(reports: Any) -> None:
    # 900 samples a side with hardly any noise of their own: what differs is the process, by 3 %.
    found = words(reports, 200, seed=0, launches=3, between=0.03, within=0.0001, samples=300)

    assert found["faster"] + found["slower"] <= 6


# Significance and effect are both needed


def test_a_significant_change_below_the_minimum_effect_is_none(reports: Any) -> None:
    base = reports.row([[10_000_000 + 100 * n] * 8 for n in range(4)])
    new = reports.row([[10_100_000 + 100 * n] * 8 for n in range(4)])

    assert only_pair(reports, base, new).verdict.word == "same"
    assert only_pair(reports, base, new, minimum_effect=0.005).verdict.word == "slower"


def test_a_large_change_that_chance_explains_is_undecided(reports: Any) -> None:
    base = reports.row([[90] * 8, [100] * 8, [110] * 8])
    new = reports.row([[100] * 8, [110] * 8, [120] * 8])

    pair = only_pair(reports, base, new)

    assert pair.verdict.word == "undecided"
    # launches of one side differ by 10 / 100
    assert "10.0 %" in pair.verdict.reasons["noise"]


def test_medians_alone_are_no_evidence_where_the_samples_overlap(reports: Any) -> None:
    # The launches' medians agree within 0.1 %, as if by luck; the samples spread by 40 %.
    def launches(median: int) -> list[list[int]]:
        return [[600, median + n, 1400, 700, 1300] for n in range(3)]

    pair = only_pair(reports, reports.row(launches(1000)), reports.row(launches(1050)))

    assert pair.verdict.word == "undecided"
    assert pair.evidence is not None
    pooled = [[time for launch in launches(median) for time in launch] for median in (1000, 1050)]
    expected = scipy.stats.mannwhitneyu(*pooled, method="asymptotic").pvalue
    assert pair.evidence.p_value == pytest.approx(expected)


def test_the_minimum_effect_is_taken_both_ways() -> None:
    def verdict(ratio: float) -> str:
        evidence = Evidence(
            base_ns=1, new_ns=ratio, ratio=ratio, interval=(ratio * 0.999, ratio * 1.001), p_value=1e-9,
            spread=0.001, drift=0.0,
        )  # fmt: skip
        return decide(evidence, 1e-9, 0.02).word

    assert [verdict(r) for r in (1.021, 1 / 1.021, 1.015, 1 / 1.015)] == ["slower", "faster", "same", "same"]


def test_a_real_change_near_the_minimum_effect_is_undecided(reports: Any) -> None:
    base = reports.row([[10_000_000 + 10_000 * n] * 8 for n in range(5)])
    new = reports.row([[10_190_000 + 10_000 * n] * 8 for n in range(5)])

    assert set(only_pair(reports, base, new).verdict.reasons) == {"small"}


def test_many_rows_ask_for_more_evidence(reports: Any) -> None:
    base = [[9_960_000] * 8, [10_000_000] * 8, [10_040_000] * 8]
    slow = [[int(1.03 * time) for time in launch] for launch in base]

    def rows(first: list[list[int]]) -> list[Row]:
        others = [reports.row(base, batch_size=size) for size in range(65, 85)]
        return [reports.row(first), *others]

    (alone,) = compare(reports.report(rows(base)[0]), reports.report(rows(slow)[0])).pairs
    same_others = compare(reports.report(*rows(base)), reports.report(*rows(slow))).pairs[0]
    new_others = [reports.row([*base[1:], base[0]], batch_size=size) for size in range(65, 85)]
    among = compare(reports.report(*rows(base)), reports.report(rows(slow)[0], *new_others)).pairs[0]

    assert alone.verdict.word == "slower"
    assert same_others.verdict.word == "slower", "rows that hold the very same samples are no tests"
    assert (among.verdict.word, set(among.verdict.reasons)) == ("undecided", {"rows"})
    assert alone.evidence is not None
    assert among.corrected_p == pytest.approx(21 * alone.evidence.p_value)


# One launch


def test_one_launch_decides_only_what_is_large(reports: Any) -> None:
    generator = np.random.default_rng(0)
    machine = {"launches": 1, "between": 0.0, "within": 0.01, "samples": 40}
    base = reports.row(simulate(generator, **machine))

    for factor, expected in ((1.0, "undecided"), (1.2, "undecided"), (1.5, "slower"), (1 / 1.5, "faster")):
        pair = only_pair(reports, base, reports.row(simulate(generator, factor=factor, **machine)))

        assert pair.verdict.word == expected
        assert set(pair.verdict.reasons) == {"one-launch"}
        assert pair.corrected_p is None


def test_a_single_sample_decides_nothing(reports: Any) -> None:
    pair = only_pair(reports, reports.row([[100]]), reports.row([[900]]))

    assert pair.verdict.word == "undecided"
    assert pair.verdict.reasons == {"unusable": "a side has a single sample"}


# What can't be trusted


def test_throttled_times_are_not_compared(reports: Any) -> None:
    base, new = ([[time] * 8, [time + 1] * 8, [time + 2] * 8] for time in (1000, 2000))

    pair = only_pair(reports, reports.row(base), reports.row(new, flags=("throttled",)))

    assert (pair.verdict.word, set(pair.verdict.reasons)) == ("undecided", {"throttled"})


def test_different_clocks_are_not_compared(reports: Any) -> None:
    base, new = ([[time] * 8, [time + 1] * 8, [time + 2] * 8] for time in (1000, 2000))
    timing = reports.timing(new, clock="cuda-event")

    pair = only_pair(reports, reports.row(base), reports.row(new, timing=timing))

    assert (pair.verdict.word, set(pair.verdict.reasons)) == ("undecided", {"clocks"})


def test_a_drift_as_large_as_the_difference_leaves_it_open(reports: Any) -> None:
    warming = [[1000 + n, 1000 + n, 1040, 1040, 1080 + n, 1080 + n] for n in range(3)]
    base = [[time - 50 for time in launch] for launch in warming]

    pair = only_pair(reports, reports.row(base), reports.row(warming))

    assert (pair.verdict.word, set(pair.verdict.reasons)) == ("undecided", {"drift"})


def test_a_step_of_no_time_is_said(reports: Any) -> None:
    pair = only_pair(reports, reports.row([[0, 1, 1]] * 3), reports.row([[1, 1, 1]] * 3))

    assert pair.verdict.reasons == {"unusable": "a step took 0 ns by the clock"}


def test_a_row_that_fails_has_no_time_and_a_reason(reports: Any) -> None:
    pair = only_pair(reports, reports.row([[1000] * 8] * 3), reports.row(None))

    assert pair.verdict.word == "missing"
    assert pair.verdict.reasons["no-times"] == "B out-of-memory: needs 3 GiB"


def test_a_row_of_one_report_only_is_missing(reports: Any) -> None:
    times = [[1000] * 8] * 3
    shared, gone, added = (reports.row(times, batch_size=size) for size in (1, 2, 4))

    pairs = compare(reports.report(shared, gone), reports.report(shared, added)).pairs

    assert [pair.verdict.word for pair in pairs] == ["same", "missing", "missing"]
    assert [pair.verdict.reasons.get("one-side") for pair in pairs] == [None, "only in A", "only in B"]


def test_images_a_step_are_taken_into_account(reports: Any) -> None:
    # Twice the images in twice the time.
    base, new = ([[f * 1000] * 8, [f * 1001] * 8, [f * 1002] * 8] for f in (1, 2))

    pair = only_pair(reports, reports.row(base), reports.row(new, timing=reports.timing(new, images=128)))

    assert pair.verdict.word == "same"


# Symmetries

MACHINES = st.fixed_dictionaries(
    {
        "launches": st.integers(1, 5),
        "between": st.sampled_from([0.0, 0.003, 0.02]),
        "within": st.sampled_from([0.001, 0.02]),
    }
)
OPPOSITE = {"faster": "slower", "slower": "faster"}


def several_rows(reports: Any, seed: int, machine: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    generator = np.random.default_rng(seed)
    sides: tuple[list[Row], list[Row]] = [], []
    for size, factor in ((1, 1.0), (2, 1.04), (4, 0.9), (8, 1.6)):
        sides[0].append(reports.row(simulate(generator, **machine), batch_size=size))
        sides[1].append(reports.row(simulate(generator, factor=factor, **machine), batch_size=size))
    return sides


def verdicts(reports: Any, base: list[Row], new: list[Row]) -> dict[int, str]:
    pairs = compare(reports.report(*base), reports.report(*new)).pairs
    return {pair.key.batch_size: pair.verdict.word for pair in pairs}


@given(st.integers(0, 10_000), MACHINES)
@settings(max_examples=25, deadline=None)
def test_a_report_is_the_same_as_itself(reports: Any, seed: int, machine: dict[str, Any]) -> None:
    rows, _ = several_rows(reports, seed, machine)

    assert set(verdicts(reports, rows, rows).values()) == {"same"}


@given(st.integers(0, 10_000), MACHINES)
@settings(max_examples=25, deadline=None)
def test_swapping_the_reports_swaps_the_verdicts(reports: Any, seed: int, machine: dict[str, Any]) -> None:
    base, new = several_rows(reports, seed, machine)

    forwards, backwards = verdicts(reports, base, new), verdicts(reports, new, base)

    assert backwards == {size: OPPOSITE.get(word, word) for size, word in forwards.items()}


@given(st.integers(0, 10_000), MACHINES, st.sampled_from([2, 8, 1024]))
@settings(max_examples=25, deadline=None)
def test_a_machine_of_another_speed_has_the_same_verdicts(
    reports: Any, seed: int, machine: dict[str, Any], factor: int
) -> None:
    def scaled(rows: list[Row]) -> list[Row]:
        return [
            reports.row(
                [
                    [factor * time for block in launch.blocks_ns for time in block]
                    for launch in row.timing.launches
                ],
                batch_size=row.key.batch_size,
            )
            for row in rows
        ]

    base, new = several_rows(reports, seed, machine)

    assert verdicts(reports, scaled(base), scaled(new)) == verdicts(reports, base, new)


@given(st.integers(0, 10_000), MACHINES)
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_launches_is_of_no_account(
    reports: Any, seed: int, machine: dict[str, Any]
) -> None:
    base, new = several_rows(reports, seed, machine)
    shuffle = random.Random(seed)
    shuffled = [
        replace(row, timing=replace(row.timing, launches=tuple(reversed(row.timing.launches))))
        for row in shuffle.sample(new, len(new))
        if row.timing is not None
    ]

    assert verdicts(reports, base, shuffled) == verdicts(reports, base, new)


# Matching


def test_reports_of_different_devices_are_compared_only_when_asked(reports: Any) -> None:
    times = [[1000, 1001, 1002]] * 3
    base = reports.report(reports.row(times))
    new = reports.report(reports.row(times, device="a GPU", threads=None))

    with pytest.raises(UsageError, match=r"(?s)a processor.*a GPU.*--across-devices"):
        compare(base, new)
    (pair,) = compare(base, new, across_devices=True).pairs
    assert pair.verdict.word == "same"


def test_reports_without_a_common_row_say_what_differs(reports: Any) -> None:
    times = [[1000, 1001, 1002]] * 3
    base = reports.report(reports.row(times), reports.row(times, precision="bf16", batch_size=1))
    new = reports.report(reports.row(times, threads=4))

    with pytest.raises(UsageError, match=r"nearest two differ in threads \(2 and 4\)$"):
        compare(base, new)


def test_a_row_twice_in_a_report_is_refused(reports: Any) -> None:
    row = reports.row([[1000, 1001, 1002]] * 3)

    with pytest.raises(GanzooError, match="B has two rows for ganzoo-models:dcgan train-step"):
        compare(reports.report(row), reports.report(row, row))


def test_an_empty_report_is_refused(reports: Any) -> None:
    with pytest.raises(UsageError, match="no row of A is in B"):
        compare(reports.report(reports.row([[1, 2]])), reports.report())
