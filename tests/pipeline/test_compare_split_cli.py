"""`vledger compare --split` as it is typed: what it prints where, what it writes, and with which exit code it ends."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine import cli
from engine.local_split.compare import compare as compare_files
from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Field, Files, Options, ScoreColumn, Shape, Upload
from engine.local_split.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from engine.local_split.report import as_csv, as_html, as_json
from tests.engine.local_split import results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.local_split.examples import Example
    from engine.local_split.exchange import Inspection, Progress, Result

    Command = Callable[..., tuple[int, str, str]]
    Asked = list[tuple[Files, Options]]


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Exit code, standard output and standard error of `vledger compare ...`, run in this process."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vledger", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was asked of the engine, which answers with results made by hand."""
    heard: Asked = []

    def answer(files: Files, options: Options, progress: Progress | None = None) -> Result:
        heard.append((files, options))
        assert progress is not None
        for done in range(4):
            progress("resampling", done, 3)
        return results.result()

    def look(files: Files, options: Options, progress: Progress | None = None) -> tuple[Inspection, None]:
        heard.append((files, options))
        assert progress is not None
        return results.inspection(missing="there is no column of labels: name one"), None

    monkeypatch.setattr("engine.local_split.compare.compare", answer)
    monkeypatch.setattr("engine.local_split.inspect.inspect", look)
    return heard


@pytest.fixture
def split(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"label,esm\n1,0.5\n")
    return path


def test_files_go_to_the_engine_by_their_names_alone(compare: Command, asked: Asked, split: Path) -> None:
    beside = split.parent / "proteins.fa"
    beside.write_bytes(b">P1\nMK\n")
    code, _, _ = compare("--split", split, "--sequences", beside, "--labels", split, "--score", "esm=1")
    files, options = asked[0]
    assert code == 0
    assert files == Files(
        table=Upload("mine.csv", split.read_bytes()),
        sequences=Upload("proteins.fa", b">P1\nMK\n"),
        labels=Upload("mine.csv", split.read_bytes()),
    )
    assert options == Options(scores=(ScoreColumn(column="esm", higher_is="1"),))


@pytest.mark.usefixtures("asked")
def test_what_did_not_pass_stands_first_then_systems_verdicts_parts_and_power(compare: Command, split: Path) -> None:
    code, out, err = compare("--split", split)
    assert code == 0
    places = [
        out.index(text)
        for text in (
            "410 of 412 rows used, 10 of them train",
            "Leakage from train",
            "400 items, 160 of label 1 (40.0%); AUROC decides",
            "0.811 [0.771, 0.851]",
            "MCC of BLOSUM62, MCC of Grantham, MCC of Constant: no threshold is given, and there are no train rows.",
            "AUROC 0.101 [0.061, 0.141]",
            "gene: BRCA1",
            "not judged: 12 items: fewer than 30",
            "a model to come: a difference of AUROC from 0.043 on; 1,850 items would show 0.02",
            "900 items would tell the difference seen of esm from 0",
            "not evaluated: hydropathy could not be scored",
        )
    ]
    assert places == sorted(places)
    assert "Row 1 is the header" not in out
    assert "resampling ..." in err
    assert "3 of 3 steps" in err


@pytest.mark.usefixtures("asked")
def test_standard_output_is_clean_for_programs(compare: Command, split: Path) -> None:
    assert compare("--split", split, "--format", "json")[1].encode() == as_json(results.result())
    out = compare("--split", split, "--format", "csv")[1]
    assert list(csv.reader(io.StringIO(out))) == list(csv.reader(io.StringIO(as_csv(results.result()).decode())))


@pytest.mark.usefixtures("asked")
def test_the_files_are_those_of_the_page(compare: Command, split: Path, tmp_path: Path) -> None:
    places = {name: tmp_path / f"out.{name}" for name in ("html", "json", "csv", "problems")}
    code, _, _ = compare("--split", split, *(word for name, path in places.items() for word in (f"--{name}", path)))
    result = results.result()
    assert code == 0
    assert places["html"].read_bytes() == as_html(result)
    assert places["json"].read_bytes() == as_json(result)
    assert places["csv"].read_bytes() == as_csv(result)
    assert places["problems"].read_bytes() == result.inspection.problem_table


