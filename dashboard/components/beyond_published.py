"""The chapters on structure, single cells and gene networks: what is published, and measured here, baselines first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.beyond_published import order_chart, shares_chart, values_chart
from dashboard.components import beyond_words as words
from dashboard.components.about_evidence import ids_of
from dashboard.components.beyond_claims import drawn, every_claim
from dashboard.components.beyond_measured import measured_of
from dashboard.components.exhibit import chart, say_about
from dashboard.components.heading import heading, section
from dashboard.database import load
from dashboard.exhibits import About
from dashboard.queries.beyond import (
    FAMILIES,
    network_values,
    orders,
    read_claims,
    shares,
)
from dashboard.queries.citations import read_citations
from dashboard.text import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context

_CHANCE = 0.5
_SINGLE = "No n is stated for single values, so no interval is drawn; the audit as a whole is told below."
_NO_N = "no intervals: no n is stated for single values"
_NO_SCORES = "no intervals: the claims quote no scores, only an order"
_OTHER = (
    "The published values are of genes switched off (CRISPRi), those measured here of genes activated: two questions "
    "on one scale, not to be ranked together."
)
_KEY = "◆ baseline or established method · ● foundation model"


def structure_chapter(ctx: Context) -> None:
    """AlphaFold and ESMFold on targets that neither had seen."""
    claims, sources = load(read_claims, FAMILIES["structure"]), load(read_citations)
    rows = shares(claims)
    heading(words.structure_title(rows), words.structure_lede(rows))
    st.caption("◆ established method · ● the faster one that needs no alignment")
    n = f"{count(len(rows), 'share')} of targets in {count(rows['label'].nunique(), 'comparison')}"
    say_about(_about(n, claims, rows, words.WILSON_SHORT))
    chart(
        shares_chart(rows, ctx.colours),
        key="beyond-structure",
        rows=lambda: words.shares_table(rows),
        notes=[words.WILSON],
        alt=f"Share of targets right on {listed(list(rows['label'].unique()))}, the established method first",
    )
    st.caption(words.WILSON)
    more = ("alphafold2-hard-monomers", "alphafold3-hard-dimers", "structure-test-set", "esmfold-speed")
    drawn(claims, [*rows["claim_id"], *more], sources)
    every_claim(ctx, claims, sources, "structure")


def cells_chapter(ctx: Context) -> None:
    """Zero-shot clustering and perturbation: published as orders, for no scores are quoted, and measured here."""
    claims, sources = load(read_claims, FAMILIES["cells"]), load(read_citations)
    clustering, perturbation = orders(claims, "clustering"), orders(claims, "perturbation")
    heading(words.cells_title(clustering, perturbation), words.cells_lede(clustering, perturbation))
    st.caption(f"{_KEY} · an order, not a scale: distances mean nothing")
    section("Clustering cell types, zero-shot")
    _order(ctx, claims, clustering, "clustering")
    models = ("scgpt-zero-shot-clustering", "geneformer-zero-shot-clustering", "scgpt-scale-ablation")
    drawn(claims, [*clustering["claim_id"], *models], sources)
    measured_of(ctx, "cells", "Measured here: cell types, zero-shot")
    section("Predicting what a perturbation does")
    _order(ctx, claims, perturbation, "perturbation")
    drawn(claims, [*perturbation["claim_id"], "perturb-none-beat", "perturb-pretraining-gain"], sources)
    measured_of(ctx, "perturbation", "Measured here: what a perturbation does")
    every_claim(ctx, claims, sources, "cells")


def _about(n: str, claims: pd.DataFrame, rows: pd.DataFrame, interval: str) -> About:
    """Of claims that are drawn; `rows` name them."""
    return About(n, interval, ids_of(claims.loc[rows["claim_id"], "source_id"]))


def _order(ctx: Context, claims: pd.DataFrame, rows: pd.DataFrame, name: str) -> None:
    chart(
        order_chart(rows, ctx.colours),
        key=f"beyond-{name}",
        title=words.order_title(rows, name),
        rows=lambda: words.order_table(rows),
        notes=["An order, not a scale: distances mean nothing."],
        about=_about(count(len(rows), "comparison"), claims, rows, _NO_SCORES),
        alt=f"Who is ahead, level or behind in {name}: {listed(list(rows['baseline']))} against foundation models",
    )


def networks_chapter(ctx: Context) -> None:
    """Attention read as a network, against predictors that know a gene alone."""
    claims, sources = load(read_claims, FAMILIES["networks"]), load(read_citations)
    rows = network_values(claims)
    heading(words.networks_title(rows), words.networks_lede(rows))
    st.caption(_KEY)
    say_about(_about(count(len(rows), "value"), claims, rows, _NO_N))
    chart(
        values_chart(rows, ctx.colours, title="AUROC on CRISPRi targets", chance=_CHANCE),
        key="beyond-networks",
        rows=lambda: words.values_table(rows),
        notes=[_SINGLE],
        alt=f"AUROC of {len(rows)} ways to predict CRISPRi targets, gene-level baselines first",
    )
    st.caption(_SINGLE)
    more = ("attention-audit-scope", "attention-edges-zero-gain", "attention-ablation")
    drawn(claims, [*rows["claim_id"], *more], sources)
    measured_of(ctx, "networks", "Measured here: genes that respond to an activation")
    st.caption(_OTHER)
    every_claim(ctx, claims, sources, "networks")
