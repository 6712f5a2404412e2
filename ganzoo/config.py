"""Configuration: every setting of a run, from the defaults up to `--set`, checked before torch is imported.

A configuration is a table of sections. `model`, `objective`, `dataset` and one section for each slot
of the model name a plugin and hold its settings; so do `regularisation` and `augmentation`, whose name
may also be "none". `training` holds the settings of training itself.
Written as TOML or JSON:

    [model]
    name = "dcgan"
    latent_dim = 100
    [upsampling]
    name = "resize-conv"
    [training]
    batch_size = 64

Later sources win: the class's defaults, the model's recipe, the `--config` file, options such as
`--upsampling`, `--set section.key=value`. A source that fills a section with another plugin drops
what earlier sources set there: a kernel size meant for one upsampling says nothing of the next.
"""

from __future__ import annotations

import ast
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ganzoo import registry
from ganzoo.cards import Card, CardError, Parameter, card_of_class, read_settings
from ganzoo.errors import PluginError, UsageError, near_matches
from ganzoo.registry import Plugin

NAME: Final = "name"
"""The key of a section that names its plugin; no setting may be called so."""

TRAINING: Final = "training"
"""The section that belongs to no plugin."""

OPTIONAL_SECTIONS: Final = ("regularisation", "augmentation")
"""The sections of a training that need no plugin."""

NONE: Final = "none"
"""What names no plugin in an optional section, where the model's recipe would name one."""

TRAINING_SECTIONS: Final = ("objective", "dataset", *OPTIONAL_SECTIONS, TRAINING)
"""The sections that only a training has; the networks can be built without them."""


@dataclass(frozen=True)
class Section:
    """One part of a configuration."""

    plugin: Plugin | None
    """None for `training`, and for an optional section that names none."""
    settings: Mapping[str, Any]
    """The settings that differ from the class's own defaults, each of its field's type."""


@dataclass(frozen=True)
class Configuration:
    """A checked configuration; `training` may be empty where nothing is trained."""

    sections: Mapping[str, Section]
    slots: tuple[str, ...] = field(default=())
    """The sections that fill a slot of the model."""

    def plugin(self, section: str) -> Plugin:
        """The plugin that a section names."""
        plugin = self.sections[section].plugin
        assert plugin is not None, f"section {section} names no plugin"
        return plugin

    def to_json(self) -> dict[str, dict[str, Any]]:
        """The configuration as `parse_file` reads it back, with full names."""
        return {
            name: ({} if name == TRAINING else {NAME: section.plugin.full_name if section.plugin else NONE})
            | dict(section.settings)
            for name, section in self.sections.items()
        }


Flat = Mapping[str, Any]
"""`"section.key"` to value; values are text or already typed."""


def parse_file(path: Path) -> dict[str, Any]:
    """Reads a TOML or JSON configuration into `"section.key": value`.

    Raises:
        UsageError: the file can't be read, is not valid, or is not a table of sections.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tables = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration {path} can't be read: {error}") from None
    except (ValueError, RecursionError) as error:  # of syntax, or of a number or nesting beyond measure
        raise UsageError(f"the configuration {path} is not valid: {error}") from None
    try:
        return flatten(tables)
    except ValueError as error:
        raise UsageError(
            f"the configuration {path} {error}; "
            'write sections such as [model] with name = "dcgan", [training] with batch_size = 64'
        ) from None


def flatten(tables: Any) -> dict[str, Any]:
    """Turns sections of settings into `"section.key": value`; the opposite of `Configuration.to_json`.

    Raises:
        ValueError: this is not a table of sections; the message completes "the configuration ...".
    """
    if not isinstance(tables, dict):
        raise ValueError("is not a table of sections")
    flat: dict[str, Any] = {}
    for section, table in tables.items():
        if section == "schema":
            continue
        if not isinstance(table, dict):
            raise ValueError(f"has {section!r} outside a section")
        flat |= {f"{section}.{key}": value for key, value in table.items()}
    return flat


def parse_assignment(text: str) -> tuple[str, str]:
    """Splits `section.key=value`, as given to `--set`.

    Raises:
        UsageError: there is no `=`, or no key before it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set takes section.key=value, for instance training.batch_size=64, not {text!r}")
    return key.strip(), value.strip()


