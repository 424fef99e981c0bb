"""What a session has on its desk: one person's files, what was found of them, and the process that finds it.

Nothing of it is shared or kept: the desk belongs to a session and is cleared when its connection ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import background
from dashboard.components import split_cells_asked
from dashboard.limits import BusyError, Place, Places, limits
from dashboard.observing import metrics
from dashboard.text import count
from engine.errors import VledgerError
from engine.local_split.cells.exchange import CellOptions
from engine.local_split.client import Client
from engine.local_split.exchange import Files, Options, Shape
from engine.local_split.limits import MOST_BYTES

if TYPE_CHECKING:
    from engine.local_split.cells.exchange import CellsFile, FoundCells
    from engine.local_split.cells.kept import KeptCells
    from engine.local_split.client import Job, Question, Taken, TakenCells
    from engine.local_split.exchange import Inspection, Offer, Upload

Asked = Options | CellOptions
"""What goes with a question: of a table, or of cells."""
Kind = Literal["table", "sequences", "labels"]
DRAFT = "_split"
_QUICK_SEQUENCES = 2_000
_QUICK_CELLS = 3_000_000
"""Up to this size a comparison takes some seconds on two cores, and begins by itself."""


@dataclass(slots=True)
class Draft:
    """What the person decided: no row of the data, and nothing that an address holds.

    Attributes:
        options: as they will be asked.
        cells: the same of a file of cells; what is not said there is as the file suggests.
        embeddings: of the cells, those to judge; None where nobody chose.
        pressed: the options for which a long comparison was asked for.
        chosen: score columns that are asked about, where there are too many to ask about all.
        offers: whether the models that could be run are wanted.
        uploads: how many files were given; names the uploaders, so that each is empty again after its file.
        had: name of the file that was given, to tell a lost connection from a first visit.
        refused: why a file was not taken.
    """

    options: Options = field(default_factory=Options)
    cells: CellOptions = field(default_factory=CellOptions)
    embeddings: tuple[str, ...] | None = None
    pressed: Asked | None = None
    chosen: tuple[str, ...] = ()
    offers: bool = False
    uploads: int = 0
    had: str | None = None
    refused: str | None = None


def draft() -> Draft:
    """Of this session."""
    found: Draft = st.session_state.setdefault(DRAFT, Draft())
    return found


class Desk:
    """Files, the last answer to each question, and the one that is being worked on."""

    def __init__(self, place: Place) -> None:
        """Start the process, so that it is ready when a file comes; `place` is left when the desk is closed."""
        self._place = place
        self.client = Client()
        self.client.start()
        self.files: Files | None = None
        self.cells: KeptCells | None = None
        self.job: Job[Any] | None = None
        self.stopped: tuple[Question, Asked] | None = None
        self._under: Asked | None = None
        self._answers: dict[Question, tuple[Asked, Any]] = {}
        self._refusals: dict[Question, tuple[Asked, str]] = {}

    @property
    def inspection(self) -> Inspection | None:
        """The latest of this file; under other options than the draft's while a new one is under way."""
        return self._answers["inspect"][1] if "inspect" in self._answers else None

    @property
    def found_cells(self) -> FoundCells | None:
        """The same of a file of cells."""
        return self._answers["inspect"][1] if "inspect" in self._answers else None

    def taken_cells(self, options: CellOptions) -> TakenCells | None:
        """The comparison of embeddings under exactly these options."""
        found: TakenCells | None = self._answer("compare", options)
        return found

    def taken(self, options: Options) -> Taken | None:
        """The comparison under exactly these options."""
        found: Taken | None = self._answer("compare", options)
        return found

    def offers(self, options: Options) -> list[Offer] | None:
        """The models that could be run on this split."""
        found: list[Offer] | None = self._answer("offers", replace(options, model=None))
        return found

    def refusal(self, question: Question, options: Asked) -> str | None:
        """Why there is no answer under these options."""
        under, sentence = self._refusals.get(question, (None, None))
        return sentence if under == options else None

    def give(self, kind: Kind, upload: Upload | None) -> None:
        """Put a file on the desk; another table clears what came beside the one before."""
        if kind == "table":
            self._put_away()
            self.files = None if upload is None else Files(table=upload)
        elif kind == "sequences" and self.files is not None:
            self.files = replace(self.files, sequences=upload)
        elif self.files is not None:
            self.files = replace(self.files, labels=upload)
        self._forget()

    def lay(self, cells: KeptCells) -> None:
        """Put a file of cells on the desk in the place of whatever is there; it is deleted when it leaves the desk."""
        self._put_away()
        self.files, self.cells = None, cells
        self._forget()

    def clear(self) -> None:
        """Forget everything, end the process and delete the cells."""
        self.files = None
        self._forget()
        self.client.close()
        self._put_away()

    def close(self) -> None:
        """Likewise, and leave the place to somebody else."""
        self.clear()
        self._place.leave()

    def stop(self, wanted: Draft) -> None:
        """Stop what is being worked on, or what would follow, until it is asked for again."""
        self._collect(0)
        self.stopped = self._next(wanted)
        if self.job is not None:
            self.job.cancel()
            self.job = None

    def settle(self, wanted: Draft) -> None:
        """Take in what is done, and ask what is to be asked next; waits as long as a run of a script may."""
        while (following := self._next(wanted)) is not None:
            question, options = following
            if self.job is None or (self.job.question, self._under) != following:
                self._ask(question, options)
            if not self._collect(background.patience()):
                return

    def _put_away(self) -> None:
        cells, self.cells = self.cells, None
        if cells is not None:
            cells.remove()

    def _next(self, wanted: Draft) -> tuple[Question, Asked] | None:
        if self._given is None:
            return None
        for question, options in self._order(wanted) if self.cells is None else self._order_of_cells(wanted):
            if self.refusal(question, options) is None and self._answer(question, options) is None:
                return None if self.stopped == (question, options) else (question, options)
            if question == "inspect" and self.refusal(question, options) is not None:
                return None
        return None

    @property
    def _given(self) -> Files | CellsFile | None:
        return self.files if self.cells is None else self.cells.file

    def _order(self, wanted: Draft) -> list[tuple[Question, Asked]]:
        """What is to be asked of a table, in this order."""
        plain = replace(wanted.options, model=None)
        order: list[tuple[Question, Asked]] = [("inspect", plain)]
        inspection: Inspection | None = self._answer("inspect", plain)
        if inspection is not None and inspection.missing is None:
            if not_asked(inspection, wanted.options) is None and (
                quick(inspection, wanted.options) or wanted.pressed == wanted.options
            ):
                order.append(("compare", wanted.options))
            if wanted.offers:
                order.append(("offers", plain))
        return order

    def _order_of_cells(self, wanted: Draft) -> list[tuple[Question, Asked]]:
        look = split_cells_asked.look(wanted.cells)
        order: list[tuple[Question, Asked]] = [("inspect", look)]
        found: FoundCells | None = self._answer("inspect", look)
        if found is not None and split_cells_asked.missing(found, wanted.cells, wanted.embeddings) is None:
            options = split_cells_asked.asked(found, wanted.cells, wanted.embeddings)
            if split_cells_asked.quick(found, options) or wanted.pressed == options:
                order.append(("compare", options))
        return order

    def _ask(self, question: Question, options: Asked) -> None:
        given = self._given
        assert given is not None  # noqa: S101 - nothing follows where there is no file
        self.stopped = None
        self.job, self._under = self.client.ask(question, given, options), options

    def _collect(self, seconds: float) -> bool:
        """Take in the answer, if it is there in time."""
        job, under = self.job, self._under
        if job is None or under is None or not job.wait(seconds):
            return False
        self.job = None
        try:
            self._answers[job.question] = (under, job.result())
        except VledgerError as error:
            self._refusals[job.question] = (under, str(error))
        return True

    def _answer(self, question: Question, options: Asked) -> Any:
        under, found = self._answers.get(question, (None, None))
        return found if under == options else None

    def _forget(self) -> None:
        if self.job is not None:
            self.job.cancel()
        self.job, self._under, self.stopped = None, None, None
        self._answers, self._refusals = {}, {}


