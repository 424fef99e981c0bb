"""How many rows of each class there are, and whether that is enough to tell systems apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.local_split.exchange import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RARE = 0.05
"""Prevalence below which, or above 1 minus which, one class counts as rare."""
FEW = 10
"""Rows of a class below which any number about it is hardly one."""
_LISTED = 4
_TITLE = "Class balance"


def balance(labels: NDArray[np.int64], classes: Sequence[str], *, split: bool) -> tuple[Check, str | None]:
    """The check, and why nothing can be evaluated, None where it can.

    Args:
        labels: shape (n,), class numbers of the rows that are evaluated.
        classes: their words.
        split: whether these are the rows of test, so that a message says so.
    """
    counts = np.bincount(labels, minlength=len(classes))
    where = "rows of test" if split else "rows"
    there = int((counts > 0).sum())
    if not len(labels):
        return _check("left out", f"No {where} can be evaluated."), f"No {where} can be evaluated: see the problems."
    if there < 2:
        only = classes[int(np.argmax(counts))]
        some = f"All {where} that can be evaluated ({len(labels):,}) have"
        missing = f"{some} the label '{only}': two classes are needed."
        return _check("left out", missing, rows=len(labels)), missing
    return (_of_two if len(classes) == 2 else _of_many)(counts, classes, where), None


def _of_two(counts: NDArray[np.int64], classes: Sequence[str], where: str) -> Check:
    total, ones = int(counts.sum()), int(counts[1])
    rest = f"{total - ones:,} label {classes[0]} (prevalence {ones / total:.1%})"
    found = f"{ones:,} of {total:,} {where} have label {classes[1]}, {rest}."
    if counts.min() < FEW:
        remedy = f"Add rows: with fewer than {FEW} of a class no difference can be shown."
        return _check("warning", found, remedy, int(counts.min()))
    if not RARE <= ones / total <= 1 - RARE:
        return _check(
            "note", found, "Read AUPRC beside the prevalence, and MCC: AUROC looks high when one class is rare."
        )
    return _check("passed", found)


def _of_many(counts: NDArray[np.int64], classes: Sequence[str], where: str) -> Check:
    few = [f"'{classes[at]}' ({counts[at]:,})" for at in np.flatnonzero(counts < FEW).tolist()]
    found = f"{int(counts.sum()):,} {where} in {len(classes)} classes, from {counts.min():,} to {counts.max():,} each."
    if not few:
        return _check("passed", found)
    shown = ", ".join(few[:_LISTED]) + " and others" * (len(few) > _LISTED)
    return _check(
        "warning", f"{found} Fewer than {FEW}: {shown}.", "Add rows of these classes, or join classes.", len(few)
    )


def _check(severity: str, found: str, remedy: str | None = None, rows: int = 0) -> Check:
    return Check(kind="balance", title=_TITLE, severity=severity, found=found, remedy=remedy, rows=rows)  # type: ignore[arg-type]
