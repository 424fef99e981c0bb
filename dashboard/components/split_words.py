"""Sentences on a split of one's own: what it shows, what it could show, and where a comparison stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.components.about import intervals
from dashboard.exhibits import About
from dashboard.queries.provenance import Evidence
from dashboard.text import METRICS, VERDICTS, capital, count, difference, interval, listed, plain, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from engine.local_split.exchange import Difference, Inspection, Judged, Power, Result, System

_WON = ("PASS", "PASS_PAIRED")
START = "Learn what a model has to beat on your own split"
LEDE = (
    "Give labelled variants, sequences, scores or cells: they are checked, the baselines that fit them are run at "
    "once, and your own scores or embeddings are held against them with intervals."
)


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called in a kind of file: what is judged, what is counted, what it was judged on."""

    own: str
    item: str
    place: str


TABLE = Words("column", "item", "this split")


def title_of(result: Judged, words: Words = TABLE) -> str:
    """The finding on the whole split, in one sentence without markup."""
    baseline = registered(result)
    if baseline is None:
        best = leader(result)
        return f"Nothing to beat is known of {words.place}" if best is None else f"{best} without a baseline to beat"
    yours = [system for system in result.systems if system.role == "yours"]
    if not yours:
        value = _value(result, baseline)
        return f"A model has to beat {baseline.name} on {words.place}" + ("" if value is None else f": {value}")
    return _finding(result, yours, baseline.name, words)


def _finding(result: Judged, yours: Sequence[System], baseline: str, words: Words) -> str:
    """Who beats the baseline: by a verdict, never by a difference alone."""
    judged = headline(result)
    if won := [one for one in judged if one.verdict in _WON]:
        by = three(won[0].delta)
        if len(won) == 1:
            return f"{system_name(result, won[0].system_id)} beats {baseline} by {by} in {_metric(result)}"
        return f"{len(won)} of {len(yours)} {words.own}s beat {baseline}, the best by {by} in {_metric(result)}"
    if not judged:
        return f"No verdict against {baseline} is possible on {words.place}"
    if all(one.verdict == "FAIL" for one in judged):
        return f"{_subject(yours, words.own)} {baseline}"
    return f"Whether {_either(yours)} {baseline} cannot be told on {words.place}"


def lede_of(result: Judged, what: str | None = None) -> str:
    """The numbers that carry the title, and how many of what they rest on where that is not counted in items."""
    baseline, whole = registered(result), result.parts[0]
    parts = []
    if baseline is not None and (value := _value(result, baseline, bounds=True)) is not None:
        parts.append(f"{plain(baseline.name)} has {value}")
    for one in headline(result)[:3]:
        words = f"{plain(system_name(result, one.system_id))} differs by {difference(one.delta)}"
        parts.append(f"{words} ({interval(one.low, one.high)})")
    positives = "" if whole.positives is None else f", {whole.positives:,} of label 1"
    return f"{'; '.join(parts)}{'. ' if parts else ''}On {what or count(whole.n, 'item')}{positives}."


def about_split(result: Judged, words: Words = TABLE) -> About:
    """What the numbers rest on: sizes alone, no word of the file; whoever shares a slide names the source."""
    whole = result.parts[0]
    positives = "" if whole.positives is None else f", {whole.positives:,} of label 1"
    n = f"{count(whole.n, words.item)} of a file of one’s own{positives}, {count(len(result.systems), 'system')}"
    values = [one for one in result.values if one.value is not None]
    methods = tuple(dict.fromkeys(one.method for one in values if one.method))
    without = sum(one.method is None for one in values)
    return About(n, intervals(Evidence((), methods, len(values), without), f"too few {words.item}s for any"))


def values_title(rows: pd.DataFrame, metric: str) -> str:
    """Who has the highest value; rows are those of `forest_rows`."""
    known = rows[rows["value"].notna()]
    top = known.loc[known["value"].idxmax()]
    return f"Of {count(len(known), 'system')} {plain(top['name'])} has the highest {metric}: {three(top['value'])}"


def parts_title(rows: pd.DataFrame, pair: tuple[System, System], metric: str) -> str:
    """In how many parts the first system has the higher value; rows are those of `strata_rows`, the whole first."""
    parts, (first, second) = rows.iloc[1:], pair
    if first == second:
        span = f"{three(parts['value'].min())} to {three(parts['value'].max())}"
        return f"{plain(first.name)} has {metric} {span} over {count(len(parts), 'part')}"
    higher = f"{int((parts['value'] > parts['baseline_value']).sum())} of {count(len(parts), 'part')}"
    return f"{plain(first.name)} has a higher {metric} than {plain(second.name)} in {higher}"


def curves_title(result: Result, systems: Sequence[System]) -> str:
    """AUROC of the systems whose curves are drawn, where it was computed."""
    whole = result.parts[0].part_id
    found = {one.system_id: one.value for one in result.values if (one.part_id, one.metric) == (whole, "AUROC")}
    told = [
        f"{plain(one.name)} {three(found[one.system_id])}" for one in systems if found.get(one.system_id) is not None
    ]
    if not told:
        return f"ROC and precision–recall of {plain(listed([one.name for one in systems]))} on the whole split"
    return f"AUROC on the whole split: {listed(told)}"


