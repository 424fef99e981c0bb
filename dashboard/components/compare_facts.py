"""What two systems are, side by side, and what makes a comparison of them one to be read with care."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.flag_words import FLAGS, flag_name
from dashboard.text import ACCESS, listed, plain, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.components.compare_page import ComparePage

MOST_RATIO = 2.0
"""Windows that differ by more than this factor are not alike (protocols: CONTEXT_ASYMMETRY)."""
_LONGEST = 140
_CELL = "text-align:left;white-space:normal;overflow-wrap:anywhere"
_TERMS: dict[str, tuple[str, Callable[[object], str]]] = {
    "Role": ("role", str),
    "Architecture": ("architecture", str),
    "Reads": ("inputs", str),
    "Tokeniser": ("tokenizer", str),
    "Window": ("context", str),
    "Parameters": ("parameters", lambda value: size(float(str(value)))),
    "Pretrained on": ("pretraining_data", str),
    "Licence": ("licence", str),
    "Access": ("access_kind", lambda value: ACCESS.get(str(value), str(value))),
    "Supervised on such assays": ("supervised_on_assay", lambda value: "yes" if value else "no"),
    "May have seen": ("contamination", str),
    "Known defects": ("known_defects", str),
}


def facts_side_by_side(page: ComparePage) -> pd.DataFrame:
    """A table with what is known of either; what differs has its sign. Gives its content back."""
    known = {term: _pair(page, column, words) for term, (column, words) in _TERMS.items()}
    rows = [_row(term, *pair) for term, pair in known.items()]
    heads = "".join(
        f"<th scope='col' style='text-align:left;font-weight:600'>{escape(name)}</th>" for name in page.names
    )
    st.html(
        "<table class='vl-table' style='table-layout:fixed'><thead><tr><th scope='col' style='width:11rem'></th>"
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    st.caption("≠ stands where the two differ. A dash: not stated.")
    return pd.DataFrame(
        [
            {
                "Fact": term,
                page.names[0]: one,
                page.names[1]: other,
                "The two differ": "≠" if _differ(one, other) else None,
            }
            for term, (one, other) in known.items()
            if not (one is None and other is None)
        ]
    )


def facts_title(page: ComparePage, rows: pd.DataFrame) -> str:
    """In which facts the two differ; rows as `facts_side_by_side` gives them."""
    unlike = [term.lower() for term in rows.loc[rows["The two differ"].notna(), "Fact"]]
    names = " and ".join(page.names)
    return f"{names} differ in {listed(unlike, 4)}" if unlike else f"{names} differ in nothing that is stated of both"


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _pair(page: ComparePage, column: str, words: Callable[[object], str]) -> tuple[str | None, str | None]:
    found = [_context(row) if column == "context" else row[column] for row in page.models]
    one, other = (None if value is None or pd.isna(value) else words(value) for value in found)
    return one, other


def _context(row: pd.Series) -> str | None:
    """'1,024 tokens (about 6,144 bp)'."""
    if pd.isna(row["context_value"]):
        return None if pd.isna(row["context_bp"]) else f"{row['context_bp']:,.0f} bp"
    stated = f"{row['context_value']:,.0f} {row['context_unit']}"
    other = row["context_unit"] != "bp" and not pd.isna(row["context_bp"])
    return f"{stated} (about {row['context_bp']:,.0f} bp)" if other else stated


def _row(term: str, one: str | None, other: str | None) -> str:
    if one is None and other is None:
        return ""
    sign = " <span title='the two differ'>≠</span>" if _differ(one, other) else ""
    cells = "".join(
        f"<td style='{_CELL}' title='{escape(value or '', quote=True)}'>{escape(_short(value))}</td>"
        for value in (one, other)
    )
    return f"<tr><th scope='row'>{escape(term)}{sign}</th>{cells}</tr>"


def _short(value: str | None) -> str:
    if value is None:
        return "–"
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def asymmetries(first: pd.Series, second: pd.Series) -> list[tuple[str, str]]:
    """What makes two systems unlike in a way that a difference may come from: flag and sentence.

    Args:
        first: a row of the catalog's models.
        second: likewise.
    """
    names = [plain(str(row["name"])) for row in (first, second)]
    found: list[tuple[str, str]] = []
    pieces = [row["tokenizer"] for row in (first, second)]
    if not any(pd.isna(piece) for piece in pieces) and pieces[0] != pieces[1]:
        told = f"{names[0]} reads by {plain(pieces[0])}, {names[1]} by {plain(pieces[1])}"
        found.append(
            ("TOKENISATION_MISMATCH", f"**Cut into other pieces.** {told}: a difference may come from that alone.")
        )
    windows = [float(row["context_bp"]) for row in (first, second)]
    if not any(pd.isna(window) for window in windows) and max(windows) > MOST_RATIO * min(windows):
        told = " and ".join(f"{name} at most {window:,.0f} bp" for name, window in zip(names, windows, strict=True))
        found.append(("CONTEXT_ASYMMETRY", f"**One sees more of the sequence.** {told}: read long inputs with care."))
    return [*found, *_supervised(first, second, names)]


def _supervised(first: pd.Series, second: pd.Series, names: Sequence[str]) -> list[tuple[str, str]]:
    trained = [bool(row["supervised_on_assay"]) for row in (first, second)]
    if trained[0] == trained[1]:
        return []
    words = FLAGS["CONTAM_SUPERVISED_ASSAY"]
    return [("CONTAM_SUPERVISED_ASSAY", f"**{words.name}.** Only {names[trained.index(True)]}: {words.sentence}")]


def care_lines(page: ComparePage) -> None:
    """The asymmetries as lines, each with its name in the engine on hover."""
    found = asymmetries(*page.models)
    for flag, sentence in found:
        st.markdown(f":material/warning: {sentence}", help=f"{flag}: {flag_name(flag)}")
    if page.alone:
        # Cells are read by none of these baselines as sequence is: that a window is not stated says nothing.
        if not found:
            st.markdown(":material/check: Nothing that is stated of the two makes them unlike.")
        return
    missing = [str(row["name"]) for row in page.models if pd.isna(row["tokenizer"]) or pd.isna(row["context_bp"])]
    if missing:
        st.caption(f"Tokeniser, or window in bp, not stated: {plain(' and '.join(missing))}.")
    elif not found:
        st.markdown(":material/check: Tokeniser and window are alike.")
