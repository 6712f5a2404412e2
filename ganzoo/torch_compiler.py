"""Torch's compiler, imported where something is compiled and not at the first step of an optimiser.

`torch.optim` imports `torch._dynamo` when an optimiser is made, and with it sympy and 900 modules: as long
again as `import torch`. What it wants of them is to be left out of compiled graphs, where there are any.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any, Final

import torch

_NAME: Final = "torch._dynamo"

_KEPT_OUT: Final = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
"""Methods of optimisers that `torch._disable_dynamo` wraps."""

_MARK: Final = "__dynamo_disable"
"""Where that wrapper keeps what it calls, once it has asked the compiler for it."""


class _Deferred(ModuleType):
    """Stands for `torch._dynamo` until anything but `graph_break` is wanted of it."""

    __file__ = None
    """What looks through all modules for a file, as `inspect` does, finds none here."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        vars(self)["__spec__"] = importlib.util.find_spec(_NAME)

    def graph_break(self) -> None:
        """Does nothing where nothing is being compiled, as the real one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_imported(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_imported(), name, value)


def defer_compiler() -> None:
    """Lets optimisers be made and take steps without torch's compiler, which its first use still imports.

    Where it is imported already, or torch's optimisers are made otherwise, nothing happens.
    """
    wrapped = _wrapped()
    if _NAME in sys.modules or len(wrapped) < len(_KEPT_OUT):
        return
    for method in wrapped:
        setattr(method, _MARK, method)
    sys.modules[_NAME] = torch._dynamo = _Deferred()


def _wrapped() -> list[Any]:
    """The methods as they are below their wrapper."""
    methods: list[Any] = [getattr(torch.optim.Optimizer, name, None) for name in _KEPT_OUT]
    return [method.__wrapped__ for method in methods if hasattr(method, "__wrapped__")]


def _imported() -> ModuleType:
    """The compiler itself, with nothing left of what stood for it."""
    if isinstance(sys.modules.get(_NAME), _Deferred):
        del sys.modules[_NAME]
        for method in _wrapped():
            if getattr(method, _MARK, None) is method:
                delattr(method, _MARK)
    return importlib.import_module(_NAME)
