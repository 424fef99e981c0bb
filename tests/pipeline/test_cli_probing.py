"""The commands around probing as they are typed: what they print where, what they leave, how they end."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pytest
import typer.main

from engine import cli
from engine.names import Protocol
from engine.probe_spec import EmbeddedModel, ProbeOptions, ProbeSpec
from engine.registry.probes import PROBES
from engine.run.probing.tasks import geneb_rows
from tests.pipeline.probing_runs import own_task
from tests.pipeline.real_runs import tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEW = ("--few-shot-draws", "20")
QUICK = ("--baseline", "kmer-4", "--baseline", "gc", "--baseline", "majority", "--no-publish", *FEW)


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def _carried_out(*arguments: object) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vledger", *map(str, arguments)])
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            cli.main()
    return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def own(tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of labelled sequences, on a machine with an empty cache and without a mirror."""
    del empty_cache
    monkeypatch.delenv("VLEDGER_MIRROR", raising=False)
    return own_task(tmp_path / "own.csv", each=40, every=7)


# ---- help ----


def _parameters(*names: str) -> dict[str, Any]:
    command: Any = typer.main.get_command(cli.app)
    for name in names:
        command = command.commands[name]
    return {parameter.name: parameter for parameter in command.params}


def test_everything_that_a_spec_can_say_can_be_said_on_the_command_line() -> None:
    known = set(_parameters("probe"))
    assert set(ProbeOptions.model_fields) <= known
    renamed = {"id": "model", "layers": "layer"}
    assert {renamed.get(name, name) for name in EmbeddedModel.model_fields} <= known
    renamed = {"tasks": "task", "regimes": "regime", "baselines": "baseline", "models": "model", "options": "device"}
    assert {renamed.get(name, name) for name in ProbeSpec.model_fields} <= known
    assert {"plan", "results", "publish", "output"} <= known


def test_what_is_not_said_is_the_specs_own_default() -> None:
    given = _parameters("probe")
    for name, field in ProbeOptions.model_fields.items():
        assert given[name].default == field.default, name
    assert get_args(ProbeSpec.model_fields["protocol"].annotation) == tuple(PROBES)
    assert all(protocol in given["protocol"].help for protocol in PROBES)
    assert given["protocol"].default == Protocol.FAIR_V1


def test_what_is_typed_arrives_in_the_spec(own: Path, tmp_path: Path) -> None:
    folder = tiny("llama-letters")
    done = _carried_out(
        "probe", "--task", own, "--model", f"random-init:{folder}", "--protocol", "knn-v1", "--regime", "full",
        "--pooling", "max", "--layer", 1, "--layer", 2, "--strands", "both", "--letters", 12, "--trained-on", "x",
        "--unit", 64, "--seed", 7, "--batch-tokens", 500, "--dtype", "float32", "--device", "cpu", "--workers", 1,
        "--baseline", "gc", "--name", "mine", "--results", tmp_path / "out", "--format", "json", *FEW,
    )  # fmt: skip
    assert done.code == 0, done.err
    from engine.store.parquet import read_frame  # noqa: PLC0415

    (run,) = read_frame(tmp_path / "out" / "mine" / "run.parquet").to_dict("records")
    spec = json.loads(run["spec_json"])["spec"]
    assert spec["protocol"] == "knn-v1"
    assert spec["regimes"] == ["full"]
    assert spec["baselines"] == ["gc"]
    (model,) = spec["models"]
    assert {name: model[name] for name in ("pooling", "layers", "strands", "letters", "trained_on")} == {
        "pooling": "max", "layers": [1, 2], "strands": "both", "letters": 12, "trained_on": ["x"],
    }  # fmt: skip
    assert {name: spec["options"][name] for name in ("unit", "seed", "batch_tokens", "few_shot_draws")} == {
        "unit": 64, "seed": 7, "batch_tokens": 500, "few_shot_draws": 20,
    }  # fmt: skip
    assert run["command"].startswith("vledger probe --task ")
    (fit,) = read_frame(tmp_path / "out" / "mine" / "probe_fit.parquet").query("model_id != 'gc'").to_dict("records")
    assert (fit["pooling"], fit["strands"], fit["truncated"]) == ("max", "both", 1.0)
    assert fit["layer"] in {1, 2}


# ---- output ----


