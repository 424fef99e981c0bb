"""Sentences of Proteins, structure, cells: each read off the numbers that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.charts.beyond_published import percent, plain_number
from dashboard.text import capital, count, difference, in_words, listed, plain, size, three

if TYPE_CHECKING:
    from dashboard.queries.beyond import Proteins

WILSON_SHORT = "95 % Wilson intervals from the published share and the number of targets, where that is stated"
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


def sizes_title(found: Proteins) -> str:
    """Who is highest over all scans, and how many lie above the baseline to beat."""
    models = found.models[found.models["role"] == "model"]
    above, top = int((models["value"] > found.baseline["value"]).sum()), models.loc[models["value"].idxmax()]
    return (
        f"{above} of {count(len(models), 'model')} lie above {plain(str(found.baseline['name']))}; the highest is "
        f"{plain(str(top['name']))} with {three(top['value'])}"
    )


def clinical_title(found: Proteins) -> str:
    """How far the same systems are apart on either kind of label."""
    spread = {name: three(found.both[name].max() - found.both[name].min()) for name in ("clinical", "scans")}
    return (
        f"The same {count(len(found.both), 'system')} differ by {spread['clinical']} in AUROC on clinical labels and "
        f"by {spread['scans']} in ρ on scans"
    )


def clinical_table(found: Proteins) -> pd.DataFrame:
    """Systems with clinical labels, and their scans where they have any."""
    names = {"name": "System", "role": "Role", "inputs": "Reads"}
    names |= {"clinical": "AUROC, clinical labels", "scans": "Spearman, all scans"}
    return found.clinical[list(names)].rename(columns=names)


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


def parts_title(lead: pd.DataFrame, name: str, baseline: str) -> str:
    """In how many parts a model lies below the baseline; arguments as for `parts_sentence`."""
    behind = int((lead["lead"] < 0).sum())
    return f"{plain(name)} lies below {plain(baseline)} in {in_words(behind)} of {len(lead)} parts of the scans"


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


def order_title(rows: pd.DataFrame, name: str) -> str:
    """In how many comparisons of a kind a simple method is ahead, level and behind."""
    places = list(rows["place"])
    ahead, level, behind = (sum(place == side for place in places) for side in (1, 0, -1))
    lie = f"{in_words(ahead) if ahead else 'none'} of {count(len(rows), 'simple method')}"
    lie += " lies" if ahead == 1 else " lie"
    rest = [f"{in_words(number)} {side}" for number, side in ((level, "level with them"), (behind, "behind")) if number]
    return f"{capital(name)}: {', '.join([f'{lie} ahead of the foundation models', *rest])}"


_PLACES = {1: "ahead", 0: "level", -1: "behind"}


def order_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Orders with words for headings."""
    return pd.DataFrame(
        {
            "What": rows["label"],
            "Simple method": rows["baseline"],
            "Foundation models": rows["rivals"],
            "The simple method is": rows["place"].map(_PLACES),
        }
    )


def shares_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares of targets with words for headings."""
    return pd.DataFrame(
        {
            "Comparison": rows["label"],
            "System": rows["system"],
            "Role": rows["baseline"].map({True: "established method", False: "compared with it"}),
            "Share right": rows["value"],
            "95 % low": rows["low"],
            "95 % high": rows["high"],
            "Targets": rows["n"].astype("Int64"),
        }
    )


def values_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Published values with words for headings; from and to are equal where one value is published."""
    return pd.DataFrame(
        {
            "System": rows["label"],
            "Role": rows["baseline"].map({True: "baseline", False: "model"}),
            "AUROC from": rows["low"],
            "AUROC to": rows["high"],
        }
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
