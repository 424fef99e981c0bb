"""Step one of `/your-split`: the files, examples of them, and how to be rid of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.heading import section
from dashboard.components.split_desk import DRAFT, Draft, Kind, desk, draft, forget_uploads
from dashboard.observing import metrics
from dashboard.text import plain
from engine.errors import NotHereError
from engine.local_split.cells.example import EXAMPLE as CELLS
from engine.local_split.cells.kept import KeptCells
from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Upload
from engine.local_split.limits import MOST_BYTES, MOST_CELL_BYTES, MOST_CELL_UPLOAD, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.local_split.examples import Example

MEGABYTE = 1_000_000
_OF_CELLS = ".h5ad"
_SPLITS = ("csv", "tsv", "txt", "parquet", "xlsx", "vcf", "fasta", "fa", "fna", "faa", "gz", "h5ad")
_SEQUENCES = ("fasta", "fa", "fna", "faa", "gz")
_LABELS = ("csv", "tsv", "txt", "parquet", "xlsx", "gz")
_LONGEST_NAME = 80

PROMISE = (
    "**Nothing leaves this machine.** A table is held in memory by a process of yours alone and is written nowhere; a "
    "file of cells lies in a folder that only this server may open. Both are gone when you remove them or close the "
    "page. Nor does this page’s address hold any setting of them."
)
LIMITS = (
    f"At most {MOST_BYTES // MEGABYTE} MB a file and {MOST_ROWS:,} rows, of cells {MOST_CELL_UPLOAD // MEGABYTE} MB."
)


def first_file() -> None:
    """Where no file is there yet: give one, or try an example."""
    give, tries = st.columns([6, 5], gap="large")
    with give:
        section("Give your split")
        _uploader("table", "A table or sequences with their labels, or cells with embeddings", _SPLITS)
        st.caption(
            f"CSV, TSV, Parquet, XLSX, VCF or FASTA, gzipped or not; .h5ad for cells. {LIMITS} Columns are recognised "
            "by their usual names and can be chosen by hand."
        )
        st.markdown(
            f"Larger files stay on their own disk with `vledger compare --split`: of cells up to "
            f"{MOST_CELL_BYTES / 1e9:.0f} GB, and a zipped zarr of them."
        )
        st.markdown(PROMISE)
    with tries:
        section("Or try an example")
        for example in EXAMPLES:
            _example(example.name, example.title, example.sentence, _try, example)
        _example(CELLS.name, CELLS.title, CELLS.sentence, _try_cells)
        with st.expander("Download the examples"):
            st.caption("Made up by a rule, no real data: they show which columns each shape has.")
            for example in EXAMPLES:
                for make in (example.make, example.sequences):
                    if make is not None:
                        _download(example.name, example.title, make())
            try:
                _download(CELLS.name, CELLS.title, CELLS.make())
            except NotHereError as error:
                st.caption(plain(str(error)))


def files_line() -> None:
    """What was given, what may come beside it, and the way to be rid of it."""
    files = desk().files
    if files is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f":material/draft: {_told(files.table)}", width="content")
        for upload, what in ((files.sequences, "sequences"), (files.labels, "labels")):
            if upload is not None:
                st.markdown(f":material/attach_file: {what}: {_told(upload)}", width="content")
        st.button("Remove my data", icon=":material/delete:", on_click=remove, key="split-remove")
    with st.expander("Another file, or one beside it: sequences, labels"):
        table, sequences, labels = st.columns(3, gap="medium")
        with table:
            _uploader("table", "Another split instead", _SPLITS)
        with sequences:
            _uploader("sequences", "FASTA of proteins or chromosomes that the rows name", _SEQUENCES)
        with labels:
            _uploader("labels", "Table with a label for each id of a FASTA or VCF file", _LABELS)


def cells_line() -> None:
    """The cells that were given, another file instead, and the way to be rid of them."""
    cells = desk().cells
    if cells is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f":material/draft: {_sized(cells.file.name, cells.file.size)}", width="content")
        st.button("Remove my data", icon=":material/delete:", on_click=remove, key="split-remove")
    with st.expander("Another file"):
        _uploader("table", "Another split instead", _SPLITS)


def remove() -> None:
    """Clear the desk and everything that was decided about what lay on it."""
    desk().clear()
    forget_uploads()
    st.session_state[DRAFT] = Draft(uploads=draft().uploads + 1)


def take(kind: Kind, name: str, content: bytes) -> None:
    """Put a file on the desk if it is within the limits; options belong to the table that they were made for."""
    found, of_cells = draft(), kind == "table" and is_cells(name)
    found.uploads += 1
    metrics.uploaded(len(content))
    found.refused = too_much(name, content) or (_lay(name, content) if of_cells else None)
    if found.refused is not None:
        metrics.refused("upload")
        return
    if not of_cells:
        desk().give(kind, Upload(name, content))
    if kind == "table":
        st.session_state[DRAFT] = Draft(uploads=found.uploads, had=name)


def _lay(name: str, content: bytes) -> str | None:
    """Put cells on the desk, and so onto the disk; why that was not possible."""
    try:
        kept = KeptCells(name, content)
    except OSError:
        return f"{name} could not be kept, as this server's disk is full: try again later, or run the command on it."
    desk().lay(kept)
    return None


def is_cells(name: str) -> bool:
    """Whether a file is one of cells, by its name."""
    return name.lower().endswith(_OF_CELLS)


def too_much(name: str, content: bytes) -> str | None:
    """Why a file is not taken; a browser's own limit is no limit."""
    most, remedy = (
        (MOST_CELL_UPLOAD, "give it with fewer cells or layers")
        if is_cells(name)
        else (MOST_BYTES, "give it compressed or with fewer columns")
    )
    if not content:
        holds = "cells in it" if is_cells(name) else "a header and at least one row"
        return f"{name} is empty: give a file with {holds}."
    if len(content) > most:
        return (
            f"{name} has {len(content) / MEGABYTE:,.0f} MB, more than the {most // MEGABYTE} MB that this page takes: "
            f"{remedy}, or run `vledger compare --split` on it."
        )
    return None


