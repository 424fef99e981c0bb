"""Taking GENEB submissions in: each file becomes a results folder of this machine, which `publish` picks up."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import engine
from engine.errors import SpecError, StoreError, TableError
from engine.published import geneb, geneb_submissions
from engine.published.geneb_submissions import Submission, as_bundle, as_source, differences, file_stem
from engine.records import Run
from engine.redaction import redacted
from engine.run.bookkeeping import local_results
from engine.run.catalogue import model_rows
from engine.run.provenance import code_hash, git_state, packages
from engine.run.publishing import with_collapse_flags
from engine.store.location import precomputed_dir
from engine.store.manifest import content_hash
from engine.store.parquet import read_frame
from engine.store.results import write_results
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.published.geneb_submissions import Benchmark
    from engine.records import Bundle

_PREFIX = "geneb-submission-"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file; `remarks` are sentences, of a refused file all that is wrong with it."""

    file: str
    outcome: Literal["imported", "unchanged", "skipped", "refused"]
    remarks: tuple[str, ...]


def submission_files(folder: Path) -> list[Path]:
    """The submissions of a folder, by name: those of its `submissions` folder where it has one, else its own.

    Raises:
        SpecError: there is none.
    """
    inner = folder / "submissions"
    found = sorted(
        path for path in (inner if inner.is_dir() else folder).glob("*.json") if not path.name.startswith(".")
    )
    if not found:
        raise SpecError(f"{folder} holds no submissions: give a folder with *.json or submissions/*.json in it")
    return found


def import_submissions(folder: Path, *, command: str) -> list[Taken]:
    """Take in every submission of a folder whose model the published tables lack.

    Args:
        folder: as `submission_files`.
        command: What was typed, for the provenance.

    Raises:
        SpecError: the folder holds no submissions.
        StoreError: the results cannot be written.
        TableError: a published table is damaged.
    """
    files = submission_files(folder)
    published = precomputed_dir() / "published"
    benchmark, shipped = geneb_submissions.read_benchmark(published), geneb.read(published)
    return [_take(path, benchmark, shipped, command) for path in files]


def _take(path: Path, benchmark: Benchmark, shipped: Bundle, command: str) -> Taken:
    faults = geneb_submissions.check(path, benchmark)
    if faults:
        return Taken(path.name, "refused", tuple(faults))
    read = geneb_submissions.read_submission(path, benchmark)
    if read.model_id in benchmark.shipped:
        return Taken(path.name, "skipped", (_beside_shipped(read, shipped),))
    run = _run(read, sha256_of(path), command)
    folder = local_results() / f"{_PREFIX}{file_stem(read.model_id)}"
    if run.run_id in _column(folder, "run", "run_id"):
        return Taken(path.name, "unchanged", (f"{read.model_id} was taken in before, from the same file.",))
    source = as_source(read, sha256=sha256_of(path), retrieved_at=run.started_at[:10])
    bundle = as_bundle(read, benchmark, source=source, name=_name(read))
    scores = with_collapse_flags(bundle.scores, shipped.tasks)
    try:
        write_results(folder, dataclasses.replace(bundle, scores=scores, runs=[run]), {})
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): point VLEDGER_CACHE elsewhere") from error
    return Taken(path.name, "imported", (f"{read.model_id}, {len(scores):,} values, {read.meta.provenance}.",))


def _beside_shipped(read: Submission, shipped: Bundle) -> str:
    own = [score for score in shipped.scores if score.model_id == read.model_id]
    found = differences(read, own)
    if not found:
        return f"{read.model_id} is shipped already, and its {len(own):,} published values are the same."
    return f"{read.model_id} is shipped already; {len(found):,} of {len(own):,} values differ, the first: {found[0]}."


def _run(read: Submission, sha256: str, command: str) -> Run:
    """The import as a run: by its id, the same file is taken in once."""
    spec = {"geneb_submission": read.model_id, "sha256": sha256}
    identity = content_hash({**spec, "code": code_hash()})
    now = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = git_state()
    return Run(
        run_id=f"{_PREFIX}{file_stem(read.model_id)}-{identity[:12]}",
        started_at=now,
        finished_at=now,
        status="finished",
        command=redacted(command),
        spec_hash=content_hash(spec),
        spec_json=json.dumps(spec, sort_keys=True),
        engine_version=engine.__version__,
        git_commit=commit,
        git_dirty=dirty,
        packages_json=packages(),
        device=None,
        dtype=None,
        seed=None,
    )


def _name(read: Submission) -> str:
    """What the submission calls the model, with its id where another system has that name."""
    others = {model.name for model in model_rows() if model.model_id != read.model_id}
    if read.meta.display in others | set(_other_names(read.model_id)):
        return f"{read.meta.display} ({read.model_id})"
    return read.meta.display


def _other_names(model_id: str) -> Iterator[str]:
    for folder in local_results().glob(f"{_PREFIX}*"):
        if model_id not in _column(folder, "model", "model_id"):
            yield from _column(folder, "model", "name")


def _column(folder: Path, table: str, column: str) -> list[str]:
    """Values of an earlier import; none where there is none that can be read, since it is replaced then."""
    try:
        return list(read_frame(folder / f"{table}.parquet", columns=column)[column])
    except TableError:
        return []
