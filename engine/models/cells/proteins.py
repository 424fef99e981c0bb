"""Vectors of genes from their proteins: the mean of a protein model's states over residues."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import SpecError, TableError
from engine.models.cells.kinds import GeneVectors, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.models.cells.kinds import Tell
    from engine.protocols import SequenceModel, TokenRow

_AT_ONCE = 64
_GENE = re.compile(r"\b(?:GN=|gene_symbol:|gene=)(\S+)")


def read_proteins(path: Path) -> dict[str, list[str]]:
    """Proteins by gene from a FASTA file, in the file's order.

    The gene is what stands behind `GN=` (UniProt), `gene_symbol:` (Ensembl) or `gene=`, else the header's first word.

    Raises:
        TableError: it cannot be read, is no FASTA file, or a header has no sequence.
    """
    found: dict[str, list[str]] = defaultdict(list)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = "it cannot be read" if isinstance(error, OSError) else "it is no text in UTF-8"
        raise TableError(path, problem, expected="a FASTA file of proteins") from error
    before, *entries = re.split(r"^>", text, flags=re.MULTILINE)
    if before.strip() or not entries:
        raise TableError(path, "it is no FASTA file", expected="headers that start with >")
    for entry in entries:
        header, _, sequence = entry.partition("\n")
        letters = "".join(sequence.split()).upper().removesuffix("*")
        named = _GENE.search(header)
        gene = named[1] if named else next(iter(header.split()), "")
        if not gene or not letters:
            raise TableError(path, "a header has no name or no sequence", value=header, expected="a protein per header")
        found[gene].append(letters)
    return dict(found)


def protein_means(
    model: SequenceModel, proteins: Mapping[str, Sequence[str]], *, layer: int = -1, tell: Tell = silent
) -> GeneVectors:
    """One vector per gene, shape (genes, width): the mean over residues, then over the gene's proteins.

    Special tokens are left out. A protein longer than the context is read up to there.

    Args:
        model: A protein model, ESM-2 for one, as `engine.models.load` gives it.
        proteins: Sequences of one or more proteins of each gene.
        layer: Whose states; -1 the last.
        tell: Told of the proteins done.

    Raises:
        SpecError: the model reads no proteins, there are none, or there is no such layer.
        SequenceError: a sequence has letters that are no residues.
    """
    if model.identity.alphabet != "protein":
        raise SpecError(f"{model.identity.model_id} reads DNA; take a protein model such as esm-2-650m.")
    owners = [gene for gene, sequences in proteins.items() for _ in sequences]
    sequences = [sequence for group in proteins.values() for sequence in group]
    if not sequences:
        raise SpecError("There are no proteins to take means of; give a FASTA file with one or more per gene.")
    parts = []
    for start in range(0, len(sequences), _AT_ONCE):
        rows, _ = model.encode_within(sequences[start : start + _AT_ONCE])
        parts.append(model.pooled(rows, [_over_residues(model, row) for row in rows], layer=layer))
        tell(f"{model.identity.model_id}: proteins", min(start + _AT_ONCE, len(sequences)), len(sequences))
    means = np.concatenate(parts).astype(np.float64)
    genes = tuple(dict.fromkeys(owners))
    place = {gene: number for number, gene in enumerate(genes)}
    of_gene = np.array([place[gene] for gene in owners])
    sums = np.zeros((len(genes), means.shape[1]))
    np.add.at(sums, of_gene, means)
    return GeneVectors(genes=genes, vectors=sums / np.bincount(of_gene)[:, None])


def _over_residues(model: SequenceModel, row: TokenRow) -> NDArray[np.float32]:
    letters = model.token_letters(row) > 0
    found: NDArray[np.float32] = (letters / letters.sum()).astype(np.float32)
    return found
