"""Cards: what is known of a plugin class from its source text, and what happens where that doesn't tell."""

from __future__ import annotations

import json
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ganzoo.plugins import discovery, loading, lookup
from ganzoo.plugins.card import Card, card_of_class
from ganzoo.plugins.loading import card_of
from ganzoo.plugins.setting import Setting
from ganzoo.plugins.source import SourceError
from ganzoo.settings.values import parse_value
from ganzoo.text import DOCUMENTATION_LENGTH, SUMMARY_LENGTH

UPSAMPLING = "from ganzoo.interfaces import Upsampling\n"
BODY = "    ganzoo_api = 1\n    def forward(self, images): return images\n"
TOY = f'{UPSAMPLING}class Toy(Upsampling):\n    """A toy."""\n{BODY}'
RAISES = "raise RuntimeError('a card is read without running this')\n"


def plugin_in(folder: Path, source: str | bytes, kind: str = "upsampling") -> discovery.Plugin:
    """The class `Toy` of a new file."""
    path = folder / "toy.py"
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    return lookup.find(kind, f"{path}:Toy")


def card_in(folder: Path, source: str | bytes, kind: str = "upsampling") -> Card:
    """The card of the class `Toy` of a new file, which must not run."""
    prefix = RAISES.encode() if isinstance(source, bytes) else RAISES
    return discovery.card(plugin_in(folder, prefix + source, kind))  # type: ignore[operator]


def config_source(fields: str) -> str:
    """A plugin whose `Config` has these fields."""
    indented = "".join(f"        {line}\n" for line in fields.splitlines())
    return (
        "from __future__ import annotations\nfrom dataclasses import dataclass, field\n"
        "from typing import ClassVar, Literal, Optional\n"
        f"{TOY}    @dataclass(frozen=True, kw_only=True)\n    class Config:\n{indented}"
    )


# What the docstring says


@pytest.mark.parametrize(
    ("docstring", "summary"),
    [
        ('"""One line."""', "One line."),
        ('"""First.\n\n    More text.\n    """', "First."),
        ('"""First line\n    goes on.\n    """', "First line"),
        ('"""\n    After a line break.\n    """', "After a line break."),
        ('""""""', ""),
        ("x = 1", ""),
        (r'"""A bell \a and \x1b[31mred\x1b[0m, a null \x00."""', "A bell and [31mred [0m, a null ."),
        ('"""[bold]Markup[/bold] <b>stays</b> text."""', "[bold]Markup[/bold] <b>stays</b> text."),
        ('"""tab\tand   spaces"""', "tab and spaces"),
        (r'"""surrogate \ud800 half"""', "surrogate half"),
        ('"""Größe 生成."""', "Größe 生成."),
    ],
)
def test_summary_is_the_first_line_of_the_docstring(tmp_path: Path, docstring: str, summary: str) -> None:
    assert card_in(tmp_path, f"class Toy:\n    {docstring}\n").summary == summary


def test_a_megabyte_of_docstring_is_cut(tmp_path: Path) -> None:
    card = card_in(tmp_path, f'class Toy:\n    """{"x" * 2**20}"""\n')

    assert card.summary == "x" * (SUMMARY_LENGTH - 1) + "…"
    assert card.documentation == "x" * (DOCUMENTATION_LENGTH - 1) + "…"


def test_documentation_is_the_whole_docstring_without_its_indentation(tmp_path: Path) -> None:
    card = card_in(tmp_path, 'class Toy:\n    """First.\n\n    Second,\n      indented.\n    """\n')

    assert card.documentation == "First.\n\nSecond,\n  indented."


def test_documentation_holds_nothing_that_commands_a_terminal(tmp_path: Path) -> None:
    card = card_in(
        tmp_path,
        config_source(r"size: int = 1" "\n" r'"""Ring \a, \x1b]0;title\x07 and \ud800."""').replace(
            "A toy.", r"Clear \x1b[2J.\n\n\tNext\r \udfff"
        ),
    )

    allowed = set(" \n")
    assert {c for c in card.documentation if not c.isprintable()} <= allowed
    assert "Next" in card.documentation
    assert "\n\n" in card.documentation
    assert card.settings[0].documentation.isprintable()
    assert card.settings[0].documentation.startswith("Ring")


