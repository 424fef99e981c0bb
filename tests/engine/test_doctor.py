from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.errors import NotHereError
from engine.models.devices import Device, devices
from engine.registry.adapters import AdapterCard, CannotRun, cards, resolve
from engine.registry.tasks import TASKS
from engine.run import doctor
from engine.run.doctor import Finding, examine, shortened

if TYPE_CHECKING:
    from pathlib import Path

CPU = [Device("cpu", "CPU", None)]
SMALL_GPU = [Device("cuda:0", "NVIDIA L4", 24_000_000_000)]
LARGE_GPU = [Device("cuda:0", "NVIDIA H200", 141_000_000_000), Device("cuda:1", "NVIDIA L4", 24_000_000_000)]


def _card(model_id: str, **changes: object) -> AdapterCard:
    card = resolve(model_id)
    assert isinstance(card, AdapterCard)
    return replace(card, **changes)


def _found(topic: str) -> Finding:
    (row,) = (row for row in examine() if row.topic == topic)
    return row


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return examine()


def test_every_system_of_the_registry_is_looked_at_once(findings: list[Finding]) -> None:
    found = [row.topic.removeprefix("model ") for row in findings if row.topic.startswith("model ")]
    assert sorted(found) == sorted(cards())


def test_what_is_not_well_has_a_remedy_or_a_sentence(findings: list[Finding]) -> None:
    reasons = {card.model_id: card.sentence for card in cards().values() if isinstance(card, CannotRun)}
    for row in findings:
        if not row.ok and row.remedy is None:
            assert row.found == reasons[row.topic.removeprefix("model ")]


def test_the_count_of_models_is_that_of_the_lines(findings: list[Finding]) -> None:
    (count,) = (row for row in findings if row.topic == "models")
    ready = sum(row.ok for row in findings if row.topic.startswith("model "))
    assert count.found.startswith(f"{ready} of {len(cards())} systems")


def test_the_short_form_loses_no_system_that_can_be_helped(findings: list[Finding]) -> None:
    short = shortened(findings)
    text = " ".join(row.found for row in short)
    for row in findings:
        if row.topic.startswith("model ") and (row.ok or row.remedy):
            assert row.topic.removeprefix("model ") in text
    assert len(short) < 30


def test_the_short_form_groups_systems_by_cause_and_remedy() -> None:
    one = Finding(topic="model a", ok=False, found="needs x", remedy="pip install x", cause="need x")
    other = replace(one, topic="model b")
    third = replace(one, topic="model c", remedy="pip install y")
    never = Finding(topic="model d", ok=False, found="d cannot.", cause="no adapter runs them")
    plain = Finding(topic="torch", ok=True, found="2.13")
    assert [(row.topic, row.found, row.remedy) for row in shortened([plain, one, other, third, never])] == [
        ("torch", "2.13", None),
        ("2 models", "need x: a, b", "pip install x"),
        ("1 model", "need x: c", "pip install y"),
        ("1 model", "no adapter runs them", "vledger list adapters says why of each"),
    ]


def test_a_small_model_can_be_run_on_a_cpu() -> None:
    found = doctor.system(_card("esm-2-8m"), CPU)
    assert found.ok
    assert found.remedy is None


def test_a_model_needs_two_bytes_twice_for_each_parameter_on_a_gpu_and_four_on_a_cpu() -> None:
    card = _card("esm-2-15b", parameters=15_000_000_000)
    assert doctor._needed(card, LARGE_GPU) == 60e9
    assert doctor._needed(card, CPU) == 120e9
    assert doctor.system(card, LARGE_GPU).ok
    small = doctor.system(card, SMALL_GPU)
    assert not small.ok
    assert small.found == "needs about 60 GB, the largest device here has 24 GB"


def test_a_package_that_is_missing_is_told_by_the_name_that_pip_knows() -> None:
    if importlib.util.find_spec("mamba_ssm"):
        pytest.skip("mamba_ssm is installed here")
    found = doctor.system(_card("caduceus-ph-131k"), SMALL_GPU)
    assert not found.ok
    assert "need an NVIDIA GPU" in found.found
    assert found.remedy == "pip install mamba-ssm causal-conv1d"


