"""What the store measured of a system's models next to the baseline to beat, and how to run them here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.charts.palette import OUTCOMES
from dashboard.components.about import OF_MEANS
from dashboard.components.about_evidence import about_several
from dashboard.components.exhibit import table
from dashboard.components.heading import section
from dashboard.components.links import fresh_link, page_link
from dashboard.components.system_words import (
    by_words,
    measured_title,
    measured_words,
    probed_table,
    probed_title,
    probed_words,
    tasks_table,
    to_beat_words,
)
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.provenance import Shown, read_evidence
from dashboard.queries.single_cells import read_single_cells
from dashboard.queries.system import suite_of
from dashboard.text import OUTCOME_SENTENCE, count, listed, plain, size
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from dashboard.filters import Context
    from dashboard.queries.system import Measurements

_CELLS = "single-cell"
# A comparison is a sentence: on a narrow screen its link wraps instead of ending in dots.
_STYLE = """
<style>
  .st-key-measured [data-testid="stPageLink-NavLink"] { height: auto; padding-top: .15rem; padding-bottom: .15rem; }
  .st-key-measured [data-testid="stPageLink-NavLink"] * { white-space: normal !important; overflow: visible !important;
    line-height: 1.35; }
</style>
"""
_SPEC = """name = "{model}"
kind = "single-cell"
tasks = "all"

[[models]]
id = "{model}"
weights = "weights/{model}"
{twin}
# Some of its files are pickles: allow them if you trust them.
[options]
allow_pickle = true"""
_TWIN = """
# The same with weights drawn at random.
[[models]]
id = "random-init:{model}"
weights = "weights/{model}"
"""
_WITHOUT_TWIN = "uce-"
"""What asks for a model of cells on every single-cell task, with its baselines and its twin."""
_COMMANDS = {
    "protein": "vledger quickstart your_variants.csv --model {model}\n"
    "vledger score --model {model} --task dms:BLAT_ECOLX",
    "DNA": "vledger score --model {model} --task brca1_sge\nvledger probe --model {model} --task your_sequences.csv",
    _CELLS: "vledger run {model}.toml --plan\nvledger run {model}.toml --results results",
}
"""How one's own question is put to a model, by what it reads."""


def system_measured(ctx: Context, who: str, models: pd.DataFrame, measured: Measurements) -> None:
    """Each model with its values beside the baseline's, linked to where they come from.

    Args:
        ctx: of the page.
        who: the system.
        models: of `read_models`.
        measured: of `read_measurements`.
    """
    section("Measured here")
    if suite := suite_of(who):
        page_link(ctx, "leaderboard", f"{who}’s values of {count(measured.carries, 'system')} →", suite=suite)
        return
    scored = models[models["scored"]]
    if scored.empty:
        st.markdown("The store has no score of it.")
        if models["modality"].eq(_CELLS).any():
            _to_beat_on_cells(ctx)
        return
    st.caption(
        "The baseline to beat first, then the model, the difference and the verdict by the article’s rule. "
        f"{OUTCOME_SENTENCE['PASS']}"
    )
    st.html(_STYLE)
    with st.container(key="measured"):
        _cards(ctx, scored, measured)
    if missing := list(models.loc[~models["scored"], "name"]):
        st.caption(f"Not measured here: {listed(missing, 12)}.")
    with st.expander("As a table"):
        _tables(who, measured)
    st.code(
        'vledger sql "SELECT c.* FROM comparison c JOIN ledger_system USING (model_id) '
        f"WHERE registered AND system = '{who}'\"",
        language="bash",
        wrap_lines=True,
    )


def _to_beat_on_cells(ctx: Context) -> None:
    """What a model of cells that was not run would have to beat, task by task."""
    rows = load(read_single_cells)
    beat = rows[rows["to_beat"] & rows["value"].notna()]
    if beat.empty:
        return
    st.markdown("Its weights were not at hand when this store was made. What it would have to beat was measured:")
    st.html(_STYLE)
    with st.container(key="measured", gap="xxsmall"):
        for row in beat.itertuples(index=False):
            told = f"{plain(row.task)}: {to_beat_words(row)} →"
            fresh_link(ctx, "task", told, {"suite": row.suite, "task": row.task_id})


