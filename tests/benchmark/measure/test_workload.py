"""What is timed: the engine's own step, its parts, and what it keeps in memory."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from ganzoo import benchmark, trace
from ganzoo.arithmetic import flops
from ganzoo.benchmark.codec import encode
from ganzoo.benchmark.measure import cells as measured_cells
from ganzoo.benchmark.measure import kernel_tables, memory, parts, probing, profiling
from ganzoo.benchmark.measure.cells import DEFAULT_IMAGES, Cell, configuration
from ganzoo.benchmark.measure.choices import model_choices
from ganzoo.benchmark.measure.clocks import HostClock
from ganzoo.benchmark.measure.gauges import HostGauge, Peaks
from ganzoo.benchmark.measure.kernel_tables import Recorded
from ganzoo.benchmark.measure.tasks import Drawable, Probe
from ganzoo.benchmark.measure.workload import Workload, build
from ganzoo.benchmark.measure.workload import _cycle as cycle_of
from ganzoo.engine.engine import Engine
from ganzoo.engine.parts import listening
from ganzoo.engine.step import penalised_updates
from ganzoo.errors import UsageError
from ganzoo.plugins import discovery
from ganzoo.trace import GpuEvent, HostEvent

CELL = Cell(
    model="ganzoo-models:dcgan",
    components={"upsampling": "ganzoo-components:transposed-conv"},
    phase="train-step",
    image="1x8x8",
    batch_size=4,
    precision="fp32",
    channels_last=True,
    compile=False,
    device="cpu",
    seed=5,
)
CONDITIONAL = dataclasses.replace(
    CELL,
    model="ganzoo-models:cgan",
    components={
        "upsampling": "ganzoo-components:transposed-conv",
        "conditioning": "ganzoo-components:embedding",
    },
)


def weights(workload: Workload) -> list[torch.Tensor]:
    networks = (*workload.networks, *([workload.average] if workload.average else []))
    return [tensor.clone() for network in networks for tensor in network.state_dict().values()]


MODELS = tuple(plugin.full_name for plugin in discovery.discover().of_kind("model"))

UNTRAINED = {"ganzoo-projected:projected": {"model.weights": "random"}}
"""Settings of models that would download weights."""


QUICK = ("ganzoo-models:dcgan", "ganzoo-models:r3gan-conditional", "ganzoo-models:wgan-gp")
"""Models that the quick tests time: one of each way to feed the players. The slow ones take the others."""


@pytest.mark.parametrize(
    "model",
    [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in MODELS],
)
def test_what_is_timed_is_the_engines_own_step(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every model: whatever a training does at each step, `ganzoo bench` times; and nothing else."""
    for module in (probing, measured_cells):
        monkeypatch.setattr(module, "configuration", untrained)
    taken: list[Engine] = []
    monkeypatch.setattr(Engine, "take_step", lambda engine: taken.append(engine))
    workload = build(cell_of(model))

    workload.step()
    workload.step()
    workload.plain_step()

    assert workload.step == workload.engine.take_step  # type: ignore[union-attr]
    assert taken[:2] == [workload.engine, workload.engine]
    assert taken[2].equipment.data is workload.engine.equipment.data  # type: ignore[union-attr]
    assert len(taken) == 3


def untrained(model: str, components: Mapping[str, str]) -> dict[str, Any]:
    """The choice of a model that is not to download anything."""
    return configuration(model, components) | UNTRAINED.get(model, {})


def cell_of(model: str) -> Cell:
    """A training step of one image, as small as the model draws it."""
    (choice,) = model_choices([model])
    images = ("1x8x8", "1x28x28", *DEFAULT_IMAGES)
    asked = Probe(
        device="cpu",
        precisions=(),
        models=(Drawable(model=choice.model, components=choice.components, images=images),),
    )
    (image,) = probing.probe(asked).images
    assert image is not None
    return dataclasses.replace(
        CELL, model=choice.model, components=choice.components, image=image, batch_size=1
    )


