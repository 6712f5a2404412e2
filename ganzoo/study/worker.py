"""The worker of a study: one training after another, each in a process of its own, and what came of it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from ganzoo.errors import DivergedError, GanzooError, UsageError
from ganzoo.settings.configuration import RUN, TRAINING
from ganzoo.study import processes
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.outcomes import figures_of, read_outcome
from ganzoo.study.queue import Claim, Queue

MOST_DEATHS: Final = 3
"""So often the process of a training may be killed under a worker that lives; then it has failed."""

Tell = Callable[[str], None]


class Worker:
    """Trains what a study has left.

    Args:
        folder: the study.
        description: of it.
        device: where to train; None: where each variant's settings say.
        tell: is told what happens, a sentence each.
    """

    def __init__(
        self, folder: StudyFolder, description: StudyDescription, device: str | None, tell: Tell
    ) -> None:
        self._folder, self._design, self._device, self._tell = folder, description.design, device, tell
        self._costs = description.costs
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopping = False

    def work(self) -> None:
        """Trains until nothing is left that nobody else has, or `stop` is called.

        Raises:
            GanzooError: the study's folder can't be written.
        """
        queue = Queue(self._folder, self._design)
        while not self._is_stopping and (claim := queue.claim()) is not None:
            with claim.lock:
                self._train(queue, claim)

    def stop(self) -> None:
        """Ends the training under way, which writes a checkpoint, and takes no other."""
        self._is_stopping = True
        if self._process is not None:
            processes.stop(self._process)

    def _train(self, queue: Queue, claim: Claim) -> None:
        name, log = claim.entry.name, self._folder.log(claim.entry.name)
        judge = _Judge(queue, claim, self._folder, self._design) if self._design.is_pruned else None
        try:
            arguments = self._arguments(claim)
        except UsageError as error:  # a combination that a search has come upon
            queue.fail(claim, str(error), None)
            self._tell(f"{name}: failed: {error}")
            return
        self._process = processes.start(arguments, log, self._design.threads, claim.lock)
        if self._is_stopping:  # called meanwhile
            processes.stop(self._process)
        ended = processes.wait(self._process, None if judge is None else lambda: judge.look(self._process))
        if judge is not None and judge.has_pruned:
            queue.prune(claim)
            self._tell(f"{name}: given up, since others look better")
        elif ended.code == 0:
            self._note_success(queue, claim, ended.peak_bytes)
        elif self._is_stopping:
            self._tell(f"{name}: stopped; a worker goes on with it")
        elif processes.was_killed(ended.code):
            if queue.mourn(claim) < MOST_DEATHS:
                self._tell(f"{name}: its process was killed, and goes on from its last checkpoint")
            else:
                queue.fail(claim, f"its process was killed {MOST_DEATHS} times", ended.peak_bytes)
                self._tell(f"{name}: failed: its process was killed {MOST_DEATHS} times")
        else:
            problem = processes.reason(log)
            self._require_fault_of_its_own(name, ended.code, problem)
            word = "diverged" if ended.code == DivergedError.exit_code else "failed"
            queue.fail(claim, f"{word}: {problem}", ended.peak_bytes)
            self._tell(f"{name}: {word}: {problem.splitlines()[0]}")

    def _require_fault_of_its_own(self, name: str, code: int, problem: str) -> None:
        """Refuses to note as a result what would befall any training here.

        Raises:
            GanzooError: it would. The training keeps its place, for whoever works on the study next.
        """
        # A comparison's combinations were all tried when it was made: what is wrong since is the place.
        is_place = code == UsageError.exit_code and not self._design.is_search
        if is_place or processes.is_of_the_machine(code, problem):
            raise GanzooError(
                f"{name} can't be trained here: {problem.splitlines()[0]}\n"
                f"that is no result; once it is mended, go on with ganzoo study work {self._folder.path}"
            )

    def _note_success(self, queue: Queue, claim: Claim, peak_bytes: int | None) -> None:
        outcome = read_outcome(self._folder.run(claim.entry.name), claim.entry, 1, self._design.budget.clock)
        metric = self._design.metrics[0]
        value = outcome.moments[-1].figures.get(metric) if outcome.moments else None
        if value is None:
            queue.fail(claim, f"failed: its last evaluation has no {metric}", peak_bytes)
            self._tell(f"{claim.entry.name}: failed: its last evaluation has no {metric}")
            return
        queue.finish(claim, value, peak_bytes)
        self._tell(f"{claim.entry.name}: {metric} {value:.4g}")

    def _arguments(self, claim: Claim) -> list[str]:
        run = self._folder.run(claim.entry.name)
        place = [] if self._device is None else ["--device", self._device]
        if (run.path / "config.json").is_file():
            return ["--resume", str(run.path), *place]
        configuration = self._folder.configuration(claim.entry.variant.name)
        if not configuration.is_file():
            self._write_configuration(claim)
        seed = self._design.training_seed(claim.entry.variant.name, claim.entry.seed)
        return [
            "--config", str(configuration), "--set", f"{TRAINING}.seed={seed}",
            "--out", str(run.path), *place,
        ]  # fmt: skip

    def _write_configuration(self, claim: Claim) -> None:
        """Writes the settings of a combination that a search has chosen."""
        values = claim.entry.variant.values
        training = self._design.resolved(values, {f"{RUN}.evaluate_every": 1}).training
        assert training is not None, "the configuration is of a training"
        clock = self._design.budget.clock
        seconds = [cost.step_by(clock) for cost in self._costs.values() if cost is not None] or [1.0]
        rhythm = self._design.rhythm(training, max(seconds))
        self._folder.write_configuration(claim.entry.variant.name, self._design.resolved(values, rhythm))


class _Judge:
    """Reports the evaluations of a training to the pruner, and ends it where that advises so."""

    def __init__(self, queue: Queue, claim: Claim, folder: StudyFolder, design: Design) -> None:
        self._trial, self._run = claim.trial, folder.run(claim.entry.name)
        self._metric = design.metrics[0]
        self._reported = claim.entry.judged
        self.has_pruned = False

    def look(self, process: subprocess.Popen[bytes] | None) -> None:
        """Looks for new evaluations."""
        lines = self._run.read_metrics("evaluation") if self._run.metrics.is_file() else []
        for line in lines[self._reported :]:
            self._reported += 1
            value = figures_of(line).get(self._metric)
            if value is not None:
                self._trial.report(value, self._reported)
        if self._reported and not self.has_pruned and process is not None and self._trial.should_prune():
            self.has_pruned = True
            processes.stop(process)


def work(folder: StudyFolder, workers: int, devices: Sequence[str], tell: Tell) -> None:
    """Lets some workers train what a study has left, and waits for them.

    Args:
        folder: the study.
        workers: how many trainings at a time.
        devices: taken in turn; none: where each variant's settings say.
        tell: is told what happens; from several threads, one at a time.

    Raises:
        KeyboardInterrupt: it was asked to stop; what is trained has a checkpoint and goes on later.
        GanzooError: the study's folder can't be read or written.
    """
    description = folder.read()
    guard = threading.Lock()

    def tell_alone(text: str) -> None:
        with guard:
            tell(text)

    workers = min(workers, description.design.trainings)
    places = [devices[index % len(devices)] if devices else None for index in range(workers)]
    crew = [Worker(folder, description, place, tell_alone) for place in places]

    with processes.interruptible(), ThreadPoolExecutor(workers) as pool:
        started = [pool.submit(worker.work) for worker in crew]
        try:
            for future in as_completed(started):
                future.result()
        except BaseException:
            for worker in crew:
                worker.stop()
            raise