def test_the_table_has_a_line_for_every_system_the_best_first(own: Path) -> None:
    done = _carried_out("probe", "--task", own, *QUICK)
    assert done.code == 0, done.err
    head, *lines = done.out.splitlines()
    assert head.split() == ["task", "system", "MCC,", "full", "MCC,", "10shot", "MCC,", "1shot", "article", "paired"]
    first, second, last = ([cell for cell in re.split("  +", line) if cell] for line in lines)
    assert {first[1], second[1]} == {"kmer-4", "gc"}
    assert last == ["own", "majority"]
    assert all(re.fullmatch(r"-?\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\]", cell) for cell in (*first[2:], *second[2:]))
    assert float(first[2].split()[0]) > float(second[2].split()[0])
    said = done.err.splitlines()
    assert "0 of 3 probes" in said
    assert any(re.fullmatch("3 of 3 probes", line) for line in said)
    assert "no value: majority: predicts one class for all sequences: the correlation is 0/0" in said
    assert re.match(r"results in .*/results/baselines-own-fair-v1; probes took ", said[-1])


def test_csv_and_json_have_every_part_and_regime_with_the_comparison(own: Path) -> None:
    model = tiny("llama-letters")
    command = ("probe", "--task", own, "--model", model, *QUICK, "--protocol", "geneb-exact", "--device", "cpu")
    done = _carried_out(*command, "--format", "csv")
    assert done.code == 0, done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == 4 * 3
    by_place = {(row["system"], row["regime"]): row for row in rows}
    own_row = by_place["tiny-llama-letters", "full"]
    assert own_row["role"] == "model"
    assert own_row["baseline"] == "kmer-4"
    against = by_place["kmer-4", "full"]
    assert float(own_row["difference"]) == pytest.approx(float(own_row["mcc"]) - float(against["mcc"]))
    assert own_row["verdict"] in {"PASS", "PASS_PAIRED", "INCONCLUSIVE", "FAIL"}
    assert by_place["tiny-llama-letters", "10shot"]["baseline"] == ""
    assert by_place["majority", "full"]["mcc"] == ""
    assert "0/0" in by_place["majority", "full"]["undefined_reason"]
    assert float(by_place["majority", "full"]["accuracy"]) == 0.5
    again = json.loads(_carried_out(*command, "--format", "json").out)
    assert [row["mcc"] for row in again] == [float(row["mcc"]) if row["mcc"] else None for row in rows]
    assert again[0]["flags"] is None or isinstance(again[0]["flags"], str)


def test_a_plan_names_systems_and_sequences_and_does_nothing(own: Path, empty_cache: Path) -> None:
    done = _carried_out("probe", "--task", own, "--model", f"random-init:{tiny('llama-letters')}", "--plan")
    assert done.code == 0, done.err
    lines = [re.split(r"  +", line.strip()) for line in done.out.splitlines()]
    assert lines[0] == ["system", "role", "tasks", "train sequences", "test sequences"]
    assert ["kmer-best", "baseline", "1", "80", "40"] in lines
    assert ["random-init:tiny-llama-letters", "control", "1", "80", "40"] in lines
    assert not (empty_cache / "runs").exists()
    refused = _carried_out("probe", "--task", own, "--model", "alphamissense", "--plan")
    assert refused.code == 3
    assert "AlphaMissense cannot be run here" in refused.err


