"""docs/scoring.md and the README's section say what the code does: every name, key, default, question and number."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from pydantic_core import PydanticUndefined

from engine.errors import NotHereError, SpecError, StoreError, TableError
from engine.names import ALL_STRATA, Verdict
from engine.registry.baselines import BASELINES, BUILT_BASELINES
from engine.registry.files import input_file
from engine.registry.scorers import SCORERS, resolve
from engine.registry.tasks import PROTEINGYM_ASSAYS, TASKS, dataset_files
from engine.run.measure import METRICS_OF
from engine.spec import ModelSpec, Options, Spec, make_spec
from engine.statistics.verdict import MINIMUM_EFFECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "scoring.md").read_text("utf-8")


def _section(text: str, title: str) -> str:
    return text.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def _table(text: str, header: str) -> dict[str, list[str]]:
    """Rows of the first table whose header begins like this, by their first cell."""
    lines = iter(text.splitlines())
    assert any(line.startswith(f"| {header} |") for line in lines), header
    next(lines)
    rows = {}
    for line in lines:
        if not line.startswith("|"):
            break
        first, *others = (cell.strip() for cell in line.strip("|").split("|"))
        rows[first.strip("`")] = others
    return rows


def _tables(text: str, header: str) -> list[dict[str, list[str]]]:
    return [_table(f"| {header} |{part}", header) for part in text.split(f"| {header} |")[1:]]


@pytest.mark.parametrize(("number", "part"), [(0, Spec), (1, ModelSpec), (2, Options)])
def test_every_key_of_a_spec_has_its_line_and_its_default(text: str, number: int, part: Any) -> None:
    found = _tables(_section(text, "A run as a file"), "key")[number]
    assert set(found) == set(part.model_fields)
    for name, field in part.model_fields.items():
        told = found[name][1].strip("`")
        if field.default is PydanticUndefined and field.default_factory is None:
            assert told == "needed"
        elif isinstance(field.default, (str, int)) and name != "workers":
            assert told.strip('"') == str(field.default).lower()


def test_the_example_of_a_spec_is_one(text: str) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    spec = make_spec(tomllib.loads(example), where="docs")
    assert spec.models[0].options == {"tiling": "optimal"}


def test_every_scorer_is_named_with_its_options(text: str) -> None:
    found = _table(_section(text, "Scorers"), "scorer")
    assert list(found) == list(SCORERS)
    for name, cells in found.items():
        options = [field.name for field in dataclasses.fields(resolve(name))]
        assert sorted(cells[1].split(", ")) == sorted(options)


def test_every_baseline_is_named(text: str) -> None:
    section = _section(text, "Baselines")
    assert all(f"`{name}`" in section for name in BASELINES | BUILT_BASELINES)


def test_every_task_is_named_with_its_question_and_the_baseline_to_beat(text: str) -> None:
    found = _table(_section(text, "A model on the tasks of the engine"), "task")
    assert found.keys() == TASKS.keys()
    for task_id, (question, _, baseline) in found.items():
        assert question == TASKS[task_id].sentence
        assert baseline == TASKS[task_id].registered(ALL_STRATA).baseline


@pytest.mark.usefixtures("store")
def test_the_sizes_of_the_tasks_are_those_of_the_store(text: str, store: Path) -> None:
    found = _table(_section(text, "A model on the tasks of the engine"), "task")
    with duckdb.connect(str(store), read_only=True) as con:
        sizes = dict(con.execute("SELECT task_id, n_test FROM task").fetchall())
    for task_id, (_, size, _) in found.items():
        assert int(size.replace(",", "")) == sizes[task_id]


def test_every_verdict_and_the_smallest_difference_that_counts_are_told(text: str) -> None:
    section = _section(text, "What the verdicts mean")
    assert list(_table(section, "verdict")) == [verdict.value for verdict in Verdict]
    of_variants = {metric for metrics in METRICS_OF.values() for metric in metrics}
    assert {MINIMUM_EFFECT[metric] for metric in of_variants} == {0.02, 0.03}
    assert "0.02 for AUROC, AUPRC and Spearman, and 0.03 for MCC" in section


def test_every_exit_code_of_an_error_is_told(text: str) -> None:
    found = _table(_section(text, "Stopping and going on"), "exit code")
    assert {str(error.exit_code) for error in (NotHereError, SpecError, StoreError, TableError)} <= found.keys()
    assert {"0", "1", "130"} <= found.keys()


def test_every_source_of_data_is_named_with_its_licence(text: str) -> None:
    rows = _table(_section(text, "Data and licences"), "data").values()
    told = " ".join(" ".join(row) for row in rows)
    names = {name for dataset in (*TASKS, PROTEINGYM_ASSAYS) for name in dataset_files(dataset)}
    for file in map(input_file, names):
        repository = re.search(r"githubusercontent\.com/([\w.-]+/[\w.-]+)/", file.url)
        assert repository is not None
        assert repository[1] in told, file.name
        licence = "Apache-2.0" if "Apache" in file.licence else "MIT"
        assert any(repository[1] in row[0] and licence in row[1] for row in rows), file.name


def test_every_file_that_is_named_is_there(text: str, precomputed: Path) -> None:
    named = set(re.findall(r"`((?:engine|tests|docs)/[\w/.]+)`", text))
    assert len(named) > 10
    assert [name for name in named if not (precomputed.parent / name).exists()] == []


def test_the_readmes_numbers_are_those_of_the_store(precomputed: Path, store: Path) -> None:
    section = _section((precomputed.parent / "README.md").read_text("utf-8"), "Scoring a model")
    query = """
        SELECT printf('%.3f [%.3f, %.3f]', value, ci_low, ci_high), n FROM score
        WHERE task_id = 'brca1_sge' AND stratum = 'all' AND metric = 'AUROC' AND model_id = ?
    """
    with duckdb.connect(str(store), read_only=True) as con:
        rows = [con.execute(query, [name]).fetchone() for name in ("evo2-1b", "consequence+blosum62")]
        verdicts = con.execute(
            "SELECT verdict_article, verdict FROM comparison WHERE task_id = 'brca1_sge' AND stratum = 'all' "
            "AND metric = 'AUROC' AND model_id = 'evo2-1b' AND registered"
        ).fetchall()
    shown = _table(section, "system")
    assert [cells[0] for cells in shown.values()] == [row[0] for row in rows if row]
    assert {row[1] for row in rows if row} == {3893}
    assert "3,893\nsingle-base" in section or "3,893 single-base" in section
    assert verdicts == [("FAIL", "FAIL")]
    assert next(iter(shown.values()))[1] == "FAIL"
    assert "vledger quickstart" in section
