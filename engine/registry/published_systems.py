"""Systems whose scores came with a data set or a table: those that no other table describes, and those to beat."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.names import Protocol
from engine.registry.systems import as_model, read_systems
from engine.registry.tasks import Registration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.records import Model

REGISTERED: Mapping[Protocol, Registration] = MappingProxyType(
    {
        Protocol.VEP_EVAL_PUBLISHED: Registration(
            "rule-based",
            "The table's authors set it beside their predictors as what knowing a variant's class alone is worth.",
        ),
        Protocol.PROTEINGYM_PUBLISHED: Registration(
            "site-independent",
            "Column frequencies of the protein's own alignment: the simplest of ProteinGym's own baselines.",
        ),
    }
)
"""The baseline to beat in a published table, named by what its authors say it is for and not by its values."""

ONE_SCORE_WITHIN: Mapping[str, str] = MappingProxyType({"rule-based": "variant_class"})
"""Systems that give all items of a stratum of this kind one score, because that kind is all that they look at."""

_EVO2_NOTE = "Delta log-likelihoods published for the BRCA1 variants of Findlay 2018 (forward strand, 8,192 bases)."


def as_models() -> list[Model]:
    """Their `model` rows: what the registry says of the architecture, under an id and a name of their own."""
    rows = {row.model_id: as_model(row) for row in read_systems()}
    evo2 = replace(
        rows["evo-2-1b-base-8k"],
        model_id="evo2-1b",
        name="Evo 2 1B (published deltas)",
        provenance_note=_EVO2_NOTE,
        source_id="evo2_1b_brca1",
    )
    return [evo2, *(_seed(rows["esm-1v-5-seeds"], number) for number in range(1, 6))]


def _seed(ensemble: Model, number: int) -> Model:
    return replace(
        ensemble,
        model_id=f"esm-1v:{number}",
        name=f"ESM-1v seed {number}",
        hf_id=f"facebook/esm1v_t33_650M_UR90S_{number}",
        provenance_note="One of the five networks whose mean is the ensemble.",
        source_id="esm_1v_2021",
    )