def test_no_step_is_put_together_here() -> None:
    """Only the engine may know of what a step consists: the benchmark calls none of its parts."""
    of_a_step = {"training_step", "update_discriminator", "update_generator", "apply_schedule"}
    folder = Path(benchmark.__file__).parent
    called: list[tuple[str, str]] = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                called += [(path.name, name.name) for name in node.names if name.name in of_a_step]
            elif isinstance(node, ast.Attribute):
                is_average = node.attr == "update" and "average" in ast.unparse(node.value)
                if node.attr in {*of_a_step, "step_function", "take_step"} or is_average:
                    called.append((path.name, ast.unparse(node)))

    assert sorted(called) == [
        ("loss_curve.py", "engine.take_step"),
        ("workload.py", "engine.take_step"),
        ("workload.py", "engine.uncompiled().take_step"),
    ]


def test_listening_changes_nothing() -> None:
    heard = build(CELL)
    for _ in range(3):
        entered_in_a_step(heard)
    unheard = build(CELL)
    for _ in range(3):
        unheard.step()

    assert all(torch.equal(a, b) for a, b in zip(weights(heard), weights(unheard), strict=True))


def entered_in_a_step(workload: Workload) -> list[str]:
    """The parts of one step, in the order in which they begin, what lies between them included."""
    entered: list[str] = []
    with listening(entered.append):
        workload.step()
    return entered


def test_the_parts_of_a_step_come_in_its_order() -> None:
    entered = entered_in_a_step(build(CELL))

    assert [name for name in entered if name != "other"] == [
        "data",
        "generator forward",
        "discriminator forward, real",
        "discriminator forward, fake",
        "discriminator backward",
        "discriminator update",
        "discriminator forward, for generator",
        "generator backward",
        "generator update",
        "moving average",
    ]
    assert entered[-1] == "other"


LAZY = '''
"""R1 once in a while."""
from dataclasses import dataclass
from typing import final
import torch
from ganzoo.interfaces import Regularisation

@final
class Lazy(Regularisation):
    """The squared gradient for real images, in one update of six."""
    ganzoo_api = 1
    every = 6
    def __init__(self, config):
        pass
    def penalty(self, judge, real, fake):
        images = real.images.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(judge(images, real.labels).sum(), images, create_graph=True)
        return gradient.square().sum()
    def constrain(self, discriminator):
        pass
'''


@pytest.fixture
def lazy(tmp_path: Path) -> Cell:
    (tmp_path / "lazy.py").write_text(LAZY)
    return dataclasses.replace(
        CELL, components={**CELL.components, "regularisation": f"{tmp_path}/lazy.py:Lazy"}
    )


def test_a_lazy_penalty_makes_a_cycle_of_steps(lazy: Cell) -> None:
    workload = build(lazy)
    counted = [flops.count(workload.plain_step).per_step for _ in range(12)]

    assert workload.cycle == 6
    assert counted[0] > counted[1] == counted[2] == counted[5]
    assert counted[:6] == counted[6:]


@pytest.mark.parametrize(("every", "updates", "steps"), [(1, 1, 1), (16, 1, 16), (6, 4, 3), (4, 8, 1)])
def test_a_cycle_ends_where_penalties_fall_as_in_the_step_before(
    every: int, updates: int, steps: int
) -> None:
    players: Any = SimpleNamespace(regularisation=SimpleNamespace(every=every, acts_on="discriminator"))
    settings = SimpleNamespace(discriminator_steps=updates)
    engine: Any = SimpleNamespace(equipment=SimpleNamespace(players=players, settings=settings))
    due = [penalised_updates(players, step, updates) for step in range(4 * steps)]

    assert cycle_of(engine) == steps
    assert due[:steps] == due[steps : 2 * steps]
    assert all(due[:shorter] * 4 != due[: 4 * shorter] for shorter in range(1, steps))


