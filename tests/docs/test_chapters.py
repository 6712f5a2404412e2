"""Every fact of the two textbook chapters is on the tutorials' pages, in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main
from ganzoo.training import loop

DOCS = Path(__file__).resolve().parents[2] / "docs"
DCGAN, LAYERS, CONDITIONAL = "tutorial.md", "tutorial-layers.md", "tutorial-conditional.md"
LANGUAGES = ("", "vi/")

FACTS: dict[str, dict[str, tuple[str, ...]]] = {
    DCGAN: {
        "CIFAR-10": ("CIFAR-10", "32 × 32", "images/real-images.jpg)"),
        "the generator's way": (
            "128",
            "2048",
            "2 × 2 × 512",
            "4 × 4 × 256",
            "8 × 8 × 128",
            "16 × 16 × 64",
            "32 × 32 × 3",
        ),
        "the discriminator's end": ("2048 → 1", "# Linear               1 "),
        "parameters without biases before batch normalisation": ("4571715 4309505",),
        "parameters with biases everywhere": ("4572163 4310401",),
        "the dense layer by hand": ("128·2048", "264192"),
        "six tips": (
            "ReLU",
            "LeakyReLU",
            "tanh",
            "(−1, 1)",
            "sigmoid",
            "batch normalisation",
            "pooling",
            "strided convolution",
            "transposed convolution",
            "upsampl",
        ),
        "their switches": ("`--set model.generator_slope=0.2`", "`--upsampling resize-conv`", "what_if.py"),
        "kernel, optimiser, batch": ("2e-4", "betas=(0.5, 0.999)", "128", "kernel", "# 0.02"),
        "the public implementation": (
            "LeakyReLU",
            "--batch-size 32",
            "--set objective.real_target=0.9",
            "# 4514819",
        ),
        "the loss": ("E[log D(x)] + E[log(1 − D(G(z)))]", "−log D"),
        "10 and 150 epochs": ("--epochs 10\n", "--epochs 150\n", "499200 7488000", "# 4.6 hours"),
        "what was not trained": ("images/dcgan-cifar10.png",),
    },
    LAYERS: {
        "scatter, stride 2": ("[4.0, 8.0, 10.0, 12.0, 6.0]", "images/transposed-scatter.svg"),
        "scatter, stride 1": (
            "[[18.0, 21.0], [24.0, 27.0]]",
            "images/transposed-scatter-stride-1.svg",
        ),
        "the convolution that leads back": ("[2.0, 5.0, 8.0, 6.0]", "images/transposed-convolution-back.svg"),
        "one operation, PyTorch's arguments": ("conv_transpose1d(numbers, weights, stride=2, padding=1)",),
        "geometry of 'same'": ("| 3 | 0 ", "| 4 | 1 ", "| 5 | 1 ", "output_padding=1"),
        "strided convolution for pooling": ("max_pool2d", "avg_pool2d", "images/strided-convolution.svg"),
        "tanh": ("127.5 - 1", "# [-1.0, -0.6, 1.0]", "2·sigmoid(2x) − 1", "images/tanh.svg"),
    },
    CONDITIONAL: {
        "classes": (
            "| 0 | T-shirt/top",
            "| 1 | Trouser",
            "| 2 | Pullover",
            "| 3 | Dress",
            "| 4 | Coat",
            "| 5 | Sandal",
            "| 6 | Shirt",
            "| 7 | Sneaker",
            "| 8 | Bag",
            "| 9 | Ankle boot",
        ),
        "the label in the generator": ("(4, 50) (4, 49)", "(4, 1, 7, 7)", "7 × 7 × 1", "7 × 7 × 128"),
        "both beside each other": ("7 × 7 × 129", "(4, 129, 7, 7)"),
        "upwards": ("14 × 14 × 128", "28 × 28 × 128", "28 × 28 × 1"),
        "the label in the discriminator": (
            "(4, 50) (4, 784)",
            "28 × 28 × 1",
            "28 × 28 × 2",
            "(4, 2, 28, 28)",
        ),
        "the slip": ("2 × 2 × 512", "28 → 14 → 7"),
        "the conditional minimax": ("E[log D(x|y)] + E[log(1 − D(G(z|y)))]",),
        "parameters, 128 latents": ("# 1344952", "# 196773"),
        "parameters, 100 latents": ("# 1169336 196773",),
        "the published twin": ("dropout 0.4", "kernel 4", "kernel 3", "kernel 7", "2e-4", "100 epoch"),
        "one-hot": ("--conditioning one-hot", "one-hot", "# 1342492"),
        "initialisation decides": (
            "--set model.initialisation=torch",
            "Glorot",
            "±0.05",
            "1.3",
            "0.8",
            "900",
        ),
        "100 epochs": ("5990400", "10.2 hours"),
    },
}
"""A page's facts, each with what has to stand on it; Vietnamese has the English term beside its own."""

IN_VIETNAMESE = {
    "kernel 4": "hạt nhân (kernel) 4",
    "kernel 3": "hạt nhân 3",
    "kernel 7": "hạt nhân 7",
    "dropout 0.4": "dropout 0,4",
    "±0.05": "±0,05",
    "1.3": "1,3",
    "0.8": "0,8",
}
"""What is written otherwise there."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("page", "fact"), [(page, fact) for page, facts in FACTS.items() for fact in facts], ids=str
)
def test_the_fact_is_on_the_page(language: str, page: str, fact: str) -> None:
    text = (DOCS / language / page).read_text("utf-8")
    for words in FACTS[page][fact]:
        expected = IN_VIETNAMESE.get(words, words) if language else words
        assert expected in text, f"{language}{page} lacks {expected!r}"


def trainings(page: str) -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    return re.findall(r"^\$ ganzoo train (.+)$", text, re.MULTILINE)


COMMANDS = [pytest.param(page, command, id=command) for page in FACTS for command in trainings(page)]


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_training_of_the_page_would_start(
    page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, names and values are checked as they are in earnest; only the training itself is left out."""
    started: list[Any] = []
    monkeypatch.setattr(loop, "train", lambda configuration, *rest: started.append(configuration))
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text("utf-8")
    for name, body in re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        Path(name).write_text(body, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["train", *shlex.split(command)])
    assert not stopped.value.code
    assert len(started) == 1
