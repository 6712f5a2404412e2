"""Names that runs made before 0.1.0 know things by, and what they are called now; goes with 1.0.

Schema 1: distributions were merged since, settings that no weight depends on moved from `training` to `run`,
and lines of metrics.jsonl got a kind. Schema 2: the average counted steps, and counts images since. Schema 3:
every training had Adam, whose numbers stood in `training`. Whoever reads a run folder or a checkpoint of
these schemas reads it through here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.settings.training import TrainingSettings
from ganzoo.text import printable

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
)
"""Settings that stood in the section `training` and stand in `run` now."""

OLD_RAMP: Final = math.log(2) / 9
"""`training.average_ramp` of averages from then. After step n they kept at most (1 + n) / (10 + n) of
themselves: a share whose logarithm is -9 / (n + 5.5), to the second order in 1 / n, and which is a half over
n * ln(2) / 9 steps."""

_DECAY: Final = "ema_decay"

_BETAS: Final = ("beta1", "beta2", "final_beta2")
"""Settings of Adam that stood in the section `training` and stand in `optimizer` now."""

_FOLLOWED: Final = "tensorboard"
_TENSORBOARD: Final = f"run.{_FOLLOWED}"
_TRACKERS: Final = "tracker.name"
_TRACKER: Final = "ganzoo-trackers:tensorboard"
"""The setting that stood in the section `run`, before that in `training`, and the plugin that does what it
asked for."""

_ADAM: Final = "ganzoo-optimizers:adam"
_VERSION_OF_ADAM: Final = "0.1.0"
"""The optimiser of every training then, and the version of the plugin that does what it did."""


def renew_name(full_name: str) -> str:
    """The full name of a plugin as it is now."""
    distribution, colon, name = full_name.partition(":")
    return f"{DISTRIBUTIONS.get(distribution, distribution)}{colon}{name}"


def renew_configuration(tables: Any, schema: int) -> Any:
    """The sections of a configuration of schema 1 to 3 as they are now; what is none is left alone."""
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        return tables
    renewed = {
        section: {key: _renewed(key, value) for key, value in table.items()}
        for section, table in tables.items()
    }
    training = renewed.get("training", {})
    if schema == 1:
        moved = {key: training.pop(key) for key in (*RUN_SETTINGS, _FOLLOWED) if key in training}
        renewed |= {"run": moved | renewed.get("run", {})} if moved else {}
    if _DECAY in training:
        renewed["training"] = _in_images(training)
    return _with_optimizer(renewed)


def _with_optimizer(tables: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The sections of a training with one of its optimiser, which was Adam."""
    training = tables.get("training", {})
    adam = {key: training[key] for key in _BETAS if key in training}
    if not adam:
        return dict(tables)
    kept = {key: value for key, value in training.items() if key not in _BETAS}
    return {**tables, "training": kept, "optimizer": {"name": _ADAM, **adam, **tables.get("optimizer", {})}}


def renew_keys(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings `"section.key"` of a file that a person has written, with Adam's numbers under `optimizer`."""
    moved = {f"training.{name}": f"optimizer.{name}" for name in _BETAS}
    names = {key: moved.get(key, key) for key in settings}
    return {key if names[key] in settings else names[key]: value for key, value in settings.items()}


def renew_trackers(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings `"section.key"` in which what followed a training was `run.tensorboard`, as a tracker."""
    renewed = {key: value for key, value in settings.items() if key != _TENSORBOARD}
    return ({_TRACKERS: _TRACKER} if settings.get(_TENSORBOARD) is True else {}) | renewed


def _renewed(key: str, value: Any) -> Any:
    return renew_name(value) if key == "name" and isinstance(value, str) else value


def _in_images(training: Mapping[str, Any]) -> dict[str, Any]:
    """The section `training` with its average in images, and the schedule of then: the training's length."""
    try:
        half_life = _half_life(training[_DECAY], training)
    except (TypeError, ValueError, OverflowError):
        return dict(training)  # damaged, and refused where settings are checked
    since = {
        "average_half_life": half_life,
        "final_average_half_life": None,
        "average_ramp": OLD_RAMP,
        "schedule_images": None,
    }
    return {key: value for key, value in training.items() if key != _DECAY} | since


def _half_life(decay: Any, training: Mapping[str, Any]) -> float | None:
    """The half-life in images of an average that keeps `decay` of itself in a step; None: there is none.

    Raises:
        ValueError, TypeError, OverflowError: the decay or the images of a step are no such numbers.
    """
    counts = ("batch_size", "discriminator_steps")
    images = math.prod(int(training.get(name, getattr(TrainingSettings, name))) for name in counts)
    decay = float(decay)
    if not 0 <= decay < 1:
        raise ValueError
    return images * math.log(2) / -math.log(decay) if decay else None


def require_no_old_setting(settings: Mapping[str, Any]) -> None:
    """Refuses a setting that has become another one.

    Args:
        settings: `"section.key"` to value, merged.

    Raises:
        UsageError: `training.ema_decay`, `run.tensorboard` or one of Adam's numbers is given; the message has
            what to write.
    """
    if _TENSORBOARD in settings:
        raise UsageError(
            f"{_TENSORBOARD} is a tracker now\n"
            "write --tracker tensorboard, or --tracker none; see: ganzoo list tracker"
        )
    for name in _BETAS:
        if f"training.{name}" in settings:
            given = printable(str(settings[f"training.{name}"]))
            raise UsageError(
                f"training.{name} is optimizer.{name} now\nwrite --set optimizer.{name}={given}, and see: "
                "ganzoo list optimizer"
            )
    training = {
        key.removeprefix("training."): value for key, value in settings.items() if key.startswith("training.")
    }
    if _DECAY not in training:
        return
    given = training[_DECAY]
    try:
        half_life = _half_life(given, training)
    except (TypeError, ValueError, OverflowError):
        images = "IMAGES"
    else:
        images = "none" if half_life is None else format(half_life, ".6g")
    raise UsageError(
        f"training.{_DECAY} is training.average_half_life now: the real images in which the average "
        "forgets half\n"
        f"for {given} a step write training.average_half_life={images} (none: no average); "
        "training.average_ramp shortens it at the beginning"
    )


def renew_metadata(metadata: dict[str, Any], schema: int) -> dict[str, Any]:
    """What a checkpoint of schema 1 to 3 says of itself, in the names of now."""
    renewed = {**metadata, "configuration": renew_configuration(metadata.get("configuration"), schema)}
    plugins = metadata.get("plugins")
    if isinstance(plugins, dict):
        renewed["plugins"] = {_ADAM: _VERSION_OF_ADAM} | {
            renew_name(name): version for name, version in plugins.items()
        }
    return renewed


def renew_line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of metrics.jsonl with its kind, which it did not have before."""
    if "kind" in line:
        return line
    known = {"discriminator_loss": "losses", "evaluation": "evaluation", "warning": "warning"}
    kind = next((kind for key, kind in known.items() if key in line), "other")
    return {"kind": kind, **line}
