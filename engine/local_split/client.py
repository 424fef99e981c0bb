"""The process that holds one person's split: started, asked, stopped and ended from here.

Whatever is read or computed of an upload is in that process alone; it ends with the person's session, and its memory
with it. Nothing of a table is written to disk on the way: questions and answers go through pipes. Cells are read from a
file that `cells.kept` holds for as long.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from engine.errors import SpecError
from engine.local_split import pipes
from engine.local_split.exchange import Files
from engine.local_split.pipes import Asked, Question, Taken, TakenCells, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.local_split.cells.exchange import CellOptions, CellsFile, FoundCells
    from engine.local_split.exchange import Inspection, Offer, Options

__all__ = ["Client", "Job", "Question", "Step", "Taken", "TakenCells"]

COMMAND = (sys.executable, "-m", "engine.local_split.worker")
THREADS = min(2, os.cpu_count() or 1)
"""Of one process: others work on the same machine."""
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_STOPPED = "The computation was stopped."
_DIED = (
    "The process that holds the file ended without an answer, most likely for want of memory: give it fewer rows or "
    "columns, or run `vledger compare --split` on a larger machine."
)
_DIED_OF_CELLS = (
    "The process that reads the cells ended without an answer: the file is damaged, or there is too little memory for "
    "it. Write it again with fewer cells or genes, or run `vledger compare --split` on a larger machine."
)
_LEAST_ELAPSED = 0.2
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Step:
    """How far a question is.

    Attributes:
        what: is being done.
        done: of `total`, which is 0 where nobody knows.
        rate: of what is counted, a second, since this step began; None where it cannot be told yet.
        seconds_left: of this step; None likewise.
    """

    what: str
    done: int
    total: int
    rate: float | None
    seconds_left: float | None


@dataclass(slots=True)
class Job(Generic[_T]):
    """A question that was asked. Safe to look at from any thread."""

    number: int
    question: Question
    _kill: Callable[[], None]
    died: str = _DIED
    started: float = field(default_factory=time.monotonic)
    progress: Step | None = None
    _began: tuple[str, float, int] = ("", 0.0, 0)
    _ended: threading.Event = field(default_factory=threading.Event)
    _answer: _T | None = None
    _refused: str | None = None

    @property
    def done(self) -> bool:
        """Whether there is an answer or a reason why there will be none."""
        return self._ended.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long, and say whether it came."""
        return self._ended.wait(seconds)

    def result(self) -> _T:
        """The answer, waited for.

        Raises:
            VledgerError: what was asked is not possible, it was stopped, or the process died; one sentence.
        """
        self._ended.wait()
        if self._refused is not None:
            raise SpecError(self._refused)
        return cast("_T", self._answer)

    def cancel(self) -> None:
        """Stop at once: the process is killed, and the next question starts another."""
        if not self.done:
            self.refuse(_STOPPED)
            self._kill()

    def hear(self, told: Told) -> None:
        """Take in what the process says."""
        if told.kind == "step":
            self._advance(*cast("tuple[str, int, int]", told.value))
        elif told.kind == "answer":
            self._answer = cast("_T", told.value)
            self._ended.set()
        else:
            self.refuse(str(told.value))

    def refuse(self, sentence: str) -> None:
        """End without an answer, unless there is one."""
        if not self.done:
            self._refused = sentence
            self._ended.set()

    def _advance(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._began[0] or done < self._began[2]:
            self._began = (what, now, done)
        elapsed, made = now - self._began[1], done - self._began[2]
        rate = made / elapsed if made > 0 and elapsed >= _LEAST_ELAPSED else None
        self.progress = Step(what, done, total, rate, (total - done) / rate if rate and total else None)


class _Life:
    """One life of the process, with the threads that talk and listen to it."""

    def __init__(self) -> None:
        # Its standard error goes nowhere: a traceback may quote what is in a file.
        self.child = subprocess.Popen(  # noqa: S603 - our own module
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict.fromkeys(_THREAD_SETTINGS, str(THREADS)),
        )
        self.files: Files | CellsFile | None = None
        self._open = _Open()
        self._outgoing: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        for target, with_what in ((_listen, self._open), (_talk, self._outgoing)):
            threading.Thread(target=target, args=(self.child, with_what), daemon=True).start()
        # Also where nobody closes it: the process must not outlive whoever may ask it.
        self.end = weakref.finalize(self, _end, self.child, self._open, self._outgoing)

    @property
    def alive(self) -> bool:
        return self.child.poll() is None and not self._open.closed

    def ask(self, job: Job[Any], asked: Asked) -> None:
        self._open.add(job)
        self._outgoing.put(asked)


class _Open:
    """Questions without an answer so far."""

    def __init__(self) -> None:
        self.closed = False
        self._lock = threading.Lock()
        self._jobs: dict[int, Job[Any]] = {}

    def add(self, job: Job[Any]) -> None:
        with self._lock:
            if not self.closed:
                self._jobs[job.number] = job
                return
        job.refuse(job.died)

    def hear(self, told: Told) -> None:
        with self._lock:
            job = self._jobs.get(told.number) if told.kind == "step" else self._jobs.pop(told.number, None)
        if job is not None:
            job.hear(told)

    def close(self, sentence: str | None = None) -> None:
        """With a sentence for all of them, or with what each says of the end of its process."""
        with self._lock:
            self.closed = True
            jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            job.refuse(sentence or job.died)


def _listen(child: subprocess.Popen[bytes], unanswered: _Open) -> None:
    assert child.stdout is not None  # noqa: S101 - it was asked for as a pipe
    with child.stdout as pipe:
        while (told := pipes.read(pipe, Told)) is not None:
            unanswered.hear(told)
    unanswered.close()


def _talk(child: subprocess.Popen[bytes], outgoing: queue.SimpleQueue[Asked | None]) -> None:
    assert child.stdin is not None  # noqa: S101 - it was asked for as a pipe
    try:
        with child.stdin as pipe:
            while (asked := outgoing.get()) is not None:
                pipes.write(pipe, asked)
    except OSError:
        # It died; whoever listens to it says so.
        return


def _end(child: subprocess.Popen[bytes], unanswered: _Open, outgoing: queue.SimpleQueue[Asked | None]) -> None:
    unanswered.close(_STOPPED)
    outgoing.put(None)
    child.kill()
    child.wait()


class Client:
    """Asks one process, which keeps what it read from one question to the next. Thread-safe."""

    def __init__(self) -> None:
        """No process yet: `start` or the first question makes one."""
        self._lock = threading.Lock()
        self._life: _Life | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        """Of the process, where there is one."""
        life = self._life
        return life.child.pid if life is not None and life.alive else None

    def start(self) -> None:
        """Have a process ready, so that what it imports is loaded before a file comes."""
        with self._lock:
            self._living()

    def inspect(self, files: Files, options: Options) -> Job[Inspection]:
        """Ask what a split is and what is wrong with it."""
        return self.ask("inspect", files, options)

    def compare(self, files: Files, options: Options) -> Job[Taken]:
        """Ask for the comparison and its reports."""
        return self.ask("compare", files, options)

    def offers(self, files: Files, options: Options) -> Job[list[Offer]]:
        """Ask which models could be run on a split here."""
        return self.ask("offers", files, options)

    def inspect_cells(self, file: CellsFile, options: CellOptions) -> Job[FoundCells]:
        """Ask what a file of cells holds."""
        return self.ask("inspect", file, options)

    def compare_cells(self, file: CellsFile, options: CellOptions) -> Job[TakenCells]:
        """Ask for the comparison of its embeddings and its reports."""
        return self.ask("compare", file, options)

    def ask(self, question: Question, files: Files | CellsFile, options: Options | CellOptions) -> Job[Any]:
        """Ask; questions are answered in their order, one that another of its kind follows may be refused."""
        with self._lock:
            life = self._living()
            self._number += 1
            job: Job[Any] = Job(self._number, question, life.end, _DIED if isinstance(files, Files) else _DIED_OF_CELLS)
            new = None if life.files == files else files
            life.files = files
            life.ask(job, Asked(number=job.number, question=question, files=new, options=options))
        return job

    def close(self) -> None:
        """End the process and forget the files; a later question starts anew."""
        with self._lock:
            life, self._life = self._life, None
        if life is not None:
            life.end()

    def _living(self) -> _Life:
        if self._life is None or not self._life.alive:
            self._life = _Life()
        return self._life