def test_a_model_that_fails_ends_the_command_with_3_after_the_baselines(own: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(tiny("llama-letters"), tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"")
    done = _carried_out("probe", "--task", own, "--model", broken, "--baseline", "gc", "--no-publish", *FEW)
    assert done.code == 3
    assert "not done: broken: " in done.err
    assert re.search(r"own +gc +\d", done.out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--task", "leannmlindsey_GUE_mouse_0"), 3, "run `vledger fetch leannmlindsey_GUE_mouse_0`"),
        (("--task", "all"), 3, "run `vledger fetch geneb`"),
        (("--task", "mouse"), 2, "there is no task 'mouse' and no such file"),
        (("--task", "OWN", "--protocol", "fair"), 2, "fair-v1"),
        (("--task", "OWN", "--regime", "5shot"), 2, "10shot"),
        (("--task", "OWN", "--baseline", "kmer"), 2, "did you mean 'kmer-4'?"),
        (("--task", "OWN", "--model", "esm-2-8m", "--revision", "main"), 2, "revision"),
        (("--task", "OWN", "--model", "esm-2-8m", "--letters", "0"), 2, "letters"),
        (("--task", "OWN", "--few-shot-draws", "5"), 2, "few-shot-draws"),
    ],
)
def test_what_is_not_possible_is_one_sentence_and_an_exit_code(
    own: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = _carried_out("probe", *[str(own) if one == "OWN" else one for one in arguments])
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_results_of_a_model_and_of_its_twins_lie_apart(own: Path, empty_cache: Path) -> None:
    folder = tiny("llama-letters")
    for prefix in ("", "random-init:"):
        arguments = ("--task", own, "--model", f"{prefix}{folder}", "--regime", "1shot", "--protocol", "geneb-exact")
        done = _carried_out("probe", *arguments, "--baseline", "gc", "--no-publish", "--device", "cpu", *FEW)
        assert done.code == 0, done.err
    assert {path.name for path in (empty_cache / "results").iterdir()} == {
        "tiny-llama-letters-own-geneb-exact",
        "random-init-tiny-llama-letters-own-geneb-exact",
    }


# ---- as a file, into the store, and as a submission ----

TOML = """
name = "from-a-file"
tasks = ["own.csv"]
protocol = "fair-v1"
regimes = ["full"]
baselines = ["kmer-4", "gc"]
"""


@dataclass(frozen=True)
class Walk:
    """Commands one after the other on one machine."""

    place: Path
    submitted: Done
    checked: Done
    imported: Done
    ran: Done


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """All of GENEB's tasks in little, submitted with a baseline and taken in again; then a spec, published."""
    place = tmp_path_factory.mktemp("walk")
    own_task(place / "own.csv", each=40)
    for number, name in enumerate(geneb_rows()):
        _write_geneb(place / "cache" / "data" / "geneb_tasks" / name, number)
    (place / "mine.toml").write_text(TOML, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("VLEDGER_CACHE", str(place / "cache"))
        patch.delenv("VLEDGER_MIRROR", raising=False)
        return Walk(
            place=place,
            submitted=_carried_out(
                "geneb", "submit", "--model", "kmer-4", "--model-id", "Words", "--display", "Words of four",
                "--submitted-by", "us",
            ),
            checked=_carried_out("geneb", "check", "submissions/Words.json"),
            imported=_carried_out("import", "geneb", "submissions", "--no-publish"),
            ran=_carried_out("run", "mine.toml"),
        )  # fmt: skip


def _write_geneb(folder: Path, number: int) -> None:
    """A task in the layout of the hub: its number of classes is not what the published one has."""
    rows = csv.DictReader(io.StringIO(own_task(folder / "both.csv", each=10, every=2 + number % 5).read_text("utf-8")))
    parts: dict[str, list[str]] = {"train": ["text,label"], "test": ["text,label"]}
    for row in rows:
        parts[row["split"]].append(f"{row['text']},{row['label']}")
    for name, lines in parts.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "both.csv").unlink()


def _sql(walk: Walk, question: str) -> list[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(walk.place / "cache"))
        done = _carried_out("sql", question, "--format", "csv")
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def test_a_submission_is_written_and_its_check_is_content(walk: Walk) -> None:
    assert walk.submitted.code == 0, walk.submitted.err
    assert walk.submitted.err.splitlines()[-1] == "wrote submissions/Words.json"
    assert walk.checked.code == 0, walk.checked.out
    assert walk.checked.out.count("ok") == 1


def test_a_submission_holds_the_values_of_the_run(walk: Walk) -> None:
    content = json.loads((walk.place / "submissions" / "Words.json").read_text("utf-8"))
    assert content["model_id"] == "Words"
    assert {name: content["meta"][name] for name in ("display", "submitted_by", "provenance", "zero_shot")} == {
        "display": "Words of four", "submitted_by": "us", "provenance": "self-reported", "zero_shot": False,
    }  # fmt: skip
    assert {regime: len(tasks) for regime, tasks in content["results"].items()} == {
        "full": 100,
        "10shot": 100,
        "1shot": 100,
    }
    from engine.store.parquet import read_frame  # noqa: PLC0415

    stored = read_frame(walk.place / "cache" / "results" / "kmer-4-geneb" / "score.parquet")
    stored = stored[stored["stratum"] == "all"]
    assert len(stored) == 900
    for row in stored.to_dict("records"):
        value = content["results"][row["regime"]][row["task_id"]][row["metric"]]
        # MCC of one predicted class is 0 there, and undefined here.
        assert value == pytest.approx(0.0 if row["undefined_reason"] else round(row["value"], 4), abs=1e-9)


def test_an_imported_submission_has_the_same_values_in_the_store(walk: Walk) -> None:
    assert walk.imported.code == 0, walk.imported.out
    assert walk.ran.code == 0, walk.ran.err
    content = json.loads((walk.place / "submissions" / "Words.json").read_text("utf-8"))
    rows = _sql(
        walk,
        "select task_id, regime, metric, value from score where model_id = 'Words' and protocol = 'geneb-published'",
    )
    assert len(rows) == 900
    for row in rows:
        assert float(row["value"]) == content["results"][row["regime"]][row["task_id"]][row["metric"]]


def test_a_published_run_is_found_in_the_store(walk: Walk) -> None:
    assert walk.ran.err.splitlines()[-1].startswith("published ")
    scores = _sql(
        walk, "select model_id, value, n from score where task_id = 'own' and metric = 'MCC' and protocol = 'fair-v1'"
    )
    assert {row["model_id"]: row["n"] for row in scores} == {"kmer-4": "40", "gc": "40"}
    (fit,) = _sql(walk, "select c, width from probe_fit where task_id = 'own' and model_id = 'kmer-4'")
    assert fit["width"] == "256"
    (leakage,) = _sql(walk, "select n_test, exact from leakage where task_id = 'own'")
    assert leakage["n_test"] == "40"
    predictions = _sql(walk, "select model_id, count(*) as n from prediction where task_id = 'own' group by all")
    assert {row["model_id"]: row["n"] for row in predictions} == {"kmer-4": "40", "gc": "40"}


def test_with_tasks_missing_a_submission_says_which_and_writes_nothing(
    mirror: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    done = _carried_out("geneb", "submit", "--model", "kmer-4", "--out", tmp_path / "submissions")
    assert (done.code, done.out) == (3, "")
    assert re.search(r"88 of 100 tasks are not on this machine \(.* and 85 more\): run `vledger fetch geneb`", done.err)
    assert not (tmp_path / "submissions").exists()
    assert not empty_cache.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--model", "cnn"), "cnn has no MCC on"), (("--model", "kmer-5"), "No model is called 'kmer-5'")],
)
def test_what_cannot_be_submitted_is_told(walk: Walk, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(walk.place / "cache"))
        done = _carried_out("geneb", "submit", *arguments, "--out", tmp_path / "submissions")
    assert done.code == 2
    assert words in done.err
    assert not (tmp_path / "submissions").exists()


# ---- interrupted ----

# A shell may start us with SIGINT ignored, and children inherit that; Python's own handler is what a user has.
_PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from engine.cli import main; main()"
)


