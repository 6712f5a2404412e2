"""What was run, as people and programs are shown it: the first columns of every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ganzoo.benchmark.report import Key
from ganzoo.tables import Field, Value


def bare(full_name: str) -> str:
    """A plugin's name without its distribution."""
    return full_name.rpartition(":")[2]


def model_names(keys: Sequence[Key]) -> dict[str, str]:
    """Full name to what people are shown: the bare name where it says which model is meant."""
    full = dict.fromkeys(key.model for key in keys)
    counts = Counter(bare(name) for name in full)
    return {name: bare(name) if counts[bare(name)] == 1 else name for name in full}


def components(key: Key) -> str:
    """`slot=plugin` of every slot, by full names."""
    return " ".join(f"{slot}={name}" for slot, name in key.components.items())


def have_choices(keys: Sequence[Key]) -> bool:
    """Whether any model occurs with different components."""
    return len({(key.model, components(key)) for key in keys}) > len({key.model for key in keys})


def setting_name(name: str) -> str:
    """A setting as a few words: `objective` for `objective.name`."""
    return name.removesuffix(".name")


def _heading(name: str, names: Sequence[str]) -> str:
    """The last part of a setting's name, where no other setting ends so."""
    short = setting_name(name)
    last = short.rpartition(".")[2]
    return last if [setting_name(other).rpartition(".")[2] for other in names].count(last) == 1 else short


def _setting(name: str, names: Sequence[str]) -> Field[Any]:
    return Field(
        name=f"settings.{name}",
        heading=_heading(name, names),
        value=lambda item: item.key.settings.get(name),
        text=lambda item: bare(item.key.settings[name]),
        condition=True,
    )


def key_fields(keys: Sequence[Key]) -> tuple[Field[Any], ...]:
    """The columns that say what was run, for things that have these keys."""
    names = model_names(keys)
    settings = list(dict.fromkeys(name for key in keys for name in key.settings))

    def column(name: str, heading: str, value: Callable[[Key], Value], **settings: Any) -> Field[Any]:
        return Field(name=name, heading=heading, value=lambda item: value(item.key), **settings)

    return (
        column("model", "model", lambda key: key.model, text=lambda item: names[item.key.model]),
        column("phase", "phase", lambda key: key.phase, condition=True),
        column("image", "image", lambda key: key.image, condition=True),
        column("batch_size", "batch", lambda key: key.batch_size, condition=True),
        column("precision", "precision", lambda key: key.precision, condition=True),
        column("channels_last", "channels last", lambda key: key.channels_last, condition=True),
        column("compile", "compiled", lambda key: key.compile, condition=True),
        column(
            "components",
            "components" if have_choices(keys) else "",
            components,
            text=lambda item: ", ".join(bare(name) for name in item.key.components.values()),
        ),
        *(_setting(name, settings) for name in settings),
        column("device", "device", lambda key: key.device, condition=True),
        column("threads", "threads", lambda key: key.threads, condition=True),
    )
