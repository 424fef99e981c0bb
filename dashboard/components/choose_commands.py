"""The commands that make the same comparison on a reader's own data, by what those data are."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.heading import section
from dashboard.components.links import page_link
from dashboard.queries.choose_needs import Fit
from dashboard.queries.choose_topics import topic_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.components.choose_page import ChoosePage
    from dashboard.queries.choose import Candidate
    from dashboard.queries.choose_needs import Needs, Variant


@dataclass(frozen=True, slots=True)
class OwnData:
    """A kind of data of one's own: what it is, the words of the command, and what kind of model can be run on it."""

    sentence: str
    words: tuple[str, ...]
    reads: str | None = None


OWN: dict[str, OwnData] = {
    "protein": OwnData(
        "Labelled substitutions of proteins, each with its sequence: BLOSUM62 first, a model beside it, both verdicts.",
        ("vledger", "quickstart", "variants.csv"),
        "protein",
    ),
    "dna": OwnData(
        "Labelled variants by chromosome and position, with the scores of a model in a column: rules of the "
        "consequence come first.",
        ("vledger", "compare", "--split", "variants.csv", "--score", "my_model=1", "--by", "consequence"),
    ),
    "scores": OwnData(
        "A table with a label and a column of scores for each tool: name the baseline, and which label a high score "
        "speaks for.",
        (
            "vledger", "compare", "--split", "scores.csv", "--baseline", "my_baseline=1",
            "--score", "first_tool=1", "--score", "second_tool=1",
        ),
    ),
    "sequences": OwnData(
        "Labelled sequences: probes of the k-mer baselines first, a model on the same folds beside them.",
        ("vledger", "probe", "--task", "sequences.csv"),
        "DNA",
    ),
    "cells": OwnData(
        "A file of cells with their types: variable genes and their principal components come first, embeddings of "
        "your own beside them.",
        (
            "vledger", "compare", "--split", "cells.h5ad", "--label", "cell_type", "--embedding", "X_mine",
        ),
    ),
    "vectors": OwnData(
        "A vector for each gene, of any model: it stands in the linear predictor, next to additive, mean and linear "
        "rules; docs/single-cell.md has what such a spec says.",
        ("vledger", "run", "vectors.toml", "--plan"),
    ),
    "edges": OwnData(
        "No model is needed: a table of edges with a label, the co-expression of each as the baseline, and what was "
        "read off attention as a score.",
        (
            "vledger", "compare", "--split", "edges.csv", "--baseline", "coexpression=1",
            "--score", "attention=1",
        ),
    ),
}  # fmt: skip


REMOTE = "--allow-remote-code"


def commands(page: ChoosePage) -> None:
    """One command a kind of data; where the engine has none, it says so."""
    section("On your own data")
    kinds = topic_of(page.choice.task).data
    if not kinds:
        st.markdown("This engine has no command for it: it measures no structures.")
        return
    rows = page.measured[0].rows if page.measured else None
    ranks = {} if rows is None else dict(zip(rows["model_id"], rows["rank"], strict=True))
    for kind in kinds:
        st.markdown(OWN[kind].sentence)
        line = command(OWN[kind], page.candidates, page.needs, ranks=ranks)
        st.code(line, language="bash", wrap_lines=True)
    if any("--split" in OWN[kind].words or OWN[kind].reads for kind in kinds):
        page_link(page.ctx, "your-split", "Or drop the file on Your split, which stays on this machine →")


def command(
    own: OwnData, candidates: Sequence[Candidate], needs: Needs, *, ranks: Mapping[str, int] | None = None
) -> str:
    """The command, with a model where a named one runs here.

    Args:
        own: the kind of data.
        candidates: systems that are named.
        needs: a model that does not meet them is taken only where none does.
        ranks: of the models in the first place where the job was measured; the best is taken, else the smallest.
    """
    chosen = runnable(candidates, needs, own.reads, ranks or {}) if own.reads else None
    if chosen is None or chosen.model_id is None:
        return shlex.join(own.words)
    remote = [REMOTE] if REMOTE in (chosen.support or "") else []
    return shlex.join([*own.words, "--model", chosen.model_id, *remote])


def runnable(candidates: Sequence[Candidate], needs: Needs, reads: str, ranks: Mapping[str, int]) -> Variant | None:
    """Of the named systems' models that this engine runs the one that meets the needs and ranks best here."""
    found = [
        (one.only(variant).fit(needs) is Fit.NO, variant)
        for one in candidates
        for variant in one.variants
        if variant.runs and variant.modality == reads
    ]
    return min(
        found,
        key=lambda one: (one[0], ranks.get(one[1].model_id or "", math.inf), one[1].parameters or math.inf),
        default=(False, None),
    )[1]
