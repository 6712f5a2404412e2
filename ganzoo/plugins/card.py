"""Cards: what can be known of a plugin class from its source text, without importing it.

Listing, help, completion and the checking of settings read cards, so that they run no third-party code and
never import torch. A `Config` may inherit. Where the text doesn't tell, reading raises `SourceError` and the
class itself is asked once it has been imported (`card_of_class`).
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ganzoo.plugins.kinds import Kind
from ganzoo.plugins.reading import Literals, assignments, definition, literal
from ganzoo.plugins.setting import COMPUTED, Setting, settings_of_class
from ganzoo.plugins.source import ClassNotFoundError, SourceError, SourceText
from ganzoo.text import printable, printable_lines

SIDE_BOUNDS: Final = ("least", "multiple", "most")
"""What a model may say of the heights and widths that it draws."""

IMAGE_SHAPE: Final = ("channels", "height", "width")
"""What a data set says of its images, where it says how large they are."""

PUBLISHED_WITH: Final = (
    "source", "network", "optimiser", "images", "flips", "statistics", "checkpoint", "recipe",
)  # fmt: skip
"""What a published result depends on: all of it is said with the result."""


@dataclass(frozen=True)
class Card:
    """What a plugin class says of itself."""

    summary: str = ""
    documentation: str = ""
    api: int | None = None
    """`ganzoo_api` as declared in the class's own body; None where it isn't."""
    settings: tuple[Setting, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """`ganzoo_renamed`: former names of settings, to their present ones."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """The values of those attributes of its kind (`Kind.attributes`) that the class sets."""

    def setting_names(self) -> list[str]:
        """The names of the settings, in the order in which they are written."""
        return [setting.name for setting in self.settings]

    def draws(self, side: int) -> bool | None:
        """Whether a model draws images as high and wide as this many pixels; None where it doesn't say."""
        bounds = self.attributes.get("image_sides")
        if not bounds:
            return None
        is_within = bounds.get("least", 1) <= side <= bounds.get("most", side)
        return bool(is_within and side % bounds.get("multiple", 1) == 0)


def read_bases(origin: str, class_name: str) -> tuple[str, ...]:
    """Names of the classes that a class is written to inherit from, without their modules.

    Raises:
        SourceError: with the reason why the text doesn't tell.
    """
    found, _text = definition(class_name, SourceText.of(origin))
    return tuple(ast.unparse(base).rpartition(".")[2] for base in found.bases)


def read_card(origin: str, class_name: str, kind: Kind, path: tuple[str, ...] = ()) -> Card:
    """Reads the card of a class in an importable module, following re-exports, or in a `.py` file.

    Raises:
        SourceError: with the reason why the text doesn't tell.
    """
    found, text = definition(class_name, SourceText.of(origin, path))
    documentation = ast.get_docstring(found) or ""
    written, literals = assignments(found), Literals(text)
    api = written.get("ganzoo_api")
    settings = settings_of_class(found, text)
    renamed = written.get("ganzoo_renamed", ast.Dict([], []))
    return Card(
        summary=_summary(documentation),
        documentation=printable_lines(documentation),
        api=literal(api, "ganzoo_api") if api is not None else None,
        settings=settings,
        renamed=_checked_renaming(literals.read(renamed, "ganzoo_renamed"), settings),
        attributes=_checked(
            {name: literals.read(written[name], name) for name in kind.attributes if name in written}, kind
        ),
    )


def card_of_class(cls: type, kind: Kind) -> Card:
    """The card of a class that has been imported: complete, but it cost running the plugin's code.

    Raises:
        SourceError: an attribute has not the form that is asked for.
    """
    documentation = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    config = getattr(cls, "Config", None)
    fields = dataclasses.fields(config) if config is not None and dataclasses.is_dataclass(config) else ()
    settings = tuple(
        Setting(
            name=f.name,
            annotation=f.type if isinstance(f.type, str) else inspect.formatannotation(f.type),
            default=_default_of_field(f),
        )
        for f in fields
    )
    return Card(
        summary=_summary(documentation),
        documentation=printable_lines(documentation),
        api=cls.__dict__.get("ganzoo_api"),
        settings=settings,
        renamed=_checked_renaming(cls.__dict__.get("ganzoo_renamed", {}), settings),
        attributes=_checked(
            {name: getattr(cls, name) for name in kind.attributes if hasattr(cls, name)}, kind
        ),
    )


