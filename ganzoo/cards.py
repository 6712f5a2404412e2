"""Cards: what can be known of a plugin class from its source text, without importing it.

A card is read with `ast`, so that listing, help, completion and the checking of settings run no
third-party code and never import torch. Names are followed through `from ... import ...`: a `Config`
may inherit, and an attribute may be a literal that several classes share. Where the text doesn't tell,
reading raises `CardError` with the reason and the class itself is asked once it has been imported
(`card_of_class`).
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.machinery
import inspect
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

SUMMARY_LENGTH: Final = 200
"""Characters of a summary that are kept; what a stranger's package says must not flood a terminal."""

LITERAL_ATTRIBUTES: Final = (
    "conditional",
    "components",
    "recipe",
    "image_sides",
    "published",
    "standard_inception",
    "self_contained",
)
"""Class attributes of a model or a feature extractor that the core reads; they are written out."""

SIDE_BOUNDS: Final = ("least", "multiple", "most")
"""What a model may say of the heights and widths that it draws."""

DOCUMENTATION_LENGTH: Final = 20_000
"""Characters of a docstring that are kept."""

SOURCE_LENGTH: Final = 2_000_000
"""Characters of source text that are read as Python; parsing takes hundreds of bytes for each."""

COMPUTED: Final = "…"
"""Stands for a default that a function computes."""

_MOST_STEPS: Final = 8
"""From module to module, and from a class to its base."""

_MOST_NAMES: Final = 100
"""Names that the attributes of one class may be written with; each may stand for a literal with more."""


class CardError(Exception):
    """The source text doesn't tell what a card needs; the message is the reason.

    A message may quote the text it is about, so it is made fit for a terminal.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason, 5 * SUMMARY_LENGTH))


class ClassNotFoundError(CardError):
    """There is no such module, or it has no such class."""


@dataclass(frozen=True)
class Parameter:
    """One setting of a plugin: a field of its `Config`."""

    name: str
    annotation: str
    """The type as written, for instance `int | None`."""
    default: str | None
    """The default as written, or None where the setting is required."""
    documentation: str = ""


@dataclass(frozen=True)
class Card:
    """What a plugin class says of itself."""

    summary: str = ""
    documentation: str = ""
    api: int | None = None
    """`ganzoo_api` as declared in the class's own body; None where it isn't."""
    parameters: tuple[Parameter, ...] = ()
    bases: tuple[str, ...] = ()
    """Names of the classes it is written to inherit from, without their modules."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """The values of `LITERAL_ATTRIBUTES` that the class sets."""

    def parameter_names(self) -> list[str]:
        """The names of the settings, in the order in which they are written."""
        return [parameter.name for parameter in self.parameters]

    def draws(self, side: int) -> bool | None:
        """Whether a model draws images as high and wide as this many pixels; None where it doesn't say."""
        bounds = self.attributes.get("image_sides")
        if not bounds:
            return None
        is_within = bounds.get("least", 1) <= side <= bounds.get("most", side)
        return bool(is_within and side % bounds.get("multiple", 1) == 0)


