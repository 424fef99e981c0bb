"""What the page of a system says of it: where it stands on its first board, and what was probed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import PROBES, SUITES
from dashboard.text import PROTOCOLS, count, in_words, listed

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.board import Board


def model_title(facts: pd.Series, board: Board | None, profile: pd.DataFrame) -> str:
    """One sentence on where a system stands.

    Args:
        facts: its row of the catalog.
        board: the first that it is on, None where it is on none.
        profile: its places there.
    """
    name = facts["name"]
    if facts["role"] == "control":
        return f"{name} is a control: {_knows(str(facts.name), list(facts['suites']))}"
    if facts["role"] == "baseline":
        return f"{name} is a baseline: what a model has to beat"
    if board is None:
        return f"{name}: measured outside the leaderboards only"
    parts = profile[profile.index.isin(board.judged)]
    won = int((parts["rank"] == 1).sum())
    if won == 0:
        return f"{name} leads nowhere on {SUITES[board.suite].label}"
    return f"{name} leads in {in_words(won)} of {len(parts)} {SUITES[board.suite].parts}"


def _knows(model_id: str, suites: list[str]) -> str:
    if "random-init:" in model_id:
        return "its weights were never trained"
    if model_id.startswith("shuffled:"):
        return "it is shown shuffled sequences"
    return f"it knows nothing of the {'sequence' if suites == ['geneb'] else 'variant'}"


def model_lede(board: Board | None, profile: pd.DataFrame, scored: pd.DataFrame, to_beat: int) -> str:
    """Best and worst place on the board, and what was probed here.

    Args:
        board: as for the title.
        profile: as for the title.
        scored: all its scores.
        to_beat: on how many tasks it is the baseline to beat.
    """
    places = None if board is None else _places(board, profile)
    return " ".join(filter(None, (places, _probed(scored, to_beat)))) or "Its scores are listed below."


def _places(board: Board, profile: pd.DataFrame) -> str | None:
    parts = profile[profile.index.isin(board.judged)].sort_values("rank")
    if parts.empty:
        return None
    first, last = parts.iloc[0], parts.iloc[-1]
    return (
        f"On {SUITES[board.suite].label} its rank runs from **{int(first['rank'])}** ({first['label']}) to "
        f"**{int(last['rank'])}** ({last['label']}) among {int(last['n_models'])} systems."
    )


def _probed(scored: pd.DataFrame, to_beat: int) -> str | None:
    rows = scored[scored["protocol"].isin(PROBES)]
    if rows.empty:
        return None
    under = listed([PROTOCOLS[probe] for probe in PROBES if probe in set(rows["protocol"])])
    chosen = f", and on {to_beat} the baseline to beat" if to_beat else ""
    tasks = count(rows["task_id"].nunique(), "task")
    return f"Probed here on {tasks} under {under}{chosen}; ranks are within one protocol."
