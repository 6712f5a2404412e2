"""Looking at the machine, and at what models can draw, before anything is measured."""

from __future__ import annotations

from typing import cast

import torch

from ganzoo import models
from ganzoo.benchmark.measure import conditions
from ganzoo.benchmark.measure.cells import CLASSES, configuration
from ganzoo.benchmark.measure.cuda import CudaApi, CudaGauge
from ganzoo.benchmark.measure.gauges import Gauge, HostGauge
from ganzoo.benchmark.measure.tasks import Drawable, Probe, Probed
from ganzoo.devices import choose_device, choose_precision, precision_name
from ganzoo.errors import GanzooError, UsageError
from ganzoo.images import ImageSpec
from ganzoo.settings.binding import bind, bind_section
from ganzoo.settings.configuration import NAME, Configuration
from ganzoo.settings.merging import resolve, without_training


def gauge_of(device: torch.device) -> Gauge:
    """What reads a device.

    Raises:
        UsageError: nothing here can time it.
    """
    if device.type == "cuda":
        torch.cuda.set_device(device)
        return CudaGauge(cast(CudaApi, torch.cuda), torch.cuda.current_device(), torch.version.hip is None)
    if device.type == "cpu":
        return HostGauge()
    raise UsageError(f"ganzoo bench measures on cpu and cuda, not on {device.type}")


def probe(task: Probe) -> Probed:
    """Looks at the machine, and at what models can draw."""
    device = choose_device(task.device)
    gauge = gauge_of(device)
    environment = conditions.describe()
    precisions, refusals = {}, {}
    for precision in task.precisions:
        try:
            dtype = choose_precision(precision, device)
            precisions[precision] = precision_name(precision, dtype)
        except UsageError as error:
            refusals[precision] = str(error)
    is_cpu = device.type == "cpu"
    return Probed(
        environment=environment,
        device_type=device.type,
        device_name=environment["processor"] if is_cpu else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads() if is_cpu else None,
        precisions=precisions,
        refusals=refusals,
        images=tuple(_first_drawable(model) for model in task.models),
        available=gauge.available(),
    )


def _first_drawable(asked: Drawable) -> str | None:
    """Networks are built on torch's meta device, which allocates nothing."""
    chosen = configuration(asked.model, asked.components)
    try:
        if f"dataset.{NAME}" in asked.settings:
            return _image_of_data(resolve(asked.settings, chosen))
        bound = bind(resolve(without_training(asked.settings), chosen, training=False))
    except GanzooError:
        return asked.images[0]  # the model can't be loaded, or the data, and its rows will say so
    classes = CLASSES if models.is_conditional(bound) else None
    for image in asked.images:
        try:
            with torch.device("meta"):
                models.build(bound, ImageSpec.parse(image), classes)
        except UsageError:
            continue
        except Exception:  # the plugin does something that the meta device can't: its size may still be right
            return image
        return image
    return None


def _image_of_data(configuration: Configuration) -> str:
    section, run = configuration.sections["dataset"], configuration.run
    assert section is not None, "the configuration is of a training"
    assert run is not None, "the configuration is of a training"
    images = bind_section(section).make(run.data_folder()).load("train").images
    return str(ImageSpec(*images.shape[1:]))
