"""The tasks that the engine scores, as data: files, reader, and the baseline declared before labels were looked at."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.errors import SpecError
from engine.names import ALL_STRATA
from engine.registry import files, geneb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from engine.variants import VariantTask

    Reader = Callable[[Mapping[str, Path]], VariantTask]

ANY_OTHER = "*"
"""Key for every stratum that has no entry of its own."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The baseline to beat in a stratum, and why it was expected to be the strongest."""

    baseline: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """A task and what is compared on it.

    Attributes:
        pointer: "module:function" of the reader.
        files: inputs that the reader needs, by name.
        optional_files: inputs that add protein sequences where they are at hand.
        baselines: rules of our own to run, in order.
        registered_baseline: by stratum, `ANY_OTHER` for the rest; declared from earlier publications.
        comparators: baselines whose scores came with the data.
        models_published: models whose scores came with the data.
        clusters: item column whose values share a fate in the bootstrap; None where items count as independent.
        sentence: what is asked, for people.
        source: `source_id` of the labels.
    """

    task_id: str
    pointer: str
    files: tuple[str, ...]
    optional_files: tuple[str, ...] = ()
    baselines: tuple[str, ...]
    registered_baseline: Mapping[str, Registration]
    comparators: tuple[str, ...] = ()
    models_published: tuple[str, ...] = ()
    clusters: str | None = None
    sentence: str
    source: str

    def reader(self) -> Reader:
        """The function from files by name to the task; only now is its module loaded."""
        module, _, name = self.pointer.partition(":")
        found: Reader = getattr(importlib.import_module(module), name)
        return found

    def registered(self, stratum: str) -> Registration:
        """The baseline to beat in a stratum."""
        return self.registered_baseline.get(stratum, self.registered_baseline[ANY_OTHER])


def find_task(task_id: str) -> TaskCard:
    """The card of a task.

    Raises:
        SpecError: there is none of this id; the message names the nearest.
    """
    if task_id in TASKS:
        return TASKS[task_id]
    near = geneb.nearest(task_id, TASKS)
    hint = f"did you mean '{near}'?" if near else f"known here: {', '.join(TASKS)}."
    raise SpecError(f"there is no task '{task_id}' to score; {hint}")


def dataset_files(dataset: str, *, optional: bool = True) -> tuple[str, ...]:
    """Names of the files of a data set, the optional ones last or left out.

    Args:
        dataset: A task, one of `OTHER_FILES`, a task of GENEB's, or `geneb` for all of them.
        optional: Whether to name the optional ones.

    Raises:
        SpecError: there is no data set of this name; the message names the nearest.
    """
    if dataset in OTHER_FILES:
        return OTHER_FILES[dataset]
    if tasks := geneb.members(dataset):
        return tuple(name for task_id in tasks for name in geneb.file_names(task_id))
    if dataset not in TASKS:
        known = (*TASKS, *OTHER_FILES, geneb.GENEB)
        near = geneb.nearest(dataset, (*known, *geneb.members(geneb.GENEB)))
        hint = f"did you mean '{near}'?" if near else f"known here: {', '.join(known)}, and each of GENEB's tasks."
        raise SpecError(f"there is no data set '{dataset}'; {hint}")
    card = TASKS[dataset]
    return card.files + (card.optional_files if optional else ())


def datasets_with(name: str) -> list[str]:
    """The data sets that a file belongs to."""
    if task_id := geneb.task_of(name):
        return [task_id]
    return [dataset for dataset in (*TASKS, *OTHER_FILES) if name in dataset_files(dataset)]


PROTEINGYM_ASSAYS = "proteingym-assays"
"""The data set behind published scores of single assays; no task, nothing is scored on it."""

PERTURBENCH = "perturbench"
PBMC68K = "pbmc68k"
"""Data sets of single cells; `engine.registry.singlecell` has the tasks on them."""

ASSAY_FILES = (files.ASSAYS, files.ASSAY_SPEARMAN, files.ASSAY_AUC, files.ASSAY_MCC, files.CLINICAL_AUC)

OTHER_FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {PROTEINGYM_ASSAYS: ASSAY_FILES, PERTURBENCH: (files.PERTURBENCH,), PBMC68K: (files.PBMC68K,)}
)
"""Files of data sets that are no task on variants."""

_RESIDUE_RULES = ("blosum62", "grantham", "hydropathy", "volume")
_CONTROLS = ("constant", "random")

