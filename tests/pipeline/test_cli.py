from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer.main
from typer.testing import CliRunner

import engine
from engine.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, sub in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(sub, (*path, name))


COMMANDS = list(_commands(typer.main.get_command(app)))


def _vledger(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _answer(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands_are_those_of_the_design() -> None:
    assert {path[0] for path in COMMANDS if path} >= {
        "publish",
        "manifest",
        "where",
        "sql",
        "list",
        "dashboard",
    }
    assert {path for path in COMMANDS if path[:1] == ("list",)} >= {("list", "models"), ("list", "tasks")}


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "vledger")
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    command = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    assert command.help
    shown = " ".join(_answer(*path, "--help").split())
    assert "Usage:" in shown
    assert command.help.split("\n")[0][:40] in shown


def test_the_installed_command_and_the_module_are_the_same(store: Path) -> None:
    from importlib.metadata import entry_points  # noqa: PLC0415 - used here alone

    (found,) = entry_points(group="console_scripts", name="vledger")
    assert found.value == "engine.cli:main"
    assert json.loads(_vledger("where").stdout)["store"] == str(store)


def test_where_prints_json(store: Path, precomputed: Path) -> None:
    found = json.loads(_answer("where"))
    assert found["store"] == str(store)
    assert found["store_exists"] is True
    assert found["cache"] == str(store.parents[1])
    assert found["manifest"] == str(precomputed / "MANIFEST.json")
    assert found["version"] == engine.__version__
    assert len(found["content_hash"]) == 64


def test_where_answers_before_anything_was_published(empty_cache: Path) -> None:
    found = json.loads(_answer("where"))
    assert (found["store"], found["store_exists"]) == (None, False)
    assert found["cache"] == str(empty_cache)


def test_where_names_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_MIRROR", "somewhere")
    assert json.loads(_answer("where"))["mirror"] == "somewhere"


@pytest.mark.usefixtures("store")
def test_sql_as_csv_is_read_back_by_a_csv_reader() -> None:
    query = "SELECT statement, value FROM claim ORDER BY claim_id"
    rows = list(csv.DictReader(io.StringIO(_answer("sql", query, "--format", "csv"))))
    assert len(rows) == 100
    assert any(row["value"] == "" for row in rows)
    assert any("," in row["statement"] for row in rows)


@pytest.mark.usefixtures("store")
def test_sql_as_json_keeps_types_and_null() -> None:
    query = "SELECT 1 AS n, 0.5::DOUBLE AS x, NULL AS nothing, 'a' AS word, DATE '2026-01-02' AS day, true AS yes"
    expected = [{"n": 1, "x": 0.5, "nothing": None, "word": "a", "day": "2026-01-02", "yes": True}]
    assert json.loads(_answer("sql", query, "--format", "json")) == expected


@pytest.mark.usefixtures("store")
def test_sql_as_table_shows_header_and_values() -> None:
    lines = _answer("sql", "SELECT task_id, n_test FROM task WHERE n_test = 239").splitlines()
    assert lines[0].split() == ["task_id", "n_test"]
    assert lines[1].split() == ["leannmlindsey_GUE_mouse_3", "239"]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize("word", ["[bold]", "[/x]", "a [link] b"])
def test_a_value_in_brackets_is_printed_as_it_is(form: str, word: str) -> None:
    assert word in _answer("sql", f"SELECT '{word}' AS word", "--format", form)


@pytest.mark.usefixtures("store")
def test_a_column_in_brackets_is_printed_as_it_is() -> None:
    assert "[/x]" in _answer("sql", 'SELECT 1 AS "[/x]"')


@pytest.mark.usefixtures("store")
def test_json_holds_no_nan() -> None:
    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    answer = _answer("sql", "SELECT 'nan'::DOUBLE AS x, 'inf'::DOUBLE AS y", "--format", "json")
    assert json.loads(answer, parse_constant=refuse)


@pytest.mark.usefixtures("store")
def test_json_keeps_every_column_though_two_have_one_name() -> None:
    (row,) = json.loads(_answer("sql", "SELECT 1 AS a, 2 AS a", "--format", "json"))
    assert sorted(row.values()) == [1, 2]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "table", ["meta", "migration", "run", "score", "source", "model", "task", "stratum", "failure"]
)
def test_every_table_can_be_read_whole(table: str) -> None:
    assert _answer("sql", f"SELECT * FROM {table} LIMIT 3", "--format", "csv").count("\n") >= 1


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "query",
    [
        "SELEC 1",
        "SELECT nope FROM score",
        "SELECT '[/x]' FROM nowhere",
        "SELECT * FROM read_csv('secret.csv')",
        "DELETE FROM score",
        "SET threads = 64",
        "SELECT $1",
        "",
    ],
)
def test_a_question_that_cannot_be_answered_is_one_line_and_exit_code_2(query: str) -> None:
    done = _vledger("sql", query)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("vledger: ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("store")
def test_the_error_shows_the_question_as_it_was_asked() -> None:
    assert "[abc]" in _vledger("sql", 'SELECT * FROM "[abc]"').stderr


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("arguments", [("sql", "SELECT 1"), ("list", "models"), ("list", "tasks")])
def test_no_store_tells_what_to_do_and_exits_with_3(arguments: tuple[str, ...]) -> None:
    done = _vledger(*arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "vledger publish" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_damaged_store_tells_what_to_do_and_exits_with_3(served_store: Path) -> None:
    served_store.write_bytes(b"not a database")
    done = _vledger("sql", "SELECT 1")
    assert done.returncode == 3
    assert "vledger publish --force" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_table_is_one_line_and_exit_code_2(served_store: Path, precomputed_copy: Path) -> None:
    path = precomputed_copy / "published" / "claims.csv"
    path.write_bytes(path.read_bytes()[:-40])
    done = _vledger("publish", "--precomputed", str(precomputed_copy))
    assert done.returncode == 2
    assert done.stderr.startswith("vledger: claims.csv: damaged or edited")
    assert len(done.stderr.strip().splitlines()) == 1
    assert json.loads(_answer("where"))["store"] == str(served_store)


def test_a_cache_that_is_a_file_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "file"))
    done = _vledger("publish")
    assert done.returncode in {2, 3}
    assert "Traceback" not in done.stderr


