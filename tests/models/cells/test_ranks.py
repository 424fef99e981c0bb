"""Cells as rows of gene ranks, against the published formula written out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import coo_array, csr_array, csr_matrix

from engine.errors import SpecError
from engine.models.cells.counts import pieces
from engine.models.cells.ranks import RankTokenizer, Vocabulary, match, own_vocabulary

V1 = Vocabulary(
    tokens={"<pad>": 0, "<mask>": 1, "ENSG01": 2, "ENSG02": 3, "ENSG03": 4, "ENSG04": 5},
    medians={"ENSG01": 2.0, "ENSG02": 1.0, "ENSG03": 0.5, "ENSG04": 4.0},
    names={"TP53": "ENSG01", "OLD1": "ENSG02"},
)
V2 = Vocabulary(
    tokens={"<pad>": 0, "<mask>": 1, "<cls>": 2, "<eos>": 3, "ENSG01": 4, "ENSG02": 5, "ENSG03": 6, "ENSG04": 7},
    medians=V1.medians,
)
GENES = ["ENSG01", "ENSG02", "ENSG03", "ENSG04"]
_COUNTS = hnp.arrays(np.int64, (4, 4), elements=st.integers(0, 50)).map(lambda found: found + np.eye(4, dtype=int))


def _rows(
    values: Any, vocabulary: Vocabulary = V1, *, genes: list[str] = GENES, context: int = 2048
) -> list[list[int]]:
    tokenizer = RankTokenizer(vocabulary, genes, context=context)
    return [row.tolist() for row in tokenizer.rows(csr_array(np.asarray(values, dtype=float)))]


def test_genes_stand_in_the_order_of_their_counts_over_their_medians() -> None:
    # 6/2 = 3, 2/1 = 2, 3/0.5 = 6, 4/4 = 1.
    assert _rows([[6, 2, 3, 4]]) == [[4, 2, 3, 5]]


def test_genes_that_a_cell_lacks_have_no_token() -> None:
    assert _rows([[0, 2, 0, 4]]) == [[3, 5]]


def test_equal_values_stand_in_the_order_of_their_tokens() -> None:
    assert _rows([[2, 1, 0.5, 4]]) == [[2, 3, 4, 5]]


def test_the_second_version_puts_special_tokens_around_the_genes_within_the_context() -> None:
    assert _rows([[6, 2, 3, 4]], V2) == [[2, 6, 4, 5, 7, 3]]
    assert _rows([[6, 2, 3, 4]], V2, context=4) == [[2, 6, 4, 3]]


def test_the_first_version_cuts_at_the_context_and_has_no_special_tokens() -> None:
    assert _rows([[6, 2, 3, 4]], context=2) == [[4, 2]]


def test_rows_are_those_of_the_published_formula(counts: Any) -> None:
    rng = np.random.default_rng(5)
    names = [f"G{number}" for number in range(counts.shape[1])]
    medians = rng.uniform(0.2, 5, len(names))
    vocabulary = Vocabulary(
        tokens={name: number + 2 for number, name in enumerate(names)},
        medians=dict(zip(names, medians.tolist(), strict=True)),
    )
    found = _rows(counts, vocabulary, genes=names)
    for row, cell in zip(found, counts, strict=True):
        value = cell / cell.sum() * 10_000 / medians
        assert row == (np.argsort(-value, kind="stable")[: (cell > 0).sum()] + 2).tolist()


@given(counts=_COUNTS, factor=st.sampled_from([1, 2, 4, 1024]), order=st.permutations(range(4)))
def test_depth_and_the_order_of_columns_change_nothing(counts: Any, factor: int, order: list[int]) -> None:
    assert _rows(counts * factor) == _rows(counts)
    assert _rows(counts[:, order], genes=[GENES[place] for place in order]) == _rows(counts)


@given(counts=_COUNTS)
def test_logs_of_normalised_counts_give_the_rows_of_the_counts(counts: Any) -> None:
    logs = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 10_000)
    # Medians far from each other in their last digits leave no ties that the logarithm could break.
    vocabulary = Vocabulary(
        tokens=V1.tokens, medians=dict(zip(GENES, [2.0003, 1.00007, 0.500013, 4.00019], strict=True))
    )
    piece = next(pieces([logs], genes=4, scale="log1p"))[1]
    found = [row.tolist() for row in RankTokenizer(vocabulary, GENES, context=9).rows(piece)]
    assert found == _rows(counts, vocabulary, context=9)


@given(counts=_COUNTS)
def test_a_row_has_each_expressed_gene_once(counts: Any) -> None:
    for row, cell in zip(_rows(counts), counts, strict=True):
        assert sorted(row) == (np.flatnonzero(cell) + 2).tolist()


def test_genes_are_found_by_id_by_versioned_id_by_symbol_and_by_retired_name() -> None:
    found = match(["ENSG02", "ensg03.14", "tp53", "old1", "<mask>", "XIST", " ENSG04 "], V1)
    assert found.tokens.tolist() == [3, 4, 2, 3, -1, -1, 5]
    assert (found.known, found.share_unknown) == (5, pytest.approx(2 / 7))
    assert found.sentence == "5 of 7 genes are known to the model (71.4%)"


def test_columns_of_one_gene_are_summed() -> None:
    # 1 + 5 counts of the first gene are 6/2 = 3, above 2/1 = 2.
    assert _rows([[1, 2, 5]], genes=["ENSG01", "ENSG02", "TP53"]) == [[2, 3]]


def test_a_gene_without_a_median_is_not_read() -> None:
    vocabulary = Vocabulary(tokens=V1.tokens, medians={"ENSG01": 2.0})
    assert _rows([[6, 2, 3, 4]], vocabulary) == [[2]]


def test_data_of_which_no_gene_is_known_are_refused() -> None:
    with pytest.raises(SpecError, match=r"None of the data's 2 genes \(Trp53, Myc, \.\.\.\) is among the 4"):
        match(["Trp53", "Myc"], V1)


def test_a_cell_without_known_genes_is_refused_by_its_number() -> None:
    tokenizer = RankTokenizer(V1, ["ENSG01", "XIST"], context=9)
    with pytest.raises(SpecError, match=r"Cell 101 \(counted from 0\) has nothing in the 1 genes .* leave such"):
        tokenizer.rows(csr_array(np.array([[1.0, 0], [0, 7]])), first=100)


def test_the_data_s_own_genes_are_a_vocabulary_in_the_order_of_their_names() -> None:
    found = own_vocabulary(["MYC", "ACTB", "MYC"], special=("<pad>", "<mask>", "<cls>", "<eos>"))
    assert dict(found.tokens) == {"<pad>": 0, "<mask>": 1, "<cls>": 2, "<eos>": 3, "ACTB": 4, "MYC": 5}
    assert (found.genes, found.prefix, found.suffix) == (2, (2,), (3,))


@pytest.mark.parametrize("kind", [np.asarray, csr_array, csr_matrix, coo_array])
def test_pieces_are_the_cells_in_order_whatever_the_chunks_are(kind: Any, counts: Any) -> None:
    chunks = [counts[:0], counts[:7], counts[7:17], counts[17:]]
    if kind is coo_array:
        kind = lambda chunk: csr_array(coo_array(chunk))  # noqa: E731 - rows of a coo array cannot be taken
    found = list(pieces([kind(chunk) for chunk in chunks], genes=40, scale="counts", size=5))
    assert [first for first, _ in found] == [0, 5, 7, 12, 17]
    assert np.array_equal(np.vstack([piece.toarray() for _, piece in found]), counts)


@pytest.mark.parametrize(
    ("value", "scale", "sentence"),
    [
        (
            1.5,
            "counts",
            r"1\.5 stands among the cells from number 4 on .* no count; give the layer that",
        ),
        (-0.3, "counts", r"-0\.3 stands among .* scaled or centred values cannot be turned back"),
        (-0.3, "log1p", r"-0\.3 stands among .* logs of counts are expected"),
        (np.nan, "log1p", r"nan stands among"),
        (np.inf, "counts", r"inf stands among"),
        (431.0, "log1p", r"431 stands among .* no log of a count; say scale counts"),
    ],
    ids=["half", "negative count", "negative log", "nan", "infinite", "large log"],
)
def test_numbers_off_the_scale_are_refused(value: float, scale: Any, sentence: str) -> None:
    chunk = np.array([[1.0, value]])
    with pytest.raises(SpecError, match=sentence):
        list(pieces([np.ones((4, 2)), chunk], genes=2, scale=scale))


def test_chunks_of_other_columns_are_refused() -> None:
    with pytest.raises(SpecError, match=r"shape \(3, 5\) where 4 genes are named"):
        list(pieces([np.ones((3, 5))], genes=4, scale="counts"))
