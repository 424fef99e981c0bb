from __future__ import annotations

import csv
import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.datasets.directions import DIRECTIONS
from engine.datasets.fetch import MIRROR, located, read_task
from engine.errors import SpecError
from engine.genome import parse_residue_change
from engine.names import Consequence
from engine.registry.baselines import BASELINES
from engine.registry.files import SOURCES, input_file, input_files
from engine.registry.tasks import (
    ANY_OTHER,
    OTHER_FILES,
    TASKS,
    TaskCard,
    dataset_files,
    datasets_with,
    find_task,
)
from engine.tables import sha256_of
from engine.variants import ITEM_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from engine.variants import VariantTask

CARDS = list(TASKS.values())
IDS = list(TASKS)


@cache
def _read(task_id: str, mirror: Path) -> VariantTask:
    card = TASKS[task_id]
    return card.reader()({name: mirror / name for name in card.files + card.optional_files})


@pytest.fixture(params=IDS)
def card(request: pytest.FixtureRequest) -> TaskCard:
    return TASKS[request.param]


@pytest.fixture
def task(card: TaskCard, mirror: Path) -> VariantTask:
    return _read(card.task_id, mirror)


def test_a_task_reads_under_its_own_id(card: TaskCard, task: VariantTask) -> None:
    assert task.task.task_id == card.task_id
    assert task.task.source_id == card.source
    assert task.task.n_test == len(task.items)


def test_items_have_the_stores_columns_and_types(task: VariantTask) -> None:
    assert list(task.items.columns) == list(ITEM_COLUMNS)
    assert {name: str(kind) for name, kind in task.items.dtypes.items()} == ITEM_COLUMNS
    assert list(task.items.index) == list(range(len(task.items)))


def test_every_item_has_an_id_of_its_own_and_a_label(task: VariantTask) -> None:
    assert task.items["item_id"].is_unique
    assert set(task.items["label"]) == {0, 1}
    assert task.items["label"].notna().all()
    assert set(task.items["split"]) == {"test"}


def test_words_of_items_are_in_the_vocabulary(task: VariantTask) -> None:
    assert set(task.items["consequence"].dropna()) <= {word.value for word in Consequence}
    assert all(isinstance(json.loads(text), dict) for text in task.items["groups"].dropna())
    for text in task.items["protein_variant"].dropna().unique():
        assert str(parse_residue_change(text)) == text


def test_membership_has_a_column_per_stratum(task: VariantTask) -> None:
    assert task.membership.shape == (len(task.items), len(task.strata))
    assert list(task.membership.columns) == [stratum.stratum for stratum in task.strata]
    assert set(task.membership.dtypes) == {np.dtype(bool)}
    assert task.strata[0].stratum == "all"
    assert task.membership["all"].all()


def test_strata_have_the_size_and_prevalence_of_their_items(card: TaskCard, task: VariantTask) -> None:
    labels = task.items["label"].to_numpy(int)
    for position, stratum in enumerate(task.strata):
        inside = labels[task.membership[stratum.stratum].to_numpy()]
        assert (stratum.task_id, stratum.position) == (card.task_id, position)
        assert stratum.n == len(inside) > 0
        assert stratum.prevalence == pytest.approx(inside.mean())
    assert task.task.prevalence == task.strata[0].prevalence


def test_published_scores_are_those_of_the_card_and_have_a_direction(card: TaskCard, task: VariantTask) -> None:
    assert set(task.measured.columns) == {*card.comparators, *card.models_published}
    assert set(task.measured.columns) <= set(DIRECTIONS)
    assert set(task.measured.dtypes) <= {np.dtype(np.float64)}
    assert len(task.measured) == len(task.items)
    assert not np.isinf(task.measured.to_numpy()).any()
    assert task.measured.notna().any().all()


