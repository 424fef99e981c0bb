"""Step one of `/your-split`: the files, examples of them, and how to be rid of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.heading import section
from dashboard.components.split_desk import Draft, Kind, desk, draft, forget_uploads
from dashboard.observing import metrics
from dashboard.text import plain
from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Options, Upload
from engine.local_split.limits import MOST_BYTES, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.local_split.examples import Example

MEGABYTE = 1_000_000
_TABLES = ("csv", "tsv", "txt", "parquet", "xlsx", "vcf", "fasta", "fa", "fna", "faa", "gz")
_SEQUENCES = ("fasta", "fa", "fna", "faa", "gz")
_LABELS = ("csv", "tsv", "txt", "parquet", "xlsx", "gz")
_LONGEST_NAME = 80

PROMISE = (
    "**Nothing leaves this machine.** The file is held in memory by a process of yours alone, is written nowhere, and "
    "is gone when you remove it or close the page. Nor does this page’s address hold any setting of it."
)
LIMITS = f"At most {MOST_BYTES // MEGABYTE} MB a file and {MOST_ROWS:,} rows."


def first_file() -> None:
    """Where no file is there yet: give one, or try an example."""
    give, tries = st.columns([6, 5], gap="large")
    with give:
        section("Give your split")
        _uploader("table", "A table or sequences with their labels", _TABLES)
        st.caption(
            f"CSV, TSV, Parquet, XLSX, VCF or FASTA, gzipped or not. {LIMITS} Columns are recognised by their usual "
            "names and can be chosen by hand."
        )
        st.markdown(PROMISE)
    with tries:
        section("Or try an example")
        for example in EXAMPLES:
            _example(example)
        with st.expander("Download the examples"):
            st.caption("Made up by a rule, no real data: they show which columns each shape has.")
            for example in EXAMPLES:
                for make in (example.make, example.sequences):
                    if make is not None:
                        _download(example, make)


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
            _uploader("table", "Another split instead", _TABLES)
        with sequences:
            _uploader("sequences", "FASTA of proteins or chromosomes that the rows name", _SEQUENCES)
        with labels:
            _uploader("labels", "Table with a label for each id of a FASTA or VCF file", _LABELS)


def remove() -> None:
    """Clear the desk and everything that was decided about what lay on it."""
    desk().clear()
    forget_uploads()
    st.session_state["_split"] = Draft(uploads=draft().uploads + 1)


def take(kind: Kind, name: str, content: bytes) -> None:
    """Put a file on the desk if it is within the limits; options belong to the table that they were made for."""
    found = draft()
    found.uploads += 1
    found.refused = too_much(name, content)
    metrics.uploaded(len(content))
    if found.refused is not None:
        metrics.refused("upload")
    if found.refused is None:
        desk().give(kind, Upload(name, content))
        if kind == "table":
            found.had, found.options, found.chosen = name, Options(), ()
            found.pressed, found.offers = None, False


def too_much(name: str, content: bytes) -> str | None:
    """Why a file is not taken; a browser's own limit is no limit."""
    if not content:
        return f"{name} is empty: give a file with a header and at least one row."
    if len(content) > MOST_BYTES:
        return (
            f"{name} has {len(content) / MEGABYTE:,.0f} MB, more than the {MOST_BYTES // MEGABYTE} MB that this page "
            "takes: give it compressed or with fewer columns, or run `vledger compare --split` on it."
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
        max_upload_size=MOST_BYTES // MEGABYTE,
        on_change=_uploaded,
        args=(kind, key),
    )


def _uploaded(kind: Kind, key: str) -> None:
    file = st.session_state[key]
    if file is not None:
        take(kind, short_name(file.name), file.getvalue())
        forget_uploads()


def _example(example: Example) -> None:
    with st.container(gap="xxsmall"):
        st.button(
            f"**{example.title}**",
            key=f"split-try-{example.name}",
            on_click=_try,
            args=(example,),
            type="tertiary",
            icon=":material/play_arrow:",
        )
        st.caption(example.sentence)


def _download(example: Example, make: Callable[[], Upload]) -> None:
    upload = make()
    st.download_button(
        upload.name,
        data=upload.content,
        file_name=upload.name,
        on_click="ignore",
        key=f"split-example-{example.name}-{upload.name}",
        type="tertiary",
        icon=":material/download:",
        help=f"Download this example: {example.title}.",
    )


def _try(example: Example) -> None:
    files, found = example.files(), draft()
    take("table", files.table.name, files.table.content)
    if files.sequences is not None:
        desk().give("sequences", files.sequences)
    found.options = example.options()


def _told(upload: Upload) -> str:
    size = len(upload.content)
    shown = f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE / 10 else f"{max(1, round(size / 1000))} kB"
    return f"**{plain(upload.name)}**, {shown}"
