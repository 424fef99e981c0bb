"""Majority collapse, read off three published numbers: a probe that gives every item the most frequent class."""

from __future__ import annotations

MOST_CLASSES = 40
"""Numbers of classes that are tried where a task's own is not known: no task of GENEB names more."""


def majority_macro_f1(share: float, classes: int) -> float:
    """Macro-F1 of giving every item one class.

    That class has precision `share` and recall 1, so F1 = 2 share / (1 + share); the others are never right and
    count 0.

    Args:
        share: share of the items that are of that class, in [0, 1].
        classes: number of classes, at least 2.
    """
    return 2 * share / (1 + share) / classes


def is_majority_collapse(
    mcc: float | None,
    accuracy: float | None,
    macro_f1: float | None,
    classes: int | None,
    *,
    tolerance: float,
    share: float | None = None,
) -> bool:
    """Whether MCC is 0 and accuracy and macro-F1 are those of always answering the most frequent class.

    The accuracy stands for the share p of that class, which few publications state; so p >= 1 / classes must hold,
    and macro-F1 = (1 / classes) 2p / (1 + p): at p = 0.8334 and two classes 0.4546.

    Args:
        mcc: MCC, or the multi-class R_K; None where it is undefined, as it is for a constant answer: then the other
            two decide.
        accuracy: share of items right. What is not known is no collapse: with None the answer is False.
        macro_f1: mean F1 over classes; None as for `accuracy`.
        classes: number of classes; None tries 2 to MOST_CLASSES, whose macro-F1 are far apart.
        tolerance: largest error of a value, such as 1e-4 for one rounded to four decimals.
        share: share of the most frequent class where it is known; the accuracy must agree with it.
    """
    if accuracy is None or macro_f1 is None or abs(mcc or 0.0) > tolerance:
        return False
    if share is not None and abs(accuracy - share) > tolerance:
        return False
    return any(
        accuracy >= 1 / count - tolerance and abs(macro_f1 - majority_macro_f1(accuracy, count)) <= tolerance
        for count in ([classes] if classes else range(2, MOST_CLASSES + 1))
    )
