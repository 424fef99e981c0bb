"""What `publish` puts into the store besides facts: shipped results, this machine's runs, data that are here."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from engine.datasets.fetch import MIRROR
from engine.errors import TableError, VerificationError
from engine.names import Kind, Metric, Suite
from engine.records import Bundle, Comparison, Item, Model, Prediction, Run, Score, Source, Stratum, Task
from engine.run import publishing
from engine.run.bookkeeping import local_results
from engine.store.location import current_store
from engine.store.parquet import read_frame, write_frame, write_rows
from engine.store.reader import open_read_only
from engine.store.results import result_files, write_results
from engine.store.verify import verify_references
from engine.store.writer import write_store
from tests.pipeline.real_runs import published_with_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN_TASK = Task(
    task_id="own",
    label="A task of an older engine",
    suite=Suite.DMS,
    category="own",
    kind=Kind.VARIANT_EFFECT,
    primary_metric=Metric.AUROC,
    position=9,
    source_id="engine",
)


def _run(name: str) -> Run:
    return Run(
        run_id=name,
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T01:00:00+00:00",
        status="finished",
        command="vledger run own.toml",
        spec_hash="0" * 64,
        spec_json="{}",
        engine_version="0.0.1",
        git_commit=None,
        git_dirty=None,
        packages_json="{}",
        device="cpu",
        dtype="float32",
        seed=0,
    )


def _score(name: str, model: str, value: float | None = 0.5, **changes: Any) -> Score:
    score = Score(
        model_id=model,
        task_id="own",
        stratum="all",
        regime="zero_shot",
        protocol="masked-marginal",
        metric="AUROC",
        value=value,
        n=10,
        origin="engine",
        provenance="computed by this engine",
        run_id=name,
        source_id="engine",
    )
    return replace(score, **changes)


def _comparison(name: str, model: str) -> Comparison:
    return Comparison(
        task_id="own",
        stratum="all",
        regime="zero_shot",
        protocol="masked-marginal",
        metric="AUROC",
        model_id=model,
        baseline_id="blosum62",
        delta=0.1,
        ci_low=0.0,
        ci_high=0.2,
        p=0.05,
        q=0.05,
        verdict_article="FAIL",
        verdict="INCONCLUSIVE",
        flags=None,
        run_id=name,
        n=10,
        ci_method="percentile bootstrap",
        p_method="DeLong, paired",
        minimum_effect=0.02,
        registered=True,
        undefined_reason=None,
    )


def _prediction(name: str, model: str, item: str = "i1", score: float | None = 0.5) -> Prediction:
    return Prediction(run_id=name, model_id=model, task_id="own", item_id=item, score=score, higher_is="fit")


def _bundle(name: str, model: str, value: float = 0.5) -> Bundle:
    described = Model(
        model_id=model, name=f"{model} of old", role="model", source_id="engine", licence_group="permissive"
    )
    stratum = Stratum(task_id="own", stratum="all", label="All", kind="all", n=10, prevalence=0.5, position=0)
    return Bundle(
        models=[described],
        tasks=[OWN_TASK],
        strata=[stratum],
        runs=[_run(name)],
        scores=[_score(name, model, value)],
        comparisons=[_comparison(name, model)],
    )


def _write(
    name: str,
    *,
    model: str = "gone",
    value: float = 0.5,
    predictions: list[Prediction] | None = None,
    items: list[Item] | None = None,
) -> Path:
    """Results of a run as an older engine may have left them, among this machine's own."""
    folder = local_results() / name
    scratch = folder.parent.parent / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    bulk = {}
    for table, rows, record in (("prediction", predictions, Prediction), ("item", items, Item)):
        if rows:
            bulk[table] = scratch / f"{table}.parquet"
            write_rows(bulk[table], rows, record)
    write_results(folder, _bundle(name, model, value), bulk)
    return folder


def _ask(query: str) -> list[tuple[Any, ...]]:
    with open_read_only(current_store()[0]) as con:
        return con.execute(query).fetchall()


def _in_service() -> tuple[Path, bytes]:
    path, _ = current_store()
    return path, path.read_bytes()


