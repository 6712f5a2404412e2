"""The kind `conditioning`: a label as a vector, and what every one promises."""

from __future__ import annotations

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, require_labels
from ganzoo.testing.checks import Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.module_checks import MODULES
from ganzoo.testing.modules import ModuleSubject, output_of, refuses


class ConditioningKind:
    """Represents a label as a vector."""

    ganzoo_api = 1
    position = 2
    group = "ganzoo.conditionings"
    interface = "ganzoo.interfaces:Conditioning"
    role = "component"
    option = "Component."
    checks = "ganzoo.kinds.conditioning:SUITE"
    template = "conditioning.template"
    template_use = "train cgan --dataset digits --conditioning $name"


CLASSES = 5


class ConditioningSubject(ModuleSubject):
    """A conditioning of 5 classes."""

    def build(self) -> dict[str, nn.Module]:
        """The module, as a model's slot makes it."""
        return {"module": self.bound.make(CLASSES)}

    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Labels `(batch,)`, each class in turn."""
        return (torch.arange(batch) % CLASSES,)

    def draws_alone(self, name: str) -> bool:
        """A label's vector depends on that label."""
        return True


@check(
    why="Whoever uses a conditioning sizes the next layer by `features`.",
    remedy="Set self.features, an int, to the length of the vector that forward returns for any number of "
    "classes.",
)
def features_is_the_length_of_the_vector(subject: ConditioningSubject) -> None:
    for classes in (1, 2, 10, 100):
        module = subject.place(subject.bound.make(classes)).eval()
        require(isinstance(module.features, int), f"features is {module.features!r}, not an int")
        for batch in (1, 2, 5):
            vectors = output_of(module, (subject.place(torch.arange(batch) % classes),))
            expected = (batch, module.features)
            require(
                tuple(vectors.shape) == expected,
                f"{classes} classes: {batch} labels become {tuple(vectors.shape)}, features says {expected}",
            )


@check(
    why="All conditionings fill one slot: whatever follows is a layer of the same type, "
    "moved and converted with the rest of the network.",
    remedy="Return floats of the module's own type: keep constants in buffers, which follow .to() and "
    ".double().",
)
def is_interchangeable(subject: ConditioningSubject) -> None:
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        module = subject.place(subject.bound.make(CLASSES))
        network = nn.ModuleList([module, subject.place(nn.Linear(module.features, 3))]).to(dtype)
        vectors = output_of(network[0], (subject.place(torch.arange(CLASSES)),))
        require(vectors.dtype == dtype, f"a network of {dtype} gets vectors of {vectors.dtype}")
        output_of(network[1], (vectors,))


@check(
    why="A conditional network can't draw classes that look the same to it.",
    remedy="Give every class a vector of its own, from the first step on.",
)
def classes_differ(subject: ConditioningSubject) -> None:
    module = subject.modules()["module"]  # as it is built: noise would hide a table of equal rows
    vectors = output_of(module.eval(), (subject.place(torch.arange(CLASSES)),))
    for first in range(CLASSES):
        for second in range(first):
            differ = not torch.equal(vectors[first], vectors[second])
            require(differ, f"classes {second} and {first} have the same vector")


@check(
    why="A wrong label has to be said in words. Left to the lookup, it is an IndexError on the CPU, and a "
    "device assert on an accelerator, after which the process is lost.",
    remedy="Begin forward with ganzoo.interfaces.require_labels(labels, num_classes).",
)
def wrong_labels_are_refused(subject: ConditioningSubject) -> None:
    module = subject.modules()["module"].cpu().eval()  # there alone require_labels looks at them
    for label in (-1, CLASSES):
        refused = refuses(lambda label=label: module(torch.tensor([0, label])))  # type: ignore[misc]
        require(refused, f"label {label} of {CLASSES} classes is not a ValueError")


@final
class StandInConditioning(Conditioning):
    """Three numbers a class, and no attribute but `features`."""

    ganzoo_api = 1

    def __init__(self, config: object, num_classes: int) -> None:
        super().__init__()
        self.features, self._num_classes = 3, num_classes
        self._table = nn.Parameter(torch.randn(num_classes, self.features))

    def forward(self, labels: Tensor) -> Tensor:
        """Maps labels `(B,)` int64 to float vectors `(B, 3)`."""
        return F.embedding(require_labels(labels, self._num_classes), self._table)


SUITE = Suite(
    ConditioningSubject,
    (
        *EVERY,
        *MODULES,
        features_is_the_length_of_the_vector,
        is_interchangeable,
        classes_differ,
        wrong_labels_are_refused,
    ),
    minimum=18,
    stand_in=StandInConditioning,
)
