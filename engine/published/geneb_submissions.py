"""GENEB's submission files: one model's results on all tasks in all regimes, as JSON; written, checked and read.

The schema is GENEB's own, schema_version 1.0. Keys that it does not name are let be, as by GENEB's own check; values
outside what it allows are not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeGuard
from uuid import uuid4

from engine.errors import TableError, VerificationError, one_line
from engine.names import ALL_STRATA, LicenceGroup, Metric, Protocol, Regime, Role
from engine.published.geneb import SizeRow, TaskRow, read_models
from engine.records import Bundle, Model, Score, Source
from engine.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    Results = Mapping[str, Mapping[str, Mapping[str, float]]]  # regime -> task_id -> metric -> value

SCHEMA_VERSION = "1.0"
HARNESS_VERSION = "geneb-0.1.0"
REGIMES = (Regime.FULL, Regime.TEN_SHOT, Regime.ONE_SHOT)
RANGES = {Metric.MCC: (-1, 1), Metric.ACC: (0, 1), Metric.F1: (0, 1)}
PROVENANCES = ("official", "verified", "reproduced", "self-reported")
AGREEMENT = 1e-4
"""Largest difference between two statements of one value: cut after five decimals, or rounded to four."""

_DECIMALS = 4
_ROUNDING = 1e-6  # a mean of five ones can be a last digit above 1
_LARGEST = 2**63 - 1
_WEB = re.compile(r"https?://\S+")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a submission must cover.

    Attributes:
        tasks: number of test sequences by task_id, None where it is not known; the keys are all tasks, in order.
        shipped: provenance by model_id of the models whose results are in the published tables.
    """

    tasks: Mapping[str, int | None]
    shipped: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a submission says of its model; `provenance` is the submitter's word, nobody recomputes it."""

    display: str
    params: int
    url: str = ""
    zero_shot: bool = False
    training_data: str = ""
    provenance: str = "self-reported"
    submitted_by: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A file without fault."""

    model_id: str
    meta: Meta
    results: Results


def read_benchmark(published: Path) -> Benchmark:
    """Tasks and models of the published tables.

    Raises:
        TableError: a table is damaged.
    """
    tasks = read_table(published / "geneb_tasks.csv", TaskRow, unique=("task_id",))
    sizes = read_table(published / "geneb_task_sizes.csv", SizeRow, unique=("task_id",))
    n_test = {row.task_id: row.n_test for row in sizes}
    return Benchmark(
        {row.task_id: n_test.get(row.task_id) for row in tasks},
        {row.model_id: row.provenance for row in read_models(published)},
    )


def file_stem(model_id: str) -> str:
    """Name of a model's file without `.json`: what is no letter, digit, dot, underscore or hyphen becomes `_`."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", model_id)