@pytest.mark.usefixtures("asked")
def test_a_check_says_what_was_recognised_and_what_is_missing(compare: Command, split: Path) -> None:
    code, out, _ = compare("--split", split, "--check")
    assert code == 0
    assert out.splitlines()[0] == (
        "variants.csv: CSV, 410 of 412 rows used, 10 of them train; read as protein-variants"
    )
    assert "there is no column of labels: name one" in out
    assert "Row 1 is the header" in out
    assert "VUS" in out
    assert "A12T" in out
    assert json.loads(compare("--split", split, "--check", "--format", "json")[1])["rows"] == 412
    assert compare("--split", split, "--check", "--format", "csv")[1].startswith("row,column,value,problem,remedy")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["A", "B"], "MODEL is about systems of the store"),
        (["--suite", "geneb"], "--suite is about systems of the store: leave it out, or leave out --split."),
        (["--task", "brca1_sge"], "--task is about systems of the store"),
        (["--metric", "MCC"], "--metric is about systems of the store"),
        (["--weights", "w"], "--weights and --device go with --model"),
        (["--score", "esm"], None),
        (["--score", "esm=2"], "give NAME=1 where a high value speaks for label 1"),
        (["--check", "--html", "x.html"], "--check compares nothing"),
        (["--html", "no/where/x.html"], "there is no folder"),
        (["--sequences", "no.fa"], "it cannot be read (No such file or directory)"),
        (["--header", "0"], "greater than or equal to 1"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_does_not_belong_together_is_refused_in_a_sentence(
    compare: Command, split: Path, words: list[str], sentence: str | None
) -> None:
    code, _, err = compare("--split", split, *words)
    assert code == (2 if sentence else 0)
    assert sentence is None or sentence in unfolded(err)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["A", "B", "--task", "x", "--score", "esm=1"], "--score goes with --split FILE"),
        (["A", "B", "--suite", "geneb", "--seed", "0"], "--seed goes with --split FILE"),
        (["--check"], "--check goes with --split FILE"),
        ([], "name two systems of the store, or a split of your own with --split FILE."),
        (["A"], "name two systems of the store"),
        (["A", "B"], "give one of --task and --suite."),
    ],
)
def test_without_a_split_its_options_are_refused(compare: Command, words: list[str], sentence: str) -> None:
    code, _, err = compare(*words)
    assert code == 2
    assert sentence in unfolded(err)


def test_a_file_that_is_not_there_is_one_sentence(compare: Command, tmp_path: Path) -> None:
    code, out, err = compare("--split", tmp_path / "none.csv")
    assert (code, out) == (2, "")
    assert "none.csv: it cannot be read (No such file or directory); give a file that is there." in err
    assert len(err.splitlines()) == 1


def unfolded(shown: str) -> str:
    """What typer put into a frame, as one line."""
    return " ".join(shown.replace("│", " ").split())


# ---- with the engine itself ----


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of every example."""
    folder = tmp_path_factory.mktemp("examples")
    for example in EXAMPLES:
        files = example.files()
        for upload in filter(None, (files.table, files.sequences)):
            (folder / upload.name).write_bytes(upload.content)
    return folder


@pytest.fixture
def no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("no_store")
def test_every_command_of_the_document_runs(
    compare: Command, examples: Path, monkeypatch: pytest.MonkeyPatch, precomputed: Path
) -> None:
    text = (precomputed.parent / "docs" / "your-split.md").read_text("utf-8")
    commands = re.findall(r"^vledger compare ((?!.*\.h5ad).*?)(?:\s+#.*)?$", text, re.MULTILINE)
    assert len(commands) == 10
    monkeypatch.chdir(examples)
    for line in commands:
        code, out, err = compare(*shlex.split(line), *([] if "--check" in line else ["--draws", "100"]))
        assert code == 0, (line, err)
        assert out, line
    assert {path.name for path in examples.iterdir()} >= {"report.html", "values.csv", "problems.csv"}


def test_the_document_names_every_shape_field_and_limit(precomputed: Path) -> None:
    text = (precomputed.parent / "docs" / "your-split.md").read_text("utf-8")
    assert all(f"| `{shape.value}` |" in text for shape in Shape)
    assert all(f"`{field.value}`" in text for field in Field)
    assert f"At most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns" in text
    assert f"{MOST_BYTES // 1_000_000} MB on the page" in " ".join(text.split())


@pytest.mark.usefixtures("no_store")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_command_in_a_result_gives_the_same_result(
    compare: Command, examples: Path, monkeypatch: pytest.MonkeyPatch, example: Example
) -> None:
    expected = compare_files(example.files(), replace(example.options(), draws=100, seed=3))
    words = shlex.split(expected.command)
    assert words[:2] == ["vledger", "compare"]
    monkeypatch.chdir(examples)
    code, out, err = compare(*words[2:], "--format", "json")
    assert code == 0, err
    assert out.encode() == as_json(expected)


@pytest.mark.usefixtures("no_store")
def test_what_cannot_be_evaluated_is_one_sentence(compare: Command, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("label,a\n1,0.2\n1,0.3\n")
    code, out, err = compare("--split", path, "--score", "a=1")
    assert (code, out) == (2, "")
    assert "one.csv" in err
    assert "Traceback" not in err
