"""The model card of a run: Markdown with metadata, which a model hub shows with the run folder.

Its first block is the YAML that hubs read (Hugging Face Hub documentation, "Model Cards").
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Final

from ganzoo.errors import GanzooError
from ganzoo.files import write_text
from ganzoo.runs import checkpoints
from ganzoo.runs.ancestry import INIT_FROM
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import NAME, RUN, flatten
from ganzoo.text import count, markdown, printable

CARD: Final = "README.md"
"""The file in a run folder that a model hub shows."""

_PAGE: Final = """\
---
library_name: ganzoo
pipeline_tag: {task}
tags:
- gan
- image-generation
- {tag}
---

# {model} on {dataset}

{what}, trained by GanZoo (`ganzoo-torch`) for {step:,} steps.
{grid}
## Use

```python
import ganzoo

trained = ganzoo.load("path/to/this/folder")
images = trained.sample(16{label}, seed=0)  # uint8 (16, {channels}, {height}, {width})
```

or, in a shell, {command}. It needs {plugins}.
The same latents give the same images, in exported files too: no noise is drawn inside the network.

## Training

To train it again: `ganzoo train --config config.json`. `metrics.jsonl` has the losses{measured}.

| setting | value |
| --- | --- |
{settings}

The images show nothing that was: they repeat what {dataset} holds, its gaps and its biases included.
"""


def write_card(run: Run) -> Path:
    """Writes `README.md` into a run folder and returns its path.

    Raises:
        GanzooError: the run has no checkpoint yet, its checkpoint is damaged, or the disk refuses.
    """
    path = run.path / CARD
    write_text(path, model_card(run))
    return path


def model_card(run: Run) -> str:
    """The text of a run's card.

    Raises:
        GanzooError: the run has no checkpoint yet, or a damaged one.
    """
    metadata = checkpoints.read_metadata(run.latest_checkpoint())
    try:
        settings = flatten(metadata["configuration"])
        channels, height, width = map(int, metadata["image"])
        step, class_names = int(metadata["step"]), [printable(name) for name in metadata["class_names"]]
        distributions = {
            name.partition(":")[0]: version for name, version in dict(metadata["plugins"]).items()
        }
        model, dataset = (_bare(settings[f"{section}.{NAME}"]) for section in ("model", "dataset"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GanzooError(f"the run {run.path} lacks what a card says: {error}") from None
    grid = run.grid_path(step)
    classes = count(len(class_names), "class", "classes")
    kind = f"A conditional generator of {classes}" if class_names else "A generator"
    option = f" --label {shlex.quote(class_names[0])}" if class_names else ""
    # Where data and other runs lie concerns nobody else, and would tell of the machine.
    left_out = (f"{RUN}.data_dir", INIT_FROM)
    shown = {key: value for key, value in settings.items() if key not in left_out}
    return _PAGE.format(
        task="image-generation" if class_names else "unconditional-image-generation",
        model=markdown(model),
        tag=model if re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", model) else json.dumps(printable(model)),
        dataset=markdown(dataset),
        what=f"{kind} of {height}x{width} {'grey' if channels == 1 else 'colour'} images",
        step=step,
        grid=f"\n![samples](samples/{grid.name})\n" if grid.exists() else "",
        label=f", label={class_names[0]!r}" if class_names else "",
        command=_code(f"ganzoo sample path/to/this/folder{option} --out samples.png"),
        channels=channels,
        height=height,
        width=width,
        plugins=", ".join(
            f"{_code(name)} {markdown(str(version))}" for name, version in distributions.items()
        ),
        measured=" and the evaluations" if _was_evaluated(run) else "",
        settings="\n".join(
            f"| {_cell(_code(key))} | {markdown(str(value))} |" for key, value in shown.items()
        ),
    )


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _code(text: str) -> str:
    """A line as Markdown's code, whatever is in it: the fence is longer than any run of backquotes inside."""
    line = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`*", line))))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def _cell(code: str) -> str:
    """Code in a table, where a bar would end the cell."""
    return code.replace("|", "\\|")


def _was_evaluated(run: Run) -> bool:
    return bool(run.read_metrics("evaluation"))
