"""The suites: what their categories are, which metrics and regimes they have, how they are summed up."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text import OPPOSITE
from engine.names import Protocol


@dataclass(frozen=True, slots=True)
class SuiteText:
    """How a suite is shown.

    `kinds` are the stratum kinds that can serve as columns; without any, the columns are task categories. Of the one
    kind `TASKS` the columns are whole tasks, each on a scale of its own, so that there is no mean over them.
    `domain` is the fixed colour domain per metric: the same number has the same colour whatever is filtered.
    `noun` is what is counted in a task, `positive` what its positives are.
    `protocols` are all that are shown, side by side where there are several. A system that was scored in more than
    one of them has one row on a board, by the first that it has: a row is never a mixture.
    `probes` are protocols of our own probes, of which one at a time stands beside `protocols`, never ranked with them;
    the first is the one that claims are made from.
    `states_n` where every value says how many items it is over, so that a pooled one is over all of them.
    """

    suite: str
    label: str
    sentence: str
    parts: str
    noun: str
    positive: str | None
    metrics: tuple[str, ...]
    regimes: tuple[str, ...]
    kinds: tuple[str, ...]
    domain: dict[str, tuple[float, float]]
    group_by: str
    group_label: str
    protocols: tuple[str, ...]
    source_id: str
    states_n: bool = False
    probes: tuple[str, ...] = ()


TASKS = "task"
"""Stands among `kinds` where each column is a task of its own."""

CLAIMS = str(Protocol.FAIR_V1)
"""The probe that claims are made from."""
PROBES = (CLAIMS, str(Protocol.GENEB_EXACT), str(Protocol.KNN), str(Protocol.MLP))
"""Protocols of probes that are fitted here, in the order in which they are offered."""

SCORED_HERE = (
    "masked-marginal",
    "wt-marginal",
    "pll-diff",
    "causal-llr",
    "kmer-llr",
    "first-base-marginal",
    "embedding-distance",
    "published-scores",
    "rule",
)
"""Protocols whose scores of single items this engine evaluates, its own runs of a model before its published scores."""

_ITEM_METRICS = ("AUROC", "AUPRC", "MCC")
_ITEM_DOMAIN = {"AUROC": (0.5, 1.0), "AUPRC": (0.0, 1.0), "MCC": (0.0, 0.8)}

SUITES: dict[str, SuiteText] = {
    "geneb": SuiteText(
        suite="geneb",
        label="GENEB",
        sentence="Linear probes on frozen embeddings of DNA models, 100 tasks in 13 categories.",
        parts="categories",
        noun="test sequence",
        positive=None,
        metrics=("MCC", "Acc", "F1"),
        regimes=("full", "10shot", "1shot"),
        kinds=(),
        domain={"MCC": (0.0, 1.0), "Acc": (0.3, 1.0), "F1": (0.3, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocols=("geneb-published",),
        source_id="geneb_2026",
        probes=PROBES,
    ),
    "proteingym": SuiteText(
        suite="proteingym",
        label="ProteinGym",
        sentence="Zero-shot fitness prediction on 217 deep mutational scans of proteins.",
        parts="groups of assays",
        noun="assay",
        positive=None,
        metrics=("Spearman", "AUROC", "MCC"),
        regimes=("zero_shot",),
        kinds=("selection_type", "msa_depth", "taxon", "mutation_depth"),
        domain={"Spearman": (0.0, 0.7), "AUROC": (0.5, 0.9), "MCC": (0.0, 0.6)},
        group_by="inputs",
        group_label="What it reads",
        protocols=("proteingym-published",),
        source_id="proteingym_2023",
    ),
    "clinvar": SuiteText(
        suite="clinvar",
        label="ClinVar",
        sentence="Pathogenic against benign for 241,509 ClinVar variants, by class of variant.",
        parts="classes",
        noun="variant",
        positive="pathogenic",
        metrics=("AUROC",),
        regimes=("zero_shot",),
        kinds=("variant_class",),
        domain={"AUROC": (0.5, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocols=("vep-eval-published",),
        source_id="vep_eval",
    ),
    "clinvar_items": SuiteText(
        suite="clinvar_items",
        label="ClinVar, variant by variant",
        sentence=(
            "Pathogenic against benign for a sample of 1,000 ClinVar variants, scored here from the scores of single "
            "variants; 19,958 missense variants by protein are on the Task page."
        ),
        parts="parts",
        noun="variant",
        positive="pathogenic",
        metrics=_ITEM_METRICS,
        regimes=("zero_shot",),
        kinds=("variant_class", "variant_group", "star_level"),
        domain=_ITEM_DOMAIN,
        group_by="family",
        group_label="Architecture",
        protocols=SCORED_HERE,
        source_id="engine",
        states_n=True,
    ),
    "brca1_sge": SuiteText(
        suite="brca1_sge",
        label="BRCA1 saturation editing",
        sentence="Loss of function against function for 3,893 single-base changes of BRCA1, scored here.",
        parts="classes",
        noun="variant",
        positive="loss of function",
        metrics=_ITEM_METRICS,
        regimes=("zero_shot",),
        kinds=("variant_class", "variant_group"),
        domain=_ITEM_DOMAIN,
        group_by="family",
        group_label="Architecture",
        protocols=SCORED_HERE,
        source_id="engine",
        states_n=True,
    ),
    "dms": SuiteText(
        suite="dms",
        label="Deep mutational scans",
        sentence=(
            "Growth in ampicillin of 4,996 substitutions in TEM-1 beta-lactamase, scored here. Published scores of "
            "single ProteinGym assays, where they were fetched, are on the Task page, their means under ProteinGym."
        ),
        parts="scans",
        noun="variant",
        positive="fit",
        metrics=("Spearman", "AUROC", "AUPRC", "MCC"),
        regimes=("zero_shot",),
        kinds=("all",),
        domain={"Spearman": (0.0, 0.8), **_ITEM_DOMAIN},
        group_by="family",
        group_label="Architecture",
        protocols=(*SCORED_HERE, "proteingym-published"),
        source_id="engine",
        states_n=True,
    ),
    "perturbation": SuiteText(
        suite="perturbation",
        label="Perturbation prediction",
        sentence=(
            "What cells express after genes are activated that were not activated in training: Norman 2019, 500 genes, "
            "next to additive and mean rules."
        ),
        parts="tasks",
        noun="perturbation",
        positive=None,
        metrics=("L2Skill", "PearsonDelta", "L2SkillOverMean"),
        regimes=("full",),
        kinds=(TASKS,),
        # A skill has no lower bound: what is worse than twice the baseline's error has the lightest colour.
        domain={"L2Skill": (-1.0, 1.0), "PearsonDelta": (-1.0, 1.0), "L2SkillOverMean": (-1.0, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocols=(str(Protocol.PERTURBATION),),
        source_id="engine",
        states_n=True,
    ),
    "cells": SuiteText(
        suite="cells",
        label="Cell embedding",
        sentence=(
            "Whether an embedding that has seen no label keeps ten types of blood cells apart: 700 cells, next to "
            "variable genes."
        ),
        parts="tasks",
        noun="cell",
        positive=None,
        metrics=("AvgBIO", "NMI", "ARI", "ASW"),
        regimes=("zero_shot",),
        kinds=(TASKS,),
        domain={"AvgBIO": (0.0, 1.0), "NMI": (0.0, 1.0), "ARI": (0.0, 1.0), "ASW": (0.0, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocols=(str(Protocol.CELL_EMBEDDING),),
        source_id="engine",
        states_n=True,
    ),
    "networks": SuiteText(
        suite="networks",
        label="Gene networks",
        sentence=(
            "Which genes respond when one is activated: edges of a network next to what single genes tell, "
            "13 perturbations of Norman 2019."
        ),
        parts="tasks",
        noun="perturbation",
        positive=None,
        metrics=("AUROC",),
        regimes=("full",),
        kinds=(TASKS,),
        domain={"AUROC": (0.5, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocols=(str(Protocol.NETWORK),),
        source_id="engine",
        states_n=True,
    ),
}

DEFAULT_SUITE = "geneb"
MAIN_TASK = {
    "proteingym": "proteingym_dms_substitutions",
    "clinvar": "clinvar_vep_eval",
    "clinvar_items": "clinvar_sample",
    "brca1_sge": "brca1_sge",
    "dms": "dms:BLAT_ECOLX",
}
"""The task whose strata are the columns, for suites whose columns are parts of one task."""


def of_tasks(suite: str) -> bool:
    """Whether the columns of a suite's board are whole tasks, each on a scale of its own."""
    return SUITES[suite].kinds == (TASKS,)


def suite_label(suite: str) -> str:
    """Name of a suite; its key where it has no words yet."""
    return SUITES[suite].label if suite in SUITES else suite


def label_words(suite: str) -> dict[int, str]:
    """What label 1 and label 0 mean for the single items of a suite."""
    positive = SUITES[suite].positive
    return {1: positive, 0: OPPOSITE[positive]} if positive else {1: "label 1", 0: "label 0"}
