"""The values of a task: forest plot, verdicts, the same systems part by part, and the numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import pandas as pd
import streamlit as st

from dashboard.charts.forest import RECONSTRUCTED, task_chart
from dashboard.charts.parts import parts_chart
from dashboard.components.about import about_scores
from dashboard.components.exhibit import chart, table
from dashboard.components.heading import page_title, section
from dashboard.components.legend import legend
from dashboard.components.probe_words import side_by_side
from dashboard.components.wording import coverage_sentence, undefined_sentence
from dashboard.database import load
from dashboard.filters import choose, key
from dashboard.queries.parts import read_parts
from dashboard.queries.sheets import sheet, sheets
from dashboard.text import COLLAPSED, METRICS, count, in_words, listed
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.components.task_page import TaskPage
    from dashboard.exhibits import About
    from dashboard.queries.parts import Parts


_WORST = -4.0
"""A skill of -4 is five times the error of the baseline: further left nothing is told apart that matters."""


def forest(page: TaskPage) -> None:
    """Every system with its interval, difference and verdicts; a long list in sheets."""
    if page.rows.empty:
        st.info(
            "No system has a value for this combination; choose another part, regime or metric.",
            icon=":material/search_off:",
        )
        return
    legend(page.rows, page.ctx.view.suite, page.ctx.colours)
    two = side_by_side(page.shown)
    if two:
        st.caption(two)
    number, last = min(page.ctx.view.sheet, sheets(page.rows)), sheets(page.rows)
    rows = sheet(page.rows, number)
    if last > 1:
        st.pagination(last, key=key("sheet", number), width="stretch")
        st.caption(f"{len(rows)} of {len(page.rows)} systems; the strongest baselines stand on every sheet.")
    part = f", {page.part}" if page.part else ""
    sentences = _below(page)
    chart(
        lambda: task_chart(
            page.shown,
            rows,
            page.ctx.colours,
            group_by=page.suite.group_by,
            metric=page.metric_name,
            links=_links(rows.index),
            baseline_id=page.baseline_id,
            floor=floor_of(page.metric),
        ),
        key="values",
        rows=lambda: as_table(page),
        file=f"task-{page.file}",
        notes=[note for note in (two, *sentences) if note],
        best=_best(page),
        alt=f"{page.metric_name} of {len(rows)} systems on {page.shown.facts['label']}{part}, with intervals and the "
        "difference to the baseline; the same numbers are in the tables below",
    )
    if sentences:
        st.caption(" ".join(sentences))


def floor_of(metric: str) -> float:
    """Where the axis of a metric ends at the left: one without a lower bound would make all else a single mark."""
    return _WORST if math.isinf(METRICS[metric].low) else -math.inf


def _links(models: Iterable[object]) -> dict[str, str]:
    """Addresses of the systems' pages: plotly.js escapes them once more, so an id that needs escaping has none."""
    ids = [str(model) for model in models]
    return {model: f"model?model={model}" for model in ids if quote(model, safe="/:@!,;()") == model}


def _below(page: TaskPage) -> list[str]:
    """What the chart cannot show: reconstructed intervals, who is missing, who scored less."""
    found = []
    reconstructed = page.rows["ci_method"].fillna("").astype(str).str.startswith(RECONSTRUCTED)
    if reconstructed.any():
        found.append(
            "Broken lines are intervals reconstructed from published numbers: they take the items as independent, and "
            "nobody's answers to single items are known."
        )
    if page.verdicts["delta"].notna().any():
        found.append(f"Differences are to {listed(sorted(page.verdicts['baseline'].unique()))}.")
    if beyond := list(page.rows.loc[page.rows["value"] < floor_of(page.metric), "name"]):
        found.append(f"The axis ends at {_WORST:g}; left of it, ◂: {listed(beyond, 9)}.")
    if covered := coverage_sentence(page.rows, page.shown.stratum["n"]):
        found.append(covered)
    undefined = page.shown.undefined
    if page.shown.probe is not None:
        undefined = undefined[undefined["role"] == "model"]
    return [*found, *([undefined_sentence(undefined)] if len(undefined) else [])]


def part_by_part(page: TaskPage) -> None:
    """The baseline and one model over all parts; a click on a mark opens its part."""
    view = page.ctx.view
    picked = view.system if view.system in _chosen(page) else None
    found = load(read_parts, page.ctx.catalog, page.task_id, page.regime, page.metric, picked)
    if found is None:
        return
    names = tuple(page.ctx.catalog.models.at[model, "name"] for model in (found.model_id, found.baseline_id))
    section("The same two systems, part by part")
    title, about = parts_title(found, (names[0], names[1]), page.metric_name), _about_parts(page, found)
    told = (
        f"{names[0]} is {'the model chosen' if picked == found.model_id else 'the best model on the whole task'}, "
        f"{names[1]} the baseline to beat there. A value over all parts can come from telling the parts apart."
    )
    chart(
        parts_chart(
            found.rows,
            page.ctx.colours,
            names=(names[0], names[1]),
            metric=page.metric_name,
            noun=page.noun,
            shown=page.stratum,
        ),
        key="parts",
        rows=lambda: _flat(found, (names[0], names[1])),
        title=title,
        file=f"parts-{page.file}",
        notes=(told,),
        about=about,
        on_select=_on_part,
        selection_mode="points",
        alt=f"{page.metric_name} of {names[0]} and {names[1]} in {len(found.rows)} parts, with intervals",
    )
    st.caption(f"{told} A click on a mark opens its part, as the tabs above do.")
    with st.expander("The parts as a table"):
        alt = f"{page.metric_name} of {names[0]} and {names[1]} part by part, with intervals"
        table(
            _flat(found, (names[0], names[1])),
            name=f"parts-{page.file}",
            key="parts-numbers",
            title=title,
            notes=(told,),
            about=about,
            alt=alt,
        )