def _default_of_field(f: dataclasses.Field[Any]) -> str | None:
    if f.default is not dataclasses.MISSING:
        return repr(f.default)
    return None if f.default_factory is dataclasses.MISSING else COMPUTED


def declares_api(origin: str, class_name: str) -> bool:
    """Whether a class is written, in a module or a file, with a literal `ganzoo_api` in its own body.

    Raises:
        ClassNotFoundError: there is no such module, or it has no such class.
    """
    try:
        found, _text = definition(class_name, SourceText.of(origin))
        return literal(assignments(found)["ganzoo_api"], "ganzoo_api") is not None
    except ClassNotFoundError:
        raise
    except (SourceError, KeyError):
        return False


def _summary(documentation: str) -> str:
    """The first line of the first paragraph: what a listing prints."""
    first = documentation.strip().split("\n\n", 1)[0]
    return printable(first.split("\n", 1)[0] if first else "")


def _checked_renaming(renamed: Any, settings: Iterable[Setting]) -> Mapping[str, str]:
    """What a class says of former names, where it can be so.

    Raises:
        SourceError: it maps what are no texts, from a setting that there is, or to one that there isn't.
    """
    names = {setting.name for setting in settings}
    if (
        not isinstance(renamed, Mapping)
        or not all(isinstance(text, str) for pair in renamed.items() for text in pair)
        or names & renamed.keys()
        or not names.issuperset(renamed.values())
    ):
        raise SourceError("ganzoo_renamed must map former names of settings to settings of Config")
    return renamed


def _checked(attributes: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The attributes as they are, where each has the type that the kind asks for.

    Raises:
        SourceError: one has another.
    """
    for name, value in attributes.items():
        if not _is(value, ast.parse(kind.attributes[name], mode="eval").body):
            raise SourceError(f"{name} must be a {kind.attributes[name]}, written out")
    others = (settings for _purpose, settings in attributes.get("recipes", {}).values())
    for recipe in (attributes.get("recipe", {}), *others):
        if not all("." in key for key in recipe):
            raise SourceError("recipe must map 'section.key' to (value, source)")
    for measure, (_value, given) in attributes.get("published", {}).items():
        if set(given) != set(PUBLISHED_WITH):
            wrong = ", ".join(sorted(set(given) ^ set(PUBLISHED_WITH)))
            raise SourceError(
                f"published must say of {measure!r} each of {', '.join(PUBLISHED_WITH)}, and no more: {wrong}"
            )
    for key, bound in attributes.get("image_sides", {}).items():
        if key not in SIDE_BOUNDS or bound < 1:
            raise SourceError(
                f"image_sides must map some of {', '.join(SIDE_BOUNDS)} to whole numbers above 0"
            )
    shape = attributes.get("image_shape", {})
    if shape and (set(shape) != set(IMAGE_SHAPE) or min(shape.values()) < 1):
        raise SourceError(f"image_shape must map {', '.join(IMAGE_SHAPE)} to whole numbers above 0")
    return attributes


def _is(value: Any, annotation: ast.expr) -> bool:
    """Whether a value is of a type as `Kind.attributes` write it: `dict[str, tuple[float, str]]`."""
    match annotation:
        case ast.Name(id="Any"):
            return True
        case ast.Name(id="float"):
            return type(value) in (int, float)
        case ast.Name(id=name):
            return type(value).__name__ == name
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key_type, value_type])):
            return isinstance(value, Mapping) and all(
                _is(key, key_type) and _is(item, value_type) for key, item in value.items()
            )
        case ast.Subscript(
            value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item_type, ast.Constant(value=many)])
        ) if many is ...:
            return isinstance(value, tuple) and all(_is(item, item_type) for item in value)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=types)):
            return (
                isinstance(value, tuple)
                and len(value) == len(types)
                and all(_is(item, wanted) for item, wanted in zip(value, types, strict=True))
            )
    raise SourceError(f"the kind's type {ast.unparse(annotation)!r} is not understood")