def registered(result: Judged) -> System | None:
    """The baseline to beat."""
    return next((system for system in result.systems if system.registered), None)


def system_name(result: Judged, system_id: str) -> str:
    """A system's name for people."""
    return next((system.name for system in result.systems if system.system_id == system_id), system_id)


def headline(result: Judged) -> list[Difference]:
    """Differences to the registered baseline on the whole split that got a verdict, the largest first."""
    whole = result.parts[0].part_id
    found = [
        one
        for one in result.differences
        if one.registered and one.part_id == whole and one.metric == result.primary and one.verdict is not None
    ]
    return sorted(found, key=lambda one: -(one.delta or 0))


def leader(result: Judged) -> str | None:
    """The system with the highest value, and the value."""
    whole = result.parts[0].part_id
    values = [
        one
        for one in result.values
        if one.part_id == whole
        and one.metric == result.primary
        and one.value is not None
        and _is_yours(result, one.system_id)
    ]
    if not values:
        return None
    best = max(values, key=lambda one: one.value or 0)
    return f"{system_name(result, best.system_id)} has {_metric(result)} {three(best.value)},"


def verdict_words(one: Difference) -> str:
    """Both verdicts of a difference, or why there is none."""
    if one.verdict is None:
        return one.undefined_reason or "no verdict"
    article = "no verdict" if one.verdict_article is None else VERDICTS[one.verdict_article]
    return f"{VERDICTS[one.verdict]} by the paired test, {article} by the article’s rule"


def power_words(result: Result) -> list[str]:
    """What the whole split could show, and how many labels settle what it leaves open."""
    whole = result.parts[0]
    return [_power(result, one, whole.n) for one in result.power if one.part_id == whole.part_id]


def power_rests_on(result: Result) -> str:
    """What the estimates for the whole split assume, each sentence once."""
    whole = result.parts[0].part_id
    of_any = [one for one in result.power if one.part_id == whole and one.system_id is None]
    told = [one.assumed for one in of_any if one.undefined_reason is None]
    return plain(" ".join(f"{capital(sentence).rstrip('.')}." for sentence in dict.fromkeys(told)))


def _power(result: Result, one: Power, n: int) -> str:
    metric, baseline = METRICS[one.metric].name, plain(system_name(result, one.baseline_id))
    if one.system_id is None:
        if one.detectable is None:
            return f"What this split could show is not known: {plain(one.undefined_reason or 'no estimate')}."
        told = f"Against {baseline} this split can show a difference of **{three(one.detectable)}** in {metric} or more"
        if one.needed is not None and one.needed > n:
            told += f"; to see {one.minimum_effect:g}, the least that counts, it takes about **{_round(one.needed)}**"
        elif one.needed is not None:
            told += f", and so also {one.minimum_effect:g}, the least that counts"
        return f"{told}."
    name = plain(system_name(result, one.system_id))
    if _told_apart(result, one):
        return f"{name}: the split is large enough to tell its difference to {baseline} from none."
    if one.needed is None:
        return f"{name}: {plain(one.undefined_reason or 'nothing more is to be settled')}."
    return f"{name}: if the difference stays as it is, about **{_round(one.needed)}** in all tell it from none."


def _told_apart(result: Result, power: Power) -> bool:
    """Whether the interval of the difference leaves out 0 already."""
    wanted = (power.system_id, power.baseline_id, power.part_id, power.metric)
    return any(
        one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
        for one in result.differences
        if (one.system_id, one.baseline_id, one.part_id, one.metric) == wanted
    )


def _round(items: int) -> str:
    """Two digits are what an estimate is good for: 2,317 -> '2,300 items'."""
    digits = len(str(items)) - 2
    return count(round(items, -digits) if digits > 0 else items, "item")


def left_out_words(found: Inspection) -> str:
    """How many rows of the file are evaluated."""
    return f"{found.used - found.train:,} of {count(found.rows, 'row')}"


def _metric(result: Judged) -> str:
    return METRICS[result.primary].name


def _value(result: Judged, system: System, *, bounds: bool = False) -> str | None:
    whole = result.parts[0].part_id
    for one in result.values:
        if (one.system_id, one.part_id, one.metric) == (
            system.system_id,
            whole,
            result.primary,
        ) and one.value is not None:
            told = f"{_metric(result)} {three(one.value)}"
            return f"{told} ({interval(one.low, one.high)})" if bounds and one.low is not None else told
    return None


def _is_yours(result: Judged, system_id: str) -> bool:
    return any(system.system_id == system_id and system.role == "yours" for system in result.systems)


def _subject(yours: Sequence[System], noun: str) -> str:
    return f"{yours[0].name} does not beat" if len(yours) == 1 else f"No {noun} beats"


def _either(yours: Sequence[System]) -> str:
    return f"{yours[0].name} beats" if len(yours) == 1 else f"one of {listed([one.name for one in yours])} beats"
