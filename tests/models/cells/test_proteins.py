"""Protein means of genes, against an ESM-2 called by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.errors import SequenceError, SpecError, TableError
from engine.models.cells.proteins import protein_means, read_proteins
from engine.registry.adapters import card_for_folder

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")

if TYPE_CHECKING:
    from pathlib import Path

ALPHABET = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO.-", "<null_1>", "<mask>"]
PROTEINS = {
    "TP53": ["MEEPQSDPSVEPPLSQ"],
    "MYC": ["MDFFRVVENQQPPATMPLNVSFTNRNYDLDYDSVQPYFYC", "MPLNVS"],
    "LONG": ["MKT" * 40],
}


@pytest.fixture(scope="module")
def esm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ESM-2 of rows of up to 64 tokens."""
    folder = tmp_path_factory.mktemp("esm") / "tiny-esm2"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(ALPHABET), encoding="utf-8")
    hf.EsmTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = hf.EsmConfig(
        vocab_size=len(ALPHABET), mask_token_id=32, pad_token_id=1, hidden_size=16, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=32, initializer_range=0.3, position_embedding_type="rotary",
        token_dropout=True, max_position_embeddings=66,
    )  # fmt: skip
    hf.EsmForMaskedLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(esm: Path) -> Any:
    """The same through the adapter."""
    return models.load(card_for_folder(esm), device="cpu")


def test_a_gene_is_the_mean_over_residues_and_then_over_its_proteins(esm: Path, model: Any) -> None:
    network = hf.EsmModel.from_pretrained(esm, add_pooling_layer=False).eval()

    def by_hand(sequence: str) -> Any:
        ids = [0, *(ALPHABET.index(letter) for letter in sequence[:62]), 2]
        with torch.inference_mode():
            return network(torch.tensor([ids])).last_hidden_state[0, 1:-1].mean(dim=0).numpy()

    found = protein_means(model, PROTEINS)
    expected = [np.mean([by_hand(one) for one in sequences], axis=0) for sequences in PROTEINS.values()]
    assert found.genes == tuple(PROTEINS)
    assert np.abs(found.vectors - np.stack(expected)).max() < 1e-5


def test_progress_is_told(model: Any) -> None:
    told: list[Any] = []
    protein_means(model, {f"G{number}": ["MKTA"] for number in range(70)}, tell=lambda *one: told.append(one))
    assert told == [("tiny-esm2: proteins", 64, 70), ("tiny-esm2: proteins", 70, 70)]


def test_proteins_that_cannot_be_read_are_refused(model: Any) -> None:
    with pytest.raises(SpecError, match="There are no proteins"):
        protein_means(model, {})
    with pytest.raises(SequenceError, match="1"):
        protein_means(model, {"TP53": ["MEE1PQ"]})


def test_genes_are_read_from_the_headers_of_three_sources(tmp_path: Path) -> None:
    path = tmp_path / "proteins.fa"
    path.write_text(
        ">sp|P04637|P53_HUMAN Cellular tumor antigen p53 OS=Homo sapiens OX=9606 GN=TP53 PE=1 SV=4\nMEEPQ\nSDPSV\n"
        ">ENSP00000478887.2 pep chromosome:GRCh38 gene:ENSG00000136997 gene_symbol:MYC description:x\nMdffr*\n"
        ">GATA1 mine\nMEF\n>again gene=TP53\nMK\n",
        encoding="utf-8",
    )
    assert read_proteins(path) == {"TP53": ["MEEPQSDPSV", "MK"], "MYC": ["MDFFR"], "GATA1": ["MEF"]}


@pytest.mark.parametrize("text", ["", "MEEP\n", ">TP53\n", ">\nMEEP\n"], ids=["empty", "bare", "header", "nameless"])
def test_files_that_are_no_proteins_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "proteins.fa").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=r"proteins\.fa"):
        read_proteins(tmp_path / "proteins.fa")
