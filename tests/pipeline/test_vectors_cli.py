"""`vledger vectors` as it is typed: a file that a single-cell spec reads, or one sentence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine import cli, models
from engine.models.cells.proteins import protein_means
from engine.registry.adapters import card_for_folder
from engine.singlecell.perturbation.embeddings import read_embedding
from tests.engine.tiny_esm2 import write_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str]]

FASTA = ">sp|P04637|P53_HUMAN GN=TP53\nMEEPQSDPSV\nEPPLSQ\n>MYC first\nMDFFRVVENQ\n>MYC second\nMPLNVS\n"


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Exit code and standard error of `vledger vectors proteins.fasta ...`, run in this process."""
    (tmp_path / "proteins.fasta").write_text(FASTA, "utf-8")

    def run(*arguments: object) -> tuple[int, str]:
        words = ["vledger", "vectors", tmp_path / "proteins.fasta", "--out", tmp_path / "esm2.csv", *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, words)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capfd.readouterr().err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("esm") / "tiny-esm2")


def test_the_file_has_the_vectors_and_a_spec_reads_it(vectors: Command, folder: Path, tmp_path: Path) -> None:
    code, err = vectors("--model", folder)
    assert code == 0, err
    assert "2 genes of " in err
    found = read_embedding(tmp_path / "esm2.csv")
    expected = protein_means(
        models.load(card_for_folder(folder), device="cpu"),
        {"TP53": ["MEEPQSDPSVEPPLSQ"], "MYC": ["MDFFRVVENQ", "MPLNVS"]},
    )
    assert found.genes == expected.genes == ("TP53", "MYC")
    np.testing.assert_allclose(found.vectors, expected.vectors, rtol=1e-6)


def test_what_cannot_be_done_is_one_sentence(vectors: Command, tmp_path: Path) -> None:
    assert vectors("--model", "gpn-brassicales")[0] == 2
    code, err = vectors("--model", "dnabert2-no-flashattention")
    assert code == 2
    assert "genes are told by their proteins" in err
    code, err = vectors("--out", tmp_path / "none" / "x.csv")
    assert (code, "there is no folder" in err) == (2, True)
    (tmp_path / "proteins.fasta").write_text("TP53,MEEPQ\n", "utf-8")
    code, err = vectors("--model", "esm-2-8m")
    assert (code, "it is no FASTA file" in err) == (2, True)
    (tmp_path / "proteins.fasta").unlink()
    code, err = vectors("--model", "esm-2-8m")
    assert (code, "proteins.fasta: it cannot be read" in err) == (2, True)
