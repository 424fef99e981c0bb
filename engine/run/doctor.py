"""What this machine can run, and the command that brings what is missing."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import groupby
from typing import TYPE_CHECKING

from engine.datasets.fetch import available, is_here
from engine.datasets.geneb_tasks import present
from engine.errors import NotHereError, StoreError
from engine.models.devices import devices
from engine.models.hub import in_hub_cache
from engine.registry.adapters import AdapterCard, CannotRun, cards
from engine.registry.geneb import GENEB, members
from engine.registry.tasks import PBMC68K, PERTURBENCH, TASKS, dataset_files, find_task
from engine.run.provenance import git_state
from engine.store.location import cache_dir, current_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.models.devices import Device

# Weights in half precision on a GPU, in float32 on a CPU, and as much again for what passes through them.
_BYTES_PER_PARAMETER = {"cuda": 2 * 2, "cpu": 4 * 2}
_INSTALL = "pip install 'validity-ledger[models]'"
_LEAST_FREE = 5e9
_PIP = {
    "mamba_ssm": "mamba-ssm",
    "causal_conv1d": "causal-conv1d",
    "hf_olmo": "ai2-olmo",
    "gpn": "git+https://github.com/songlab-cal/gpn.git",
}
"""What pip calls a package where that is not its import name."""
_ON_GPU_ONLY = {"mamba_ssm", "causal_conv1d", "evo2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: how it is, and what to do where it is not well.

    Attributes:
        cause: what several systems have in common; they are shown together under it.
    """

    topic: str
    ok: bool
    found: str
    remedy: str | None = None
    cause: str | None = None


def examine() -> list[Finding]:
    """Look at everything that scoring needs, every system of the registry included."""
    problem = None
    try:
        here = devices()
    except NotHereError as error:
        here, problem = [], str(error)
    return [*_machine(), *_packages(), _devices(here, problem), *_data(), *_models(here)]


def shortened(findings: Sequence[Finding]) -> list[Finding]:
    """The findings with all systems of one cause in one line; a cause that nothing here can mend names none."""
    short: list[Finding] = []
    for (cause, _), group in groupby(findings, key=lambda one: (one.cause, one.remedy if one.cause else None)):
        rows = list(group)
        short += rows if cause is None else [_together(cause, rows)]
    return short


def _together(cause: str, rows: Sequence[Finding]) -> Finding:
    names = ", ".join(row.topic.removeprefix("model ") for row in rows)
    mendable = rows[0].ok or rows[0].remedy
    return Finding(
        topic=f"{len(rows)} model" + ("s" if len(rows) > 1 else ""),
        ok=rows[0].ok,
        found=f"{cause}: {names}" if mendable else cause,
        remedy=rows[0].remedy if mendable else "vledger list adapters says why of each",
    )


def _machine() -> Iterator[Finding]:
    commit, dirty = git_state()
    code = "no git checkout" if commit is None else commit[:12] + (" with local changes" if dirty else "")
    yield Finding(topic="code", ok=True, found=code)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = f"{_memory() / 1e9:.0f} GB memory" if _memory() else "memory not known"
    yield Finding(topic="machine", ok=True, found=f"Python {platform.python_version()}, {cores} cores, {memory}")
    yield _cache()
    try:
        yield Finding(topic="store", ok=True, found=current_store()[0].name)
    except StoreError as error:
        yield Finding(topic="store", ok=False, found=str(error), remedy="vledger publish")


def _cache() -> Finding:
    root = next(path for path in (cache_dir().absolute(), *cache_dir().absolute().parents) if path.exists())
    free = shutil.disk_usage(root).free
    found = f"{cache_dir()}, {free / 1e9:.0f} GB free"
    if not root.is_dir() or not os.access(root, os.W_OK):
        return Finding(
            topic="cache", ok=False, found=f"{cache_dir()} cannot be written", remedy="set VLEDGER_CACHE to a folder"
        )
    remedy = None if free > _LEAST_FREE else "free some, or set VLEDGER_CACHE to a folder elsewhere"
    return Finding(topic="cache", ok=remedy is None, found=found, remedy=remedy)


