"""A process for the page `/your-split` that has its answers beforehand: tests of the page are about the page."""

from __future__ import annotations

import sys
from pathlib import Path

import engine

_SCRIPT = """
import sys, time
sys.path.insert(0, {root!r})
from dataclasses import replace
from engine.local_split import pipes
from engine.local_split.cells.exchange import CellsFile, Embedded, FoundCells
from engine.local_split.exchange import Column, Field, LabelWord, Offer, Shape
from engine.local_split.pipes import Asked, Taken, Told
from engine.singlecell.contract import ObsColumn
from tests.engine.local_split import results

def tell(kind, value):
    pipes.write(sys.stdout.buffer, Told(number=asked.number, kind=kind, value=value))

def column(name, distinct=400, numeric=True):
    return Column(name=name, filled=412, distinct=distinct, numeric=numeric, examples=("a",))

def inspected():
    shape = options.shape or (Shape.SCORES if "scores" in name else Shape.PROTEIN)
    fields = {{Field.LABEL: "label", Field.GENE: "gene", Field.VARIANT: "variant"}}
    fields |= dict(options.columns)
    names = ("label", "gene", "variant", "ancestry")
    scores = tuple(f"s{{n}}" for n in range(20)) if "many" in name else ("esm", "cadd")
    missing = "there is no column of labels; name it." if "unlabelled" in name and not options.columns else None
    words = (LabelWord(word="LOF", count=9, read_as="unknown"),) if "words" in name else ()
    return results.inspection(
        name=name,
        shape=shape,
        columns=(*(column(one, 5, False) for one in names), *map(column, scores)),
        fields={{field: one for field, one in fields.items() if one}},
        score_columns=scores,
        strata_columns=("gene", "ancestry"),
        group="gene" if options.group is None else options.group or None,
        label_words=(*results.inspection().label_words, *words),
        used=5_000_000 if "large" in name else 410,
        missing=missing,
        preview={{"label": ["1", "0"], "gene": ["A", "B"]}},
    )

def compared():
    verdict = "FAIL" if "lost" in name else "PASS_PAIRED"
    chosen = options.scores[0].column if options.scores else "esm"
    found = results.result(column=chosen, verdict=verdict, inspection=inspected())
    if not options.scores:
        yours = found.systems[0].system_id
        kept = lambda rows: tuple(one for one in rows if one.system_id != yours)
        found = replace(found, systems=found.systems[1:], differences=())
        found = replace(found, values=kept(found.values), power=kept(found.power))
    return Taken(result=found, html=b"<p>report</p>", csv=b"system", json=b"{{}}")

def cells():
    large = "large" in name
    return FoundCells(
        name=name, sha256="0" * 64, n_cells=50_000 if large else 300, n_genes=200, layer=options.layer, state="counts",
        columns=(ObsColumn(name="cell_type", kind="text", distinct=4, missing=0),),
        embeddings=() if "bare" in name else (Embedded(name="X_a", width=8), Embedded(name="X_b", width=2)),
        layers=("counts",), labels=() if "untyped" in name else ("cell_type", "state"), batches=("donor",),
    )

files = None
while (asked := pipes.read(sys.stdin.buffer, Asked)) is not None:
    files, options = asked.files or files, asked.options
    name = files.name if isinstance(files, CellsFile) else files.table.name
    if "broken" in name:
        tell("refusal", f"{{name}}: this is not a table; give CSV, TSV, Parquet or XLSX.")
    elif "deadly" in name:
        sys.exit(1)
    elif asked.question == "inspect":
        tell("answer", cells() if isinstance(files, CellsFile) else inspected())
    elif asked.question == "offers":
        here = {{"model": "esm2-8m", "name": "ESM-2 8M", "parameters": 7_500_000, "seconds": 34.0}}
        tell("answer", [Offer(**here, sentence="Measured.")])
    else:
        tell("step", ("bootstrap of esm", 30, 120))
        time.sleep(60 if "slow" in name else 0)
        tell("answer", compared())
"""
COMMAND = (sys.executable, "-c", _SCRIPT.format(root=str(Path(engine.__file__).resolve().parents[1])))