def parts_title(found: Parts, names: tuple[str, str], metric: str) -> str:
    """In how many parts the model has the higher value."""
    both = found.rows.dropna(subset=["value", "baseline_value"])
    both = both[both["stratum"] != ALL_STRATA]
    ahead = int((both["value"] > both["baseline_value"]).sum())
    on = f"{in_words(ahead) if ahead else 'none'} of {count(len(both), 'part')}"
    return f"{names[0]} has a higher {metric} than {names[1]} in {on}"


def _about_parts(page: TaskPage, found: Parts) -> About:
    names = tuple(map(str, found.rows["stratum"]))
    asked = replace(page.asked, stratum="", strata=names, models=(found.model_id, found.baseline_id))
    whole = found.rows.loc[found.rows["stratum"] == ALL_STRATA, "n"]
    items = f"{count(whole.iloc[0], page.noun)}, " if len(whole) else ""
    return about_scores(asked, f"{items}{count(len(names), 'part')}, 1 model, 1 baseline")


def _chosen(page: TaskPage) -> list[str]:
    """Systems that were asked for by name: the first is what stands where nobody asked."""
    return page.ctx.catalog.scored_on(page.task_id)[1:]


def _on_part() -> None:
    """A click on the mark of a part; clicked again, it comes as an empty event and changes nothing."""
    points = st.session_state["parts"]["selection"]["points"]
    if points:
        choose(stratum=points[0]["customdata"][0])


def _flat(found: Parts, names: tuple[str, str]) -> pd.DataFrame:
    rows = found.rows
    columns = {"Part": rows["label"], "n": rows["n"].astype("Int64")}
    for name, prefix in zip(names, ("", "baseline_"), strict=True):
        columns |= {name: rows[f"{prefix}value"], f"{name}, 95 % low": rows[f"{prefix}low"]}
        columns |= {f"{name}, 95 % high": rows[f"{prefix}high"]}
    return pd.DataFrame(columns)


def as_table(page: TaskPage) -> pd.DataFrame:
    """All systems with a value, in the order asked for."""
    rows, metric, suite = page.rows, page.metric_name, page.suite
    return pd.DataFrame(
        {
            "System": rows["name"],
            "Role": rows["role"],
            metric: rows["value"].round(5),
            "95 % low": rows["ci_low"].astype(float).round(4),
            "95 % high": rows["ci_high"].astype(float).round(4),
            "Interval": rows["ci_method"].map(_interval_word),
            "SE of difference to best": rows["se_to_best"].astype(float),
            "n": rows["n"].astype("Int64"),
            suite.group_label: rows[suite.group_by],
            "Tokeniser": rows["tokenizer"],
            "Parameters": rows["parameters"].astype("Int64"),
            "Provenance": rows["provenance"],
            "Care": rows["collapsed"].map(lambda evidence: COLLAPSED if evidence else None),
            "Protocol": rows["protocol"] if len(set(rows["protocol"])) > 1 else None,
        }
    )


def numbers(page: TaskPage) -> None:
    """The same as a table."""
    section("The numbers")
    rows, metric = as_table(page), page.metric_name
    table(
        rows,
        key="numbers",
        title=page_title(),
        notes=_below(page),
        best=_best(page),
        baselines=(page.rows["role"] == "baseline").tolist(),
        name=f"task-{page.file}",
        alt=f"{count(len(rows), 'system')} on {page.shown.facts['label']} with value, interval and facts",
        columns={
            metric: st.column_config.NumberColumn(format="%.3f"),
            "Parameters": st.column_config.NumberColumn(format="compact"),
        },
    )


def _best(page: TaskPage) -> dict[str, Literal["high", "low"]]:
    return {page.metric_name: "high"} if _comparable(page) else {}


def _comparable(page: TaskPage) -> bool:
    """Whether the highest value is the best one: of enough items, of all of them, and by no other protocol."""
    first = page.rows.nlargest(1, "value")
    return page.shown.judged and page.shown.probe is None and not first["partial"].any()


def _interval_word(method: object) -> str | None:
    """What an interval rests on; a method of which there is no short word is told whole."""
    if not isinstance(method, str):
        return None
    if method.startswith(RECONSTRUCTED):
        return "reconstructed"
    if "draws of the training examples" in method:
        return "draws of training labels"
    return "bootstrap of the items" if "bootstrap" in method else method
