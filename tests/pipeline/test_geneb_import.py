"""GENEB submissions from the command line: checked without a store, taken in beside the published models."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.published import geneb
from engine.published.geneb_submissions import RANGES, REGIMES, Meta, read_benchmark, submission, write_submission
from engine.run import publishing
from engine.run.bookkeeping import local_results
from engine.run.geneb_import import import_submissions, submission_files
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

Results = dict[str, dict[str, dict[str, float]]]
META = Meta(display="My Model", params=1_000_000, submitted_by="A. Person")
SHIPPED = "evo-1-131k-base"
COLLAPSED = {f"deep4mc_{name}_4mC" for name in ("E.coli", "G.pickeringii", "G.subterraneus")}


@pytest.fixture(scope="module")
def results(published: Path) -> Results:
    """Evo's published values; accuracy and F1 of the few-shot regimes, which are not shipped, are 0.5."""
    own = {
        (score.regime, score.task_id, score.metric): score.value or 0.0
        for score in geneb.read(published).scores
        if score.model_id == SHIPPED
    }
    tasks = read_benchmark(published).tasks
    return {
        regime: {task: {metric: own.get((regime, task, metric), 0.5) for metric in RANGES} for task in tasks}
        for regime in REGIMES
    }


@pytest.fixture
def folder(tmp_path: Path, published: Path, results: Results) -> Path:
    """A folder with one submission of a new model."""
    _add(tmp_path / "theirs", published, "org/my-model", META, results)
    return tmp_path / "theirs"


def _add(folder: Path, published: Path, model_id: str, meta: Meta, results: Results) -> Path:
    return write_submission(folder, submission(model_id, meta, results), read_benchmark(published))


def _vledger(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def _rows(*arguments: object) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(_vledger(*arguments, "--format", "json").stdout)
    return found


def _ask(query: str) -> list[tuple[Any, ...]]:
    with open_read_only(current_store()[0]) as con:
        return con.execute(query).fetchall()


def _means() -> dict[tuple[str, ...], tuple[float, float]]:
    """Macro and micro by model, suite, regime, protocol and metric."""
    query = "SELECT model_id, suite, regime, protocol, metric, macro, micro FROM suite_score WHERE macro IS NOT NULL"
    return {row[:5]: row[5:] for row in _ask(query)}


@pytest.mark.usefixtures("empty_cache")
def test_a_file_without_fault_is_said_to_be_so(folder: Path) -> None:
    done = _vledger("geneb", "check", folder / "org_my-model.json")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].split() == ["ok", "org_my-model.json"]


@pytest.mark.usefixtures("empty_cache")
def test_every_problem_of_every_file_is_listed_and_the_exit_code_is_2(folder: Path) -> None:
    path = folder / "org_my-model.json"
    content = json.loads(path.read_text("utf-8"))
    del content["meta"]["display"]
    del content["results"]["1shot"]
    (folder / "bad.json").write_text(json.dumps(content), "utf-8")
    done = _vledger("geneb", "check", path, folder / "bad.json", "--format", "csv")
    assert done.exit_code == 2
    assert [
        (row["file"] == str(path), row["problem"].split(" ")[0]) for row in csv.DictReader(done.stdout.splitlines())
    ] == [
        (True, ""),
        (False, "the"),
        (False, "meta.display"),
        (False, "results.1shot"),
    ]
    assert json.loads(_vledger("geneb", "check", path, "--format", "json").stdout) == [
        {"file": str(path), "problem": None}
    ]