def _memory() -> int:
    """Bytes of the machine's memory, 0 where the system does not tell."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _packages() -> Iterator[Finding]:
    for name in ("torch", "transformers"):
        try:
            yield Finding(topic=name, ok=True, found=version(name))
        except PackageNotFoundError:
            missing = "not installed: baselines can be run, models cannot"
            yield Finding(topic=name, ok=False, found=missing, remedy=_INSTALL)


def _devices(here: Sequence[Device], problem: str | None) -> Finding:
    if problem:
        return Finding(topic="devices", ok=False, found=problem, remedy=_INSTALL)
    if not here:
        return Finding(topic="devices", ok=False, found="not known without torch", remedy=_INSTALL)
    words = ", ".join(f"{one.name} ({one.label}{_gigabytes(one)})" for one in here)
    if here[0].name == "cpu" and shutil.which("nvidia-smi"):
        found = f"{words}; there is an NVIDIA driver too, but this build of torch cannot use it"
        remedy = "install torch for your driver: https://pytorch.org/get-started/locally"
        return Finding(topic="devices", ok=False, found=found, remedy=remedy)
    return Finding(topic="devices", ok=True, found=words)


def _gigabytes(device: Device) -> str:
    return f", {device.memory / 1e9:.0f} GB" if device.memory else ""


def _data() -> Iterator[Finding]:
    for task_id in TASKS:
        missing, total = available(task_id, cache_dir()), len(find_task(task_id).files)
        here = f"{total} of {total} files here" if total > 1 else "its file is here"
        found = f"{len(missing)} of {total} files missing: {', '.join(missing)}" if missing else here
        remedy = f"vledger fetch {task_id}" if missing else None
        yield Finding(topic=f"task {task_id}", ok=not missing, found=found, remedy=remedy)
    for dataset in (PERTURBENCH, PBMC68K):
        there = all(is_here(name, cache_dir()) for name in dataset_files(dataset))
        remedy = None if there else f"vledger fetch {dataset}"
        yield Finding(topic=f"data {dataset}", ok=there, found="here" if there else "not here", remedy=remedy)
    tasks = members(GENEB)
    count = sum(present(task_id, cache_dir()) for task_id in tasks)
    found = f"{count} of GENEB's {len(tasks)} tasks here"
    remedy = None if count == len(tasks) else f"vledger fetch {GENEB}, or one task by its id"
    yield Finding(topic=f"tasks of {GENEB}", ok=count > 0, found=found, remedy=remedy)


def _models(here: Sequence[Device]) -> Iterator[Finding]:
    """A count, then every system, those of one cause beside each other."""
    findings = [system(card, here) for card in cards().values()]
    ready = sum(one.ok for one in findings)
    found = f"{ready} of {len(findings)} systems have an adapter, and here their packages and the memory"
    yield Finding(topic="models", ok=ready > 0, found=found, remedy=None if ready else _INSTALL)
    yield from sorted(findings, key=lambda one: (not one.ok, one.cause or "", one.remedy or ""))


def system(card: AdapterCard | CannotRun, here: Sequence[Device]) -> Finding:
    """Whether an adapter, its packages and the memory for a system are here."""
    topic = f"model {card.model_id}"
    if isinstance(card, CannotRun):
        return Finding(topic=topic, ok=False, found=card.sentence, cause="no adapter runs them")
    missing = [name for name in ("torch", "transformers", *card.packages) if find_spec(name) is None]
    if missing:
        return _unpacked(topic, missing)
    room, needed = _room(here), _needed(card, here)
    if needed > room:
        found = f"needs about {needed / 1e9:.0f} GB, the largest device here has {room / 1e9:.0f} GB"
        cause = f"too large for the {room / 1e9:.0f} GB here"
        return Finding(topic=topic, ok=False, found=found, remedy="run it on a machine with more memory", cause=cause)
    return _ready(topic, card)


def _unpacked(topic: str, missing: Sequence[str]) -> Finding:
    if "torch" in missing or "transformers" in missing:
        return Finding(topic=topic, ok=False, found="needs torch and transformers", remedy=_INSTALL, cause="need torch")
    names = [_PIP.get(name, name) for name in missing]
    where = ", which need an NVIDIA GPU" if len(names) > 1 else ", which needs an NVIDIA GPU"
    what = " and ".join(missing) + (where if _ON_GPU_ONLY & set(missing) else "")
    remedy = f"pip install {' '.join(names)}"
    return Finding(topic=topic, ok=False, found=f"needs the package {what}", remedy=remedy, cause=f"need {what}")


def _ready(topic: str, card: AdapterCard) -> Finding:
    """What is still asked of the user where packages and memory suffice."""
    if card.hf_id is None or card.revision is None:
        found = "no download is pinned"
        return Finding(topic=topic, ok=True, found=found, remedy="give its folder with --weights DIR", cause=found)
    weights = "weights are here" if in_hub_cache(card) else "weights are downloaded at first use"
    consent = "add --allow-remote-code once you have read its code" if card.trust_remote_code else None
    return Finding(topic=topic, ok=True, found=weights, remedy=consent, cause=weights)


def _room(here: Sequence[Device]) -> float:
    """Bytes of the largest device; of a CPU the machine's memory."""
    return max((one.memory or 0 for one in here), default=0) or _memory() or float("inf")


def _needed(card: AdapterCard, here: Sequence[Device]) -> float:
    kind = "cuda" if here and here[0].name.startswith("cuda") else "cpu"
    return (card.parameters or 0) * _BYTES_PER_PARAMETER[kind]
