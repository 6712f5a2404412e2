"""One word has one meaning: the names in the code and the glossary of docs/concepts.md."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "ganzoo"
CONCEPTS = ROOT / "docs" / "concepts.md"

MODULES = sorted(path for folder in ("ganzoo", "plugins") for path in (ROOT / folder).rglob("*.py")
                 if "tests" not in path.parts)  # fmt: skip

ALLOWED_DOUBLES: dict[str, str] = {}
"""Names that two public classes of the core may bear, each with the reason."""

LOST_WORDS = {
    "door": "interface, or the name of the module",
    "floor": "package, or module",
    "room": "package",
    "subphase": "part",
    "subphases": "parts",
    "registry": "discovery",
    "instantiate": "make, of a Bound",
}
"""Words that no public name has any more, and what to write instead."""

LOST_CLASSES = {
    "CardError": "SourceError",
    "Parameter": "Setting: a parameter is a weight",
    "Settings": "TrainingSettings or RunSettings",
}
"""Names that no class has any more, and what to write instead."""

HOMES = {
    "Bottleneck": {"trace"},
    "Bound": {"settings"},
    "Card": {"plugins"},
    "Cell": {"benchmark"},
    "Check": {"testing"},
    "Configuration": {"settings"},
    "Engine": {"engine"},
    "Evaluation": {"evaluation", "training"},
    "Figure": {"evaluation"},
    "Kind": {"plugins", "kinds"},
    "Launch": {"benchmark"},
    "Metric": {"evaluation", "interfaces"},
    "Observer": {"training"},
    "Page": {"pages"},
    "Part": {"benchmark"},
    "Phase": {"benchmark"},
    "Player": {"engine"},
    "Plugin": {"plugins"},
    "Protocol": {"interfaces"},
    "Report": {"benchmark"},
    "Results": {"testing"},
    "Run": {"runs"},
    "Section": {"settings"},
    "Setting": {"plugins"},
    "Settings": {"settings"},
    "Step": {"engine"},
    "Suite": {"testing"},
    "Verdict": {"benchmark"},
    "Workload": {"benchmark"},
}
"""Words of the glossary that a class may end in, and the packages of the core in which it then lies."""


def name_of(path: Path) -> str:
    """A readable id of a test."""
    return str(path.relative_to(ROOT))


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def top_classes(path: Path) -> Iterator[str]:
    """The public classes at the top of a file."""
    for node in tree_of(path).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


@functools.cache
def core_classes() -> list[tuple[str, str]]:
    """Every public class of the core with the package that it lies in, `(class, package)`."""
    return [
        (name, path.relative_to(CORE).parts[0].removesuffix(".py"))
        for path in sorted(CORE.rglob("*.py"))
        for name in top_classes(path)
    ]


def public_names(path: Path) -> Iterator[str]:
    """The file's own name, and every public class and function in it, methods too."""
    yield path.stem
    for node in ast.walk(tree_of(path)):
        is_named = isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if is_named and not node.name.startswith("_"):
            yield node.name


def words(name: str) -> list[str]:
    """The words of a name, `CamelCase` or `snake_case`."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)


# Names in the code


def test_no_two_public_classes_bear_one_name() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(CORE.rglob("*.py")):
        for name in top_classes(path):
            found.setdefault(name, []).append(name_of(path))

    doubles = {name: paths for name, paths in found.items() if len(paths) > 1}

    assert {name: paths for name, paths in doubles.items() if name not in ALLOWED_DOUBLES} == {}
    assert set(ALLOWED_DOUBLES) <= set(doubles), "what is allowed and no longer double is to be taken out"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_public_name_has_a_word_that_lost_its_meaning(path: Path) -> None:
    wrong = {
        f"{name}: write {LOST_WORDS[word.lower()]}"
        for name in public_names(path)
        for word in words(name)
        if word.lower() in LOST_WORDS
    }
    wrong |= {f"{name}: write {LOST_CLASSES[name]}" for name in top_classes(path) if name in LOST_CLASSES}

    assert wrong == set()


def test_a_class_that_ends_in_a_word_means_it() -> None:
    wrong = [
        f"{package}.{name}: {words(name)[-1]!r} is a word of {' or '.join(sorted(HOMES[words(name)[-1]]))}"
        for name, package in core_classes()
        if words(name)[-1] in HOMES and package not in HOMES[words(name)[-1]]
    ]

    assert wrong == []


def test_only_what_a_browser_shows_is_called_a_page() -> None:
    assert {package for name, package in core_classes() if "Page" in words(name)} <= {"pages"}


@pytest.mark.parametrize("word", HOMES)
def test_every_word_of_the_table_is_in_use(word: str) -> None:
    in_use = {words(name)[-1] for name, _ in core_classes()}

    assert word in in_use or word in {"Page", "Phase"}, f"no class of the core ends in {word}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ConformanceResults", ["Conformance", "Results"]),
        ("GAN", ["GAN"]),
        ("CudaApi", ["Cuda", "Api"]),
        ("take_step", ["take", "step"]),
    ],
)
def test_names_are_taken_apart(name: str, expected: list[str]) -> None:
    assert words(name) == expected


# The glossary


def glossary() -> list[tuple[str, str]]:
    """Every term with its meaning, in the order of the page."""
    text = CONCEPTS.read_text("utf-8").split("\n## Glossary\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE)
    return [row for row in rows if row != ("word", "meaning")]


def test_the_glossary_has_every_term_once_in_alphabetical_order() -> None:
    terms = [term for term, _ in glossary()]

    assert len(terms) > 50
    assert terms == sorted(set(terms))


@pytest.mark.parametrize(("term", "meaning"), glossary(), ids=[term for term, _ in glossary()])
def test_a_meaning_is_one_or_two_sentences(term: str, meaning: str) -> None:
    assert meaning.endswith((".", "`."))
    assert 1 <= len(re.findall(r"[.](?= [A-Z`]|$)", meaning)) <= 2, f"{term}: one or two sentences"
    assert len(meaning) < 140


def test_words_of_class_names_are_in_the_glossary() -> None:
    terms = {term for term, _ in glossary()}
    plural = {"Results": "conformance results", "Settings": "setting"}

    assert {word for word in HOMES if plural.get(word, word.lower()) not in terms} == set()


# How the code is laid out


def test_the_table_of_packages_is_that_of_the_levels() -> None:
    layering = ast.parse((ROOT / "tests" / "test_layering.py").read_text("utf-8"))
    (levels,) = [
        ast.literal_eval(node.value)
        for node in layering.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["LEVELS"]
    ]
    text = CONCEPTS.read_text("utf-8").split("\n## How the code is laid out\n")[1].split("\n## ")[0]

    described = {
        name: int(level)
        for names, level in re.findall(r"^\| (`.+?`) \| (\d) \|", text, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }

    assert described == levels
