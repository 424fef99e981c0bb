"""Words and number formats of the screen: each term, metric, column and page has its sentence here, once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

PRODUCT = "Validity Ledger"
TAGLINE = "Which genomic model earns its place, next to the baseline it must beat"
DASH = "–"


@dataclass(frozen=True, slots=True)
class MetricText:
    """What a metric is: range, direction, chance level, and where it is defined."""

    name: str
    sentence: str
    low: float
    high: float
    chance: str
    source: str


METRICS: dict[str, MetricText] = {
    "MCC": MetricText(
        "MCC",
        "Matthews correlation coefficient of hard predictions: 1 is perfect, 0 is no better than chance; "
        "the multi-class form is R_K.",
        -1,
        1,
        "0",
        "Gorodkin, Comput Biol Chem 2004;28:367-374",
    ),
    "Acc": MetricText(
        "Accuracy",
        "Share of correct predictions; a classifier that always says the majority class reaches that class's share.",
        0,
        1,
        "share of the majority class",
        "definition",
    ),
    "F1": MetricText(
        "Macro F1",
        "F1 of each class, averaged with equal weight.",
        0,
        1,
        "depends on the class shares",
        "definition",
    ),
    "AUROC": MetricText(
        "AUROC",
        "Chance that a random positive scores above a random negative; 0.5 is no better than chance.",
        0,
        1,
        "0.5",
        "Hanley & McNeil, Radiology 1982;143:29-36",
    ),
    "AUPRC": MetricText(
        "AUPRC",
        "Average precision: precision at each positive found on the way down the ranking, averaged; "
        "to be read beside the share of positives.",
        0,
        1,
        "the share of positives",
        "Davis & Goadrich, Proc ICML 2006:233-240",
    ),
    "Spearman": MetricText(
        "Spearman's ρ",
        "Rank correlation of the score with the measured effect; 0 is no association.",
        -1,
        1,
        "0",
        "definition",
    ),
    "L2Skill": MetricText(
        "L2 skill",
        "1 - mean L2 / mean L2 of the baseline to beat: 0 is as good as the baseline, 1 a perfect "
        "prediction; below 0 it is worse.",
        -math.inf,
        1,
        "none",
        "Ahlmann-Eltze et al., Nat Methods 2025",
    ),
    "L2SkillOverMean": MetricText(
        "L2 skill over the mean",
        "1 - mean L2 / mean L2 of control plus the mean change of the training perturbations.",
        -math.inf,
        1,
        "none",
        "Ahlmann-Eltze et al., Nat Methods 2025",
    ),
    "PearsonDelta": MetricText(
        "Pearson of the change",
        "Correlation over genes of the predicted with the observed change from control, averaged over perturbations.",
        -1,
        1,
        "0",
        "Ahlmann-Eltze et al., Nat Methods 2025",
    ),
    "L2": MetricText(
        "L2",
        "Distance over genes of the predicted from the observed profile, averaged over perturbations; lower is better.",
        0,
        math.inf,
        "none",
        "Ahlmann-Eltze et al., Nat Methods 2025",
    ),
    "AvgBIO": MetricText(
        "AvgBIO",
        "Mean of NMI, ARI and ASW: how well an embedding keeps cell types apart.",
        -1,
        1,
        "none",
        "Cui et al., Nat Methods 2024;21:1470-1480",
    ),
    "NMI": MetricText(
        "NMI",
        "Normalised mutual information of clusters with cell types, at the resolution where it is largest.",
        0,
        1,
        "depends on the number of clusters",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
    "ARI": MetricText(
        "ARI",
        "Adjusted Rand index of the same clusters with cell types.",
        -1,
        1,
        "0",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
    "ASW": MetricText(
        "ASW",
        "Silhouette of cells by type, moved from [-1, 1] to [0, 1].",
        0,
        1,
        "0.5",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
    "ASWBatch": MetricText(
        "ASW of batches",
        "1 - silhouette of cells by batch within their type: 1 is batches fully mixed.",
        0,
        1,
        "none",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
    "PCR": MetricText(
        "PCR",
        "Share of the batch’s part in the principal components that an embedding takes away.",
        -math.inf,
        1,
        "none",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
    "GraphConnectivity": MetricText(
        "Graph connectivity",
        "Share of a type’s cells in its largest connected part of the neighbour graph, averaged over types.",
        0,
        1,
        "none",
        "Luecken et al., Nat Methods 2022;19:41-50",
    ),
}

REGIMES: dict[str, str] = {
    "full": "Full",
    "10shot": "10-shot",
    "1shot": "1-shot",
    "zero_shot": "Zero-shot",
}

REGIME_SENTENCE: dict[str, str] = {
    "full": "probe trained on all training labels",
    "10shot": "probe trained on 10 labels per class",
    "1shot": "probe trained on 1 label per class",
    "zero_shot": "no labels used",
}

STRATUM_KINDS: dict[str, str] = {
    "selection_type": "Selection type",
    "msa_depth": "Alignment depth",
    "taxon": "Taxon",
    "mutation_depth": "Number of mutations",
    "variant_class": "Class of variant",
    "variant_group": "Coding or not",
    "star_level": "Review stars",
}

VERDICTS: dict[str, str] = {
    "PASS": "pass",
    "PASS_PAIRED": "pass, paired",
    "INCONCLUSIVE": "inconclusive",
    "FAIL": "fail",
}

OUTCOMES: dict[str, str] = VERDICTS | {"above": "above", "level": "not told apart", "below": "below"}
"""Words of a cell's verdict: the paired one, or the side that two intervals are apart on."""

