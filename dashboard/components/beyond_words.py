"""Sentences of Proteins, structure, cells: each read off the numbers that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.charts.beyond_published import percent, plain_number
from dashboard.text import capital, count, difference, in_words, listed, plain, size, three

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.beyond import Proteins

CHAPTERS = {
    "proteins": "Proteins",
    "structure": "Structure",
    "cells": "Single cells",
    "networks": "Gene networks",
}
WILSON = (
    "Bars are 95 % Wilson intervals, computed here from the published share and the number of targets; the shares are "
    "published in whole percent. Where n is not stated there is no interval."
)


def proteins_title(found: Proteins) -> str:
    """Who of the family stays under the baseline, and what its largest members gain."""
    beyond = found.family[found.family["parameters"] > found.peak["parameters"]]
    gain = "" if beyond.empty else f"nothing is gained past {size(found.peak['parameters'])}"
    if found.below.empty:
        return capital(gain) or f"Every size of this family lies above {plain(str(found.baseline['name']))}"
    under = (
        f"{plain(str(found.below['name'].iloc[-1]))} stays under a {plain(str(found.baseline['name']).lower())} table"
    )
    return under + (f", and {gain}" if gain else "")


def proteins_lede(found: Proteins, scans: int) -> str:
    """The numbers behind the title."""
    beat, peak = found.baseline, found.peak
    parts = [
        f"Over {count(scans, 'deep mutational scan')} {plain(str(beat['name']))} reaches ρ {three(beat['value'])}."
    ]
    if not found.below.empty:
        low = found.below.iloc[-1]
        parts.append(f"{plain(str(low['name']))} reaches {three(low['value'])}.")
    parts.append(f"The family is best at {plain(str(peak['name']))}, {three(peak['value'])}.")
    beyond = found.family[found.family["parameters"] > peak["parameters"]]
    if not beyond.empty:
        told = [f"{row.name} {three(row.value)}" for row in beyond.itertuples(index=False)]
        parts.append(f"Larger ones fall back: {plain(listed(told))}.")
    return " ".join(parts)


def larger_sentence(found: Proteins) -> str:
    """What any larger model with the same input reaches."""
    larger, peak = found.larger, found.peak
    if larger.empty:
        return ""
    ahead = int((larger["value"] > peak["value"]).sum())
    best = larger.iloc[0]
    return (
        f"Larger than {plain(str(peak['name']))} and reading a sequence alone: {count(len(larger), 'model')}, of which "
        f"{in_words(ahead) if ahead else 'none'} reaches more; the best is {plain(str(best['name']))} with "
        f"{three(best['value'])}. Models that also read an alignment or a structure can be higher: they are given "
        "more, not only more parameters."
    )


def clinical_sentence(found: Proteins) -> str:
    """What clinical labels and scans say of the same systems."""
    both = found.both
    alone = len(found.clinical) - len(both)
    baseline = both[both["role"] == "baseline"]
    models = both[both["role"] == "model"]
    if both.empty:
        return "No system has both."
    spread = {name: both[name].max() - both[name].min() for name in ("clinical", "scans")}
    parts = [
        (
            f"{capital(in_words(len(both)))} systems have both: they differ by {three(spread['clinical'])} in clinical "
            f"AUROC and by {three(spread['scans'])} in ρ on scans."
        )
    ]
    if not baseline.empty and not models.empty:
        top = baseline.iloc[0]
        ahead = models[models["clinical"] > top["clinical"]]
        most = (models["clinical"] - top["clinical"]).max()
        parts.append(
            f"The alignment baseline {plain(str(top['name']))} reaches {three(top['clinical'])} and "
            f"{three(top['scans'])}; {in_words(len(ahead))} of {in_words(len(models))} models lie above it on "
            f"clinical labels, by at most {three(most)}."
        )
    parts.append(
        f"{alone} more have clinical labels only. A clinical label is a judgement of experts, a scan is a measurement: "
        "neither number stands for the other."
    )
    return " ".join(parts)


def parts_sentence(lead: pd.DataFrame, name: str, baseline: str) -> str:
    """Where a model leads the baseline and where it does not; `lead` is sorted, smallest first."""
    behind = lead[lead["lead"] < 0]
    first, last = lead.iloc[0], lead.iloc[-1]
    where = f" ({plain(listed(list(behind['part']), 6))})" if len(behind) else ""
    return (
        f"{plain(name)} lies below {plain(baseline)} in {in_words(len(behind))} of {len(lead)} parts{where}: from "
        f"{difference(first['lead'])} on {plain(str(first['part']))} to {difference(last['lead'])} on "
        f"{plain(str(last['part']))}."
    )


def structure_title(shares: pd.DataFrame) -> str:
    """The comparison with the widest gap."""
    wide = shares.pivot_table(index="label", columns="baseline", values="value", sort=False)
    label = str((wide[True] - wide[False]).idxmax())
    rows = shares[shares["label"] == label].set_index("baseline")
    return (
        f"On {label.lower()} {rows.at[False, 'system']} gets {percent(rows.at[False, 'value'])} right, "
        f"{rows.at[True, 'system']} {percent(rows.at[True, 'value'])}"
    )


def structure_lede(shares: pd.DataFrame) -> str:
    """Each comparison in numbers."""
    told = []
    for label, rows in shares.groupby("label", sort=False):
        pair = rows.set_index("baseline")
        n = pair.at[True, "n"]
        of = "n not stated" if n != n else f"n = {n:,.0f}"  # noqa: PLR0124 - NaN
        told.append(f"{label} ({of}): {percent(pair.at[True, 'value'])} against {percent(pair.at[False, 'value'])}")
    return f"{'; '.join(told)}. The established method comes first."


def cells_title(clustering: pd.DataFrame, perturbation: pd.DataFrame) -> str:
    """How often a simple method is ahead or level."""
    places = [*clustering["place"], *perturbation["place"]]
    ahead, level = sum(place == 1 for place in places), sum(place == 0 for place in places)
    head = "No simple method is behind" if ahead + level == len(places) else "Simple methods against foundation models"
    return f"{head}: {in_words(ahead)} lie ahead of the foundation models, {in_words(level)} level with them"


def cells_lede(clustering: pd.DataFrame, perturbation: pd.DataFrame) -> str:
    """Which methods, on what."""
    return (
        f"Clustering of cell types without training: {listed([str(name) for name in clustering['baseline']])} against "
        f"{clustering['rivals'].iloc[0]}. Effects of perturbations: "
        f"{listed([str(name).lower() for name in perturbation['baseline']])} against deep models. The claims quote no "
        "scores, so what is drawn is an order."
    )


def networks_title(values: pd.DataFrame) -> str:
    """The highest baseline against the models."""
    top = values[values["baseline"]].sort_values("high").iloc[-1]
    models = values[~values["baseline"]].sort_values("high")
    alone = str(top["label"]).removesuffix(" baseline").replace("-", " ")
    return (
        f"{alone} alone reaches AUROC {plain_number(top['high'])}, attention of "
        f"the models {plain_number(models['high'].iloc[-1])}"
    )


def networks_lede(values: pd.DataFrame) -> str:
    """Each system in numbers."""
    told = [
        f"{row.label} {plain_number(row.low)}" + ("" if row.low == row.high else f" to {plain_number(row.high)}")
        for row in values.itertuples(index=False)
    ]
    return f"AUROC on targets of CRISPRi: {'; '.join(told)}. One figure is published for both models."
