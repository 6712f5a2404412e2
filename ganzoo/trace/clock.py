"""Decimal microseconds, as recordings have them, to integer nanoseconds, exactly."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

LIMIT: Final = 2**63
"""A clock reading is below it: the profiler itself counts nanoseconds in 64 bits."""


def nanoseconds(value: object) -> int:
    """Converts microseconds; below a nanosecond it rounds half to even.

    Args:
        value: an int, or the text of a number as it stands in the file.

    Raises:
        ValueError: it is not a number, or 2^63 nanoseconds (292 years) or more.
    """
    if type(value) is int:
        result = value * 1000
    elif type(value) is str:
        whole, _, fraction = value.partition(".")
        digits = whole + fraction
        if len(fraction) <= 3 and digits.isascii() and digits.isdigit():
            result = int(whole + fraction.ljust(3, "0"))
        else:
            result = _any_notation(value)
    else:
        raise ValueError("is not a number")
    if not -LIMIT < result < LIMIT:
        raise ValueError("is beyond 2^63 nanoseconds")
    return result


def _any_notation(text: str) -> int:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not number.is_finite():
        raise ValueError("is not a number")
    # Before any arithmetic: 1e999999999 has as many digits as that.
    if number.adjusted() > 18:
        raise ValueError("is beyond 2^63 nanoseconds")
    return int(number.scaleb(3).to_integral_value())
