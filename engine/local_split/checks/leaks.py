"""What train gives away of test: the same sequence or variant, nearly the same, or another one of the same gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.datasets.leakage import HOMOLOGY_WARNING, NEAR_ABOVE, equal_sequences, leakage
from engine.local_split.exchange import Check

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.local_split.exchange import Severity
    from engine.sequences import SequenceTask

    Mask = NDArray[np.bool_]

_REMOVE = "Move such rows to one side of the split, and split whole groups of alike ones."
_REMEDIES = {
    "GENE_LEAK": "Train and test on different genes.",
    "CHROM_LEAK": "Train and test on different chromosomes, where neighbours may be alike.",
}
MOST_LETTERS = 10_000_000
"""Of train and test together, up to which words are compared: half a minute."""


def of_sequences(task: SequenceTask) -> list[Check]:
    """Exact, on the other strand, near by words, and with another label."""
    dna = task.alphabet == "dna"
    exact, turned, conflicts = (int(rows.sum()) for rows in equal_sequences(task.train, task.test, dna=dna))
    total = len(task.test)
    checks = [
        _check("DUPLICATE_ROWS", "Test sequences in train", exact, total, "stand in train as they are"),
        _check(
            "REVERSE_COMPLEMENT", "Test sequences in train, other strand", turned, total, "are the other strand of one"
        ),
        _check("LABEL_CONFLICT", "Other label in train", conflicts, total, "stand in train with another label"),
        _near(task),
    ]
    return checks if dna else [check for check in checks if check.kind != "REVERSE_COMPLEMENT"]


def _near(task: SequenceTask) -> Check:
    kind, title = "HOMOLOGY_LEAK", "Test sequences near train"
    letters = sum(map(len, task.train.sequences)) + sum(map(len, task.test.sequences))
    if letters > MOST_LETTERS:
        found = (
            f"Not looked for: the sequences have {letters:,} letters, and words are compared up to {MOST_LETTERS:,}."
        )
        return Check(kind=f"{kind}-unchecked", title=title, severity="note", found=found)
    row = leakage(task).row
    what = f"share more than {NEAR_ABOVE:.0%} of their {row.k}-mers with one of train"
    return _check(kind, title, row.near, row.n_test, what)


def of_variants(identity: NDArray[np.int64], labels: NDArray[np.int64], train: Mask) -> list[Check]:
    """The same variant in both parts, and with another label; shape (n,) each, of the rows that are used."""
    test = ~train
    known = identity >= 0
    same = test & known & np.isin(identity, identity[train & known])
    checks = [_of_rows("DUPLICATE_ROWS", "Test variants in train", same, test, "are in train too")]
    of_train = pd.Series(labels[train], index=identity[train]).groupby(level=0).agg(["min", "max"])
    told = of_train.reindex(identity[same])
    other = same.copy()
    other[same] = (told["min"].to_numpy() != labels[same]) | (told["max"].to_numpy() != labels[same])
    checks.append(_of_rows("LABEL_CONFLICT", "Other label in train", other, test, "have another label in train"))
    return checks


def of_genes(genes: NDArray[Any], train: Mask) -> Check:
    """The same gene in both parts; shape (n,) each, of the rows that are used."""
    shared = _in_both(genes, train)
    return _of_rows("GENE_LEAK", "Same genes in train and test", shared, ~train, "are of a gene that train has too")


def of_chromosomes(chroms: NDArray[Any], train: Mask) -> Check:
    """The same chromosome in both parts; shape (n,) each, of the rows that are used."""
    shared, title = _in_both(chroms, train), "Same chromosomes in train and test"
    return _of_rows("CHROM_LEAK", title, shared, ~train, "are on a chromosome that train has too")


def _in_both(names: NDArray[Any], train: Mask) -> Mask:
    codes = pd.factorize(names)[0]
    shared: Mask = ~train & np.isin(codes, codes[train])
    return shared


def _of_rows(kind: str, title: str, rows: Mask, test: Mask, what: str) -> Check:
    return _check(kind, title, int(rows.sum()), int(test.sum()), what, "rows")


def _check(kind: str, title: str, count: int, total: int, what: str, unit: str = "sequences") -> Check:
    found = f"{count:,} of {total:,} test {unit} ({count / max(1, total):.1%}) {what}."
    if not count:
        return Check(kind=kind, title=title, severity="passed", found=found)
    # As the ledger grades the same flags.
    severity: Severity = "warning" if kind == "LABEL_CONFLICT" or count / total >= HOMOLOGY_WARNING else "note"
    remedy = _REMEDIES.get(kind, _REMOVE)
    return Check(kind=kind, title=title, severity=severity, found=found, remedy=remedy, rows=count)