_CONSERVATION = (
    "One class of variants: a rule by class ranks none of them, and VEP-eval's published table of other variants "
    "has conservation as the strongest score within classes that no label went into."
)
_BALANCED = (
    "The sample is drawn to hold both labels in every class, so a rule by class, the strongest on the whole of "
    "ClinVar (0.971), has little to tell here; conservation is the strongest other score that no label went into."
)

_CARDS = (
    TaskCard(
        task_id="brca1_sge",
        pointer="engine.datasets.brca1:read",
        files=(files.BRCA1_ASSAY, files.BRCA1_REGION, files.BRCA1_EVO2),
        optional_files=(files.ASSAYS,),
        baselines=(
            "consequence+blosum62",
            "consequence",
            *_RESIDUE_RULES,
            "splice-distance",
            "cpg",
            "transversion",
            "gc",
            *_CONTROLS,
        ),
        registered_baseline={
            ALL_STRATA: Registration(
                "consequence+blosum62",
                "Over mixed classes VEP-eval's rule by class alone (0.971) is ahead of conservation (0.908); "
                "BLOSUM62 adds an order among missense variants.",
            ),
            "missense": Registration(
                "phylop",
                "The decision matrix asks for an alignment-based predictor on missense variants, and phyloP is the one "
                "here that no label and no other predictor went into; VEP-eval's table has it at 0.869 on missense.",
            ),
            ANY_OTHER: Registration("phylop", _CONSERVATION),
        },
        comparators=("phylop", "cadd", "sift", "polyphen2"),
        models_published=("evo2-1b",),
        sentence="Which single-base changes of BRCA1 stop the gene from keeping cells alive?",
        source="findlay_2018",
    ),
    TaskCard(
        task_id="clinvar_sample",
        pointer="engine.datasets.clinvar_sample:read",
        files=(files.CLINVAR_SAMPLE,),
        baselines=("consequence+blosum62", "consequence", *_RESIDUE_RULES, "transversion", *_CONTROLS),
        registered_baseline={
            ANY_OTHER: Registration("vep-eval:phylop", _CONSERVATION),
            **dict.fromkeys(
                (ALL_STRATA, "coding", "noncoding", "stars>=1", "stars>=2", "stars>=3", "stars>=4"),
                Registration("vep-eval:phylop", _BALANCED),
            ),
        },
        comparators=("rule-based", "vep-eval:phylop"),
        models_published=(
            "evo-2-7b",
            "evo-2-40b",
            "alphagenome-all-folds",
            "gpn-msa-sapiens",
            "phylogpn",
            "dnabert2-no-flashattention",
            "esm-1b",
            "esm-1v:1",
            "alphamissense",
            "vep-eval:ntv3-pre",
            "vep-eval:ntv3-post",
            "vep-eval:gpn-star",
            "esm-2-650m",
            "vep-eval:vesm",
        ),
        sentence="Which of 1,000 single-base changes does ClinVar hold for pathogenic rather than benign?",
        source="vep_eval",
    ),
    TaskCard(
        task_id="dms:BLAT_ECOLX",
        pointer="engine.datasets.blat:read",
        files=(files.BLAT_ASSAY, files.ASSAYS),
        baselines=(*_RESIDUE_RULES, *_CONTROLS),
        registered_baseline={
            ANY_OTHER: Registration(
                "evmutation",
                "A model of pairs of columns in the protein's own alignment, without any training beyond it: ahead of "
                "column frequencies on ProteinGym's average (Spearman 0.395 against 0.359).",
            )
        },
        comparators=("site-independent", "evmutation"),
        models_published=(
            "esm-1v:1",
            "esm-1v:2",
            "esm-1v:3",
            "esm-1v:4",
            "esm-1v:5",
            "esm-1v-5-seeds",
            "proteingym:deepsequence-ensemble",
        ),
        sentence="How well does each substitution in TEM-1 beta-lactamase let bacteria grow in ampicillin?",
        source="stiffler_2015",
    ),
    TaskCard(
        task_id="clinvar_missense",
        pointer="engine.datasets.clinvar_missense:read",
        files=(files.CLINVAR_PROTEINS, files.CLINVAR_FOUR),
        optional_files=(files.ASSAYS,),
        baselines=(*_RESIDUE_RULES, *_CONTROLS),
        registered_baseline={
            ANY_OTHER: Registration(
                "blosum62",
                "The rule that the article's quickstart sets against a protein language model; of the residue rules "
                "it is the only one drawn from observed substitutions.",
            )
        },
        clusters="gene",
        sentence="Which residue changes does ClinVar hold for pathogenic rather than benign?",
        source="eve_2021",
    ),
)

TASKS: Mapping[str, TaskCard] = MappingProxyType({card.task_id: card for card in _CARDS})
"""All tasks by id."""