OUTCOME_SENTENCE: dict[str, str] = {
    "PASS": "Pass: the value is higher and the two 95 % intervals are apart.",
    "PASS_PAIRED": "Pass, paired: the intervals overlap, but on the same items the difference is large enough and sure "
    "enough (q below 0.05).",
    "INCONCLUSIVE": "Inconclusive: neither a sure gain nor surely none.",
    "FAIL": "Fail: the difference is negative, or surely smaller than what counts.",
    "above": "Above: the 95 % interval lies wholly above the baseline’s.",
    "level": "Not told apart: the two 95 % intervals overlap.",
    "below": "Below: the 95 % interval lies wholly below the baseline’s.",
}
NO_BASELINE = "no baseline yet"
COLLAPSED_SENTENCE = "The probe gives every sequence the same class: MCC 0, whatever accuracy says."

OPPOSITE: dict[str, str] = {"pathogenic": "benign", "loss of function": "function", "fit": "unfit"}
"""What an item of label 0 is, by what one of label 1 is."""

CALLS: dict[str, str] = {
    "right": "called rightly",
    "wrong": "called wrongly",
    "missed": "missed",
    "false alarm": "false alarm",
}
"""What a system's call of a single item is worth."""

KIND_SENTENCE: dict[str, str] = {
    "sequence_classification": "sequence classification: frozen embedding, then a linear probe",
    "variant_effect": "variant effect: one score per variant, no training",
    "fitness": "fitness: one score per substitution, no training",
    "perturbation_prediction": "perturbation prediction: an expression profile per perturbation, trained on other ones",
    "cell_embedding": "cell embedding: a vector per cell, no label used",
    "network_inference": "gene networks: a score per gene of how likely it responds to a perturbation",
}

PROTOCOLS: dict[str, str] = {
    "fair-v1": "fair-v1",
    "geneb-exact": "GENEB-exact",
    "knn-v1": "kNN",
    "mlp-v1": "MLP",
}
"""Probes, as the screen calls them."""

PROBE_SENTENCE: dict[str, str] = {
    "fair-v1": "Standardised features; C, class weights and variant of the features chosen by inner folds of train, "
    "the same folds for every system. Claims are made from it alone.",
    "geneb-exact": "GENEB’s own harness to the letter: raw features, C = 1, nothing chosen. It reproduces published "
    "numbers and makes no claim.",
    "knn-v1": "Votes of the nearest sequences of train; how many is chosen by inner folds of train.",
    "mlp-v1": "One hidden layer on standardised features; its size is chosen by inner folds of train.",
}

TO_BEAT_SENTENCE = (
    "The baseline to beat: the one with the highest MCC over the inner folds of train under fair-v1; no test value "
    "had a part in the choice."
)

COLLAPSED = "⊘ collapsed"
"""Glyph and word of a probe that gives every sequence one class."""