def test_publish_says_whether_it_built(served_store: Path) -> None:
    assert _answer("publish") == f"already up to date: {served_store}\n"
    assert _answer("publish", "--force") == f"built {served_store}\n"


def test_manifest_takes_an_edit_in(precomputed_copy: Path) -> None:
    path = precomputed_copy / "published" / "traps.csv"
    path.write_text(path.read_text("utf-8").replace("Tokenisation", "Tokenization"), "utf-8")
    before = (precomputed_copy / "MANIFEST.json").read_bytes()
    assert "MANIFEST.json" in _answer("manifest", "--precomputed", str(precomputed_copy))
    assert (precomputed_copy / "MANIFEST.json").read_bytes() != before


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("suite", "count"), [("geneb", 41 + 7), ("proteingym", 106), ("clinvar", 17)])
def test_models_of_a_suite_are_those_with_scores_in_it(suite: str, count: int) -> None:
    query = f"SELECT DISTINCT model_id FROM score JOIN task USING (task_id) WHERE suite = '{suite}'"
    scored = {row["model_id"] for row in json.loads(_answer("sql", query, "--format", "json"))}
    listed = json.loads(_answer("list", "models", "--suite", suite, "--format", "json"))
    assert {row["model_id"] for row in listed} == scored
    assert all(row["scores"] > 0 for row in listed)
    assert len(listed) == len(scored) == count


@pytest.mark.usefixtures("store")
def test_all_models_are_listed_with_and_without_scores() -> None:
    listed = json.loads(_answer("list", "models", "--format", "json"))
    (row,) = json.loads(_answer("sql", "SELECT count(*) AS n FROM model", "--format", "json"))
    assert len(listed) == len({model["model_id"] for model in listed}) == row["n"]
    assert any(model["scores"] == 0 for model in listed)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("suite", "count"), [("geneb", 100), ("clinvar", 1), ("clinvar_items", 2)])
def test_tasks_are_filtered_by_suite(suite: str, count: int) -> None:
    every = json.loads(_answer("list", "tasks", "--format", "json"))
    listed = json.loads(_answer("list", "tasks", "--suite", suite, "--format", "json"))
    assert listed == [row for row in every if row["suite"] == suite]
    assert len(every) > len(listed) == count


@pytest.mark.usefixtures("store")
def test_an_unknown_suite_is_refused_with_the_known_ones() -> None:
    done = CliRunner().invoke(app, ["list", "models", "--suite", "glue"])
    assert done.exit_code == 2
    assert "geneb" in done.output
