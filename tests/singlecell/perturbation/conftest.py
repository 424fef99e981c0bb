"""Pseudobulks drawn from a seed, small enough to look at, with singles, doubles and measured targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.singlecell.contract import Pseudobulk

if TYPE_CHECKING:
    from collections.abc import Callable

PERTURBED = [f"T{number}" for number in range(8)]
DOUBLES = [("T0", "T1"), ("T0", "T2"), ("T1", "T3"), ("T2", "T9"), ("T4", "T5"), ("T6", "T8"), ("T3", "T7")]


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Pseudobulk]:
    """Makes a pseudobulk of 8 singles and 7 doubles, of which T2+T9 and T6+T8 lack a single."""

    def make(*, seed: int = 0, genes: int = 30, measured: int = 0) -> Pseudobulk:
        rng = np.random.default_rng(seed)
        conditions = tuple(sorted([(gene,) for gene in PERTURBED] + DOUBLES))
        names = [*PERTURBED[:measured], *(f"G{number:02d}" for number in range(genes - measured))]
        control = rng.gamma(1, 1, genes)
        effects = {gene: rng.normal(0, 0.3, genes) for genes_ in conditions for gene in genes_}
        changes = [np.sum([effects[gene] for gene in genes_], axis=0) for genes_ in conditions]
        noise = rng.normal(0, 0.05, (len(conditions), genes))
        return Pseudobulk(
            genes=tuple(names),
            control=control,
            conditions=conditions,
            profiles=control + np.array(changes) + noise,
            cells=np.full(len(conditions), 100),
        )

    return make
