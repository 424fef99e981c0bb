"""The process behind a page: reads, checks and compares one person's split, and keeps it in its own memory alone.

Started by `client` as `python -m engine.local_split.worker`. It ends when its standard input does, so with whoever
started it; it writes no file, reads none but the cells that it is named, leaves no core dump and says nothing of what
it read but in its answers.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engine.errors import SpecError, VledgerError
from engine.local_split import pipes
from engine.local_split.cells import report as of_cells
from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.exchange import CellOptions, CellsFile
from engine.local_split.cells.inspect import inspect_cells
from engine.local_split.command import command_of
from engine.local_split.compare import judge
from engine.local_split.inspect import inspect_table, read
from engine.local_split.own_model import offers
from engine.local_split.pipes import Asked, Taken, TakenCells, Told
from engine.local_split.report import as_csv, as_html, as_json

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO

    from engine.local_split.cells.exchange import FoundCells
    from engine.local_split.exchange import Files, Inspection, Options
    from engine.local_split.split import LocalSplit, Table

MEMORY = 8 * 2**30
"""Bytes of address space, where the system can limit it; a model that was asked for may take more."""
_TOO_LARGE = (
    "There is not enough memory for this file: give it fewer rows or columns, or run `vledger compare --split` on a "
    "larger machine."
)
_FAULT = (
    "The computation met a fault of this program ({error} in {file}, line {line}) and stopped; the file is unharmed, "
    "and a report of this sentence helps to mend it."
)
_FOLLOWED = "Another question came before this one was answered."
_TELL_EVERY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The files as they were read last; only another header or sheet has them read again."""

    header: int | None
    sheet: str | None
    table: Table
    fasta: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The split as it was understood last."""

    options: Options
    inspection: Inspection
    split: LocalSplit | None


class Desk:
    """Answers questions about one split: each until the next one comes."""

    def __init__(self, questions: queue.SimpleQueue[Asked], out: IO[bytes]) -> None:
        """Questions come from a queue that somebody else fills, answers go to `out`."""
        self.number = 0
        self._questions = questions
        self._out = out
        self._files: Files | CellsFile | None = None
        self._read: _Read | None = None
        self._seen: _Seen | None = None
        self._told = ("", 0.0)

    def serve(self) -> NoReturn:
        """Answer for ever."""
        while True:
            self.answer(self._questions.get())

    def answer(self, asked: Asked) -> None:
        """Say what was found, or in one sentence why nothing was."""
        self.number, self._told = asked.number, ("", 0.0)
        if asked.files is not None:
            self._files, self._read, self._seen = asked.files, None, None
        try:
            self._until_followed()
            found = self._found(asked)
        except VledgerError as error:
            self._tell("refusal", str(error))
        except MemoryError:
            self._read, self._seen = None, None
            self._tell("refusal", _TOO_LARGE)
        else:
            self._tell("answer", found)

    def confess(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:  # noqa: ARG002 - what it says may quote the file
        """Last words: where this program broke, without a word of what it was given."""
        place = traceback.extract_tb(trace)[-1]
        said = _FAULT.format(error=kind.__name__, file=Path(place.filename).name, line=place.lineno)
        self._tell("fault", said)

    def _found(self, asked: Asked) -> Any:
        if self._files is None:
            raise SpecError("There is no file to look at: give one.")
        if isinstance(self._files, CellsFile) or isinstance(asked.options, CellOptions):
            return self._found_of_cells(asked)
        seen = self._look(self._files, asked.options)
        if asked.question == "inspect":
            return seen.inspection
        if seen.split is None:
            raise SpecError(seen.inspection.missing or "Nothing of this file can be evaluated.")
        if asked.question == "offers":
            return offers(seen.split)
        if asked.options.model is not None:
            limit_memory(None)
        command = command_of(self._files, asked.options)
        result = judge(seen.split, asked.options, self._step, command=command)
        return Taken(result=result, html=as_html(result), csv=as_csv(result), json=as_json(result))

    def _found_of_cells(self, asked: Asked) -> FoundCells | TakenCells:
        """Read from the disk anew with each question: nothing of the cells is kept in memory."""
        file, options = self._files, asked.options
        if not isinstance(file, CellsFile) or not isinstance(options, CellOptions) or asked.question == "offers":
            raise SpecError("What is asked does not fit the file: give it again.")
        path = Path(file.path)
        if not path.is_file():
            raise SpecError(f"{file.name} is no longer on this server's disk: give it again.")
        if asked.question == "inspect":
            self._step("Reading the file", 0, 0)
            return inspect_cells(path, layer=options.layer)
        result = compare_cells(path, options, self._step)
        return TakenCells(
            result=result, html=of_cells.as_html(result), csv=of_cells.as_csv(result), json=as_json(result)
        )

    def _look(self, files: Files, options: Options) -> _Seen:
        """The split under these options; which model is to be run on it changes nothing of it."""
        options = replace(options, model=None)
        if self._seen is None or self._seen.options != options:
            found = self._open(files, options)
            inspection, split = inspect_table(found.table, found.fasta, options, self._step)
            self._seen = _Seen(options=options, inspection=inspection, split=split)
        return self._seen

    def _open(self, files: Files, options: Options) -> _Read:
        found = self._read
        if found is None or (found.header, found.sheet) != (options.header, options.sheet):
            self._step("Reading the file", 0, 0)
            table, fasta = read(files, options)
            found = self._read = _Read(header=options.header, sheet=options.sheet, table=table, fasta=fasta)
        return found

    def _until_followed(self) -> None:
        """Whoever asks anew wants this answer no longer: what was read is kept, the rest is given up."""
        if not self._questions.empty():
            raise SpecError(_FOLLOWED)

    def _step(self, what: str, done: int, total: int) -> None:
        self._until_followed()
        now = time.monotonic()
        if what != self._told[0] or now - self._told[1] >= _TELL_EVERY:
            self._told = (what, now)
            self._tell("step", (what, done, total))

    def _tell(self, kind: Any, value: Any) -> None:
        pipes.write(self._out, Told(number=self.number, kind=kind, value=value))


def limit_memory(most: int | None) -> None:
    """Limit the address space, or lift the limit; where the system knows no limits there is none."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = hard if most is None else most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _take_in(source: IO[bytes], questions: queue.SimpleQueue[Asked]) -> None:
    """Queue what comes; without anybody to ask, there is nothing to stay for, whatever is being computed."""
    while (asked := pipes.read(source, Asked)) is not None:
        questions.put(asked)
    os._exit(0)


def _own_pipe() -> IO[bytes]:
    """Standard output for answers alone: what a library prints goes where standard error goes."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def main() -> None:
    """Serve until standard input ends."""
    limit_memory(MEMORY)
    questions: queue.SimpleQueue[Asked] = queue.SimpleQueue()
    desk = Desk(questions, _own_pipe())
    sys.excepthook = desk.confess
    threading.Thread(target=_take_in, args=(sys.stdin.buffer, questions), daemon=True).start()
    desk.serve()


if __name__ == "__main__":
    main()
