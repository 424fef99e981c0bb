"""Sentences on a file of cells: what it holds, what was compared, and what to read with care."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboard.components.split_checks import SIGNS
from dashboard.components.split_words import Words
from dashboard.text import METRICS, capital, count, listed, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.local_split.cells.exchange import CellsResult, FoundCells
    from engine.local_split.exchange import Problem

CELLS = Words("embedding", "cell", "these cells")
STATES = {
    "counts": "counts",
    "logs": "logarithms of counts",
    "normalised": "normalised counts without a logarithm",
    "scaled": "scaled values",
    "empty": "nothing but zeros",
}
_MIXING = ("ASWBatch", "PCR", "GraphConnectivity")
_OPTION = re.compile(r" with --[a-z]+")


def on_page(sentence: str) -> str:
    """Without the options of the command line: here the choice stands above the sentence."""
    return _OPTION.sub("", sentence)


def holds(found: FoundCells) -> str:
    """What the file holds, in one line."""
    parts = [
        f"**{count(found.n_cells, 'cell')}**, {count(found.n_genes, 'gene')}",
        f"{plain(found.matrix)} has {STATES.get(found.state, found.state)}",
        count(len(found.embeddings), "embedding"),
    ]
    return " · ".join(parts)


def compared(result: CellsResult) -> str:
    """How many cells of how many types were compared."""
    n = len(result.batches)
    batches = f" and {n:,} {'batch' if n == 1 else 'batches'}" if n else ""
    left = result.found.n_cells - result.parts[0].n
    out = f", {left:,} left out" if left else ""
    types = count(len(result.types), "type")
    return f"{count(result.parts[0].n, 'cell')} of {types}{batches}{out}, {count(result.n_genes_used, 'gene')}"


def unmixed(result: CellsResult) -> str | None:
    """Why there are no values of batches, None where there are."""
    if result.batch is not None:
        return None
    names = listed([METRICS[metric].name for metric in _MIXING])
    return f"{names} have no value: no column of batches is chosen."


def lines(problems: Iterable[Problem]) -> str:
    """A line a problem, as Markdown, the gravest first."""
    ordered = sorted(problems, key=lambda one: list(SIGNS).index(one.severity))
    return "\n".join(_line(one) for one in ordered)


def types_title(first: str, second: str, above: int, of: int) -> str:
    """In how many types the first has the higher value."""
    if first == second:
        return f"{plain(first)} over {count(of, 'cell type')}"
    return f"{plain(first)} has a higher ASW than {plain(second)} in {above} of {count(of, 'cell type')}"


def _line(one: Problem) -> str:
    sign, word = SIGNS[one.severity]
    remedy = plain(capital(on_page(one.remedy)).rstrip("."))
    return f"- {sign} **{capital(word)}**: {plain(capital(one.problem).rstrip('.'))}. *{remedy}.*"
