"""One contender in a process of its own: `python -m training_speed.worker NAME TASK_AS_JSON`.

Prints one line of JSON: a sample, or why there is none.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict

import torch

from training_speed.contenders import CONTENDERS
from training_speed.peers import NotInstalledError
from training_speed.task import Task


def main(name: str, task_as_json: str) -> None:
    """Runs one contender."""
    task = Task(**json.loads(task_as_json))
    torch.set_num_threads(task.threads)
    with redirect_stdout(sys.stderr):  # foreign trainers print every step
        try:
            answer = asdict(CONTENDERS[name].run(task))
        except NotInstalledError as error:
            answer = {"missing": f"not installed ({error})"}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