def printable(text: str, length: int = SUMMARY_LENGTH) -> str:
    """One line of text with no control characters, at most `length` long."""
    line = " ".join(_without_control_characters(text[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _printable_lines(text: str) -> str:
    """Text without control characters, save for line breaks, at most `DOCUMENTATION_LENGTH` long."""
    if len(text) > DOCUMENTATION_LENGTH:
        text = text[: DOCUMENTATION_LENGTH - 1] + "…"
    return "\n".join(_without_control_characters(line) for line in text.split("\n"))


def _without_control_characters(line: str) -> str:
    return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)


def module_source(module: str) -> str:
    """The source text of an importable module, found without importing it or its parents.

    Raises:
        CardError: there is no such module, or it has no source text.
    """
    get_source = getattr(_locate(module).loader, "get_source", None)
    try:
        source = get_source(module) if get_source else None
    except Exception as error:  # loaders are other people's, too
        raise CardError(f"the source of {module!r} can't be read: {error}") from None
    if source is None:
        raise CardError(f"{module!r} has no Python source text")
    return str(source)


def _locate(module: str) -> importlib.machinery.ModuleSpec:
    """`importlib.util.find_spec`, but without importing the parents of a submodule."""
    search: list[str] | None = None
    parts = module.split(".")
    for depth in range(1, len(parts)):
        parent = ".".join(parts[:depth])
        search = _require_spec(parent, search).submodule_search_locations
        if search is None:
            raise ClassNotFoundError(f"{parent!r} is a module, not a package")
        search = list(search)
    return _require_spec(module, search)


def _require_spec(name: str, search: list[str] | None) -> importlib.machinery.ModuleSpec:
    spec = _find_spec(name, search)
    if spec is None:
        raise ClassNotFoundError(f"there is no module {name!r}")
    return spec


def _find_spec(name: str, search: list[str] | None) -> importlib.machinery.ModuleSpec | None:
    """`importlib.util.find_spec`, but for submodules without importing their parents."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec: importlib.machinery.ModuleSpec | None = find(name, search) if find else None
        except KeyError:
            spec = _namespace_spec(name, search or [])
        except Exception:  # finders are other people's, and can't be asked without running them
            spec = None
        if spec is not None:
            return spec
    return None


def _namespace_spec(name: str, search: list[str]) -> importlib.machinery.ModuleSpec:
    """The namespace package `name` inside another: `PathFinder` would look its parent up in `sys.modules`."""
    spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
    folders = [Path(folder, name.rpartition(".")[2]) for folder in search]
    spec.submodule_search_locations = [str(folder) for folder in folders if folder.is_dir()]
    return spec


@dataclass(frozen=True)
class _Text:
    """A file's text, in which names mean something."""

    tree: ast.Module
    origin: str
    """The module or the file."""
    is_file: bool = False

    @classmethod
    def of_module(cls, module: str) -> Self:
        return cls(_parse(module_source(module), module), module)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        try:
            source = path.read_bytes()
        except OSError as error:
            raise CardError(f"{path} can't be read: {error}") from None
        return cls(_parse(source, str(path)), str(path), is_file=True)

    @classmethod
    def of(cls, origin: str) -> Self:
        return cls.of_file(Path(origin)) if origin.endswith(".py") else cls.of_module(origin)


def read_card(origin: str, class_name: str) -> Card:
    """Reads the card of a class in an importable module, following re-exports, or in a `.py` file.

    Raises:
        CardError: with the reason why the text doesn't tell.
    """
    return _card_of(*_definition(class_name, _Text.of(origin)))


def declares_api(origin: str, class_name: str) -> bool:
    """Whether a class is written, in a module or a file, with a literal `ganzoo_api` in its own body.

    Raises:
        ClassNotFoundError: there is no such module, or it has no such class.
    """
    try:
        definition, _text = _definition(class_name, _Text.of(origin))
        return _literal(_assignments(definition)["ganzoo_api"], "ganzoo_api") is not None
    except ClassNotFoundError:
        raise
    except (CardError, KeyError):
        return False


def _definition(name: str, text: _Text) -> tuple[ast.ClassDef, _Text]:
    """The class that a name at the top of a text stands for."""
    node, where = _resolve(name, text)
    if not isinstance(node, ast.ClassDef):
        raise CardError(f"{name!r} is not written as a class at the top of {where.origin!r}")
    return node, where


def _resolve(name: str, text: _Text) -> tuple[ast.ClassDef | ast.expr, _Text]:
    """The class or the value that a name at the top of a text stands for, followed through imports."""
    for _ in range(_MOST_STEPS):
        node = _find_class(text.tree, name) or _assignments(text.tree).get(name)
        if node is not None:
            return node, text
        for alias, (module, original) in _imported_names(text):
            if alias == name:
                text, name = _Text.of_module(module), original
                break
        else:
            raise _not_written(text, name)
    raise CardError(f"{name!r} is re-exported more than {_MOST_STEPS} times")


def read_settings(module: str, class_name: str) -> tuple[Parameter, ...]:
    """The fields of a settings dataclass that is no plugin's `Config`, such as training's own."""
    definition, _text = _definition(class_name, _Text.of_module(module))
    return tuple(_parameters(definition))


def card_of_class(cls: type) -> Card:
    """The card of a class that has been imported: complete, but it cost running the plugin's code.

    Raises:
        CardError: an attribute has not the form that is asked for.
    """
    documentation = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    config = getattr(cls, "Config", None)
    fields = dataclasses.fields(config) if config is not None and dataclasses.is_dataclass(config) else ()
    return Card(
        summary=_summary(documentation),
        documentation=_printable_lines(documentation),
        api=cls.__dict__.get("ganzoo_api"),
        parameters=tuple(
            Parameter(
                name=f.name,
                annotation=f.type if isinstance(f.type, str) else inspect.formatannotation(f.type),
                default=_default_of_field(f),
            )
            for f in fields
        ),
        bases=tuple(base.__name__ for base in cls.__mro__[1:]),
        attributes=_checked({name: getattr(cls, name) for name in LITERAL_ATTRIBUTES if hasattr(cls, name)}),
    )


def _default_of_field(f: dataclasses.Field[Any]) -> str | None:
    if f.default is not dataclasses.MISSING:
        return repr(f.default)
    return None if f.default_factory is dataclasses.MISSING else COMPUTED


def _parse(source: str | bytes, origin: str) -> ast.Module:
    if len(source) > SOURCE_LENGTH:
        raise CardError(f"{origin!r} is longer than {SOURCE_LENGTH:,} characters")
    try:
        with warnings.catch_warnings():
            # A doubtful escape sequence in a stranger's file is not the business of whoever lists it.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CardError(f"{origin!r} is not valid Python: {error}") from None


def _find_class(within: ast.Module | ast.ClassDef, name: str) -> ast.ClassDef | None:
    for node in within.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    return None


def _not_written(text: _Text, name: str) -> CardError:
    """Why there is no class to read: running the module may still make one, or there is none at all."""
    if _may_make(text.tree, name):
        return CardError(f"{name!r} is not written as a class at the top of {text.origin!r}")
    return ClassNotFoundError(f"{text.origin!r} defines no class {name!r} in its source text")


def _may_make(tree: ast.Module, name: str) -> bool:
    if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        return True
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=made) | ast.Name(id=made) if made == name:
                return True
            case ast.alias(name=imported, asname=alias) if (alias or imported) in (name, "*"):
                return True
    return False


def _imported_names(text: _Text) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields `alias, (module, name)` for every `from ... import ...` at the top of a text."""
    for node in text.tree.body:
        if not isinstance(node, ast.ImportFrom) or (node.level and text.is_file):
            continue
        base = node.module or ""
        if node.level:
            # In a package's __init__ one dot is the package itself; in a module it is its parent.
            is_package = _locate(text.origin).submodule_search_locations is not None
            parents = text.origin.split(".")
            keep = len(parents) - node.level + (1 if is_package else 0)
            base = ".".join([*parents[: max(keep, 0)], *([base] if base else [])])
        for name in node.names:
            yield name.asname or name.name, (base, name.name)


def _card_of(definition: ast.ClassDef, text: _Text) -> Card:
    documentation = ast.get_docstring(definition) or ""
    attributes, literals = _assignments(definition), _Literals(text)
    api = attributes.get("ganzoo_api")
    return Card(
        summary=_summary(documentation),
        documentation=_printable_lines(documentation),
        api=_literal(api, "ganzoo_api") if api is not None else None,
        parameters=tuple(_fields(_config_class(definition, text)).values()),
        bases=tuple(ast.unparse(base).rpartition(".")[2] for base in definition.bases),
        attributes=_checked(
            {name: literals.read(attributes[name], name) for name in LITERAL_ATTRIBUTES if name in attributes}
        ),
    )


def _checked(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes as they are, where they have the form that `ganzoo.interfaces.Model` asks for."""
    for slot, plugin in _mapping(attributes, "components").items():
        if not isinstance(slot, str) or not isinstance(plugin, str):
            raise CardError("components must map a slot to the name of a plugin")
    for key, entry in _mapping(attributes, "recipe").items():
        is_pair = isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[1], str)
        if not isinstance(key, str) or "." not in key or not is_pair:
            raise CardError("recipe must map 'section.key' to (value, source)")
    for key, bound in _mapping(attributes, "image_sides").items():
        if key not in SIDE_BOUNDS or type(bound) is not int or bound < 1:
            raise CardError(f"image_sides must map some of {', '.join(SIDE_BOUNDS)} to whole numbers above 0")
    for result, entry in _mapping(attributes, "published").items():
        is_pair = isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[1], str)
        if not isinstance(result, str) or not is_pair or type(entry[0]) not in (int, float):
            raise CardError("published must map what was measured to (number, source)")
    return attributes


