"""The options of `ganzoo bench` that sweep settings of a training: each takes a list of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from ganzoo.benchmark.measure.choices import split_values
from ganzoo.cli.options import complete_plugins, path_option, plugin_kinds
from ganzoo.errors import UsageError
from ganzoo.settings.configuration import NAME, RUN, TRAINING
from ganzoo.settings.recipes import RECIPE
from ganzoo.settings.values import parse_assignment

_OTHERS: Final = {
    "recipe": (f"model.{RECIPE}", "Recipes of the models, without their batch size; see ganzoo show MODEL."),
    "cuda_graph": (f"{TRAINING}.cuda_graph", "The step as one CUDA graph: on, off, or on,off."),
    "accumulate": (f"{TRAINING}.accumulate", "Parts that a batch is cut into."),
}
"""Options for settings that have no plugin: name to key and help."""


def sweep_options(
    *, lists: bool, has_noise: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives what adds an option for each kind of plugin, those of `_OTHERS`, --data-dir, --set and --config.

    Args:
        lists: whether each takes several values; where not, what `ganzoo tune` tries itself is not offered.
        has_noise: whether it is noise that is trained on, where no data set is named.
    """
    metavar = "LIST" if lists else "VALUE"

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        command = path_option(
            "--config",
            "config_file",
            metavar="FILE",
            help="Measure what this trains: TOML, or a run's config.json.",
        )(command)
        command = click.option(
            "--set", "assignments", metavar=f"SECTION.KEY={metavar}", multiple=True,
            help=f"Any setting{'; repeat it for values that have commas' if lists else ''}.",
        )(command)  # fmt: skip
        command = path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")(command)
        for name, (_key, text) in reversed(_OTHERS.items()):
            command = click.option(
                f"--{name.replace('_', '-')}", name, metavar=metavar, help=text,
                hidden=name == "cuda_graph" and not lists,
            )(command)  # fmt: skip
        for kind in reversed(plugin_kinds()):
            command = click.option(
                f"--{kind.name}",
                metavar=metavar,
                shell_complete=complete_plugins(kind.name),
                help=_help(kind.name, kind.option, has_noise),
            )(command)
        return command

    return add


def _help(kind: str, text: str, has_noise: bool) -> str:
    is_noise = kind == "dataset" and has_noise
    return "Data to train on [noise that lies on the device]." if is_noise else text


def sweep_of(options: dict[str, Any], assignments: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Takes what `sweep_options` has added out of the options of a call: `section.key` to its values.

    Raises:
        UsageError: an assignment is none, or a list has an empty place.
    """
    keys = {kind.name.replace("-", "_"): f"{kind.name}.{NAME}" for kind in plugin_kinds()}
    keys |= {name: key for name, (key, _text) in _OTHERS.items()}
    folder = options.pop("data_dir")
    given = [(key, options.pop(name)) for name, key in keys.items()]
    given = [(key, text) for key, text in given if text is not None]
    sweep: dict[str, tuple[str, ...]] = {} if folder is None else {f"{RUN}.data_dir": (str(folder),)}
    for key, text in [*given, *map(parse_assignment, assignments)]:
        values = split_values(key, text)
        if "" in values and len(values) > 1:
            raise UsageError(f"{key}={text} has an empty place in its list")
        sweep[key] = tuple(dict.fromkeys((*sweep.get(key, ()), *values)))
    return sweep