def not_asked(inspection: Inspection, options: Options) -> str | None:
    """What has to be said before anything can be compared; None where nothing has."""
    if inspection.shape is Shape.SCORES and not any(one.higher_is for one in options.scores):
        return "Say of at least one score column what a high value means, and the comparison begins."
    return None


def quick(inspection: Inspection, options: Options) -> bool:
    """Whether a comparison takes a few seconds at most, and so begins by itself."""
    if options.model is not None:
        return False
    if inspection.shape is Shape.SEQUENCES:
        return inspection.used <= _QUICK_SEQUENCES
    return inspection.used * (4 + len(options.scores)) * (1 + len(options.strata)) <= _QUICK_CELLS


def _release(found: Desk) -> None:
    found.close()


@st.cache_resource(show_spinner=False)
def _places() -> Places:
    return Places(limits().splits)


@st.cache_resource(scope="session", show_spinner=False, on_release=_release)
def desk() -> Desk:
    """Of this session, closed when its connection ends.

    Raises:
        BusyError: other sessions have as many as this server holds.
    """
    place = _places().take()
    if place is None:
        metrics.refused("splits")
        raise BusyError(
            f"this server holds {count(_places().most, 'split')} of readers at one time, each in a process of its own, "
            "and as many are open"
        )
    # The server keeps what it receives in a temporary file from 1 MB on; what comes here stays in memory.
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, MOST_BYTES + 1)
    return Desk(place)


def forget_uploads() -> None:
    """Drop the copies that Streamlit keeps of what was uploaded: the desk has the only one."""
    ctx = get_script_run_ctx()
    if ctx is not None:
        ctx.uploaded_file_mgr.remove_session_files(ctx.session_id)
