"""Words of Choose a model: what the answers are called, and the sentences that are made of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.queries.choose_needs import Fit, Needs, gigabytes
from dashboard.queries.suites import SUITES
from dashboard.text import (
    COMPUTE,
    METRICS,
    RESOLUTION,
    bare,
    capital,
    count,
    in_words,
    interval,
    listed,
    plain,
    size,
    stated,
    three,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.choose import Candidate, Choice
    from dashboard.queries.choose_measured import Measured
    from dashboard.queries.choose_needs import Answer, Variant

FITS = {Fit.YES: "✓ meets your needs", Fit.UNKNOWN: "? not everything is stated", Fit.NO: "✕ does not meet your needs"}
MARKS = {Fit.YES: "✓", Fit.UNKNOWN: "?", Fit.NO: "✕", Fit.OTHER: "–"}
NOT_MEASURED = (
    "Nothing was measured here for this job: this engine measures sequences, variants and cells, no structures."
)
NOT_HERE = (
    "This store has no values of the tasks that measure this job; `vledger publish` builds it with those shipped."
)
ONLY_STATED = "Only what is stated counts: an empty cell is “not stated”."
COMPUTE_HELP = (
    "Weights at bf16 take two bytes a parameter; half of the memory is left for what they are run on. Where parameters "
    "are not stated, the answer is “not stated”."
)


def title(job: str, measured: Sequence[Measured]) -> str:
    """How the models of the first place with a baseline stand to its strongest one; what is missing where none has."""
    for found in measured:
        for row in found.tally.itertuples():
            return _headline(found, row)
    if measured:
        return f"{job}: models were measured here, no baseline was, so nobody is said to beat one"
    return f"{job}: nothing was measured here, so the literature’s baseline comes first"


def _headline(found: Measured, row: Any) -> str:
    part = found.label if found.place.task is not None else f"{found.label} · {row.label}"
    models, judged = row.models, row.below + row.level + row.above
    name = row.baseline
    if not models:
        return f"{part}: simple methods alone were measured here, and {name} is the strongest of them"
    if not judged:
        return f"{part}: {row.higher} of {count(models, 'model')} have a higher value than {name}"
    above = in_words(row.above) if row.above else "none"
    return f"{part}: {above} of {count(judged, 'model')} {'are' if row.above > 1 else 'is'} above {name}"


def baseline_here(measured: Sequence[Measured]) -> str:
    """The strongest baseline of the first place that has one, with its value; empty where there is none."""
    for found in measured:
        for row in found.tally.itertuples():
            bounds = "" if pd.isna(row.ci_low) else f" [{interval(row.ci_low, row.ci_high)}]"
            part = found.label if found.place.task is not None else f"{found.label} · {row.label}"
            value = f"{METRICS[row.metric].name} {three(row.value)}{bounds}"
            return f"The strongest baseline measured here is {row.baseline}: {value} on {part}."
    return ""


def without_intervals(found: Measured) -> list[str]:
    """A sentence for each baseline next to which no model has an interval."""
    told = [
        f"**{found.label}:** {row.higher} of {count(row.models, 'model')} have a higher {row.metric} than "
        f"{plain(row.baseline)} ({three(row.value)}); no interval is published there, so nobody is told apart."
        for row in found.tally.itertuples()
        if row.models and not row.below + row.level + row.above
    ]
    if len(found.tally) and not found.tally["models"].any():
        told.append(baselines_alone(found))
    if found.tally.empty:
        tasks = "" if found.place.task is not None else " on whole tasks of this category"
        told.append(f"**{found.label}:** no baseline was run{tasks} yet, so nothing says whether a model beats one.")
    return told


def baselines_alone(found: Measured) -> str:
    """The baselines of a place where no model was measured, the one that was declared to be beaten first."""
    rows = found.rows[found.rows["role"] == "baseline"]
    declared = rows["baseline_id"].dropna()
    first = rows["model_id"].isin(declared)
    values = [
        f"{plain(row.name)} {stated(row.value, row.ci_low, row.ci_high)}"
        for row in pd.concat([rows[first], rows[~first]]).itertuples()
    ]
    n = "" if rows["n"].isna().all() else f", on {count(rows['n'].max(), SUITES[found.place.suite].noun)}"
    return (
        f"**{plain(found.label)}:** {METRICS[found.metric].name} of {values[0]}, the baseline to beat"
        f"{'; then ' + '; '.join(values[1:]) if len(values) > 1 else ''}{n}. No model was run here."
    )


def fit_summary(candidates: Sequence[Candidate], needs: Needs) -> str:
    """How many of the systems named in the row meet the needs; what is asked where nothing is."""
    named = [one for one in candidates if one.named.startswith("first choice")]
    if not needs.asked:
        return "State your needs above, and each system named is held against them."
    if not named:
        return "No system is named as first choice."
    fits = [one.fit(needs) for one in named]
    met, open_, missed = (fits.count(fit) for fit in (Fit.YES, Fit.UNKNOWN, Fit.NO))
    parts = [f"{met} {'meets' if met == 1 else 'meet'} your needs"]
    parts += [f"for {open_} not everything is stated"] if open_ else []
    parts += [f"{missed} {'does' if missed == 1 else 'do'} not"] if missed else []
    return f"Of {count(len(named), 'system')} named here {listed(parts)}."


def systems_title(candidates: Sequence[Candidate], needs: Needs) -> str:
    """How many of the systems listed meet the needs, or how many there are where nothing is asked."""
    models = sum(len(one.variants) for one in candidates)
    if not needs.asked:
        return f"The row or a claim names {count(len(candidates), 'system')}, listed by {count(models, 'model')}"
    met = sum(one.fit(needs) is Fit.YES for one in candidates)
    verb = "meets" if met == 1 else "meet"
    return f"{capital(in_words(met))} of {count(len(candidates), 'named system')} {verb} the needs: {needs_told(needs)}"


def answer_title(choice: Choice) -> str:
    """The row of the matrix in one sentence."""
    return f"{choice.task}: first beat {plain(choice.baseline)}, then try {plain(choice.first)}"


def answer_table(
    choice: Choice, measured: Sequence[Measured], candidates: Sequence[Candidate], needs: Needs
) -> pd.DataFrame:
    """The answer as rows: what comes first, what then, and what to remember."""
    fits = bare(fit_summary(candidates, needs)) if needs.asked else None
    return pd.DataFrame(
        [
            ("1 · The baseline to beat first", choice.baseline, baseline_here(measured) or None),
            ("2 · Then a reasonable first choice", capital(choice.first), fits),
            ("3 · The caveat that travels with it", choice.caveat, None),
        ],
        columns=["Step", "Answer", "Here"],
    )


def places_title(rows: pd.DataFrame) -> str:
    """Which of the named systems stands highest in the first place that has one; `rows` are of the table of places."""
    named = rows[rows["Why it is here"].str.contains(":", regex=False, na=False)]
    if named.empty:
        return "No system that is named was measured here: baselines, and who is highest"
    first = named[named["Place"] == named["Place"].iloc[0]].sort_values("Rank").iloc[0]
    rank, of = int(first["Rank"]), int(first["of"])
    return f"Of the systems named, {first['System']} is highest on {first['Place']}: rank {rank} of {of}"


def needs_told(needs: Needs) -> str:
    """The needs in one line."""
    parts = {
        "window": f"{needs.window:,} bp of context",
        "resolution": f"resolution: {RESOLUTION[needs.resolution]}",
        "compute": f"compute: {COMPUTE[needs.compute]}",
        "weights": "open weights",
        "commercial": "commercial use",
    }
    return ", ".join(parts[name] for name in needs.asked)


def answer_line(candidate: Candidate, needs: Needs) -> str:
    """How a system meets the needs, with the model that does it best and every reason; facts where nothing is asked."""
    variant, answers = candidate.best(needs)
    several = len(candidate.variants) > 1
    if not answers:
        largest = f", the largest of {len(candidate.variants)} being {plain(variant.name)}" if several else ""
        return f"{capital(candidate.named)}{largest}. {plain(facts_told(variant))}"
    which = f" as {plain(variant.name)}" if several else ""
    told = "; ".join(f"{MARKS[answer.fit]} {plain(answer.why)}" for answer in _worst_first(answers))
    if several:
        met = sum(candidate.only(one).fit(needs) is Fit.YES for one in candidate.variants)
        which += f" ({met} of its {len(candidate.variants)} models meet them)"
    return f"**{FITS[candidate.fit(needs)]}**{which}: {told}"


def _worst_first(answers: Sequence[Answer]) -> list[Answer]:
    order = (Fit.NO, Fit.UNKNOWN, Fit.YES, Fit.OTHER)
    return sorted(answers, key=lambda answer: order.index(answer.fit))


def facts_told(variant: Variant) -> str:
    """What is known of a model in one line; what is not stated is said to be so."""
    window = "window not stated in bp" if variant.context_bp is None else f"{variant.context_bp:,} bp"
    weights = "parameters not stated"
    if variant.parameters is not None:
        weights = f"{size(variant.parameters)} parameters ({gigabytes(variant.parameters)} at bf16)"
    access = variant.access or variant.stated_access or "not stated"
    reads = _READS.get(variant.modality or "", "what it reads is not stated")
    licence = variant.licence or variant.stated_terms or "not established"
    return f"{capital(reads)}; {window}; {weights}; access: {access}; licence: {licence}."


_READS = {
    "DNA": "reads DNA",
    "protein": "reads protein",
    "structure": "predicts structures",
    "single-cell": "reads counts of genes in cells",
}


def not_measured(candidates: Sequence[Candidate], measured: Sequence[Measured]) -> list[str]:
    """Systems that the row names and no place has."""
    known = {str(model) for found in measured for model in found.rows["model_id"]}
    return [
        one.system
        for one in candidates
        if one.named != "in a claim" and not any(variant.model_id in known for variant in one.variants)
    ]
