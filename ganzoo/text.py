"""Text fit for a terminal, and numbers as people read them."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

SUMMARY_LENGTH: Final = 200
"""Characters of a summary that are kept; what a stranger's package says must not flood a terminal."""

DOCUMENTATION_LENGTH: Final = 20_000
"""Characters of a docstring that are kept."""

UNKNOWN: Final = "-"
"""What people see where a figure is unknown; CSV leaves the place empty and JSON says null."""


def printable(text: str, length: int = SUMMARY_LENGTH) -> str:
    """One line of text with no control characters, at most `length` long."""
    line = " ".join(_without_control_characters(text[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def printable_lines(text: str) -> str:
    """Text without control characters, save for line breaks, at most `DOCUMENTATION_LENGTH` long."""
    if len(text) > DOCUMENTATION_LENGTH:
        text = text[: DOCUMENTATION_LENGTH - 1] + "…"
    return "\n".join(_without_control_characters(line) for line in text.split("\n"))


def _without_control_characters(line: str) -> str:
    return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)


def shorten(text: str, length: int) -> str:
    """A text of at most so many characters, cut between two words where it is longer."""
    if len(text) <= length:
        return text
    head = text[:length]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip(" ,;:") + "…"


def markdown(text: str) -> str:
    """One line of text as Markdown that shows it as it is: no markup, no HTML, no link."""
    return re.sub(r"[\\|<*_`\[\]&]", r"\\\g<0>", printable(text, DOCUMENTATION_LENGTH))


def brief(value: Any) -> str:
    """A stranger's value as Python writes it, on one line and cut short, however large or nested it is."""
    shortened = reprlib.Repr()  # its limits are attributes until Python 3.12
    shortened.maxlevel = 4
    shortened.maxdict = shortened.maxlist = shortened.maxtuple = 20
    shortened.maxstring = shortened.maxother = SUMMARY_LENGTH
    shortened.maxlong = 4 * SUMMARY_LENGTH
    try:
        return printable(shortened.repr(value), 4 * SUMMARY_LENGTH)
    except ValueError:  # Python writes no longer number
        return "a number of more than 4,300 digits"


def with_article(noun: str) -> str:
    """`a model`, `an upsampling`."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def plain(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return significant(value) if isinstance(value, float) else str(value)


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, never in exponents: `1234`, `12.3`, `0.0123`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = float(f"{value:.{digits - 1}e}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def rounded(value: float) -> str:
    """A number with four significant digits, or a whole number from 1,000 on: `0.01235`, `274.9`, `5,579`."""
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def as_sure(value: float, half_width: float | None) -> str:
    """A number with the digits that its interval supports: one more than those that are certain.

    Args:
        value: the number.
        half_width: half of its interval as a share of it; None: three digits.
    """
    if half_width is None or not 0 < half_width < math.inf:  # none, or a stranger's interval that is none
        return significant(value)
    return significant(value, min(6, max(2, 1 + math.ceil(-math.log10(half_width)))))


def of_bytes(value: float) -> str:
    """A size: `512 B`, `1.50 KiB`, `12.3 MiB`."""
    for unit in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{significant(value) if unit != 'B' else round(value)} {unit}"
        value /= 1024
    return f"{significant(value)} GiB"


def duration(seconds: float) -> str:
    """A time in the two units that matter: `45 s`, `2 min 10 s`, `56 min`, `2 h 10 min`, `3 d 4 h`."""
    if not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    minutes = round(whole / 60)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return _units(whole // 60, "min", whole % 60, "s")
    if minutes < 48 * 60:
        return _units(minutes // 60, "h", minutes % 60, "min")
    hours = round(minutes / 60)
    return _units(hours // 24, "d", hours % 24, "h")


def _units(large: int, unit: str, small: int, part: str) -> str:
    return " ".join(f"{number} {name}" for number, name in ((large, unit), (small, part)) if number)


def rough_duration(seconds: float) -> str:
    """The same of an estimate, which knows two digits: `40 s`, `4 min`, `2 h 10 min`, `14 h`, `3 d 4 h`."""
    for below, step in ((10, 1), (60, 5), (3600, 60), (36_000, 600)):
        if seconds < below:
            return duration(max(step, step * round(seconds / step)))
    return duration(3600 * round(seconds / 3600)) if math.isfinite(seconds) else UNKNOWN


def count(number: int, noun: str, plural: str = "") -> str:
    """So many things: `1 image`, `2 images`, `3 classes`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def share(value: float) -> str:
    """A share: `5.0 %`."""
    return f"{100 * value:.1f} %"


def change(value: float, places: int = 1) -> str:
    """A change as a share: `+5.0 %`."""
    return f"{100 * value:+.{places}f} %"


def json_safe(value: Any) -> Any:
    """The same value with None for each NaN and infinity, for which JSON has no word."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: json_safe(item) for key, item in value.items()}
    return [json_safe(item) for item in value] if isinstance(value, list | tuple) else value


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the values of nested tables by dotted name: `{"a": {"b": 1}}` gives `("a.b", 1)`.

    A list that holds tables is numbered, `a.0.b`; any other list is a value.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, f"{name}.{index}" if name else str(index))
    else:
        yield name, value