def resolve(*sources: Flat, training: bool = True) -> Configuration:
    """Checks and merges sources, later ones winning, on top of the defaults and the model's recipe.

    Args:
        sources: flat tables, of which one has `model.name`; a `*.name` may be a class as well.
        training: whether the configuration is of a training; if not, `TRAINING_SECTIONS` are left out.

    Raises:
        UsageError: an unknown name, section or key, or a value that its type does not allow.
    """
    _check_names(sources)
    model = next((s[f"model.{NAME}"] for s in reversed(sources) if f"model.{NAME}" in s), None)
    if model is None:
        raise UsageError("no model is named; say which: ganzoo train MODEL (see ganzoo list model)")
    model_card = card_of(registry.find("model", model))
    slots = tuple(model_card.attributes.get("components", {}))
    recipe = {key: value for key, (value, _source) in model_card.attributes.get("recipe", {}).items()}
    recipe |= {
        f"{slot}.{NAME}": plugin for slot, plugin in model_card.attributes.get("components", {}).items()
    }
    defaults = {key: plugin for key, plugin in recipe.items() if key.endswith(f".{NAME}")}
    # The sources first: what they say of a plugin that none of them keeps must not reach the recipe.
    settings = _merge(recipe, _merge(defaults, *sources))

    plugins: dict[str, Plugin | None] = {section: _chosen(section, settings) for section in ("model", *slots)}
    if training:
        plugins |= {
            section: _chosen(section, settings) for section in TRAINING_SECTIONS if section != TRAINING
        }
        plugins[TRAINING] = None
    else:
        settings = without_training(settings)
    parameters = {section: _parameters_of(section, plugin) for section, plugin in plugins.items()}
    _check_keys(settings, parameters)
    sections = {
        section: Section(plugin, _settings_of(section, parameters[section], settings))
        for section, plugin in plugins.items()
    }
    return Configuration(sections, slots)


def without_training(settings: Flat) -> dict[str, Any]:
    """The settings that concern the networks alone."""
    return {key: value for key, value in settings.items() if key.split(".")[0] not in TRAINING_SECTIONS}


def _check_names(sources: Iterable[Flat]) -> None:
    for source in sources:
        for key, value in source.items():
            if key.endswith(f".{NAME}") and not isinstance(value, (str, type)):
                raise UsageError(f"{key} takes the name of a plugin, not {value!r}")


def _merge(*sources: Flat) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        for key, value in source.items():
            section, _, setting = key.partition(".")
            if setting == NAME and not _is_same(section, merged.get(key, value), value):
                merged = {k: v for k, v in merged.items() if not k.startswith(f"{section}.")}
        merged |= source
    return merged


def _is_same(section: str, name: Any, other: Any) -> bool:
    """Whether `other` is the plugin that fills the section already."""
    if name == other or section not in registry.KINDS:
        return True
    if section in OPTIONAL_SECTIONS and NONE in (name, other):
        return False
    chosen = registry.find(section, other)
    try:
        return registry.find(section, name).target == chosen.target
    except UsageError:  # nobody has that one, and nobody needs it any more
        return False


def _chosen(section: str, settings: Flat) -> Plugin | None:
    name = settings.get(f"{section}.{NAME}")
    is_optional = section in OPTIONAL_SECTIONS
    if name == NONE and is_optional:
        return None
    if name is None:
        if is_optional and not any(key.startswith(f"{section}.") for key in settings):
            return None
        names = ", ".join(plugin.name for plugin in registry.discover().of_kind(section)) or "none"
        raise UsageError(f"no {section} is chosen; say which with --{section} NAME (installed: {names})")
    return registry.find(section, name)


def card_of(plugin: Plugin) -> Card:
    """The card from the source text, or from the imported class where the text doesn't tell.

    Raises:
        PluginError: the text doesn't tell and the class can't be imported.
    """
    try:
        return registry.card(plugin)
    except CardError:
        cls = registry.load(plugin)
    try:
        return card_of_class(cls)
    except CardError as error:
        raise PluginError(f"the {plugin.kind} {plugin.full_name!r} can't be used: {error}") from None


def _parameters_of(section: str, plugin: Plugin | None) -> tuple[Parameter, ...]:
    if section == TRAINING:
        return read_settings("ganzoo.training.settings", "TrainingSettings")
    return () if plugin is None else card_of(plugin).parameters


