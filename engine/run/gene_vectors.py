"""Vectors of genes from their proteins: what the linear predictor of single-cell tasks may take for its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from engine.errors import SpecError
from engine.models.cells.proteins import protein_means, read_proteins
from engine.run.quickstart import protein_card

if TYPE_CHECKING:
    from pathlib import Path

    from engine.models.cells.kinds import GeneVectors, Tell
    from engine.run.quickstart import Ask


def protein_vectors(path: Path, ask: Ask, *, layer: int, tell: Tell) -> GeneVectors:
    """One vector per gene of a FASTA file, see `engine.models.cells.proteins`.

    Raises:
        NotHereError: torch, a package, the weights or the device is not on this machine.
        SpecError: the model does not exist, reads DNA, or has no such layer.
        TableError: the file is no FASTA.
        SequenceError: a sequence has letters that are no residues.
    """
    card = protein_card(ask.model, "genes are told by their proteins")
    proteins = read_proteins(path)
    return protein_means(ask.load(card), proteins, layer=layer, tell=tell)


def write_vectors(path: Path, found: GeneVectors) -> None:
    """A CSV file with the gene in the first column and its vector in all others, as `gene_vectors` of a spec reads it.

    Raises:
        SpecError: it cannot be written.
    """
    table = pd.DataFrame(found.vectors, columns=[f"v{number}" for number in range(1, found.vectors.shape[1] + 1)])
    table.insert(0, "gene", list(found.genes))
    try:
        table.to_csv(path, index=False)
    except OSError as error:
        raise SpecError(f"--out {path}: it cannot be written ({error.strerror}); give another place.") from error
