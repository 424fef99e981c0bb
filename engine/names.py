"""One word per idea: the closed vocabularies of the store and the rules that map published words onto them."""

from __future__ import annotations

import re
from enum import StrEnum


class Role(StrEnum):
    """What a row is: something that makes a claim, something to beat, or a sanity check."""

    MODEL = "model"
    BASELINE = "baseline"
    CONTROL = "control"


class Suite(StrEnum):
    """A family of tasks that share items, metric and protocol."""

    GENEB = "geneb"
    PROTEINGYM = "proteingym"
    CLINVAR = "clinvar"
    CLINVAR_ITEMS = "clinvar_items"
    BRCA1 = "brca1_sge"
    DMS = "dms"
    PERTURBATION = "perturbation"
    CELLS = "cells"
    NETWORKS = "networks"


SINGLE_CELL = (Suite.PERTURBATION, Suite.CELLS, Suite.NETWORKS)
"""Suites whose tasks each have a scale of their own: nothing is a mean or a rank over them."""


class Regime(StrEnum):
    """How many labels were used."""

    FULL = "full"
    TEN_SHOT = "10shot"
    ONE_SHOT = "1shot"
    ZERO_SHOT = "zero_shot"


class Metric(StrEnum):
    """Metrics as they are spelt in the store."""

    MCC = "MCC"
    ACC = "Acc"
    F1 = "F1"
    AUROC = "AUROC"
    AUPRC = "AUPRC"
    SPEARMAN = "Spearman"
    L2_SKILL = "L2Skill"
    L2_SKILL_OVER_MEAN = "L2SkillOverMean"
    PEARSON_DELTA = "PearsonDelta"
    L2 = "L2"
    AVG_BIO = "AvgBIO"
    NMI = "NMI"
    ARI = "ARI"
    ASW = "ASW"
    ASW_BATCH = "ASWBatch"
    PCR = "PCR"
    GRAPH_CONNECTIVITY = "GraphConnectivity"


class Kind(StrEnum):
    """What a task asks."""

    SEQUENCE_CLASSIFICATION = "sequence_classification"
    VARIANT_EFFECT = "variant_effect"
    FITNESS = "fitness"
    PERTURBATION_PREDICTION = "perturbation_prediction"
    CELL_EMBEDDING = "cell_embedding"
    NETWORK_INFERENCE = "network_inference"


class Protocol(StrEnum):
    """How a number came about; numbers of two protocols are never ranked together without saying so."""

    GENEB_PUBLISHED = "geneb-published"
    PROTEINGYM_PUBLISHED = "proteingym-published"
    VEP_EVAL_PUBLISHED = "vep-eval-published"
    PUBLISHED_SCORES = "published-scores"
    RULE = "rule"
    MASKED_MARGINAL = "masked-marginal"
    WT_MARGINAL = "wt-marginal"
    PLL_DIFFERENCE = "pll-diff"
    CAUSAL_LLR = "causal-llr"
    KMER_LLR = "kmer-llr"
    FIRST_BASE_MARGINAL = "first-base-marginal"
    EMBEDDING_DISTANCE = "embedding-distance"
    GENEB_EXACT = "geneb-exact"
    FAIR_V1 = "fair-v1"
    KNN = "knn-v1"
    MLP = "mlp-v1"
    PERTURBATION = "perturbation-v1"
    CELL_EMBEDDING = "cell-embedding-v1"
    NETWORK = "network-v1"


class Direction(StrEnum):
    """What a high score means: of variants what label 1 means, of sequences label 1 itself, or the class predicted."""

    DAMAGING = "damaging"
    FIT = "fit"
    LABEL_1 = "label 1"
    CLASS = "class"


class Verdict(StrEnum):
    """Whether a model earns its place next to a baseline."""

    PASS = "PASS"
    PASS_PAIRED = "PASS_PAIRED"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


class Consequence(StrEnum):
    """What a variant does to its transcript, in the words of saturation genome editing and of ClinVar."""

    SYNONYMOUS = "synonymous"
    INTRONIC = "intronic"
    UTR5 = "5' UTR"
    UTR3 = "3' UTR"
    SPLICE_REGION = "splice region"
    CANONICAL_SPLICE = "canonical splice"
    MISSENSE = "missense"
    NONSENSE = "nonsense"
    START_LOSS = "start loss"
    STOP_LOSS = "stop loss"
    RNA_GENE = "RNA gene"


class Family(StrEnum):
    """Architecture in the few groups a reader can tell apart at a glance."""

    ENCODER = "Transformer encoder"
    DECODER = "Transformer decoder"
    STATE_SPACE = "State space"
    LONG_CONVOLUTION = "Long convolution"
    CNN_TRANSFORMER = "CNN + Transformer"
    CNN = "CNN"
    OTHER_TRANSFORMER = "Other Transformer"
    ALIGNMENT = "Alignment"
    SCORE = "Conservation or rule"
    OTHER = "Other"


