"""Single scores against the labels, two systems at a time: curves, scores by label, calibration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.background import submit
from dashboard.charts.curves import Drawn, calibration_chart, curves_chart, scores_chart, styles
from dashboard.components.about import about_scores
from dashboard.components.exhibit import chart
from dashboard.components.waiting import when_ready
from dashboard.database import load
from dashboard.filters import pick
from dashboard.queries.curves import AT_ONCE, Items, Stated, made, read_items, read_stated
from dashboard.text import METRICS, PROTOCOLS, count, interval, listed, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from dashboard.components.task_page import TaskPage
    from dashboard.exhibits import About

FIGURE_WORDS: dict[str, str] = {
    "forest": "Values",
    "curves": "ROC and precision–recall",
    "scores": "Scores by label",
    "calibration": "Calibration",
}
_WHAT = {"curves": "the curves", "scores": "the distributions", "calibration": "the calibration"}
_LINES = ("━━", "╍╍")


@dataclass(frozen=True, slots=True)
class System:
    """One of the two systems: its style, its items and what the store says of it."""

    model_id: str
    style: Drawn
    items: Items
    stated: Stated


def single_scores(page: TaskPage) -> None:
    """Pickers, figure, what it says in words, and its points as CSV."""
    _pickers(page)
    systems = _systems(page)
    shown = [system for system in systems if system.items.both_classes]
    for system in systems:
        if system not in shown:
            st.info(_nothing(system, page), icon=":material/search_off:")
    if not shown:
        return
    figure = page.ctx.view.figure
    asked = [(system.items, system.stated.threshold) for system in shown]

    def show(results: list[Any]) -> None:
        _figure(page, shown, results)

    if sum(len(items.score) for items, _ in asked) <= AT_ONCE:
        show(made(figure, asked))
    else:
        place = (figure, page.task_id, page.stratum, *(system.model_id for system in shown))
        when_ready(submit(made, place, figure, asked), show, what=_WHAT[figure], key=f"figure-{figure}")


def _pickers(page: TaskPage) -> None:
    names = page.ctx.catalog.models["name"]
    first, second = st.columns(2)
    with first:
        pick("system", "System", page.ctx, names.__getitem__)
    with second:
        pick("rival", "Held against", page.ctx, names.__getitem__, help="The baseline to beat comes first.")


def _systems(page: TaskPage) -> list[System]:
    view = page.ctx.view
    models = [model for model in (view.system, view.rival) if model]
    names = [str(page.ctx.catalog.models.at[model, "name"]) for model in models]
    first = page.suite.regimes[0]
    return [
        System(
            model,
            style,
            load(read_items, page.task_id, page.stratum, model),
            load(read_stated, page.task_id, page.stratum, model, first),
        )
        for model, style in zip(models, styles(names, page.ctx.colours), strict=True)
    ]


def _nothing(system: System, page: TaskPage) -> str:
    n = len(system.items.score)
    part = page.part or "this task"
    if not n:
        return f"{system.style.name} has no score of an item of {part}: it is left out."
    return f"All {count(n, page.noun)} of {part} that {system.style.name} scored have one label: it is left out."


def _figure(page: TaskPage, systems: Sequence[System], results: Sequence[Any]) -> None:
    figure = page.ctx.view.figure
    st.html(f'<div class="vl-legend">{"".join(_key(page, system) for system in systems)}</div>')
    name = f"{figure}-{'-'.join(system.model_id for system in systems)}-{page.task_id}-{page.stratum}"
    told = _words(page, systems, results)
    chart(
        _chart(page, systems, results),
        key=figure,
        rows=lambda: _points(figure, systems, results),
        title=curves_title(page, systems),
        file=name,
        notes=told,
        about=_about(page, systems),
        csv=True,
        alt=f"{FIGURE_WORDS[figure]} of {' and '.join(system.style.name for system in systems)}; the points are in the "
        "CSV below",
    )
    st.caption(" ".join(told))


def curves_title(page: TaskPage, systems: Sequence[System]) -> str:
    """What is drawn of whom; with curves, the store's own AUROC of each."""
    figure = page.ctx.view.figure
    names = " and ".join(_with_auroc(system) if figure == "curves" else system.style.name for system in systems)
    return f"{page.place}: {FIGURE_WORDS[figure]} of {names}"


def _with_auroc(system: System) -> str:
    scores = system.stated.scores
    known = "AUROC" in scores.index and not pd.isna(scores.at["AUROC", "value"])
    return f"{system.style.name} (AUROC {three(scores.at['AUROC', 'value'])})" if known else system.style.name


def _about(page: TaskPage, systems: Sequence[System]) -> About:
    """Intervals are those in the legend, or of the shares drawn."""
    figure = page.ctx.view.figure
    shared = {len(system.items.score) for system in systems}
    n = (
        f"{count(shared.pop(), page.noun)} each"
        if len(shared) == 1 and len(systems) > 1
        else "; ".join(f"{count(len(system.items.score), page.noun)} of {system.style.name}" for system in systems)
    )
    models = tuple(system.model_id for system in systems)
    valued = figure == "curves" and all("AUROC" in system.stated.scores.index for system in systems)
    asked = replace(page.asked, metric="AUROC" if valued else "", models=models)
    found = about_scores(asked, n)
    if figure == "calibration":
        return replace(found, interval="95 % Wilson intervals of each share")
    if not valued:
        return replace(found, interval="no intervals: these are the items themselves")
    return found


