"""What the comparison of two systems says: its title, the line under it, and how many more items would settle it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.text import capital, count, difference, interval, plain, three

if TYPE_CHECKING:
    from engine.statistics.two_models import Needed

NEEDED_HELP = (
    "As if the difference were exactly the one seen, the new ones of the same mix as those at hand, and the standard "
    "error falling with the root of their number; 80 % power, a 95 % interval. It cannot say that the difference will "
    "stay the same."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the title is about: a difference, first minus second, and what it is a difference in.

    Attributes:
        names: of the first and the second system.
        what: the quantity, such as 'macro MCC' or 'AUROC on missense'.
        delta, low, high, p, q: None where there is none.
        margin: the smallest difference that counts.
        computing: whether interval and p are still to come.
        where: what cannot be compared, where there is no difference.
        n: items that it is over.
        whole: whether it is over all items of the task, not over a part.
    """

    names: tuple[str, str]
    what: str
    delta: float | None
    margin: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    computing: bool = False
    where: str = "here"
    n: float | None = None
    whole: bool = True

    @property
    def told_apart(self) -> bool | None:
        """Whether the interval lies on one side of 0; None without one."""
        return None if self.low is None or self.high is None else self.low > 0 or self.high < 0


def title(head: Headline) -> str:
    """Who is ahead, by how much, and whether that is more than chance and more than nothing."""
    first, second = head.names
    if head.delta is None:
        return (
            f"{first} and {second}, {head.what}"
            if head.computing
            else f"{first} and {second} cannot be compared {head.where}"
        )
    if three(abs(head.delta)) == "0.000":
        lead = f"{first} and {second} are level in {head.what}"
    else:
        side = "ahead of" if head.delta > 0 else "behind"
        lead = f"{first} is {side} {second} by {three(abs(head.delta))} {head.what}"
    if head.computing:
        return lead
    if head.told_apart is None or head.low is None or head.high is None:
        return f"{lead}, with no interval to prove it"
    if head.told_apart:
        return f"{lead}, less than the {head.margin:g} that counts" if abs(head.delta) < head.margin else lead
    inside = max(-head.low, head.high) < head.margin
    return f"{lead}: no difference that counts" if inside else f"{lead}: not told apart"


def numbers(head: Headline) -> str:
    """The difference with its interval, p and q."""
    parts = [f"Difference **{difference(head.delta)}**"]
    if head.low is not None:
        parts[0] += f" (95 % interval {interval(head.low, head.high)})"
    parts += [f"{name} {small(value)}" for name, value in (("p", head.p), ("q", head.q)) if value is not None]
    return ", ".join(parts)


def small(p: float) -> str:
    """'= 0.025', or '< 0.001'."""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def tally(names: tuple[str, str], wins: int, ties: int, losses: int, *, noun: str, margin: float) -> str:
    """How many tasks or parts each has won."""
    total = count(wins + ties + losses, noun)
    return (
        f"Of {total}, {plain(names[0])} is ahead on **{wins}** and behind on **{losses}**; on **{ties}** they are less "
        f"than {margin:g} apart."
    )


def needed_sentence(needed: Needed, n: int, *, noun: str, excluded: bool, margin: float) -> str:
    """How many more items or tasks would settle it, or why that cannot be said."""
    if needed.to_exclude_zero is None and needed.to_show_small is None:
        reasons = dict.fromkeys(filter(None, (needed.no_exclusion_reason, needed.no_small_reason)))
        return f"How many more {noun}s would settle it cannot be said: {'; '.join(reasons)}."
    parts = [_zero(needed, n, noun=noun, excluded=excluded), _small(needed, n, margin=margin)]
    return " ".join(part for part in parts if part)


def _zero(needed: Needed, n: int, *, noun: str, excluded: bool) -> str:
    if excluded:
        return f"The {count(n, noun)} at hand are enough to tell the two apart: the interval excludes 0."
    if needed.to_exclude_zero is None:
        return f"{capital(needed.no_exclusion_reason or '')}."
    more = needed.to_exclude_zero - n
    return (
        f"**About {rounded(more)} more {noun}s** ({rounded(needed.to_exclude_zero)} in all) would let the interval "
        "exclude 0 with 80 % power."
    )


def _small(needed: Needed, n: int, *, margin: float) -> str:
    if needed.to_show_small is None:
        return f"No number shows it to be negligible: {needed.no_small_reason}."
    more = needed.to_show_small - n
    if more <= 0:
        return f"They are also enough to show that it is below {margin:g}, the smallest that counts."
    return f"**About {rounded(more)} more** would show that it is below {margin:g}, the smallest that counts."


def rounded(number: int) -> str:
    """Two leading digits: 2,317 -> '2,300'."""
    digits = max(0, len(str(abs(number))) - 2)
    return f"{round(number, -digits):,}"


def known(value: object) -> float | None:
    """A number of a frame, None where it is missing."""
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[arg-type]
