"""The jobs of the decision matrix, as data: whom each names, where it was measured, and what one's own data are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where the store measured a job: a part of a task, or, without a task, a category of a suite's tasks."""

    suite: str
    part: str
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What joins a row of the matrix to the store.

    `first` and `baselines` are the systems that the row names as first choice and as what to beat, `examples` systems
    of a kind that it names without saying which; all are of `model_fact`. `places` are in the order in which they are
    told, `data` the kinds of a split of one's own, keys of the commands.
    """

    first: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    data: tuple[str, ...] = ()


def _clinvar(*classes: str) -> tuple[Place, ...]:
    return tuple(Place("clinvar", part, "clinvar_vep_eval") for part in classes)


def _sample(*classes: str) -> tuple[Place, ...]:
    return tuple(Place("clinvar_items", part, "clinvar_sample") for part in classes)


def _brca1(*classes: str) -> tuple[Place, ...]:
    return tuple(Place("brca1_sge", part, "brca1_sge") for part in classes)


_CLINICAL = Place("proteingym", "all", "proteingym_clinical_substitutions")

TOPICS: dict[str, Topic] = {
    "Noncoding / splice variant effect": Topic(
        first=("AlphaGenome", "Evo 2"),
        baselines=("SpliceAI",),
        places=(
            *_clinvar("splice", "intron (non-splice)", "5'UTR", "3'UTR"),
            *_brca1("noncoding", "canonical_splice", "splice_region"),
            *_sample("splice", "noncoding"),
            Place("geneb", "Splice Sites"),
        ),
        data=("dna", "scores"),
    ),
    "Coding SNV pathogenicity": Topic(
        first=("AlphaMissense", "ESM-1b", "GPN-MSA"),
        places=(
            *_clinvar("missense", "synonymous", "stop gain"),
            *_brca1("missense"),
            *_sample("missense"),
            _CLINICAL,
        ),
        data=("scores", "dna", "protein"),
    ),
    "Protein missense interpretation": Topic(
        baselines=("EVmutation",),
        examples=("ESM-2", "ESM-1b"),
        places=(
            Place("proteingym", "all", "proteingym_dms_substitutions"),
            _CLINICAL,
            *_clinvar("missense"),
            Place("dms", "all", "dms:BLAT_ECOLX"),
        ),
        data=("protein", "scores"),
    ),
    "Protein structure (accuracy)": Topic(first=("AlphaFold2", "AlphaFold3")),
    "Protein structure (speed/scale)": Topic(first=("ESMFold",), baselines=("AlphaFold2",)),
    "Multi-molecule complexes / design": Topic(first=("RoseTTAFold All-Atom", "AlphaFold3")),
    "Long-range regulatory, limited compute": Topic(
        first=("Caduceus", "HyenaDNA"),
        places=tuple(Place("geneb", part) for part in ("Mouse Enh.", "Enhancers", "Chromatin Acc.", "Regulatory")),
        data=("sequences",),
    ),
    "Single-cell perturbation prediction": Topic(
        first=("Linear baseline", "Additive baseline"),
        baselines=("Linear baseline", "Additive baseline"),
        places=tuple(
            Place("perturbation", "all", f"perturbench:{part}") for part in ("doubles", "doubles-new", "singles")
        ),
        data=("vectors",),
    ),
    "Single-cell zero-shot clustering": Topic(
        first=("HVG+PCA", "Harmony", "scVI"),
        baselines=("HVG+PCA", "Harmony", "scVI"),
        places=(Place("cells", "all", "cells:pbmc68k"),),
        data=("cells",),
    ),
    "Regulatory network inference from attention": Topic(
        places=(Place("networks", "all", "networks:perturbench"),), data=("edges",)
    ),
}


def topic_of(task: str) -> Topic:
    """What is known of a job; nothing of one that only a later store's matrix has."""
    return TOPICS.get(task, Topic())
