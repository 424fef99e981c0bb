"""Which claims the store holds a measurement for, by claim: the check, in a sentence, and the page that has more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboard.queries.ledgers_cells import BesideBaselines, VectorsOverDrawn
from dashboard.queries.ledgers_checks import (
    ApiOnly,
    Check,
    Counts,
    Finding,
    First,
    OnPart,
    OnTasks,
    RanksMove,
    Scales,
    SizeHelpsLittle,
    SmallOnTheFrontier,
)

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

_EVO_2 = ("evo-2-40b", "evo-2-7b")
_HYENA = ("hyenadna-medium-160k-seqlen-hf", "hyenadna-large-1m-seqlen-hf")
_CADUCEUS = (
    "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3",
    "caduceus-ps_seqlen-131k_d_model-256_n_layer-16",
)
_NT = "nucleotide-transformer-2.5b-multi-species"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is measured here on a claim's question.

    `page` with `query` is where the numbers come from.
    """

    sentence: str
    check: Check | BesideBaselines | VectorsOverDrawn
    page: str
    query: dict[str, str] = field(default_factory=dict)


def _clinvar(sentence: str, stratum: str, first: tuple[str, ...], second: tuple[str, ...] = ()) -> Measured:
    check = OnPart(
        task="clinvar_vep_eval",
        stratum=stratum,
        metric="AUROC",
        protocol="vep-eval-published",
        first=first,
        second=second,
    )
    query = {"suite": "clinvar", "task": "clinvar_vep_eval", "stratum": stratum}
    return Measured(sentence=sentence, check=check, page="task", query=query)


def _geneb(sentence: str, check: Check) -> Measured:
    return Measured(sentence=sentence, check=check, page="leaderboard")


_SPECIALISTS = ("alphamissense", "esm-1b", "gpn-msa-sapiens")
_GENEB_PARTS = """
    SELECT model_id, category AS part, value FROM category_score
    WHERE suite = 'geneb' AND regime = 'full' AND metric = 'MCC' AND protocol = 'geneb-published'
"""
_PROTEIN_PARTS = """
    SELECT model_id, stratum AS part, value FROM score JOIN stratum USING (task_id, stratum)
    WHERE task_id = 'proteingym_dms_substitutions' AND metric = 'Spearman' AND kind = 'selection_type'
      AND protocol = 'proteingym-published'
"""
_DOUBLES, _SINGLES = "perturbench:doubles", "perturbench:singles"
_CELLS, _NETWORKS = "cells:pbmc68k", "networks:perturbench"
_GENES = ("gene-lr", "gene-variance")


def _clustering(sentence: str, *baselines: str, model: str = "", every_metric: bool = False) -> Measured:
    check = BesideBaselines(
        tasks=(_CELLS,),
        baselines=baselines,
        beside=("random-projection",),
        model=model,
        every_metric=every_metric,
    )
    return Measured(sentence=sentence, check=check, page="task", query={"suite": "cells", "task": _CELLS})


def _singles(sentence: str, check: BesideBaselines | VectorsOverDrawn) -> Measured:
    return Measured(sentence=sentence, check=check, page="task", query={"suite": "perturbation", "task": _SINGLES})


def _edges(sentence: str, check: BesideBaselines) -> Measured:
    return Measured(sentence=sentence, check=check, page="task", query={"suite": "networks", "task": _NETWORKS})