def test_a_check_needs_neither_store_nor_models(folder: Path, empty_cache: Path) -> None:
    program = (
        "import sys; from engine.cli import app; "
        "app(['geneb', 'check', sys.argv[1]], standalone_mode=False); "
        "print([name for name in ('torch', 'sklearn', 'engine.models', 'engine.run') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, str(folder / "org_my-model.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert not empty_cache.exists()


@pytest.mark.usefixtures("served_store")
def test_what_is_imported_stands_in_the_store_beside_the_published_models(folder: Path, results: Results) -> None:
    before = _means()
    done = _vledger("import", "geneb", folder)
    assert done.exit_code == 0
    assert "published " in done.stderr
    found = {
        (regime, task, metric): value
        for regime, task, metric, value in _ask(
            "SELECT regime, task_id, metric, value FROM score WHERE model_id = 'org/my-model'"
        )
    }
    assert found == {
        (regime, task, metric): round(value, 4)
        for regime, per_task in results.items()
        for task, values in per_task.items()
        for metric, value in values.items()
    }
    after = _means()
    assert before == {key: pytest.approx(means) for key, means in after.items() if key[0] != "org/my-model"}
    assert len(after) == len(before) + 9
    assert _ask("SELECT DISTINCT origin, provenance, protocol FROM score WHERE model_id = 'org/my-model'") == [
        ("published", "self-reported", "geneb-published")
    ]
    assert _ask("SELECT name, parameters FROM model WHERE model_id = 'org/my-model'") == [("My Model", 1_000_000)]
    assert _ask("SELECT command, status FROM run WHERE run_id LIKE 'geneb-submission-%'")[0][1] == "finished"


@pytest.mark.usefixtures("served_store")
def test_means_of_an_import_are_over_all_tasks_and_categories(folder: Path, results: Results, published: Path) -> None:
    _vledger("import", "geneb", folder)
    category = {task.task_id: task.category for task in geneb.read(published).tasks}
    values = {task: round(cell["MCC"], 4) for task, cell in results["full"].items()}
    groups = [[values[task] for task in values if category[task] == name] for name in set(category.values())]
    macro = sum(sum(group) / len(group) for group in groups) / 13
    query = """
        SELECT macro, micro, n_categories, n_tasks FROM suite_score
        WHERE model_id = 'org/my-model' AND regime = 'full' AND metric = 'MCC'
    """
    assert _ask(query) == [(pytest.approx(macro), pytest.approx(sum(values.values()) / 100), 13, 100)]


@pytest.mark.usefixtures("served_store")
def test_a_majority_collapse_is_flagged_in_an_import_too(folder: Path) -> None:
    _vledger("import", "geneb", folder)
    query = (
        "SELECT task_id, count(*) FROM score WHERE model_id = '{}' AND flags LIKE '%MAJORITY_COLLAPSE%' GROUP BY ALL"
    )
    assert set(_ask(query.format("org/my-model"))) == {(task, 3) for task in COLLAPSED}
    assert set(_ask(query.format(SHIPPED))) == {(task, 3) for task in COLLAPSED}


@pytest.mark.usefixtures("served_store")
def test_a_shipped_model_is_compared_and_left_out(tmp_path: Path, published: Path, results: Results) -> None:
    official = Meta(display="Evo", params=1, provenance="official")
    path = _add(tmp_path, published, SHIPPED, official, results)
    before = current_store()
    assert _rows("import", "geneb", tmp_path) == [
        {
            "file": path.name,
            "outcome": "skipped",
            "remark": f"{SHIPPED} is shipped already, and its 500 published values are the same.",
        }
    ]
    other = json.loads(json.dumps(results))
    other["full"]["iDNA_ABF_5mC"] = {"MCC": 0.9, "Acc": 0.9, "F1": 0.9}
    _add(tmp_path, published, SHIPPED, official, other)
    (row,) = _rows("import", "geneb", tmp_path)
    assert re.fullmatch(
        rf"{SHIPPED} is shipped already; 3 of 500 values differ, the first: "
        r"results\.full\.iDNA_ABF_5mC\.MCC is 0\.9, published 0\.\d+\.",
        row["remark"],
    )
    assert current_store() == before
    assert not local_results().exists()


@pytest.mark.usefixtures("served_store")
def test_a_file_with_a_fault_is_refused_and_the_others_are_taken(folder: Path) -> None:
    (folder / "broken.json").write_text("{", "utf-8")
    done = _vledger("import", "geneb", folder, "--format", "csv")
    assert done.exit_code == 2
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [(row["file"], row["outcome"]) for row in rows] == [
        ("broken.json", "refused"),
        ("org_my-model.json", "imported"),
    ]
    assert _ask("SELECT count(*) FROM score WHERE model_id = 'org/my-model'") == [(900,)]


@pytest.mark.usefixtures("served_store")
def test_without_publishing_the_store_stays_and_the_next_publish_takes_it_in(folder: Path) -> None:
    before = current_store()
    assert _vledger("import", "geneb", folder, "--no-publish").exit_code == 0
    assert current_store() == before
    publishing.publish()
    assert _ask("SELECT count(*) FROM score WHERE model_id = 'org/my-model'") == [(900,)]


@pytest.mark.usefixtures("served_store")
def test_the_same_file_is_taken_in_once_and_a_changed_one_replaces_it(
    folder: Path, published: Path, results: Results
) -> None:
    import_submissions(folder, command="vledger import geneb theirs")
    first = publishing.publish()[0]
    (again,) = import_submissions(folder, command="vledger import geneb theirs")
    assert again.outcome == "unchanged"
    assert publishing.publish() == (first, False)
    changed = json.loads(json.dumps(results))
    changed["full"]["iDNA_ABF_5mC"]["MCC"] = 0.9
    _add(folder, published, "org/my-model", META, changed)
    (once_more,) = import_submissions(folder, command="vledger import geneb theirs")
    assert once_more.outcome == "imported"
    publishing.publish()
    query = "SELECT value FROM score WHERE model_id = 'org/my-model' AND task_id = 'iDNA_ABF_5mC' AND regime = 'full'"
    assert _ask(f"{query} AND metric = 'MCC'") == [(0.9,)]


@pytest.mark.usefixtures("served_store")
def test_an_import_that_was_damaged_since_is_named_and_a_new_import_repairs_it(folder: Path) -> None:
    import_submissions(folder, command="")
    path = local_results() / "geneb-submission-org_my-model" / "run.parquet"
    path.write_bytes(b"damaged")
    assert [one.outcome for one in import_submissions(folder, command="")] == ["imported"]
    with duckdb.connect() as con:
        assert con.execute(f"SELECT status FROM '{path}'").fetchall() == [("finished",)]


@pytest.mark.usefixtures("served_store")
def test_a_name_that_another_system_has_gets_the_id_beside_it(
    tmp_path: Path, published: Path, results: Results
) -> None:
    for model_id, name in (("mine", "GROVER"), ("one", "Twin"), ("two", "Twin")):
        _add(tmp_path, published, model_id, Meta(display=name, params=1), results)
    assert _vledger("import", "geneb", tmp_path).exit_code == 0
    query = "SELECT model_id, name FROM model WHERE source_id LIKE 'geneb-submission-%' ORDER BY 1"
    assert _ask(query) == [("mine", "GROVER (mine)"), ("one", "Twin"), ("two", "Twin (two)")]


@pytest.mark.usefixtures("served_store")
def test_a_system_of_the_registry_keeps_its_description(tmp_path: Path, published: Path, results: Results) -> None:
    _add(tmp_path, published, "evo-2-7b", Meta(display="Another name", params=1), results)
    known = _ask("SELECT * FROM model WHERE model_id = 'evo-2-7b'")
    assert len(known) == 1
    assert _vledger("import", "geneb", tmp_path).exit_code == 0
    assert _ask("SELECT * FROM model WHERE model_id = 'evo-2-7b'") == known
    assert _ask("SELECT count(*) FROM suite_score WHERE model_id = 'evo-2-7b' AND macro IS NOT NULL") >= [(9,)]


def test_submissions_are_found_in_a_folder_of_their_own_or_in_the_one_given(folder: Path, tmp_path: Path) -> None:
    assert [path.name for path in submission_files(folder)] == ["org_my-model.json"]
    (tmp_path / "model_meta.json").write_text("{}", "utf-8")
    folder.rename(tmp_path / "submissions")
    assert [path.name for path in submission_files(tmp_path)] == ["org_my-model.json"]


def test_a_folder_without_submissions_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engine", "import", "geneb", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"vledger: {tmp_path} holds no submissions: give a folder with *.json or submissions/*.json in it\n"
    )
