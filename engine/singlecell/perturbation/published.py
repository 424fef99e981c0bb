"""Which published findings stand beside which task: ids of the shipped claims, whose texts are told there alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "ahlmann_eltze_2025"
"""Id in the shipped table of sources: the study whose baselines, metrics and splits this package follows."""

CLAIMS: Mapping[str, tuple[str, ...]] = {
    "perturbench:doubles": ("perturb-additive-double", "perturb-none-beat"),
    "perturbench:doubles-new": ("perturb-none-beat",),
    "perturbench:singles": ("perturb-mean-single", "perturb-linear-single", "perturb-pretraining-gain"),
}
"""Ids in the shipped table of claims, the most telling first, by task."""
