"""Attention edges, against attention matrices that transformers returns for each cell alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from engine.errors import SpecError
from engine.models.cells.kinds import AttentionEdges, Matching

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")

from engine.models.cells.attention import EdgeSums  # noqa: E402 - torch first, or none of these run
from engine.models.cells.dictionaries import read_vocabulary  # noqa: E402
from engine.models.cells.ranks import RankTokenizer  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYMBOLS = [f"GENE{number}" for number in range(40)]


def _by_hand(folder: Path, counts: Any, layer: int) -> tuple[Any, Any]:
    """Sums and numbers of cells of all pairs, shape (key, query), from each cell's own matrix."""
    size = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    vocabulary, _ = read_vocabulary([folder], size=size, model="tiny", allow_pickle=False)
    first = size - 40
    model = hf.BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager").eval()
    sums, cells = np.zeros((40, 40)), np.zeros((40, 40), dtype=int)
    for row in RankTokenizer(vocabulary, SYMBOLS, context=24).rows(csr_array(counts.astype(float))):
        with torch.inference_mode():
            found = model(torch.from_numpy(row)[None], output_attentions=True).attentions[layer]
        matrix = found[0].mean(dim=0).numpy()
        for query, looking in enumerate(row):
            for key, looked in enumerate(row):
                if looking >= first and looked >= first:
                    sums[looked - first, looking - first] += matrix[query, key]
                    cells[looked - first, looking - first] += 1
    return sums, cells


@pytest.mark.parametrize("layer", [-1, 0])
def test_edges_are_the_mean_attention_over_the_cells_that_have_both_genes(
    folder: Path, counts: Any, opened: Callable[..., Any], layer: int
) -> None:
    sums, cells = _by_hand(folder, counts, layer)
    regulators, targets = [3, 17, 8, 0], [5, 0, 39, 17, 22, 31]
    found = opened(folder).attention(
        [counts[:7], csr_array(counts[7:])],
        SYMBOLS,
        regulators=[SYMBOLS[one] for one in regulators],
        targets=[SYMBOLS[one] for one in targets],
        layer=layer,
    )
    assert np.array_equal(found.cells, cells[np.ix_(regulators, targets)])
    assert np.abs(found.sums - sums[np.ix_(regulators, targets)]).max() < 1e-5


def test_attention_leaves_the_model_as_it_was(v2: Path, counts: Any, opened: Callable[..., Any]) -> None:
    model = opened(v2)
    before = model.embed([counts], SYMBOLS)
    told: list[Any] = []
    model.attention([counts], SYMBOLS, regulators=SYMBOLS, targets=SYMBOLS, tell=lambda *one: told.append(one))
    assert np.array_equal(model.embed([counts], SYMBOLS), before)
    assert model._model.config._attn_implementation == "sdpa"
    assert told == [("tiny-v2: cells", 19, 0)]


def test_a_pair_that_no_cell_has_both_of_is_undefined(v1: Path, opened: Callable[..., Any]) -> None:
    counts = np.zeros((2, 40))
    counts[0, [1, 2]] = 3
    counts[1, [1, 4]] = 3
    names = ["GENE1", "GENE2", "GENE4", "GENE9"]
    found = opened(v1).attention([counts], SYMBOLS, regulators=names, targets=names)
    assert found.score("GENE2", "GENE4") is None
    assert found.score("GENE9", "GENE9") is None
    # Two tokens in a row: what a gene does not give to the other it keeps.
    kept, given = found.score("GENE2", "GENE2"), found.score("GENE1", "GENE2")
    assert kept is not None
    assert given is not None
    assert kept + given == pytest.approx(1)
    assert {(regulator, target) for regulator, target, _ in found.edges()} == {
        ("GENE1", "GENE2"),
        ("GENE2", "GENE1"),
        ("GENE1", "GENE4"),
        ("GENE4", "GENE1"),
    }


def test_edges_are_means_of_sums() -> None:
    edges = AttentionEdges(
        regulators=("A", "B"),
        targets=("A", "C"),
        sums=np.array([[1.0, 3.0], [0.0, 0.5]]),
        cells=np.array([[2, 4], [0, 1]]),
    )
    assert list(edges.edges()) == [("A", "C", 0.75), ("B", "C", 0.5)]
    assert (edges.score("A", "A"), edges.score("B", "A")) == (0.5, None)


def test_genes_that_the_model_does_not_know_have_no_edges(v1: Path, counts: Any, opened: Callable[..., Any]) -> None:
    genes = [*SYMBOLS[:-1], "NOVEL"]
    found = opened(v1).attention([counts], genes, regulators=["NOVEL", "GENE1"], targets=["GENE0", "NOVEL"])
    assert found.cells.tolist() == [[0, 0], [found.cells[1, 0], 0]]
    assert found.cells[1, 0] > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"regulators": ["ACTB"]}, "ACTB is not among the data's genes"),
        ({"regulators": ["GENE1", "GENE1"]}, "A gene stands twice among the regulators or among the targets"),
        ({"layer": 3}, "tiny-v1 has no attention layer 3; it has 0 to 2"),
    ],
    ids=["unknown", "twice", "layer"],
)
def test_edges_that_cannot_be_read_are_refused(
    v1: Path, counts: Any, opened: Callable[..., Any], options: dict[str, Any], sentence: str
) -> None:
    asked = {"regulators": ["GENE2"], "targets": ["GENE3"]} | options
    with pytest.raises(SpecError, match=sentence):
        opened(v1).attention([counts], SYMBOLS, **asked)


def test_more_pairs_than_fit_into_memory_are_refused_at_once() -> None:
    names = [f"G{number}" for number in range(8_193)]
    matching = Matching(genes=tuple(names), tokens=np.arange(8_193))
    with pytest.raises(SpecError, match=r"8,193 regulators of 8,193 targets are more pairs than .* name fewer genes"):
        EdgeSums(matching, size=8_193, regulators=names, targets=names)