def _check_keys(settings: Flat, parameters: Mapping[str, tuple[Parameter, ...]]) -> None:
    allowed = [
        f"{section}.{key}"
        for section, known in parameters.items()
        for key in [*([NAME] if section != TRAINING else []), *(parameter.name for parameter in known)]
    ]
    for key in settings:
        if key in allowed:
            continue
        section = key.split(".")[0]
        if section in registry.KINDS and section not in parameters:
            model = settings[f"model.{NAME}"]
            raise UsageError(f"the model {model!r} has no {section}, so {key!r} can't be set")
        own = [name for name in allowed if name.startswith(f"{section}.")]
        raise UsageError(
            f"there is no setting {key!r}{near_matches(key, allowed)}\n"
            f"allowed{f' in {section}' if own else ' sections'}: {', '.join(own or parameters)}"
        )


def _settings_of(section: str, parameters: Iterable[Parameter], merged: Flat) -> dict[str, Any]:
    settings = {}
    for parameter in parameters:
        key = f"{section}.{parameter.name}"
        if key in merged:
            settings[parameter.name] = parse_value(key, parameter.annotation, merged[key])
        elif parameter.default is None:
            raise UsageError(
                f"{key} has no default; give one with --set {key}=VALUE ({parameter.annotation})"
            )
    return settings


def parse_value(key: str, annotation: str, value: Any) -> Any:
    """Turns text or a TOML/JSON value into what an annotation asks for.

    Understands bool, int, float, str, `Literal[...]`, `X | None`, `tuple[X, ...]` and unions of them.

    Raises:
        UsageError: the value is not one, or the annotation is none of these.
    """
    try:
        tree = ast.parse(annotation, mode="eval").body
        return _parse(tree, value)
    except (_UnsupportedTypeError, SyntaxError):
        raise UsageError(f"{key} is of type {annotation!r}, which can't be set from outside") from None
    except (ValueError, OverflowError):
        raise UsageError(f"{key} takes {_describe(tree)}, not {value!r}") from None


class _UnsupportedTypeError(Exception):
    """An annotation that settings may not have."""


def _parse(annotation: ast.expr, value: Any) -> Any:
    match annotation:
        case ast.Name(id="bool"):
            return _parse_bool(value)
        case ast.Name(id="int"):
            if isinstance(value, bool) or not isinstance(value, (int, str)):
                raise ValueError
            return int(value)
        case ast.Name(id="float"):
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise ValueError
            if not math.isfinite(number := float(value)):
                raise ValueError
            return number
        case ast.Name(id="str"):
            if not isinstance(value, str):
                raise ValueError
            return value
        case ast.Constant(value=None):
            if value is not None and not (isinstance(value, str) and value.lower() in ("none", "null")):
                raise ValueError
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            # None first, so that "none" is not swallowed by `str | None`.
            return _parse_first(sorted((left, right), key=lambda t: not isinstance(t, ast.Constant)), value)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _parse_first((ast.Constant(None), inner), value)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return _parse_literal(choices, value)
        case ast.Subscript(
            value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant(value=last)])
        ) if last is Ellipsis:
            if isinstance(value, str):
                value = [text.strip() for text in value.split(",") if text.strip()]
            if not isinstance(value, (list, tuple)):
                raise ValueError
            return tuple(_parse(item, element) for element in value)
    raise _UnsupportedTypeError


def _parse_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False}
    words["0"] = False
    if not isinstance(value, str) or value.lower() not in words:
        raise ValueError
    return words[value.lower()]


def _parse_first(annotations: Iterable[ast.expr], value: Any) -> Any:
    for annotation in annotations:
        try:
            return _parse(annotation, value)
        except ValueError:
            continue
    raise ValueError


def _parse_literal(choices: ast.expr, value: Any) -> Any:
    for choice in choices.elts if isinstance(choices, ast.Tuple) else [choices]:
        constant = ast.literal_eval(choice)
        if (value == constant and type(value) is type(constant)) or value == str(constant):
            return constant
    raise ValueError


def _describe(annotation: ast.expr) -> str:
    """What a person may type for a type, in words."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            return f"{_describe(left)} or {_describe(right)}"
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return f"{_describe(inner)} or none"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return f"one of {ast.unparse(choices).strip('()')}"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, _])):
            return f"{_describe(item)}, or several separated by commas"
    words = {
        "bool": "true or false",
        "int": "a whole number",
        "float": "a number",
        "str": "text",
        "None": "none",
    }
    text = ast.unparse(annotation)
    return words.get(text, text)
