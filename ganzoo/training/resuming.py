"""What has to agree between a checkpoint and the run that goes on from it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganzoo.errors import GanzooError, UsageError
from ganzoo.plugins.recorded import checked, is_same_file, requirement, version_of
from ganzoo.runs.description import step_of
from ganzoo.settings.binding import bind_section
from ganzoo.settings.configuration import NAME, TRAINING, Configuration, flatten, is_resumable
from ganzoo.settings.renaming import former_keys, with_present_keys
from ganzoo.settings.training import LENGTH
from ganzoo.text import brief


def require_same_run(
    checkpoint: Path, metadata: Mapping[str, Any], configuration: Configuration, num_images: int
) -> None:
    """Refuses a checkpoint that other networks, settings, plugin versions or data have made.

    Args:
        checkpoint: the file.
        metadata: what it says of itself.
        configuration: of the run that is to go on.
        num_images: training images that the run has now.

    Raises:
        GanzooError: with what differs.
        UsageError: as `require_same_schedule` does.
    """
    try:
        before, plugins = flatten(metadata["configuration"]), checked(metadata["plugins"])
    except (KeyError, TypeError, ValueError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
    numbered = re.fullmatch(r"step-(\d+)\.safetensors", checkpoint.name)
    step = metadata.get("step")
    if numbered and type(step) is int and step != int(numbered[1]):
        raise GanzooError(
            f"the checkpoint {checkpoint} says that it is of step {brief(step)}: it is damaged, or is not "
            "what it is called"
        )
    named = {name: section.plugin for name, section in configuration.sections.items() if section is not None}
    before = with_present_keys(before, former_keys(named))
    now = flatten(configuration.to_json())
    # What only the run has is newer than the checkpoint, and at its default: as things were before it.
    for key in sorted(key for key in before if not is_resumable(key)):
        # Lists come back from JSON where tuples went in.
        old, new = (list(v) if isinstance(v, tuple) else v for v in (before.get(key), now.get(key)))
        if old != new and not (key.endswith(f".{NAME}") and is_same_file(str(old), str(new))):
            raise GanzooError(
                f"the checkpoint {checkpoint} is of another run: its {key} is {brief(old)}, not {brief(new)}"
            )
    for plugin in configuration.plugins():
        version = version_of(plugin, plugins)
        if version != plugin.version:
            asked = requirement(plugin.full_name, version)
            mend = f": pip install {shlex.quote(asked)}" if asked and version else ""
            raise GanzooError(
                f"the run was made with {plugin.full_name} {version}, installed is "
                f"{plugin.version}: it can't go on exactly\ninstall that version{mend}, or start a new run "
                "with ganzoo train --config RUN/config.json"
            )
    require_same_schedule(checkpoint, metadata, configuration, num_images)
    require_not_past(checkpoint, metadata, configuration, num_images)


def require_not_past(
    checkpoint: Path, metadata: Mapping[str, Any], configuration: Configuration, num_images: int
) -> None:
    """Refuses an end that lies before the checkpoint: the run's settings would no longer replay it.

    Args:
        checkpoint: the file that the run is to go on from.
        metadata: what it says of itself.
        configuration: of the run that is to go on, as long as is asked for.
        num_images: training images.

    Raises:
        UsageError: the run has taken more steps already.
        GanzooError: the checkpoint doesn't say how many.
    """
    asked = configuration.training
    assert asked is not None, "the configuration is of a training"
    try:
        taken, last = step_of(metadata), asked.total_steps(int(num_images))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
    if taken > last:
        run = checkpoint.parent.parent
        raise UsageError(
            f"the run has taken {taken:,} steps already and can't end after {last:,}: its settings would no "
            "longer tell how it was made\n"
            f"to go on with it: ganzoo train --resume {shlex.quote(str(run))} --max-steps {2 * taken} "
            f"--epochs {2 * taken // asked.steps_per_epoch(int(num_images)) + 1}\n"
            f"for a shorter one: ganzoo train --config {shlex.quote(str(run / 'config.json'))} "
            f"--max-steps {last}"
        )


def require_same_schedule(
    checkpoint: Path, metadata: Mapping[str, Any], configuration: Configuration, num_images: int
) -> None:
    """Refuses another length where the schedule is as long as the training: past steps were taken on it.

    Args:
        checkpoint: the file; its run was planned as long as it says.
        metadata: what it says of itself.
        configuration: of the run that is to go on, as long as is asked for.
        num_images: training images.

    Raises:
        UsageError: the number of steps differs.
        GanzooError: the checkpoint doesn't say how long the run was planned.
    """
    asked = configuration.training
    assert asked is not None, "the configuration is of a training"
    optimizer = configuration.sections["optimizer"]
    assert optimizer is not None, "every training has an optimiser"
    if not asked.schedule_is_the_training(bool(bind_section(optimizer).make().final_numbers)):
        return
    try:
        before = flatten(metadata["configuration"])
        planned = replace(asked, **{name: before[f"{TRAINING}.{name}"] for name in LENGTH})
        steps, other = (settings.total_steps(int(num_images)) for settings in (planned, asked))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise GanzooError(f"the checkpoint {checkpoint} lacks what a run needs: {error}") from None
    if steps != other:
        raise UsageError(
            f"the run was planned for {steps:,} steps and can't end after {other:,}: its {asked.schedule} "
            "schedule is as long as the training, so another length would have changed the steps so far\n"
            "start a new run, whose schedule has a length of its own; that one may be extended later:\n"
            f"ganzoo train --config {shlex.quote(str(checkpoint.parent.parent / 'config.json'))} "
            f"--epochs {asked.epochs} --max-steps {other} "
            f"--set training.schedule_images={other * asked.images_per_step}"
        )