def test_every_package_of_every_adapter_is_one_that_pip_is_told_of() -> None:
    used = {name for card in cards().values() if isinstance(card, AdapterCard) for name in card.packages}
    assert used <= {*doctor._PIP, "einops", "evo2"}


def test_a_model_without_a_pinned_download_asks_for_its_folder() -> None:
    found = doctor.system(_card("esm-2-8m", revision=None), CPU)
    assert (found.ok, found.remedy) == (True, "give its folder with --weights DIR")


def test_a_model_with_code_of_its_own_asks_for_consent() -> None:
    found = doctor.system(_card("esm-2-8m", trust_remote_code=True), CPU)
    assert found.ok
    assert "--allow-remote-code" in str(found.remedy)


def test_weights_in_the_hubs_cache_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    card = _card("esm-2-8m")
    assert doctor.system(card, CPU).found == "weights are downloaded at first use"
    folder = tmp_path / "hub" / "models--facebook--esm2_t6_8M_UR50D" / "snapshots" / str(card.revision)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"")
    assert doctor.system(card, CPU).found == "weights are here"


def test_a_cache_that_cannot_be_a_folder_asks_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "file" / "cache"))
    found = _found("cache")
    assert not found.ok
    assert "VLEDGER_CACHE" in str(found.remedy)


@pytest.mark.usefixtures("empty_cache")
def test_a_store_that_is_not_there_yet_asks_for_publish() -> None:
    found = _found("store")
    assert (found.ok, found.remedy) == (False, "vledger publish")


def test_a_damaged_pointer_is_a_finding_and_no_crash(empty_cache: Path) -> None:
    (empty_cache / "store").mkdir(parents=True)
    (empty_cache / "store" / "current.json").write_text("{", "utf-8")
    assert "damaged" in _found("store").found


@pytest.mark.usefixtures("empty_cache")
def test_data_that_are_not_here_name_the_command_that_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLEDGER_MIRROR", raising=False)
    for task_id in TASKS:
        found = _found(f"task {task_id}")
        assert (found.ok, found.remedy) == (False, f"vledger fetch {task_id}")
    for dataset in ("perturbench", "pbmc68k"):
        found = _found(f"data {dataset}")
        assert (found.ok, found.remedy) == (False, f"vledger fetch {dataset}")
    found = _found("tasks of geneb")
    assert (found.ok, found.found) == (False, "0 of GENEB's 100 tasks here")
    assert str(found.remedy).startswith("vledger fetch geneb")


def test_data_in_the_mirror_are_here(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    assert all(_found(f"task {task_id}").ok for task_id in TASKS)
    assert all(_found(f"data {dataset}").ok for dataset in ("perturbench", "pbmc68k"))
    found = _found("tasks of geneb")
    assert (found.ok, found.found) == (True, "12 of GENEB's 100 tasks here")


def test_an_nvidia_driver_that_torch_cannot_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = doctor._devices(CPU, None)
    assert not found.ok
    assert "this build of torch cannot use it" in found.found
    assert "pytorch.org" in str(found.remedy)


def test_gpus_are_told_with_name_and_memory() -> None:
    found = doctor._devices(LARGE_GPU, None)
    assert (found.ok, found.found) == (True, "cuda:0 (NVIDIA H200, 141 GB), cuda:1 (NVIDIA L4, 24 GB)")


def test_a_broken_torch_is_a_finding() -> None:
    found = doctor._devices([], "torch is installed but cannot be loaded (no libcudart): install it again")
    assert not found.ok
    assert found.remedy == "pip install 'validity-ledger[models]'"


def test_devices_are_those_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")

    class Properties:
        name, total_memory = "NVIDIA L4", 24_000_000_000

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Properties)
    assert devices() == [Device(f"cuda:{index}", "NVIDIA L4", 24_000_000_000) for index in range(2)]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert devices() == CPU


def test_a_torch_that_cannot_be_loaded_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so.12: cannot open shared object file')", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "torch", raising=False)
    with pytest.raises(NotHereError, match=r"cannot be loaded \(libcudart\.so\.12"):
        devices()
