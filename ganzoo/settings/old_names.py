"""Names that runs made before 0.1.0 know things by, and what they are called now; goes with 1.0.

Distributions were merged, settings that no weight depends on moved from `training` to `run`, and lines of
metrics.jsonl got a kind. Whoever reads a run folder or a checkpoint of schema 1 reads it through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DISTRIBUTIONS: Final[Mapping[str, str]] = {
    "ganzoo-acgan": "ganzoo-models",
    "ganzoo-augmentations": "ganzoo-objectives",
    "ganzoo-cgan": "ganzoo-models",
    "ganzoo-conditioning": "ganzoo-components",
    "ganzoo-dcgan": "ganzoo-models",
    "ganzoo-gan": "ganzoo-models",
    "ganzoo-layers": "ganzoo-components",
    "ganzoo-lightweight": "ganzoo-models",
    "ganzoo-r3gan": "ganzoo-models",
    "ganzoo-regularisations": "ganzoo-objectives",
    "ganzoo-sagan": "ganzoo-models",
    "ganzoo-sngan": "ganzoo-models",
    "ganzoo-stylegan2": "ganzoo-models",
    "ganzoo-upsampling": "ganzoo-components",
    "ganzoo-wgan-gp": "ganzoo-models",
}
"""Old distribution to the one that has its plugins now, under the same bare names."""

RUN_SETTINGS: Final = (
    "device",
    "data_dir",
    "log_every",
    "sample_every",
    "checkpoint_every",
    "keep_checkpoints",
    "keep_every",
    "evaluate_every",
    "evaluate_features",
    "evaluate_num",
    "stop_on_collapse",
    "tensorboard",
)
"""Settings that stood in the section `training` and stand in `run` now."""


def renew_name(full_name: str) -> str:
    """The full name of a plugin as it is now."""
    distribution, colon, name = full_name.partition(":")
    return f"{DISTRIBUTIONS.get(distribution, distribution)}{colon}{name}"


def renew_configuration(tables: Any) -> Any:
    """The sections of a configuration of schema 1 as those of schema 2; what is none is left alone."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        return tables
    renewed = {
        section: {key: _renewed(key, value) for key, value in table.items()}
        for section, table in tables.items()
    }
    training = renewed.get("training", {})
    moved = {key: training.pop(key) for key in RUN_SETTINGS if key in training}
    return renewed | ({"run": moved | renewed.get("run", {})} if moved else {})


def _renewed(key: str, value: Any) -> Any:
    return renew_name(value) if key == "name" and isinstance(value, str) else value


def renew_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint of schema 1 says of itself, with the names of schema 2."""
    renewed = {**metadata, "configuration": renew_configuration(metadata.get("configuration"))}
    plugins = metadata.get("plugins")
    if isinstance(plugins, dict):
        renewed["plugins"] = {renew_name(name): version for name, version in plugins.items()}
    return renewed


def renew_line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of metrics.jsonl with its kind, which it did not have before."""
    if "kind" in line:
        return line
    known = {"discriminator_loss": "losses", "evaluation": "evaluation", "warning": "warning"}
    kind = next((kind for key, kind in known.items() if key in line), "other")
    return {"kind": kind, **line}
