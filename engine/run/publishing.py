"""Building the store from facts, results and the data on this machine."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

import engine
from engine import registry
from engine.names import ALL_STRATA, Metric, Protocol, Suite
from engine.published import geneb, ledger, proteingym, vep_eval
from engine.records import Bundle, Source, merge
from engine.registry import files
from engine.registry.published_systems import ONE_SCORE_WITHIN
from engine.registry.support import engine_support
from engine.registry.systems import as_model
from engine.run.bookkeeping import SOURCE_ID, local_results
from engine.run.catalogue import engine_models
from engine.run.flags import flag
from engine.run.prepared import prepared_folders
from engine.run.provenance import code_hash
from engine.run.published_verdicts import add_published_verdicts
from engine.statistics.aggregate import category_means, macro_average, micro_average
from engine.statistics.collapse import is_majority_collapse
from engine.statistics.intervals import hanley_mcneil
from engine.store import manifest
from engine.store.counts import record_counts
from engine.store.location import precomputed_dir
from engine.store.migrations import available
from engine.store.parquet import read_frame
from engine.store.publish import build_and_switch
from engine.store.reader import open_read_only
from engine.store.results import result_files, runs_in
from engine.store.sharing import results_at
from engine.store.verify import verify_aggregates, verify_published_macro, verify_references
from engine.store.writer import write_store
from engine.tables import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from engine.places import Folder
    from engine.records import Model, Score, Stratum, Task
    from engine.registry import SystemRow
    from engine.store.verify import Aggregates

ENGINE_SOURCE = Source(
    source_id=SOURCE_ID,
    citation="Computed by this engine; the run says with which code, data and seed.",
    version=engine.__version__,
)
_ONE_SCORE = "one score for the whole class: 0.5 in every sample"
_CI_METHOD = "Hanley-McNeil from AUROC and class counts, logit scale"
_VALUE_COLUMNS = ("regime", "model_id", "task_id", "stratum", "protocol", "metric", "value")
_PRINTED = 1e-4  # published values are cut after five decimals, submitted ones rounded to four


def publish(
    precomputed: Path | None = None, *, results: Folder | None = None, force: bool = False
) -> tuple[Path, bool]:
    """Build the store, verify it, put it in service.

    It holds the shipped facts and results, the results of this machine's own runs, and the items of every data set
    that is on this machine.

    Args:
        precomputed: What is shipped; default: the repository's.
        results: Folder of further results, such as one that several machines share, or its URL.
        force: Build also what was built already.

    Returns:
        The store file and whether it was built now (False: it was there already).

    Raises:
        TableError: an input is damaged.
        VerificationError: the inputs contradict each other.
        StoreError: the further results cannot be read, or there are none.
    """
    with results_at(results) as theirs:
        return _publish(precomputed or precomputed_dir(), theirs, force=force)


def _publish(folder: Path, theirs: Sequence[Path], *, force: bool) -> tuple[Path, bool]:
    schema = list(available())[-1]
    listed = manifest.check(folder)
    shipped = sorted(runs_in(folder / "results"))
    extra = [*_other_runs([*runs_in(local_results()), *theirs], shipped), *prepared_folders()]
    digests = [(path, sha256_of(path)) for path in _files(extra)]
    # Two machines may give runs of their own one name.
    parts = listed | {f"{path.parent.name}/{path.name} {digest}": digest for path, digest in digests}
    identity = manifest.content_hash(parts | {"engine": code_hash(), "schema": schema})
    meta = {"content_hash": identity, "engine_version": engine.__version__, "schema": schema}

    def build(path: Path) -> None:
        systems = registry.read_systems()
        bundle = collect(folder / "published", systems)
        published = {row.geneb_model_id: row.geneb_full_macro_mcc for row in systems if row.geneb_model_id}
        verify_published_macro(
            geneb_aggregates(bundle), {name: value for name, value in published.items() if value is not None}
        )
        results = result_files([*shipped, *extra])
        write_store(path, bundle, meta, results)
        add_published_verdicts(path)
        with duckdb.connect(path) as con:
            record_counts(con)
        with open_read_only(path) as con:
            verify_references(con)
            verify_aggregates(con, geneb_aggregates(bundle, results.get("score", [])))

    return build_and_switch(identity, schema=schema, engine_version=engine.__version__, build=build, force=force)


def _other_runs(folders: Sequence[Path], shipped: Sequence[Path]) -> list[Path]:
    """Results folders without those that repeat a run: who carries out a shipped spec again, gets the same run."""
    seen = {run_id for folder in shipped for run_id in _run_ids(folder)}
    kept = []
    for folder in folders:
        own = _run_ids(folder)
        if seen.isdisjoint(own):
            kept.append(folder)
            seen |= own
    return kept


def _run_ids(folder: Path) -> set[str]:
    return set(read_frame(folder / "run.parquet", columns="run_id")["run_id"])


def _files(folders: Sequence[Path]) -> list[Path]:
    return [path for paths in result_files(folders).values() for path in paths]


def write_manifest(precomputed: Path | None = None) -> Path:
    """Read every shipped table once, then write the manifest of what is there.

    Raises:
        TableError: a table cannot be read; the old manifest stays.
    """
    folder = precomputed or precomputed_dir()
    collect(folder / "published", registry.read_systems())
    return manifest.write(folder)


def collect(published: Path, systems: Sequence[SystemRow]) -> Bundle:
    """All importers' rows and the registry's, as one bundle.

    Raises:
        TableError: a table is damaged.
    """
    bundles = [
        ledger.read(published),
        geneb.read(published),
        proteingym.read(published),
        vep_eval.read(published),
    ]
    own = Bundle(
        sources=[ENGINE_SOURCE, *files.SOURCES],
        models=[*_registry_models(published, systems), *engine_models()],
        engine_support=engine_support(),
    )
    joined = merge([own, *bundles])
    scores = with_collapse_flags(with_auroc_intervals(joined.scores, joined.strata), joined.tasks)
    return dataclasses.replace(joined, scores=scores)


def _registry_models(published: Path, systems: Sequence[SystemRow]) -> list[Model]:
    groups = {row.model_id: row.pretraining_data for row in geneb.read_models(published)}
    inputs = proteingym.inputs_of(published)
    return [
        dataclasses.replace(
            as_model(row),
            pretraining_group=groups.get(row.geneb_model_id) if row.geneb_model_id else None,
            inputs=inputs.get(row.model_id),
        )
        for row in systems
    ]


def with_auroc_intervals(scores: Sequence[Score], strata: Sequence[Stratum]) -> list[Score]:
    """Published AUROCs with an interval from their class counts, where those are known."""
    sizes = {(row.task_id, row.stratum): row for row in strata}
    return [_with_interval(score, sizes[(score.task_id, score.stratum)]) for score in scores]


def _with_interval(score: Score, stratum: Stratum) -> Score:
    # A score that does not state its own n may be over part of the stratum: then its counts are not known.
    if score.metric != Metric.AUROC or score.value is None or score.n is None or stratum.prevalence is None:
        return score
    # The order that a rule by class brings into one class is none, whichever variants are drawn: nothing is estimated.
    if score.value == 0.5 and ONE_SCORE_WITHIN.get(score.model_id) == stratum.kind:
        return dataclasses.replace(score, ci_low=0.5, ci_high=0.5, ci_method=_ONE_SCORE)
    positives = round(score.n * stratum.prevalence)
    bounds = hanley_mcneil(score.value, positives, score.n - positives)
    if bounds is None:
        return score
    return dataclasses.replace(score, ci_low=bounds[0], ci_high=bounds[1], ci_method=_CI_METHOD)


def with_collapse_flags(scores: Sequence[Score], tasks: Sequence[Task]) -> list[Score]:
    """GENEB's published scores, those flagged whose MCC, accuracy and macro-F1 are a majority collapse's.

    Only where all three are published of a model, task and regime: that is the full regime of the shipped tables, and
    every regime of a submission.
    """
    by_id = {task.task_id: task for task in tasks if task.suite == Suite.GENEB}
    values: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for score in scores:
        if _is_published_geneb(score) and score.task_id in by_id and score.value is not None:
            values[score.model_id, score.task_id, score.regime][score.metric] = score.value
    flags = {key: found for key, three in values.items() if (found := _collapse_flags(three, by_id[key[1]]))}
    return [
        dataclasses.replace(score, flags=flags[key])
        if _is_published_geneb(score) and (key := (score.model_id, score.task_id, score.regime)) in flags
        else score
        for score in scores
    ]


def _is_published_geneb(score: Score) -> bool:
    return score.protocol == Protocol.GENEB_PUBLISHED and score.stratum == ALL_STRATA


def _collapse_flags(values: Mapping[str, float], task: Task) -> str | None:
    if not values.keys() >= {Metric.MCC, Metric.ACC, Metric.F1}:
        return None
    accuracy, f1 = values[Metric.ACC], values[Metric.F1]
    share = None
    if task.n_classes == 2 and task.prevalence is not None:
        share = max(task.prevalence, 1 - task.prevalence)
    if not is_majority_collapse(values[Metric.MCC], accuracy, f1, task.n_classes, tolerance=_PRINTED, share=share):
        return None
    evidence = f"MCC 0, accuracy {accuracy:.4f} and macro-F1 {f1:.4f} are those of always answering the largest class"
    return json.dumps([flag("MAJORITY_COLLAPSE", "warning", evidence)])


def geneb_aggregates(bundle: Bundle, files: Sequence[Path] = ()) -> Aggregates:
    """Macro and micro MCC of every published GENEB model and regime, from the task values.

    Args:
        bundle: rows of the importers.
        files: scores of results folders, submissions among them; what the bundle has too, stands as there.
    """
    tasks = {task.task_id: task.category for task in bundle.tasks if task.suite == Suite.GENEB}
    shipped = pd.DataFrame(
        [[getattr(score, name) for name in _VALUE_COLUMNS] for score in bundle.scores], columns=list(_VALUE_COLUMNS)
    )
    rows = pd.concat([shipped, *(read_frame(path, columns=", ".join(_VALUE_COLUMNS)) for path in files)])
    rows = rows[(rows["protocol"] == Protocol.GENEB_PUBLISHED) & (rows["metric"] == Metric.MCC)]
    rows = rows[(rows["stratum"] == ALL_STRATA) & rows["task_id"].isin(list(tasks))]
    rows = rows.drop_duplicates(["regime", "model_id", "task_id"])
    found: Aggregates = {}
    for regime, part in rows.groupby("regime"):
        values = part.pivot_table(index="model_id", columns="task_id", values="value")
        macro, micro = macro_average(category_means(values, tasks)), micro_average(values)
        found |= {(str(regime), str(model)): (float(macro[model]), float(micro[model])) for model in values.index}
    return found