_ON_CELLS: dict[str, Measured] = {
    "perturb-additive-double": Measured(
        sentence="The additive rule on double activations whose singles were seen",
        check=BesideBaselines(
            tasks=(_DOUBLES,), baselines=("additive",), beside=("linear", "perturbation-mean", "no-change")
        ),
        page="task",
        query={"suite": "perturbation", "task": _DOUBLES},
    ),
    "perturb-none-beat": Measured(
        sentence="Simple rules on double and single activations",
        check=BesideBaselines(
            tasks=(_DOUBLES, "perturbench:doubles-new", _SINGLES),
            beside=("no-change",),
            not_above=True,
        ),
        page="leaderboard",
        query={"suite": "perturbation"},
    ),
    "perturb-linear-single": _singles(
        "The linear model on single activations, with vectors from another data set",
        BesideBaselines(tasks=(_SINGLES,), baselines=("linear", "linear-p-mcfaline23"), not_above=True),
    ),
    "perturb-mean-single": _singles(
        "The mean change on single activations",
        BesideBaselines(tasks=(_SINGLES,), baselines=("perturbation-mean",), beside=("no-change",), not_above=True),
    ),
    "perturb-pretraining-gain": _singles(
        "The linear model with vectors from other perturbations and with drawn ones",
        VectorsOverDrawn(
            task=_SINGLES,
            vectors="linear-p-mcfaline23",
            drawn="linear-p-random-mcfaline23",
            reference="perturbation-mean",
        ),
    ),
    "hvg-all-metrics": _clustering("Variable genes on blood cells", "hvg-pca", "hvg", every_metric=True),
    "scvi-clustering": _clustering("scVI on blood cells", "scvi"),
    **{
        f"{name}-zero-shot-clustering": _clustering("What it has to beat on blood cells", "hvg-pca", "scvi", model=name)
        for name in ("scgpt", "geneformer")
    },
    **{
        f"{name}-attention-auroc": _edges(
            "Gene-level predictors of what responds to an activation",
            BesideBaselines(tasks=(_NETWORKS,), baselines=_GENES, model=name),
        )
        for name in ("scgpt", "geneformer")
    },
    "variance-baseline-auroc": _edges(
        "Gene variance on what responds to an activation; the claim is about CRISPRi",
        BesideBaselines(tasks=(_NETWORKS,), baselines=("gene-variance",), beside=("gene-mean", "abs-correlation")),
    ),
    "attention-edges-zero-gain": _edges(
        "Gene-level predictors, which edges would have to add to",
        BesideBaselines(tasks=(_NETWORKS,), baselines=("gene-lr",), combined=True, not_above=True),
    ),
}
"""Claims on single cells: `harmony-clustering` is not here, since the blood cells have no batches to align."""

