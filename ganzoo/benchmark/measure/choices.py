"""Which models are measured, with which settings: checked as a training checks them, without torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from ganzoo.benchmark.measure.cells import DATASET, THOROUGH, ModelChoice, configuration
from ganzoo.benchmark.measure.setting_text import text_of
from ganzoo.errors import PluginError, UsageError
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.loading import card_of
from ganzoo.plugins.source import SourceError
from ganzoo.settings.configuration import NAME, RUN, TRAINING, Configuration, flatten
from ganzoo.settings.keys import settings_of, split
from ganzoo.settings.merging import OWN_SECTIONS, resolve, sections_of
from ganzoo.settings.recipes import NO_RECIPE, PAPER, RECIPE
from ganzoo.settings.run import RunSettings
from ganzoo.settings.training import LENGTH

Sweep = Mapping[str, tuple[str, ...]]
"""`section.key` to the values that it takes in turn."""

_ELSEWHERE: Final = {
    f"model.{NAME}": "name the models instead: ganzoo bench MODEL MODEL",
    f"{TRAINING}.batch_size": "use --batch-size",
    f"{TRAINING}.precision": "use --precision",
    f"{TRAINING}.compile": "use --compile",
    f"{TRAINING}.seed": "use --seed",
    f"{RUN}.device": "use --device",
}
"""Settings that have an option of their own."""

_UNNAMED: Final = {*_ELSEWHERE, *(f"{TRAINING}.{name}" for name in LENGTH)}
"""Settings of a configuration that a row isn't named by: they have a column, or cost nothing."""

_FREE: Final = {f"{RUN}.{field.name}" for field in dataclasses.fields(RunSettings)} - {f"{RUN}.log_every"}
"""Settings that cost nothing here."""

_MOST: Final = 256
"""Combinations of settings; more are a mistake."""


def model_choices(
    models: Sequence[str],
    sweep: Sweep | None = None,
    file: Mapping[str, Any] | None = None,
    batch_sizes: Sequence[int] = (),
) -> list[ModelChoice]:
    """The models that are named, all installed ones where none is, each with every combination of a sweep.

    A combination that a model can't take is there too, with the reason as its `refusal`; where no model was
    named, one without the slot is left out.

    Args:
        models: names; empty for the model of the configuration, or for all installed ones.
        sweep: settings to their values, by default none.
        file: a configuration, `section.key` to value, on which the sweep is put; by default none.
        batch_sizes: those that are measured, one of which has to suit; empty where nothing is said.

    Raises:
        UsageError: a name is unknown, or a value of the sweep fits no model; the message has the reason.
        PluginError: a model that was named can't be loaded.
    """
    sweep, file = dict(sweep or {}), dict(file or {})
    for key in sweep:
        if key in _ELSEWHERE:
            raise UsageError(f"--set {key} has an option of its own here: {_ELSEWHERE[key]}")
    named = list(models) or [name for key, name in file.items() if key == f"model.{NAME}"]
    names = named or [plugin.full_name for plugin in discovery.discover().of_kind("model")]
    if not names:
        raise UsageError("no model is installed\ninstall the official ones: pip install 'ganzoo-torch[zoo]'")
    found: dict[tuple[Any, ...], ModelChoice] = {}
    for name in names:
        for choice in _of_model(name, sweep, file, batch_sizes, is_named=bool(named)):
            parts = choice.components, choice.named
            found[choice.model, *(tuple(sorted(part.items())) for part in parts)] = choice
    choices = list(found.values())
    if not choices:
        slots = " or ".join(
            section for section in map(_section, sweep) if section in sections_of("component")
        )
        raise UsageError(f"no installed model has a slot for an {slots}")
    require_fitting([(choice.asked, choice.refusal) for choice in choices], sweep)
    return choices


def require_fitting(found: Iterable[tuple[Mapping[str, str], str | None]], sweep: Sweep) -> None:
    """Refuses a value that fits nowhere.

    Args:
        found: combinations that were asked for, and why each can't be had; None where it can.
        sweep: settings to their values.

    Raises:
        UsageError: every combination with some value is refused; with the first reason.
    """
    found = list(found)
    for key, values in sweep.items():
        for value in values:
            refusals = [refusal for asked, refusal in found if asked.get(key) == value]
            if refusals and None not in refusals:
                raise UsageError(f"{refusals[0]}\nnothing was measured: {key}={value} fits no row")


def combinations(sweep: Sweep) -> list[dict[str, str]]:
    """Every combination of the values, each as `section.key` to value.

    Raises:
        UsageError: they are too many.
    """
    number = math.prod(map(len, sweep.values()))
    if number > _MOST:
        raise UsageError(f"{number:,} combinations of settings are too many; at most {_MOST}")
    return [dict(zip(sweep, values, strict=True)) for values in product(*sweep.values())]


