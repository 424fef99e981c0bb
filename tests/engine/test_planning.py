from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.errors import SpecError
from engine.probe_spec import make_probe_spec
from engine.records import Throughput
from engine.registry.adapters import AdapterCard, resolve
from engine.registry.gpus import find_gpu, gpu_called, gpus
from engine.run.plan import recorded_speeds
from engine.run.planning.estimate import Machine, estimates
from engine.run.planning.loads import Load, loads_of_probing
from engine.run.planning.memory import memory_of
from engine.run.planning.recorded import Measured, measured_in
from engine.run.probing import execute as probing
from engine.store.parquet import write_rows
from tests.pipeline.probing_runs import own_task

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
H200, A100, L4, T4 = (find_gpu(name) for name in ("H200", "A100", "L4", "T4"))


def _card(model_id: str) -> AdapterCard:
    card = resolve(model_id)
    assert isinstance(card, AdapterCard)
    return card


def _load(model_id: str = "esm-2-650m", *, tokens: int = 72_000_000, units: int = 40, **other: Any) -> Load:
    card = _card(model_id.removeprefix("random-init:"))
    return Load(model_id=model_id, card=card, tasks=2, units=units, tokens=tokens, exact=True, folder=None, **other)


def _measured(maker: str | None = "NVIDIA H200", **other: Any) -> Measured:
    found = Measured(
        model_id="esm-2-650m", kind="cuda", maker=maker, dtype="bfloat16", tokens_per_second=2e4, peak_bytes=5 * 10**9
    )
    return replace(found, **other)


def _one(load: Load, machine: Machine, *measured: Measured, dtype: str = "auto") -> Any:
    (found,) = estimates([load], machine, measured, dtype=dtype, batch_tokens=None)
    return found


# ---- hours and cost ----


def test_a_measured_speed_gives_hours_and_cost() -> None:
    found = _one(_load(), Machine(gpu=H200, count=4, price=3.0), _measured())
    # 72,000,000 tokens at 20,000 a second are an hour.
    assert (found.device_hours, found.hours, found.cost) == (1.0, 0.25, 3.0)
    assert found.basis == "measured on H200: 20,000 tokens/s"
    assert (found.dtype, found.memory.bytes, found.fits) == ("bfloat16", 5 * 10**9, True)


def test_more_devices_than_units_end_no_sooner_than_a_unit() -> None:
    found = _one(_load(units=2), Machine(gpu=H200, count=100, price=None), _measured())
    assert (found.device_hours, found.hours, found.cost) == (1.0, 0.5, None)


@pytest.mark.parametrize(
    ("wanted", "ratio"), [(L4, 300 / 4800), (A100, 312 / 989.5)], ids=["bandwidth decides", "peak speed decides"]
)
def test_another_gpu_is_estimated_by_the_smaller_ratio_and_says_so(wanted: Any, ratio: float) -> None:
    found = _one(_load(), Machine(gpu=wanted, count=1, price=None), _measured())
    assert found.device_hours == pytest.approx(1 / ratio)
    assert found.basis.startswith("estimate: 20,000 tokens/s measured on H200, times ")


def test_a_measurement_on_the_gpu_itself_comes_before_one_on_another() -> None:
    slow = _measured("NVIDIA L4", tokens_per_second=1e3)
    found = _one(_load(), Machine(gpu=L4, count=1, price=None), _measured(), slow)
    assert found.device_hours == 20.0


@pytest.mark.parametrize(
    "measured",
    [
        _measured(None),
        _measured("NVIDIA GeForce RTX 4090"),
        _measured(dtype="float32"),
        _measured(None, kind="cpu"),
        _measured(model_id="esm-2-8m"),
    ],
    ids=["an unnamed GPU", "a GPU without figures", "another precision", "a CPU", "another model"],
)
def test_what_no_sourced_ratio_leads_from_gives_no_hours_and_a_reason(measured: Measured) -> None:
    found = _one(_load(), Machine(gpu=H200, count=1, price=3.0), measured)
    assert (found.device_hours, found.hours, found.cost) == (None, None, None)
    assert found.basis == "no run has measured it in bfloat16 on a GPU of the table yet: run one shard of it on one"


