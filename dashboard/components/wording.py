"""Titles that state what the rows shown say: computed from them, so that they change with every filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, REGIME_SENTENCE, capital, count, in_words, interval, listed, three

if TYPE_CHECKING:
    from dashboard.queries.board import Board
    from dashboard.queries.size import SizeView
    from dashboard.queries.task import TaskView


def board_title(board: Board) -> str:
    """One sentence on who leads."""
    if not (board.models["role"] == "model").any():
        return "No model matches these filters"
    best = board.winners()
    keys = [key for key in board.judged if best.get(key)]
    leader = _leader(board)
    if leader is None or not keys:
        return "No model has a value here"
    name = board.models.at[leader, "name"]
    won = [key for key in keys if leader in best[key]]
    if len(board.models) == 1:
        return f"{name} on its own"
    if len(won) == len(keys):
        return f"{name} leads in every column"
    return "No model leads everywhere"


def board_lede(board: Board, filtered: bool) -> str:  # noqa: FBT001 - one fact about the view
    """The numbers that carry the title."""
    best, leader = board.winners(), _leader(board)
    if leader is None:
        return "Remove a filter to see the models again." if filtered else "Nothing is published for this combination."
    summary = board.columns[0]
    keys = [key for key in board.judged if best.get(key)]
    won = sum(leader in best[key] for key in keys)
    different = len({model for key in keys for model in best[key]})
    metric = METRICS[board.metric].name
    among = " of the rows shown" if filtered else ""
    what = f"{summary.short} {metric}" if board.suite == "geneb" else f"{metric} over {summary.short}"
    sentence = (
        f"**{board.models.at[leader, 'name']}** has the highest {what}{among}, "
        f"**{three(board.values.at[leader, summary.key])}**, and leads **{won} of {len(keys)}** "
        f"{SUITES[board.suite].parts}; "
        f"{in_words(different)} {'system leads' if different == 1 else 'systems lead'} at least one."
    )
    return f"{sentence} {_against_baseline(board)} Select a cell to see what is behind it."


def summaries_sentence(board: Board) -> str:
    """What the summary columns are."""
    summaries = [column for column in board.columns if column.kind == "summary"]
    return " ".join(f"{column.label}: {column.sentence[:1].lower()}{column.sentence[1:]}" for column in summaries)


def partial_sentence(board: Board) -> str | None:
    """Why some rows are not ranked in the summaries, or None."""
    if not board.partial:
        return None
    parts = SUITES[board.suite].parts
    return (
        f"* Scored on some {parts} only; which items its pooled value covers is not stated, so it is shown but "
        f"not ranked "
        f"in the summaries."
    )


def _leader(board: Board) -> str | None:
    key = board.columns[0].key
    return board.winners()[key][0] if key in board.winners() else None


def _against_baseline(board: Board) -> str:
    baselines = board.models.index[board.models["role"] == "baseline"]
    models = board.models.index[board.models["role"] == "model"]
    if baselines.empty:
        return f"{SUITES[board.suite].label} ships no baseline; none is in the store yet."
    key = board.columns[0].key
    values = board.values.loc[baselines, key].dropna()
    comparable = board.values.loc[[model for model in models if model not in board.partial], key].dropna()
    if values.empty or comparable.empty:
        return ""
    strongest = str(values.idxmax())
    behind = int((comparable <= values[strongest]).sum())
    return (
        f"{behind} of {len(comparable)} models are not above the strongest baseline, "
        f"{board.models.at[strongest, 'name']} ({three(values[strongest])})."
    )


def task_title(view: TaskView) -> str:
    """One sentence on the task: models against its strongest baseline, or who leads narrowly."""
    models, baselines = view.models, view.baselines
    if models.empty:
        return "No model has a value here"
    if len(baselines):
        strongest = baselines.iloc[0]
        behind = int((models["value"] <= strongest["value"]).sum())
        if behind:
            return f"{strongest['name']}, a baseline, is ahead of {behind} of {len(models)} models"
        return f"All {len(models)} models are above the baseline {strongest['name']}"
    first = models.iloc[0]
    near = int((models["value"] >= first["value"] - 0.01).sum())
    if near > 1:
        return f"{capital(in_words(near))} models share the lead within 0.01"
    return (
        f"{first['name']} leads by {three(first['value'] - models.iloc[1]['value'])}"
        if len(models) > 1
        else first["name"]
    )


def task_lede(view: TaskView, metric: str, regime: str) -> str:
    """What was asked, of how many items, and the spread of the models."""
    models = view.models
    noun = (
        "variant"
        if view.facts["suite"] == "clinvar"
        else "assay"
        if view.facts["suite"] == "proteingym"
        else "test sequence"
    )
    n = count(view.stratum["n"], noun)
    size = f"{n}" if "not stated" not in n else f"number of {noun}s not stated"
    if models.empty:
        return f"{size}; {REGIME_SENTENCE[regime]}."
    spread = f"{three(models['value'].min())} to {three(models['value'].max())}, median {three(view.median)}"
    values = f"{METRICS[metric].name} of {len(models)} models: {spread}."
    return f"{capital(size)}; {REGIME_SENTENCE[regime]}. {values} {_uncertainty(view)}"


def _uncertainty(view: TaskView) -> str:
    inseparable = view.inseparable
    if inseparable is not None:
        are = "model is" if inseparable == 1 else "models are"
        return (
            f"{capital(in_words(inseparable))} {are} within 1.96 standard errors of the best, by the published "
            "standard error of the difference."
        )
    if view.models["ci_low"].isna().all():
        return "No interval is published, so small differences say nothing."
    return "Bars are 95 % intervals reconstructed from the AUROC and the class counts."


def repeats_sentence(labels: list[str]) -> str:
    """How often the task is asked again."""
    return f"Asked again in {listed(labels, 4)}." if labels else "No other task repeats it."


def size_title(view: SizeView) -> str:
    """One sentence on what size buys."""
    if view.correlation is None:
        return "Too few sized models to speak of a trend"
    rho, n = view.correlation.rho, len(view.points)
    strength = "hardly" if rho < 0.3 else "only partly" if rho < 0.7 else "largely"
    return f"Size {strength} decides: {n - len(view.frontier)} of {n} models are dominated"


def size_lede(view: SizeView, title: str, *, asked_robust: bool) -> str:
    """The correlation with its interval, what was left out, and the baseline."""
    if view.correlation is None:
        return f"{capital(count(len(view.points), 'model'))} with a stated size; four are needed.{_behind(view)}"
    found = view.correlation
    left_out = f" {listed(view.outliers)} left out as outliers." if view.outliers else ""
    if asked_robust and not view.outliers:
        left_out = " No model lies far enough off the trend to be left out."
    return (
        f"Spearman’s ρ between parameters and {title} is **{three(found.rho)}** "
        f"[{interval(found.ci_low, found.ci_high)}], n = {found.n} (95 % bootstrap over models, {found.draws:,} draws)."
        f"{left_out} A dominated model has one that is no larger and at least as good.{_behind(view)}"
    )


def _behind(view: SizeView) -> str:
    if view.baseline is None or view.points.empty:
        return ""
    name, value = view.baseline
    n = len(view.points)
    return f" {view.not_above_baseline} of the {n} are not above the strongest baseline, {name} ({three(value)})."
