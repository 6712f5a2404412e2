"""Numbers and sizes as people read them."""

from __future__ import annotations

import pytest

from ganzoo.text import as_sure, count, duration, of_bytes, rough_duration, significant


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234.5678, 3, "1,230"),
        (1234.5678, 6, "1,234.57"),
        (0.00123456, 3, "0.00123"),
        (9.996, 3, "10.0"),
        (-12.345, 3, "-12.3"),
        (0.0, 3, "0"),
        (1e-12, 2, "0.0000000000010"),
    ],
)
def test_significant_digits(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("half_width", "text"),
    [
        (0.5, "12"),
        (0.1, "12"),
        (0.02, "12.3"),
        (0.003, "12.35"),
        (1e-9, "12.3457"),
        (None, "12.3"),
        (0.0, "12.3"),
    ],
)
def test_a_number_has_the_digits_that_are_sure(half_width: float | None, text: str) -> None:
    assert as_sure(12.345678, half_width) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (6_000_000, "5.72 MiB"), (5 * 2**30, "5.00 GiB")],
)
def test_sizes(size: int, text: str) -> None:
    assert of_bytes(size) == text


@pytest.mark.parametrize("half_width", [-0.1, 0.0, float("inf"), float("nan"), None])
def test_an_interval_that_is_none_gives_three_digits(half_width: float | None) -> None:
    assert as_sure(1234.5, half_width) == significant(1234.5)


@pytest.mark.parametrize(
    ("seconds", "exact", "rough"),
    [
        (0.2, "0 s", "1 s"),
        (8.4, "8 s", "8 s"),
        (42, "42 s", "40 s"),
        (59.7, "1 min", "1 min"),
        (130, "2 min 10 s", "2 min"),
        (3360, "56 min", "56 min"),
        (3599, "1 h", "1 h"),
        (7930, "2 h 12 min", "2 h 10 min"),
        (102_317, "28 h 25 min", "28 h"),
        (273_600, "3 d 4 h", "3 d 4 h"),
        (float("nan"), "-", "-"),
        (float("inf"), "-", "-"),
    ],
)
def test_times_are_said_in_units_of_people(seconds: float, exact: str, rough: str) -> None:
    assert duration(seconds) == exact
    assert rough_duration(seconds) == rough


def test_one_thing_is_no_plural() -> None:
    assert [count(number, "image") for number in (0, 1, 1000)] == ["0 images", "1 image", "1,000 images"]
    assert count(1, "class", "classes") == "1 class"
    assert count(2, "class", "classes") == "2 classes"
