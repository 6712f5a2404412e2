"""From the command to the first step of a training: what is imported, and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOT_NEEDED = (
    "torchvision", "optuna", "scipy", "sympy", "sklearn", "pandas", "matplotlib", "onnx", "pyarrow",
    "huggingface_hub", "tensorboard", "fastapi", "torch._dynamo.utils", "torch._inductor",
    "torch.distributed.tensor", "ganzoo.evaluation.evaluate", "ganzoo.testing", "ganzoo.study",
)  # fmt: skip
"""What takes time to import, and has nothing to do with a step."""

TRAINING = """
import json, sys
from ganzoo.cli import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""

COMPILER = """
import sys
import torch
from ganzoo.torch_compiler import defer_compiler
wrapped = torch.optim.Optimizer.zero_grad.__wrapped__
defer_compiler()
weight = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.Adam([weight], lr=0.5)
def step():
    optimizer.zero_grad()
    weight.sum().backward()
    optimizer.step()
    return weight.detach().clone()
step()
assert "torch._dynamo.utils" not in sys.modules, "imported too early"
assert torch.compile(lambda x: 2 * x, backend="eager")(weight).tolist() == (2 * weight).tolist()
import torch._dynamo
assert torch._dynamo is sys.modules["torch._dynamo"] and torch._dynamo.__file__
assert not hasattr(wrapped, "__dynamo_disable"), "zero_grad is still kept from the compiler by nothing"
before = weight.detach().clone()
assert torch.equal(step(), before - 0.5), "constant gradients: each step of Adam is one learning rate"
defer_compiler()
assert torch._dynamo is sys.modules["torch._dynamo"] and torch._dynamo.__file__
"""


def run(code: str, *arguments: str) -> str:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.slow
def test_a_training_imports_nothing_that_its_steps_do_not_need(tmp_path: Path) -> None:
    printed = run(
        TRAINING,
        "train", "dcgan", "--dataset", "digits", "--max-steps", "1", "--out", str(tmp_path / "run"),
    )  # fmt: skip

    imported = set(json.loads(printed.splitlines()[-1]))

    assert "ganzoo.training.loop" in imported
    assert sorted(imported & set(NOT_NEEDED)) == []


@pytest.mark.slow
def test_the_compiler_comes_when_it_is_asked_for() -> None:
    run(COMPILER)
