"""Exporters that break their promises: nothing is written, and the user is told why."""

from __future__ import annotations

from pathlib import Path

import pytest

import ganzoo
from ganzoo.errors import GanzooError
from ganzoo.export import formats
from ganzoo.interfaces import DrawsImages, Exporter, GeneratorToExport
from ganzoo.runs.trained import TrainedGenerator


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedGenerator:
    """A generator after one step."""
    settings = {"training.max_steps": 1, "training.batch_size": 8, "model.hidden": [8]}
    out = tmp_path_factory.mktemp("export") / "run"
    return ganzoo.load(ganzoo.train("gan", dataset="digits", settings=settings, out=out).path)


def test_who_changes_the_generator_is_compared_with_what_it_was(
    trained: TrainedGenerator, tmp_path: Path
) -> None:
    class Emptying(Exporter):
        """Writes nothing, and draws with a generator whose weights it has set to zero."""

        ganzoo_api = 1
        suffix = ".file"

        def __init__(self, config: object) -> None: ...

        def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
            self.generator = exported.generator
            for tensor in self.generator.parameters():
                tensor.data.zero_()

        def read(self, path: Path) -> DrawsImages:
            return self.generator

    with pytest.raises(GanzooError, match="draws other images"):
        formats.export(trained, Emptying, tmp_path / "g.file")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(0)])
def test_an_exporter_that_fails_is_named_with_file_and_line(
    trained: TrainedGenerator, tmp_path: Path, error: BaseException
) -> None:
    class Failing(Exporter):
        """Never ends well."""

        ganzoo_api = 1
        suffix = ".file"

        def __init__(self, config: object) -> None: ...

        def write(self, exported: GeneratorToExport, path: Path, precision: str) -> None:
            path.write_text("half of it", encoding="utf-8")
            raise error

        def read(self, path: Path) -> None: ...

    with pytest.raises(GanzooError, match=r"Failing.* fails, and nothing was written: .*\nat .*, line \d+"):
        formats.export(trained, Failing, tmp_path / "g.file")
    assert not list(tmp_path.iterdir())