ACCESS: dict[str, str] = {
    "open": "open weights",
    "gated": "gated weights",
    "lookup": "published scores only",
    "algorithm": "algorithm, no weights",
}

# What a question of Choose a model, a chapter of Proteins, structure, cells, and a scene of the Field map are called.
RESOLUTION: dict[str, str] = {
    "any": "any",
    "base": "single base",
    "bin": "bins",
    "residue": "residue",
    "cell": "cell",
}
COMPUTE: dict[str, str] = {
    "any": "any",
    "laptop": "laptop, 16 GB",
    "one-gpu": "one GPU, 80 GB",
    "many-gpus": "several GPUs",
}
CHAPTERS: dict[str, str] = {
    "proteins": "Proteins",
    "structure": "Structure",
    "cells": "Single cells",
    "networks": "Gene networks",
}
SCENES: dict[str, str] = {"tree": "Family tree", "windows": "Context windows", "tokens": "Tokens"}

NEAR_TIE = 0.01
NEAR_TIE_SENTENCE = (
    "Bold and framed: highest of the rows shown. Thin frame: within 0.01 of it, a near-tie; read it as shared."
)

AGGREGATES: dict[str, tuple[str, str]] = {
    "macro": ("Macro", "Mean over categories of category means: every category counts by its weight alone."),
    "micro": ("Micro", "Mean over tasks: a category counts by its weight times its number of tasks."),
    "borda": ("Borda", "Mean number of the others left behind on a task; it orders exactly as the win rate does."),
    "winrate": ("Win rate", "Mean share of the others left behind on a task; it orders exactly as Borda does."),
    "median": ("Median", "The middle task, by weight: half of the weight is on better tasks, half on worse ones."),
}
"""How task values become one number: name and sentence."""

GLOSSARY: dict[str, str] = {
    "Macro": "Mean over categories, each counting once: 30 histone tasks weigh as much as one chromatin task.",
    "Micro": "Mean over tasks: histone marks and promoters are half of GENEB's tasks and so half of this number.",
    "Near-tie": "Within 0.01 of the highest value of the rows shown.",
    "Baseline": "A simple method that a model has to beat before its score means anything.",
    "Control": "A score that knows nothing, such as a constant or random numbers: what no skill looks like; on "
    "sequences also shuffled input and untrained weights.",
    "Registered baseline": "The one baseline named beforehand, from earlier publications, as what to beat in a part.",
    "Baseline to beat": "On sequences: the baseline with the highest MCC over the inner folds of train, under fair-v1.",
    "Probe": "A small classifier on frozen features: fair-v1 for claims, GENEB-exact to reproduce published numbers.",
    "Collapsed": "The probe gives every sequence the same class: MCC 0, whatever accuracy says.",
    "Near, far": "A test sequence is near train if one training sequence holds more than half of its k-mers, or "
    "equals it on either strand; else it is far.",
    "Article's rule": "Pass where the model's value is higher and the two 95 % intervals are apart; else fail.",
    "Paired test": "On the same items: pass also where the difference is at least the smallest that counts, its "
    "interval above 0 and its q below 0.05; fail where it is negative or surely smaller; else inconclusive.",
    "Above, level, below": "The two 95 % intervals are apart, or they overlap; above is what the article's rule "
    "passes.",
    "Reconstructed interval": "Of published values: MCC, accuracy, n and prevalence give back the confusion table, "
    "which is then resampled; AUROC and class counts give a standard error. Items count as independent.",
    "Rank interval": "The ranks of 95 % of the draws: categories with replacement, within each its redundancy groups, "
    "within each its tasks.",
    "Tier": "Begins with its best system and ends before the first that can be told apart from it.",
    "Percentile of an item": "How many of the scores lie below it, turned so that 100 is most like label 1.",
    "Slice": "A filter of single items with a name.",
    "Full, 10-shot, 1-shot": "How many labels the probe on the frozen embedding was trained on, per class.",
    "Zero-shot": "The model's own score, without any label.",
    "Provenance": "official: run by the benchmark's authors; self-reported: sent in by the model's authors; "
    "published table: as printed; computed by this engine: from the scores of single items.",
    "Redundancy group": "Tasks that repeat each other, such as the same histone mark in two collections.",
    "Supervised on the same assay": "Trained on measured tracks of the kind that the task asks about.",
    "Pareto frontier": "Models for which no model of the same size or smaller is as good.",
    "Kendall's τ": "Agreement of two rankings: 1 is the same order, 0 is unrelated, −1 is reversed.",
}