def test_clusters_are_a_column_without_gaps(card: TaskCard, task: VariantTask) -> None:
    if card.clusters is None:
        assert task.items["gene"].nunique() <= 1
    else:
        assert task.items[card.clusters].notna().all()


def test_inputs_are_written_down_with_their_hash(card: TaskCard, task: VariantTask) -> None:
    assert set(task.inputs) == set(card.files + card.optional_files)
    assert dict(task.inputs) == {name: input_file(name).sha256 for name in task.inputs}


def test_sequences_are_of_the_genes_and_chromosomes_of_items(task: VariantTask) -> None:
    assert set(task.proteins) <= set(task.items["gene"].dropna())
    assert set(task.regions) <= set(task.items["chrom"].dropna())


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_registered_baselines_are_among_what_is_compared(card: TaskCard) -> None:
    assert ANY_OTHER in card.registered_baseline
    for registration in card.registered_baseline.values():
        assert registration.baseline in card.baselines + card.comparators
        assert registration.why.endswith(".")


def test_every_registration_is_of_a_stratum_that_can_be(card: TaskCard, task: VariantTask) -> None:
    strata = {stratum.stratum for stratum in task.strata} | {ANY_OTHER, "stars>=4"}
    assert set(card.registered_baseline) <= strata


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_baselines_are_rules_of_the_registry(card: TaskCard) -> None:
    assert all(BASELINES[name].pointer for name in card.baselines)


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_what_a_baseline_needs_is_in_the_items(card: TaskCard, mirror: Path) -> None:
    task = _read(card.task_id, mirror)
    there = {name for name in ITEM_COLUMNS if task.items[name].notna().any()}
    there |= {name for name in ("regions", "measured", "proteins") if len(getattr(task, name))}
    for name in card.baselines:
        assert set(BASELINES[name].needs) <= there, name


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_cards_say_where_labels_come_from(card: TaskCard, published: Path) -> None:
    with (published / "sources.csv").open(encoding="utf-8", newline="") as file:
        shipped = {row["source_id"] for row in csv.DictReader(file)}
    own = {source.source_id for source in SOURCES}
    assert not own & shipped
    assert {card.source, *(input_file(name).source_id for name in card.files)} <= own | shipped
    assert card.sentence.endswith("?")


def test_every_input_is_pinned_and_belongs_to_a_data_set() -> None:
    for name, file in input_files().items():
        assert datasets_with(name), name
        assert file.url.startswith("https://raw.githubusercontent.com/")
    assert {name for dataset in (*TASKS, *OTHER_FILES) for name in dataset_files(dataset)} == set(input_files())


def test_only_a_changed_copy_lacks_the_hash_of_its_upstream_file() -> None:
    unknown = [file for file in input_files().values() if file.upstream_sha256 is None]
    assert [file.name for file in unknown] == ["vep_eval/clinvar_sample_1000.csv.gz"]
    assert all(file.note for file in unknown)
    assert all(file.upstream_sha256 == file.sha256 for file in input_files().values() if file not in unknown)


@pytest.mark.parametrize("name", list(input_files()))
def test_the_mirror_has_every_input_as_pinned(name: str, mirror: Path) -> None:
    assert sha256_of(mirror / name) == input_file(name).sha256
    assert (mirror / name).stat().st_size == input_file(name).size


@pytest.mark.parametrize("task_id", IDS)
def test_a_task_reads_through_the_mirror(
    task_id: str, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror))
    assert all(path.is_relative_to(mirror) for path in located(task_id, tmp_path).values())
    if task_id == "clinvar_sample":
        assert read_task(task_id, tmp_path).task.n_test == 1000


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("brca1", "did you mean 'brca1_sge'"),
        ("dms:BLAT", "did you mean 'dms:BLAT_ECOLX'"),
        ("zzz", "known here: brca1_sge"),
    ],
)
def test_an_unknown_task_names_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(SpecError, match=f"there is no task '{asked}' to score; {hint}"):
        find_task(asked)
