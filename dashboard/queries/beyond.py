"""Proteins, structure, cells and networks: measured values of proteins, published comparisons of the rest.

Numbers of the literature are parsed from the claims as they stand in the store: none is written here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.board import read_board
from dashboard.queries.suites import MAIN_TASK
from dashboard.text import capital
from engine.statistics.curves import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

FAMILIES = {
    "proteins": ("protein missense",),
    "structure": ("protein structure", "complexes & design"),
    "cells": ("single-cell clustering", "single-cell perturbation"),
    "networks": ("regulatory network inference",),
}
"""Task families of the claims of each chapter."""
KINDS = ("selection_type", "msa_depth", "taxon")
"""Ways to part ProteinGym's scans."""
_CLAIMS = """
    SELECT c.claim_id, c.system, c.task_family, c.ledger, c.statement, c.metric, c.value, c.unit, c.comparator,
           c.comparator_value, c.outcome, c.evidence, c.caveat, c.source_id
    FROM claim c WHERE list_contains($families, c.task_family) ORDER BY c.rowid
"""
_SIZES = """
    SELECT m.model_id, m.name, m.role, m.inputs, m.parameters::DOUBLE AS parameters, s.value
    FROM score s JOIN model m USING (model_id)
    WHERE s.task_id = $task AND s.stratum = 'all' AND s.metric = 'Spearman' AND s.protocol = 'proteingym-published'
      AND s.value IS NOT NULL
    ORDER BY m.role <> 'baseline', m.parameters, m.name
"""
_CLINICAL = """
    SELECT m.model_id, m.name, m.role, m.inputs, c.value AS clinical, d.value AS scans
    FROM score c JOIN model m USING (model_id)
    LEFT JOIN score d ON d.model_id = c.model_id AND d.task_id = $task AND d.stratum = 'all'
      AND d.metric = 'Spearman' AND d.protocol = c.protocol
    WHERE c.task_id = 'proteingym_clinical_substitutions' AND c.stratum = 'all' AND c.metric = 'AUROC'
      AND c.protocol = 'proteingym-published'
    ORDER BY m.role <> 'baseline', c.value DESC, m.name
"""
_TO_BEAT = """
    SELECT DISTINCT baseline_id FROM comparison
    WHERE registered AND task_id = $task AND metric = 'Spearman' AND stratum = 'all'
      AND protocol = 'proteingym-published'
"""
_FAMILY = "ESM-2 "
"""How the names of one family begin that was trained alike in every size."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_MONOMERS, _DIMERS, _XRAY = "esmfold-hard-monomers", "esmfold-hard-dimers", "esmfold-xray-cryoem"
_TARGETS = "structure-test-set"
PAIRS = {_MONOMERS: "Hard monomers", _DIMERS: "Hard dimers", _XRAY: "Monomers with X-ray or cryo-EM structure"}
"""Claims of a share of targets, with the words of their row."""
ORDERS = {
    "clustering": ("hvg-all-metrics", "harmony-clustering", "scvi-clustering"),
    "perturbation": ("perturb-additive-double", "perturb-linear-single", "perturb-mean-single"),
}
"""Claims of baselines that state an order and no value."""
_QUESTIONS = {
    "perturb-additive-double": "Double perturbations",
    "perturb-linear-single": "Single perturbations",
    "perturb-mean-single": "Single perturbations",
}
"""What claims of one metric differ in."""
_VARIANCE = "variance-baseline-auroc"
_ATTENTION = ("scgpt-attention-auroc", "geneformer-attention-auroc")


@dataclass(frozen=True, slots=True)
class Proteins:
    """ProteinGym's scans and clinical labels.

    Attributes:
        models: one row a model or baseline, baselines first: model_id, name, role, inputs, parameters, value
            (Spearman over all scans).
        clinical: one row a system with clinical labels: the same, with clinical (AUROC) and scans (Spearman or NaN).
        baseline: the row of the baseline that was declared as the one to beat.
    """

    models: pd.DataFrame
    clinical: pd.DataFrame
    baseline: pd.Series

    @property
    def family(self) -> pd.DataFrame:
        """One family in every size, smallest first."""
        sized = self.models[self.models["name"].str.startswith(_FAMILY)].dropna(subset=["parameters"])
        return sized.sort_values("parameters")

    @property
    def peak(self) -> pd.Series:
        """The member of the family with the highest value."""
        found: pd.Series = self.family.loc[self.family["value"].idxmax()]
        return found

    @property
    def below(self) -> pd.DataFrame:
        """Members of the family that lie below the baseline, smallest first."""
        return self.family[self.family["value"] < self.baseline["value"]]

    @property
    def larger(self) -> pd.DataFrame:
        """Models with larger stated size than the family's peak that read a sequence alone, the best first."""
        models = self.models[(self.models["role"] == "model") & (self.models["inputs"] == self.peak["inputs"])]
        return models[models["parameters"] > self.peak["parameters"]].sort_values("value", ascending=False)

    @property
    def both(self) -> pd.DataFrame:
        """Systems with clinical labels and scans, baselines first."""
        return self.clinical.dropna(subset=["scans"])