def split_values(key: str, text: str) -> tuple[str, ...]:
    """The values in a text such as `bce,hinge`; the text itself where the setting is a list of numbers."""
    section, name = split(key)
    owners: list[Any] = [OWN_SECTIONS[section]] if section in OWN_SECTIONS else []
    if section in discovery.kinds():
        owners += [plugin for plugin in discovery.discover().of_kind(section) if not plugin.problem]
    if any(setting.name == name and "tuple[" in setting.annotation for setting in _settings(owners)):
        return (text,)
    return tuple(dict.fromkeys(value.strip() for value in text.split(",")))


def _settings(owners: Iterable[Any]) -> Iterator[Any]:
    for owner in owners:
        try:
            yield from discovery.card(owner).settings if hasattr(owner, "target") else settings_of(owner)
        except SourceError:
            continue


def _section(key: str) -> str:
    return split(key)[0]


def _of_model(
    name: str, sweep: Sweep, file: Mapping[str, Any], batch_sizes: Sequence[int], is_named: bool
) -> Iterator[ModelChoice]:
    """Every combination of a sweep for one model."""
    plugin = lookup.find("model", name)
    try:
        slots = card_of(plugin).attributes.get("components", {})
    except PluginError:
        if is_named:
            raise
        yield ModelChoice(model=plugin.full_name, components={})  # its rows will say what is wrong
        return
    components = sections_of("component")
    if not is_named and any(_section(key) in components and _section(key) not in slots for key in sweep):
        return
    own = resolve(_noise({}) | configuration(plugin.full_name, {}))
    for asked in combinations(sweep):
        yield _choice(plugin.full_name, asked, file, batch_sizes, own)


def _noise(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {} if f"dataset.{NAME}" in settings else {f"dataset.{NAME}": DATASET}


def _choice(
    model: str,
    asked: Mapping[str, str],
    file: Mapping[str, Any],
    batch_sizes: Sequence[int],
    own: Configuration,
) -> ModelChoice:
    """One combination; `own` is the model's own configuration."""
    slots = sections_of("component")
    components = {key: text for key, text in asked.items() if key in {f"{slot}.{NAME}" for slot in slots}}
    others = {key: text for key, text in asked.items() if key not in components}
    usual = {} if f"{TRAINING}.batch_size" in file else {f"{TRAINING}.batch_size": THOROUGH.batch_size}
    sizes = [{f"{TRAINING}.batch_size": size} for size in batch_sizes] or [usual]
    try:
        resolved = _first_resolved(
            _noise({**file, **asked}), file, {**configuration(model, {}), **asked}, sizes
        )
    except UsageError as error:
        chosen = {_section(key): text for key, text in components.items()}
        return ModelChoice(model=model, components=chosen, named=others, asked=asked, refusal=str(error))
    assert resolved.training is not None
    named = {key: asked[key] if key == f"model.{RECIPE}" else text_of(resolved, key)
             for key in (*_differing(resolved, own, file), *others) if key not in _FREE}  # fmt: skip
    training = resolved.training if file else None
    return ModelChoice(
        model=model,
        components={slot: resolved.plugin(slot).full_name for slot in resolved.slots},
        settings=_complete(resolved, has_data=f"dataset.{NAME}" in {**file, **asked})
        if file or others
        else {},
        named=named,
        own=tuple(key for key, text in named.items() if text == _own_text(own, key)),
        batch_size=None if training is None else training.batch_size,
        precision=training.precision if training else "auto",
        compile=bool(training and training.compile),
        asked=asked,
    )


def _first_resolved(
    noise: Mapping[str, Any],
    file: Mapping[str, Any],
    chosen: Mapping[str, Any],
    sizes: Sequence[Mapping[str, Any]],
) -> Configuration:
    """The configuration with the first batch size that suits it; where none does, the last one's error."""
    for size in sizes[:-1]:
        try:
            return resolve(noise, file, chosen, size)
        except UsageError:
            continue
    return resolve(noise, file, chosen, sizes[-1])


def _complete(resolved: Configuration, has_data: bool) -> dict[str, Any]:
    """Every setting of a configuration, so that nothing is to come beneath it; data if it has."""
    written = {f"model.{RECIPE}": NO_RECIPE, **flatten(resolved.to_json())}
    return {key: value for key, value in written.items() if has_data or _section(key) != "dataset"}


def _differing(resolved: Configuration, own: Configuration, file: Mapping[str, Any]) -> list[str]:
    """The settings in which a configuration differs from the model's own; none where there is none."""
    if not file:
        return []
    slots = {f"{slot}.{NAME}" for slot in resolved.slots}
    keys = [key for key in flatten(resolved.to_json()) if key not in _UNNAMED | slots]
    return [key for key in keys if _section(key) != RUN and text_of(resolved, key) != text_of(own, key)]


def _own_text(own: Configuration, key: str) -> str:
    return PAPER if key == f"model.{RECIPE}" else text_of(own, key)
