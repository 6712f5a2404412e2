"""Capturing a step: the protocol with CUDA, held against a stand-in that knows nothing else."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from ganzoo.engine.captured import EAGER_STEPS, CapturedStep
from ganzoo.engine.step import StepResult
from ganzoo.interfaces import Batch


class Recorder:
    """Stands in for `torch.cuda`: records every call; a replay runs what was captured again."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_capturing = False
        recorder = self

        class Stream:
            def __init__(self, name: str = "side") -> None:
                self.name = name

            def wait_stream(self, other: Stream) -> None:
                recorder.calls.append(f"{self.name} waits for {other.name}")

        class CUDAGraph:
            def replay(self) -> None:
                recorder.calls.append("replay")

        self.Stream, self.CUDAGraph = Stream, CUDAGraph

    @contextmanager
    def graph(self, graph: Any):
        self.is_capturing = True
        self.calls.append("capture")
        yield
        self.is_capturing = False

    @contextmanager
    def stream(self, stream: Any):
        self.calls.append(f"on {stream.name}")
        yield

    def current_stream(self) -> Any:
        return self.Stream("current")


@pytest.fixture
def cuda() -> Recorder:
    return Recorder()


def batch(value: float) -> list[list[Batch]]:
    return [[Batch(torch.full((2, 1, 1, 1), value), torch.tensor([0, int(value)]))]]


def test_every_name_that_is_used_exists_in_torch_cuda(cuda):
    used = [name for name, _ in inspect.getmembers(cuda) if not name.startswith("_")]
    for name in set(used) - {"calls", "is_capturing"}:
        assert hasattr(torch.cuda, name)
    assert hasattr(torch.cuda.CUDAGraph, "replay")
    assert hasattr(torch.cuda.Stream, "wait_stream")


def test_the_protocol(cuda):
    seen: list[tuple[bool, torch.Tensor]] = []

    def step(batches: Any) -> StepResult:
        images = batches[0][0].images
        cuda.calls.append("step")
        seen.append((cuda.is_capturing, images))
        return StepResult(images.sum(), images.sum(), None, batches[0][0], batches[0][0])

    captured = CapturedStep(step, cuda)
    for index in range(EAGER_STEPS):
        result = captured(batch(index))
        assert result.fake.images.unique().tolist() == [index]
    eager = ["side waits for current", "on side", "step", "current waits for side"]
    assert cuda.calls == eager * EAGER_STEPS

    cuda.calls.clear()
    first, second = captured(batch(7)), captured(batch(8))
    assert cuda.calls == ["capture", "step", "replay", "replay"], "one capture, one replay a step"
    capturing, inputs = seen[-1]
    assert capturing
    assert inputs.unique().tolist() == [8], "the graph's own input holds the newest batch"
    assert first is second, "a graph writes where it wrote before"


def test_unconditional_batches_are_captured_too(cuda):
    captured = CapturedStep(lambda b: StepResult(*[b[0][0].images] * 3, b[0][0], b[0][0]), cuda)
    for value in range(EAGER_STEPS + 2):
        result = captured([[Batch(torch.full((1, 1, 1, 1), float(value)), None)]])
    assert result.fake.images.item() == EAGER_STEPS + 1


def test_gradients_are_those_of_the_newest_step_whichever_graph_took_it(cuda):
    # Two graphs, as of steps with a penalty and of steps without, each with gradients in memory of its own.
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(3)]

    def step_with(gradients: list[float | None]) -> CapturedStep:
        def step(batches: Any) -> StepResult:
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = None if gradient is None else torch.tensor([gradient])
            return StepResult(*[batches[0][0].images.sum()] * 3, batches[0][0], batches[0][0])

        return CapturedStep(step, cuda, parameters)

    steps = [step_with([None, 1.0, 2.0]), step_with([3.0, 4.0, None])]
    for _ in range(EAGER_STEPS + 1):
        for step in steps:
            step(batch(0))
    for step, expected in zip(steps * 2, [[None, 1.0, 2.0], [3.0, 4.0, None]] * 2, strict=True):
        step(batch(1))
        assert [p.grad if p.grad is None else p.grad.item() for p in parameters] == expected