def test_a_penalty_is_a_part_with_all_its_passes(lazy: Cell) -> None:
    workload = build(lazy)
    first = [name for name in entered_in_a_step(workload) if name != "other"]
    entered = entered_in_a_step(workload)

    assert first[2:6] == [
        "discriminator forward, real",
        "discriminator forward, fake",
        "penalty",
        "discriminator backward",
    ]
    assert "penalty" not in entered


def test_the_parts_of_a_cycle_are_by_the_step(lazy: Cell) -> None:
    found = parts.measure(build(lazy), Ticks(), cycles=2)

    assert found["penalty"].median_ns == 1  # 7 ns in one step of six
    assert found["generator forward"].median_ns == 7


def test_several_updates_of_the_discriminator_keep_real_and_fake_apart() -> None:
    cell = dataclasses.replace(
        CELL,
        model="ganzoo-models:wgan-gp",
        components={},
        image="3x32x32",
        batch_size=2,
    )
    workload = build(cell)
    assert workload.engine is not None
    updates = workload.engine.equipment.settings.discriminator_steps
    entered = entered_in_a_step(workload)

    assert updates == 5  # Gulrajani et al., 2017, algorithm 1
    assert workload.images_per_step == 10
    for name in ("discriminator forward, real", "discriminator forward, fake", "penalty"):
        assert entered.count(name) == updates
    assert entered.count("discriminator forward, for generator") == 1


class Ticks(HostClock):
    """A clock that moves on by 7 ns with every look at it."""

    def __init__(self) -> None:
        self._ticks = count(0, 7)

    def mark(self) -> int:
        return next(self._ticks)


def test_the_parts_add_up_to_the_step() -> None:
    found = parts.measure(build(CELL), Ticks(), cycles=3)

    # 10 parts with a name, each between two looks; 11 stretches between and around them.
    assert {name: part.median_ns for name, part in found.items() if name != "other"} == dict.fromkeys(
        [name for name in found if name != "other"], 7
    )
    assert len(found) == 11
    assert sum(part.share for part in found.values()) == pytest.approx(1)
    assert all(part.samples == 3 for part in found.values())


def test_generate_runs_the_average_without_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = build(dataclasses.replace(CELL, phase="generate"))
    images = workload.step()

    assert isinstance(images, torch.Tensor)
    assert images.shape == (4, 1, 8, 8)
    assert images.is_inference()
    (network,) = workload.networks
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())  # as an average's are
    assert workload.average is None
    assert workload.parameters.generator > 0


def test_discriminate_maps_images_to_logits() -> None:
    workload = build(dataclasses.replace(CELL, phase="discriminate"))
    logits = workload.step()

    assert isinstance(logits, torch.Tensor)
    assert logits.shape == (4,)
    assert logits.is_inference()


@pytest.mark.parametrize("phase", ["generate", "discriminate", "train-step"])
def test_a_conditional_model_gets_ten_classes(phase: Any) -> None:
    workload = build(dataclasses.replace(CONDITIONAL, phase=phase))

    workload.step()

    assert all(getattr(network, "num_classes", 0) == 10 for network in workload.networks)


@pytest.mark.parametrize(("channels_last", "expected"), [(True, torch.channels_last), (False, None)])
def test_the_memory_layout_is_as_asked(channels_last: bool, expected: torch.memory_format | None) -> None:
    workload = build(dataclasses.replace(CELL, channels_last=channels_last, image="3x16x16"))
    workload.step()
    workload.step()

    kernels = [
        module.weight
        for network in workload.networks
        for module in network.modules()
        if isinstance(module, nn.Conv2d) and module.in_channels > 1 and module.kernel_size != (1, 1)
    ]
    assert kernels
    layout = expected or torch.contiguous_format
    assert all(kernel.is_contiguous(memory_format=layout) for kernel in kernels)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_products_have_the_precision_asked_for(precision: str) -> None:
    workload = build(dataclasses.replace(CELL, phase="discriminate", precision=precision))
    seen: list[torch.dtype] = []
    convolution = next(m for m in workload.networks[0].modules() if isinstance(m, nn.Conv2d))
    convolution.register_forward_hook(lambda _module, _inputs, output: seen.append(output.dtype))

    workload.step()

    assert seen == [{"fp32": torch.float32, "bf16": torch.bfloat16}[precision]]


