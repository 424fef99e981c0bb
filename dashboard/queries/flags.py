"""Flags as the store keeps them with a score or a comparison: a JSON list of {flag, severity, evidence}."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLLAPSE = "MAJORITY_COLLAPSE"
OF_ITEMS = (
    "DUPLICATE_ROWS",
    "LABEL_CONFLICT",
    "HOMOLOGY_LEAK",
    "GENE_LEAK",
    "CHROM_LEAK",
    "IMBALANCE",
    "ANCESTRY_UNKNOWN",
)
"""Flags of the task's items: they concern whoever is measured on them."""
_SEVERITIES = ("warning", "info")


@dataclass(frozen=True, slots=True)
class Told:
    """One flag with all that it was raised for.

    Attributes:
        flag: its name in the engine.
        severity: the gravest it has here, `warning` or `info`.
        systems: names of those it concerns; empty where it is of the items, so of everybody.
        evidence: each piece with the names of the systems that share it.
    """

    flag: str
    severity: str
    systems: tuple[str, ...]
    evidence: tuple[tuple[str, tuple[str, ...]], ...]


def parsed(flags: object) -> list[dict[str, str]]:
    """The flags of one score, none where the store has nothing."""
    found: list[dict[str, str]] = json.loads(flags) if isinstance(flags, str) else []
    return found


def collapse(flags: pd.Series) -> pd.Series:
    """For each score the evidence of its collapse to one class, None where there is none; same index."""
    return pd.Series(
        [next((one["evidence"] for one in parsed(row) if one["flag"] == COLLAPSE), None) for row in flags],
        index=flags.index,
        dtype=object,
    )


def told(scores: pd.DataFrame, comparisons: pd.DataFrame, names: Mapping[str, str]) -> list[Told]:
    """Every flag of what is shown, once, warnings first.

    Args:
        scores: columns model_id, role and flags; that a control collapses is its purpose and left out.
        comparisons: columns model_id, baseline_id and flags.
        names: of systems by model_id.
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    gravest: dict[str, str] = {}
    for owner, one in (*_of_scores(scores), *_of_comparisons(comparisons, names)):
        own = found.setdefault(one["flag"], {}).setdefault(one["evidence"], {})
        if one["flag"] not in OF_ITEMS:
            own[names.get(owner, owner)] = None
        gravest[one["flag"]] = min(gravest.get(one["flag"], "info"), one["severity"], key=_SEVERITIES.index)
    flags = [
        Told(
            flag,
            gravest[flag],
            tuple(dict.fromkeys(name for systems in evidence.values() for name in systems)),
            tuple((text, tuple(systems)) for text, systems in evidence.items()),
        )
        for flag, evidence in found.items()
    ]
    return sorted(flags, key=lambda flag: _SEVERITIES.index(flag.severity))


def of_model(flags: object, baseline_id: str, baseline: str) -> list[str]:
    """Flags of one comparison that are neither of the items nor of the baseline, each once."""
    found = [
        one for one in parsed(flags) if one["flag"] not in OF_ITEMS and not _of_baseline(one, baseline_id, baseline)
    ]
    return list(dict.fromkeys(one["flag"] for one in found))


def _of_scores(rows: pd.DataFrame) -> Iterator[tuple[str, dict[str, str]]]:
    for model, role, flags in zip(rows["model_id"], rows["role"], rows["flags"], strict=True):
        for one in parsed(flags):
            if role != "control" or one["flag"] != COLLAPSE:
                yield str(model), one


def _of_comparisons(rows: pd.DataFrame, names: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for model, baseline, flags in zip(rows["model_id"], rows["baseline_id"], rows["flags"], strict=True):
        for one in parsed(flags):
            of_baseline = _of_baseline(one, str(baseline), names.get(baseline, baseline))
            yield str(baseline if of_baseline else model), one


def _of_baseline(one: Mapping[str, str], baseline_id: str, name: str) -> bool:
    """A flag of the baseline stands with each comparison; its evidence begins with the baseline."""
    return one["flag"] == "WEAK_BASELINE" or one["evidence"].startswith(
        (f"{baseline_id} ", f"{baseline_id}:", f"{name}:")
    )
