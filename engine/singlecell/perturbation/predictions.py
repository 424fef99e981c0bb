"""All predictions of one system over all splits: made here, kept by a run as a table, read back from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import StatisticError
from engine.singlecell.contract import silent
from engine.singlecell.perturbation.parts import conditions_of
from engine.singlecell.perturbation.splits import items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import GeneEmbedding, Pseudobulk, Tell
    from engine.singlecell.perturbation.predictors import Prediction
    from engine.singlecell.perturbation.splits import Split
    from engine.singlecell.perturbation.systems import System

    Floats = NDArray[np.float64]

COLUMNS = ("seed", "item", "gene", "value", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Profiles per split and held-out perturbation.

    Attributes:
        seeds: of the splits.
        items: names of the perturbations that some split holds out, sorted.
        genes: names.
        values: shape (seeds, items, genes), on the scale of the logs; NaN where a perturbation was not held out or has
            no prediction.
        reasons: why a perturbation that was held out has no prediction, by (seed, item).
        notes: what else the reader of the numbers should know, one sentence each.
    """

    seeds: tuple[int, ...]
    items: tuple[str, ...]
    genes: tuple[str, ...]
    values: Floats
    reasons: Mapping[tuple[int, str], str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, seed: int, item: str) -> Floats | str:
        """The profile, shape (genes,), or the reason why there is none.

        Raises:
            StatisticError: neither is there.
        """
        if (seed, item) in self.reasons:
            return self.reasons[seed, item]
        if seed in self.seeds and item in self.items:
            profile: Floats = self.values[self.seeds.index(seed), self.items.index(item)]
            if np.isfinite(profile).all():
                return profile
        raise StatisticError(f"there is no prediction of {item} with seed {seed}: predict all splits anew.")

    def to_frame(self) -> pd.DataFrame:
        """One row per seed, item and gene; one without gene and value per reason; one without item per note."""
        seed, item, gene = np.nonzero(~np.isnan(self.values))
        names = (np.asarray(self.seeds), np.asarray(self.items, dtype=object), np.asarray(self.genes, dtype=object))
        profiles = pd.DataFrame(
            {
                "seed": names[0][seed],
                "item": names[1][item],
                "gene": names[2][gene],
                "value": self.values[seed, item, gene],
                "reason": None,
            }
        )
        reasons = [(seed, item, None, None, reason) for (seed, item), reason in sorted(self.reasons.items())]
        notes = [(None, None, None, None, note) for note in self.notes]
        rest = pd.DataFrame([*reasons, *notes], columns=list(COLUMNS))
        return pd.concat([part.astype(_TYPES) for part in (profiles, rest)], ignore_index=True)


_TYPES = {"seed": "Int64", "item": "string", "gene": "string", "value": "Float64", "reason": "string"}


def from_frame(frame: pd.DataFrame, *, genes: Sequence[str]) -> Predictions:
    """What `Predictions.to_frame` wrote, in any order of rows.

    Args:
        frame: the rows; further columns are left aside.
        genes: of the pseudobulk, in its order.

    Raises:
        StatisticError: a column or a gene is missing or not known, or a gene has two values.
    """
    _check(frame, genes)
    noted = frame["item"].isna()
    rows, without = frame[frame["gene"].notna()], frame[frame["gene"].isna() & ~noted]
    seeds = tuple(sorted({int(seed) for seed in frame.loc[~noted, "seed"]}))
    names = tuple(sorted({str(item) for item in frame.loc[~noted, "item"]}))
    values = np.full((len(seeds), len(names), len(genes)), np.nan)
    values[
        pd.Index(seeds).get_indexer(rows["seed"].astype("int64")),
        pd.Index(names, dtype=object).get_indexer(rows["item"].astype(object)),
        pd.Index(genes, dtype=object).get_indexer(rows["gene"].astype(object)),
    ] = rows["value"].to_numpy(dtype=np.float64, na_value=np.nan)
    reasons = {
        (int(seed), str(item)): str(reason)
        for seed, item, reason in zip(without["seed"], without["item"], without["reason"], strict=True)
    }
    notes = tuple(map(str, frame.loc[noted, "reason"]))
    return Predictions(seeds=seeds, items=names, genes=tuple(genes), values=values, reasons=reasons, notes=notes)


def predict(
    system: System, data: Pseudobulk, split: Split, embeddings: Mapping[str, GeneEmbedding] | None = None
) -> Prediction:
    """Predict what one split holds out; rows in the order of `split.test`.

    The system is handed the conditions in train and the names of those to predict, nothing else.

    Raises:
        SpecError: an embedding that the system needs was not given.
        StatisticError: there is nothing in train.
    """
    wanted = [data.conditions[place] for place in split.test]
    return system.predict(conditions_of(data, split.train), wanted, embeddings or {})


def predict_all(
    system: System,
    data: Pseudobulk,
    splits: Sequence[Split],
    *,
    embeddings: Mapping[str, GeneEmbedding] | None = None,
    tell: Tell = silent,
) -> Predictions:
    """Predict what each split holds out; errors as `predict`."""
    names, found = data.names, items(data, splits)
    values = np.full((len(splits), len(found), len(data.genes)), np.nan)
    reasons: dict[tuple[int, str], str] = {}
    notes: dict[str, None] = {}
    for row, split in enumerate(splits):
        tell(f"{system.name}, seed {split.seed}", row, len(splits))
        prediction = predict(system, data, split, embeddings)
        held_out = [names[place] for place in split.test]
        values[row, [found.index(item) for item in held_out]] = prediction.profiles
        stated = zip(held_out, prediction.reasons, strict=True)
        reasons.update({(split.seed, item): reason for item, reason in stated if reason is not None})
        notes.update(dict.fromkeys(prediction.notes))
    tell(system.name, len(splits), len(splits))
    seeds = tuple(split.seed for split in splits)
    return Predictions(seeds=seeds, items=found, genes=data.genes, values=values, reasons=reasons, notes=tuple(notes))


def _check(frame: pd.DataFrame, genes: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise StatisticError(f"these are no predictions: there is no column {', '.join(missing)}; predict anew.")
    unknown = sorted(set(frame["gene"].dropna()) - set(genes))
    if unknown:
        raise StatisticError(
            f"the predictions have {len(unknown)} genes that the data set lacks, such as {unknown[0]}: predict anew."
        )
    if frame.loc[frame["gene"].notna(), ["seed", "item", "gene"]].duplicated().any():
        raise StatisticError("a gene has two predictions for the same perturbation and seed: predict anew.")