# Settings


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("size: int = 3", Setting("size", "int", "3")),
        ('size: int = 3\n"""Side, in pixels."""', Setting("size", "int", "3", "Side, in pixels.")),
        ('size: int = 3\n"""Side,\nin pixels."""', Setting("size", "int", "3", "Side, in pixels.")),
        ('size: int\n"""Required."""', Setting("size", "int", None, "Required.")),
        ("rate: float = 2e-4", Setting("rate", "float", "0.0002")),
        ("slope: float = -0.2", Setting("slope", "float", "-0.2")),
        ("bias: bool = False", Setting("bias", "bool", "False")),
        ("path: str | None = None", Setting("path", "str | None", "None")),
        ('mode: Literal["a", "b"] = "a"', Setting("mode", "Literal['a', 'b']", "'a'")),
        ("sizes: tuple[int, ...] = (1, 2)", Setting("sizes", "tuple[int, ...]", "(1, 2)")),
        ("size: 'int | None' = None", Setting("size", "int | None", "None")),
        ("size: int = field(default=4)", Setting("size", "int", "4")),
        ("size: int = field(metadata={}, default=4)", Setting("size", "int", "4")),
        ("size: int = field(metadata={})", Setting("size", "int", None)),
        ("size: int = field()", Setting("size", "int", None)),
        ("sizes: tuple[int, ...] = field(default_factory=tuple)", Setting("sizes", "tuple[int, ...]", "…")),
        ("size: int = 2 * 3", Setting("size", "int", "2 * 3")),
    ],
)
def test_a_setting_has_type_default_and_documentation(tmp_path: Path, fields: str, expected: Setting) -> None:
    assert card_in(tmp_path, config_source(fields)).settings == (expected,)


def test_settings_keep_their_order_and_leave_out_what_is_no_field(tmp_path: Path) -> None:
    fields = (
        '"""Settings."""\n'
        "b: int = 1\n"
        "limit: ClassVar[int] = 9\n"
        "a: int = 2\n"
        "constant = 5\n"
        "def __post_init__(self): self.c: int = 3\n"
    )

    assert card_in(tmp_path, config_source(fields)).setting_names() == ["b", "a"]


@pytest.mark.parametrize(
    "annotation", ["ClassVar[int]", "ClassVar", "typing.ClassVar[int]", "'ClassVar[int]'"]
)
def test_a_class_variable_is_no_setting(tmp_path: Path, annotation: str) -> None:
    assert card_in(tmp_path, config_source(f"limit: {annotation} = 9")).settings == ()


def test_no_config_is_no_settings(tmp_path: Path) -> None:
    assert card_in(tmp_path, TOY).settings == ()


def test_config_may_be_another_class_of_the_same_file(tmp_path: Path) -> None:
    source = f"class Settings:\n    size: int = 3\n{TOY}    Config = Settings\n"

    assert card_in(tmp_path, source).settings == (Setting("size", "int", "3"),)


POSTPONED = "from __future__ import annotations\n"
DATACLASS = "@dataclass(frozen=True, kw_only=True)\n"
HEAD = f"from dataclasses import dataclass\nfrom typing import ClassVar, Literal, Optional\n{TOY}"
BASE = f"""
    {DATACLASS}    class Base:
        size: int = 3
        limit: ClassVar[int] = 9
"""
INHERITED = f"""{HEAD}{BASE}
    {DATACLASS}    class Config(Base):
        mode: Literal["a", "b"] = "a"
        sizes: tuple[int, ...] = (1, 2)
        most: int | None = None
        least: Optional[int] = None
        rate: float
"""


@pytest.mark.parametrize("future", ["", POSTPONED])
def test_a_config_that_inherits_is_read_as_the_class_has_it(tmp_path: Path, future: str) -> None:
    plugin = plugin_in(tmp_path, future + INHERITED)

    written = discovery.card(plugin)
    assert [(p.name, p.annotation, p.default) for p in written.settings] == [
        ("size", "int", "3"),
        ("mode", "Literal['a', 'b']", "'a'"),
        ("sizes", "tuple[int, ...]", "(1, 2)"),
        ("most", "int | None", "None"),
        ("least", "Optional[int]", "None"),
        ("rate", "float", None),
    ]
    loaded = card_of_class(loading.load(plugin), discovery.kinds()[plugin.kind])
    assert [p.name for p in loaded.settings] == written.setting_names()
    assert [p.default for p in loaded.settings] == [p.default for p in written.settings]
    values: dict[str, tuple[Any, Any]] = {
        "mode": ("b", "b"),
        "sizes": ("4,5", (4, 5)),
        "most": ("7", 7),
        "least": ("none", None),
    }
    for card in (written, loaded):
        for parameter in card.settings:
            if parameter.name in values:
                text, value = values[parameter.name]
                assert parse_value("k", parameter.annotation, text) == value