def submission(model_id: str, meta: Meta, results: Results) -> dict[str, Any]:
    """The content of a file; values are rounded to four decimals, as the harness rounds them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "model_id": model_id,
        "harness_version": HARNESS_VERSION,
        "meta": asdict(meta),
        "results": {
            str(regime): {
                task: {str(metric): _rounded(value) for metric, value in values.items()}
                for task, values in per_task.items()
            }
            for regime, per_task in results.items()
        },
    }


def _rounded(value: float | None) -> float | None:
    """None stays: the check then names its place."""
    return None if value is None else round(value, _DECIMALS) + 0.0  # no -0.0


def write_submission(folder: Path, content: Mapping[str, Any], benchmark: Benchmark) -> Path:
    """Write a checked file into `folder`, in one atomic step.

    Raises:
        VerificationError: the content breaks the schema; nothing was written.
        TableError: the folder cannot be written.
    """
    found = problems(content, benchmark)
    if found:
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        raise VerificationError(f"no GENEB submission was written: {found[0]}{more}")
    path = folder / f"{file_stem(content['model_id'])}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(path, json.dumps(content, allow_nan=False, indent=1) + "\n")
    except OSError as error:
        raise TableError(path, f"the file cannot be written in {folder} ({error.strerror})") from error
    return path


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f".{uuid4().hex}.json")
    try:
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check(path: Path, benchmark: Benchmark) -> list[str]:
    """All that is wrong with a file, each in one sentence with its place in the JSON; empty where nothing is."""
    content, faults = _content(path)
    if faults and content is None:
        return faults
    found = [*faults, *problems(content, benchmark)]
    model_id = content.get("model_id") if isinstance(content, dict) else None
    if _is_text(model_id) and path.name != f"{file_stem(model_id)}.json":
        stem = one_line(file_stem(model_id), 80)
        found.insert(0, f"the file is named {path.name}; rename it to {stem}.json, after its model_id.")
    return found


def problems(content: Any, benchmark: Benchmark) -> list[str]:
    """As `check`, for the content of a file whatever its name."""
    if not isinstance(content, dict):
        return [f"the file holds {_shown(content)}; give one object with {', '.join(_TOP)}."]
    return [
        *_of_top(content),
        *_of_meta(content.get("meta"), content.get("model_id"), benchmark),
        *_of_results(content.get("results"), benchmark),
    ]


def read_submission(path: Path, benchmark: Benchmark) -> Submission:
    """A file's content.

    Raises:
        TableError: the file has a fault; `check` names all.
    """
    found = check(path, benchmark)
    if found:
        raise TableError(path, found[0].rstrip("."), expected="a file in which `vledger geneb check` finds nothing")
    content, _ = _content(path)
    given = {name: value for name, value in content["meta"].items() if name in Meta.__dataclass_fields__}
    results = {
        str(regime): {task: _clipped(content["results"][regime][task]) for task in benchmark.tasks}
        for regime in REGIMES
    }
    return Submission(content["model_id"], Meta(**given), results)


def _clipped(values: Mapping[str, float]) -> dict[str, float]:
    return {metric.value: min(max(float(values[metric]), low), high) for metric, (low, high) in RANGES.items()}


def as_bundle(read: Submission, benchmark: Benchmark, *, source: Source, name: str) -> Bundle:
    """A submission as rows of the store, beside the published models and under their protocol.

    Args:
        read: the submission.
        benchmark: its tasks.
        source: where the file came from.
        name: what the model is called; a name means one system within a suite.
    """
    scores = [
        Score(
            model_id=read.model_id,
            task_id=task,
            stratum=ALL_STRATA,
            regime=regime,
            protocol=Protocol.GENEB_PUBLISHED,
            metric=metric,
            value=value,
            n=benchmark.tasks[task],
            origin="published",
            provenance=read.meta.provenance,
            source_id=source.source_id,
        )
        for regime, per_task in read.results.items()
        for task, values in per_task.items()
        for metric, value in values.items()
    ]
    return Bundle(sources=[source], models=[_model(read, source, name)], scores=scores)


def as_source(read: Submission, *, sha256: str, retrieved_at: str) -> Source:
    """The file as a source of its own.

    Args:
        read: the submission.
        sha256: of the file.
        retrieved_at: day of the import, ISO 8601.
    """
    by = read.meta.submitted_by or "a submitter who gives no name"
    return Source(
        source_id=f"geneb-submission-{file_stem(read.model_id)}",
        citation=f"GENEB submission of {read.meta.display} by {by}, taken in on this machine as it stands.",
        url=read.meta.url if _WEB.fullmatch(read.meta.url) else None,
        version=f"SHA-256 {sha256}",
        retrieved_at=retrieved_at,
    )


def _model(read: Submission, source: Source, name: str) -> Model:
    return Model(
        model_id=read.model_id,
        name=name,
        role=Role.MODEL,
        modality="DNA",
        parameters=read.meta.params or None,
        pretraining_data=read.meta.training_data or None,
        licence_group=LicenceGroup.UNKNOWN,
        provenance_note=(
            f"As its GENEB submission describes it, {'' if read.meta.zero_shot else 'not '}marked zero-shot there; "
            "nothing of it was recomputed."
        ),
        source_id=source.source_id,
    )


def differences(read: Submission, scores: Sequence[Score]) -> list[str]:
    """Where a submission's values are not those of published scores of the same model, each as a phrase."""
    pairs = [
        (score, read.results[score.regime][score.task_id][score.metric])
        for score in scores
        if score.model_id == read.model_id and score.value is not None
    ]
    return [
        f"results.{score.regime}.{score.task_id}.{score.metric} is {given:g}, published {score.value:g}"
        for score, given in pairs
        if abs(given - (score.value or 0.0)) > AGREEMENT
    ]


_TOP = ("schema_version", "model_id", "harness_version", "meta", "results")


def _content(path: Path) -> tuple[Any, list[str]]:
    """What a file holds, None where it is no JSON, and what is wrong with it as JSON."""
    twice: list[str] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            twice.extend(sorted(name for name, count in counts.items() if count > 1))
        return found

    try:
        content = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=as_object)
    except OSError as error:
        return None, [f"the file cannot be read ({error.strerror}); give the path of a submission."]
    except (ValueError, RecursionError) as error:
        return None, [f"the file is no JSON ({error}); give the file as the harness wrote it."]
    return content, [f"the key {_shown(name)} stands twice in one object; keep the right one." for name in twice]


