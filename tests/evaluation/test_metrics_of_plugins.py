"""Metrics of third parties: asked for, computed with an interval, recorded, refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation import names
from ganzoo.evaluation.metric_settings import sections_of
from ganzoo.evaluation.selection import require_periodic

PACKAGE = """
from ganzoo.interfaces import Metric

class Mean(Metric):
    '''The mean of the first feature.'''
    ganzoo_api = 1
    lower_is_better = False
    USUAL
    def __init__(self, config):
        pass

    def measure(self, generated, real, of_split):
        BODY
"""
OF_IMAGES = "return generated.vectors[:, 0].double()"
OF_ALL = "return generated.vectors[:, 0].double().mean()"


@pytest.fixture
def install(site: Any) -> Callable[..., None]:
    def install(body: str = OF_ALL, usual: str = "", name: str = "mean-feature") -> None:
        text = PACKAGE.replace("BODY", body).replace("USUAL", usual)
        entries = {"ganzoo.metrics": {name: "acme_metric:Mean"}}
        site.install("acme-metric", entries, {"acme_metric.py": text})

    return install


@pytest.mark.parametrize("body", [OF_IMAGES, OF_ALL])
def test_its_interval_is_that_of_a_mean(
    install: Callable[..., None], evaluator: Any, images: Any, body: str
) -> None:
    install(body)
    numbers = torch.Generator().manual_seed(0)
    samples = images(torch.randint(256, (200, 1, 8, 8), generator=numbers).to(torch.uint8))

    found = evaluator().evaluate(samples, ["mean-feature", "recall"])

    figure = found.figures[0]
    assert figure.metric == "mean-feature"
    assert not figure.is_lower_better
    assert figure.name.startswith("mean-feature (")
    # 2.262 is Student's t for 95 % with 9 degrees of freedom, of any printed table.
    assert figure.standard_error == pytest.approx(abs(figure.high - figure.low) / 2 / 2.262, rel=1e-3)
    assert found.protocol["metric_plugins"]["mean-feature"].startswith("acme-metric:mean-feature")
    json.dumps(found.to_json())


def test_both_forms_say_the_same(site: Any, evaluator: Any, images: Any) -> None:
    text = PACKAGE.replace("USUAL", "")
    site.install(
        "acme-metric",
        {"ganzoo.metrics": {"one": "acme_one:Mean", "two": "acme_two:Mean"}},
        {"acme_one.py": text.replace("BODY", OF_IMAGES), "acme_two.py": text.replace("BODY", OF_ALL)},
    )
    numbers = torch.Generator().manual_seed(0)
    samples = images(torch.randint(256, (200, 1, 8, 8), generator=numbers).to(torch.uint8))

    one, two = evaluator().evaluate(samples, ["one", "two"]).figures

    assert one.value == pytest.approx(two.value)
    assert one.standard_error == pytest.approx(two.standard_error, rel=1e-6)


def test_an_error_says_metric_file_and_line(
    install: Callable[..., None], evaluator: Any, images: Any
) -> None:
    install("return 1 / 0")
    samples = images(torch.zeros(40, 1, 8, 8, dtype=torch.uint8))

    with pytest.raises(GanzooError, match=r"mean-feature fails at .*acme_metric.py:13: ZeroDivisionError"):
        evaluator().evaluate(samples, ["mean-feature"])


def test_one_that_exits_ends_no_program(install: Callable[..., None], evaluator: Any, images: Any) -> None:
    install("raise SystemExit(0)")

    with pytest.raises(GanzooError, match=r"mean-feature fails at .*acme_metric.py:13: SystemExit: 0"):
        evaluator().evaluate(images(torch.zeros(40, 1, 8, 8, dtype=torch.uint8)), ["mean-feature"])


def test_a_usual_one_is_computed_unasked_and_can_end_a_training(install: Callable[..., None]) -> None:
    install(usual="usual = True")

    assert "mean-feature" in names.choose(None, ())
    require_periodic("mean-feature", "run.until")


def test_another_is_computed_only_when_asked(install: Callable[..., None]) -> None:
    install()

    assert "mean-feature" not in names.choose(None, ())
    assert names.parse_metrics("Mean-Feature", "pixels", is_standard=False) == ("mean-feature",)
    with pytest.raises(UsageError, match="ganzoo evaluate alone"):
        require_periodic("mean-feature", "run.until")


def test_one_called_as_the_cores_is_known_by_its_full_name(install: Callable[..., None]) -> None:
    install(name="recall")

    assert names.metric_named("recall").plugin is None
    assert names.metric_named("acme-metric:recall").plugin is not None


def test_a_misspelt_one_is_near(install: Callable[..., None]) -> None:
    install()

    with pytest.raises(UsageError, match="mean-feature"):
        names.parse_metrics("mean-featur", "pixels", is_standard=False)


def test_one_in_a_file_keeps_the_letters_of_its_path(tmp_path: Path) -> None:
    path = tmp_path / "Mine.py"
    path.write_text(PACKAGE.replace("BODY", OF_ALL).replace("USUAL", ""), encoding="utf-8")

    assert names.parse_metrics(f"{path}:Mean,recall", "pixels", is_standard=False) == (
        f"{path}:Mean",
        "recall",
    )


def test_a_metric_of_two_distributions_is_told_with_both(site: Any) -> None:
    text = PACKAGE.replace("BODY", OF_ALL).replace("USUAL", "")
    for one in ("acme", "other"):
        site.install(
            one, {"ganzoo.metrics": {"mean-feature": f"{one}_metric:Mean"}}, {f"{one}_metric.py": text}
        )
    with pytest.raises(UsageError, match=r"'mean-feature' is provided twice; say which: acme:.* and other:"):
        names.metric_named("mean-feature")
    assert names.metric_named("other:mean-feature").name == "other:mean-feature"


# Settings


def test_its_settings_are_chosen_by_its_name_and_the_figure_says_them(evaluator: Any, images: Any) -> None:
    numbers = torch.Generator().manual_seed(0)
    samples = images(torch.randint(256, (40, 1, 8, 8), generator=numbers).to(torch.uint8))
    found = evaluator()
    usual = found.evaluate(samples, ["vendi-score"]).figures[0]
    asked = ("vendi-score", "recall")
    found._selection = replace(
        found._selection, metrics=sections_of(asked, {"metric.vendi-score.order": "2"})
    )

    set_figure, recall = found.evaluate(samples, asked).figures

    assert usual.name.startswith("vendi-score (")
    assert set_figure.name == f"{usual.name.removesuffix(')')}, order=2.0)"
    assert "order" not in recall.name
    assert 1 <= set_figure.value < usual.value, "rare images count less"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("metric.vendi-score.ordr", "2", "did you mean 'metric.vendi-score.order'"),
        ("metric.vendi-score.order", "two", "metric.vendi-score.order takes a number"),
        ("metric.order", "2", "write metric.vendi-score.order=VALUE"),
        ("metric.recall.order", "2", "the metric recall has no settings"),
        ("metric.other.order", "2", "sets a metric that is not chosen"),
    ],
)
def test_a_wrong_setting_is_answered_in_words(key: str, value: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        sections_of(("vendi-score",), {key: value})

    assert message in str(error.value)
