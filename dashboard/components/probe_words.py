"""What a probed task says: its title and lede, how much train gives away, and which protocols stand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.suites import CLAIMS
from dashboard.text import PROTOCOLS, capital, count, in_words, interval, listed, three

if TYPE_CHECKING:
    from dashboard.queries.task import TaskView


def probed_title(view: TaskView, to_beat: pd.Series) -> str:
    """Where the published models stand to the baseline to beat; under another probe than that of claims, its value."""
    name = to_beat["name"]
    if not view.claims or not to_beat["n_models"] or pd.isna(to_beat["ci_low"]):
        under = "" if view.claims else f" under {PROTOCOLS[str(view.probe)]}"
        has = "has no value" if view.line is None else f"reaches {three(view.line['value'])}"
        return f"{name}, the baseline to beat, {has}{under}"
    n, below, above = to_beat[["n_models", "below", "above"]].astype(int)
    if below > above or below == above > 0:
        return f"{name}, a baseline, is ahead of {share(below, n)}"
    if above == n:
        return (
            f"{f'All {n} published models are' if n > 1 else 'The one published model is'} ahead of {name}, a baseline"
        )
    if above:
        are = "is" if above == 1 else "are"
        return f"{capital(in_words(above))} of {n} published models {are} ahead of {name}, the baseline to beat"
    return f"No published model can be told apart from {name}, a baseline"


def share(found: int, n: int) -> str:
    """'3 of 41 published models', 'all 41 published models'."""
    if n == 1:
        return "the one published model" if found else "no published model"
    return f"all {n} published models" if found == n else f"{found} of {n} published models"


def probed_lede(view: TaskView, to_beat: pd.Series, regime: str) -> str:
    """The counts that carry the title, always under the probe of claims."""
    opening = "" if view.claims else f"Shown to reproduce GENEB’s numbers; claims are made from {CLAIMS} only. "
    bounds = interval(to_beat["ci_low"], to_beat["ci_high"])
    known = "" if pd.isna(to_beat["ci_low"]) else f" ({bounds})"
    if pd.isna(to_beat["value"]):
        return f"{opening}{to_beat['name']} has no value under {CLAIMS}: {to_beat['undefined_reason']}."
    own = f"{opening}**{to_beat['name']}** reaches **{three(to_beat['value'])}**{known} under {CLAIMS}"
    n, below, inside, above = to_beat[["n_models", "below", "inside", "above"]].astype(int)
    if not n:
        return f"{own}. {_nobody(view)}"
    if not known:
        return f"{own}, without an interval."
    are = "is" if below == 1 else "are"
    return (
        f"{own}. Of {count(n, 'published model')} **{below}** {are} below this {bounds_word(regime)}, **{inside}** "
        f"inside it and so not told apart, **{above}** above."
        + (" Published models have no interval of their own here." if view.models["ci_low"].isna().all() else "")
    )


def _nobody(view: TaskView) -> str:
    if view.stratum["stratum"] != "all":
        return "Published values are over all test sequences, so only what was probed here stands on this part."
    return "Nobody has published a value on this task; what is shown was probed here."


def bounds_word(regime: str) -> str:
    """What the two bounds of a probed value are."""
    return "95 % interval" if regime == "full" else "range of 95 % of the draws"


def side_by_side(view: TaskView) -> str | None:
    """That two protocols stand in one chart; None where nothing was published."""
    if view.probe is None or view.models.empty:
        return None
    claims = "Claims are made from it alone." if view.claims else f"Claims are made from {CLAIMS} alone."
    published = listed(sorted(view.models["protocol"].unique()))
    return (
        f"Two protocols side by side: published models under {published}, everything probed here under "
        f"{PROTOCOLS[view.probe]}. {claims}"
    )


def leakage_sentence(leakage: pd.Series) -> str:
    """How many test sequences train gives away."""
    n, exact, turned, near = leakage[["n_test", "exact", "reverse_complement", "near"]].astype(int)
    if not near:
        return f"**Leakage:** no test sequence is in train or near a training sequence (of {n:,})."
    equal = f"{in_words(exact) if exact else 'none'} of {n:,} test sequences {'is' if exact == 1 else 'are'} in train"
    strand = f", {in_words(turned)} more as the reverse complement" if turned else ""
    conflicts = int(leakage["label_conflicts"])
    other = f", {in_words(conflicts)} of them with another label" if conflicts else ""
    return (
        f"**Leakage:** {equal}{strand}{other}; {near:,} ({near / n:.1%}) are near train: one training sequence holds "
        f"more than half of their {int(leakage['k'])}-mers."
    )
