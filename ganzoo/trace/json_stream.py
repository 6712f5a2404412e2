"""JSON read value by value from pieces of text, so that a file's whole text is never in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

LONGEST: Final = 2**26
"""Characters of one value; a profiler's event has hundreds."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")

_UNFINISHED: Final = re.compile(r"|tr?u?|fa?l?s?|nu?l?|Na?|-?I?n?f?i?n?i?t?|-|\.|[eE][-+]?")
"""What is left after the last whole value where a text ends within a word or a number."""


class JsonError(Exception):
    """The text is not JSON, or ends before its JSON does."""

    def __init__(self, reason: str, character: int, line: int, is_cut_off: bool) -> None:
        super().__init__(reason)
        self.character = character
        """Place in the whole text, from 0."""
        self.line = line
        """Line in the whole text, from 1."""
        self.is_cut_off = is_cut_off
        """Whether more text could have made it valid."""


class JsonStream:
    """Reads forward. Floats and the words NaN and Infinity stay text; tabs within names are allowed."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._position = 0
        self._characters_before = 0
        self._lines_before = 0
        self._decode = json.JSONDecoder(parse_float=str, parse_constant=str, strict=False).raw_decode

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._position)
            self._position = space.end() if space else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read_on():
                return ""

    def value(self) -> Any:
        """Reads one whole value.

        Raises:
            JsonError: there is none.
            RecursionError: it is nested too deeply.
            ValueError: it holds an integer of more than 4,300 digits.
        """
        self.peek()
        while True:
            try:
                value, end = self._decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if _could_go_on(self._text, error) and self._read_on():
                    continue
                raise self._error(error.msg, error.pos, _could_go_on(self._text, error)) from None
            # A number at the end of the text may go on in the next piece.
            if end < len(self._text) or not self._read_on():
                self._position = end
                return value

    def items(self) -> Iterator[None]:
        """Goes through an array: whoever iterates reads the item at each turn."""
        self._expect("[")
        if self.peek() == "]":
            self._position += 1
            return
        while True:
            yield
            if self._ends_with("]"):
                return

    def members(self) -> Iterator[str]:
        """Goes through an object: yields each key, whose value whoever iterates then reads."""
        self._expect("{")
        if self.peek() == "}":
            self._position += 1
            return
        while True:
            if self.peek() != '"':
                raise self._error("Expecting property name enclosed in double quotes")
            key: str = self.value()
            self._expect(":")
            yield key
            if self._ends_with("}"):
                return

    def end(self) -> None:
        """Makes sure that nothing follows.

        Raises:
            JsonError: something does.
        """
        if self.peek():
            raise self._error("Extra data")

    def rest(self, length: int) -> str:
        """The beginning of what is not yet read, at most so long."""
        return self._text[self._position : self._position + length]

    def length(self) -> int:
        """Reads on to the end and returns the number of characters of the whole text."""
        rest = sum(map(len, self._pieces))
        return self._characters_before + len(self._text) + rest

    def _ends_with(self, bracket: str) -> bool:
        found = self.peek()
        if found not in (bracket, ","):
            raise self._error("Expecting ',' delimiter")
        self._position += 1
        return found == bracket

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._error(f"Expecting {character!r} delimiter")
        self._position += 1

    def _read_on(self) -> bool:
        """Adds text to what is not yet read, at least as much again; False at the end."""
        unread = len(self._text) - self._position
        if unread > LONGEST:
            raise self._error(f"one value is longer than {LONGEST:,} characters")
        pieces: list[str] = []
        while sum(map(len, pieces)) <= unread and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
        if not pieces:
            return False
        self._characters_before += self._position
        self._lines_before += self._text.count("\n", 0, self._position)
        self._text = "".join([self._text[self._position :], *pieces])
        self._position = 0
        return True

    def _error(self, reason: str, position: int | None = None, is_cut_off: bool | None = None) -> JsonError:
        position = self._position if position is None else position
        return JsonError(
            reason,
            self._characters_before + position,
            self._lines_before + self._text.count("\n", 0, position) + 1,
            position == len(self._text) if is_cut_off is None else is_cut_off,
        )


def _could_go_on(text: str, error: json.JSONDecodeError) -> bool:
    """Whether more text could make the value valid."""
    if error.msg.startswith("Unterminated string"):
        return True
    if error.msg.startswith("Invalid \\"):  # within a character such as \u00e9
        return len(text) - error.pos <= len(r"\u00e9")
    return _UNFINISHED.fullmatch(text[error.pos : error.pos + 40].strip()) is not None
