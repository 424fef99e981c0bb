"""`vledger quickstart` as it is typed: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import cli
from engine.run.quickstart import Ask
from engine.run.quickstart import quickstart as answer_for
from tests.engine.tiny_esm2 import variants, write_checkpoint, write_split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

COLUMNS = (
    "system,protocol,n,auroc,ci_low,ci_high,undefined_reason,against,difference,difference_low,difference_high,p,q,"
    "verdict_article,verdict,no_verdict"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny-esm2")


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = np.random.default_rng(5).integers(0, 2, 150).tolist()
    return write_split(tmp_path_factory.mktemp("splits") / "mine.csv", variants(), labels)


@pytest.fixture
def quickstart(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Exit code, standard output and standard error of `vledger quickstart ...`, run in this process."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vledger", "quickstart", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


def test_the_table_shows_all_systems_the_verdicts_and_what_was_loaded(
    quickstart: Command, split: Path, folder: Path
) -> None:
    code, out, err = quickstart(split, "--model", folder)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["system", "score", "n", "AUROC", "[95", "%", "interval]"]
    assert [line.split()[0] for line in lines[1:6]] == ["tiny-esm2", "blosum62", "grantham", "hydropathy", "volume"]
    assert [line.split()[0] for line in lines[8:12]] == ["blosum62", "grantham", "hydropathy", "volume"]
    assert {line.split()[-2] for line in lines[8:12]} == {"FAIL"}
    assert {line.split()[-1] for line in lines[8:12]} <= {"FAIL", "INCONCLUSIVE"}
    assert f"tiny-esm2: {folder} at sha256:" in out
    assert "float32 on cpu" in out
    assert "150 of 150 variants" in err


def test_csv_on_standard_output_is_clean_and_holds_the_numbers_in_full(
    quickstart: Command, split: Path, folder: Path
) -> None:
    code, out, _ = quickstart(split, "--model", folder, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    answer = answer_for(split, Ask(model=str(folder)))
    assert code == 0
    assert out.splitlines()[0] == COLUMNS
    assert len(rows) == len(out.splitlines()) - 1 == 5
    for row, score in zip(rows, answer.scores, strict=True):
        assert (row["system"], row["n"]) == (score.model_id, "150")
        assert float(row["auroc"]) == pytest.approx(score.value, abs=1e-9)
        assert float(row["ci_low"]) == pytest.approx(score.ci_low, abs=1e-9)
    assert rows[0]["against"] == ""
    assert rows[1]["against"] == "tiny-esm2"
    assert rows[1]["verdict_article"] in {"PASS", "FAIL"}
    difference = float(rows[0]["auroc"]) - float(rows[1]["auroc"])
    assert float(rows[1]["difference"]) == pytest.approx(difference, abs=1e-9)


def test_json_keeps_numbers_and_null(quickstart: Command, split: Path, folder: Path) -> None:
    code, out, _ = quickstart(split, "--model", folder, "--format", "json")
    rows = json.loads(out)
    assert code == 0
    assert list(rows[0]) == COLUMNS.split(",")
    assert isinstance(rows[0]["auroc"], float)
    assert rows[0]["difference"] is None


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_none_shows_the_baselines_alone(quickstart: Command, split: Path, form: str) -> None:
    code, out, err = quickstart(split, "--model", "none", "--format", form)
    assert (code, err) == (0, "")
    assert "blosum62" in out
    assert "esm" not in out


def test_a_model_that_is_not_here_leaves_the_baselines_one_sentence_and_exit_code_3(
    split: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "engine", "quickstart", str(split), "--model", "esm-2-8m", "--format", "csv"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 3
    assert next(csv.DictReader(io.StringIO(done.stdout)))["system"] == "blosum62"
    assert done.stderr.startswith("vledger: facebook/esm2_t6_8M_UR50D at revision ")
    assert "--weights DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.csv",), "none.csv: there is no such file in "),
        (("mine.csv", "--model", "esm-2-35mm"), "Did you mean esm-2-35m"),
        (("mine.csv", "--model", "evo-2-7b"), "reads DNA"),
        (("mine.csv", "--device", "gpu"), "is no device"),
        (("mine.csv", "--dtype", "float8"), "bfloat16"),
        (("mine.csv", "--model", "none", "--scores", "nowhere/scores.csv"), "give another place"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error_with_exit_code_2(
    quickstart: Command, split: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(split.parent)
    code, out, err = quickstart(*arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_bad_line_is_one_sentence_with_its_place(quickstart: Command, tmp_path: Path) -> None:
    path = write_split(tmp_path / "bad.csv", [("MKT", 2, "R", "A")], [1])
    code, _, err = quickstart(path)
    assert code == 2
    assert err == (
        "vledger: bad.csv, line 2, column 'wt_aa': the sequence has K at position 2 (found 'R'); "
        "expected the isoform on which the variant is named, positions counted from 1.\n"
    )


def test_scores_of_every_variant_can_be_had_in_a_file(
    quickstart: Command, split: Path, folder: Path, tmp_path: Path
) -> None:
    code, _, _ = quickstart(split, "--model", folder, "--scores", tmp_path / "scores.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text("utf-8"))))
    answer = answer_for(split, Ask(model=str(folder)))
    assert code == 0
    assert list(rows[0])[:5] == [
        "gene",
        "variant",
        "label",
        "tiny-esm2 (higher: fit)",
        "blosum62 (higher: damaging)",
    ]
    assert [f"{row['gene']}:{row['variant']}" for row in rows] == list(answer.data.items["item_id"])
    found = [float(row["tiny-esm2 (higher: fit)"]) for row in rows]
    np.testing.assert_allclose(found, answer.systems[0].scores, atol=1e-6)


def test_too_few_variants_get_values_and_the_reason_why_there_is_no_verdict(
    quickstart: Command, folder: Path, tmp_path: Path
) -> None:
    path = write_split(tmp_path / "few.csv", variants()[:12], [0, 1] * 6)
    code, out, _ = quickstart(path, "--model", folder)
    assert code == 0
    assert "too few to judge: 12 items, 6 in the smaller class" in out
    code, out, _ = quickstart(path, "--model", folder, "--format", "json")
    rows: list[dict[str, Any]] = json.loads(out)
    assert rows[1]["verdict"] is None
    assert "too few" in rows[1]["no_verdict"]


def test_systems_that_order_all_variants_alike_are_shown_without_an_error(
    quickstart: Command, folder: Path, tmp_path: Path
) -> None:
    # Every variant is the same exchange, so all four rules are constant and have nothing to rank by.
    sequence = "K" * 80
    rows = [(sequence, position, "K", "R") for position in range(1, 61)]
    path = write_split(tmp_path / "alike.csv", rows, [0, 1] * 30)
    code, out, _ = quickstart(path, "--model", folder)
    assert code == 0
    assert "none: all scores are equal" in out or "0.500" in out
    assert "None" not in out