def test_no_speed_goes_to_a_gpu_without_units_for_the_precision() -> None:
    assert _one(_load(), Machine(gpu=T4, count=1, price=None), _measured(), dtype="bfloat16").hours is None
    half = _one(_load(), Machine(gpu=T4, count=1, price=None), _measured(dtype="float16"))
    assert half.dtype == "float16"
    assert half.device_hours == pytest.approx(1 / min(65 / 989.5, 320 / 4800))


def test_a_control_is_as_fast_as_the_model_behind_it() -> None:
    assert _one(_load("random-init:esm-2-650m"), Machine(gpu=H200, count=1, price=None), _measured()).hours == 1.0


def test_on_the_cpu_a_plan_rests_on_what_was_measured_there_else_on_the_plan_of_the_run() -> None:
    cpu = Machine(gpu=None, count=2, price=0.1)
    planned = _load(seconds=4 * HOUR, basis="from parameters and this machine's matrix speed")
    found = _one(planned, cpu)
    assert (found.device_hours, found.hours) == (4.0, 2.0)
    assert found.basis == "estimate: from parameters and this machine's matrix speed"
    own = _measured(None, kind="cpu", dtype="float32", tokens_per_second=1e4)
    assert _one(planned, cpu, own).device_hours == 2.0
    assert _one(_load(), cpu).basis == "no run has measured it on a CPU yet: run one shard of it"


def test_a_sum_is_there_only_where_every_part_is_known() -> None:
    machine, loads = Machine(gpu=H200, count=1, price=2.0), [_load(), _load("esm-2-8m", tokens=1000)]
    *_, together = estimates(loads, machine, [_measured()], dtype="auto", batch_tokens=None)
    assert (together.model_id, together.units, together.tokens) == ("all", 80, 72_001_000)
    assert (together.device_hours, together.cost, together.basis) == (None, None, "not known of 1 of 2 models")
    both = [_measured(), _measured(model_id="esm-2-8m", tokens_per_second=1000 / HOUR)]
    *_, together = estimates(loads, machine, both, dtype="auto", batch_tokens=None)
    assert (together.device_hours, together.hours, together.cost) == (2.0, 2.0, 4.0)


# ---- memory ----


def test_memory_is_weights_and_one_layers_activations(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 1280}), "utf-8")
    half = memory_of([], 650_000_000, "bfloat16", 65_536, folder=tmp_path)
    assert half.bytes == 650_000_000 * 2 + 65_536 * 1280 * 34
    whole = memory_of([], 650_000_000, "float32", 65_536, folder=tmp_path)
    assert whole.bytes == 2 * half.bytes
    assert "width 1,280 (from config.json)" in whole.basis


def test_without_the_weights_the_width_follows_from_the_parameters() -> None:
    # 12 * (w / 64) * w^2 = 650,000,000 at w = 1,513.
    found = memory_of([], 650_000_000, "bfloat16", 1000, folder=None)
    assert found.bytes == 650_000_000 * 2 + 1000 * 1513 * 34
    assert found.basis.startswith("estimate: weights 1.3 GB")


def test_what_nobody_knows_of_memory_is_said() -> None:
    found = memory_of([], None, "float32", 1000, folder=None)
    assert (found.bytes, found.basis) == (None, "neither a measurement nor the number of parameters is known")


def test_a_model_that_does_not_fit_is_told() -> None:
    found = _one(_load("esm-2-15b"), Machine(gpu=L4, count=1, price=None))
    assert found.fits is False
    assert found.memory.bytes > 30e9


# ---- what earlier runs measured ----


