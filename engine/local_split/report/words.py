"""The sentences of a report, computed from the result alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.local_split.exchange import Difference, Judged, Part, Power, Result, System

NO_REASON = "it could not be computed"
# Of what a reason is told of; all of them stand in the tables to be taken away.
_NAMED = 5
MINUS = "\N{MINUS SIGN}"

METRICS: dict[str, str] = {
    "AUROC": "Chance that a random positive scores above a random negative; 0.5 is no better than chance.",
    "AUPRC": "Average precision; to be read beside the share of positives, which is its chance level.",
    "MCC": "Matthews correlation coefficient of calls above or below a threshold, or of predicted classes; 0 is no "
    "better than chance.",
    "Acc": "Share of correct predictions; to be read beside the share of the largest class.",
    "F1": "F1 of each class, averaged with equal weight.",
    "AvgBIO": "The mean of NMI, ARI and ASW, how well types of cells are kept apart; clusters are taken where NMI is "
    "largest, so that labels choose the resolution, alike for every system.",
}
CHANCE: dict[str, float] = {"AUROC": 0.5, "MCC": 0.0, "ASW": 0.5}
RANGE: dict[str, tuple[float, float]] = {"MCC": (-1.0, 1.0), "AvgBIO": (-1.0, 1.0)}
"""Least and largest value of a metric; 0 to 1 where it is not listed."""

VERDICTS: dict[str, tuple[str, str]] = {
    "PASS": ("◆", "pass"),
    "PASS_PAIRED": ("◇", "pass, paired"),
    "INCONCLUSIVE": ("●", "inconclusive"),
    "FAIL": ("✕", "fail"),
}
"""Mark and word of a verdict."""

VERDICT_SENTENCES: dict[str, str] = {
    "PASS": "Pass: the value is higher and the two 95 % intervals are apart.",
    "PASS_PAIRED": "Pass, paired: the intervals overlap, but on the same items the difference is large enough and sure "
    "enough (q below 0.05).",
    "INCONCLUSIVE": "Inconclusive: neither a sure gain nor surely none.",
    "FAIL": "Fail: the difference is negative, or surely smaller than what counts.",
}

SHAPES: dict[str, str] = {
    "protein-variants": "protein variants",
    "dna-variants": "DNA variants",
    "sequences": "labelled sequences",
    "scores": "a table of scores",
}

CITATIONS: tuple[tuple[str | None, str], ...] = (
    ("AUROC", "AUROC and its standard error: Hanley & McNeil, Radiology 1982;143:29-36."),
    ("AUROC", "Two AUROCs on the same items: Hanley & McNeil, Radiology 1983;148:839-843."),
    ("AUROC", "DeLong's method: DeLong, DeLong & Clarke-Pearson, Biometrics 1988;44:837-845."),
    ("AUPRC", "AUPRC as average precision: Davis & Goadrich, Proc ICML 2006:233-240."),
    ("MCC", "MCC: Matthews, Biochim Biophys Acta 1975;405:442-451."),
    ("MCC", "MCC of several classes, R_K: Gorodkin, Comput Biol Chem 2004;28:367-374."),
    ("AvgBIO", "AvgBIO of embeddings without training: Kedzierska et al., Genome Biol 2025;26:101."),
    (
        "NMI",
        "NMI, ARI, ASW, clusters of the largest NMI, batch metrics: Luecken et al., Nat Methods 2022;19:41-50.",
    ),
    ("NMI", "Louvain's clusters: Blondel et al., J Stat Mech 2008:P10008."),
    ("ARI", "Adjusted Rand index: Hubert & Arabie, J Classif 1985;2:193-218."),
    ("ASW", "Silhouettes: Rousseeuw, J Comput Appl Math 1987;20:53-65."),
    (None, "Bootstrap, and its percentile interval: Efron & Tibshirani, An Introduction to the Bootstrap, 1993."),
    (None, "q values: Benjamini & Hochberg, J R Stat Soc B 1995;57:289-300."),
)
"""Of the methods, by the metric that has to be there."""

OF_SYSTEMS: dict[str, str] = {
    "blosum62": "BLOSUM62: Henikoff & Henikoff, Proc Natl Acad Sci USA 1992;89:10915-10919.",
    "grantham": "Grantham's distance: Grantham, Science 1974;185:862-864.",
    "hvg": "Variable genes by Seurat's rule: Satija et al., Nat Biotechnol 2015;33:495-502.",
    "random-projection": "Random projection: Johnson & Lindenstrauss, Contemp Math 1984;26:189-206.",
    "hydropathy": "Hydropathy: Kyte & Doolittle, J Mol Biol 1982;157:105-132.",
}
"""Of rules, by a piece of their id."""


def number(value: float | None, digits: int = 3, *, signed: bool = False) -> str:
    """A number for people, with a real minus sign; empty where there is none."""
    if value is None:
        return ""
    shown = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return shown.replace("-", MINUS)


def interval(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """`[0.747, 0.777]`; empty where there is none."""
    if low is None or high is None:
        return ""
    return f"[{number(low, signed=signed)}, {number(high, signed=signed)}]"


def small(value: float | None) -> str:
    """A p or q value."""
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.2g}"


def yours(result: Judged) -> list[System]:
    """The systems that are judged."""
    return [system for system in result.systems if system.role == "yours"]


def to_beat(result: Judged) -> System | None:
    """The baseline that was declared before labels were looked at."""
    return next((system for system in result.systems if system.registered), None)


def decisive(result: Judged) -> list[Difference]:
    """The user's systems minus the baseline to beat, on the whole split, by the primary metric."""
    return [
        row
        for row in result.differences
        if row.registered and row.metric == result.primary and row.part_id == result.parts[0].part_id
    ]