def test_an_image_that_can_not_be_drawn_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        build(dataclasses.replace(CELL, image="1x7x9"))


# Memory


def test_memory_is_named_by_what_it_holds() -> None:
    workload = build(CELL)
    workload.step()
    generator, discriminator = workload.networks
    trainable = sum(p.numel() for n in workload.networks for p in n.parameters())
    buffers = sum(b.nbytes for n in workload.networks for b in n.buffers())
    tensors = sum(len(list(n.parameters())) for n in workload.networks)

    held = memory.describe(workload, Peaks(None, None, None, resident=77), 55, 44)

    assert held.weights == 4 * trainable + buffers
    assert held.gradients == 4 * trainable
    assert held.optimizer == 2 * 4 * trainable + 4 * tensors  # two moments, and a count for each tensor
    assert held.average == sum(t.nbytes for t in (*generator.parameters(), *generator.buffers()))
    assert (held.activations_peak, held.resident_peak, held.resident_baseline) == (55, 77, 44)
    assert (held.allocated_peak, held.reserved_peak, held.device_used) == (None, None, None)
    assert sum(p.numel() for p in discriminator.parameters()) == workload.parameters.discriminator


def test_inference_holds_weights_only() -> None:
    workload = build(dataclasses.replace(CELL, phase="generate"))
    workload.step()

    held = memory.describe(workload, Peaks(None, None, None, None), None, None)

    assert held.weights > 0
    assert (held.gradients, held.optimizer, held.average) == (None, None, None)


def test_the_peak_of_activations_is_what_lives_together() -> None:
    inputs = torch.zeros(1000)

    def step() -> None:
        first = inputs + 1  # 4000 bytes
        second = torch.cat((first, first))  # 8000 bytes more
        del first
        second.exp_()

    assert memory.activations_peak(step, HostGauge()) == 12_000


def test_the_running_peak_goes_by_time() -> None:
    assert memory.running_peak([(3.0, -100), (1.0, 100), (4.0, 60), (2.0, 50)]) == 150
    assert memory.running_peak([(1.0, -10), (2.0, 5)]) == 0
    assert memory.running_peak([]) == 0


def test_the_resident_peak_is_seen() -> None:
    gauge = HostGauge()
    gauge.reset_peaks()
    before = gauge.peaks().resident
    block = torch.ones(16 * 2**20)  # 64 MiB
    del block
    after = gauge.peaks().resident

    assert before is not None
    assert after is not None
    assert 50 * 2**20 < after - before < 200 * 2**20


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"), True),
        (MemoryError(), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_running_out_of_memory_on_the_cpu(error: Exception, expected: bool) -> None:
    assert HostGauge().is_out_of_memory(error) == expected


def test_torch_says_so_when_it_runs_out() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)

    assert HostGauge().is_out_of_memory(raised.value)


# Operators


def test_the_table_of_operators_accounts_for_the_recorded_steps() -> None:
    table = encode(profiling.kernels(build(CELL), HostClock(), CELL))

    assert (table["source"], table["steps"]) == ("operators", 3)
    rows = {row["name"]: row for row in table["table"]}
    assert sum(row["total_ns"] for row in table["table"]) == table["total_ns"]
    assert sum(row["share"] for row in table["table"]) == pytest.approx(1)
    assert all(row["calls"] == 3 * row["calls_per_step"] for row in table["table"])
    assert rows["aten::_fused_adam_"]["calls_per_step"] == 2
    assert rows["aten::_fused_adam_"]["category"] == "optimizer"
    assert rows["aten::_fused_adam_"]["phase"] in ("discriminator update", "generator update")
    assert rows["aten::convolution_backward"]["phase"] in ("discriminator backward", "generator backward")
    assert rows["aten::_foreach_lerp_"]["phase"] == "moving average"
    assert table["verdict"]["kind"] in ("compute-bound", "memory-bound")


