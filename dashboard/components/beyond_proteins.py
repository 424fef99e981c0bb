"""The chapter on proteins: size, clinical labels against scans, and parts of the scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.charts.beyond_parts import BELOW, parts_chart
from dashboard.charts.beyond_proteins import clinical_against_scans, protein_sizes
from dashboard.components import beyond_words as words
from dashboard.components.about import about_scores, systems
from dashboard.components.beyond_claims import drawn, every_claim
from dashboard.components.exhibit import chart, say_about, table
from dashboard.components.heading import heading, section
from dashboard.components.legend import legend
from dashboard.components.links import fresh_link
from dashboard.database import load
from dashboard.queries.beyond import (
    FAMILIES,
    KINDS,
    Proteins,
    against_baseline,
    read_claims,
    read_parts,
    read_proteins,
)
from dashboard.queries.citations import cited, linked, read_citations
from dashboard.queries.provenance import Shown
from dashboard.queries.suites import MAIN_TASK, SUITES
from dashboard.queries.traps import read_traps
from dashboard.text import STRATUM_KINDS, count, plain
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from dashboard.exhibits import About
    from dashboard.filters import Context

_APART = "dna-is-not-protein"
_CLAIMS = ("protein-lm-missense", "proteingym-rank-flux", "esm2-clinvar-overlap")
_SQL = (
    "SELECT model_id, stratum, value FROM score WHERE task_id = '{task}' AND metric = 'Spearman' "
    "AND protocol = 'proteingym-published' ORDER BY stratum, value DESC"
)
_CLINICAL_TASK = "proteingym_clinical_substitutions"
_CLINICAL_SQL = f"SELECT model_id, value, se_to_best FROM score WHERE task_id = '{_CLINICAL_TASK}'"
_CLINICAL = (
    "Names and values: AUROC on clinical labels. No interval is published for either; ProteinGym states a standard "
    "error of the difference to the best. EVE has scans as a single model and as an ensemble; the clinical table "
    "does not say which it is, so it is not joined."
)
_PROTOCOLS = SUITES["proteingym"].protocols


def proteins_chapter(ctx: Context) -> None:
    """Draw the chapter."""
    found, sources = load(read_proteins), load(read_citations)
    claims = load(read_claims, FAMILIES["proteins"])
    if found is None:
        heading("This store holds no measured values of proteins", "Only the claims on proteins are shown.")
    else:
        scans = ctx.catalog.strata.set_index(["task_id", "stratum"]).at[(MAIN_TASK["proteingym"], "all"), "n"]
        heading(words.proteins_title(found), words.proteins_lede(found, scans))
        say_about(_about_scans(found.models["model_id"], found.models["role"], scans))
        _apart()
        _sizes(ctx, found)
        _clinical(ctx, found)
        _parts(ctx, found)
        section("What is claimed of proteins")
        drawn(claims, [claim for claim in _CLAIMS if claim in claims.index], sources)
    every_claim(ctx, claims, sources, "proteins")


def _apart() -> None:
    """Why proteins and DNA stand on pages of their own, in the words of the trap."""
    traps = load(read_traps).set_index("trap_id")
    if _APART in traps.index:
        trap = traps.loc[_APART]
        links = linked(cited(str(trap["source_ids"]), load(read_citations)))
        st.info(
            f"**Proteins and DNA are kept apart.** {plain(str(trap['what_goes_wrong']))} {links}",
            icon=":material/splitscreen_vertical_add:",
        )


def _sizes(ctx: Context, found: Proteins) -> None:
    section("What size buys")
    legend(
        found.models[found.models["parameters"].notna() | (found.models["role"] == "baseline")],
        "proteingym",
        ctx.colours,
    )
    told = words.larger_sentence(found)
    chart(
        protein_sizes(found, ctx.colours),
        key="beyond-sizes",
        rows=lambda: _numbers(found),
        file="protein-sizes",
        notes=[told],
        alt=f"Parameters against Spearman's ρ of {int(found.models['parameters'].notna().sum())} protein models; lines "
        f"are the baselines, {found.baseline['name']} the one to beat",
    )
    st.caption(told)
    fresh_link(ctx, "size", "Every protein model by size →", {"suite": "proteingym"})
    with st.expander("The numbers"):
        table(
            _numbers(found),
            name="protein-sizes",
            title=words.sizes_title(found),
            best={"Spearman, all scans": "high"},
            baselines=(_numbers(found)["Role"] == "baseline").tolist(),
            alt="Protein models and baselines with input, stated size and Spearman's ρ over all scans",
            columns={"Parameters": st.column_config.NumberColumn(format="compact")},
            height=420,
        )
    st.code(f'vledger sql "{_SQL.format(task=MAIN_TASK["proteingym"])}"', language="bash", wrap_lines=True)


def _about_scans(models: pd.Series, roles: pd.Series, scans: float) -> About:
    shown = Shown(
        tasks=(MAIN_TASK["proteingym"],), stratum=ALL_STRATA, metric="Spearman", protocols=_PROTOCOLS,
        models=tuple(map(str, models)),
    )  # fmt: skip
    return about_scores(shown, f"{count(scans, 'scan')}, {systems(roles)}")


def _numbers(found: Proteins) -> pd.DataFrame:
    rows = found.models.sort_values(["role", "value"], ascending=[True, False])
    return pd.DataFrame(
        {
            "System": rows["name"],
            "Role": rows["role"],
            "Reads": rows["inputs"],
            "Parameters": rows["parameters"].astype("Int64"),
            "Spearman, all scans": rows["value"],
        }
    )


def _clinical(ctx: Context, found: Proteins) -> None:
    if found.both.empty:
        return
    section("Clinical labels against measured effects")
    st.markdown(words.clinical_sentence(found))
    legend(found.clinical, "proteingym", ctx.colours)
    chart(
        clinical_against_scans(found, ctx.colours),
        key="beyond-clinical",
        title=words.clinical_title(found),
        rows=lambda: words.clinical_table(found),
        file="protein-clinical",
        notes=[_CLINICAL],
        about=about_scores(
            Shown(tasks=(_CLINICAL_TASK, MAIN_TASK["proteingym"]), stratum=ALL_STRATA, protocols=_PROTOCOLS),
            f"{count(len(found.both), 'system')} with both, {len(found.clinical) - len(found.both)} more with "
            "clinical labels only",
        ),
        alt=f"AUROC on clinical labels against Spearman's ρ on scans for {len(found.both)} systems with both; "
        f"{len(found.clinical) - len(found.both)} more have clinical labels only",
    )
    st.caption(_CLINICAL)
    fresh_link(ctx, "task", "The clinical labels →", {"suite": "proteingym", "task": _CLINICAL_TASK})
    st.code(f'vledger sql "{_CLINICAL_SQL}"', language="bash", wrap_lines=True)


def _parts(ctx: Context, found: Proteins) -> None:
    parts = load(read_parts, ctx.catalog)
    baseline = found.baseline
    lead = against_baseline(parts, str(found.peak["model_id"]), str(baseline["model_id"]))
    section("By what was selected for, alignment depth and taxon")
    pair = (str(found.peak["name"]), str(baseline["name"]))
    if not lead.empty:
        st.markdown(words.parts_sentence(lead, *pair))
    told = (
        f"Colour: distance to {baseline['name']}, the baseline to beat; {BELOW} marks values below it. Baselines "
        "first, then one family in every size and the best of each kind of input, the lowest first."
    )
    about = about_scores(
        Shown(tasks=(MAIN_TASK["proteingym"],), metric="Spearman", protocols=_PROTOCOLS,
              models=tuple(map(str, parts["model_id"].unique()))),
        f"{count(parts['model_id'].nunique(), 'system')}, {count(parts['part'].nunique(), 'part')} of the scans",
    )  # fmt: skip
    title = words.parts_title(lead, *pair)
    chart(
        parts_chart(parts, str(baseline["model_id"]), ctx.colours),
        key="beyond-parts",
        title=title,
        rows=lambda: _parts_table(parts),
        file="protein-parts",
        notes=[told],
        about=about,
        alt=f"Spearman's ρ of {parts['model_id'].nunique()} systems on {parts['part'].nunique()} parts of the scans; "
        f"colours and {BELOW} say on which side of {baseline['name']} a value lies",
    )
    st.caption(told)
    with st.container(horizontal=True):
        for kind in KINDS:
            label = f"Everybody by {STRATUM_KINDS[kind].lower()} →"
            fresh_link(ctx, "leaderboard", label, {"suite": "proteingym", "kind": kind})
    with st.expander("The numbers"):
        table(
            _parts_table(parts),
            name="protein-parts",
            title=title,
            about=about,
            baselines=(parts["role"] == "baseline").tolist(),
            alt="Spearman's ρ by system and part of the scans, with the number of scans",
            height=420,
        )


def _parts_table(parts: pd.DataFrame) -> pd.DataFrame:
    names = {"name": "System", "role": "Role", "kind": "By", "part": "Part", "n": "Scans", "value": "Spearman"}
    return parts.assign(kind=parts["kind"].map(STRATUM_KINDS))[list(names)].rename(columns=names)