def _age(folder: Path, seconds: int) -> None:
    """Put the results' writing so many seconds back."""
    stamp = 1_700_000_000 - seconds
    os.utime(folder / "run.parquet", (stamp, stamp))


def test_shipped_results_are_in_the_store_with_their_run(store: Path, precomputed: Path) -> None:
    folders = sorted(path.parent for path in (precomputed / "results").glob("*/run.parquet"))
    assert [folder.name for folder in folders] == ["baselines", "cnn", "fair-v1", "geneb-exact", "single-cell"]
    with open_read_only(store) as con:
        for folder in folders:
            (run_id,) = read_frame(folder / "run.parquet")["run_id"]
            assert con.execute("SELECT count(*) FROM run WHERE run_id = ?", [run_id]).fetchall() == [(1,)]
            for table in ("score", "prediction", "comparison", "probe_fit", "item_value"):
                path = folder / f"{table}.parquet"
                rows = len(read_frame(path, columns="run_id")) if path.exists() else 0
                found = con.execute(f"SELECT count(*) FROM {table} WHERE run_id = ?", [run_id]).fetchall()
                assert found == [(rows,)], (folder.name, table)
        assert con.execute("SELECT count(*) FROM leakage").fetchall() == [(12,)]


def test_nothing_of_what_is_shipped_is_another_groups_score_of_an_item(store: Path) -> None:
    with open_read_only(store) as con:
        query = "SELECT DISTINCT role FROM prediction JOIN model USING (model_id) ORDER BY 1"
        assert con.execute(query).fetchall() == [("baseline",), ("control",)]
        query = (
            "SELECT count(*) FROM prediction JOIN score USING (model_id, task_id) WHERE protocol = 'published-scores'"
        )
        assert con.execute(query).fetchall() == [(0,)]
        assert con.execute("SELECT count(*) FROM item").fetchall() == [(0,)]


@pytest.mark.usefixtures("served_store")
def test_results_of_this_machine_join_what_is_shipped() -> None:
    before = _ask("SELECT count(*) FROM score WHERE origin = 'engine'")[0][0]
    _write("mine", predictions=[_prediction("mine", "gone"), _prediction("mine", "gone", "i2", None)])
    path, built = publishing.publish()
    assert built
    assert _ask("SELECT count(*) FROM score WHERE origin = 'engine'") == [(before + 1,)]
    assert _ask("SELECT value, run_id FROM score WHERE task_id = 'own'") == [(0.5, "mine")]
    assert _ask("SELECT item_id, score FROM prediction WHERE model_id = 'gone' ORDER BY 1") == [
        ("i1", 0.5),
        ("i2", None),
    ]
    assert _ask("SELECT verdict FROM comparison WHERE model_id = 'gone'") == [("INCONCLUSIVE",)]
    assert publishing.publish() == (path, False)


@pytest.mark.usefixtures("served_store")
def test_systems_that_this_version_does_not_know_are_shown_as_their_results_describe_them() -> None:
    _write("mine", model="a-model-of-2024")
    publishing.publish()
    query = """
        SELECT m.name, t.label, s.value FROM score s JOIN model m USING (model_id) JOIN task t USING (task_id)
        WHERE s.task_id = 'own'
    """
    assert _ask(query) == [("a-model-of-2024 of old", "A task of an older engine", 0.5)]


@pytest.mark.usefixtures("served_store")
def test_what_is_measured_twice_stands_as_it_was_measured_last_and_never_as_the_best() -> None:
    _age(_write("early", value=0.9), 100)
    _age(_write("late", value=0.4), 50)
    publishing.publish()
    assert _ask("SELECT value, run_id FROM score WHERE task_id = 'own'") == [(0.4, "late")]
    assert _ask("SELECT run_id FROM comparison WHERE task_id = 'own'") == [("late",)]
    assert {row[0] for row in _ask("SELECT run_id FROM run")} >= {"early", "late"}


