"""Results of a split as `compare` gives them, made by hand: for whatever shows, writes or sends them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.local_split.exchange import (
    Check,
    Column,
    Difference,
    Field,
    Inspection,
    LabelWord,
    Part,
    Power,
    Problem,
    Result,
    Shape,
    System,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = "all"
BASELINE = "blosum62"
YOURS = "column:esm"

_VERDICTS = {"PASS": "PASS", "PASS_PAIRED": "FAIL", "INCONCLUSIVE": "FAIL", "FAIL": "FAIL"}
_DELTAS = {
    "PASS": (0.101, 0.061, 0.141),
    "PASS_PAIRED": (0.052, 0.012, 0.092),
    "INCONCLUSIVE": (0.018, -0.021, 0.057),
    "FAIL": (-0.041, -0.078, -0.004),
}


def result(*, verdict: str | None = "PASS", column: str = "esm", **changes: Any) -> Result:
    """A score column next to BLOSUM62 on 400 protein variants of three genes, one of them too small to judge.

    Args:
        verdict: of the column on the whole split; None where no baseline could be named.
        column: what the column is called.
        changes: fields of `Result` to set otherwise.
    """
    yours = f"column:{column}"
    parts = _parts()
    systems = _systems(column, yours)
    found: dict[str, Any] = {
        "inspection": inspection(),
        "primary": "AUROC",
        "metrics": ("AUROC", "AUPRC", "MCC"),
        "systems": systems,
        "parts": parts,
        "values": tuple(value for part in parts for system in systems for value in _values(system, part)),
        "differences": () if verdict is None else tuple(_differences(yours, parts, verdict)),
        "power": tuple(_power(yours)),
        "flags": (
            {"flag": "GENE_LEAK", "severity": "warning", "evidence": "2 genes stand in train and in test."},
            {"flag": "WEAK_BASELINE", "severity": "info", "evidence": "Grantham reaches more than BLOSUM62."},
        ),
        "command": f"vledger compare --split variants.csv --score '{column}=1'",
        "seed": 0,
        "draws": 2000,
        "engine_version": "0.1.0",
        "curves": {system.system_id: _curve() for system in systems},
        "failed": (
            Problem(
                kind="hydropathy",
                severity="note",
                problem="hydropathy could not be scored: there is no alternate residue",
                remedy="give the changes as M1775R",
            ),
        ),
    }
    return Result(**(found | changes))


def inspection(**changes: Any) -> Inspection:
    """What `inspect` says of the 400 variants."""
    rows = (
        Problem(
            kind="reference-mismatch",
            severity="left out",
            problem="the sequence has another residue here",
            remedy="check the transcript",
            row=7,
            column="variant",
            value="A12T",
        ),
        Problem(kind="label", severity="left out", problem="no label", remedy="fill it in", row=9, column="label"),
    )
    found: dict[str, Any] = {
        "name": "variants.csv",
        "sha256": "ab" * 32,
        "kind": "CSV",
        "sheets": (),
        "header": 1,
        "rows": 412,
        "used": 410,
        "train": 10,
        "positives": 160,
        "classes": ("0", "1"),
        "shape": Shape.PROTEIN,
        "columns": (
            Column(name="label", filled=412, distinct=2, numeric=True, examples=("0", "1"), field=Field.LABEL),
            Column(name="esm", filled=412, distinct=400, numeric=True, examples=("0.5",)),
        ),
        "fields": {Field.LABEL: "label", Field.GENE: "gene", Field.VARIANT: "variant"},
        "group": "gene",
        "score_columns": ("esm",),
        "strata_columns": ("gene",),
        "label_words": (
            LabelWord(word="1", count=165, read_as="1"),
            LabelWord(word="0", count=245, read_as="0"),
            LabelWord(word="VUS", count=2, read_as="set aside"),
        ),
        "preview": {},
        "checks": (
            Check(kind="header", title="Header", severity="passed", found="Row 1 is the header."),
            Check(
                kind="gene-leak",
                title="Leakage from train",
                severity="warning",
                found="2 genes stand in train and in test.",
                remedy="Split by gene.",
                rows=120,
            ),
            Check(
                kind="reference-mismatch",
                title="Reference residues",
                severity="left out",
                found="1 row names another residue than its sequence has.",
                remedy="Check the transcript.",
                rows=1,
            ),
        ),
        "problems": rows,
        "problem_count": len(rows),
        "problem_table": b"row,column,value,problem,remedy\n7,variant,A12T,residue,check\n9,label,,no label,fill\n",
    }
    return Inspection(**(found | changes))


def with_column_named(name: str) -> Result:
    """A result whose column, file and a part have the same name, as hostile as may be."""
    found = result(column=name)
    part = replace(found.parts[1], label=name)
    return replace(
        found,
        inspection=replace(found.inspection, name=name, group=name),
        parts=(found.parts[0], part, *found.parts[2:]),
    )


def _systems(column: str, yours: str) -> tuple[System, ...]:
    return (
        System(
            system_id=yours,
            name=column,
            role="yours",
            sentence="Your column.",
            higher_is="1",
            threshold=0.5,
            threshold_source="given",
        ),
        System(
            system_id=BASELINE,
            name="BLOSUM62",
            role="baseline",
            sentence="Minus the BLOSUM62 entry of the two residues.",
            higher_is="1",
            registered=True,
        ),
        System(system_id="grantham", name="Grantham", role="baseline", sentence="Grantham's distance.", higher_is="1"),
        System(
            system_id="constant", name="Constant", role="control", sentence="The same for every item.", higher_is="1"
        ),
    )


def _parts() -> tuple[Part, ...]:
    few = "12 items: fewer than 30 are shown but not judged"
    return (
        Part(part_id=WHOLE, label="whole split", n=400, positives=160),
        Part(part_id="gene=BRCA1", label="BRCA1", n=250, positives=100, column="gene"),
        Part(part_id="gene=PTEN", label="PTEN", n=138, positives=55, column="gene"),
        Part(part_id="gene=VHL", label="VHL", n=12, positives=5, column="gene", judged=False, reason=few),
    )


def _values(system: System, part: Part) -> Sequence[Value]:
    base = {"yours": 0.851, "baseline": 0.75 if system.registered else 0.68, "control": 0.5}[system.role]
    wide = 0.2 if part.n < 30 else 0.04
    rows = []
    for metric, shift in (("AUROC", 0.0), ("AUPRC", -0.08), ("MCC", -0.4)):
        value = round(base + shift - part.n / 10_000, 3)
        none = metric == "MCC" and system.threshold is None
        rows.append(
            Value(
                system_id=system.system_id,
                part_id=part.part_id,
                metric=metric,
                value=None if none else value,
                low=None if none else round(value - wide, 3),
                high=None if none else round(value + wide, 3),
                method=None if none else "cluster bootstrap, percentile, 2,000 draws",
                n=part.n,
                undefined_reason="no threshold is given, and there are no train rows" if none else None,
            )
        )
    return rows


def _differences(yours: str, parts: Sequence[Part], verdict: str) -> Sequence[Difference]:
    delta, low, high = _DELTAS[verdict]
    return [
        Difference(
            system_id=yours,
            baseline_id=baseline,
            part_id=part.part_id,
            metric="AUROC",
            delta=delta,
            low=low,
            high=high,
            method="cluster bootstrap, percentile, 2,000 draws",
            p=0.01,
            q=0.02 if part.judged else None,
            p_method="bootstrap",
            n=part.n,
            verdict_article=_VERDICTS[verdict] if part.judged else None,
            verdict=verdict if part.judged else None,
            minimum_effect=0.02,
            registered=baseline == BASELINE,
            undefined_reason=part.reason,
        )
        for part in parts
        for baseline in (BASELINE, "grantham")
    ]


def _power(yours: str) -> Sequence[Power]:
    assumed = "two scores correlated at 0.5, the bootstrap's spread of the baseline"
    return [
        Power(
            part_id=WHOLE,
            metric="AUROC",
            baseline_id=BASELINE,
            system_id=None,
            detectable=0.043,
            minimum_effect=0.02,
            needed=1850,
            assumed=assumed,
        ),
        Power(
            part_id=WHOLE,
            metric="AUROC",
            baseline_id=BASELINE,
            system_id=yours,
            detectable=None,
            minimum_effect=0.02,
            needed=900,
            assumed="the interval of the difference seen shrinks with the root of n",
        ),
        Power(
            part_id="gene=VHL",
            metric="AUROC",
            baseline_id=BASELINE,
            system_id=None,
            detectable=None,
            minimum_effect=0.02,
            needed=None,
            assumed=assumed,
            undefined_reason="12 items are too few",
        ),
    ]


def _curve() -> dict[str, Sequence[float]]:
    return {
        "fpr": (0.0, 0.1, 0.4, 1.0),
        "tpr": (0.0, 0.6, 0.9, 1.0),
        "recall": (0.0, 0.6, 0.9, 1.0),
        "precision": (1.0, 0.8, 0.6, 0.4),
    }