def size(part: Part) -> str:
    """`400 items, 160 of label 1 (40.0 %)`."""
    if part.positives is None or not part.n:
        return f"{part.n:,} items"
    return f"{part.n:,} items, {part.positives:,} of label 1 ({100 * part.positives / part.n:.1f} %)"


def missing_values(result: Judged) -> list[str]:
    """Why values of the whole split are missing, each reason once, behind what it is the reason of."""
    whole = result.parts[0].part_id
    names = {system.system_id: system.name for system in result.systems}
    about: dict[str, dict[str, list[str]]] = {}
    for row in result.values:
        if row.part_id == whole and row.value is None:
            of = about.setdefault(row.undefined_reason or NO_REASON, {})
            of.setdefault(names[row.system_id], []).append(row.metric)
    return [
        _told([f"{' and '.join(metrics)} of {name}" for name, metrics in of.items()], why) for why, of in about.items()
    ]


def missing_differences(result: Judged, rows: Sequence[Difference]) -> list[str]:
    """Why differences are missing, each reason once."""
    names = {system.system_id: system.name for system in result.systems}
    about: dict[str, list[str]] = {}
    for row in rows:
        if row.delta is None:
            of = f"{row.metric} of {names[row.system_id]} minus {names[row.baseline_id]}"
            about.setdefault(row.undefined_reason or NO_REASON, []).append(of)
    return [_told(of, why) for why, of in about.items()]


def _told(of: Sequence[str], why: str) -> str:
    more = f" and {len(of) - _NAMED} more" if len(of) > _NAMED else ""
    return f"{', '.join(of[:_NAMED])}{more}: {why.rstrip('.')}."


def finding(result: Result) -> str:
    """The one sentence that a reader takes away; without a full stop."""
    beat, own, rows = to_beat(result), yours(result), decisive(result)
    if beat is None or not result.parts:
        return _without_baseline(result, own)
    if not own:
        value = _value(result, beat)
        if value is None:
            return f"A model has to beat {_named(beat)} on this split"
        return f"On this split a model has to beat {result.primary} {number(value)}, that of {_named(beat)}"
    if len(own) == 1:
        return _one(own[0], beat, next(iter(rows), None), result.primary)
    return _several(rows, own, beat)


def power(row: Power, names: dict[str, str]) -> str:
    """What a part could show, in a sentence."""
    if row.undefined_reason is not None:
        return sentence(f"nothing can be said: {row.undefined_reason}")
    of = "of a model to come" if row.system_id is None else f"of {names[row.system_id]}"
    said = []
    if row.detectable is not None:
        said.append(
            f"a true difference of {number(row.detectable)} {row.metric} {of} to {names[row.baseline_id]} would be "
            "found in four of five splits like this one"
        )
    if row.needed is not None and row.system_id is None:
        said.append(f"to find {number(row.minimum_effect, 2)}, about {row.needed:,} items in all would be needed")
    elif row.needed is not None:
        said.append(f"the difference seen {of} would be told from 0 with about {row.needed:,} items in all")
    return sentence("; ".join(said) or "no number of items follows from what was seen")


def sentence(words: str) -> str:
    """With a capital at its beginning and one full stop at its end."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _without_baseline(result: Result, own: Sequence[System]) -> str:
    best = max(
        ((value, system) for system in own if (value := _value(result, system)) is not None),
        key=lambda pair: pair[0],
        default=None,
    )
    if best is None:
        return "Nothing on this split could be evaluated"
    value, system = best
    leads = f"{_named(system)} reaches {result.primary} {number(value)}"
    return f"{leads}, and there is no baseline to judge it by"


def _one(system: System, beat: System, row: Difference | None, metric: str) -> str:
    if row is None or row.delta is None or row.verdict is None:
        return f"There is no verdict on {_named(system)} next to {_named(beat)}"
    by = f"{number(abs(row.delta))} {metric}"
    return {
        "PASS": f"{_named(system)} beats {_named(beat)} by {by}",
        "PASS_PAIRED": f"{_named(system)} is ahead of {_named(beat)} by {by} on the same items",
        "INCONCLUSIVE": f"Whether {_named(system)} is better than {_named(beat)} is not settled",
        "FAIL": f"{_named(system)} does not beat {_named(beat)}",
    }[row.verdict]


def _several(rows: Sequence[Difference], own: Sequence[System], beat: System) -> str:
    ahead = sum(row.verdict in {"PASS", "PASS_PAIRED"} for row in rows)
    if ahead == 0:
        return f"None of {len(own)} columns is shown to beat {_named(beat)}"
    return f"{ahead} of {len(own)} columns {'beats' if ahead == 1 else 'beat'} {_named(beat)}"


def _named(system: System) -> str:
    """A column's name is in quotation marks: it may be any word."""
    return f"“{system.name}”" if system.system_id.startswith("column:") else system.name


def _value(result: Judged, system: System) -> float | None:
    whole = result.parts[0].part_id if result.parts else None
    return next(
        (
            row.value
            for row in result.values
            if (row.system_id, row.part_id, row.metric) == (system.system_id, whole, result.primary)
        ),
        None,
    )
