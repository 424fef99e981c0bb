"""What the evidence says: each finding computed from the store, with what it takes to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.queries.board import read_board
from dashboard.queries.single_cells import read_single_cells
from dashboard.text import METRICS, capital, difference, in_words, interval, listed, three
from engine.names import Metric
from engine.statistics.agreement import kendall_matrix, pairs
from engine.statistics.pareto import upsets
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog

SIZE_FACTOR = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, the numbers that carry it, the view that shows it, and the data of its figure."""

    key: str
    title: str
    detail: str
    page: str
    link: str
    query: dict[str, str]
    data: pd.DataFrame


def read_findings(ask: Ask, catalog: Catalog) -> list[Finding]:
    """The findings of the Overview; GENEB's over the rows that its authors ran themselves."""
    full = official(read_board(ask, catalog, "geneb", "full", "MCC", ""))
    few = official(read_board(ask, catalog, "geneb", "10shot", "MCC", ""))
    clinvar = read_board(ask, catalog, "clinvar", "zero_shot", "AUROC", "variant_class")
    cells = single_cell_finding(read_single_cells(ask))
    found = (_pooled(clinvar), _leader(full), _labels(full, few), _agreement(full), _size(full), cells)
    return [finding for finding in found if finding is not None]


def official(board: Board) -> Board:
    """The rows that the benchmark's authors ran themselves."""
    return board.keep(list(board.models.index[board.models["provenance"] == "official"]))


def _names(board: Board, model_ids: list[str]) -> str:
    return " and ".join(board.models.loc[model_ids, "name"])


def _leader(board: Board) -> Finding:
    macro = board.values["macro"]
    leader = str(macro.idxmax())
    best = board.winners()
    lost = [key for key in board.judged if leader not in best[key]]
    ranks = board.ranks().loc[leader, board.judged]
    different = {name for key in board.judged for name in best[key]}
    return Finding(
        key="leader",
        title=f"The overall leader does not win {in_words(len(lost))} of {len(board.judged)} categories",
        detail=(
            f"{board.models.loc[leader, 'name']} has the highest macro MCC, {three(macro[leader])}, among "
            f"{len(board.models)} official models, yet its rank runs from {int(ranks.min())} to {int(ranks.max())}. "
            f"{capital(in_words(len(different)))} different models win at least one category."
        ),
        page="leaderboard",
        link="See every category",
        query={"provenance": "official"},
        data=pd.DataFrame({"category": ranks.index, "rank": ranks.to_numpy(dtype=int)}).sort_values("rank"),
    )


def _labels(full: Board, few: Board) -> Finding:
    before, after = full.winners(), few.winners()
    rows = [
        {
            "category": key,
            "full": _names(full, before[key]),
            "few": _names(few, after[key]),
            "changes": not set(before[key]) & set(after[key]),
        }
        for key in full.judged
    ]
    changed = sum(bool(row["changes"]) for row in rows)
    return Finding(
        key="labels",
        title=f"With ten labels per class, {in_words(changed)} of {len(rows)} category winners change",
        detail=(
            f"The best frozen embedding for a large training set is seldom the best for a small one: "
            f"over the same {len(full.models)} official models, only {in_words(len(rows) - changed)} categories keep "
            f"their winner from full to 10-shot."
        ),
        page="leaderboard",
        link="See the 10-shot board",
        query={"provenance": "official", "regime": "10shot"},
        data=pd.DataFrame(rows),
    )


def _agreement(board: Board) -> Finding:
    matrix = kendall_matrix(board.values[board.judged])
    found = sorted(pairs(matrix), key=lambda pair: pair[2])
    taus = pd.Series([tau for _, _, tau in found])
    low, high = found[0], found[-1]
    return Finding(
        key="agreement",
        title="Categories agree only half-way on which model is better",
        detail=(
            f"Kendall's τ between the rankings of two categories is {three(taus.mean())} on average, from "
            f"{three(low[2])} ({low[0]} and {low[1]}) to {three(high[2])} ({high[0]} and {high[1]}). "
            f"An average over categories hides this."
        ),
        page="leaderboard",
        link="Compare the columns",
        query={"provenance": "official"},
        data=pd.DataFrame(found, columns=["first", "second", "tau"]),
    )