def short_name(given: str) -> str:
    """A file's name without its folder and without what is not printable."""
    name = PurePath(given.replace("\\", "/")).name
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME] or "file"


def _uploader(kind: Kind, label: str, types: Sequence[str]) -> None:
    key = f"split-file-{kind}-{draft().uploads}"
    st.file_uploader(
        label,
        type=list(types),
        key=key,
        max_upload_size=(MOST_CELL_UPLOAD if kind == "table" else MOST_BYTES) // MEGABYTE,
        on_change=_uploaded,
        args=(kind, key),
    )


def _uploaded(kind: Kind, key: str) -> None:
    file = st.session_state[key]
    if file is not None:
        take(kind, short_name(file.name), file.getvalue())
        forget_uploads()


def _example(name: str, title: str, sentence: str, attempt: Callable[..., None], *given: Example) -> None:
    with st.container(gap="xxsmall"):
        st.button(
            f"**{title}**",
            key=f"split-try-{name}",
            on_click=attempt,
            args=given,
            type="tertiary",
            icon=":material/play_arrow:",
        )
        st.caption(sentence)


def _download(name: str, title: str, upload: Upload) -> None:
    st.download_button(
        upload.name,
        data=upload.content,
        file_name=upload.name,
        on_click="ignore",
        key=f"split-example-{name}-{upload.name}",
        type="tertiary",
        icon=":material/download:",
        help=f"Download this example: {title}.",
    )


def _try(example: Example) -> None:
    files = example.files()
    take("table", files.table.name, files.table.content)
    if files.sequences is not None:
        desk().give("sequences", files.sequences)
    draft().options = example.options()


def _try_cells() -> None:
    try:
        upload = CELLS.make()
    except NotHereError as error:
        draft().refused = str(error)
        return
    take("table", upload.name, upload.content)
    draft().cells = CELLS.options


def _told(upload: Upload) -> str:
    return _sized(upload.name, len(upload.content))


def _sized(name: str, size: int) -> str:
    shown = f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE / 10 else f"{max(1, round(size / 1000))} kB"
    return f"**{plain(name)}**, {shown}"