SETTINGS = (
    f"{POSTPONED}from dataclasses import dataclass\n"
    f'{DATACLASS}class Settings:\n    size: int = 3\n    """Side."""\n'
)
MORE = f"    {DATACLASS}    class Config(BASE):\n        rate: float = 0.5\n"


@pytest.mark.parametrize(
    "files",
    [
        {"zoo_a.py": SETTINGS + TOY + MORE.replace("BASE", "Settings")},
        {
            "zoo_a.py": f"from dataclasses import dataclass\nfrom zoo_b import Settings\n{TOY}"
            + MORE.replace("BASE", "Settings"),
            "zoo_b.py": SETTINGS,
        },
        {
            "zoo_a.py": SETTINGS
            + "class Other:\n    Config = Settings\n"
            + TOY
            + MORE.replace("BASE", "Other.Config"),
        },
        {
            "zoo_a/__init__.py": "from .b import Toy\n",
            "zoo_a/b.py": f"from dataclasses import dataclass\nfrom .c import Other as Base\n{TOY}"
            + MORE.replace("BASE", "Base"),
            "zoo_a/c.py": f"from dataclasses import dataclass\nfrom .d import Settings\n{DATACLASS}"
            "class Other(Settings):\n    pass\n",
            "zoo_a/d.py": SETTINGS,
        },
    ],
    ids=["the same file", "an import", "another's Config", "a chain of relative imports"],
)
def test_what_a_config_inherits_is_followed(site: Any, files: dict[str, str]) -> None:
    site.write(files)
    plugin = lookup.find("upsampling", "zoo_a:Toy")

    written = discovery.card(plugin).settings

    assert written == (Setting("size", "int", "3", "Side."), Setting("rate", "float", "0.5"))
    loaded = card_of_class(loading.load(plugin), discovery.kinds()[plugin.kind]).settings
    assert [(p.name, p.default) for p in loaded] == [(p.name, p.default) for p in written]


def test_a_field_that_is_written_again_stays_in_its_place(tmp_path: Path) -> None:
    again = f"    {DATACLASS}    class Config(Base):\n        rate: float = 1.0\n        size: int = 5\n"
    plugin = plugin_in(tmp_path, HEAD + BASE + again)

    assert discovery.card(plugin).settings == (
        Setting("size", "int", "5"),
        Setting("rate", "float", "1.0"),
    )
    loaded = card_of_class(loading.load(plugin), discovery.kinds()[plugin.kind])
    assert loaded.setting_names() == ["size", "rate"]


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("class Base:\n    size: int = 3\n", "Base, which is not written as a dataclass"),
        (f"{DATACLASS}class Base:\n    size: int = 3\nBase = Base\n", None),
        ("def make(): return Base\nBase = make()\n", "Base, which is not written as a dataclass"),
        ("from pathlib import Base\n", "Base, which is not written as a dataclass"),
        ("class Base(Base): pass\n", "Base, which is not written as a dataclass"),
        (f"{DATACLASS}class Base(Base): pass\n", "Base and more than is followed"),
        ("", "Base, which is not written as a dataclass"),
    ],
    ids=["no dataclass", "named again", "made", "not there", "itself", "itself, a dataclass", "nowhere"],
)
def test_a_base_that_the_text_does_not_tell(tmp_path: Path, base: str, reason: str | None) -> None:
    source = "from dataclasses import dataclass\n" + base + TOY + MORE.replace("BASE", "Base")

    if reason is None:
        assert discovery.card(plugin_in(tmp_path, source)).setting_names() == ["size", "rate"]
        return
    with pytest.raises(SourceError, match=f"Config inherits from {reason}"):
        discovery.card(plugin_in(tmp_path, source))


def test_a_config_of_several_bases_is_known_once_the_class_is_imported(tmp_path: Path) -> None:
    other = f"{DATACLASS}class Other:\n    mode: str = 'a'\n"
    source = SETTINGS + other + TOY + MORE.replace("BASE", "Settings, Other")
    plugin = plugin_in(tmp_path, source)

    with pytest.raises(SourceError, match="Config inherits from Settings and more than is followed"):
        discovery.card(plugin)
    assert card_of(plugin).setting_names() == ["mode", "size", "rate"]


