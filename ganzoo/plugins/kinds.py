"""Kinds of plugin: what each is for, and everything that the core derives from it.

A kind is declared by one class whose attributes are literals, in the file that also holds its conformance
checks. The files of the core's own kinds are in `ganzoo/kinds/`; a third party's distribution names its class
in the entry-point group `ganzoo.kinds`, under the name of the kind. Both are read as text.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, Literal, get_args

from ganzoo.plugins.api import api_problem
from ganzoo.plugins.reading import Literals, assignments, definition
from ganzoo.plugins.source import SourceError, SourceText, locate
from ganzoo.text import printable

GROUP: Final = "ganzoo.kinds"
"""Entry-point group in which a distribution declares kinds of its own."""

RESERVED_NAMES: Final = ("features", "run", "schema", "training")
"""Keys of configurations that no kind may be called after."""

RESERVED_OPTIONS: Final = (
    "as-json", "assignments", "batch-size", "checkpoint-every", "compile", "config", "config-file",
    "data-dir", "device", "dry-run", "epochs", "evaluate-every", "freeze", "help", "init-from", "json",
    "learning-rate", "max-steps", "observer", "out", "precision", "recipe", "resume", "sample-every",
    "seed", "set", "settings", "stop-on-collapse",
)  # fmt: skip
"""Options of `ganzoo train` and arguments of `ganzoo.train` that a kind's own would hide."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")

Role = Literal["model", "component", "required", "optional", "several", "none"]
"""What a plugin of the kind is to a training:

- `model`: the model itself;
- `component`: it fills the slot of a model that is named for the kind;
- `required`: every training has one;
- `optional`: a training may have one, or none;
- `several`: a training may have any number; they follow it, and change nothing;
- `none`: it has no part in a training.
"""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a plugin is, and all that is needed to list, choose, import, check and write one."""

    name: str
    purpose: str
    """In a few words, for listings: the first line of the declaring class's docstring."""
    group: str
    """Entry-point group in which distributions announce plugins of this kind."""
    interface: str
    """`module:Class` of the abstract class that plugins of this kind implement."""
    checks: str
    """`module:NAME` of the conformance suite."""
    other_interfaces: tuple[str, ...] = ()
    """Abstract classes of the same module that derive from the interface; a plugin may implement one."""
    role: Role = "none"
    option: str = ""
    """Help of the option `--NAME` of `ganzoo train`; the model is an argument."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Class attributes that the core reads, to their types: `{"conditional": "bool"}`."""
    template: str = ""
    """File beside the declaration that `ganzoo new` makes a plugin of; empty where there is none."""
    template_use: str = ""
    """A command that uses the new plugin, after `ganzoo` and with `$name` for its name."""
    position: int = 100
    """Where the kind stands in listings; the smallest is first."""
    directory: Path = Path()
    """Where the declaration lies."""
    distribution: str | None = None
    """Who declares it; None for the core's own."""

    @property
    def interface_names(self) -> tuple[str, ...]:
        """The names of the abstract classes without their module."""
        return (self.interface.rpartition(":")[2], *self.other_interfaces)


@functools.cache
def own_kinds() -> tuple[Kind, ...]:
    """The core's own kinds."""
    folder = Path(__file__).parent.parent / "kinds"
    files = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return tuple(read_kind(path.stem.replace("_", "-"), str(path)) for path in files)


def read_kind(
    name: str,
    origin: str,
    class_name: str | None = None,
    distribution: str | None = None,
    path: tuple[str, ...] = (),
) -> Kind:
    """Reads the declaration of a kind.

    Args:
        name: what it is called, such as `feature-extractor`.
        origin: an importable module, or a `.py` file.
        class_name: the declaring class; None for the name in camel case, and `Kind`: `FeatureExtractorKind`.
        distribution: who declares it; None for the core.
        path: folders that the module lies in where it is not installed.

    Raises:
        SourceError: the declaration can't be read, or is not one; the message is the reason.
    """
    usual = "".join(word.capitalize() for word in name.split("-")) + "Kind"
    declaration, text = definition(class_name or usual, SourceText.of(origin, path))
    written, literals = assignments(declaration), Literals(text)
    given = {key: literals.read(written[key], key) for key in _DECLARED if key in written}
    missing = [key for key in _REQUIRED if key not in given]
    if missing:
        raise SourceError(f"the kind {name!r} does not say its {', '.join(missing)}")
    api = api_problem(literals.read(written["ganzoo_api"], "ganzoo_api") if "ganzoo_api" in written else None)
    if api:
        raise SourceError(f"the kind {name!r} can't be used: {api}")
    kind = Kind(
        name=name,
        purpose=_purpose(ast.get_docstring(declaration) or ""),
        directory=Path(text.origin if text.is_file else str(locate(text.origin, text.path).origin)).parent,
        distribution=distribution,
        **given,
    )
    problem = _problem(kind)
    if problem:
        raise SourceError(f"the kind {name!r} can't be used: {problem}")
    return kind


_DECLARED: Final = tuple(
    f.name for f in fields(Kind) if f.name not in ("name", "purpose", "directory", "distribution")
)
_REQUIRED: Final = ("group", "interface", "checks")


def _purpose(documentation: str) -> str:
    """The first line of a docstring as it stands in the middle of a line."""
    line = printable(documentation.partition("\n")[0].rstrip("."))
    return line[:1].lower() + line[1:]


def _problem(kind: Kind) -> str | None:
    """What is wrong with a declaration, in words."""
    texts = (kind.group, kind.interface, kind.checks, kind.option, kind.template, kind.template_use)
    if not all(isinstance(text, str) for text in texts) or type(kind.position) is not int:
        return "what should be text is not, or its position is no whole number"
    for target in (kind.interface, kind.checks):
        module, _, name = target.rpartition(":")
        if not module or not name.isidentifier():
            return f"{target!r} is not 'module:Name'"
    others = kind.other_interfaces
    if not isinstance(others, tuple) or not all(
        isinstance(name, str) and name.isidentifier() for name in others
    ):
        return f"its other_interfaces are {others!r}, no tuple of names"
    if not isinstance(kind.attributes, Mapping) or not all(
        isinstance(text, str) for item in kind.attributes.items() for text in item
    ):
        return "its attributes do not map names to types"
    for text in kind.attributes.values():
        try:
            ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return f"its attributes have the type {text!r}, which is not valid Python"
    roles = ("component", "none") if kind.distribution else get_args(Role)
    if kind.role not in roles:
        return f"its role is {kind.role!r}, not one of {', '.join(roles)}"
    if kind.name in RESERVED_NAMES:
        return f"{kind.name!r} is a section of its own"
    return _problem_of_third_party(kind) if kind.distribution else None


def _problem_of_third_party(kind: Kind) -> str | None:
    """What would break commands that know nothing of this kind, in words."""
    if not _NAME.fullmatch(kind.name):
        return "its name is not lower-case words joined by '-' or '_', the first beginning with a letter"
    if kind.name.replace("_", "-") in RESERVED_OPTIONS:
        return f"--{kind.name} is an option of ganzoo train already"
    for other in own_kinds():
        for name, text in other.attributes.items():
            if kind.attributes.get(name, text) != text:
                return f"its attribute {name!r} is a {kind.attributes[name]}, and elsewhere a {text}"
    return None