def test_an_interrupted_run_says_so_on_the_terminal_and_ends_with_130(own: Path, empty_cache: Path) -> None:
    pty = pytest.importorskip("pty")
    command = shlex.split(f"probe --task {own} --few-shot-draws 1000 --no-publish --baseline kmer-4 --baseline gc")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *command], stderr=theirs, stdout=subprocess.DEVNULL, env=dict(os.environ)
    )
    os.close(theirs)
    deadline = time.monotonic() + 60
    while not list(empty_cache.glob("runs/*/journal.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    shown = _until(ours, lambda text: "probes" in text)
    process.send_signal(signal.SIGINT)
    shown += _until(ours, lambda _: False)
    os.close(ours)
    assert process.wait(timeout=60) == 130
    assert "\u2501" in shown
    assert "0 of 2 probes" in shown
    assert "Traceback" not in shown
    assert shown.strip().splitlines()[-1].strip().removeprefix("\x1b[?25h") == (
        "stopped; what is embedded and fitted so far is kept, and the same command goes on from there"
    )


def _until(terminal: int, enough: Callable[[str], bool]) -> str:
    """What a terminal shows until it is enough, or until nobody writes to it any more."""
    shown = ""
    while not enough(shown):
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            return shown
        if not piece:
            return shown
        shown += piece.decode()
    return shown
