"""What every probe takes and gives; the run knows probes by this alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from engine import names
    from engine.probes.folds import Folds
    from engine.sequences import Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen on train, and how sure that was; None where a probe has no such thing.

    Attributes:
        candidate: index of the candidate features that were taken.
        c: inverse strength of the L2 penalty.
        class_weight: "balanced", or None where classes count by their size.
        c_at_edge: whether `c` is the smallest or largest of its grid.
        inner_score: MCC of the choice over the inner folds.
        converged: whether the solver reached its tolerance in the final fit.
        fold_hash: of the inner folds.
    """

    candidate: int = 0
    c: float | None = None
    class_weight: str | None = None
    c_at_edge: bool | None = None
    inner_score: float | None = None
    converged: bool = True
    fold_hash: str | None = None


class Fitted(Protocol):
    """A probe after fitting."""

    @property
    def choice(self) -> Choice:
        """What was chosen on train."""

    def predict(self, features: Features) -> NDArray[np.int64]:
        """Class numbers, shape (n,), of features of the chosen candidate, shape (n, d)."""

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Probability of each class, shape (n, K), rows adding to 1."""


class Probe(Protocol):
    """A way to fit a classifier to frozen features."""

    @property
    def name(self) -> names.Protocol:
        """The protocol's id: numbers of two probes are never ranked together."""

    def fit(
        self, candidates: Sequence[Features], labels: NDArray[np.int64], *, classes: int, folds: Folds | None
    ) -> Fitted:
        """Fit to train.

        Args:
            candidates: features of the same sequences, shape (n, d) each; more than one only where the probe chooses.
            labels: shape (n,), class numbers 0 .. classes - 1.
            classes: K; a class may be absent from a few-shot draw, never from the whole train split.
            folds: inner folds, the same for every system; None where there are too few labels for any.

        Raises:
            StatisticError: fewer than two classes, not-finite features, or several candidates and no way to choose.
        """
