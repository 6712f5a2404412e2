"""The package that `ganzoo new weights` writes: a class of literals, a card, and the files beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from string import Template
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.plugins.api import SUPPORTED_API
from ganzoo.plugins.discovery import kind_named
from ganzoo.scaffolding import Package, requirements, shared
from ganzoo.text import markdown, printable

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
_SHOWN_CLASSES: Final = 20


def weights_package(
    name: str, needs: Iterable[str], said: Mapping[str, Any], numbers: str, files: Mapping[str, bytes]
) -> Package:
    """The package of trained weights.

    Args:
        name: `MODEL.TAG`.
        needs: the distributions whose plugins draw.
        said: the attributes of `interfaces.Weights`, by name, but for file, picture and remarks.
        numbers: in words, how the weights are stored.
        files: name to content of what lies beside the class.

    Raises:
        UsageError: the name is malformed.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "a name of weights is a model's and a tag, lower-case words joined by '-', such as "
            f"dcgan.cifar10, not {printable(name)!r}"
        )
    kind = kind_named("weights")
    distribution = "ganzoo-" + name.replace(".", "-")
    package = distribution.replace("-", "_")
    model, dataset = (said[key].rpartition(":")[2] for key in ("model", "dataset"))
    asked = f"{len(said['classes'])} classes" if said["classes"] else "no labels"
    _channels, height, width = said["image"]
    words = {
        "name": name,
        "title": name,
        "kind": "weights",
        "distribution": distribution,
        "package": package,
        "class_name": "".join(word.capitalize() for word in re.split(r"[.-]", name)),
        "group": kind.group,
        "api": str(SUPPORTED_API[-1]),
        "dependencies": ", ".join(requirements(needs)),
        "summary": f"{dataset} at {height}x{width} by {model}, {asked}, {said['steps']:,} steps.",
    }
    literals = {key: _literal(value) for key, value in said.items()}
    readme = Template(shared("weights_README.md")).substitute(words | _card(said, model, dataset, numbers))
    return Package(
        "weights",
        name,
        {
            "pyproject.toml": Template(shared("pyproject.toml")).substitute(words),
            "README.md": readme,
            f"{package}/__init__.py": Template(shared("weights.py")).substitute(words | literals),
            f"{package}/py.typed": "",
            "tests/test_conformance.py": Template(shared("test_conformance.py")).substitute(words),
            **{f"{package}/{file}": content for file, content in files.items()},
        },
    )


def _literal(value: Any) -> str:
    """Python text of a value, as a formatter would leave it but for its length."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def _card(said: Mapping[str, Any], model: str, dataset: str, numbers: str) -> dict[str, str]:
    """The words of the card, each fit for Markdown."""
    classes = [markdown(name) for name in said["classes"][:_SHOWN_CLASSES]]
    more = (
        [f"and {len(said['classes']) - _SHOWN_CLASSES} more"] if len(said["classes"]) > _SHOWN_CLASSES else []
    )
    figures = [
        f"| {metric} | {value:g} | {markdown(how)} |" for metric, (value, how) in said["figures"].items()
    ]
    return {
        "hub_licence": json.dumps(said["licence"].lower()),
        "dataset_name": json.dumps(dataset),
        "model_name": json.dumps(model),
        "model_index": _model_index(said, dataset),
        "model_full": said["model"],
        "dataset_full": said["dataset"],
        "image_text": "{} channels, {}x{}".format(*said["image"]),
        "classes_text": ", ".join([*classes, *more]) or "none: it takes no labels",
        "ancestors_text": "; before that ".join(map(markdown, said["ancestors"])) or "fresh weights",
        "command_text": said["command"],
        "steps_text": f"{said['steps']:,}, {said['images_seen']:,}",
        "cost_text": markdown(said["cost"]),
        "licence_text": markdown(said["licence"]),
        "numbers_text": numbers,
        "figures_table": "\n".join(
            ["| figure | value | interval and protocol |", "| --- | --- | --- |", *figures]
        )
        if figures
        else "Nothing was measured.",
    }


def _model_index(said: Mapping[str, Any], dataset: str) -> str:
    """The figures as hubs read them; JSON is YAML."""
    if not said["figures"]:
        return ""
    metrics = [
        {"type": metric, "name": f"{metric}; {how}", "value": value}
        for metric, (value, how) in said["figures"].items()
    ]
    task = {"type": "unconditional-image-generation"}
    results = [{"task": task, "dataset": {"type": dataset, "name": dataset}, "metrics": metrics}]
    name = said["model"].rpartition(":")[2]
    return f"model-index: {json.dumps([{'name': name, 'results': results}])}\n"
