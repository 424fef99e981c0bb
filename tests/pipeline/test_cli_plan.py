"""`vledger plan` as it is typed: what it says, what it says that it does not know, and that nothing is computed."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from engine import cli
from engine.datasets.fetch import MIRROR
from engine.records import Throughput
from engine.store.parquet import write_rows
from tests.engine.tiny_esm2 import write_checkpoint
from tests.pipeline.probing_runs import own_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Vledger = Callable[..., tuple[int, str, str]]

TOKENS = 75_744
"""Masked marginals of the 4,996 variants of BLAT_ECOLX at 263 places, 288 tokens in a row."""


@pytest.fixture
def vledger(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Vledger:
    """Exit code, standard output and standard error of a command, run in this process."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vledger", *map(str, arguments)])
        # What making a checkpoint printed is none of the command's.
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


@pytest.fixture
def spec(mirror: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two models on one task; the weights of the one are here, those of the other are not."""
    monkeypatch.setenv(MIRROR, str(mirror))
    # An earlier run has measured the larger one on another GPU.
    row = Throughput(
        run_id="earlier",
        model_id="esm-2-650m",
        task_id="dms:BLAT_ECOLX",
        protocol="masked-marginal",
        device="cuda:0 (NVIDIA H200)",
        dtype="bfloat16",
        n_items=4996,
        tokens=TOKENS,
        seconds=TOKENS / 1000,
        tokens_per_second=1000.0,
        halvings=0,
        peak_bytes=6 * 10**9,
    )
    kept = empty_cache / "results" / "earlier"
    kept.mkdir(parents=True)
    write_rows(kept / "throughput.parquet", [row], Throughput)
    (kept / "run.parquet").touch()
    tiny = write_checkpoint(tmp_path / "models" / "tiny-esm2")
    path = tmp_path / "mine.toml"
    models = f'[[models]]\nid = "{tiny}"\n\n[[models]]\nid = "esm-2-650m"\n'
    path.write_text(f'name = "mine"\ntasks = ["dms:BLAT_ECOLX"]\n\n{models}\n[options]\nshard = 1000\n', "utf-8")
    return path


def _rows(text: str) -> dict[str, Any]:
    return {row["model"]: row for row in json.loads(text)}


def test_a_plan_says_what_was_measured_what_is_scaled_and_what_nobody_knows(vledger: Vledger, spec: Path) -> None:
    code, out, err = vledger("plan", spec, "--gpu", "L4", "--gpus", 2, "--price", 0.8, "--format", "json")
    assert (code, err) == (0, "")
    rows = _rows(out)
    large, tiny, together = rows["esm-2-650m"], rows["tiny-esm2"], rows["all"]
    assert (large["tokens"], large["tokens_exact"], large["units"], large["dtype"]) == (TOKENS, True, 5, "bfloat16")
    # 1,000 tokens a second on an H200, times 300 / 4,800 of the bandwidth.
    assert large["device_hours"] == pytest.approx(TOKENS / 62.5 / 3600)
    assert large["hours"] == pytest.approx(large["device_hours"] / 2)
    assert large["cost_eur"] == pytest.approx(large["device_hours"] * 0.8)
    assert large["basis"].startswith("estimate: 1,000 tokens/s measured on H200")
    assert (large["memory_gb"], large["fits"]) == (6.0, True)
    assert (tiny["device_hours"], tiny["cost_eur"]) == (None, None)
    assert "run one shard" in tiny["basis"]
    assert "width 16 (from config.json)" in tiny["memory_basis"]
    assert (together["units"], together["cost_eur"]) == (10, None)
    assert together["basis"] == "not known of 1 of 2 models"


def test_a_plan_is_a_table_for_people_and_csv_for_programs(vledger: Vledger, spec: Path) -> None:
    code, out, err = vledger("plan", spec, "--gpu", "h200", "--price", 2)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:5] == ["model", "tasks", "units", "tokens", "memory"]
    (large,) = (line for line in lines if line.startswith("esm-2-650m"))
    assert large.split()[1:4] == ["1", "5", "75,744"]
    assert "76 s" in large
    assert "0.04" in large
    assert "measured on H200: 1,000 tokens/s" in large
    assert "memory of esm-2-650m: the peak of an earlier run" in err
    code, out, _ = vledger("plan", spec, "--gpu", "h200", "--format", "csv")
    assert [row["model"] for row in csv.DictReader(io.StringIO(out))] == ["tiny-esm2", "esm-2-650m", "all"]


def test_a_plan_for_the_cpu_takes_the_plan_of_the_run(vledger: Vledger, spec: Path) -> None:
    code, out, _ = vledger("plan", spec, "--gpu", "cpu", "--format", "json")
    rows = _rows(out)
    assert code == 0
    assert {row["device"] for row in rows.values()} == {"cpu"}
    assert {row["dtype"] for row in rows.values()} == {"float32"}
    assert rows["esm-2-650m"]["hours"] > 0
    assert rows["esm-2-650m"]["basis"] == "estimate: from parameters and this machine's matrix speed"
    assert rows["esm-2-650m"]["fits"] is None


def test_a_plan_computes_nothing(vledger: Vledger, spec: Path, empty_cache: Path) -> None:
    assert vledger("plan", spec, "--gpu", "H200")[0] == 0
    assert [path.name for path in empty_cache.iterdir()] == ["results"]


def test_a_probing_spec_has_a_plan_too(vledger: Vledger, empty_cache: Path, tmp_path: Path) -> None:
    own_task(tmp_path / "own.csv", each=4, length=30)
    path = tmp_path / "p.toml"
    model = '[[models]]\nid = "nucleotide-transformer-2.5b-multi-species"\n'
    path.write_text(f'name = "p"\ntasks = ["own.csv"]\nprotocol = "fair-v1"\nbaselines = ["gc"]\n\n{model}', "utf-8")
    code, out, _ = vledger("plan", path, "--gpu", "L4", "--format", "json")
    (row,) = json.loads(out)
    assert code == 0
    assert (row["model"], row["units"], row["tokens_exact"]) == ("nucleotide-transformer-2.5b-multi-species", 1, False)
    assert row["fits"] is True
    assert row["hours"] is None
    assert not empty_cache.exists()


def test_a_model_that_cannot_be_run_is_told_and_ends_with_3(vledger: Vledger, spec: Path) -> None:
    path = spec.with_name("other.toml")
    path.write_text('name = "o"\ntasks = ["dms:BLAT_ECOLX"]\n[[models]]\nid = "evo-2-7b"\n', "utf-8")
    code, _, err = vledger("plan", path, "--gpu", "H200")
    assert code == 3
    assert err.startswith("not run evo-2-7b on dms:BLAT_ECOLX: ")


def test_a_gpu_that_nobody_knows_is_told_with_those_that_are_known(vledger: Vledger, spec: Path) -> None:
    code, out, err = vledger("plan", spec, "--gpu", "H300")
    assert (code, out) == (2, "")
    assert err == (
        "vledger: 'H300' is no GPU whose figures are known here: give cpu, H200 or H100 or H100-PCIE or A100 or "
        "A100-40GB or L40S or L4 or A10 or T4 or V100\n"
    )
