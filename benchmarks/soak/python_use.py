"""Is GanZoo a good guest in a Python process: a notebook, a server, a script that trains many times?

    python -m benchmarks.soak.python_use

Trains tiny networks on `digits`, all in one process: again and again, in threads, inside an event loop, in
forks, with torch's settings changed, with observers that raise or interfere, and with Ctrl-C at instants
drawn at random. A run that was stopped is resumed. Each must end with the weights of the run that nobody
disturbed, leave the process as it was, and keep nothing. Exit code 1 where a promise did not hold. Linux
only.
"""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
import random
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import torch

import ganzoo
from benchmarks.soak.guest import Guest, torch_settings
from benchmarks.soak.process_state import changed, grown, holdings, settings_of_process
from benchmarks.soak.scenarios import ONLY, SECONDS, SEED, Attack, carry_out, chosen, conclude
from ganzoo.errors import UsageError
from ganzoo.training.interruption import InterruptedTraining


def attacks(guest: Guest) -> dict[str, Attack]:
    """Every scenario."""

    def again(_dice: random.Random) -> Iterator[str | None]:
        guest.train()
        torch.manual_seed(99)  # a state that no training leaves behind
        before, settings = holdings(), settings_of_process()
        for _ in range(30):
            run = guest.train()
            yield guest.fault(run) or changed(settings, settings_of_process())
        yield grown(before, holdings())

    def loads(_dice: random.Random) -> Iterator[str | None]:
        run = guest.train()
        images = ganzoo.load(run).sample(4, seed=1)
        before, settings = holdings(), settings_of_process()
        for _ in range(100):
            same = torch.equal(ganzoo.load(run).sample(4, seed=1), images)
            yield (None if same else "other images") or changed(settings, settings_of_process())
        yield grown(before, holdings())

    def settings_of_torch(_dice: random.Random) -> Iterator[str | None]:
        images = ganzoo.load(guest.train()).sample(4, seed=1)
        for name, setting in torch_settings().items():
            with setting():
                before = settings_of_process()
                run = guest.train()
                same = torch.equal(ganzoo.load(run).sample(4, seed=1), images)
                fault = guest.fault(run) or changed(before, settings_of_process())
            fault = fault or (None if same else "other images")
            yield f"{name}: {fault}" if fault else None

    def meddling(_dice: random.Random) -> Iterator[str | None]:
        acts: dict[str, Callable[[int], object]] = {
            "draws": lambda step: torch.randn(step),
            "seeds": torch.manual_seed,
            "stops gradients": lambda step: torch.set_grad_enabled(False),
            "sets float64": lambda step: torch.set_default_dtype(torch.float64),
            "loads": lambda step: step > 1 and ganzoo.load(guest.newest).sample(2),
        }
        for name, act in acts.items():
            fault = guest.fault(guest.train(act))
            yield f"an observer that {name}: {fault}" if fault else None

    def raising(dice: random.Random) -> Iterator[str | None]:
        def act(step: int) -> None:
            if step == instant:
                raise LookupError("mine")

        before = None
        for _ in range(12):
            instant = dice.randint(1, 4)
            settings = settings_of_process()
            try:
                guest.train(act)
                yield "the observer's exception is lost"
            except LookupError:
                yield changed(settings, settings_of_process()) or guest.fault(guest.resume())
            before = before or holdings()
        yield grown(before, holdings()) if before else None

    def stopping(dice: random.Random) -> Iterator[str | None]:
        def act(step: int) -> None:
            if step == instant:
                for _ in range(presses):
                    signal.raise_signal(signal.SIGINT)

        for presses in (1, 2) * 6:
            instant = dice.randint(1, 4)
            settings = settings_of_process()
            try:
                guest.train(act)
                yield "nothing stopped"
            except (InterruptedTraining, KeyboardInterrupt) as stopped:
                expected = InterruptedTraining if presses == 1 else KeyboardInterrupt
                fault = None if type(stopped) is expected else f"{presses} signals raised {stopped!r}"
                yield fault or changed(settings, settings_of_process()) or guest.fault(guest.resume())

    def at_the_disk(dice: random.Random) -> Iterator[str | None]:
        """Ctrl-C, a second time, while a file is written: at one of the calls that see it onto the disk."""
        sync, calls = os.fsync, 0

        def interrupted(descriptor: int) -> None:
            nonlocal calls
            calls += 1
            if calls == instant:
                raise KeyboardInterrupt
            sync(descriptor)

        while True:
            instant, calls = dice.randint(1, 60), 0
            os.fsync = interrupted
            try:
                guest.train()
            except KeyboardInterrupt:
                pass
            finally:
                os.fsync = sync
            yield guest.fault(guest.resume())

    def threads(_dice: random.Random) -> Iterator[str | None]:
        results: list[object] = []

        def begin(act: Callable[[int], object] = lambda step: None) -> None:
            try:
                results.append(guest.train(act))
            except Exception as error:
                results.append(error)

        for _ in range(3):
            results.clear()
            lone = threading.Thread(target=begin)
            lone.start()
            lone.join()
            yield guest.fault(results[0]) if isinstance(results[0], ganzoo.Run) else repr(results[0])
            results.clear()
            guest.train(lambda step: step == 2 and _joined(threading.Thread(target=begin)))
            yield None if isinstance(results[0], UsageError) else f"two trainings at once: {results[0]!r}"

    def loops(_dice: random.Random) -> Iterator[str | None]:
        async def here() -> ganzoo.Run:
            return guest.train()

        async def beside() -> ganzoo.Run:
            return await asyncio.to_thread(guest.train)

        for run in (here, beside) * 2:
            yield guest.fault(asyncio.run(run()))

    def forks(_dice: random.Random) -> Iterator[str | None]:
        faults: list[str | None] = []

        def child() -> None:
            os._exit(3 if guest.fault(guest.train()) else 0)

        context = multiprocessing.get_context("fork")
        for _ in range(3):
            yield _forked(context.Process(target=child))
        guest.train(lambda step: step == 2 and faults.append(_forked(context.Process(target=child))))
        yield faults[0]

    def copies(_dice: random.Random) -> Iterator[str | None]:
        run = guest.train()
        trained = ganzoo.load(run)
        for found in (run, trained, UsageError("x"), InterruptedTraining("x", 2)):
            for copied in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):
                yield None if type(copied) is type(found) and str(copied) == str(found) else f"{found!r}"

    return {
        "30 trainings": again,
        "100 generators loaded": loads,
        "torch set otherwise": settings_of_torch,
        "observers that meddle": meddling,
        "observers that raise": raising,
        "Ctrl-C, once and twice": stopping,
        "Ctrl-C within a write": at_the_disk,
        "threads": threads,
        "event loops": loops,
        "forks": forks,
        "copies and pickles": copies,
    }


def _joined(thread: threading.Thread) -> None:
    thread.start()
    thread.join()


def _forked(process: Any) -> str | None:
    process.start()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        return "a fork hangs"
    return None if process.exitcode == 0 else f"a fork ended with {process.exitcode}"


@click.command("python_use")
@SEED
@SECONDS
@ONLY
def command(seed: int, seconds: float, only: tuple[str, ...]) -> None:
    """Train, load and interrupt in one Python process."""
    with tempfile.TemporaryDirectory(prefix="python-use-") as folder:
        tempfile.tempdir = folder  # other programs have temporary files too
        outcomes = carry_out(chosen(attacks(Guest(Path(folder, "runs"))), only), seed, seconds)
    conclude(outcomes)


if __name__ == "__main__":
    command()
