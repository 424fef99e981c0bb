"""Real splits, counted against the readers that this engine has for the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.datasets.sequence_split import read_sequence_split
from engine.local_split.checks import contamination
from engine.local_split.exchange import Field, Files, Inspection, Options, ScoreColumn, Shape, Upload
from engine.local_split.inspect import inspect
from engine.run.data import load_task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.local_split.split import LocalSplit


@pytest.fixture(autouse=True)
def _items(store_with_items: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VLEDGER_CACHE", str(store_with_items.parents[1]))
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    contamination.public_sequences.cache_clear()
    yield
    contamination.public_sequences.cache_clear()


def inspected(path: Path, options: Options | None = None) -> tuple[Inspection, LocalSplit]:
    found, split = inspect(Files(table=Upload(name=path.name, content=path.read_bytes())), options or Options())
    assert split is not None, found.missing
    return found, split


def overlaps(inspection: Inspection) -> dict[str, int]:
    return {one.title.rpartition(": ")[2]: one.rows for one in inspection.checks if one.kind == "contamination"}


def test_brca1_has_the_items_of_the_ledger(mirror: Path) -> None:
    path = mirror / "brca1" / "41586_2018_461_MOESM3_ESM.xlsx"
    options = Options(
        columns=((Field.LABEL, "func.class"),),
        positive="LOF",
        assembly="hg19",
        scores=(ScoreColumn(column="CADD.score", higher_is="1"),),
    )
    found, split = inspected(path, options)
    task = load_task("brca1_sge")
    assert split.variants is not None
    assert (found.shape, found.used, found.positives, found.problem_count) == (Shape.DNA, 3893, 823, 0)
    for name in ("label", "chrom", "pos", "ref", "alt", "assembly", "gene", "protein_variant", "consequence"):
        assert split.variants.items[name].equals(task.items[name]), name
    assert np.array_equal(split.scores["CADD.score"], task.measured["cadd"])
    assert overlaps(found)["brca1_sge"] == 3893


def test_clinvar_labels_are_counted_as_published(mirror: Path) -> None:
    found, split = inspected(mirror / "clinvar" / "PTEN_ClinVar_labels.csv")
    assert (found.shape, found.rows, found.used) == (Shape.PROTEIN, 20027, 20027)
    assert (found.group, split.groups is not None) == ("protein_name", True)
    assert overlaps(found)["clinvar_missense"] > 0.99 * found.used


def test_the_sample_of_clinvar_loses_the_variant_that_changes_nothing(mirror: Path) -> None:
    found, split = inspected(mirror / "vep_eval" / "clinvar_sample_1000.csv.gz", Options(assembly="GRCh38"))
    task = load_task("clinvar_sample")
    changed = task.items[(task.items["ref"] != task.items["alt"])]
    assert [(one.row, one.kind) for one in found.problems] == [(458, "unchanged")]
    assert split.labels.tolist() == changed["label"].tolist()
    assert overlaps(found) == {"clinvar_sample": 999}


def test_blat_is_recognised_by_its_changes_without_any_name(tmp_path: Path) -> None:
    items = load_task("dms:BLAT_ECOLX").items
    path = tmp_path / "blat.csv"
    items[["protein_variant", "label"]].to_csv(path, index=False)
    found, split = inspected(path)
    assert (found.used, found.positives) == (4996, int(items["label"].sum()))
    assert split.groups is None
    assert overlaps(found) == {"dms:BLAT_ECOLX": 4996}


def test_a_geneb_task_has_the_rows_of_its_reader_but_repeated_ones(mirror: Path) -> None:
    path = mirror / "geneb_tasks" / "iDNA_ABF_5mC.csv.gz"
    found, split = inspected(path)
    task = read_sequence_split(path)
    assert split.sequences is not None
    for mine, theirs in ((split.sequences.train, task.train), (split.sequences.test, task.test)):
        pairs = dict.fromkeys(zip(theirs.sequences, theirs.labels.tolist(), strict=True))
        known = [text for text, _ in pairs]
        once = [(text, label) for text, label in pairs if known.count(text) == 1]
        assert list(zip(mine.sequences, mine.labels.tolist(), strict=True)) == once
    assert overlaps(found)["iDNA_ABF_5mC"] == found.used - found.train
