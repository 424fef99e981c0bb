"""How far systems see: windows as the literature states them and as the registry has them, each in its own unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.field import read_systems

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

STATED = "Stated in the literature"
SECTIONS = {
    "bp": "DNA models of the registry",
    "tokens": "DNA models of the registry",
    "residues": "Protein models: residues",
    "genes": "Single-cell models: genes",
}
"""Where the registry's windows stand, by unit, after those that the literature states."""
BENCHMARK = "benchmark"
_RANGE = re.compile(r"^(.*) \(range, (low|high)\)$")
_NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0, "five": 5.0, "ten": 10.0}
_FACTORS = {"thousand": 1e3, "million": 1e6}

# A stated window in tokens is converted by the system's models of the store, where these agree on what a token is.
_STATED = """
    SELECT w.model, w.value, w.unit, w.note, s.citation, s.url, t.bp_per_token
    FROM context_window w
    LEFT JOIN source s USING (source_id)
    LEFT JOIN (SELECT l.system, max(m.bp_per_token) AS bp_per_token FROM ledger_system l JOIN model m USING (model_id)
               GROUP BY l.system HAVING count(DISTINCT m.bp_per_token) = 1) t ON t.system = w.model
    ORDER BY w.value, w.model
"""
_DISTANCES = """
    SELECT c.statement, c.value, s.citation, s.url FROM claim c LEFT JOIN source s USING (source_id)
    WHERE c.metric = 'distance' AND c.unit = 'base pairs' ORDER BY c.claim_id
"""
_WINDOW_SOURCES = """
    SELECT source_id FROM (
      SELECT source_id FROM context_window
      UNION ALL SELECT source_id FROM claim WHERE metric = 'distance' AND unit = 'base pairs'
    ) WHERE source_id IS NOT NULL GROUP BY source_id ORDER BY count(*) DESC, source_id
"""


def read_windows(ask: Ask) -> pd.DataFrame:
    """Windows of models: section, label, names, low, high, unit, bp_low, bp_high, computed, note, citation, url.

    Returns:
        One row a stated window, both ends of a range together, then one row for all models of the registry that share
        value, unit and conversion; the longest last within a section. `computed` where bp are tokens times the
        `bp_per_token` of the store rather than what the store states; bp are missing where nothing converts.
    """
    systems = read_systems(ask)
    stated = pd.DataFrame(_stated(ask(_STATED)))
    known = pd.DataFrame(_known(systems[systems["context_value"].notna()]))
    order = [STATED, *dict.fromkeys(SECTIONS.values())]
    rows = pd.concat([stated, known], ignore_index=True)
    place = rows["section"].map(order.index)
    length = rows["bp_high"].fillna(rows["high"])
    rows = rows.assign(place=place, length=length).sort_values(["place", "length", "label"], kind="stable")
    return rows.drop(columns=["place", "length"]).reset_index(drop=True)


def read_window_sources(ask: Ask) -> tuple[str, ...]:
    """Ids of the sources of the windows and distances that are stated, most frequent first."""
    return tuple(map(str, ask(_WINDOW_SOURCES)["source_id"]))


def read_differences(ask: Ask) -> pd.DataFrame:
    """Systems whose longest window in the registry is not within what is stated: system, low, high, bp, name."""
    windows = read_windows(ask)
    stated = windows[(windows["section"] == STATED) & windows["bp_high"].notna()]
    systems = read_systems(ask)
    rows = []
    for row in stated.itertuples():
        for system in str(row.label).split("/"):
            models = systems[(systems["system"] == system) & systems["context_bp"].notna()]
            if models.empty:
                continue
            longest = models.loc[models["context_bp"].idxmax()]
            if not row.bp_low <= longest["context_bp"] <= row.bp_high:
                rows.append((system, row.bp_low, row.bp_high, longest["context_bp"], longest["name"]))
    return pd.DataFrame(rows, columns=["system", "low", "high", "bp", "name"])


def read_distances(ask: Ask) -> pd.DataFrame:
    """Lengths to hold windows against, by label: a benchmark's longest input and distances that are stated."""
    windows = ask(_STATED)
    inputs = windows[windows["model"].str.contains(BENCHMARK) & (windows["unit"] == "bp")]
    rows = [
        {"label": row.model, "bp": float(row.value), "said": row.note, "citation": row.citation, "url": row.url}
        for row in inputs.itertuples()
    ]
    for row in ask(_DISTANCES).itertuples():
        bp = number_in(str(row.value))
        if bp is not None:
            label = f"regulator to gene: {row.value} bp"
            rows.append({"label": label, "bp": bp, "said": row.statement, "citation": row.citation, "url": row.url})
    return pd.DataFrame(rows, columns=["label", "bp", "said", "citation", "url"])


def number_in(text: str) -> float | None:
    """The number that a phrase names: 'up to one million' -> 1000000, '10 thousand' -> 10000; None without any."""
    found = re.search(r"\b([\d,.]+|[a-z]+) (thousand|million)\b", text)
    if not found:
        return None
    first = found[1].replace(",", "")
    number = _NUMBERS.get(first) if first.isalpha() else float(first)
    return None if number is None else number * _FACTORS[found[2]]


def _stated(rows: pd.DataFrame) -> list[dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for row in rows[~rows["model"].str.contains(BENCHMARK)].itertuples():
        match = _RANGE.match(row.model)
        name = match[1] if match else row.model
        each = 1.0 if row.unit == "bp" else float(row.bp_per_token)
        value, bp = float(row.value), None if pd.isna(each) else float(row.value) * each
        known = found.setdefault(
            name,
            {
                "section": STATED, "label": name, "names": [name], "low": value, "high": value, "unit": row.unit,
                "bp_low": bp, "bp_high": bp, "computed": row.unit != "bp" and bp is not None, "note": row.note,
                "citation": row.citation, "url": row.url,
            },
        )  # fmt: skip
        if match:
            low, bp_low = ("low", "bp_low") if match[2] == "low" else ("high", "bp_high")
            known |= {low: value, bp_low: bp}
            known["note"] = " / ".join(dict.fromkeys([str(known["note"]), str(row.note)]))
    return list(found.values())


def _known(systems: pd.DataFrame) -> list[dict[str, object]]:
    found = []
    columns = ["context_unit", "context_value", "context_bp", "bp_per_token"]
    for (unit, value, bp, each), rows in systems.groupby(columns, dropna=False):
        names = list(rows["name"])
        computed = pd.isna(bp) and unit == "tokens" and not pd.isna(each)
        length = value * each if computed else None if pd.isna(bp) else bp
        found.append(
            {
                "section": SECTIONS[unit], "label": names[0] if len(names) == 1 else f"{names[0]} + {len(names) - 1}",
                "names": names, "low": value, "high": value, "unit": unit, "bp_low": length, "bp_high": length,
                "computed": computed, "note": " / ".join(dict.fromkeys(rows["context_note"].dropna())) or None,
                "citation": None, "url": None,
            }
        )  # fmt: skip
    return found