def dense(value: float | None) -> str:
    """Two digits, leading zero dropped, for cells: 0.536 -> '.54', -0.02 -> '−.02', 1 -> '1.0'."""
    if value is None or math.isnan(value):
        return ""
    rounded = f"{abs(value):.2f}"
    text = "1.0" if rounded == "1.00" else rounded.removeprefix("0")
    return f"−{text}" if value < 0 and rounded != "0.00" else text


def signed(value: float | None) -> str:
    """A difference for cells: 0.036 -> '+.04', -0.2 -> '−.20', 0.001 -> '.00'."""
    text = dense(value)
    return text if not text or text == ".00" or text.startswith("−") else f"+{text}"


def difference(value: float | None) -> str:
    """A difference with three digits for text: 0.036 -> '+0.036'."""
    text = three(value)
    return text if text in {DASH, "0.000"} or text.startswith("−") else f"+{text}"


def three(value: float | None) -> str:
    """Three digits for text: 0.6049 -> '0.605'; a dash for a missing value."""
    return DASH if value is None or math.isnan(value) else _signed(value, 3)


def interval(low: float | None, high: float | None) -> str:
    """'0.97–0.98', with three digits where two would hide the width; 'to' instead of the dash beside a minus."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return DASH
    digits = 3 if high - low < 0.05 else 2
    bounds = [_signed(bound, digits) for bound in (low, high)]
    return (" to " if "−" in "".join(bounds) else "–").join(bounds)


def stated(value: float | None, low: float | None, high: float | None) -> str:
    """'0.573 (0.555–0.598)'; the value alone where no interval is known, or where every draw gives the same."""
    known = low is not None and high is not None and low < high
    return f"{three(value)} ({interval(low, high)})" if known else three(value)


def _signed(value: float, digits: int) -> str:
    """A fixed number of digits with a typeset minus; a rounded zero has no sign."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def size(parameters: float | None) -> str:
    """Parameters as people say them: 2500000000 -> '2.5B', 54600000 -> '55M', 1930000 -> '1.93M'."""
    if parameters is None or math.isnan(parameters):
        return DASH
    for factor, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        number = parameters / factor
        # Just under one counts as one, so that 999,999,999 is 1B and not 1000M.
        if number >= 0.9995:
            text = f"{number:.0f}" if number >= 9.995 else f"{number:.2f}".rstrip("0").rstrip(".")
            return f"{text}{letter}"
    return f"{parameters:.0f}"


def count(number: float | None, noun: str = "") -> str:
    """'241,509 variants'; the noun gets its plural unless the number is one."""
    if number is None or math.isnan(number):
        return f"{noun}s: not stated" if noun else "not stated"
    suffix = "" if not noun else f" {noun}" if int(number) == 1 else f" {noun}s"
    return f"{int(number):,}{suffix}"


_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def in_words(number: int) -> str:
    """Small numbers as words, larger ones as digits."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else str(number)


_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\([^)\s]*\)")
_ICON = re.compile(r"(?<!\\):material/\w+: ?")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|:~$<>&^=])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|:~$<>&^=])")


def bare(text: str) -> str:
    """Markdown of ours as plain text: for a slide, a file, a window's title."""
    text = _LINK.sub(r"\1", _ICON.sub("", text)).replace("**", "")
    return _ESCAPED.sub(r"\1", text).strip()


def plain(foreign: str) -> str:
    """Text from outside, made safe to stand in Markdown: no link, image, colour or formula comes of it."""
    return _MARKDOWN.sub(r"\\\1", foreign)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def sentence(words: str) -> str:
    """With a capital at its begin and one full stop at its end."""
    return capital(words) if not words or words.endswith((".", "!", "?", "…")) else f"{capital(words)}."


def listed(names: list[str], most: int = 3) -> str:
    """'A, B and C', or 'A, B, C and 4 more'."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"
