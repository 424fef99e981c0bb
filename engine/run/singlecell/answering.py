"""One unit of a single-cell run: one system on one task, its answers put into the journal."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import VledgerError
from engine.executors.journal import Journal
from engine.executors.local import Outcome
from engine.run.sealing import sealed
from engine.run.singlecell.data import load_cell_task
from engine.store.parquet import write_frame

if TYPE_CHECKING:
    from engine.run.singlecell.request import Request


def answer_unit(request: Request, device: str) -> Outcome:
    """Answer and write the unit's part of the journal; a fault of the unit's own comes back as an outcome."""
    start = time.perf_counter()
    try:
        task = load_cell_task(request.task_id)
        rows, facts = task.family.answer(replace(request, device=device), task.data)
        facts["seconds"] = time.perf_counter() - start
        Journal(request.journal).write(request.key, sealed(facts, rows), lambda path: write_frame(path, rows))
    except VledgerError as error:
        return Outcome(stage="answer", error_type=type(error).__name__, message=str(error))
    return Outcome(result=facts)
