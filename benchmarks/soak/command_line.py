"""The command line called inside this process, and what may not come of it."""

from __future__ import annotations

import contextlib
import io
import json
import traceback
import warnings
from dataclasses import dataclass

from ganzoo.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None
    """None where it raised something else than an exit."""
    out: str
    err: str

    def fault(self, codes: tuple[int, ...]) -> str | None:
        """What was promised otherwise; None where all is well."""
        if self.code is None or "Traceback" in self.err:
            return f"a traceback: {self.err[-1500:]}"
        if self.code not in codes:
            return f"exit code {self.code}: {self.err[-300:]}"
        if self.code and "rror: " not in self.err:
            return f"exit code {self.code} without a word"
        return None


def run_command(*arguments: object) -> Ended:
    """Calls `ganzoo ARGUMENTS...`; a warning of Python's is an error."""
    out, err = io.StringIO(), io.StringIO()
    code: int | None = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 0
        except Exception:
            err.write(traceback.format_exc())
    return Ended(code, out.getvalue(), err.getvalue())


def json_fault(text: str) -> str | None:
    """What is wrong with a text that should be JSON: NaN and Infinity are no words of it."""
    strangers: list[str] = []
    try:
        json.loads(text, parse_constant=strangers.append)
    except ValueError as error:
        return f"no JSON: {error}"
    return f"{', '.join(strangers)} in JSON" if strangers else None