@pytest.mark.usefixtures("served_store")
def test_what_is_shipped_stands_before_what_this_machine_measured(precomputed: Path) -> None:
    folder = local_results() / "baselines"
    shutil.copytree(precomputed / "results" / "baselines", folder)
    for table in ("score", "comparison", "prediction", "run"):
        rows = read_frame(folder / f"{table}.parquet")
        write_frame(folder / f"{table}.parquet", rows.assign(run_id="mine"))
    publishing.publish()
    assert _ask("SELECT count(*) FROM score WHERE run_id = 'mine'") == [(0,)]
    assert _ask("SELECT count(*) > 0 FROM prediction WHERE run_id = 'mine'") == [(True,)]


@pytest.mark.usefixtures("served_store")
def test_a_shipped_run_that_is_repeated_here_is_the_same_run(precomputed: Path) -> None:
    before = current_store()[0]
    shutil.copytree(precomputed / "results" / "baselines", local_results() / "baselines")
    assert publishing.publish() == (before, False)


@pytest.mark.usefixtures("served_store")
def test_a_copy_of_results_adds_nothing() -> None:
    folder = _write("mine", predictions=[_prediction("mine", "gone")])
    shutil.copytree(folder, folder.with_name("a copy"))
    publishing.publish()
    assert _ask("SELECT count(*) FROM score WHERE task_id = 'own'") == [(1,)]
    assert _ask("SELECT count(*) FROM prediction WHERE task_id = 'own'") == [(1,)]


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _rewrite(path: Path, select: str) -> None:
    """Put what a query finds in a file into its place."""
    other = path.with_suffix(".other")
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT {select} FROM '{path}') TO '{other}' (FORMAT parquet)")
    other.replace(path)


def _strange_column(path: Path) -> None:
    _rewrite(path, "*, 1 AS surprise")


def _replaced(**values: str) -> str:
    return "* REPLACE (" + ", ".join(f"{value} AS {name}" for name, value in values.items()) + ")"


def _build(folder: Path) -> Path:
    """A store with little besides these results, verified as `publish` verifies its own."""
    path = folder.parent.parent / "small.duckdb"
    known = Bundle(
        sources=[Source(source_id="engine", citation="Computed by this engine")],
        models=[Model(model_id="blosum62", name="BLOSUM62", role="baseline", source_id="engine")],
    )
    write_store(path, known, {"schema": "x"}, result_files([folder]))
    with open_read_only(path) as con:
        verify_references(con)
    return path


@pytest.mark.usefixtures("empty_cache")
def test_whole_results_are_taken() -> None:
    items = [Item(task_id="own", item_id="i1", label=1), Item(task_id="own", item_id="i2")]
    path = _build(_write("mine", predictions=[_prediction("mine", "gone")], items=items))
    with open_read_only(path) as con:
        for table in ("score", "comparison", "prediction", "run", "stratum", "task"):
            assert con.execute(f"SELECT count(*) FROM {table}").fetchall() == [(1,)], table
        assert con.execute("SELECT item_id, label FROM item ORDER BY 1").fetchall() == [("i1", 1), ("i2", None)]


@pytest.mark.usefixtures("empty_cache")
def test_results_without_a_later_column_are_filled_up() -> None:
    folder = _write("mine")
    _rewrite(folder / "score.parquet", "* EXCLUDE (threshold, threshold_source)")
    with open_read_only(_build(folder)) as con:
        assert con.execute("SELECT value, threshold FROM score").fetchall() == [(0.5, None)]


@pytest.mark.usefixtures("served_store")
def test_truncated_results_are_named_in_one_sentence_and_the_old_store_stays() -> None:
    folder = _write("mine")
    before = _in_service()
    _truncate(folder / "score.parquet")
    with pytest.raises(TableError, match=f"^score.parquet: the file in {folder} cannot fill table 'score'"):
        publishing.publish()
    assert _in_service() == before


@pytest.mark.parametrize("damage", [_truncate, _empty, _strange_column], ids=lambda one: one.__name__)
@pytest.mark.parametrize("table", ["run", "score", "prediction", "model"])
@pytest.mark.usefixtures("empty_cache")
def test_a_damaged_table_is_one_sentence_with_where_and_what_to_do(table: str, damage: Callable[[Path], None]) -> None:
    folder = _write("mine", predictions=[_prediction("mine", "gone")])
    damage(folder / f"{table}.parquet")
    with pytest.raises(TableError) as caught:
        _build(folder)
    sentence = str(caught.value)
    assert sentence.startswith(f"{table}.parquet: the file in {folder} cannot fill table '{table}' (")
    assert sentence.endswith("; expected results as a run writes them: repeat that run or delete it.")
    assert "\n" not in sentence