class Tokenizer(StrEnum):
    """How a model cuts its input, in groups; the exact words stay in `model.tokenizer_detail`."""

    NUCLEOTIDE = "single nucleotide"
    KMER = "k-mer"
    KMER_OVERLAPPING = "overlapping k-mer"
    BPE = "BPE"
    ONE_HOT = "one-hot"
    RESIDUE = "amino acid"
    ALIGNMENT = "with alignment"
    GENE = "gene tokens"
    OTHER = "other"


class LicenceGroup(StrEnum):
    """What a licence allows, in the one distinction that decides about use in a clinic."""

    PERMISSIVE = "permissive"
    NON_COMMERCIAL = "non-commercial"
    UNKNOWN = "not established"


ALL_STRATA = "all"

# The registry's own words, in full: an unknown one is a mistake in the table, not a new group.
FAMILY_OF: dict[str, Family] = {
    "Transformer (encoder)": Family.ENCODER,
    "Transformer (sparse encoder)": Family.ENCODER,
    "Transformer (decoder)": Family.DECODER,
    "State-space (Mamba)": Family.STATE_SPACE,
    "State-space hybrid (Mamba+MoE)": Family.STATE_SPACE,
    "Conv-hybrid (Hyena)": Family.LONG_CONVOLUTION,
    "Conv-hybrid (StripedHyena)": Family.LONG_CONVOLUTION,
    "Conv-hybrid (StripedHyena 2)": Family.LONG_CONVOLUTION,
    "Conv-hybrid (CNN+Transformer)": Family.CNN_TRANSFORMER,
    "Conv-hybrid (CNN+Transformer+MoE)": Family.CNN_TRANSFORMER,
    "Conv-hybrid (CNN+Transformer, JAX)": Family.CNN_TRANSFORMER,
    "Conv-hybrid (CNN+Transformer U-Net)": Family.CNN_TRANSFORMER,
    "Conv-hybrid (U-Net + Transformer)": Family.CNN_TRANSFORMER,
    "CNN LM": Family.CNN,
    "CNN (F81 rate parameters)": Family.CNN,
    "CNN (dilated)": Family.CNN,
    "Transformer": Family.OTHER_TRANSFORMER,
    "Transformer (multimodal)": Family.OTHER_TRANSFORMER,
    "Transformer over MSA columns": Family.OTHER_TRANSFORMER,
    "AlphaFold-derived (Evoformer)": Family.OTHER_TRANSFORMER,
    "Alignment-based": Family.ALIGNMENT,
    "Alignment + LM": Family.ALIGNMENT,
    "Conservation score (baseline)": Family.SCORE,
    "Supervised score (baseline)": Family.SCORE,
    "Trivial baseline": Family.SCORE,
    "VAE (baseline)": Family.OTHER,
    "Linear batch correction (baseline)": Family.OTHER,
    "structure prediction": Family.OTHER,
}

TOKENIZER_OF: dict[str, Tokenizer] = {
    "bpe": Tokenizer.BPE,
    "single-nucleotide": Tokenizer.NUCLEOTIDE,
    "single-nucleotide (gene mode)": Tokenizer.NUCLEOTIDE,
    "single-nucleotide (shipped as a 7-entry BPE tokenizer.json)": Tokenizer.NUCLEOTIDE,
    "single-nucleotide (byte-level CharLevelTokenizer 512)": Tokenizer.NUCLEOTIDE,
    "k-mer": Tokenizer.KMER,
    "k-mer overlapping": Tokenizer.KMER_OVERLAPPING,
    "biotoken": Tokenizer.OTHER,
    "one-hot": Tokenizer.ONE_HOT,
    "single amino acid": Tokenizer.RESIDUE,
    "residue + structure tokens": Tokenizer.RESIDUE,
    "residue + MSA": Tokenizer.ALIGNMENT,
    "single-nucleotide + 100-way MSA": Tokenizer.ALIGNMENT,
    "gene token + binned value": Tokenizer.GENE,
    "gene rank tokens": Tokenizer.GENE,
    "gene via ESM-2 embedding": Tokenizer.GENE,
}

_NON_COMMERCIAL = re.compile(r"(?<![a-z])nc(?![a-z])|non-?commercial|polyform", re.IGNORECASE)
_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?([KMBm])(?![A-Za-z])")
_FACTOR = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


def slug(name: str) -> str:
    """Lower-case identifier of a published name: runs of other characters become one hyphen."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def licence_group(licence: str | None) -> LicenceGroup:
    """Group of a licence text; an empty text means that none was established."""
    if not licence:
        return LicenceGroup.UNKNOWN
    return LicenceGroup.NON_COMMERCIAL if _NON_COMMERCIAL.search(licence) else LicenceGroup.PERMISSIVE


def size_in_name(name: str) -> int | None:
    """Parameter count that a system's own name states ('SaProt (650M)' -> 650,000,000), or None.

    A lower-case b is a version, not a size: 'ESM-1b' has 650 million.
    """
    found = _SIZE.search(name)
    return round(float(found[1]) * _FACTOR[found[2].upper()]) if found else None