def read_proteins(ask: Ask) -> Proteins | None:
    """The values of ProteinGym; None where the store has none or no baseline to beat was declared."""
    task = {"task": MAIN_TASK["proteingym"]}
    models, to_beat = ask(_SIZES, task), ask(_TO_BEAT, task)["baseline_id"]
    rows = models[models["model_id"].isin(to_beat)]
    if rows.empty or not models["name"].str.startswith(_FAMILY).any():
        return None
    return Proteins(models, ask(_CLINICAL, task), rows.iloc[0])


def read_parts(ask: Ask, catalog: Catalog) -> pd.DataFrame:
    """Spearman by part of the scans: one row a system and part.

    Baselines, the family in every size, and the best of each kind of input; columns model_id, name, role, kind, part,
    n, value.
    """
    boards = {kind: read_board(ask, catalog, "proteingym", "zero_shot", "Spearman", kind) for kind in KINDS}
    first = boards[KINDS[0]]
    rows = first.models.assign(value=first.values["all"]).sort_values("value")
    models = rows[rows["role"] == "model"]
    best = models.groupby("inputs")["value"].idxmax()
    family = models.index[models["name"].str.startswith(_FAMILY)]
    kept = [*rows.index[rows["role"] == "baseline"], *models.index[models.index.isin([*best, *family])]]
    found = [
        (model, rows.at[model, "name"], rows.at[model, "role"], kind, column.label, column.n, value)
        for kind, board in boards.items()
        for column in board.categories
        for model, value in board.values.loc[kept, column.key].items()
    ]
    return pd.DataFrame(found, columns=["model_id", "name", "role", "kind", "part", "n", "value"])


def against_baseline(parts: pd.DataFrame, model_id: str, baseline_id: str) -> pd.DataFrame:
    """By how much a model leads the baseline in each part, the smallest lead first: kind, part, value, beat, lead."""
    wide = parts.set_index(["kind", "part"])
    own = wide.loc[wide["model_id"] == model_id, "value"].rename("value")
    beat = wide.loc[wide["model_id"] == baseline_id, "value"].rename("beat")
    found = pd.concat([own, beat], axis=1).dropna()
    return found.assign(lead=found["value"] - found["beat"]).sort_values("lead").reset_index()


def read_claims(ask: Ask, families: Sequence[str]) -> pd.DataFrame:
    """Claims of these task families in the order of their table, indexed by claim_id."""
    return ask(_CLAIMS, {"families": list(families)}).set_index("claim_id", drop=False)


def numbers(text: str) -> list[float]:
    """Every number of a published value: '0.81 to 0.88' -> [0.81, 0.88], '1,666' -> [1666.0]."""
    return [float(found.replace(",", "")) for found in _NUMBER.findall(text)]


def shares(claims: pd.DataFrame) -> pd.DataFrame:
    """Published shares of targets, two rows a comparison, the baseline first.

    Args:
        claims: those of the structure families.

    Returns:
        claim_id, label, system, baseline (bool), value, low, high (shares; the 95 % Wilson interval is NaN where n is
        not stated), n (NaN where not stated).
    """
    targets = claims.loc[_TARGETS]
    of = {_MONOMERS: numbers(targets["value"])[0], _DIMERS: numbers(targets["comparator_value"])[0]}
    found = []
    for claim_id, label in PAIRS.items():
        claim, n = claims.loc[claim_id], of.get(claim_id, float("nan"))
        for system, text in ((claim["comparator"], claim["comparator_value"]), (claim["system"], claim["value"])):
            value = numbers(text)[0] / 100
            low, high = _bounds(value, n)
            found.append((claim_id, label, system, system != claim["system"], value, low, high, n))
    return pd.DataFrame(found, columns=["claim_id", "label", "system", "baseline", "value", "low", "high", "n"])


def _bounds(share: float, n: float) -> tuple[float, float]:
    if pd.isna(n):
        return float("nan"), float("nan")
    low, high = wilson([share * n], [n])
    return float(low[0]), float(high[0])


def orders(claims: pd.DataFrame, name: str) -> pd.DataFrame:
    """Claims of baselines without values: claim_id, baseline, rivals, label, place (1 ahead, 0 level, -1 behind).

    Args:
        claims: those of the single-cell families.
        name: one of ORDERS.
    """
    rows = claims.loc[list(ORDERS[name])]
    return pd.DataFrame(
        {
            "claim_id": rows["claim_id"],
            "baseline": rows["system"],
            "rivals": rows["comparator"].str.replace("; ", " and "),
            "label": [capital(_QUESTIONS.get(row.claim_id, row.metric)) for row in rows.itertuples()],
            "place": rows["outcome"].map({"beats baseline": 1, "matches": 0, "loses to baseline": -1}),
        }
    ).reset_index(drop=True)


def network_values(claims: pd.DataFrame) -> pd.DataFrame:
    """AUROC on CRISPRi targets, baselines first: claim_id, label, baseline (bool), low and high (one value: equal)."""
    one = claims.loc[_ATTENTION[0]]
    span = numbers(one["comparator_value"])
    variance = numbers(claims.at[_VARIANCE, "value"])[0]
    found = [
        (one["claim_id"], capital(str(one["comparator"])), True, min(span), max(span)),
        (_VARIANCE, str(claims.at[_VARIANCE, "system"]), True, variance, variance),
    ]
    for claim_id in _ATTENTION:
        value = numbers(claims.at[claim_id, "value"])[0]
        found.append((claim_id, f"{claims.at[claim_id, 'system']} attention", False, value, value))
    return pd.DataFrame(found, columns=["claim_id", "label", "baseline", "low", "high"])
