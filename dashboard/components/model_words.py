"""What the page of a system says of it: where it stands on its first board, and what was probed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import PROBES, SUITES, of_tasks
from dashboard.text import PROTOCOLS, count, in_words, listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dashboard.queries.board import Board


def model_title(facts: pd.Series, board: Board | None, profile: pd.DataFrame, beats: Sequence[str] = ()) -> str:
    """One sentence on where a system stands.

    Args:
        facts: its row of the catalog.
        board: the first that it is on, None where it is on none.
        profile: its places there.
        beats: the tasks of that board, as a sentence has them, on which it is the baseline to beat.
    """
    name = facts["name"]
    if facts["role"] == "control":
        return f"{name} is a control: {_knows(str(facts.name), list(facts['suites']))}"
    if facts["role"] == "baseline":
        on = f"the baseline to beat on {listed(list(beats))}"
        return f"{name} is {on if beats else 'a baseline: what a model has to beat'}"
    if board is None:
        return f"{name}: measured outside the leaderboards only"
    parts = profile[profile.index.isin(board.judged)]
    if parts.empty and of_tasks(board.suite):
        suite = SUITES[board.suite]
        return f"{name} is on {count(len(profile), 'task')} of {suite.label}, of too few {suite.noun}s to name a best"
    won = int((parts["rank"] == 1).sum())
    if won == 0:
        return f"{name} leads nowhere on {SUITES[board.suite].label}"
    return f"{name} leads in {in_words(won)} of {len(parts)} {SUITES[board.suite].parts}"


def _knows(model_id: str, suites: list[str]) -> str:
    if "random-init:" in model_id:
        return "its weights were never trained"
    if model_id.startswith("shuffled:"):
        return "it is shown shuffled sequences"
    if all(suite in SUITES and of_tasks(suite) for suite in suites):
        return "its vectors were drawn at random"
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
        return _alone(board, profile)
    first, last = parts.iloc[0], parts.iloc[-1]
    if len(parts) == 1:
        return f"On {first['label']} its rank is **{int(first['rank'])}** among {int(first['n_models'])} systems."
    return (
        f"On {SUITES[board.suite].label} its rank runs from **{int(first['rank'])}** ({first['label']}) to "
        f"**{int(last['rank'])}** ({last['label']}) among {int(last['n_models'])} systems."
    )


def _alone(board: Board, profile: pd.DataFrame) -> str | None:
    """On how many tasks of their own scale it has a value, and why it has no rank there."""
    if not of_tasks(board.suite) or profile.empty:
        return None
    suite, total = SUITES[board.suite], len(board.columns)
    tasks = "the one task" if total == 1 else f"**{len(profile)}** of {total} tasks"
    told = f"It has a value on {tasks} of {suite.label}"
    return f"{told}. Each task has a scale of its own, and too few {suite.noun}s for a rank."


def _probed(scored: pd.DataFrame, to_beat: int) -> str | None:
    rows = scored[scored["protocol"].isin(PROBES)]
    if rows.empty:
        return None
    under = listed([PROTOCOLS[probe] for probe in PROBES if probe in set(rows["protocol"])])
    chosen = f", and on {to_beat} the baseline to beat" if to_beat else ""
    tasks = count(rows["task_id"].nunique(), "task")
    return f"Probed here on {tasks} under {under}{chosen}; ranks are within one protocol."


def without_value(rows: pd.DataFrame) -> list[str]:
    """Why there is no value, a line a task; rows as `read_without_value` gives them."""
    return [f"No value on {plain(str(row.task))}: {plain(str(row.reason))}." for row in rows.itertuples()]


def profile_title(facts: pd.Series, board: Board, profile: pd.DataFrame) -> str:
    """Between which ranks a system lies on one board; its role where nobody is ranked."""
    parts = profile[profile.index.isin(board.judged) & profile["rank"].notna()].sort_values("rank")
    on = f"{facts['name']} on {SUITES[board.suite].label}"
    if parts.empty:
        return f"{on}: {count(len(profile), 'value')} that {'is' if len(profile) == 1 else 'are'} not ranked"
    first, last = int(parts["rank"].iloc[0]), int(parts["rank"].iloc[-1])
    of = f"of {int(parts['n_models'].max())} in {count(len(parts), 'column')}"
    return f"{on}: rank {first} {of}" if first == last else f"{on}: rank {first} to {last} {of}"


def scores_counted(scored: pd.DataFrame) -> str:
    """'300 scores on 100 tasks in 2 suites'."""
    return ", ".join(
        (
            count(len(scored), "score"),
            count(scored["task_id"].nunique(), "task"),
            count(scored["suite"].nunique(), "suite"),
        )
    )


def scores_title(facts: pd.Series, scored: pd.DataFrame) -> str:
    """How many scores there are of a system, and how often it is the best."""
    ranked = scored[scored["rank"].notna()]
    best = int((ranked["rank"] == 1).sum())
    told = f"{facts['name']} has {count(len(scored), 'score')}"
    return f"{told}; it is the best of its field in {best:,} of {len(ranked):,}" if len(ranked) else told