def _size(board: Board) -> Finding:
    macro, parameters = board.values["macro"], board.models["parameters"]
    found = upsets(parameters, macro, SIZE_FACTOR)
    small = {pair[0] for pair in found}
    large = {pair[1] for pair in found}
    data = board.models[["name", "parameters", "family"]].assign(macro=macro, beaten=board.models.index.isin(large))
    return Finding(
        key="size",
        title=f"{capital(in_words(len(small)))} models beat one at least five times their size",
        detail=(
            f"{len(large)} of {len(board.models)} official models are passed in macro MCC by a model of a fifth of "
            f"their size or less: "
            f"{listed(list(board.models.loc[sorted(large, key=lambda m: -parameters[m]), 'name']))}."
        ),
        page="size",
        link="See size and performance",
        query={"provenance": "official"},
        data=data.reset_index(),
    )


def _pooled(board: Board) -> Finding | None:
    if not {"rule-based", "evo-2-40b"} <= set(board.values.index):
        return None
    classes = [column for column in board.categories if board.values.loc["rule-based", column.key] == 0.5]
    rule, evo = board.values.loc["rule-based"], board.values.loc["evo-2-40b"]
    every = "every single" if len(classes) == len(board.categories) else f"{len(classes)} of {len(board.categories)}"
    keys = ["all", *(column.key for column in board.categories if column.judged)]
    data = pd.DataFrame(
        {
            "label": [board.column(key).label for key in keys],
            "n": [board.column(key).n for key in keys],
            "baseline": rule[keys].to_numpy(),
            "model": evo[keys].to_numpy(),
            "low": board.low.loc["evo-2-40b", keys].to_numpy(),
            "high": board.high.loc["evo-2-40b", keys].to_numpy(),
        }
    )
    return Finding(
        key="pooled",
        title=f"A rule that knows only the variant's class reaches {three(rule['all'])} on ClinVar",
        detail=(
            f"Evo 2 40B reaches {three(evo['all'])} on the same {board.column('all').n:,} variants. Within {every} "
            f"class of variant the rule is at 0.5, a coin toss: pooling classes rewards knowing the class."
        ),
        page="leaderboard",
        link="See ClinVar by class",
        query={"suite": "clinvar"},
        data=data,
    )


def single_cell_finding(rows: pd.DataFrame) -> Finding | None:
    """On each single-cell task whoever comes closest to the baseline to beat, or passes it; controls left out."""
    rivals = rows[~rows["to_beat"] & (rows["role"] != "control") & rows["delta"].notna()]
    data = rivals.loc[rivals.groupby("task_id", sort=False)["delta"].idxmax()]
    if data.empty:
        return None
    baselines = rows[rows["to_beat"]].set_index("task_id")["name"]
    data = data.assign(baseline=data["task_id"].map(baselines), label=data["task"].str.partition(" (")[0])
    sure, tasks = int((data["delta_low"] > 0).sum()), in_words(len(data))
    # By what counts in each metric: differences of two metrics are on two scales.
    counting = data["delta"] / [MINIMUM_EFFECT[Metric(metric)] for metric in data["metric"]]
    first = data.loc[counting.idxmax()]
    models = rows[(rows["role"] == "model") & rows["value"].notna()]["model_id"].nunique()
    run = f"{capital(in_words(models))} models were run." if models else "No pretrained model was run here."
    return Finding(
        key="cells",
        title=(
            f"On {in_words(sure) if sure else 'none'} of {tasks} single-cell tasks is the declared baseline surely "
            "beaten"
        ),
        detail=(
            f"Farthest ahead lies {first['name']} on {first['label'].lower()}: {difference(first['delta'])} "
            f"{METRICS[first['metric']].name} to {first['baseline']} "
            f"({interval(first['delta_low'], first['delta_high'])}), n = {int(first['n'])}. "
            f"{_floor(rows)}{run}"
        ),
        page="beyond",
        link="See single cells next to their baselines",
        query={"chapter": "cells"},
        data=data[
            ["label", "metric", "n", "baseline", "name", "role", "value", "delta", "delta_low", "delta_high"]
        ].reset_index(drop=True),
    )


def _floor(rows: pd.DataFrame) -> str:
    """What an embedding without any skill reaches, next to the baseline."""
    cells = rows[(rows["suite"] == "cells") & rows["value"].notna()]
    control, baseline = cells[cells["role"] == "control"], cells[cells["to_beat"]]
    if control.empty or baseline.empty:
        return ""
    low, high = control.iloc[0], baseline.iloc[0]
    return (
        f"{low['name']} reaches {METRICS[low['metric']].name} {three(low['value'])} where {high['name']} reaches "
        f"{three(high['value'])}: that is what no skill looks like. "
    )
