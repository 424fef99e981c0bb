"""What a system says of each gene under each perturbation, and how that is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import StatisticError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = ("perturbation", "gene", "score", "reason", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One system's scores: the higher, the more likely the gene responds, in either direction.

    Attributes:
        perturbations: unique.
        genes: unique.
        values: shape (perturbations, genes); a row is finite, or all NaN with a reason.
        reasons: why a perturbation has no scores.
        note: what a reader should know of all of them.
    """

    perturbations: tuple[str, ...]
    genes: tuple[str, ...]
    values: Floats
    reasons: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be evaluated later.

        Raises:
            StatisticError: the shape does not fit, or a perturbation has neither a score for every gene nor a reason.
        """
        if self.values.shape != (len(self.perturbations), len(self.genes)):
            raise StatisticError(
                f"scores of {len(self.perturbations)} perturbations and {len(self.genes)} genes have the shape "
                f"{self.values.shape}."
            )
        for name, row in zip(self.perturbations, np.isfinite(self.values), strict=True):
            if name not in self.reasons and not row.all():
                raise StatisticError(
                    f"{int((~row).sum())} of {row.size} scores of {name} are NaN or infinite, the first for "
                    f"{self.genes[int(row.argmin())]}: give each gene a score, or the perturbation a reason."
                )

    def of(self, perturbation: str) -> Floats | None:
        """Scores of one perturbation, shape (genes,); None where it has none."""
        if perturbation in self.reasons or perturbation not in self.perturbations:
            return None
        found: Floats = self.values[self.perturbations.index(perturbation)]
        return found

    def reason(self, perturbation: str) -> str:
        """Why a perturbation has no scores."""
        return self.reasons.get(perturbation, "the system was not asked about this perturbation")

    def to_frame(self) -> pd.DataFrame:
        """A row per perturbation and gene, for the journal; a perturbation without scores has one row with its reason.

        Genes of a system without any scores are not written: nothing needs them.
        """
        rows = [name for name in self.perturbations if name not in self.reasons]
        have = [self.perturbations.index(name) for name in rows]
        width = len(self.genes)
        scored = pd.DataFrame(
            {
                "perturbation": np.repeat(np.array(rows, dtype=object), width),
                "gene": np.tile(np.array(self.genes, dtype=object), len(rows)),
                "score": self.values[have].ravel(),
            }
        )
        without = [name for name in self.perturbations if name in self.reasons]
        told = pd.DataFrame({"perturbation": without, "reason": [self.reasons[name] for name in without]})
        place = {name: row for row, name in enumerate(self.perturbations)}
        both = pd.concat([scored, told]).assign(note=self.note).reindex(columns=list(COLUMNS))
        return both.sort_values("perturbation", key=lambda names: names.map(place), kind="stable", ignore_index=True)

    @classmethod
    def from_frame(cls, rows: pd.DataFrame) -> Scores:
        """From `to_frame`, whatever has become of the empty cells in between.

        Raises:
            StatisticError: a row is missing or there twice.
        """
        untold = rows["reason"].isna()
        scored, told = rows[untold], rows[~untold]
        reasons = dict(zip(map(str, told["perturbation"]), map(str, told["reason"]), strict=True))
        names = pd.Index(pd.unique(rows["perturbation"].astype(str)))
        genes = pd.Index(pd.unique(scored["gene"].astype(str)))
        if len(scored) != (len(names) - len(reasons)) * len(genes) or rows.duplicated(["perturbation", "gene"]).any():
            raise StatisticError(
                f"{len(scored)} rows of scores are not one for each of {len(names) - len(reasons)} perturbations and "
                f"{len(genes)} genes: the file was cut off or written twice."
            )
        values = np.full((len(names), len(genes)), np.nan)
        at = names.get_indexer(scored["perturbation"].astype(str)), genes.get_indexer(scored["gene"].astype(str))
        values[at] = scored["score"].to_numpy(np.float64)
        notes = rows["note"].dropna()
        note = str(notes.iloc[0]) if len(notes) else None
        return cls(perturbations=tuple(names), genes=tuple(genes), values=values, reasons=reasons, note=note)


def without_scores(perturbations: tuple[str, ...], genes: tuple[str, ...], reason: str) -> Scores:
    """Scores of a system that has none, for one reason."""
    nothing = np.full((len(perturbations), len(genes)), np.nan)
    return Scores(
        perturbations=perturbations, genes=genes, values=nothing, reasons=dict.fromkeys(perturbations, reason)
    )
