"""Everyone who takes part, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

from training_speed import example, limits, own, peers
from training_speed.task import Sample, Task


@dataclass(frozen=True)
class Contender:
    """Trains, and says how fast."""

    summary: str
    run: Callable[[Task], Sample]
    kind: str
    """`peer`, `own` (GanZoo) or `limit`."""


_PRECISIONS = ("auto", "fp32", "tf32", "bf16", "fp16")


def _own(
    precision: str, compiled: bool, captured: bool, streamed: bool, any_order: bool
) -> tuple[str, Contender]:
    options = [] if precision == "auto" else [precision]
    options += ["compile"] * compiled + ["graph"] * captured + ["streamed"] * streamed
    options += ["any-order"] * any_order
    summary = "GanZoo, `ganzoo train dcgan`" + (
        "".join(f", {option}" for option in options) or ", default settings"
    )
    run = partial(
        own.end_to_end,
        precision=precision,
        compiled=compiled,
        captured=captured,
        streamed=streamed,
        any_order=any_order,
    )
    return "-".join(["ganzoo", *options]), Contender(summary, run, "own")


CONTENDERS: Mapping[str, Contender] = {
    "example": Contender(
        "PyTorch's DCGAN example, data loader without workers", partial(example.end_to_end, workers=0), "peer"
    ),
    "example-2-workers": Contender(
        "PyTorch's DCGAN example, 2 workers", partial(example.end_to_end, workers=2), "peer"
    ),
    "example-step": Contender(
        "PyTorch's DCGAN example, its step alone on tensors in memory", example.step_alone, "peer"
    ),
    "torchgan": Contender("torchgan 0.1.0's trainer", peers.torchgan, "peer"),
    "mimicry": Contender("torch-mimicry 0.1.16's trainer", peers.mimicry, "peer"),
    **dict(_own(*chosen) for chosen in product(_PRECISIONS, *[(False, True)] * 4)),
    **{
        f"matrix-{precision}": Contender(
            f"matrix products of {precision}", partial(limits.matrix_product, precision=precision), "limit"
        )
        for precision in _PRECISIONS[1:]
    },
}

DEFAULT = (
    "example", "example-2-workers", "example-step", "torchgan", "mimicry",
    "ganzoo", "ganzoo-compile", "ganzoo-fp32", "ganzoo-fp32-compile",
    "matrix-fp32", "matrix-bf16",
)  # fmt: skip
