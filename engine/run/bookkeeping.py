"""What every run keeps about itself, whatever it computes: its journal, its row, its failures, its folder."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import engine
from engine.errors import StoreError
from engine.executors.journal import Journal
from engine.models.devices import devices
from engine.places import below
from engine.records import Failure, Run
from engine.redaction import all_redacted, redacted
from engine.run.provenance import code_hash, folder_state, git_state, packages
from engine.store.location import cache_dir
from engine.store.manifest import content_hash
from engine.store.parquet import write_frame
from engine.store.results import write_results
from engine.store.sharing import send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.places import Folder
    from engine.probe_spec import ProbeSpec
    from engine.records import Bundle
    from engine.run.plan import Refused
    from engine.singlecell_spec import SingleCellSpec
    from engine.spec import Spec

SOURCE_ID = "engine"
"""`source_id` of what this engine computed."""


def local_results() -> Path:
    """Where this machine's own runs leave their results; `publish` takes them in beside the shipped ones."""
    return cache_dir() / "results"


def worker_devices(wanted: str, workers: int | None) -> list[str]:
    """One device name per worker.

    Args:
        wanted: a device, or "auto" for every GPU, else the CPU.
        workers: how many; None is one for each device.
    """
    # Without torch there is no device to name; the first unit then says what is missing, as a failure row.
    names = [wanted] if wanted != "auto" else [device.name for device in devices()] or ["cpu"]
    count = workers or len(names)
    return [names[number % len(names)] for number in range(count)]


def open_journal(
    spec: Spec | ProbeSpec | SingleCellSpec,
    *,
    inputs: Mapping[str, str],
    folders: Iterable[Path],
    command: str,
    devices: Sequence[str],
    journals: Folder | None = None,
) -> tuple[Journal, dict[str, Any]]:
    """The run's journal: all that numbers depend on makes another one, so that no run mixes two kinds of numbers.

    Args:
        spec: What was asked.
        inputs: SHA-256 of each input, by a name.
        folders: Folders of weights.
        command: What was typed.
        devices: One per worker.
        journals: Folder in which the journal is made; default: this machine's.

    Raises:
        StoreError: the cache cannot be written, or the journal is damaged.
    """
    made_with = {
        "code": code_hash(),
        "packages": packages(),
        "device": ", ".join(sorted({device.partition(":")[0] for device in devices})),
    }
    identity = content_hash({"spec": spec.hash(), **made_with, **folder_state(folders), **inputs})
    commit, dirty = git_state()
    header = {
        "run_id": f"{spec.name}-{identity[:12]}",
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": redacted(command),
        "spec": all_redacted(json.loads(spec.as_json())),
        "git_commit": commit,
        "git_dirty": dirty,
    }
    journal = Journal(below(journals or cache_dir() / "runs", header["run_id"]))
    return journal, journal.open(header)


def run_row(
    spec: Spec | ProbeSpec | SingleCellSpec,
    header: Mapping[str, Any],
    *,
    models: Mapping[str, Mapping[str, Any]],
    inputs: Mapping[str, Mapping[str, str]],
    failures: Sequence[Failure],
) -> Run:
    """The run as a row, finished now.

    Args:
        spec: What was asked.
        header: Of the journal.
        models: What exactly was loaded, by model_id.
        inputs: SHA-256 of the files read, by task and name.
        failures: What did not happen.
    """
    loaded = list(models.values())
    return Run(
        run_id=header["run_id"],
        started_at=header["started_at"],
        # A clock that was set back in between must not make a run end before it began.
        finished_at=max(header["started_at"], datetime.now(UTC).isoformat(timespec="seconds")),
        status="finished" if not failures else "finished with failures",
        # A journal of an earlier version may have kept what was typed as it was typed.
        command=redacted(header["command"]),
        spec_hash=spec.hash(),
        spec_json=json.dumps(
            all_redacted({"spec": header["spec"], "models": models, "inputs": inputs}), sort_keys=True
        ),
        engine_version=engine.__version__,
        git_commit=header["git_commit"],
        git_dirty=header["git_dirty"],
        packages_json=packages(),
        device=", ".join(sorted({str(one["device"]) for one in loaded})) or "cpu",
        dtype=", ".join(sorted({str(one["dtype"]) for one in loaded})) or None,
        seed=spec.options.seed,
    )


def failure_row(run_id: str, row: Refused) -> Failure:
    """Something refused, as a row."""
    return Failure(
        run_id=run_id,
        stage=row.stage,
        model_id=row.model_id,
        task_id=row.task_id,
        error_type=row.error_type,
        message=redacted(row.message),
    )


def write_run(folder: Folder, bundle: Bundle, predictions: Sequence[pd.DataFrame]) -> None:
    """Put a run's rows and predictions into its folder, in one step.

    Args:
        folder: Of the results, or its URL; replaced.
        bundle: The rows.
        predictions: Rows of `prediction`, frame by frame.

    Raises:
        StoreError: the folder cannot be written.
    """
    if isinstance(folder, Path):
        _write_here(folder, bundle, predictions)
        return
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch) / "results"
        _write_here(here, bundle, predictions)
        send(here, folder)


def _write_here(folder: Path, bundle: Bundle, predictions: Sequence[pd.DataFrame]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
            bulk = {}
            if predictions:
                bulk["prediction"] = Path(scratch) / "prediction.parquet"
                write_frame(bulk["prediction"], pd.concat(predictions, ignore_index=True))
            write_results(folder, bundle, bulk)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}): the scores are kept, and the same command with another "
            "--results goes on from them"
        ) from error