def _mapping(attributes: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    value = attributes.get(name, {})
    if not isinstance(value, Mapping):
        raise CardError(f"{name} must be a dictionary")
    return value


def _summary(documentation: str) -> str:
    """The first paragraph's first sentence-like line: what a listing prints."""
    first = documentation.strip().split("\n\n", 1)[0]
    return printable(first.split("\n", 1)[0] if first else "")


def _assignments(definition: ast.ClassDef | ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in definition.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


def _literal(node: ast.expr, name: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise CardError(f"{name} is computed, not written as a literal") from None


class _Literals:
    """Reads literals in which names may stand for other literals, of the same text or imported."""

    def __init__(self, text: _Text) -> None:
        self._text = text
        self._names_left = _MOST_NAMES

    def read(self, node: ast.expr, name: str) -> Any:
        """The value of an expression, the attribute `name`."""
        try:
            return self._value(node)
        except (CardError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise CardError(f"{name} is computed, not written as a literal") from None

    def _value(self, node: ast.expr | ast.ClassDef) -> Any:
        match node:
            case ast.Name(id=name):
                return self._value_of_name(name)
            case ast.Dict(keys=keys, values=values):
                made: dict[Any, Any] = {}
                for key, value in zip(keys, values, strict=True):
                    read = self._value(value)
                    made |= {**read} if key is None else {self._value(key): read}
                return made
            case ast.Tuple(elts=elements):
                return tuple(map(self._value, elements))
            case _:
                return ast.literal_eval(node)

    def _value_of_name(self, name: str) -> Any:
        if not self._names_left:
            raise CardError(f"more than {_MOST_NAMES} names")
        self._names_left -= 1
        outside = self._text
        node, self._text = _resolve(name, outside)
        try:
            return self._value(node)
        finally:
            self._text = outside


@dataclass(frozen=True)
class _Config:
    """A `Config` as written, and where its names mean something."""

    definition: ast.ClassDef
    text: _Text
    plugin: ast.ClassDef | None = None
    """The class that it is nested in, whose body has names too."""


def _config_class(definition: ast.ClassDef, text: _Text) -> _Config | None:
    """The nested `Config`, or the class that `Config = Name` points at."""
    nested = _find_class(definition, "Config")
    if nested is not None:
        return _Config(nested, text, definition)
    assigned = _assignments(definition).get("Config")
    if assigned is None:
        return None
    if not isinstance(assigned, ast.Name):
        raise CardError("Config is computed, not written as a class")
    try:
        return _config_named(assigned.id, text, definition)
    except CardError as error:
        raise CardError(f"Config is {assigned.id}, and {error}") from None


def _config_named(name: str, text: _Text, plugin: ast.ClassDef | None) -> _Config:
    """What a name in the body of a plugin stands for: a class nested there, or one at the top of the text."""
    nested = _find_class(plugin, name) if plugin else None
    return _Config(*_definition(name, text)) if nested is None else _Config(nested, text, plugin)


def _fields(config: _Config | None, depth: int = 0) -> dict[str, Parameter]:
    """The fields of a `Config` by name: those it inherits first, as a dataclass has them."""
    if config is None:
        return {}
    own = {parameter.name: parameter for parameter in _parameters(config.definition)}
    bases = config.definition.bases
    if not bases:
        return own
    source = _source_of(bases[0])
    if len(bases) > 1 or depth == _MOST_STEPS:
        raise CardError(f"Config inherits from {source} and more than is followed")
    base = _base_of(config, bases[0])
    if base is None or not any(map(_makes_a_dataclass, base.definition.decorator_list)):
        raise CardError(f"Config inherits from {source}, which is not written as a dataclass")
    return _fields(base, depth + 1) | own


def _base_of(config: _Config, base: ast.expr) -> _Config | None:
    """The class that a `Config` inherits from; None where the text doesn't tell."""
    try:
        match base:
            case ast.Name(id=name):
                return _config_named(name, config.text, config.plugin)
            case ast.Attribute(value=ast.Name(id=name), attr="Config"):
                return _config_class(*_definition(name, config.text))
    except CardError:
        pass
    return None


def _makes_a_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _source_of(called) in ("dataclass", "dataclasses.dataclass")


def _parameters(config: ast.ClassDef) -> Iterator[Parameter]:
    """The fields that a class has in its own body."""
    for index, node in enumerate(config.body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        annotation = _source_of(node.annotation).strip("'\"")
        if not re.match(r"(typing\.)?ClassVar\b", annotation):
            yield Parameter(
                name=node.target.id,
                annotation=annotation,
                default=None if node.value is None else _default_text(node.value),
                documentation=_documentation_after(config.body, index),
            )


def _source_of(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError) as error:
        raise CardError(f"Config can't be read: {error}") from None


def _default_text(node: ast.expr) -> str | None:
    """The default as a person would type it; `field(default=3)` is 3, and None means there is none."""
    if not isinstance(node, ast.Call) or _source_of(node.func) not in ("field", "dataclasses.field"):
        return _source_of(node)
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "default" in given:
        return _source_of(given["default"])
    return COMPUTED if "default_factory" in given else None


def _documentation_after(body: list[ast.stmt], index: int) -> str:
    following = body[index + 1] if index + 1 < len(body) else None
    if (
        isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    ):
        return " ".join(_printable_lines(following.value.value).split())
    return ""
