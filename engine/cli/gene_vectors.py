"""`vledger vectors`: genes as a protein model sees them, in a file for single-cell specs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.options import BATCH_TOKENS, DEVICE, DTYPE, PICKLE, REMOTE_CODE, WEIGHTS, Dtype
from engine.cli.progress import ConsoleReporter, stopped
from engine.errors import SpecError


def vectors(
    proteins: Annotated[
        Path,
        typer.Argument(
            dir_okay=False, help="FASTA of proteins; the gene behind GN=, gene_symbol: or gene=, else the first word."
        ),
    ],
    out: Annotated[Path, typer.Option(dir_okay=False, help="CSV file for a vector per gene.")],
    model: Annotated[str, typer.Option(help="Protein model of the registry, or a local folder.")] = "esm-2-35m",
    layer: Annotated[int, typer.Option(help="Hidden layer, -1 the last.")] = -1,
    weights: Annotated[Path | None, WEIGHTS] = None,
    device: Annotated[str, DEVICE] = "auto",
    dtype: Annotated[Dtype, DTYPE] = "auto",
    batch_tokens: Annotated[int | None, BATCH_TOKENS] = None,
    allow_remote_code: Annotated[bool, REMOTE_CODE] = False,
    allow_pickle: Annotated[bool, PICKLE] = False,
) -> None:
    """Make a vector per gene from its proteins, the mean over residues, for `gene_vectors` of a single-cell spec."""
    from engine.run.gene_vectors import protein_vectors, write_vectors
    from engine.run.quickstart import Ask

    if not out.parent.is_dir():
        raise SpecError(f"--out {out}: there is no folder {out.parent}; give another place.")
    ask = Ask(
        model=model,
        weights=weights,
        device=None if device == "auto" else device,
        dtype=None if dtype == "auto" else dtype,
        batch_tokens=batch_tokens,
        allow_remote_code=allow_remote_code,
        allow_pickle=allow_pickle,
    )
    reporter = ConsoleReporter()
    reporter.count("proteins", rated=True)
    start = time.perf_counter()

    def tell(what: str, done: int, total: int) -> None:
        del what
        reporter.progress(done, total, 0, time.perf_counter() - start)

    with stopped(reporter, "stopped; no vectors are kept, so the same command begins anew"):
        found = protein_vectors(proteins, ask, layer=layer, tell=tell)
    write_vectors(out, found)
    typer.echo(f"{len(found.genes):,} genes of {found.vectors.shape[1]:,} numbers each in {out}", err=True)
