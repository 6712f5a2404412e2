"""Names of kernels that fit a table: what tells them apart, without return type and arguments."""

from __future__ import annotations

import re
from typing import Final

_TEMPLATE_LIMIT: Final = 40
"""Characters of template arguments that are kept as they stand."""

_NOISE: Final = re.compile(r"^void |\(anonymous namespace\)::|at::native::|c10::|\bunsigned ")

_FUNCTOR: Final = re.compile(
    r"\w*(?:Functor|Ops)\w*|\w+_kernel(?:_cuda|_impl)|launch_\w+|\w+_cuda_kernel|cutlass_\w+"
)
"""What an elementwise kernel or a reduction of ATen, or a kernel of CUTLASS, computes."""

_TENSILE: Final = re.compile(r"Cijk_\w+?_MT\d+x\d+x\d+")
"""The part of the name of a rocBLAS kernel up to the size of its tile; 300 characters of settings follow."""

_LENGTH: Final = re.compile(r"(?:S\d*_|[A-Z])*(\d{1,4})")
"""In a mangled name, what precedes a word: brackets, references to words before, and the word's length."""

_WRAPPERS: Final = {
    "AUnaryFunctor", "BUnaryFunctor", "BinaryFunctor", "gpu_kernel_impl", "gpu_kernel_impl_nocast",
}  # fmt: skip
"""Functors that say nothing beside the functor inside them."""


def shorten(name: str) -> str:
    """`vectorized_elementwise_kernel<CUDAFunctor_add>` for the 190 characters of that kernel's name."""
    if name.startswith("_ZN"):
        return _demangled(name)
    if tile := _TENSILE.match(name):
        return tile.group()
    text = _NOISE.sub("", name.replace("{lambda", "lambda"))
    opening = text.find("<")
    arguments = text.find("(")
    if opening < 0 or 0 <= arguments < opening:
        return (text if arguments < 0 else text[:arguments]).strip() or name
    base, template = text[:opening], text[opening + 1 : _closing(text, opening)]
    if len(template) <= _TEMPLATE_LIMIT:
        return f"{base}<{template.strip()}>"
    functors = [word for word in _FUNCTOR.findall(template) if word not in _WRAPPERS]
    return f"{base}<{functors[0]}>" if functors else base


def _closing(text: str, opening: int) -> int:
    """Where the bracket that opens at a place closes, or the end."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] == "<":
            depth += 1
        elif text[index] == ">" and text[index - 1] != "-":
            depth -= 1
            if depth == 0:
                return index
    return len(text)


def _demangled(name: str) -> str:
    """The words of a name that the compiler mangled (Itanium C++ ABI): each is preceded by its length."""
    words: list[str] = []
    position = 3
    while number := _LENGTH.match(name, position):
        start, length = number.end(), int(number.group(1))
        words.append(name[start : start + length])
        position = start + length
        if name[position : position + 1] == "E" or len(words) == 5:
            break
    return "::".join(words) or name
