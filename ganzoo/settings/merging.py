"""Merging: every setting of a run, from the defaults up to `--set`, checked before torch is imported.

A configuration is a table of sections. `model`, `objective`, `optimizer`, `dataset` and one section for each
slot of the model name a plugin and hold its settings; so do `regularisation` and `augmentation`, whose name
may also be "none". `tracker` names any number of plugins that follow a training; one's settings are
`tracker.NAME.KEY`. `training` holds what decides a training's steps besides, `run` what does not. As TOML:

    [model]
    name = "dcgan"
    latent_dim = 100
    [upsampling]
    name = "resize-conv"
    [training]
    batch_size = 64
    [run]
    log_every = 10

Later sources win: the class's defaults, the model's recipe, the `--config` file, options such as
`--upsampling`, `--set section.key=value`. The model's recipe is the published one, or the one that
`model.recipe` names. A source that fills a section with another plugin drops what earlier sources set there:
a kernel size meant for one upsampling says nothing of the next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.plugins.discovery import Plugin, announced, card, discover, kinds
from ganzoo.plugins.kinds import Role
from ganzoo.plugins.loading import card_of
from ganzoo.plugins.lookup import find
from ganzoo.plugins.source import SourceError
from ganzoo.settings.configuration import (
    NAME,
    NONE,
    RESUMABLE,
    RUN,
    TRACKER,
    TRAINING,
    Configuration,
    Section,
    is_resumable,
)
from ganzoo.settings.keys import keys_of, require_known, require_known_sections, settings_from, split
from ganzoo.settings.old_names import require_no_old_setting
from ganzoo.settings.recipes import RECIPE, recipe_layers
from ganzoo.settings.renaming import former_keys, tell, with_present_keys
from ganzoo.settings.run import RunSettings
from ganzoo.settings.several import names_in, of_those_named, require_chosen, several
from ganzoo.settings.training import TrainingSettings
from ganzoo.text import brief

Flat = Mapping[str, Any]
"""`"section.key"` to value; values are text or already typed."""

OWN_SECTIONS: Final[Mapping[str, type[Any]]] = {TRAINING: TrainingSettings, RUN: RunSettings}
"""The sections that belong to no plugin, and the dataclasses of their settings."""


def sections_of(*roles: Role) -> tuple[str, ...]:
    """The sections of the kinds that have one of these roles."""
    return tuple(kind.name for kind in kinds().values() if kind.role in roles)


def training_sections() -> tuple[str, ...]:
    """Every section that a training may have."""
    return (*(kind.name for kind in kinds().values() if kind.role != "none"), *OWN_SECTIONS)


def resolve(*sources: Flat, training: bool = True) -> Configuration:
    """Checks and merges sources, later ones winning, on top of the defaults and the model's recipe.

    Args:
        sources: flat tables, of which one has `model.name`; a `*.name` may be a class as well.
        training: whether the configuration is of a training; if not, what only a training has is left out.

    Raises:
        UsageError: an unknown name, section or key, or a value that its type or its range does not allow.
    """
    _check_names(sources)
    given = _merge(*sources)
    model = given.get(f"model.{NAME}")
    if model is None:
        require_known_sections(given, training_sections())
        raise UsageError("no model is named; say which: ganzoo train MODEL (see ganzoo list model)")
    attributes = card_of(find("model", model)).attributes
    published, *others = recipe_layers(attributes, given)
    components: Mapping[str, str] = attributes.get("components", {})
    for slot in components:
        if slot not in sections_of("component"):
            raise UsageError(
                f"the model {model!r} has a slot {slot!r}, and no kind of component is called so"
            )
    fillings = {f"{slot}.{NAME}": plugin for slot, plugin in components.items()}
    recipe = _merge(_usual_beside(published), published, fillings, *others)
    defaults = {key: plugin for key, plugin in recipe.items() if key.endswith(f".{NAME}")}
    renamed = former_keys(_plugins_named(_merge(defaults, *sources)))
    given_keys = [key for source in sources for key in source]
    recipe, *layers = (with_present_keys(source, renamed) for source in (recipe, *sources))
    # The sources are merged with each other first: a setting for a plugin that a later source replaces is
    # dropped there, even if that later plugin is the recipe's own.
    settings = _merge(recipe, _merge(defaults, *layers))
    tell((key for key in given_keys if renamed.get(key) in settings), renamed)
    settings.pop(f"model.{RECIPE}", None)
    if not training:
        settings = without_training(settings)
    require_no_old_setting(settings)

    of_training = sections_of("required", "optional") if training else ()
    plugins = {section: _chosen(section, settings) for section in ("model", *components, *of_training)}
    own = {name: cls for name, cls in OWN_SECTIONS.items() if training}
    trackers = several(TRACKER, settings) if training else ()
    require_chosen(TRACKER, settings, trackers)
    _require_known_keys(settings, plugins, own, trackers)
    sections = {
        name: None if plugin is None else Section(name, plugin, settings_from(name, plugin, settings))
        for name, plugin in plugins.items()
    }
    made = {name: _own_settings(name, cls, settings) for name, cls in own.items()}
    return Configuration(sections, tuple(components), made.get(TRAINING), made.get(RUN), trackers)


def _usual_beside(recipe: Flat) -> dict[str, str]:
    """The names of what is taken where a recipe names none: of a kind whose plugins say whether they are the
    usual one, that which says so.
    """
    usual: dict[str, str] = {}
    for kind in kinds().values():
        if "usual" in kind.attributes and f"{kind.name}.{NAME}" not in recipe:
            named = [plugin.full_name for plugin in announced().of_kind(kind.name) if _says_usual(plugin)]
            usual |= {f"{kind.name}.{NAME}": name for name in named if len(named) == 1}
    return usual


def _plugins_named(settings: Flat) -> dict[str, Plugin | None]:
    """The plugins that settings name, by section; whom nobody can find is refused later, if he is needed."""
    found: dict[str, Plugin | None] = {}
    for key, name in settings.items():
        section, setting = split(key)
        if setting != NAME or section not in kinds():
            continue
        for each in names_in(key, name):
            with contextlib.suppress(UsageError):
                plugin = find(section, each)
                found[f"{TRACKER}.{plugin.name}" if section == TRACKER else section] = plugin
    return found


def _says_usual(plugin: Plugin) -> bool:
    try:
        return bool(card(plugin).attributes.get("usual"))
    except SourceError:  # listed with its problem, and no reason for another plugin to be refused
        return False


def _require_known_keys(
    settings: Flat,
    plugins: Mapping[str, Plugin | None],
    own: Mapping[str, type[Any]],
    trackers: Iterable[Section],
) -> None:
    for key in settings:
        section, _ = split(key)
        if section in kinds() and section not in {*plugins, TRACKER}:
            model = settings[f"model.{NAME}"]
            raise UsageError(f"the model {model!r} has no {section}, so {key!r} can't be set")
    known = {name: [f"{name}.{NAME}", *keys_of(name, plugin)] for name, plugin in plugins.items()}
    keys = [key for tracker in trackers for key in keys_of(tracker.name, tracker.plugin)]
    known[TRACKER] = [f"{TRACKER}.{NAME}", *keys]
    require_known(settings, known | {name: keys_of(name, cls) for name, cls in own.items()})


def without_training(settings: Flat) -> dict[str, Any]:
    """The settings that concern the networks alone."""
    left_out = {*sections_of("required", "optional", "several"), *OWN_SECTIONS}
    return {key: value for key, value in settings.items() if key.split(".")[0] not in left_out}


def _own_settings(section: str, cls: type[Any], settings: Flat) -> Any:
    try:
        return cls(**settings_from(section, cls, settings))
    except ValueError as error:
        raise UsageError(f"{section}.{error}") from None


def _check_names(sources: Iterable[Flat]) -> None:
    for source in sources:
        for key, value in source.items():
            if key == f"{TRACKER}.{NAME}":
                names_in(key, value)
            elif key.endswith(f".{NAME}") and not isinstance(value, (str, type)):
                raise UsageError(f"{key} takes the name of a plugin, not {brief(value)}")


def _merge(*sources: Flat) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        for key, value in source.items():
            section, setting = split(key)
            if key == f"{TRACKER}.{NAME}":
                merged = of_those_named(section, merged, value)
            elif setting == NAME and not _is_same(section, merged.get(key, value), value):
                merged = {k: v for k, v in merged.items() if not k.startswith(f"{section}.")}
        merged |= source
    return merged


def _is_same(section: str, name: Any, other: Any) -> bool:
    """Whether both names are of the same plugin, so that the section's settings may stay."""
    if name == other or section not in kinds():
        return True
    if kinds()[section].role == "optional" and NONE in (name, other):
        return False
    try:
        return find(section, name).target == find(section, other).target
    except UsageError:  # one is not installed; it may be replaced yet
        return False


def _chosen(section: str, settings: Flat) -> Plugin | None:
    name = settings.get(f"{section}.{NAME}")
    is_optional = kinds()[section].role == "optional"
    if name == NONE and is_optional:
        return None
    if name is None:
        if is_optional and not any(key.startswith(f"{section}.") for key in settings):
            return None
        names = ", ".join(plugin.name for plugin in discover().of_kind(section)) or "none"
        raise UsageError(f"no {section} is chosen; say which with --{section} NAME (installed: {names})")
    return find(section, name)


def require_resumable(changes: Flat) -> None:
    """Refuses what would make a resumed run another run: all but section `run` and the training's length.

    Raises:
        UsageError: a change of `"section.key"` that `--resume` does not allow.
    """
    require_no_old_setting(changes)
    for key in changes:
        if not is_resumable(key):
            raise UsageError(
                f"a resumed run keeps its {key}; --resume may change {', '.join(RESUMABLE)}, "
                f"{TRACKER}.{NAME}\n"
                "to train with other settings, start a new run: ganzoo train --config RUN/config.json ...\n"
                "to start on other data from its weights: ganzoo train MODEL --dataset NAME --init-from RUN"
            )