@pytest.mark.parametrize(
    ("categories", "changes", "kind", "advice"),
    [
        ({"conv": 60, "norm": 40}, {}, "compute-bound", "--precision bf16"),
        ({"conv": 60, "norm": 40}, {"precision": "bf16"}, "compute-bound", "try more threads"),
        ({"conv": 40, "norm": 60}, {}, "memory-bound", "--compile on"),
        ({"conv": 40, "norm": 60}, {"compile": True}, "memory-bound", "try a larger batch"),
    ],
)
def test_the_verdict_advises_what_is_not_done_yet(
    categories: dict[str, int], changes: dict[str, Any], kind: str, advice: str
) -> None:
    verdict = kernel_tables._verdict(categories, 100, dataclasses.replace(CELL, **changes))

    assert verdict["kind"] == kind
    assert "60%" in verdict["reason"]
    assert advice in verdict["advice"]


def recording() -> trace.Trace:
    """Two steps: a convolution in the first part of each, one element by element after it."""
    kernel, thread = "implicit_convolve_sgemm", (1, 1)
    gpu, calls, ranges = [], [], []
    for step in range(2):
        start = 1000 * step
        ranges.append(HostEvent(f"ProfilerStep#{step + 2}", start, 900, thread))
        ranges.append(HostEvent("ganzoo: generator forward", start, 100, thread))
        ranges.append(HostEvent("ganzoo: generator backward", start + 100, 700, thread))
        for index, (offset, name, duration) in enumerate(
            [
                (10, kernel, 200),
                (50, "add_kernel", 30),
                (150, kernel, 300),
                (400, kernel, 100),
                (550, "add_kernel", 10),
            ]
        ):
            correlation = 10 * step + index
            calls.append(HostEvent("cudaLaunchKernel", start + offset, 5, thread, correlation))
            gpu.append(GpuEvent("kernel", name, start + offset + 90, duration, 0, 7, correlation, 0))
    return trace.Trace(gpu=tuple(gpu), calls=tuple(calls), ranges=tuple(ranges))


def test_the_table_of_kernels_names_the_part_that_launched_them() -> None:
    whole = recording()
    parts = {
        name: trace.within(whole, f"ganzoo: {name}") for name in ("generator forward", "generator backward")
    }

    recorded = Recorded(steps=trace.within(whole, "ProfilerStep#*"), parts=parts, count=2, step_ns=900)

    table = encode(kernel_tables.of_kernels(recorded, CELL))

    convolution, addition = table["table"]
    assert (convolution["calls"], convolution["calls_per_step"]) == (6, 3)
    assert (convolution["total_ns"], convolution["mean_ns"]) == (1200, 200)
    assert convolution["share"] == pytest.approx(1200 / 1280)
    assert convolution["phase"] == "generator backward"  # 400 of every 600 ns
    assert (addition["calls_per_step"], addition["phase"]) == (2, "generator forward")  # 30 of 40 ns
    assert table["steps"] == {"kernels": [5, 5], "stable": True}
    assert table["complete"]


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("aten::addmm", "gemm"),
        ("aten::convolution_backward", "conv"),
        ("aten::leaky_relu_", "elementwise"),
        ("aten::tanh", "elementwise"),
        ("aten::as_strided", "views and allocation"),
        ("aten::empty_strided", "views and allocation"),
        ("aten::transpose", "views and allocation"),
        ("aten::native_batch_norm", "norm"),
        ("aten::copy_", "copy"),
        ("aten::normal_", "random"),
        ("somebody::own_thing", "other"),
        ("Torch-Compiled Region: 0/0", "compiled"),
        ("CompiledFunctionBackward", "compiled"),
    ],
)
def test_the_category_of_an_operator(name: str, category: str) -> None:
    assert kernel_tables.operator_category(name) == category
