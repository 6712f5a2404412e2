"""The checks of every plugin, whatever its kind: what it says of itself, its settings, its import."""

from __future__ import annotations

import ast
import dataclasses
import json
from typing import Any, Final

from ganzoo.plugins import discovery
from ganzoo.plugins.card import Card, card_of_class, read_card
from ganzoo.plugins.kinds import Kind
from ganzoo.plugins.loading import interface_of
from ganzoo.plugins.setting import COMPUTED
from ganzoo.plugins.source import SourceError
from ganzoo.settings.values import parse_value
from ganzoo.testing.checks import Check, Failure, Subject, check, require


def _kind(subject: Subject) -> Kind:
    return discovery.kinds()[subject.plugin.kind]


def _written_card(subject: Subject) -> Card:
    """The card as the source text has it, even where the class itself is at hand."""
    if subject.plugin.loaded is None:
        return discovery.card(subject.plugin)
    return read_card(subject.cls.__module__, subject.cls.__name__, _kind(subject))


def _has_no_text(subject: Subject) -> str | None:
    if subject.plugin.loaded is None:
        return None
    try:
        _written_card(subject)
    except SourceError as error:
        return f"the class was handed over, and {error}"
    return None


@check(
    why="Listing, help and the check of settings read the source text and import nothing. Where the text "
    "says something else than the class, people are shown settings that don't exist.",
    remedy="Write ganzoo_api, Config and the attributes in the class's own body, as literals or names of "
    "literals, and change none of them afterwards.",
    unless=_has_no_text,
)
def card_agrees_with_class(subject: Subject) -> None:
    try:
        written = _written_card(subject)
    except SourceError as error:
        raise Failure(f"the source text doesn't tell: {error}") from None
    actual = card_of_class(subject.cls, _kind(subject))
    for what in ("summary", "documentation", "api"):
        _compare(what, getattr(written, what), getattr(actual, what))
    _compare("settings", written.setting_names(), actual.setting_names())
    for mine, theirs in zip(written.settings, actual.settings, strict=True):
        _compare(f"type of {mine.name}", _annotation(mine.annotation), _annotation(theirs.annotation))
    defaults = {field.name: field.default for field in _fields(subject.cls)}
    for setting in written.settings:
        _compare_default(setting.name, setting.default, defaults[setting.name])
    interface = interface_of(subject.plugin.kind)
    for name in _kind(subject).attributes:
        if hasattr(interface, name):
            said = written.attributes.get(name, getattr(interface, name))
            _compare(name, said, getattr(subject.cls, name))


def _compare(what: str, written: object, actual: object) -> None:
    require(written == actual, f"{what}: the text says {written!r}, the class {actual!r}")


def _compare_default(name: str, written: str | None, actual: object) -> None:
    if written is None:
        require(actual is dataclasses.MISSING, f"{name}: the text has no default, the class {actual!r}")
        return
    if written == COMPUTED:
        return  # a default that a function makes; the listing says so
    try:
        value = ast.literal_eval(written)
    except (ValueError, TypeError, SyntaxError):
        return  # an expression such as 2**10 is shown as it is written
    _compare(f"default of {name}", value, actual)


def _annotation(text: str) -> str:
    """A type in one spelling, however it is quoted and whether `typing` is named."""
    return ast.unparse(ast.parse(text.strip("'\"").replace("typing.", ""), mode="eval"))


def _fields(cls: type) -> tuple[dataclasses.Field[Any], ...]:
    made = getattr(cls, "Config", None)
    return dataclasses.fields(made) if made is not None and dataclasses.is_dataclass(made) else ()


@check(
    why="The first line of the docstring is all that a listing shows, and the text below a setting all "
    "that anybody learns of it without reading the code.",
    remedy="Give the class a docstring, and every field of its Config a string on the line below.",
    unless=_has_no_text,
)
def says_what_it_is(subject: Subject) -> None:
    try:
        written = _written_card(subject)
    except SourceError:
        return  # said by card-agrees-with-class
    require(bool(written.summary), "the class has no docstring")
    silent = [setting.name for setting in written.settings if not setting.documentation]
    require(not silent, f"settings without a word about them: {', '.join(silent)}")


@check(
    why="A run writes its settings to config.json and is replayed and resumed from there. A setting that "
    "comes back as something else trains another network.",
    remedy="Use the types bool, int, float, str, Literal, tuple[X, ...] and unions with None, with a "
    "default of that type, in a dataclass that compares by value.",
)
def configuration_round_trips(subject: Subject) -> None:
    settings = subject.config
    fields = {field.name for field in _fields(subject.cls)}
    values = {}
    for setting in card_of_class(subject.cls, _kind(subject)).settings:
        require(setting.name in fields, f"{setting.name} is no field of a dataclass")
        before = getattr(settings, setting.name)
        key = f"{subject.plugin.kind}.{setting.name}"
        after = parse_value(key, setting.annotation, json.loads(json.dumps(before)))
        require(before == after, f"{key} is {before!r} and comes back from JSON as {after!r}")
        values[setting.name] = after
    if fields:
        require(type(settings)(**values) == settings, "the Config made of its own values is another")


@check(
    why="Commands print data to stdout, and every result depends on the state of torch: a plugin that "
    "touches either when imported spoils the work of others.",
    remedy="Let the module define things and do nothing else: no print, no seeds, no torch.set_..., no "
    "threads.",
    unless=lambda subject: None if subject.imported else "its module can't be imported a second time",
)
def import_has_no_side_effects(subject: Subject) -> None:
    assert subject.imported is not None
    printed, changed = subject.imported.printed, subject.imported.changed
    require(not printed, f"importing it prints {printed[:80]!r}")
    require(not changed, f"importing it changes {', '.join(changed)}")


EVERY: Final[tuple[Check[Any], ...]] = (
    import_has_no_side_effects,
    card_agrees_with_class,
    says_what_it_is,
    configuration_round_trips,
)
