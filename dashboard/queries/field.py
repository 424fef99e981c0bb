"""The field: every system of the store on its branch of the family tree, and how far each one sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dashboard.text import size

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board

STEMS = {
    "Transformer encoder": "Attention",
    "Transformer decoder": "Attention",
    "Other Transformer": "Attention",
    "State space": "State space",
    "Long convolution": "Long convolution",
    "CNN + Transformer": "Short convolution",
    "CNN": "Short convolution",
    "Alignment": "Alignment or rule",
    "Conservation or rule": "Alignment or rule",
    "Other": "Other",
}
"""The stem of the tree that each `family` of the store grows from, in the order drawn."""
UNSTATED = "Family not stated"
_LINES = (
    ("stripedhyena", "StripedHyena"),
    ("hyenadna", "HyenaDNA"),
    ("caduceus", "Caduceus"),
    ("janus", "JanusDNA"),
    ("mamba", "Mamba-2"),
)
"""Lines within a family, by what the `architecture` says; elsewhere a family is divided by what it reads."""
NEAR = 0.05
"""Families whose best lie this close together are said to be close."""

_SYSTEMS = """
    SELECT m.model_id, m.name, m.role, m.modality, m.family, m.architecture, m.tokenizer, m.bp_per_token,
           m.context_value, m.context_unit, m.context_bp, m.context_note, m.parameters, m.parameters_note,
           m.licence, m.licence_group, m.access, m.access_kind, m.provenance_note,
           l.system, f.organisation_or_authors AS authors, f.access AS system_access, f.licence_terms, s.citation,
           p.statements, m.model_id IN (SELECT model_id FROM score) AS has_page
    FROM model m
    LEFT JOIN ledger_system l USING (model_id)
    LEFT JOIN model_fact f ON f.system = l.system
    LEFT JOIN source s ON s.source_id = f.source_id
    LEFT JOIN (SELECT model_id, list({'parameters': parameters, 'by': stated_by} ORDER BY stated_by) AS statements
               FROM parameter_statement GROUP BY ALL) p USING (model_id)
    WHERE m.role <> 'control'
    ORDER BY lower(m.name), m.model_id
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """The systems with what they reached in the first column of a board.

    `systems` has a row a system: name, role, stem, family, line, modality, parameters, sizes (as stated), year, value
    (missing where it was not measured on the whole), among others. `baseline` is name and value of the one to beat.
    """

    systems: pd.DataFrame
    baseline: tuple[str, float] | None

    @property
    def models(self) -> pd.DataFrame:
        """The measured systems that are no baselines, the highest value first."""
        found = self.systems[(self.systems["role"] == "model") & self.systems["value"].notna()]
        return found.sort_values("value", ascending=False, kind="stable")

    @property
    def best(self) -> pd.DataFrame:
        """The best measured model of each stated family, the highest first."""
        return self.models[self.models["family"] != UNSTATED].drop_duplicates("family")


def read_systems(ask: Ask) -> pd.DataFrame:
    """Every model and baseline of the store, by model_id, with its branch, sizes and year; controls are no systems."""
    rows = ask(_SYSTEMS).set_index("model_id")
    rows = rows.astype(dict.fromkeys(("parameters", "context_value", "context_bp", "bp_per_token"), float))
    family = rows["family"].fillna(UNSTATED)
    return rows.assign(
        family=family,
        stem=family.map(STEMS).fillna("Other"),
        line=[_line(row.architecture, row.modality) for row in rows.itertuples()],
        sizes=[_sizes(row.parameters, row.statements, row.parameters_note) for row in rows.itertuples()],
        year=[_year(row.authors, row.citation, row.provenance_note, row.role) for row in rows.itertuples()],
    )


def tree(systems: pd.DataFrame, board: Board, to_beat: str | None) -> Tree:
    """The systems with their values in a board's first column; a value over only a part of it does not count."""
    values = board.values[board.columns[0].key]
    if board.columns[0].kind == "summary":
        values = values.drop(index=board.partial, errors="ignore")
    value = values.get(to_beat, np.nan) if to_beat else np.nan
    baseline = None if pd.isna(value) else (str(board.models.at[to_beat, "name"]), float(value))
    return Tree(systems.assign(value=values.reindex(systems.index)), baseline)


def branches(systems: pd.DataFrame) -> list[tuple[str, str, str, pd.DataFrame]]:
    """Stem, family, line and its systems: measured ones first by value, the others by size and name."""
    order = [*STEMS, UNSTATED]
    found = []
    for family in sorted(
        systems["family"].unique(), key=lambda name: order.index(name) if name in order else len(STEMS)
    ):
        rows = systems[systems["family"] == family]
        for line in rows["line"].value_counts(sort=True).index:
            members = rows[rows["line"] == line].sort_values(
                ["value", "parameters"], ascending=False, na_position="last", kind="stable"
            )
            found.append((str(members["stem"].iloc[0]), str(family), str(line), members))
    return found


def _line(architecture: object, modality: object) -> str:
    text = str(architecture).lower()
    named = next((line for needle, line in _LINES if needle in text), None)
    return named or (str(modality) if isinstance(modality, str) else "not stated")


def _sizes(parameters: float, statements: object, note: object) -> str | None:
    """The size as the store has it, all statements where sources disagree, with the note of where it comes from."""
    if isinstance(statements, list | np.ndarray):
        return "; ".join(f"{size(row['parameters'])} ({row['by']})" for row in statements)
    if np.isnan(parameters):
        return None
    return f"{size(parameters)} ({note})" if isinstance(note, str) else size(parameters)


def _year(authors: object, citation: object, note: object, role: str) -> str | None:
    """Years of a system's own paper: the source counts only where its first author is the system's.

    A baseline's note cites its paper as 'year;volume'. Other sources tell of a system later than it appeared.
    """
    if isinstance(authors, str) and isinstance(citation, str) and authors.split()[0] == citation.split()[0]:
        return ", ".join(dict.fromkeys(re.findall(r"\b((?:19|20)\d\d)\b(?=[.;:]|$)", citation))) or None
    found = re.findall(r"\b((?:19|20)\d\d);\d", note) if role == "baseline" and isinstance(note, str) else []
    return ", ".join(dict.fromkeys(found)) or None