def test_a_config_may_be_imported(tmp_path: Path, site: Any) -> None:
    site.write({"elsewhere.py": SETTINGS})
    plugin = plugin_in(tmp_path, f"from elsewhere import Settings\n{TOY}    Config = Settings\n")

    assert discovery.card(plugin).settings == (Setting("size", "int", "3", "Side."),)
    assert card_of_class(loading.load(plugin), discovery.kinds()[plugin.kind]).setting_names() == ["size"]


def test_a_config_that_is_made_is_known_once_the_class_is_imported(tmp_path: Path) -> None:
    made = "from dataclasses import make_dataclass\nSettings = make_dataclass('S', [('size', int)])\n"
    plugin = plugin_in(tmp_path, f"{made}{TOY}    Config = Settings\n")

    with pytest.raises(SourceError, match="Config is Settings, and 'Settings' is not written as a class"):
        discovery.card(plugin)
    assert card_of(plugin).setting_names() == ["size"]


# Literal class attributes

MODEL = '''
from ganzoo.interfaces import Model
def published(): return {"training.epochs": (3, "a paper")}
class Toy(Model):
    """A toy."""
    ganzoo_api = 1
    conditional: bool = True
    components = {"upsampling": "a:b"}
    recipe = RECIPE
    def generator(self): ...
    def discriminator(self): ...
'''


def test_the_attributes_of_a_model_are_read(tmp_path: Path) -> None:
    source = MODEL.replace("RECIPE", '{"training.epochs": (3, "a paper")}')

    assert card_in(tmp_path, source, "model").attributes == {
        "conditional": True,
        "components": {"upsampling": "a:b"},
        "recipe": {"training.epochs": (3, "a paper")},
    }


SHARED = 'EPOCHS = (3, "a paper")\nRECIPE = {"training.epochs": EPOCHS, "training.seed": (1, "a paper")}\n'
UNPACKED = '{**RECIPE, "training.seed": (2, "another"), "training.beta1": (0.5, "a paper")}'


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("written", ["RECIPE", UNPACKED])
def test_a_recipe_may_be_shared(tmp_path: Path, site: Any, imported: bool, written: str) -> None:
    site.write({"elsewhere.py": SHARED})
    head = "from elsewhere import RECIPE\n" if imported else SHARED
    plugin = plugin_in(tmp_path, head + MODEL.replace("recipe = RECIPE", f"recipe = {written}"), kind="model")

    recipe = discovery.card(plugin).attributes["recipe"]

    expected = {"training.epochs": (3, "a paper"), "training.seed": (1, "a paper")}
    if written != "RECIPE":
        expected |= {"training.seed": (2, "another"), "training.beta1": (0.5, "a paper")}
    assert recipe == expected
    loaded = loading.load(plugin).recipe
    assert loaded == expected
    assert list(loaded) == list(recipe)


LAUGHS = "".join(f"{big} = ({', '.join([small] * 10)})\n" for small, big in pairwise("ABCDEFGHIJKL"))
LAUGHS = f"A = (1,)\n{LAUGHS}RECIPE = {{'training.epochs': L}}\n"
"""A hundred thousand million numbers, were they spelled out."""


@pytest.mark.parametrize(
    "shared",
    [
        "",
        "RECIPE = RECIPE\n",
        "RECIPE = A\nA = RECIPE\n",
        "from pathlib import RECIPE\n",
        "class RECIPE: pass\n",
        "RECIPE = {**published()}\n",
        LAUGHS,
    ],
    ids=["nowhere", "itself", "a circle", "not there", "a class", "unpacks a call", "a billion laughs"],
)  # fmt: skip
def test_a_shared_recipe_that_the_text_does_not_tell(tmp_path: Path, shared: str) -> None:
    with pytest.raises(SourceError, match="recipe is computed, not written as a literal"):
        discovery.card(plugin_in(tmp_path, shared + MODEL, kind="model"))


def test_a_computed_recipe_is_known_once_the_class_is_imported(tmp_path: Path) -> None:
    plugin = plugin_in(tmp_path, MODEL.replace("RECIPE", "published()"), kind="model")

    with pytest.raises(SourceError, match="recipe is computed, not written as a literal"):
        discovery.card(plugin)
    assert card_of(plugin).attributes["recipe"] == {"training.epochs": (3, "a paper")}
    assert loading.load(plugin).__name__ == "Toy"


