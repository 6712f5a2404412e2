"""A whole training step as one CUDA graph: the host launches once instead of a thousand times.

Small networks leave a GPU idle while Python launches their kernels one by one. A captured step
replays all of them with a single call (CUDA programming guide, "CUDA Graphs"; torch documentation,
"CUDA semantics", whole-network capture).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from ganzoo.engine.distributed import World
from ganzoo.engine.players import Players
from ganzoo.engine.step import StepResult
from ganzoo.errors import UsageError
from ganzoo.interfaces import Batch
from ganzoo.settings.training import TrainingSettings

EAGER_STEPS: Final = 3
"""Ordinary steps before the capture: libraries choose their algorithms and allocate on first use."""

Batches = Sequence[Sequence[Batch]]


class Cuda(Protocol):
    """The part of `torch.cuda` that capturing needs."""

    Stream: Any
    CUDAGraph: Any
    graph: Any
    stream: Any
    current_stream: Any


class CapturedStep:
    """Takes a step like `step`, the first few in the ordinary way, the others from a graph.

    Every call takes exactly one step: the eager ones count, and capturing records without running.
    The step must read nothing back from the device, its optimisers must be capturable, and every
    call must bring batches of the same shapes. What it returns is overwritten by the next call.

    Args:
        step: the step.
        cuda: `torch.cuda`, or what stands in for it.
        parameters: whose `grad` is that of the newest step after every call, as after an ordinary step.
    """

    def __init__(
        self,
        step: Callable[[Batches], StepResult],
        cuda: Cuda = torch.cuda,
        parameters: Sequence[nn.Parameter] = (),
    ) -> None:
        self._step = step
        self._parameters = parameters
        self._gradients: list[tuple[nn.Parameter, Tensor | None]] = []
        self._cuda = cuda
        self._side_stream = cuda.Stream()
        self._taken = 0
        self._graph: Any = None
        self._inputs: list[Tensor] = []
        self._result: StepResult | None = None

    def __call__(self, batches: Batches) -> StepResult:
        """Takes a step."""
        if self._taken < EAGER_STEPS:
            self._taken += 1
            return self._take_eagerly(batches)
        if self._graph is None:
            self._capture(batches)
        for mine, given in zip(self._inputs, _tensors(batches), strict=True):
            mine.copy_(given, non_blocking=True)
        self._graph.replay()
        self._point_at_gradients()
        assert self._result is not None, "a captured step has a result"
        return self._result

    def _take_eagerly(self, batches: Batches) -> StepResult:
        # On a side stream, as the capture will be: work on the default stream can't be captured.
        self._side_stream.wait_stream(self._cuda.current_stream())
        with self._cuda.stream(self._side_stream):
            result = self._step(batches)
        self._cuda.current_stream().wait_stream(self._side_stream)
        return result

    def _capture(self, batches: Batches) -> None:
        own = [
            [
                Batch(part.images.clone(), None if part.labels is None else part.labels.clone())
                for part in parts
            ]
            for parts in batches
        ]
        self._inputs = _tensors(own)
        self._graph = self._cuda.CUDAGraph()
        with self._cuda.graph(self._graph):
            self._result = self._step(own)
        self._gradients = [(parameter, parameter.grad) for parameter in self._parameters]

    def _point_at_gradients(self) -> None:
        """Each graph writes gradients into memory of its own, and another one may have been replayed last."""
        written = next(((p, gradient) for p, gradient in self._gradients if gradient is not None), None)
        if written is None or written[0].grad is written[1]:
            return
        for parameter, gradient in self._gradients:
            parameter.grad = gradient


def _tensors(batches: Batches) -> list[Tensor]:
    return [tensor for parts in batches for part in parts for tensor in part if tensor is not None]


def require_capturable(
    players: Players, settings: TrainingSettings, device: torch.device, world: World
) -> None:
    """Refuses what a graph can't hold.

    Raises:
        UsageError: with what it is.
    """
    if device.type != "cuda":
        raise UsageError(f"training.cuda_graph needs a CUDA device, not {device.type}")
    if players.dtype == torch.float16:
        raise UsageError("training.cuda_graph can't capture fp16, whose loss scale is read back; use bf16")
    if world.size > 1:
        raise UsageError("training.cuda_graph is for one process")
    for player in (players.generator, players.discriminator):
        if not all(group.get("capturable") for group in player.optimizer.param_groups):
            raise UsageError(
                f"training.cuda_graph can't capture {type(player.optimizer).__name__}: this optimiser has no "
                "capturable form\nchoose another --optimizer, or --set training.cuda_graph=false"
            )
        if player.final_numbers:
            raise UsageError(
                f"training.cuda_graph can't capture what moves: {', '.join(player.final_numbers)} of the "
                "optimiser\nset what is called final_... in section optimizer to none, or "
                "--set training.cuda_graph=false"
            )