def _chart(page: TaskPage, systems: Sequence[System], results: Sequence[Any]) -> go.Figure:
    drawn = [(system.style, result) for system, result in zip(systems, results, strict=True)]
    colours, positive = page.ctx.colours, _positive(page)
    if page.ctx.view.figure == "curves":
        return curves_chart(drawn, colours, prevalences=[_share(system) for system in systems])
    axes = [_axis(system, positive) for system in systems]
    if page.ctx.view.figure == "scores":
        return scores_chart(drawn, colours, words=(_negative(page), positive), axes=axes)
    return calibration_chart(drawn, colours, positive=positive, axes=axes)


def _positive(page: TaskPage) -> str:
    return page.suite.positive or "label 1"


def _negative(page: TaskPage) -> str:
    return f"not {page.suite.positive}" if page.suite.positive else "label 0"


def _axis(system: System, positive: str) -> str:
    turned = "score with its sign turned" if system.stated.sign < 0 else "score"
    return f"{turned}: higher speaks for {positive}"


def _key(page: TaskPage, system: System) -> str:
    """Line, name, the store's own values, and how many items."""
    scores = system.stated.scores
    told = [_value(metric, scores) for metric in ("AUROC", "AUPRC") if metric in scores.index]
    told = told if page.ctx.view.figure == "curves" else []
    line = _LINES[0] if system.style.dash == "solid" else _LINES[1]
    words = [f"<b>{escape(system.style.name)}</b>", *told, f"n = {len(system.items.score):,}"]
    return f'<span><span style="color:{system.style.colour}">{line}</span> {" · ".join(words)}</span>'


def _value(metric: str, scores: pd.DataFrame) -> str:
    row = scores.loc[metric]
    if pd.isna(row["value"]):
        return f'<span title="{escape(str(row["undefined_reason"]))}">{METRICS[metric].name}: no value</span>'
    bounds = "" if pd.isna(row["ci_low"]) else f" ({interval(row['ci_low'], row['ci_high'])})"
    return f"{METRICS[metric].name} {three(row['value'])}{bounds}"


_CALIBRATION = (
    "Share of {positive} among items of about the same score, with 95 % Wilson intervals; dotted: the share over all. "
    "No score here is declared to be a probability, so no diagonal is drawn: what counts is that the share rises with "
    "the score."
)


def _words(page: TaskPage, systems: Sequence[System], results: Sequence[Any]) -> list[str]:
    figure, positive = page.ctx.view.figure, _positive(page)
    if figure == "calibration":
        return [_CALIBRATION.format(positive=positive)]
    if figure == "scores":
        lines = f"Grey ground: {_negative(page)}; line: {positive}; each class adds up to 100 %."
        ends = [(system.style.name, result.describe()) for system, result in zip(systems, results, strict=True)]
        return [lines, *(f"{name}: {end}." for name, end in ends if end is not None)]
    shares = listed(list(dict.fromkeys(f"{_share(system):.1%}" for system in systems)))
    lines = f"Dotted: no skill, at a precision of {shares}, the share of {positive}. Values are those of the store."
    return [lines, *_thresholds(systems, results), *_missing(systems)]


def _share(system: System) -> float:
    """Share of label 1 among the items that the system scored."""
    return float(system.items.positive.mean())


def _thresholds(systems: Sequence[System], results: Sequence[Any]) -> list[str]:
    """What each stated threshold makes of the items."""
    return [
        f"{system.style.name}, mark: threshold {system.stated.own_threshold:g} ({system.stated.threshold_source}), "
        f"sensitivity {result.at.sensitivity:.1%}, specificity {result.at.specificity:.1%}."
        for system, result in zip(systems, results, strict=True)
        if result.at is not None
    ]


def _missing(systems: Sequence[System]) -> list[str]:
    """Why a legend has no values: none over a part of the items, or other metrics were computed of these scores."""
    found = [
        f"{system.style.name} has no value: {str(reason).removeprefix(f'{system.model_id}: ')}."
        for system in systems
        for reason in system.stated.scores.loc[system.stated.scores.index == "AUROC", "undefined_reason"].dropna()
    ]
    without = [system.stated.protocol for system in systems if "AUROC" not in system.stated.scores.index]
    if without:
        protocols = listed(sorted({PROTOCOLS.get(protocol, protocol) for protocol in without}))
        found.append(f"The store has no AUROC or AUPRC under {protocols}: the curves stand without them.")
    return found


def _points(figure: str, systems: Sequence[System], results: Sequence[Any]) -> pd.DataFrame:
    """Everything that is drawn, as one flat table."""
    makers = {"curves": _curve_points, "scores": _score_points, "calibration": _calibration_points}
    parts = [
        makers[figure](result).assign(System=system.style.name) for system, result in zip(systems, results, strict=True)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found[["System", *(column for column in found.columns if column != "System")]]


def _curve_points(result: Any) -> pd.DataFrame:
    roc, recall = result.roc, result.recall
    first = {"Curve": "ROC", "False positive rate": roc.fpr, "Sensitivity": roc.tpr, "Threshold": roc.thresholds}
    second = {"Curve": "PR", "Recall": recall.recall, "Precision": recall.precision, "Threshold": recall.thresholds}
    return pd.concat([pd.DataFrame(first), pd.DataFrame(second)], ignore_index=True)


def _score_points(result: Any) -> pd.DataFrame:
    edges = {"From": result.edges[:-1], "To": result.edges[1:]}
    return pd.DataFrame({**edges, "Share of label 0": result.negative, "Share of label 1": result.positive})


def _calibration_points(result: Any) -> pd.DataFrame:
    columns = {"Mean score": result.mean_score, "Share of label 1": result.positive}
    return pd.DataFrame({**columns, "95 % low": result.low, "95 % high": result.high, "n": result.n})