@pytest.mark.parametrize(
    ("line", "api"), [("ganzoo_api = 1", 1), ("ganzoo_api: int = 2", 2), ("other = 1", None)]
)
def test_the_api_version_is_read(tmp_path: Path, line: str, api: int | None) -> None:
    assert card_in(tmp_path, f"class Toy:\n    {line}\n").api == api


# Where the source text is found


@pytest.mark.parametrize(
    ("files", "target"),
    [
        ({"zoo_a.py": TOY}, "zoo_a:Toy"),
        ({"zoo_a/__init__.py": TOY}, "zoo_a:Toy"),
        ({"zoo_a/__init__.py": "", "zoo_a/b/__init__.py": "", "zoo_a/b/c.py": TOY}, "zoo_a.b.c:Toy"),
        ({"zoo_a/__init__.py": "from zoo_a.b import Toy\n", "zoo_a/b.py": TOY}, "zoo_a:Toy"),
        ({"zoo_a/__init__.py": "from .b import Toy\n", "zoo_a/b.py": TOY}, "zoo_a:Toy"),
        (
            {
                "zoo_a/__init__.py": "from .b import Other as Toy\n",
                "zoo_a/b.py": TOY.replace("class Toy", "class Other"),
            },
            "zoo_a:Toy",
        ),
        (
            {
                "zoo_a/__init__.py": "",
                "zoo_a/b/__init__.py": "from ..c import Toy\n",
                "zoo_a/c.py": "from . import d\nfrom .d.e import Toy\n",
                "zoo_a/d/__init__.py": "",
                "zoo_a/d/e.py": TOY,
            },
            "zoo_a.b:Toy",
        ),
        ({"zoo_space/a.py": TOY}, "zoo_space.a:Toy"),
        ({"zoo_space/deep/deeper/a.py": TOY}, "zoo_space.deep.deeper.a:Toy"),
        (
            {"zoo_space/deep/a/__init__.py": "from .b import Toy\n", "zoo_space/deep/a/b.py": TOY},
            "zoo_space.deep.a:Toy",
        ),
        ({"zoo_a.py": f"# coding: latin-1\n# é\n{TOY}".encode("latin-1")}, "zoo_a:Toy"),
        ({"zoo_a.py": b"\xef\xbb\xbf" + TOY.encode()}, "zoo_a:Toy"),
    ],
    ids=[
        "module", "package", "dotted", "absolute re-export", "relative re-export", "alias", "chain",
        "namespace", "nested namespace", "package in a namespace", "latin-1", "byte order mark",
    ],
)  # fmt: skip
def test_a_class_is_found_in_its_module(site: Any, files: dict[str, str | bytes], target: str) -> None:
    site.write(files)
    before = set(sys.modules)

    plugin = lookup.find("upsampling", target)

    assert discovery.card(plugin).summary == "A toy."
    assert {name for name in set(sys.modules) - before if name.startswith("zoo_")} == set()
    assert loading.load(plugin).__doc__ == "A toy."


@pytest.mark.parametrize(
    "source",
    [f"# coding: latin-1\n# é\n{TOY}".encode("latin-1"), b"\xef\xbb\xbf" + TOY.encode()],
    ids=["latin-1", "byte order mark"],
)
def test_a_file_is_decoded_as_python_does(tmp_path: Path, source: bytes) -> None:
    plugin = plugin_in(tmp_path, source)

    assert discovery.card(plugin).summary == "A toy."
    assert loading.load(plugin).__doc__ == "A toy."


