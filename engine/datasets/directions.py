"""What a high value of each published score means: read off how the score is computed, never off labels."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.names import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAMAGING, _FIT = Direction.DAMAGING, Direction.FIT

_LLR = "log p(alt) - log p(ref): high where the model prefers the alternate base"
_RESIDUE_LLR = "log p(alternate residue) - log p(reference residue); a stop takes the lowest value downstream of it"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The direction of a score and the reason for it."""

    direction: Direction
    why: str


DECLARATIONS: Mapping[str, Declaration] = MappingProxyType(
    {
        # Columns of the BRCA1 assay and of Evo 2 1B.
        "cadd": Declaration(_DAMAGING, "Scaled rank of deleteriousness (Kircher 2014): 20 is the worst hundredth"),
        "phylop": Declaration(_DAMAGING, "-log10 p of conservation, positive for slower than neutral (Pollard 2010)"),
        "sift": Declaration(
            _FIT, "Probability that the residue is tolerated (Ng & Henikoff 2001): below 0.05 damaging"
        ),
        "polyphen2": Declaration(_DAMAGING, "Probability that the variant is damaging (Adzhubei 2010)"),
        "evo2-1b": Declaration(_FIT, "var_score - ref_score, mean log-likelihoods per base, as the file's columns say"),
        # Columns of VEP-eval, from the notebook that computes each.
        "evo-2-7b": Declaration(_FIT, "Evo2 notebook: score of the variant sequence minus that of the reference"),
        "evo-2-40b": Declaration(_FIT, "Evo2 notebook: score of the variant sequence minus that of the reference"),
        "alphagenome-all-folds": Declaration(
            _DAMAGING, "AlphaGenome notebook: largest absolute quantile over all tracks; a magnitude of change"
        ),
        "rule-based": Declaration(
            _DAMAGING, "RuleBased notebook: share of pathogenic variants of the class in the full benchmark"
        ),
        "gpn-msa-sapiens": Declaration(_FIT, f"Precomputed GPN-MSA scores, {_LLR}"),
        "phylogpn": Declaration(_FIT, f"PhyloGPN notebook at the pinned commit, {_LLR} (its older versions: reversed)"),
        "dnabert2-no-flashattention": Declaration(
            _DAMAGING, "DNABERT2 notebook: L2 distance of two embeddings; a magnitude of change, without a sign"
        ),
        "vep-eval:phylop": Declaration(_DAMAGING, "As phylop: positive for conserved positions"),
        "vep-eval:ntv3-pre": Declaration(_FIT, f"NTv3 notebook, position_llr, {_LLR}"),
        "vep-eval:ntv3-post": Declaration(
            _DAMAGING, "NTv3 notebook: largest absolute log2 fold change over tracks; a magnitude of change"
        ),
        "vep-eval:gpn-star": Declaration(_FIT, f"GPN-STAR notebook, {_LLR}"),
        "esm-1b": Declaration(_FIT, f"ESM notebook, esm-variants: {_RESIDUE_LLR}"),
        "esm-2-650m": Declaration(_FIT, f"ESM notebook, esm-variants: {_RESIDUE_LLR}"),
        "vep-eval:vesm": Declaration(_FIT, "VESM++ notebook: 'more negative = more pathogenic'; the lowest for stops"),
        "alphamissense": Declaration(_DAMAGING, "Pathogenicity from 0 to 1 (Cheng 2023)"),
        # Columns of the BLAT_ECOLX assay; the ensemble is VEP-eval's column too.
        **{f"esm-1v:{seed}": Declaration(_FIT, f"esm repository: {_RESIDUE_LLR}") for seed in range(1, 6)},
        "esm-1v-5-seeds": Declaration(_FIT, f"Mean of the five seeds: {_RESIDUE_LLR}"),
        "site-independent": Declaration(_FIT, "Log ratio of the two residues' frequencies in the column (Hopf 2017)"),
        "evmutation": Declaration(_FIT, "Difference of statistical energies, mutant minus wild type (Hopf 2017)"),
        "proteingym:deepsequence-ensemble": Declaration(
            _FIT, "Evidence lower bound of the mutant minus that of the wild type (Riesselman 2018)"
        ),
    }
)
"""By model_id."""

DIRECTIONS: Mapping[str, Direction] = MappingProxyType({name: row.direction for name, row in DECLARATIONS.items()})
"""By model_id: what a high value means."""
