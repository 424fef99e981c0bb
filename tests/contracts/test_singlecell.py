"""What the cards of single-cell tasks and systems promise."""

from __future__ import annotations

import csv
import inspect
from typing import TYPE_CHECKING

import pytest

from engine.errors import SpecError
from engine.names import Kind, Protocol, Role, Suite
from engine.registry import read_systems
from engine.registry.cell_systems import CELL_SYSTEMS, CellSystemCard, as_models, find_cell_system
from engine.registry.files import SOURCES, input_file
from engine.registry.singlecell import CELL_TASKS, CellTaskCard, find_cell_task
from engine.registry.tasks import TASKS, dataset_files
from engine.run.catalogue import model_rows
from engine.run.singlecell.data import FAMILIES
from engine.run.singlecell.systems import rows_of, systems_of
from engine.singlecell_spec import make_singlecell_spec
from engine.statistics.metrics import CARDS
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    from pathlib import Path

KIND_OF = {
    Suite.PERTURBATION: (Kind.PERTURBATION_PREDICTION, Protocol.PERTURBATION),
    Suite.CELLS: (Kind.CELL_EMBEDDING, Protocol.CELL_EMBEDDING),
    Suite.NETWORKS: (Kind.NETWORK_INFERENCE, Protocol.NETWORK),
}


@pytest.fixture(params=list(CELL_TASKS))
def task(request: pytest.FixtureRequest) -> CellTaskCard:
    return CELL_TASKS[request.param]


@pytest.fixture(params=list(CELL_SYSTEMS))
def system(request: pytest.FixtureRequest) -> CellSystemCard:
    return CELL_SYSTEMS[request.param]


def test_a_task_asks_a_question_and_is_of_its_suite(task: CellTaskCard) -> None:
    assert task.sentence.endswith("?")
    assert KIND_OF[task.suite] == (task.kind, task.protocol)
    assert task.kind in FAMILIES
    assert task.task_id not in TASKS


def test_the_registered_baseline_stands_on_the_task_and_says_why(task: CellTaskCard) -> None:
    card = CELL_SYSTEMS[task.registered.baseline]
    assert (card.suite, card.role) == (task.suite, Role.BASELINE)
    assert task.registered.why.endswith(".")


def test_the_primary_metric_is_one_of_which_more_is_better(task: CellTaskCard) -> None:
    assert CARDS[task.primary].increasing
    assert task.primary in MINIMUM_EFFECT
    assert set(task.metrics) <= CARDS.keys()
    assert len(set(task.metrics)) == len(task.metrics)


def test_a_skill_has_a_reference_and_nothing_else_has(task: CellTaskCard) -> None:
    relative = any(metric.value.startswith("L2Skill") for metric in task.metrics)
    assert relative == (task.reference is not None)
    assert task.reference is None or CELL_SYSTEMS[task.reference].suite == task.suite


def test_the_data_of_a_task_are_pinned_and_their_source_is_told(task: CellTaskCard, published: Path) -> None:
    names = dataset_files(task.dataset)
    assert names
    assert all(len(input_file(name).sha256 or "") == 64 for name in names)
    with (published / "sources.csv").open(encoding="utf-8", newline="") as file:
        known = {row["source_id"] for row in csv.DictReader(file)} | {source.source_id for source in SOURCES}
    assert task.source in known


def test_positions_tell_tasks_of_a_suite_apart() -> None:
    places = [(card.suite, card.position) for card in CELL_TASKS.values()]
    assert len(set(places)) == len(places)


def test_every_family_has_the_same_four_functions() -> None:
    assert set(FAMILIES) == {kind for kind, _ in KIND_OF.values()}
    wanted = {"load": 2, "absent": 2, "answer": 2, "evaluate": 5}
    for family in FAMILIES.values():
        assert {name: len(inspect.signature(getattr(family, name)).parameters) for name in wanted} == wanted


def test_a_system_leads_to_code_and_is_described(system: CellSystemCard) -> None:
    assert callable(system.resolve()) or hasattr(system.resolve(), "predict")
    assert system.sentence.endswith(".")
    assert system.source
    assert system.role in {Role.BASELINE, Role.CONTROL}


def test_a_system_is_described_in_one_table(system: CellSystemCard) -> None:
    tables = {
        "models.csv": [row.model_id for row in read_systems()],
        "cell_systems.py": [row.model_id for row in as_models()],
    }
    assert {name: rows.count(system.model_id) for name, rows in tables.items()} == {
        name: int(name == system.described_in) for name in tables
    }
    assert system.model_id in {row.model_id for row in model_rows()}


def test_a_predictor_is_called_as_its_card() -> None:
    for card in CELL_SYSTEMS.values():
        if card.suite == Suite.PERTURBATION:
            assert card.resolve().name == card.model_id


def test_every_suite_has_its_baselines_and_two_have_a_control() -> None:
    for suite in KIND_OF:
        roles = [card.role for card in CELL_SYSTEMS.values() if card.suite == suite]
        assert roles.count(Role.BASELINE) >= 4
        assert (Role.CONTROL in roles) == (suite != Suite.NETWORKS)


def test_no_two_systems_of_a_suite_have_one_name_on_the_screen() -> None:
    spec = make_singlecell_spec({"name": "a", "kind": "single-cell", "tasks": "all"}, where="a test")
    systems = systems_of(spec, list(CELL_TASKS.values()))
    names = {row.model_id: row.name for row in rows_of(systems)}
    for suite in KIND_OF:
        own = [names[one.model_id] for one in systems if one.suite == suite]
        assert len(set(own)) == len(own)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("perturbench:double", "did you mean 'perturbench:doubles'"),
        ("pbmc68k", "did you mean 'cells:pbmc68k'"),
        ("zzz", "known here: perturbench:doubles"),
    ],
)
def test_an_unknown_task_names_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(SpecError, match=rf"^there is no single-cell task '{asked}'; {hint}"):
        find_cell_task(asked)


@pytest.mark.parametrize(("asked", "hint"), [("hvg_pca", "did you mean 'hvg-pca'"), ("zzz", "known here: no-change")])
def test_an_unknown_baseline_names_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(SpecError, match=rf"^there is no baseline '{asked}' on single-cell tasks; {hint}"):
        find_cell_system(asked)
