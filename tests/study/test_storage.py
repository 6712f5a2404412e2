"""The states of a study's trainings in a database: workers share it, and Optuna's own tools read it."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from ganzoo.cli import main
from ganzoo.errors import GanzooError, UsageError
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import Budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder, without_option
from ganzoo.study.queue import Queue

DESIGN = Design(
    file={}, given={"model.name": "gan", "dataset.name": "digits"}, seeds=1,
    axes=(parse_axis("objective=bce,hinge"),), budget=Budget("steps", 5), metrics=("frechet-distance",),
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Two trainings that wait, in a database; made once, since SQLite takes its time."""
    place = tmp_path_factory.mktemp("storage")
    folder = StudyFolder(place / "losses", f"sqlite:///{place}/studies.db")
    folder.path.mkdir()
    for variant in DESIGN.variants:
        folder.write_configuration(variant.name, DESIGN.resolved(variant.values, {"run.evaluate_every": 1}))
    folder.write(StudyDescription(design=DESIGN, costs={}, command=("study",), environment={}))
    Queue.begin(folder, DESIGN, folder.name).add(DESIGN.order())
    return folder


@pytest.mark.slow
def test_workers_share_a_database(study: StudyFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert study.storage is not None
    mine, theirs = Queue(study, DESIGN), Queue(study, DESIGN)
    claims = [mine.claim(), theirs.claim()]
    assert claims[0] is not None
    assert claims[1] is not None
    with claims[0].lock, claims[1].lock:
        assert mine.claim() is None
        mine.finish(claims[0], 12.5, 2**20)
        theirs.fail(claims[1], "diverged: a loss is NaN", None)

    trials = optuna.load_study(study_name="losses", storage=study.storage).trials
    assert [(trial.state.name, trial.value) for trial in trials] == [("COMPLETE", 12.5), ("FAIL", None)]
    assert not study.journal.exists()
    with pytest.raises(SystemExit) as ended:
        main(["study", "status", str(study.path), "--storage", study.storage])
    assert ended.value.code == 0
    assert "1 failed, 1 finished, of 2 trainings" in capsys.readouterr().err


@pytest.mark.slow
def test_a_storage_that_is_not_there_is_named_and_not_made(study: StudyFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no journal.log; .* --storage URL, or set GANZOO_STU"):
        Queue(StudyFolder(study.path), DESIGN)
    with pytest.raises(UsageError, match=r"there is no database .*other\.db"):
        Queue(StudyFolder(study.path, f"sqlite:///{tmp_path}/other.db"), DESIGN)
    assert not (tmp_path / "other.db").exists()
    with pytest.raises(UsageError, match="has no study 'moved'; a study is called as its folder was"):
        Queue(StudyFolder(tmp_path / "moved", study.storage), DESIGN)
    with pytest.raises(UsageError, match=r"has a study 'losses' already.* choose another folder with --out"):
        Queue.begin(study, DESIGN, study.name)


@pytest.mark.parametrize(
    "url", ["postgresql+none://me:secret@host/studies", "secret", "sqlite://secret:x@:y/"]
)
def test_a_password_is_never_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(GanzooError) as refused:
        Queue.begin(StudyFolder(tmp_path, url), DESIGN, "losses")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None or "secret" not in str(refused.value.__cause__)
    assert without_option(("dcgan", "--storage", url, f"--storage={url}", "--plan"), "--storage") == (
        "dcgan", "--plan",
    )  # fmt: skip


def test_a_journal_goes_before_a_database(tmp_path: Path) -> None:
    """So that the variable may be set while older studies are looked at."""
    kept = StudyFolder(tmp_path / "kept")
    kept.path.mkdir()
    Queue.begin(kept, DESIGN, "kept").add(DESIGN.order())
    assert len(Queue(StudyFolder(kept.path, "sqlite:///none.db"), DESIGN).entries()) == 2