@pytest.mark.usefixtures("served_store")
def test_a_run_that_cannot_be_read_is_named() -> None:
    folder = _write("mine")
    before = _in_service()
    _truncate(folder / "run.parquet")
    with pytest.raises(TableError, match=rf"run\.parquet: not a readable Parquet file in {folder} \("):
        publishing.publish()
    assert _in_service() == before


@pytest.mark.usefixtures("empty_cache")
def test_a_value_of_another_kind_is_named() -> None:
    folder = _write("mine")
    _rewrite(folder / "score.parquet", _replaced(value="'text'"))
    with pytest.raises(TableError, match=r"cannot fill table 'score' \(Conversion Error"):
        _build(folder)


@pytest.mark.usefixtures("served_store")
def test_shipped_results_are_held_against_the_manifest(precomputed_copy: Path) -> None:
    before = _in_service()
    _truncate(precomputed_copy / "results" / "baselines" / "score.parquet")
    with pytest.raises(TableError, match=r"score\.parquet: damaged or edited"):
        publishing.publish(precomputed_copy)
    assert _in_service() == before


NAN = "'nan'::DOUBLE"


@pytest.mark.parametrize(
    ("table", "changes", "sentence"),
    [
        ("score", {"value": NAN}, "table 'score' from 'mine/score.parquet' was refused: Constraint Error: CHECK"),
        ("score", {"ci_low": NAN, "ci_high": "1.0", "ci_method": "'x'"}, "table 'score' from .* was refused"),
        ("score", {"value": "1.5"}, "table 'score' from .* was refused"),
        ("score", {"value": "NULL"}, "table 'score' from .* was refused"),
        ("comparison", {"delta": NAN}, "table 'comparison' from .* was refused"),
        ("comparison", {"q": NAN}, "table 'comparison' from .* was refused"),
        ("comparison", {"verdict": "'MAYBE'"}, "table 'comparison' from .* was refused"),
        ("prediction", {"score": NAN}, "table 'prediction' from .* was refused"),
        ("prediction", {"score": "'inf'::DOUBLE"}, "table 'prediction' from .* was refused"),
        ("item", {"value": NAN}, "table 'item' from .* was refused"),
        ("score", {"model_id": "'nobody'"}, "a score without its model: nobody"),
        ("score", {"stratum": "'elsewhere'"}, "a score without its stratum: own / elsewhere"),
        ("score", {"run_id": "'other'"}, "a score of a run that it does not have: other"),
        ("score", {"source_id": "'nowhere'"}, "a row of 'score' without its source: nowhere"),
        ("comparison", {"model_id": "'nobody'"}, "a comparison without its model: nobody"),
        ("comparison", {"baseline_id": "'nobody'"}, "a comparison without its baseline: nobody"),
        ("comparison", {"metric": "'AUPRC'"}, "a comparison without its score: gone / own / all"),
        ("prediction", {"model_id": "'nobody'"}, "a prediction without its model: nobody"),
        ("prediction", {"task_id": "'none'"}, "a prediction without its task: none"),
        ("item", {"task_id": "'none'"}, "an item without its task: none"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("empty_cache")
def test_a_row_that_is_no_number_or_leads_nowhere_is_refused(
    table: str, changes: dict[str, str], sentence: str
) -> None:
    items = [Item(task_id="own", item_id="i1", value=0.5)]
    folder = _write("mine", predictions=[_prediction("mine", "gone")], items=items)
    _rewrite(folder / f"{table}.parquet", _replaced(**changes))
    with pytest.raises(VerificationError, match=sentence):
        _build(folder)


@pytest.mark.usefixtures("served_store")
def test_a_prediction_twice_is_refused_and_the_old_store_stays() -> None:
    before = _in_service()
    _write("mine", predictions=[_prediction("mine", "gone"), _prediction("mine", "gone")])
    with pytest.raises(VerificationError, match=r"the new store has a prediction twice: i1\. Nothing was switched\."):
        publishing.publish()
    assert _in_service() == before


@pytest.mark.usefixtures("empty_cache")
def test_an_item_twice_is_refused() -> None:
    folder = _write("mine", items=[Item(task_id="own", item_id="i1"), Item(task_id="own", item_id="i1")])
    with pytest.raises(VerificationError, match=r"the new store has an item twice: i1\. Nothing was switched\."):
        _build(folder)


@pytest.mark.usefixtures("empty_cache")
def test_the_same_item_may_be_in_two_tasks_and_scored_by_two_runs() -> None:
    items = [Item(task_id="own", item_id="i1"), Item(task_id="other", item_id="i1")]
    folder = _write("mine", predictions=[_prediction("mine", "gone"), _prediction("theirs", "gone")], items=items)
    write_rows(folder / "task.parquet", [OWN_TASK, replace(OWN_TASK, task_id="other")], Task)
    assert _build(folder).is_file()


@pytest.fixture
def with_data(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of what is shipped and of the data on this machine."""
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(published_with_data(mirror)))
    return current_store()[0]


@pytest.mark.usefixtures("with_data")
def test_data_on_this_machine_bring_items_and_the_scores_that_came_with_them() -> None:
    query = "SELECT task_id, count(*) FROM item JOIN task USING (task_id) WHERE suite {} 'geneb' GROUP BY 1 ORDER BY 1"
    assert _ask(query.format("<>")) == [
        ("brca1_sge", 3893),
        ("clinvar_missense", 19958),
        ("clinvar_sample", 1000),
        ("dms:BLAT_ECOLX", 4996),
    ]
    sizes = _ask("SELECT task_id, n_test FROM task WHERE suite = 'geneb' AND n_test IS NOT NULL ORDER BY 1")
    assert _ask(query.format("=")) == sizes
    query = """
        SELECT model_id, run_id, count(*) FROM prediction WHERE task_id = 'brca1_sge' AND run_id = 'published'
        GROUP BY ALL ORDER BY 1
    """
    assert _ask(query) == [
        ("cadd", "published", 3893),
        ("evo2-1b", "published", 3893),
        ("phylop", "published", 3893),
        ("polyphen2", "published", 2086),
        ("sift", "published", 2086),
    ]
    assert _ask("SELECT count(*) FROM item WHERE isnan(value)") == [(0,)]


@pytest.mark.usefixtures("with_data")
def test_every_prediction_has_its_item_where_the_data_are_here() -> None:
    query = "SELECT count(*) FROM prediction ANTI JOIN item USING (task_id, item_id) JOIN item USING (task_id)"
    assert _ask(query) == [(0,)]


def test_no_number_in_the_store_is_nan(with_data: Path) -> None:
    with open_read_only(with_data) as con:
        columns = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'DOUBLE' AND NOT internal"
        ).fetchall()
        assert len(columns) > 20
        for table, column in columns:
            assert con.execute(f"SELECT count(*) FROM {table} WHERE isnan({column})").fetchall() == [(0,)], table


def test_prepared_data_are_made_once(with_data: Path, mirror: Path) -> None:
    prepared = published_with_data(mirror) / "prepared"
    before = {path.name: path.stat().st_mtime_ns for path in prepared.iterdir()}
    assert len(before) == 5 + 12
    assert publishing.publish() == (with_data, False)
    assert {path.name: path.stat().st_mtime_ns for path in prepared.iterdir()} == before


def test_without_the_data_the_shipped_results_stay(
    mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(published_with_data(mirror), empty_cache)
    monkeypatch.delenv(MIRROR, raising=False)
    before, shipped = current_store()[0], _ask("SELECT count(*) FROM score WHERE origin = 'engine'")
    path, _ = publishing.publish()
    assert path != before
    assert _ask("SELECT count(*) FROM score WHERE origin = 'engine'") == shipped
    assert _ask("SELECT count(*) FROM item") == [(0,)]