def _throughput(device: str, *, run_id: str = "a", tokens: int = 100, seconds: float = 2.0) -> Throughput:
    return Throughput(
        run_id=run_id,
        model_id="esm-2-650m",
        task_id=f"task of {tokens}",
        protocol="masked-marginal",
        device=device,
        dtype="bfloat16",
        n_items=1,
        tokens=tokens,
        seconds=seconds,
        tokens_per_second=tokens / seconds,
        halvings=0,
        peak_bytes=7,
    )


def _kept(folder: Path, *rows: Throughput) -> Path:
    folder.mkdir()
    write_rows(folder / "throughput.parquet", rows, Throughput)
    return folder


def test_the_speed_of_a_run_is_that_over_all_its_tasks(tmp_path: Path) -> None:
    both = "cuda:0 (NVIDIA H200), cuda:1 (NVIDIA H200)"
    folder = _kept(tmp_path / "a", _throughput(both), _throughput(both, tokens=500, seconds=1.0))
    (found,) = measured_in([folder])
    assert (found.kind, found.maker, found.tokens_per_second, found.peak_bytes) == ("cuda", "NVIDIA H200", 200.0, 7)


def test_different_gpus_in_one_row_tell_of_none_of_them(tmp_path: Path) -> None:
    assert measured_in([_kept(tmp_path / "a", _throughput("cuda:0 (NVIDIA H200), cuda:1 (NVIDIA L4)"))]) == []


def test_the_latest_run_decides_and_a_damaged_folder_is_passed_over(tmp_path: Path) -> None:
    latest, earlier = _kept(tmp_path / "b", _throughput("cpu", tokens=10)), _kept(tmp_path / "a", _throughput("cpu"))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "throughput.parquet").write_bytes(b"half")
    folders = [tmp_path / "c", latest, earlier]
    assert recorded_speeds(folders, ["cpu"]) == {"esm-2-650m": 5.0}
    assert recorded_speeds(folders, ["cuda:0"]) == {}


# ---- GPUs ----


def test_a_gpu_is_found_by_its_name_and_by_what_torch_calls_it() -> None:
    assert find_gpu("h200") is H200 is gpu_called("NVIDIA H200")
    assert gpu_called("NVIDIA GeForce RTX 4090") is None
    with pytest.raises(SpecError, match="'H300' is no GPU whose figures are known here: give cpu, H200 or H100"):
        find_gpu("H300")


def test_every_gpu_names_its_source() -> None:
    assert all("datasheet" in one.source for one in gpus().values())
    assert all(one.float32_tflops < one.float16_tflops for one in gpus().values())


# ---- loads of a probing spec ----


def _probed(task: Path, **model: Any) -> Load:
    spec = make_probe_spec(
        {"name": "p", "protocol": "fair-v1", "tasks": [str(task)], "baselines": ["gc"], "models": [model]},
        where="a test",
    )
    (found,) = loads_of_probing(probing.prepare(spec))
    return found


def test_a_probing_load_counts_tokens_of_different_sequences_without_weights(tmp_path: Path) -> None:
    task = own_task(tmp_path / "own.csv", each=4, length=30)
    # 8 sequences to train and 4 to test, of 30 letters: 5 tokens of 6 letters, and two special ones.
    kmer = _probed(task, id="nucleotide-transformer-v2-50m-multi-species")
    assert (kmer.tasks, kmer.units, kmer.tokens, kmer.exact) == (1, 1, 12 * (5 + 2), False)
    twice = _probed(task, id="nucleotide-transformer-v2-50m-multi-species", strands="both", layers=[1, 2])
    assert (twice.units, twice.tokens) == (2, 4 * kmer.tokens)


def test_a_shorter_piece_of_each_sequence_costs_less(tmp_path: Path) -> None:
    task = own_task(tmp_path / "own.csv", each=4, length=30)
    whole, piece = (_probed(task, id="hyenadna-medium-160k-seqlen-hf", **one).tokens for one in ({}, {"letters": 10}))
    assert whole - piece == 12 * 20
    assert np.gcd(whole, 12) == 12
