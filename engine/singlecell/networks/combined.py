"""What gene-level features say together, and what edges add to them: a regression that never sees what it scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from engine.singlecell.networks.gene_level import check_genes
from engine.singlecell.networks.scores import Scores, without_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from engine.singlecell.networks.gene_level import GeneFeatures
    from engine.singlecell.networks.responses import Truth

    Floats = NDArray[np.float64]
    Indexes = NDArray[np.int64]

FOLDS = 5
C = 1.0
"""Inverse strength of the L2 penalty, scikit-learn's own; nothing is tuned."""
_ITERATIONS = 1000
_NOTHING_TO_TRAIN = "the edges say nothing of any perturbation to train on"


def regression(features: GeneFeatures, truth: Truth, *, edges: Scores | None = None, folds: int = FOLDS) -> Scores:
    """Held-out log odds of a logistic regression on variance, mean and detection, and on edges where given.

    GroupKFold by perturbation: all genes of a perturbation are held out together, and the folds depend on the number
    of perturbations alone, so they are the same with and without edges. Features are standardised on the rows that
    are trained on; L2 penalty with C = 1; deterministic. Edges enter as the gene's midrank among all genes under the
    same perturbation: strengths of two regulators need not share a scale. A perturbation of which the edges say
    nothing is neither trained on nor scored. A single and a double that share a gene may be on two sides of a fold:
    the few weights are the same for all perturbations, and no feature tells which gene is perturbed.

    Args:
        features: of control cells, of the truth's genes.
        truth: which genes respond.
        edges: scores of an edge system for the same truth.
        folds: at most so many; fewer where there are fewer perturbations.

    Raises:
        SpecError: the features are of other genes.
    """
    check_genes(features, truth)
    names, genes = truth.perturbations, truth.genes
    if len(names) < 2:
        few = f"{len(names)} perturbations count: a regression needs one to train on and another to score"
        return without_scores(names, genes, few)
    reasons = {} if edges is None else {name: edges.reason(name) for name in names if edges.of(name) is None}
    usable = np.array([name not in reasons for name in names])
    table, values = _table(features, truth, edges), np.full((len(names), len(genes)), np.nan)
    # Products so small are done before several threads have met; sums in one order give one result.
    with threadpool_limits(1):
        for train, held_out in _folds(len(names), folds):
            asked = held_out[usable[held_out]]
            if kept := train[usable[train]].tolist():
                values[asked] = _fitted(table, truth, np.array(kept), asked)
            else:
                reasons |= {names[number]: _NOTHING_TO_TRAIN for number in asked.tolist()}
    note = None if edges is None else edges.note
    return Scores(perturbations=names, genes=genes, values=values, reasons=reasons, note=note)


def _folds(count: int, folds: int) -> Iterator[tuple[Indexes, Indexes]]:
    """Indexes of perturbations to train on and to score."""
    every = np.arange(count)
    yield from GroupKFold(min(folds, count)).split(every, groups=every)


def _table(features: GeneFeatures, truth: Truth, edges: Scores | None) -> Floats:
    """Features of each gene under each perturbation, shape (perturbations, genes, features)."""
    own = np.broadcast_to(features.table, (len(truth.perturbations), *features.table.shape))
    return own if edges is None else np.concatenate([own, _ranks(edges, truth)[..., None]], axis=2)


def _ranks(edges: Scores, truth: Truth) -> Floats:
    """Midranks between 0 and 1 within each perturbation, shape (perturbations, genes); NaN where there are no edges."""
    found = np.full((len(truth.perturbations), len(truth.genes)), np.nan)
    for row, name in enumerate(truth.perturbations):
        scores = edges.of(name)
        if scores is not None:
            found[row] = rankdata(scores) / len(scores)
    return found


def _fitted(table: Floats, truth: Truth, train: Indexes, asked: Indexes) -> Floats:
    """Log odds of all genes of the perturbations asked for, shape (asked, genes), fitted to tested genes of others."""
    tested = truth.tested[train]
    rows = table[train][tested]
    mean, spread = rows.mean(0), rows.std(0)
    # A feature that does not vary between the genes trained on has nothing to say.
    factor = np.where(spread > 1e-12 * np.abs(mean), 1 / np.where(spread > 0, spread, 1), 0)
    fitted = LogisticRegression(C=C, max_iter=_ITERATIONS).fit((rows - mean) * factor, truth.responds[train][tested])
    wanted = (table[asked] - mean) * factor
    return np.asarray(wanted @ fitted.coef_[0] + fitted.intercept_[0])
