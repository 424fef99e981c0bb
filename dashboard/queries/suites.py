"""The three suites: what their categories are, which metrics and regimes they have, how they are summed up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SuiteText:
    """How a suite is shown.

    `kinds` are the stratum kinds that can serve as columns; without any, the columns are task categories.
    `domain` is the fixed colour domain per metric: the same number has the same colour whatever is filtered.
    """

    suite: str
    label: str
    sentence: str
    parts: str
    metrics: tuple[str, ...]
    regimes: tuple[str, ...]
    kinds: tuple[str, ...]
    domain: dict[str, tuple[float, float]]
    group_by: str
    group_label: str
    protocol: str
    source_id: str


SUITES: dict[str, SuiteText] = {
    "geneb": SuiteText(
        suite="geneb",
        label="GENEB",
        sentence="Linear probes on frozen embeddings of DNA models, 100 tasks in 13 categories.",
        parts="categories",
        metrics=("MCC", "Acc", "F1"),
        regimes=("full", "10shot", "1shot"),
        kinds=(),
        domain={"MCC": (0.0, 1.0), "Acc": (0.3, 1.0), "F1": (0.3, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocol="geneb-published",
        source_id="geneb_2026",
    ),
    "proteingym": SuiteText(
        suite="proteingym",
        label="ProteinGym",
        sentence="Zero-shot fitness prediction on 217 deep mutational scans of proteins.",
        parts="groups of assays",
        metrics=("Spearman", "AUROC", "MCC"),
        regimes=("zero_shot",),
        kinds=("selection_type", "msa_depth", "taxon", "mutation_depth"),
        domain={"Spearman": (0.0, 0.7), "AUROC": (0.5, 0.9), "MCC": (0.0, 0.6)},
        group_by="inputs",
        group_label="What it reads",
        protocol="proteingym-published",
        source_id="proteingym_2023",
    ),
    "clinvar": SuiteText(
        suite="clinvar",
        label="ClinVar",
        sentence="Pathogenic against benign for 241,509 ClinVar variants, by class of variant.",
        parts="classes",
        metrics=("AUROC",),
        regimes=("zero_shot",),
        kinds=("variant_class",),
        domain={"AUROC": (0.5, 1.0)},
        group_by="family",
        group_label="Architecture",
        protocol="vep-eval-published",
        source_id="vep_eval",
    ),
}

DEFAULT_SUITE = "geneb"
MAIN_TASK = {"proteingym": "proteingym_dms_substitutions", "clinvar": "clinvar_vep_eval"}
"""The task whose strata are the columns, for suites without task categories."""