def test_a_namespace_package_is_found_in_all_its_folders(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write({"zoo_space/deep/a.py": "", "../other/zoo_space/deep/b.py": TOY})
    monkeypatch.syspath_prepend(tmp_path / "other")

    assert discovery.card(lookup.find("upsampling", "zoo_space.deep.b:Toy")).summary == "A toy."


def test_the_parents_of_a_module_are_not_imported(site: Any) -> None:
    site.write({"zoo_a/__init__.py": RAISES, "zoo_a/b/__init__.py": RAISES, "zoo_a/b/c.py": TOY})

    assert discovery.card(lookup.find("upsampling", "zoo_a.b.c:Toy")).summary == "A toy."
    assert "zoo_a" not in sys.modules


@pytest.mark.parametrize("module", ["zoo_zipped", "zoo_zipped.b"])
def test_a_class_is_found_in_a_zip_file(
    tmp_path: Path, site: Any, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    with zipfile.ZipFile(tmp_path / "plugins.zip", "w") as archive:
        archive.writestr("zoo_zipped/__init__.py", f"from .b import Toy\n{RAISES}")
        archive.writestr("zoo_zipped/b.py", TOY)
    monkeypatch.syspath_prepend(tmp_path / "plugins.zip")

    assert discovery.card(lookup.find("upsampling", f"{module}:Toy")).summary == "A toy."


def test_a_cycle_of_re_exports_ends(site: Any) -> None:
    site.install(
        "acme",
        {"ganzoo.upsamplings": {"toy": "zoo_a:Toy"}},
        {"zoo_a.py": "from zoo_b import Toy\n", "zoo_b.py": "from zoo_a import Toy\n"},
    )

    with pytest.raises(SourceError, match="'Toy' is re-exported more than 8 times"):
        discovery.card(lookup.find("upsampling", "acme:toy"))


# Source text that doesn't tell


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from zoo_missing import Toy\nexcept ImportError:\n    from zoo_b import Toy\n",
        "from zoo_b import *\n",
        "import zoo_b\nToy = zoo_b.Toy\n",
        "def __getattr__(name):\n    import zoo_b\n    return getattr(zoo_b, name)\n",
        "if True:\n" + "".join(f"    {line}\n" for line in TOY.splitlines()),
    ],
    ids=["try", "star", "assignment", "module __getattr__", "if"],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_a_class_that_is_not_written_at_the_top_still_works(site: Any, source: str, as_file: bool) -> None:
    site.write({"zoo_a.py": source, "zoo_b.py": TOY})
    plugin = lookup.find("upsampling", f"{site.path}/zoo_a.py:Toy" if as_file else "zoo_a:Toy")

    with pytest.raises(SourceError, match="Toy"):
        discovery.card(plugin)
    assert card_of(plugin).summary == "A toy."
    assert loading.load(plugin).__name__ == "Toy"


DEEP = "+".join(["1"] * 5000)
LESS_DEEP = "+".join(["1"] * 900)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("class Toy(:\n", "is not valid Python"),
        ("class Toy:\n  a = 1\n b = 2\n", "is not valid Python"),
        (b"class Toy:\n    '''\xff\xfe'''\n", "can't be read|is not valid Python"),
        (b"# coding: no-such-code\nclass Toy: pass\n", "can't be read|is not valid Python"),
        (b"class Toy: pass\n\x00", "is not valid Python|can't be read"),
        (config_source(f"size: int = {DEEP}"), "can't be read|is not valid Python"),
        (config_source(f"size: int = {LESS_DEEP}"), "can't be read"),
        (config_source(f"size: int = {'(' * 300}1{')' * 300}"), "is not valid Python"),
        (config_source(f"size: int = 0x{'f' * 9999}"), "can't be read"),
        (f"class Toy:\n    ganzoo_api = {DEEP}\n", "computed|is not valid Python"),
        ("class Toy:\n    ganzoo_api = compute()\n", "ganzoo_api is computed, not written as a literal"),
        ("class Other: pass\n", "defines no class 'Toy'"),
        ("", "defines no class 'Toy'"),
    ],
    ids=[
        "syntax", "indentation", "not UTF-8", "unknown encoding", "null byte",
        "deep default", "less deep default", "deep parentheses",
        "huge number", "deep api", "computed api", "no such class", "empty",
    ],
)  # fmt: skip
def test_source_text_that_does_not_tell_is_listed_with_the_reason(
    site: Any, source: str | bytes, reason: str
) -> None:
    site.install(
        "acme",
        {"ganzoo.upsamplings": {"toy": "zoo_a:Toy", "good": "zoo_b:Toy"}},
        {"zoo_a.py": source, "zoo_b.py": TOY},
    )

    plugin = lookup.find("upsampling", "acme:toy")
    with pytest.raises(SourceError, match=reason):
        discovery.card(plugin)
    assert discovery.card(lookup.find("upsampling", "acme:good")).summary == "A toy."


def test_a_missing_module_is_listed_with_the_reason(site: Any) -> None:
    site.install("acme", {"ganzoo.upsamplings": {"toy": "zoo_missing.a:Toy", "sub": "json.decoder.a:Toy"}})

    for name, reason in {
        "toy": "there is no module 'zoo_missing'",
        "sub": "'json.decoder' is a module, not a package",
    }.items():
        with pytest.raises(SourceError, match=reason):
            discovery.card(lookup.find("upsampling", f"acme:{name}"))