def _cards(ctx: Context, scored: pd.DataFrame, measured: Measurements) -> None:
    """One a model."""
    for row in scored.itertuples():
        of_model = measured.of(str(row.model_id))
        with st.container(gap="xxsmall", border=True):
            page_link(ctx, "model", f"**{plain(str(row.name))}**{_size(row.parameters)} →", model=row.model_id)
            for _, one in of_model.tasks.iterrows():
                glyph = f"{OUTCOMES[one['verdict_article']].glyph} " if pd.notna(one["verdict_article"]) else ""
                place = {
                    "suite": one["suite"],
                    "task": one["task_id"],
                    "stratum": one["stratum"],
                    "metric": one["metric"],
                }
                page_link(ctx, "task", f"{glyph}{measured_words(one)} →", help=_why(one), **place)
            for _, one in of_model.probed.iterrows():
                page_link(ctx, "leaderboard", f"{probed_words(one)} →", suite="geneb", regime="full", metric="MCC")
            if of_model.tasks.empty and of_model.probed.empty:
                st.caption("Scored, but by no metric that is compared with a baseline; its page has the scores.")


def _tables(who: str, measured: Measurements) -> None:
    stem = who.replace(" ", "-")
    if len(measured.tasks):
        table(
            tasks_table(measured.tasks),
            name=f"measured-{stem}",
            key="measured",
            kind="verdict",
            title=measured_title(who, measured.tasks),
            notes=[OUTCOME_SENTENCE["PASS"]],
            about=_about_tasks(measured.tasks),
            alt=f"Values of {count(len(measured.tasks), 'comparison')} of {who} beside the baseline to beat",
        )
    if len(measured.probed):
        table(
            probed_table(measured.probed),
            name=f"probed-{stem}",
            key="probed",
            kind="verdict",
            title=probed_title(who, measured.probed),
            about=_about_probed(measured.probed),
            alt=f"GENEB: tasks that pass and macro MCC of {count(len(measured.probed), 'row')} of {who}",
        )


def _about_tasks(rows: pd.DataFrame) -> About:
    """Of the values of a system's models and of the baselines beside them."""
    beside = tuple(map(str, rows["baseline_id"].dropna().unique()))
    shown = [
        Shown(
            tasks=(row.task_id,), stratum=row.stratum, metric=row.metric, protocols=(row.protocol,),
            models=(row.model_id,),
        )
        for row in rows.itertuples()
    ]  # fmt: skip
    n = f"{count(rows['model_id'].nunique(), 'model')}, {count(rows['task_id'].nunique(), 'task')}, "
    return about_several(f"{n}{count(len(beside), 'baseline')}", shown)


def _about_probed(rows: pd.DataFrame) -> About:
    protocols, models = (tuple(map(str, rows[name].unique())) for name in ("protocol", "model_id"))
    shown = Shown(
        suite="geneb", stratum=ALL_STRATA, metric="MCC", regimes=("full",), protocols=protocols, models=models
    )
    found = load(read_evidence, shown)
    n = f"{count(len(models), 'model')}, {count(int(rows['judged'].sum()), 'comparison')} of task and probe"
    return About(n, f"no intervals: {OF_MEANS}", found.sources)


def _why(row: pd.Series) -> str | None:
    reason = row["undefined_reason"]
    return f"{reason[:1].upper()}{reason[1:]}." if isinstance(reason, str) else None


def _size(parameters: float | None) -> str:
    return "" if pd.isna(parameters) else f", {size(parameters)}"


def system_runs(models: pd.DataFrame) -> None:
    """Which of its models this engine runs and how, or why it cannot; nothing where the store has none of them."""
    if models.empty:
        return
    runs = models[models["runs"].eq(True)]
    section(f"This engine runs {_how_many(len(runs), len(models))}")
    for names, sentence in by_words(models, "sentence"):
        st.markdown(f"**{plain(names)}.** {plain(sentence)}" if len(models) > 1 else plain(sentence))
    if without := list(models.loc[models["sentence"].isna(), "name"]):
        st.markdown(f"**{plain(listed(without, 12))}.** Scores that came with a data set are evaluated here.")
    loaded = runs[runs["role"] == "model"].sort_values("parameters", na_position="last")
    if len(loaded):
        first = loaded.iloc[0]
        if first["modality"] == _CELLS:
            st.code(cell_spec(first["model_id"]), language="toml")
        st.code(_COMMANDS[first["modality"]].format(model=first["model_id"]), language="bash", wrap_lines=True)


def cell_spec(model: str) -> str:
    """The spec that asks for a model of cells, with its twin where it has one."""
    twin = "" if model.startswith(_WITHOUT_TWIN) else _TWIN.format(model=model)
    return _SPEC.format(model=model, twin=twin)


def _how_many(runs: int, models: int) -> str:
    if models == 1:
        return "it" if runs else "no model of it"
    return f"{'none' if not runs else 'all' if runs == models else runs} of its {count(models, 'model')}"
