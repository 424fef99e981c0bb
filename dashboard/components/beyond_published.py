"""The chapters on structure, single cells and gene networks: what is published, each with its baseline first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.beyond_published import order_chart, shares_chart, values_chart
from dashboard.charts.layout import CONFIG
from dashboard.components import beyond_words as words
from dashboard.components.beyond_claims import drawn, every_claim
from dashboard.components.heading import heading, section
from dashboard.database import load
from dashboard.queries.beyond import (
    FAMILIES,
    network_values,
    orders,
    read_claims,
    shares,
)
from dashboard.queries.citations import read_citations
from dashboard.text import listed

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.filters import Context

_CHANCE = 0.5
_KEY = "◆ baseline or established method · ● foundation model"


def structure_chapter(ctx: Context) -> None:
    """AlphaFold and ESMFold on targets that neither had seen."""
    claims, sources = load(read_claims, FAMILIES["structure"]), load(read_citations)
    rows = shares(claims)
    heading(words.structure_title(rows), words.structure_lede(rows))
    st.caption("◆ established method · ● the faster one that needs no alignment")
    st.plotly_chart(
        shares_chart(rows, ctx.colours),
        config=CONFIG,
        key="beyond-structure",
        theme=None,
        alt=f"Share of targets right on {listed(list(rows['label'].unique()))}, the established method first",
    )
    st.caption(words.WILSON)
    more = ("alphafold2-hard-monomers", "alphafold3-hard-dimers", "structure-test-set", "esmfold-speed")
    drawn(claims, [*rows["claim_id"], *more], sources)
    every_claim(ctx, claims, sources, "structure")


def cells_chapter(ctx: Context) -> None:
    """Zero-shot clustering and perturbation, as orders: no scores are quoted."""
    claims, sources = load(read_claims, FAMILIES["cells"]), load(read_citations)
    clustering, perturbation = orders(claims, "clustering"), orders(claims, "perturbation")
    heading(words.cells_title(clustering, perturbation), words.cells_lede(clustering, perturbation))
    st.caption(f"{_KEY} · an order, not a scale: distances mean nothing")
    section("Clustering cell types, zero-shot")
    _order(ctx, clustering, "clustering")
    models = ("scgpt-zero-shot-clustering", "geneformer-zero-shot-clustering", "scgpt-scale-ablation")
    drawn(claims, [*clustering["claim_id"], *models], sources)
    section("Predicting what a perturbation does")
    _order(ctx, perturbation, "perturbation")
    drawn(claims, [*perturbation["claim_id"], "perturb-none-beat", "perturb-pretraining-gain"], sources)
    every_claim(ctx, claims, sources, "cells")


def _order(ctx: Context, rows: pd.DataFrame, name: str) -> None:
    st.plotly_chart(
        order_chart(rows, ctx.colours),
        config=CONFIG,
        key=f"beyond-{name}",
        theme=None,
        alt=f"Who is ahead, level or behind in {name}: {listed(list(rows['baseline']))} against foundation models",
    )


def networks_chapter(ctx: Context) -> None:
    """Attention read as a network, against predictors that know a gene alone."""
    claims, sources = load(read_claims, FAMILIES["networks"]), load(read_citations)
    rows = network_values(claims)
    heading(words.networks_title(rows), words.networks_lede(rows))
    st.caption(_KEY)
    st.plotly_chart(
        values_chart(rows, ctx.colours, title="AUROC on CRISPRi targets", chance=_CHANCE),
        config=CONFIG,
        key="beyond-networks",
        theme=None,
        alt=f"AUROC of {len(rows)} ways to predict CRISPRi targets, gene-level baselines first",
    )
    st.caption("No n is stated for single values, so no interval is drawn; the audit as a whole is told below.")
    more = ("attention-audit-scope", "attention-edges-zero-gain", "attention-ablation")
    drawn(claims, [*rows["claim_id"], *more], sources)
    every_claim(ctx, claims, sources, "networks")