def test_a_module_without_source_text_is_listed_with_the_reason(site: Any) -> None:
    site.install("acme", {"ganzoo.upsamplings": {"toy": "itertools:Toy"}})

    with pytest.raises(SourceError, match="'itertools' has no Python source text"):
        discovery.card(lookup.find("upsampling", "acme:toy"))


def test_reading_a_strangers_text_warns_nobody(site: Any) -> None:
    site.write({"zoo_a.py": "pattern = '\\d'\n" + TOY})

    assert discovery.card(lookup.find("upsampling", "zoo_a:Toy")).summary == "A toy."


# The command line


def test_list_and_show_run_no_code_of_a_plugin(site: Any, ganzoo_command: Any) -> None:
    site.install("acme", {"ganzoo.upsamplings": {"toy": "zoo_a.b:Toy"}}, {
        "zoo_a/__init__.py": RAISES,
        "zoo_a/b.py": RAISES + config_source('size: int = 3\n"""Side, in pixels."""'),
    })  # fmt: skip

    listed = ganzoo_command("list", "-l", "upsampling", path=site.path)
    shown = ganzoo_command("show", "toy", path=site.path)

    assert (listed.returncode, listed.stderr) == (0, "")
    assert "toy" in listed.stdout
    assert "A toy. [size]" in listed.stdout
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[:2] == ["acme:toy (upsampling)", "A toy."]
    assert "size  int  3  Side, in pixels." in shown.stdout


def test_list_gives_the_reason_for_what_it_can_not_read(site: Any, ganzoo_command: Any) -> None:
    site.install(
        "acme",
        {"ganzoo.upsamplings": {"inherits": "zoo_a:Toy", "broken": "zoo_b:Toy"}},
        {"zoo_a.py": INHERITED.replace("Config(Base)", "Config(Other)"), "zoo_b.py": "class Toy(:\n"},
    )

    listed = ganzoo_command("list", "upsampling", "--json", path=site.path)

    assert (listed.returncode, listed.stderr) == (0, "")
    reasons = {p["name"]: p["unreadable"] for p in json.loads(listed.stdout)["plugins"]}
    assert reasons["inherits"] == "Config inherits from Other, which is not written as a dataclass"
    assert "'zoo_b' is not valid Python" in reasons["broken"]


def test_show_prints_a_hostile_docstring_harmlessly(site: Any, ganzoo_command: Any) -> None:
    docstring = r"Clear \x1b[2J \x1b]0;title\x07 \ud800 [bold red]markup[/] " + "x" * 2**20
    site.install(
        "acme", {"ganzoo.upsamplings": {"toy": "zoo_a:Toy"}}, {"zoo_a.py": TOY.replace("A toy.", docstring)}
    )

    listed = ganzoo_command("list", "upsampling", path=site.path)
    shown = ganzoo_command("show", "toy", path=site.path)

    for result in (listed, shown):
        assert (result.returncode, result.stderr) == (0, "")
        assert "[bold red]markup[/]" in result.stdout
        assert all(line.isprintable() for line in result.stdout.splitlines())
    assert max(map(len, listed.stdout.splitlines())) < 400


# What a body sets in other ways than by a plain assignment


@pytest.mark.parametrize(
    ("lines", "conditional"),
    [
        ("conditional, other = True, 2", True),
        ("(other, (conditional, last)) = 1, (True, 3)", True),
        ("[conditional] = [True]", True),
        ("other = conditional = True", True),
        ("conditional, other = pair()", None),
        ("conditional, *others = True, 2, 3", None),
        ("conditional = False\n    conditional |= True", None),
        ("if 1:\n        conditional = True", None),
        ("for conditional in (True,): pass", None),
        ("try:\n        conditional = True\n    finally: pass", None),
    ],
)
def test_no_attribute_is_dropped_silently(tmp_path: Path, lines: str, conditional: bool | None) -> None:
    source = f"def pair(): return True, 2\nclass Toy:\n    ganzoo_api = 1\n    {lines}\n"
    if conditional is None:
        with pytest.raises(SourceError, match="conditional is computed, not written as a literal"):
            card_in(tmp_path, source, "model")
    else:
        assert card_in(tmp_path, source, "model").attributes == {"conditional": conditional}
