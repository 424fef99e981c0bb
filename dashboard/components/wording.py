"""Titles that state what the rows shown say: computed from them, so that they change with every filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.components.probe_words import probed_lede, probed_title
from dashboard.queries.suites import SUITES
from dashboard.text import METRICS, REGIME_SENTENCE, capital, count, in_words, interval, listed, size, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.queries.board import Board
    from dashboard.queries.size import SizeView
    from dashboard.queries.task import TaskView


def board_title(board: Board, filtered: bool = False) -> str:  # noqa: FBT001, FBT002 - one fact about the view
    """One sentence on who leads."""
    if not (board.models["role"] == "model").any():
        return "No model matches these filters" if filtered else f"No model has {METRICS[board.metric].name} here"
    best = board.winners()
    keys = [key for key in board.judged if best.get(key)]
    leader = _leader(board)
    if leader is None or not keys:
        return "No model has a value here"
    name = board.models.at[leader, "name"]
    won = [key for key in keys if leader in best[key]]
    if len(board.models) == 1:
        return f"{name} on its own"
    if len(board.columns) == 1:
        return f"{name} leads"
    if len(won) == len(keys):
        return f"{name} leads in every column"
    return "No model leads everywhere"


def board_lede(board: Board, filtered: bool, probed: int = 0) -> str:  # noqa: FBT001 - one fact about the view
    """The numbers that carry the title; `probed` tasks of the suite have a baseline of their own."""
    best, leader = board.winners(), _leader(board)
    if leader is None:
        return "Remove a filter to see the models again." if filtered else "Nothing is published for this combination."
    summary = board.columns[0]
    keys = [key for key in board.judged if best.get(key)]
    won = sum(leader in best[key] for key in keys)
    different = len({model for key in keys for model in best[key]})
    leads = (
        f", and leads **{won} of {len(keys)}** {SUITES[board.suite].parts}; "
        f"{in_words(different)} {'system leads' if different == 1 else 'systems lead'} at least one."
        if len(board.columns) > 1
        else "."
    )
    metric = METRICS[board.metric].name
    among = " of the rows shown" if filtered else ""
    what = f"{summary.short} {metric}" if board.suite == "geneb" else f"{metric} over {summary.short}"
    sentence = (
        f"**{board.models.at[leader, 'name']}** has the highest {what}{among}, "
        f"**{three(board.values.at[leader, summary.key])}**{leads}"
    )
    return f"{sentence} {_against_baseline(board, probed)} Select a cell to see what is behind it."


def summaries_sentence(board: Board) -> str:
    """What the summary columns are."""
    summaries = [column for column in board.columns if column.kind == "summary"]
    return " ".join(f"{column.label}: {column.sentence[:1].lower()}{column.sentence[1:]}" for column in summaries)


def partial_sentence(board: Board) -> str | None:
    """Why some rows are not ranked in the summaries, or None."""
    if not board.partial or not any(column.kind == "summary" for column in board.columns):
        return None
    parts = SUITES[board.suite].parts
    if SUITES[board.suite].states_n:
        return f"* Scored on some {parts} only."
    return (
        f"* Scored on some {parts} only; which items its pooled value covers is not stated, so it is shown but "
        f"not ranked "
        f"in the summaries."
    )


def protocol_sentence(board: Board) -> str:
    """How the values came about; several ways side by side are named as such."""
    found = sorted(board.models["protocol"].dropna().unique())
    if len(found) < 2:
        return f"Protocol {listed(found)}."
    return f"Protocols {listed(found, 9)} side by side: each system by its own, all on the same {_noun(board.suite)}s."


def _noun(suite: str) -> str:
    return SUITES[suite].noun


def _leader(board: Board) -> str | None:
    key = board.columns[0].key
    return board.winners()[key][0] if key in board.winners() else None


def _against_baseline(board: Board, probed: int) -> str:
    baselines = board.models.index[board.models["role"] == "baseline"]
    models = board.models.index[board.models["role"] == "model"]
    if baselines.empty:
        own = f"{in_words(probed)} of its tasks have one of ours" if probed else "none is in the store yet"
        return f"{SUITES[board.suite].label} ships no baseline; {own}."
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
    models, line = view.models, view.line
    if not view.judged:
        return _too_few(view)
    if view.to_beat is not None:
        return probed_title(view, view.to_beat)
    if models.empty:
        none = "o model has a value here"
        return f"N{none}" if line is None else f"{line['name']} is the strongest baseline; n{none}"
    if line is not None:
        return _against(line, models)
    first = models.iloc[0]
    near = int((models["value"] >= first["value"] - 0.01).sum())
    if near > 1:
        return f"{capital(in_words(near))} models share the lead within 0.01"
    return (
        f"{first['name']} leads by {three(first['value'] - models.iloc[1]['value'])}"
        if len(models) > 1
        else first["name"]
    )


def _too_few(view: TaskView) -> str:
    n, prevalence = view.stratum[["n", "prevalence"]]
    smaller = in_words(round(n * min(prevalence, 1 - prevalence))).replace("no", "none", 1)
    return f"Too few to name a best: {count(n, _noun(view.facts['suite']))}, {smaller} in the smaller class"


def _against(strongest: pd.Series, models: pd.DataFrame) -> str:
    behind, n, name = int((models["value"] <= strongest["value"]).sum()), len(models), strongest["name"]
    if behind:
        return f"{name}, a baseline, is ahead of {f'{behind} of {n} models' if n > 1 else 'the one model'}"
    return f"{f'All {n} models are' if n > 1 else 'The one model is'} above the baseline {name}"


def task_lede(view: TaskView, metric: str, regime: str) -> str:
    """What was asked, of how many items, and the spread of the models."""
    models = view.models
    suite = SUITES[view.facts["suite"]]
    noun = "variant" if view.facts["kind"] == "variant_effect" else suite.noun
    n, share = view.stratum[["n", "prevalence"]]
    asked = f"number of {noun}s not stated" if pd.isna(n) else count(n, noun)
    if suite.positive and not pd.isna(share):
        asked += f", {share:.1%} of them {suite.positive}"
    if view.to_beat is not None:
        return f"{capital(asked)}; {REGIME_SENTENCE[regime]}. {probed_lede(view, view.to_beat, regime)}"
    if models.empty:
        return f"{asked}; {REGIME_SENTENCE[regime]}."
    spread = f"{three(models['value'].min())} to {three(models['value'].max())}, median {three(view.median)}"
    values = f"{METRICS[metric].name} of {len(models)} models: {spread}."
    if len(models) == 1:
        values = f"{METRICS[metric].name} of {models.iloc[0]['name']}, the only model: {three(view.median)}."
    return f"{capital(asked)}; {REGIME_SENTENCE[regime]}. {values} {_uncertainty(view)}"


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
    if view.models["ci_method"].str.startswith("Hanley").any():
        return "Bars are 95 % intervals reconstructed from the AUROC and the class counts."
    return "Bars are 95 % intervals."


def intervals_sentence(methods: Sequence[str]) -> str:
    """How the intervals of a page were made, and what they leave out."""
    if any(method.startswith("Hanley") for method in methods):
        return (
            "Intervals take the items as independent; variants of one gene are not, so the true intervals are wider "
            "(Hanley & McNeil 1982, logit scale)."
        )
    return f"Intervals, 95 %: {'; '.join(methods)}."


def undefined_sentence(undefined: pd.DataFrame) -> str:
    """Who has no value, and why, each reason once; rows are those of `TaskView.undefined`."""
    return f"Without a value: {reasons_listed(undefined['undefined_reason'], undefined['name'])}."


def coverage_sentence(rows: pd.DataFrame, n: float) -> str | None:
    """Who scored nearly all of `n` items rather than all, by number of items; None where everybody scored all."""
    short = rows[rows["n"] < n].sort_values("n")
    if short.empty:
        return None
    groups = short.groupby("n", sort=False)["name"].agg(list)
    scored = "; ".join(f"{listed(names, 6)} scored {int(found):,}" for found, names in groups.items())
    return f"Not all {int(n):,}: {scored}. A difference to a baseline is over the items that both scored."


def reasons_listed(reasons: pd.Series, names: pd.Series) -> str:
    """'A and B (this reason); C (that reason)'."""
    groups = names.groupby(reasons, sort=False).agg(list)
    return "; ".join(f"{listed(found, 6)} ({reason})" for reason, found in groups.items())


def repeats_sentence(labels: list[str]) -> str:
    """How often the task is asked again."""
    return f"Asked again in {listed(labels, 4)}." if labels else "No other task repeats it."


def size_title(view: SizeView) -> str:
    """One sentence on what size buys."""
    if view.correlation is None:
        return "All sized models are of one size" if _one_size(view) else "Too few sized models to speak of a trend"
    rho, n = view.correlation.rho, len(view.points)
    strength = "hardly" if rho < 0.3 else "only partly" if rho < 0.7 else "largely"
    return f"Size {strength} decides: {n - len(view.frontier)} of {n} models are dominated"


def size_lede(view: SizeView, title: str, *, asked_robust: bool) -> str:
    """The correlation with its interval, what was left out, and the baseline."""
    if _one_size(view):
        return f"{count(len(view.points), 'model')} of {size(view.points['parameters'].iloc[0])}.{_behind(view)}"
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


def size_intervals(view: SizeView) -> str:
    """Of what there are intervals: of the correlation alone."""
    if view.correlation is None:
        return "no intervals: too few models for a correlation, and those of single values are not drawn"
    return f"of ρ: 95 % bootstrap over models, {view.correlation.draws:,} draws; those of single values are not drawn"


def worth_title(view: SizeView) -> str:
    """Who is worth the size."""
    n, frontier = len(view.points), view.frontier["name"]
    if len(frontier) == n:
        return f"All {n} are worth their size" if n > 1 else f"{frontier.iloc[0]} alone has a stated size"
    return f"{count(len(frontier), 'model')} of {n} {'is' if len(frontier) == 1 else 'are'} worth the size"


def _one_size(view: SizeView) -> bool:
    return len(view.points) > 1 and len(set(view.points["parameters"])) == 1


def _behind(view: SizeView) -> str:
    if view.baseline is None or view.points.empty:
        return ""
    name, value = view.baseline
    n = len(view.points)
    if n == 1:
        return (
            f" It is {'not ' if view.not_above_baseline else ''}above the strongest baseline, {name} ({three(value)})."
        )
    return f" {view.not_above_baseline} of the {n} are not above the strongest baseline, {name} ({three(value)})."