MEASURED: dict[str, Measured] = {
    **_ON_CELLS,
    "evo2-brca1-noncoding": Measured(
        sentence="Evo 2 1B, a smaller sibling, on noncoding variants of BRCA1, saturation edited",
        check=First(
            task="brca1_sge",
            stratum="noncoding",
            metric="AUROC",
            protocol="published-scores",
            model="evo2-1b",
            baseline="consequence",
        ),
        page="task",
        query={"suite": "brca1_sge", "task": "brca1_sge", "stratum": "noncoding"},
    ),
    "evo2-noncoding-snv-nonsnv": _clinvar("Evo 2 40B against all others on noncoding ClinVar", "noncoding", _EVO_2[:1]),
    "evo2-splice-zero-shot": _clinvar(
        "Evo 2 40B against all others on ClinVar’s splice class; the claim names no set", "splice", _EVO_2[:1]
    ),
    "evo2-coding-snv-rank": _clinvar("The same five systems on ClinVar missense", "missense", _SPECIALISTS, _EVO_2),
    **{
        f"{claim}-coding-snv": _clinvar("The same systems on ClinVar missense", "missense", (model,), _EVO_2)
        for claim, model in zip(("alphamissense", "esm-1b", "gpn-msa"), _SPECIALISTS, strict=True)
    },
    "alphagenome-access": Measured(
        sentence="The terms of access today",
        check=ApiOnly(model="alphagenome-all-folds"),
        page="model",
        query={"model": "alphagenome-all-folds"},
    ),
    "protein-lm-missense": Measured(
        sentence="ESM-1b against alignment-based systems on ProteinGym’s clinical labels",
        check=OnPart(
            task="proteingym_clinical_substitutions",
            stratum="all",
            metric="AUROC",
            protocol="proteingym-published",
            first=("esm-1b",),
            second=("gemme", "proteingym:eve", "trancepteve-l"),
            not_below=True,
        ),
        page="task",
        query={"suite": "proteingym", "task": "proteingym_clinical_substitutions"},
    ),
    "evmutation-baseline": Measured(
        sentence="EVmutation against protein language models of single sequences on deep mutational scans",
        check=OnPart(
            task="proteingym_dms_substitutions",
            stratum="all",
            metric="Spearman",
            protocol="proteingym-published",
            first=("evmutation",),
            second=("esm-2-650m", "esm-1v-5-seeds", "esm-1b"),
            not_below=True,
        ),
        page="task",
        query={"suite": "proteingym", "task": "proteingym_dms_substitutions"},
    ),
    "proteingym-rank-flux": Measured(
        sentence="The order of systems in each type of selection",
        check=RanksMove(sql=_PROTEIN_PARTS, parts="selection types"),
        page="leaderboard",
        query={"suite": "proteingym"},
    ),
    "esm2-scaling": Measured(
        sentence="ESM-2 by size on ProteinGym’s deep mutational scans",
        check=Scales(
            task="proteingym_dms_substitutions",
            metric="Spearman",
            protocol="proteingym-published",
            prefix="esm-2-",
            another="structure, not fitness",
        ),
        page="size",
        query={"suite": "proteingym"},
    ),
    "geneb-scope": _geneb("What the published board holds", Counts(claim="geneb-scope")),
    "geneb-unstable-ranks": Measured(
        sentence="The order of models in each category of GENEB",
        check=RanksMove(sql=_GENEB_PARTS, parts="categories"),
        page="ranks",
    ),
    "geneb-architecture-over-size": Measured(
        sentence="Size against macro MCC on GENEB", check=SizeHelpsLittle(), page="size"
    ),
    "geneb-pareto": Measured(
        sentence="The frontier of size and macro MCC on GENEB", check=SmallOnTheFrontier(), page="size"
    ),
    "hyenadna-nt-suite": _geneb(
        "HyenaDNA against Nucleotide Transformer 2.5B on the same suite, features frozen",
        OnTasks(first=_HYENA, second=_NT, collection="NT original"),
    ),
    "hyenadna-genomic-benchmarks": _geneb(
        "HyenaDNA on Genomic Benchmarks, features frozen",
        OnTasks(first=_HYENA, second=_NT, collection="Genomic Benchmarks", another="the best result before HyenaDNA"),
    ),
    "nt-overtaken": _geneb(
        "HyenaDNA beside Nucleotide Transformer 2.5B, features frozen",
        OnTasks(first=_HYENA, second=_NT, not_below=True),
    ),
    "caduceus-10x-larger": _geneb(
        "Caduceus beside Nucleotide Transformer 2.5B, features frozen",
        OnTasks(first=_CADUCEUS, second=_NT, another="variants far from the gene"),
    ),
    "dnabert2-efficiency": _geneb(
        "DNABERT-2 beside Nucleotide Transformer 2.5B, features frozen",
        OnTasks(first=("dnabert2-no-flashattention",), second=_NT, not_below=True),
    ),
    "dnabert2-vs-dnabert": _geneb(
        "DNABERT-2 on the GUE tasks, features frozen; DNABERT itself is not on the board",
        OnTasks(
            first=("dnabert2-no-flashattention",), second=_NT, collection="GUE", another="DNABERT, its predecessor"
        ),
    ),
}
"""By claim; a claim that is not here has no measurement on its question in the store."""


def read_measured(ask: Ask) -> dict[str, Finding]:
    """What the store says to each claim; where it lacks what a check needs, the claim is left out."""
    found = {claim: measured.check.measure(ask) for claim, measured in MEASURED.items()}
    return {claim: finding for claim, finding in found.items() if finding is not None}
