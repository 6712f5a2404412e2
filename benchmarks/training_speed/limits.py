"""The machine's limit: the work of one training step, and how fast matrix products go here."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from ganzoo.devices import choose_device, choose_precision
from ganzoo.engine.distributed import World
from ganzoo.engine.players import make_players
from ganzoo.engine.step import training_step
from ganzoo.interfaces import Batch
from training_speed import example
from training_speed.task import Sample, Task

_SIDE = 2048


def matrix_product(task: Task, precision: str) -> Sample:
    """Floating point operations a second of square matrix products, 2048 a side, over a second or so.

    On a CPU that is the faster of `torch.mm` and oneDNN, which computes the convolutions: the BLAS
    behind `torch.mm` may leave half of the vector unit idle (MKL on other makers' processors).
    """
    device = choose_device(task.device)
    dtype = choose_precision(precision, device)
    a, b = (torch.randn(_SIDE, _SIDE, device=device, dtype=dtype) for _ in range(2))
    rates = [_rate(lambda: a @ b, device)]
    if device.type == "cpu" and torch.backends.mkldnn.is_available():
        linear = torch.ops.mkldnn._linear_pointwise
        rates.append(_rate(lambda: linear(a, b, None, "none", [], ""), device))
    return Sample(max(rates), precision=str(dtype).removeprefix("torch."))


def _rate(product: Callable[[], object], device: torch.device) -> float:
    times = 4
    while (seconds := _seconds(product, times, device)) < 0.7:
        times *= 2
    return times * 2 * _SIDE**3 / seconds


def _seconds(product: Callable[[], object], times: int, device: torch.device) -> float:
    def synchronise() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize()

    synchronise()
    begin = time.perf_counter()
    for _ in range(times):
        product()
    synchronise()
    return time.perf_counter() - begin


def own_flops(channels: int = 64) -> float:
    """Floating point operations of GanZoo's training step for one real image, as torch counts them.

    Convolutions count all taps, also those on padding; additions of normalisation, activations and
    Adam count nothing.
    """
    task = _counting(channels)
    configuration = task.configuration({"training.precision": "fp32"})
    device, layout = torch.device("cpu"), torch.channels_last
    players = make_players(task.networks(), configuration, device, torch.float32, layout, World())
    images = torch.zeros(task.batch_size, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    return _count(lambda: training_step(players, [[Batch(images, None)]])) / task.batch_size


def example_flops(channels: int = 64) -> float:
    """The same of the example's step, which also computes gradients that the generator has no use for."""
    task = _counting(channels)
    gan = task.networks()
    batch = torch.zeros(task.batch_size, 3, 32, 32), torch.empty(0)
    return _count(lambda: example.train(gan, [batch], "cpu")) / task.batch_size


def _counting(channels: int) -> Task:
    return Task(1, 0, 2, 1, "cpu", channels, None)


def _count(step: Callable[[], object]) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return float(counter.get_total_flops())
