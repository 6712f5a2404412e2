"""Output where the terminal's encoding lacks characters: the nearest ASCII instead of an error.

`µs` becomes `us` under GBK, and a rule of `─` becomes `-` under ASCII. Files that GanZoo writes are UTF-8
everywhere; this concerns stdout and stderr alone.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from typing import Final

ERRORS: Final = "ganzoo.nearest"
"""Name of the error handler that writes the nearest ASCII."""

_ASCII: Final = "ganzoo_ascii"
"""ASCII by a name that click does not know: to a stream that calls itself ASCII it writes UTF-8."""

_UNKNOWN: Final = "?"

_NEAREST: Final = str.maketrans(
    {
        "µ": "u", "μ": "u", "·": "*", "×": "x", "±": "+-", "√": "sqrt", "→": "->", "←": "<-", "ß": "ss",
        "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "−": "-", "–": "-", "—": "-", "‘": "'", "’": "'",
        "“": '"', "”": '"', "«": '"', "»": '"', "•": "*", "✓": "v", "✗": "x",
    }
)  # fmt: skip
"""What neither the decomposition of a character nor its block in Unicode tells."""


def show_everything() -> None:
    """Makes stdout and stderr write the nearest ASCII for what their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=_ASCII if is_ascii else stream.encoding, errors=ERRORS)


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    # A byte of a file's name that is no text has been read as one of these; it is written as it was.
    if all("\udc80" <= character <= "\udcff" for character in lacking):
        return bytes(ord(character) - 0xDC00 for character in lacking), error.end
    return "".join(map(nearest, lacking)), error.end


def nearest(character: str) -> str:
    """The ASCII that looks or reads most like a character; `?` where none does."""
    if (known := character.translate(_NEAREST)).isascii():
        return known
    if "─" <= character <= "╿":  # box drawing
        if character in "─━┄┅┈┉╌╍═╴╶╸╺╼╾":
            return "-"
        return "|" if character in "│┃┆┇┊┋╎╏║╵╷╹╻╽╿" else "+"
    if "▀" <= character <= "▟":  # block elements
        return " " if character in "▏▁" else "#"
    if "⠀" <= character <= "⣿":  # Braille, of which spinners are made
        return "."
    decomposed = unicodedata.normalize("NFKD", character)
    if unicodedata.combining(character):
        return ""
    return "".join(part for part in decomposed if part.isascii()) or _UNKNOWN


def _find_ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    ascii_codec = codecs.lookup("ascii")
    return codecs.CodecInfo(
        name=_ASCII,
        encode=ascii_codec.encode,
        decode=ascii_codec.decode,
        streamreader=ascii_codec.streamreader,
        streamwriter=ascii_codec.streamwriter,
        incrementalencoder=ascii_codec.incrementalencoder,
        incrementaldecoder=ascii_codec.incrementaldecoder,
    )


codecs.register_error(ERRORS, _replaced)
codecs.register(_find_ascii)
