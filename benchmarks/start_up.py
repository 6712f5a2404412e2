"""How long `ganzoo train` takes from the command to its first step, against `import torch`.

    python benchmarks/start_up.py [--rounds 5] train dcgan --dataset cifar10 --data-dir DIR

Each round starts both in a new process, in turn, so a load on the machine meets both. The step itself is
apart. The command runs once before, so that its data are decoded and in the cache. Python keeps what it
compiles, as it does unless told otherwise: torch's modules were compiled when it was installed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

_REPORT = """
import json, os, sys, time
begun = float(sys.argv[1])
def report(step=(0.0, 0.0)):
    now = time.monotonic(), time.process_time()
    print(json.dumps([now[0] - begun - step[0], now[1] - step[1]]), flush=True)
    os._exit(0)
"""

_TORCH = f"{_REPORT}\nimport torch\nreport()"

_COMMAND = f"""{_REPORT}
import gc
def measured(engine):
    wall, processor = time.monotonic(), time.process_time()
    take_step(engine)
    report((time.monotonic() - wall, time.process_time() - processor))
def freeze():  # the command calls it when all is imported
    global take_step
    from ganzoo.engine.engine import Engine
    take_step, Engine.take_step = Engine.take_step, measured
gc.freeze = freeze
from ganzoo.cli import main
sys.argv[:2] = ["ganzoo"]
main()
"""


def seconds(code: str, *arguments: str) -> tuple[float, float]:
    """Seconds of the clock and of the processor until the process says that it is there."""
    begin = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.run(
        [sys.executable, "-c", code, str(begin), *arguments],
        stdout=subprocess.PIPE, check=True, text=True, env=environment,
    )  # fmt: skip
    wall, processor = json.loads(process.stdout.splitlines()[-1])
    return wall, processor


def main() -> None:
    """Times both in turn and prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {"import torch": [], "to the first step": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds + 1):
            torch = seconds(_TORCH)
            command = seconds(_COMMAND, *arguments.command, "--out", f"{folder}/{number}")
            if number:  # the first round fills the caches
                found["import torch"].append(torch)
                found["to the first step"].append(command)
    for kind, column in (("clock", 0), ("processor", 1)):
        columns = {name: [each[column] for each in rounds] for name, rounds in found.items()}
        ratios = [b / a for a, b in zip(*columns.values(), strict=True)]
        for name, values in columns.items():
            low, high = min(values), max(values)
            print(f"{kind:<9} {name:<18} {statistics.median(values):.2f} s ({low:.2f}-{high:.2f})")
        print(f"{kind:<9} ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
    print(f"load of {os.cpu_count()} cores: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
