"""`ganzoo evaluate` as it is typed: what it prints, what it refuses, and how runs compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ganzoo_datasets.digits import Digits

from ganzoo.cli.evaluation_output import _print_protocol
from ganzoo.evaluation.protocols import PUBLISHED

Ganzoo = Callable[..., object]
PIXELS = f"{Path(__file__).parents[1] / 'evaluation/pixel_features.py'}:Pixels"


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(shared_cache))


@pytest.fixture
def run(ganzoo: Ganzoo, tmp_path: Path) -> Callable[..., Path]:
    """Trains a few steps."""

    def train(name: str, *arguments: object, model: str = "cgan") -> Path:
        result = ganzoo(
            "train", model, "--dataset", "digits", "--batch-size", "16", "--set", "model.channels=4",
            "--out", tmp_path / name, *arguments,
        )  # fmt: skip
        assert result.code == 0, result.err
        return tmp_path / name

    return train


def save(path: Path, images: np.ndarray, labels: np.ndarray | None = None) -> Path:
    np.savez(path, images=images, **({} if labels is None else {"labels": labels}))
    return path


def digits(tmp_path: Path, count: int = 200) -> Path:
    data = Digits(None, None).load("train")
    images = data.images[:count].permute(0, 2, 3, 1).numpy()
    return save(tmp_path / "digits.npz", images, data.labels[:count].numpy())


def noise(tmp_path: Path, count: int = 200, name: str = "noise.npz") -> Path:
    images = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), np.uint8)
    return save(tmp_path / name, images)


def test_a_run_is_judged_against_its_own_data(ganzoo: Ganzoo, run: Callable[..., Path]) -> None:
    path = run("run", "--max-steps", 2)

    result = ganzoo("evaluate", path, "--num", "60", "--split", "test", "--set", "features.epochs=1")

    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0] == str(path)
    assert lines[1].split()[:2] == ["frechet-distance", "(classifier)"]
    assert "lower is better" in lines[1]
    assert any(line.split() == ["real.dataset", "ganzoo-datasets:digits"] for line in lines)
    assert any(
        line.split()[0] == "features.weights_sha256" and len(line.split()[1]) == 64 for line in lines if line
    )
    assert "FID" not in result.out
    assert "too few for 128 features" in result.err


def test_a_checkpoint_is_judged_and_json_says_everything(ganzoo: Ganzoo, run: Callable[..., Path]) -> None:
    path = run("run", "--max-steps", 2)
    (checkpoint,) = (path / "checkpoints").iterdir()

    result = ganzoo("evaluate", checkpoint, "--num", "40", "--features", PIXELS, "--seed", "3", "--json")

    assert result.code == 0, result.err
    report = result.json
    assert report["schema"] == 1
    assert [figure["name"] for figure in report["figures"]][:2] == [
        "frechet-distance (pixels)",
        "kernel-distance (pixels)",
    ]
    assert report["protocol"]["samples"] == {
        "count": 40, "checkpoint": checkpoint.name, "step": 2, "seed": 3,
        "labels": "every class equally often", "quantisation": report["protocol"]["samples"]["quantisation"],
    }  # fmt: skip
    again = ganzoo("evaluate", checkpoint, "--num", "40", "--features", PIXELS, "--seed", "3", "--json")
    assert again.json == report
    other = ganzoo("evaluate", checkpoint, "--num", "40", "--features", PIXELS, "--seed", "4", "--json")
    assert other.json["figures"] != report["figures"]


def test_a_file_needs_a_data_set(ganzoo: Ganzoo, tmp_path: Path) -> None:
    result = ganzoo("evaluate", noise(tmp_path))

    assert result.code == 2
    assert "add --dataset NAME" in result.err


def test_the_metrics_asked_for_and_no_others(ganzoo: Ganzoo, tmp_path: Path) -> None:
    result = ganzoo(
        "evaluate", digits(tmp_path, 300), "--dataset", "digits", "--features", PIXELS,
        "--metric", "precision,intra-class-frechet-distance,memorisation",
        "--set", "features.length=4", "--json",
    )  # fmt: skip

    assert result.code == 0, result.err
    figures = {figure["metric"]: figure["value"] for figure in result.json["figures"]}
    assert list(figures) == ["precision", "intra-class-frechet-distance", "memorisation"]
    assert figures["memorisation"] > 0.99, "they are training images"
    assert result.json["protocol"]["features"]["length"] == 4


WITHOUT_PARAMETERS = '''
import torch
from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features

class Neither(FeatureExtractor):
    """Every second pixel of a row, as it is."""
    ganzoo_api = 1
    def __init__(self, config, training_images):
        super().__init__()
        self.features, self.class_names = 4, ()
        self.protocol = FeatureProtocol(
            network="none", weights="none", weights_sha256=64 * "0", resize="none"
        )
    def forward(self, images):
        return Features(images[:, 0, 3, ::2].float() / 255, None)

class Buffers(Neither):
    """The same, less a mean that is not learnt."""
    ganzoo_api = 1
    def __init__(self, config, training_images):
        super().__init__(config, training_images)
        self.register_buffer("mean", training_images().images[:, 0, 3, ::2].float().mean(0) / 255)
    def forward(self, images):
        return Features(super().forward(images).vectors - self.mean, None)
'''


@pytest.mark.parametrize("name", ["Buffers", "Neither"])
def test_features_need_no_parameters(ganzoo: Ganzoo, tmp_path: Path, name: str) -> None:
    (tmp_path / "without.py").write_text(WITHOUT_PARAMETERS)

    result = ganzoo(
        "evaluate", digits(tmp_path), "--dataset", "digits", "--features", f"without.py:{name}",
        "--metric", "frechet-distance", "--json",
    )  # fmt: skip

    assert result.code == 0, result.err
    (figure,) = result.json["figures"]
    assert 0 <= figure["value"] < 1, "they are digits"
    assert result.json["protocol"]["arithmetic"].startswith("features in float32 on cpu")


def test_a_figure_carries_the_name_of_its_protocol(ganzoo: Ganzoo, run: Callable[..., Path]) -> None:
    path = run("run", "--max-steps", 2)
    arguments = (path, "--features", PIXELS, "--metric", "frechet-distance,kernel-distance,precision")

    shown = ganzoo("evaluate", *arguments, "--protocol", "studiogan", "--num", "60")
    result = ganzoo("evaluate", *arguments, "--protocol", "studiogan", "--json")

    assert (shown.code, result.code) == (0, 0), shown.err + result.err
    assert [figure["name"] for figure in result.json["figures"]] == [
        "frechet-distance (pixels, studiogan)",
        "kernel-distance (pixels)",  # which StudioGAN does not compute
        "precision (pixels, studiogan)",
    ]
    assert shown.out.splitlines()[1].startswith("  frechet-distance (pixels, studiogan but 60 images)  ")
    protocol = result.json["protocol"]
    assert protocol["name"] == "studiogan"
    assert protocol["published"]["code"].startswith("POSTECH-CVLab/PyTorch-StudioGAN, commit ")
    assert protocol["published"]["exceptions"] == []
    assert protocol["metrics"] == {"score_splits": 1, "neighbours": 5}
    assert protocol["samples"]["count"] == protocol["real"]["count"] == 1500
    assert protocol["samples"]["labels"] == "uniformly at random"
    assert protocol["samples"]["batch_normalisation"] == "this generator has none"
    assert all(difference in shown.out for difference in protocol["published"]["differences"])


def test_an_option_that_contradicts_the_protocol_is_in_the_name(
    ganzoo: Ganzoo, run: Callable[..., Path]
) -> None:
    path = run("run", "--max-steps", 1)
    cases = {
        ("stylegan",): ["60 images"],
        ("studiogan", "--split", "test"): ["60 images", "the test split"],
        ("studiogan", "--standing-statistics", "0"): ["60 images", "running in batch normalisation"],
    }
    for (protocol, *arguments), exceptions in cases.items():
        result = ganzoo(
            "evaluate", path, "--protocol", protocol, "--num", "60", *arguments, "--features", PIXELS,
            "--metric", "frechet-distance", "--json",
        )  # fmt: skip

        assert result.code == 0, result.err
        name = f"{protocol} but {' and '.join(exceptions)}"
        assert result.json["protocol"]["name"] == name
        assert result.json["protocol"]["published"]["exceptions"] == exceptions
        assert [figure["name"] for figure in result.json["figures"]] == [f"frechet-distance (pixels, {name})"]
        labels = result.json["protocol"]["samples"]["labels"]
        assert labels == PUBLISHED[protocol].protocol.texts()["labels"]


def test_images_of_a_file_are_said_to_be(ganzoo: Ganzoo, tmp_path: Path) -> None:
    arguments = ("--dataset", "digits", "--features", PIXELS, "--metric", "frechet-distance", "--json")

    result = ganzoo("evaluate", digits(tmp_path), "--protocol", "mimicry", *arguments)

    assert result.code == 0, result.err
    assert result.json["figures"][0]["name"] == (
        "frechet-distance (pixels, mimicry but 200 images and 1,500 real images and images of a file)"
    )


def test_standing_statistics_are_measured_before_a_run_is_judged(
    ganzoo: Ganzoo, run: Callable[..., Path]
) -> None:
    path = run("run", "--max-steps", 2, model="dcgan")
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    arguments = (path, "--num", "60", "--features", PIXELS, "--metric", "frechet-distance", "--json")

    running, standing, again = (
        ganzoo("evaluate", *arguments, *given)
        for given in ((), ("--standing-statistics", "4"), ("--standing-statistics", "4"))
    )

    assert (running.code, standing.code) == (0, 0), running.err + standing.err
    assert standing.json["figures"] == again.json["figures"]
    assert standing.json["figures"] != running.json["figures"]
    assert standing.json["protocol"]["samples"]["batch_normalisation"] == "standing, 4 passes of 64"
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before


def test_a_comparison_says_which_differences_are_real(ganzoo: Ganzoo, tmp_path: Path) -> None:
    sources = [digits(tmp_path), noise(tmp_path), noise(tmp_path, name="same-noise.npz")]
    arguments = ("--compare", *sources, "--dataset", "digits", "--features", PIXELS)

    shown = ganzoo("evaluate", *arguments, "--metric", "frechet-distance")
    result = ganzoo("evaluate", *arguments, "--json")

    assert (shown.code, result.code) == (0, 0), shown.err + result.err
    assert f"real, {sources[0]} is better" in shown.out
    assert "may be chance (p 1)" in shown.out
    by_pair = {
        (d["first"], d["second"]): d for d in result.json["differences"] if d["metric"] == "frechet-distance"
    }
    assert by_pair[str(sources[0]), str(sources[1])]["better"] == str(sources[0])
    assert by_pair[str(sources[0]), str(sources[1])]["difference"] < 0
    assert by_pair[str(sources[1]), str(sources[2])]["better"] is None
    assert len(result.json["reports"]) == 3


def test_samples_with_labels_are_compared_with_samples_without(ganzoo: Ganzoo, tmp_path: Path) -> None:
    sources = (noise(tmp_path), digits(tmp_path))
    arguments = ("--dataset", "digits", "--features", "classifier", "--set", "features.epochs=1")

    result = ganzoo("evaluate", "--compare", *sources, *arguments)

    assert result.code == 0, result.err
    (accuracy,) = [line for line in result.out.splitlines() if line.startswith("  class-accuracy")]
    assert accuracy.split()[2] == "-"  # of noise without labels


def test_sources_of_unequal_numbers_are_not_compared(ganzoo: Ganzoo, tmp_path: Path) -> None:
    few, many = noise(tmp_path, 60, "few.npz"), noise(tmp_path, 80, "many.npz")

    result = ganzoo("evaluate", "--compare", few, many, "--dataset", "digits", "--features", PIXELS)

    assert result.code == 2
    assert "compare equally many with --num 60" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name one SOURCE"),
        (["nowhere"], "there is no nowhere"),
        (["noise.npz", "digits.npz"], "to compare several, add --compare"),
        (["--compare", "noise.npz"], "takes two or more"),
        (["--compare", "noise.npz", "noise.npz"], "named twice"),
        (["noise.npz", "--dataset", "digit"], "did you mean 'digits'"),
        (["noise.npz", "--dataset", "digits", "--features", "clasifier"], "did you mean 'classifier'"),
        (
            ["noise.npz", "--dataset", "digits", "--metric", "fid"],
            "fid is the frechet-distance on the standard",
        ),
        (["noise.npz", "--dataset", "digits", "--metric", "recal"], "did you mean 'recall'"),
        (["noise.npz", "--dataset", "digits", "--set", "features.epoch=1"], "did you mean 'features.epochs'"),
        (["noise.npz", "--dataset", "digits", "--set", "features.epochs=many"], "takes a whole number"),
        (["noise.npz", "--dataset", "digits", "--set", "features.epochs=0"], "epochs must be 1 or more"),
        (
            ["noise.npz", "--dataset", "digits", "--set", "model.epochs=1"],
            "allowed sections: dataset, features",
        ),
        (["noise.npz", "--dataset", "digits", "--split", "validation"], "no split 'validation'"),
        (["noise.npz", "--dataset", "digits", "--protocol", "fid50k"], "'studiogan', 'stylegan', 'mimicry'"),
        (
            ["noise.npz", "--dataset", "digits", "--features", PIXELS, "--standing-statistics", "4"],
            "--standing-statistics is for a run or a checkpoint",
        ),
        (
            [
                "noise.npz",
                "--dataset",
                "digits",
                "--features",
                PIXELS,
                "--protocol",
                "stylegan",
                "--num",
                "500",
            ],
            "fewer than --num 500",
        ),
        (["noise.npz", "--dataset", "digits", "--features", PIXELS, "--num", "500"], "fewer than --num 500"),
        (["noise.npz", "--dataset", "digits", "--features", "timm"], "features.model has no default"),
        (["noise.npz", "--dataset", "digits", "--features", "timm:no_such_net"], "timm has no model"),
    ],
)
def test_what_is_refused(ganzoo: Ganzoo, tmp_path: Path, arguments: list[str], message: str) -> None:
    noise(tmp_path)
    digits(tmp_path)

    result = ganzoo("evaluate", *arguments)

    assert result.code == 2
    assert message in result.err


def test_a_run_of_other_classes_is_refused(ganzoo: Ganzoo, run: Callable[..., Path], tmp_path: Path) -> None:
    path = run("run", "--max-steps", 1)
    for name in ("train/cat", "train/dog", "test/cat"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(20):
            from PIL import Image

            Image.new("L", (8, 8), index).save(tmp_path / "pets" / name / f"{index}.png")

    result = ganzoo(
        "evaluate", path, "--dataset", "folder", "--data-dir", tmp_path / "pets", "--features", PIXELS,
        "--set", "dataset.size=8", "--set", "dataset.channels=1",
    )  # fmt: skip

    assert result.code == 2
    assert "the data set has cat, dog" in result.err


def test_training_evaluates_on_the_way(ganzoo: Ganzoo, run: Callable[..., Path]) -> None:
    settings = ("--set", f"run.evaluate_features={PIXELS}", "--set", "run.evaluate_num=30")

    path = run("run", "--max-steps", 4, "--evaluate-every", 2, *settings)

    lines = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "evaluation" in line] == [2, 4]
    judged = ganzoo(
        "evaluate", path / "checkpoints" / (path / "best").read_text().strip(), "--features", PIXELS,
        "--num", "30",
    )  # fmt: skip
    assert judged.code == 0, judged.err


def test_a_protocol_that_does_not_exist_is_refused_before_training(ganzoo: Ganzoo, tmp_path: Path) -> None:
    result = ganzoo(
        "train", "gan", "--dataset", "digits", "--evaluate-every", 2, "--out", tmp_path / "run",
        "--set", "run.evaluate_protocol=studio-gan",
    )  # fmt: skip

    assert result.code == 2
    assert "there is no protocol 'studio-gan'; did you mean 'studiogan'" in result.err
    assert not (tmp_path / "run").exists()


def test_features_that_do_not_exist_are_refused_before_training(ganzoo: Ganzoo, tmp_path: Path) -> None:
    result = ganzoo(
        "train", "gan", "--dataset", "digits", "--evaluate-every", 2, "--out", tmp_path / "run",
        "--set", "run.evaluate_features=clasifier",
    )  # fmt: skip

    assert result.code == 2
    assert "did you mean 'classifier'" in result.err
    assert not (tmp_path / "run").exists()


def test_a_strangers_run_has_no_module_imported(
    ganzoo: Ganzoo, run: Callable[..., Path], tmp_path: Path
) -> None:
    path = run("run", "--max-steps", 1)
    (tmp_path / "harm.py").write_text("raise SystemExit('imported')\n\n\nclass Harm:\n    pass\n")
    configuration = json.loads((path / "config.json").read_text())
    configuration["dataset"] = {"name": f"{tmp_path / 'harm.py'}:Harm"}
    (path / "config.json").write_text(json.dumps(configuration))

    result = ganzoo("evaluate", path, "--num", 40, "--features", PIXELS)

    assert result.code == 3
    assert "it is not written as a plugin" in result.err


def test_figures_come_with_their_scale_and_in_words(ganzoo: Ganzoo, run: Callable[..., Path]) -> None:
    path = run("run", "--max-steps", 2)

    result = ganzoo("evaluate", path, "--num", "200", "--set", "features.epochs=1")
    as_json = ganzoo("evaluate", path, "--num", "200", "--set", "features.epochs=1", "--json").json

    assert result.code == 0, result.err
    assert "For scale" in result.out
    assert "In words" in result.out
    ends = as_json["scale"]["frechet-distance"]
    assert ends["real"] < as_json["figures"][0]["value"]
    assert ends["real"] < ends["noise"]
    assert as_json["training"]["step"] == 2
    assert as_json["training"]["images_seen"] == 32


def test_runs_of_unequal_budgets_are_said_and_seeds_are_repeats(
    ganzoo: Ganzoo, run: Callable[..., Path]
) -> None:
    runs = [run(f"seed-{seed}", "--max-steps", 2, "--seed", seed) for seed in (0, 1)]
    longer = run("longer", "--max-steps", 3)

    alike = ganzoo("evaluate", "--compare", *runs, "--num", "60", "--features", PIXELS)
    unequal = ganzoo("evaluate", "--compare", *runs, longer, "--num", "60", "--features", PIXELS)

    assert alike.code == unequal.code == 0, alike.err + unequal.err
    assert "warning: these trainings" not in alike.err
    assert "Seeds of one setting, mean and range" in alike.out
    assert "Differences" not in alike.out
    assert "these trainings were not given the same" in unequal.err
    assert "undecided: a single seed on one side" in unequal.out


def test_images_of_another_size_are_refused_before_the_classifier_is_trained(
    ganzoo: Ganzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    images = np.zeros((30, 9, 8, 1), np.uint8)

    result = ganzoo("evaluate", save(tmp_path / "other.npz", images), "--dataset", "digits")

    assert result.code == 2
    assert "1x9x8" in result.err
    assert "training a classifier" not in result.err


def test_a_comparison_prints_as_its_protocol_only_what_all_share(capsys: pytest.CaptureFixture[str]) -> None:
    """The step of the first run, printed for all, would tell a lie of the others."""
    _print_protocol([{"samples": {"step": 5, "count": 60}}, {"samples": {"step": 20, "count": 60}}])

    said = capsys.readouterr().out
    assert said.split()[:3] == ["Protocol", "samples.count", "60"]
    assert "not the same in all, see --json: samples.step" in said