def _of_top(content: Mapping[str, Any]) -> Iterator[str]:
    if content.get("schema_version") != SCHEMA_VERSION:
        yield f'{_is("schema_version", content)}; give "{SCHEMA_VERSION}".'
    if not _is_text(content.get("model_id")):
        yield f"{_is('model_id', content)}; give the model's id, one line of text."
    version = content.get("harness_version")
    if not isinstance(version, str) or version.lower() != HARNESS_VERSION:
        yield f'{_is("harness_version", content)}; give "{HARNESS_VERSION}": other versions are other protocols.'


def _of_meta(meta: Any, model_id: Any, benchmark: Benchmark) -> Iterator[str]:
    if not isinstance(meta, dict):
        yield f"meta is {_shown(meta)}; give an object with display, params and what else is known of the model."
        return
    if not _is_text(meta.get("display")):
        yield f"{_is('display', meta, 'meta')}; give the model's name, one line of text."
    params = meta.get("params")
    if isinstance(params, bool) or not isinstance(params, int) or not 0 <= params <= _LARGEST:
        yield f"{_is('params', meta, 'meta')}; give the number of parameters, a whole number from 0."
    for name in ("url", "training_data", "submitted_by"):
        if meta.get(name, "") != "" and not _is_text(meta[name]):
            yield f'{_is(name, meta, "meta")}; give one line of text, or "".'
    if not isinstance(meta.get("zero_shot", False), bool):
        yield f"{_is('zero_shot', meta, 'meta')}; give true or false."
    provenance = meta.get("provenance", "self-reported")
    if provenance not in PROVENANCES:
        yield f"{_is('provenance', meta, 'meta')}; give one of {', '.join(PROVENANCES)}."
    elif provenance == "official" and benchmark.shipped.get(str(model_id)) != "official":
        yield 'meta.provenance is "official", which GENEB keeps for the models of its own authors; give self-reported.'


def _of_results(results: Any, benchmark: Benchmark) -> Iterator[str]:
    if not isinstance(results, dict):
        yield f"results is {_shown(results)}; give an object with {', '.join(REGIMES)}."
        return
    for regime in REGIMES:
        per_task = results.get(regime)
        if not isinstance(per_task, dict):
            yield f"{_is(regime, results, 'results')}; give an object with all {len(benchmark.tasks)} tasks."
            continue
        yield from _of_tasks(f"results.{regime}", per_task, benchmark.tasks)
        for task, values in per_task.items():
            if task in benchmark.tasks:
                yield from _of_values(f"results.{regime}.{task}", values)


def _of_tasks(place: str, per_task: Mapping[str, Any], tasks: Collection[str]) -> Iterator[str]:
    missing = [task for task in tasks if task not in per_task]
    if missing:
        yield f"{place} lacks {len(missing)} of {len(tasks)} tasks; add {', '.join(missing)}."
    for task in per_task:
        if task not in tasks:
            yield f"{place} has {_shown(task)}, which is no task of GENEB; take it out or correct its name."


def _of_values(place: str, values: Any) -> Iterator[str]:
    if not isinstance(values, dict):
        yield f"{place} is {_shown(values)}; give an object with {', '.join(RANGES)}."
        return
    for metric, (low, high) in RANGES.items():
        if not _is_within(values.get(metric), low, high):
            yield f"{_is(metric, values, place)}; give a number from {low} to {high}."


def _is_within(value: object, low: int, high: int) -> bool:
    # True is no number though Python counts with it; and a comparison with NaN never holds.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low - _ROUNDING <= value <= high + _ROUNDING


def _is(name: str, parent: Mapping[str, Any], place: str = "") -> str:
    where = f"{place}.{name}" if place else str(name)
    return f"{where} is {_shown(parent[name])}" if name in parent else f"{where} is missing"


def _shown(value: Any) -> str:
    """A value as JSON has it, the middle of a long one left out."""
    try:
        text = json.dumps(value)
    except RecursionError:
        return "nested very deeply"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 10]} ... {text[-5:]}"


def _is_text(value: object) -> TypeGuard[str]:
    """Whether a value is one line of text that every program can store: no control characters, no half characters."""
    return (
        isinstance(value, str)
        and bool(value.strip())
        and not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value)
    )
