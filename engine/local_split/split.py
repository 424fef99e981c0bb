"""A split after its columns were understood and its rows checked, as baselines and statistics see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from engine.local_split.exchange import Field, Inspection, Problem, Shape
    from engine.sequences import SequenceTask
    from engine.variants import VariantTask

    Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file as it was read, before anything is understood.

    Attributes:
        name: of the file.
        sha256: of its bytes as they were given.
        kind: "CSV", "TSV, gzipped", "Excel workbook", "Parquet", "VCF", "FASTA" and so on.
        frame: n rows, every column of Python strings, stripped, "" where there is no value; column names unique, not
            empty and free of control characters (a name that was mended is a problem).
        rows: shape (n,), row numbers as `exchange` counts them.
        header: 1-based row of the header, None where the kind has none.
        sheets: names of a workbook's sheets.
        problems: rows that could not be read whole, and are not in the frame; names that were mended.
    """

    name: str
    sha256: str
    kind: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    header: int | None = 1
    sheets: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSplit:
    """The rows that can be evaluated, n of them, in the file's order.

    Attributes:
        inspection: what is told of it.
        fields: what columns mean.
        rows: shape (n,), row numbers as `exchange` counts them.
        labels: shape (n,), 0 or 1; class numbers where the shape is sequences.
        train: shape (n,), True where a row belongs to train.
        scores: shape (n,) by column, NaN where there is none; every column of `Options.scores`.
        groups: shape (n,), what rows share; None where they count as independent.
        strata: shape (n,) by column of `Options.strata`, "" where there is no value.
        variants: all n rows as a task whose label 1 is damaging; None where the shape is sequences. A column that
            the split does not have is missing there, and label and item_id always are there.
        sequences: train and test as a task, each in the order of its rows; None for other shapes, and where a part is
            empty.
    """

    inspection: Inspection
    shape: Shape
    fields: Mapping[Field, str]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    train: NDArray[np.bool_]
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    groups: Names | None = None
    strata: Mapping[str, Names] = field(default_factory=dict)
    variants: VariantTask | None = None
    sequences: SequenceTask | None = None
