"""What to read with care: every flag of the page once, what it means, whom it concerns, and how it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.components.exhibit import table
from dashboard.flag_words import FLAGS, SEVERITIES, flag_name
from dashboard.queries.flags import COLLAPSE
from dashboard.text import COLLAPSED, capital, count, listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exhibits import About
    from dashboard.queries.flags import Told

_ON_HOVER = 6
_NAMED = 4


def care(flags: Sequence[Told], *, name: str, about: About) -> None:
    """Warnings in sight, what is good to know behind a fold, the evidence as a table.

    Args:
        flags: as `told` gives them.
        name: file name of the CSV.
        about: what stands beside the evidence.
    """
    warnings = [flag for flag in flags if flag.severity == "warning"]
    notes = [flag for flag in flags if flag.severity != "warning"]
    for flag in warnings:
        st.markdown(f":material/warning: {sentence(flag)}", help=evidence(flag))
    if notes:
        with st.expander(f"{count(len(notes), 'note')}: {', '.join(flag_name(flag.flag) for flag in notes).lower()}"):
            for flag in notes:
                st.markdown(f":material/info: {sentence(flag)}", help=evidence(flag))
    if flags:
        with st.expander("Evidence of every flag"):
            table(
                as_table(flags),
                name=name,
                key="flags",
                title=flags_title(flags),
                about=about,
                alt="Every flag of this page, whom it concerns and how it is known",
            )


def flags_title(flags: Sequence[Told]) -> str:
    """'One warning and two notes: tokenisation mismatch, ...'."""
    warnings = sum(flag.severity == "warning" for flag in flags)
    notes = len(flags) - warnings
    parts = [count(n, noun) for n, noun in ((warnings, "warning"), (notes, "note")) if n]
    return f"To be read with care, {' and '.join(parts)}: {listed([flag_name(flag.flag).lower() for flag in flags], 6)}"


def sentence(flag: Told) -> str:
    """Name, severity, meaning, and whom it concerns."""
    name = f"{COLLAPSED.split()[0]} {flag_name(flag.flag)}" if flag.flag == COLLAPSE else flag_name(flag.flag)
    meaning = FLAGS[flag.flag].sentence if flag.flag in FLAGS else ""
    whom = plain(listed(list(flag.systems), _NAMED)) if flag.systems else "everybody measured here"
    return f"**{plain(name)}** ({SEVERITIES[flag.severity]}). {meaning} *Concerns {whom}.*"


def evidence(flag: Told) -> str:
    """The first pieces of evidence, each with the systems that share it unless it names them."""
    told = [f"- {plain(_piece(text, systems))}" for text, systems in flag.evidence[:_ON_HOVER]]
    left = len(flag.evidence) - _ON_HOVER
    return "\n".join([*told, *([f"- and {left} more, in the table of evidence"] if left > 0 else [])])


def _piece(text: str, systems: Sequence[str]) -> str:
    named = not systems or (len(systems) == 1 and text.startswith(systems[0]))
    return capital(text) if named else f"{listed(list(systems), _NAMED)}: {text}"


def as_table(flags: Sequence[Told]) -> pd.DataFrame:
    """One row a piece of evidence."""
    return pd.DataFrame(
        [
            {
                "Flag": flag_name(flag.flag),
                "Severity": SEVERITIES[flag.severity],
                "Evidence": text,
                "Concerns": ", ".join(systems) or "everybody",
                "Name in the engine": flag.flag,
            }
            for flag in flags
            for text, systems in flag.evidence
        ]
    )
