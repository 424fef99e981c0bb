"""One variant: what it is, what every system says of it, what lies around it, and what comes before and after it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.queries.genome_names import GenomicName, genomic_name, protein_name
from dashboard.queries.items import CALLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.queries.ask import Ask

FLANK = 15
"""Letters shown on either side of a change."""
_LONGEST = 100
"""Letters of a reference allele that starts before what is shown and still tells letters there."""
FEWEST_KNOWN = 3
"""Letters around a change below which nothing is learnt from showing them."""
UNKNOWN_LETTER = "·"

_ITEM = """
    SELECT i.* EXCLUDE (task_id), t.suite, t.kind, t.organism, s.citation, s.url
    FROM numbered_item i JOIN task t USING (task_id) LEFT JOIN source s USING (source_id)
    WHERE i.task_id = $task AND i.item_id = $item
"""
_VALUES = """
    SELECT label, count(*) AS n, min(value) AS lowest, max(value) AS highest
    FROM numbered_item WHERE task_id = $task AND label IN (0, 1) GROUP BY label ORDER BY label
"""
_STANDING = f"""
    SELECT s.model_id, m.name, m.role, s.higher_is, s.sign, s.threshold, s.threshold_source, s.n, v.score, v.percentile,
           v.among_negative, v.among_positive, {CALLED} AS called
    FROM scored s JOIN model m USING (model_id)
    LEFT JOIN (SELECT * FROM standing WHERE task_id = $task AND item_no = $number) v USING (model_id)
    WHERE s.task_id = $task
    ORDER BY list_position(['model', 'baseline', 'control'], m.role), lower(m.name), s.model_id
"""
# Two variants that give another letter for one place leave it unknown.
_BASES = """
    SELECT spot, min(letter) AS letter FROM (
      SELECT i.pos + u.k - 1 AS spot, i.ref[u.k] AS letter
      FROM numbered_item i, unnest(range(1, length(i.ref) + 1)) u(k)
      WHERE i.task_id = $task AND i.chrom = $chrom AND i.pos BETWEEN $low - $reach AND $high
    )
    WHERE spot BETWEEN $low AND $high GROUP BY spot HAVING min(letter) = max(letter)
"""
_RESIDUES = """
    SELECT residue AS spot, min(residue_ref) AS letter FROM numbered_item
    WHERE task_id = $task AND gene IS NOT DISTINCT FROM $gene AND residue BETWEEN $low AND $high
    GROUP BY residue HAVING min(residue_ref) = max(residue_ref)
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """One item of a task; what is not known is None.

    `groups` is what else its data set says of it; `citation` and `url` are of the task's source.
    """

    task_id: str
    item_no: int
    item_id: str
    suite: str
    kind: str
    label: int | None = None
    chrom: str | None = None
    pos: int | None = None
    ref: str | None = None
    alt: str | None = None
    assembly: str | None = None
    gene: str | None = None
    protein_variant: str | None = None
    consequence: str | None = None
    value: float | None = None
    place: int | None = None
    residue: int | None = None
    residue_ref: str | None = None
    residue_alt: str | None = None
    organism: str | None = None
    citation: str | None = None
    url: str | None = None
    groups: Mapping[str, Any] = field(default_factory=dict)

    @property
    def vcf(self) -> str | None:
        """Chromosome, position, reference and alternate allele."""
        parts = (self.chrom, self.pos, self.ref, self.alt)
        return None if None in parts else "-".join(map(str, parts))

    @property
    def genomic(self) -> GenomicName | None:
        """Its genomic name by HGVS."""
        return genomic_name(self.assembly, self.chrom, self.pos, self.ref, self.alt)

    @property
    def coding(self) -> str | None:
        """Its name in the coding sequence as its data set states it."""
        return self.groups.get("transcript_variant")

    @property
    def protein(self) -> str | None:
        """Its predicted protein change by HGVS."""
        return protein_name(self.protein_variant)

    @property
    def clinvar_id(self) -> str | None:
        """ClinVar's number of the variation."""
        found = self.groups.get("clinvar_id")
        return None if found is None else str(found)

    @property
    def human(self) -> bool:
        """Whether its gene is a human one."""
        return self.organism == "human" or self.assembly in {"GRCh37", "GRCh38"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Letters around a change: `letters[index]` is the first that is changed; `start` is the place of the first one."""

    letters: tuple[str, ...]
    index: int
    start: int
    changed: int
    alternate: str

    @property
    def known(self) -> int:
        """Letters around the change that are known."""
        beside = self.letters[: self.index] + self.letters[self.index + self.changed :]
        return sum(letter != UNKNOWN_LETTER for letter in beside)


def read_variant(ask: Ask, task_id: str, item_id: str) -> Variant | None:
    """The item of this name; None where the task has none."""
    rows = ask(_ITEM, {"task": task_id, "item": item_id})
    if rows.empty:
        return None
    known = rows.astype(object).iloc[0]
    row: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in known.items()}
    groups = json.loads(row.pop("groups") or "{}")
    whole = {name: None if row[name] is None else int(row[name]) for name in ("label", "pos", "place", "residue")}
    kept = {name: row[name] for name in Variant.__dataclass_fields__ if name in row}
    return Variant(**{**kept, **whole, "task_id": task_id, "item_no": int(row["item_no"]), "groups": groups})


def read_label_values(ask: Ask, task_id: str) -> pd.DataFrame:
    """What was measured, by label: number of items, lowest and highest value; index label."""
    return ask(_VALUES, {"task": task_id}).set_index("label")


def read_standings(ask: Ask, task_id: str, item_no: int) -> pd.DataFrame:
    """Every system that scored the task, models first: its score of one item and where that puts it.

    The shares, in percent, are of the items of each label that lie below, in the direction of label 1; they and the
    score are missing where the system did not score the item. `called` says whether the stated threshold calls it label
    1, missing where none is stated.
    """
    rows = ask(_STANDING, {"task": task_id, "number": item_no})
    return rows.set_index("model_id").astype({"called": "boolean", "threshold": float})


def read_surroundings(ask: Ask, variant: Variant) -> Surroundings | None:
    """The reference around a variant as far as other variants of its task give it; None for an item without a place."""
    if variant.chrom is not None and variant.pos is not None and variant.ref and variant.alt:
        place, ref, alt = variant.pos, variant.ref, variant.alt
        sql, where = _BASES, {"chrom": variant.chrom, "reach": _LONGEST}
    elif variant.residue is not None and variant.residue_ref:
        place, ref, alt = variant.residue, variant.residue_ref, variant.residue_alt or ""
        sql, where = _RESIDUES, {"gene": variant.gene}
    else:
        return None
    start, last = max(1, place - FLANK), place + len(ref) - 1 + FLANK
    rows = ask(sql, {"task": variant.task_id, **where, "low": start, "high": last})
    found = dict(zip(rows["spot"].astype(int), rows["letter"], strict=True))
    found.update(enumerate(ref, place))
    letters = tuple(found.get(at, UNKNOWN_LETTER) for at in range(start, last + 1))
    return Surroundings(letters, place - start, start, len(ref), ref if alt == "=" else alt)


def sides(standings: pd.DataFrame) -> pd.Series:
    """Which label each system puts an item with: 1 where fewer items of label 0 lie above it than of label 1 below.

    Missing where the system did not score it, or both shares are equal.
    """
    balance = standings["among_negative"].astype(float) + standings["among_positive"].astype(float) - 100
    return (balance > 0).astype("Int64").where(balance.notna() & (balance != 0))
