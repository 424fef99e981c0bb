"""From a file of cells to everything that is found on it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from engine import __version__
from engine.errors import SpecError, StatisticError, TableError, VledgerError, one_line
from engine.local_split.cells.evaluation import WHOLE, differences_of, items_of, values_of
from engine.local_split.cells.exchange import CellOptions, CellsResult
from engine.local_split.cells.features import features_of
from engine.local_split.cells.grouping import counted, grouped
from engine.local_split.cells.inspect import ask_for_label, look, opened
from engine.local_split.exchange import Part, Problem, System
from engine.local_split.limits import MOST_EMBEDDINGS
from engine.names import Metric
from engine.registry.cell_systems import OBSM, find_cell_system
from engine.singlecell.cells.evaluate import evaluate, measure
from engine.singlecell.contract import Replicated, silent
from engine.singlecell.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from engine.local_split.cells.exchange import FoundCells
    from engine.local_split.cells.features import Features
    from engine.local_split.cells.grouping import Grouped, Mask
    from engine.singlecell.cells.evaluate import Measures
    from engine.singlecell.contract import Floats, Outcome, Tell
    from engine.singlecell.reading.cells import Cells

REGISTERED = "hvg-pca"
"""The baseline to beat, declared before any value was computed."""
HVG, RANDOM = "hvg", "random-projection"
_BIOLOGY = (Metric.AVG_BIO, Metric.NMI, Metric.ARI, Metric.ASW)
_MIXING = (Metric.ASW_BATCH, Metric.PCR, Metric.GRAPH_CONNECTIVITY)
_DEFAULTS = CellOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """Systems in their order, what was measured of those that could be, and why the others could not."""

    systems: tuple[System, ...]
    measures: Mapping[str, Measures]
    reasons: Mapping[str, str]
    failed: tuple[Problem, ...]


def compare_cells(path: Path, options: CellOptions, tell: Tell = silent) -> CellsResult:
    """Measure the embeddings of a file of cells next to what its genes say without any model.

    The matrix is read a few cells at a time; cells with fewer than 10 genes, and those without a type or batch, are
    left out of every system alike.

    Args:
        path: an .h5ad, or a zipped zarr.
        options: what its owner decides.
        tell: told what is being done.

    Raises:
        SpecError: no column of types is named, or the file is beyond the limits.
        TableError: not such a file, damaged, or without the column or embedding that was named.
        StatisticError: its cells leave nothing to measure.
        NotHereError: the extra for reading is not installed.
    """
    tell = _stages(tell)
    with opened(path) as cells:
        tell("reading the file", 0, 1)
        found = look(cells, layer=options.layer)
        tell("reading the file", 1, 1)
        if options.label is None:
            raise ask_for_label(found)
        names = _embeddings(found, options)
        _check_named(cells, options)
        cohort = grouped(cells, options.label, options, prepare(cells, layer=options.layer, tell=tell))
        features = features_of(cells, cohort.preparation, tell)
        measured = _measure(features, cohort, names, options, tell)
    outcomes = evaluate(
        measured.measures, cohort.labels, cohort.batches, draws=options.draws, seed=options.seed, tell=tell
    )
    return _result(found, options, cohort, features, measured, outcomes)


def command_of(name: str, options: CellOptions) -> str:
    """The line that answers the same question, with what differs from the defaults alone."""
    words = ["--split", name]
    for option in ("label", "batch", "layer"):
        value = getattr(options, option)
        words += [] if value is None else [f"--{option}", value]
    for embedding in options.embeddings:
        words += ["--embedding", embedding]
    for option in ("draws", "seed"):
        value = getattr(options, option)
        words += [] if value == getattr(_DEFAULTS, option) else [f"--{option}", str(value)]
    return shlex.join(["vledger", "compare", *words])


def _embeddings(found: FoundCells, options: CellOptions) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(options.embeddings or (one.name for one in found.embeddings)))
    if len(names) > MOST_EMBEDDINGS:
        raise SpecError(
            f"{found.name}: {len(names)} embeddings, and at most {MOST_EMBEDDINGS} are compared at once: name some of "
            "them with --embedding."
        )
    return names


def _check_named(cells: Cells, options: CellOptions) -> None:
    """Before anything is computed: reading what is not there says so, and what is.

    Raises:
        TableError: a column or embedding that was named is not there, or damaged.
    """
    for column in filter(None, (options.label, options.batch)):
        cells.column(column)
    for name in set(options.embeddings).difference(cells.embeddings):
        cells.embedding(name)


def _measure(
    features: Features, cohort: Grouped, names: tuple[str, ...], options: CellOptions, tell: Tell
) -> _Measured:
    """One embedding after the other is in memory, beside the components that batch metrics start from."""
    components = features.components(tell)
    before = components if cohort.batches is not None else None
    systems, measures, reasons, failed = [], {}, {}, []
    for system, make in _made(features, components, names, options):
        on = partial(_told, tell, system.name)
        try:
            if system.system_id == HVG and features.too_many:
                reasons[HVG] = features.too_many
            else:
                embedding = make(on)
                measures[system.system_id] = measure(
                    embedding, cohort.labels, cohort.batches, before=before, seed=options.seed, tell=on
                )
        except VledgerError as error:
            failed.append(_failed(system, error, named=bool(options.embeddings)))
            continue
        systems.append(system)
    return _Measured(systems=tuple(systems), measures=measures, reasons=reasons, failed=tuple(failed))


def _stages(tell: Tell) -> Tell:
    """The same, with each stage beginning at 0: passes over the same cells are told apart."""
    last = ""

    def told(what: str, done: int, total: int) -> None:
        nonlocal last
        if what != last and done:
            tell(what, 0, total)
        last = what
        tell(what, done, total)

    return told


def _told(tell: Tell, name: str, what: str, done: int, total: int) -> None:
    tell(f"{name}: {what}", done, total)


def _failed(system: System, error: VledgerError, *, named: bool) -> Problem:
    """What could not be measured; an embedding that nobody asked for by name is no reason to measure nothing.

    Raises:
        VledgerError: the same, of a baseline or of an embedding that was named.
    """
    if system.role != "yours" or named or not isinstance(error, (StatisticError, TableError)):
        raise StatisticError(f"{system.name}: {error}") if isinstance(error, StatisticError) else error
    return Problem(
        kind="not-measured",
        severity="left out",
        problem=f"{one_line(system.name)}: {str(error).rstrip('.')}",
        remedy="it is not compared",
        column=system.name,
    )


def _made(
    features: Features, components: Floats, names: tuple[str, ...], options: CellOptions
) -> Iterator[tuple[System, Callable[[Tell], Floats]]]:
    """Systems in their order, each with what makes its embedding of the cells that stay."""
    kept = features.preparation.cells
    for name in names:
        own = System(
            system_id=f"{OBSM}{name}", name=name, role="yours", sentence="An embedding that the file brings along."
        )
        yield own, partial(_stored, features.cells, name, kept)
    yield _rule(REGISTERED), lambda _: components
    yield _rule(HVG), features.genes
    yield _rule(RANDOM), partial(features.projected, options.seed)


def _stored(cells: Cells, name: str, kept: Mask, _: Tell) -> Floats:
    found = cells.embedding(name)
    return found if kept.all() else found[kept]


def _rule(system_id: str) -> System:
    card = find_cell_system(system_id)
    return System(
        system_id=system_id,
        name=card.name,
        role="control" if card.role == "control" else "baseline",
        sentence=card.sentence,
        registered=system_id == REGISTERED,
    )


def _result(
    found: FoundCells,
    options: CellOptions,
    cohort: Grouped,
    features: Features,
    measured: _Measured,
    outcomes: Mapping[str, Outcome],
) -> CellsResult:
    metrics = (*_BIOLOGY, *(_MIXING if cohort.batches is not None else ()))
    by_metric = {
        (system.system_id, metric): _replicated(outcomes.get(system.system_id), metric, measured)
        for system in measured.systems
        for metric in metrics
    }
    values = values_of(measured.systems, metrics, by_metric)
    return CellsResult(
        found=replace(found, problems=()),
        label=str(options.label),
        batch=options.batch,
        n_genes_used=len(features.places),
        types=counted(cohort.labels),
        batches=() if cohort.batches is None else counted(cohort.batches),
        primary=metrics[0].value,
        metrics=tuple(metric.value for metric in metrics),
        systems=measured.systems,
        parts=(Part(part_id=WHOLE, label="All cells", n=len(cohort.labels), positives=None),),
        values=values,
        differences=differences_of(measured.systems, metrics, by_metric, values),
        items=items_of(measured.systems, outcomes),
        problems=(*found.problems, *cohort.problems),
        failed=measured.failed,
        command=command_of(found.name, options),
        seed=options.seed,
        draws=options.draws,
        engine_version=__version__,
    )


def _replicated(outcome: Outcome | None, metric: Metric, measured: _Measured) -> Replicated:
    if outcome is not None:
        return outcome.values[metric]
    return Replicated(reason=measured.reasons[HVG])
