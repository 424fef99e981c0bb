"""The view as a value: everything that can be asked of the pages, and what each setting may be given the others."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from dashboard.queries import item_filters
from dashboard.queries.item_filters import OUTCOMES, ItemFilters
from dashboard.queries.selection import COLUMN_OF, SIZES, UNKNOWN, Filters
from dashboard.queries.suites import DEFAULT_SUITE, SUITES
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.queries.catalog import Catalog

PAGES = (
    "overview", "leaderboard", "size", "ranks", "compare", "task", "variants", "model", "your-split",
    "choose", "deck", "ledgers", "system", "field", "beyond", "traps", "methods",
)  # fmt: skip
PRIVATE_PAGES = ("your-split",)
"""What these show comes from a reader's own file: it is in no address."""
ORDERS = ("value", "size", "group")
SHOWS = ("heatmap", "table")
FIGURES = ("forest", "curves", "scores", "calibration")
AGGREGATES = ("macro", "micro", "borda", "winrate", "median")
LEVELS = ("category", "task", "item")
ITEM_ORDERS = ("place", "label", "system", "rival", "gap", "value")
LABELS = ("0", "1")
PAINTS = ("value", "system", "difference")
RESOLUTIONS = ("any", "base", "bin", "residue", "cell")
COMPUTE = ("any", "laptop", "one-gpu", "many-gpus")
SCENES = ("tree", "windows", "tokens")
CHAPTERS = ("proteins", "structure", "cells", "networks")
LABELS_USED = SUITES["geneb"].regimes
"""What can be asked for; a suite with one regime shows that one whatever is asked."""


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of the pages. None means 'the first there is'."""

    suite: str = DEFAULT_SUITE
    regime: str | None = None
    metric: str | None = None
    kind: str | None = None
    show: str = SHOWS[0]
    sort: str | None = None
    column: str | None = None
    robust: bool = False
    task: str | None = None
    stratum: str | None = None
    probe: str | None = None
    order: str = ORDERS[0]
    model: str | None = None
    cell: tuple[str, str] | None = None
    search: str = ""
    family: tuple[str, ...] = ()
    tokenizer: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()
    pretraining: tuple[str, ...] = ()
    sizes: tuple[int, int] = (SIZES[0], SIZES[-1])
    unsupervised: bool = False
    # Leaderboard and Task: the difference to the baseline, and which sheet of a long list.
    against: bool = False
    sheet: int = 1
    figure: str = FIGURES[0]
    # Task: of a mean over perturbations or cell types the one looked at, and the metric of single ones.
    unit: str | None = None
    unit_metric: str | None = None
    # Single items: two systems, the filters of `ItemFilters`, the order, the item looked at, and filters with a name.
    system: str | None = None
    rival: str | None = None
    label: str | None = None
    consequence: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    gene: str = ""
    start: int | None = None
    end: int | None = None
    outcome: str | None = None
    gap: int = 0
    find: str = ""
    by: str = ITEM_ORDERS[0]
    down: bool = False
    item: str | None = None
    paint: str = PAINTS[0]
    measure: str | None = None
    slices: tuple[tuple[str, ItemFilters], ...] = ()
    # Ranks and comparisons.
    aggregate: str = AGGREGATES[0]
    weights: tuple[tuple[str, int], ...] = ()
    first: str | None = None
    second: str | None = None
    level: str = LEVELS[0]
    # The literature: which claims, which system, what somebody needs, and what of the field is looked at.
    systems: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    who: str | None = None
    topic: str | None = None
    window: int = 0
    resolution: str = RESOLUTIONS[0]
    compute: str = COMPUTE[0]
    weights_needed: bool = False
    commercial: bool = False
    scene: str = SCENES[0]
    letters: str = ""
    place: int = 0
    chapter: str = CHAPTERS[0]
    # The reader's own: the deck that is being made, the slide looked at, and the view without what surrounds it.
    slide: int = 1
    deck: str = ""
    present: bool = False

    @property
    def items(self) -> ItemFilters:
        """The filters of single items."""
        return ItemFilters(**{name: getattr(self, name) for name in item_filters.NAMES})

    @property
    def shown_regime(self) -> str:
        """The regime whose numbers are shown: the suite's only one, or the one asked for."""
        regimes = SUITES[self.suite].regimes
        return self.regime if self.regime in regimes else regimes[0]

    @property
    def filters(self) -> Filters:
        """The row filters of this view."""
        shared = {field.name: getattr(self, field.name) for field in fields(Filters) if hasattr(self, field.name)}
        return Filters(**shared, smallest=self.sizes[0], largest=self.sizes[1])


FILTERS = ("search", *COLUMN_OF, "sizes", "unsupervised")
"""Attributes that restrict the rows."""
ON_PAGE: dict[str, tuple[str, ...]] = {
    # Order matters: what a value may be depends on the ones before it.
    "overview": (),
    "leaderboard": ("suite", "regime", "metric", "kind", "show", "against", "sort", *FILTERS, "sheet", "cell"),
    "size": ("suite", "regime", "metric", "kind", "column", "robust", *FILTERS),
    "ranks": ("suite", "regime", "metric", "kind", "aggregate", "weights", *FILTERS, "sheet"),
    "compare": ("suite", "regime", "metric", "kind", "first", "second", "level", "column", "task", "sheet"),
    "task": (
        "suite",
        "task",
        "stratum",
        "probe",
        "regime",
        "metric",
        "order",
        "figure",
        "system",
        "rival",
        "sheet",
        "unit_metric",
        "unit",
    ),
    "variants": (
        "suite",
        "task",
        "system",
        "rival",
        *item_filters.NAMES,
        "by",
        "down",
        "sheet",
        "item",
        "paint",
        "measure",
        "slices",
    ),
    "model": ("model", "regime"),
    # What is decided about somebody's own data never stands in an address.
    "your-split": (),
    "choose": ("topic", "window", "resolution", "compute", "weights_needed", "commercial"),
    "ledgers": ("systems", "families", "outcomes", "evidence", "terms", "search"),
    "system": ("who",),
    "field": ("scene", "suite", "regime", "metric", "family", "letters", "place"),
    "beyond": ("chapter",),
    "deck": ("slide",),
    "traps": (),
    "methods": (),
}
EVERYWHERE = ("deck", "present")
"""What every page carries: the deck that is being made goes along, and any page can be presented."""
ON_PAGE = {page: (*names, *EVERYWHERE) for page, names in ON_PAGE.items()}
"""Which attributes of the view a page reads, and so which its address carries."""


def choices(name: str, view: View, catalog: Catalog) -> list[str]:
    """Allowed values of an attribute, the default first where there is one, given the rest of the view."""
    if name in COLUMN_OF:
        column = COLUMN_OF[name]
        values = catalog.values(column)
        missing = column in catalog.incomplete and UNKNOWN not in values
        return [*values, UNKNOWN] if missing else values
    return list(_CHOICES[name](view, catalog))


def _columns(view: View, catalog: Catalog) -> list[str]:
    kind = view.kind or (catalog.kinds_of(view.suite) or [""])[0]
    return [column.key for column in catalog.columns_of(view.suite, kind)]


def _rivals(view: View, catalog: Catalog) -> list[str]:
    """Systems to hold the first one against: the baseline to beat first, then baselines, then models."""
    view = settled(view, catalog, "task", "system")
    return [name for name in catalog.rivals_on(view.task or "") if name != view.system]


def _figures(view: View, catalog: Catalog) -> Sequence[str]:
    """Beyond the values, what is drawn from single scores: where a part's items of two classes are in the store."""
    view = settled(view, catalog, "task", "stratum")
    task = view.task or ""
    items = view.stratum == ALL_STRATA or view.stratum in catalog.parts_of(task)
    first = view.shown_regime == SUITES[view.suite].regimes[0]
    known = items and first and bool(catalog.scored_on(task)) and catalog.tasks.at[task, "n_classes"] == 2
    return FIGURES if known else FIGURES[:1]


def _others(view: View, catalog: Catalog) -> list[str]:
    """Systems to compare the first one with: the baseline to beat first where it stands on the same board."""
    view = settled(view, catalog, "first")
    names = [name for name in catalog.compared_on(view.suite) if name != view.first]
    beat = catalog.to_beat(view.suite)
    return sorted(names, key=lambda name: name != beat) if beat in catalog.leaders.get(view.suite, []) else names


_CHOICES: dict[str, Callable[[View, Catalog], Sequence[str]]] = {
    "suite": lambda _view, catalog: catalog.suites,
    "regime": lambda _view, _catalog: LABELS_USED,
    "metric": lambda view, _catalog: metrics(view),
    "kind": lambda view, catalog: catalog.kinds_of(view.suite),
    "show": lambda _view, _catalog: SHOWS,
    "order": lambda _view, _catalog: ORDERS,
    "task": lambda view, catalog: catalog.tasks_of(view.suite),
    "stratum": lambda view, catalog: catalog.strata_of(settled(view, catalog, "task").task or ""),
    "probe": lambda view, catalog: catalog.probes_of(settled(view, catalog, "task").task or ""),
    "model": lambda _view, catalog: list(catalog.models.index),
    "figure": _figures,
    "system": lambda view, catalog: catalog.scored_on(settled(view, catalog, "task").task or ""),
    "rival": _rivals,
    "unit": lambda view, catalog: catalog.units_of(settled(view, catalog, "task").task or ""),
    "unit_metric": lambda view, catalog: catalog.unit_metrics_of(settled(view, catalog, "task").task or ""),
    "label": lambda _view, _catalog: LABELS,
    "consequence": lambda view, catalog: catalog.consequences_of(settled(view, catalog, "task").task or ""),
    "part": lambda view, catalog: catalog.parts_of(settled(view, catalog, "task").task or ""),
    "outcome": lambda _view, _catalog: OUTCOMES,
    "by": lambda _view, _catalog: ITEM_ORDERS,
    "paint": lambda _view, _catalog: PAINTS,
    "measure": lambda view, catalog: catalog.measures_of(settled(view, catalog, "task").task or ""),
    "aggregate": lambda _view, _catalog: AGGREGATES,
    "level": lambda _view, _catalog: LEVELS,
    "first": lambda view, catalog: catalog.compared_on(view.suite),
    "second": _others,
    "systems": lambda _view, catalog: catalog.ledger["system"],
    "families": lambda _view, catalog: catalog.ledger["task_family"],
    "outcomes": lambda _view, catalog: catalog.ledger["outcome"],
    "evidence": lambda _view, catalog: catalog.ledger["evidence"],
    "terms": lambda _view, catalog: catalog.ledger["access"],
    "who": lambda _view, catalog: catalog.ledger["system"],
    "topic": lambda _view, catalog: catalog.ledger["topic"],
    "resolution": lambda _view, _catalog: RESOLUTIONS,
    "compute": lambda _view, _catalog: COMPUTE,
    "scene": lambda _view, _catalog: SCENES,
    "chapter": lambda _view, _catalog: CHAPTERS,
    "column": _columns,
    "sort": lambda view, catalog: [*_columns(view, catalog), "name", "size"],
}


def with_value(view: View, name: str, value: Any) -> View:
    """The view with one attribute changed."""
    changed: dict[str, Any] = {name: value}
    return replace(view, **changed)


def metrics(view: View) -> tuple[str, ...]:
    """Metrics that the suite publishes in the chosen regime: GENEB states accuracy and F1 in the full one only."""
    suite = SUITES[view.suite]
    return suite.metrics if view.shown_regime == suite.regimes[0] else suite.metrics[:1]


CHOSEN = (
    "regime", "kind", "metric", "sort", "column", "task", "stratum", "probe", "figure", "model", "system", "rival",
    "measure", "first", "second", "who", "topic", "unit", "unit_metric",
)  # fmt: skip
OF_LEDGER = ("systems", "families", "outcomes", "evidence", "terms")
"""Filters of the claims, each with the values that the store's claims have."""
OF_TASK = ("consequence", "part")
"""Filters by value whose values are the task's own."""


def settled(view: View, catalog: Catalog, *names: str) -> View:
    """The view with every open or no longer possible choice replaced by the first there is."""
    if view.suite not in catalog.suites:  # it was, in the store that was in service before
        view = replace(view, suite=DEFAULT_SUITE)
    for name in names or CHOSEN:
        allowed = choices(name, view, catalog)
        if getattr(view, name) not in allowed:
            view = with_value(view, name, allowed[0] if allowed else None)
    if not names:
        for name in (*OF_TASK, *OF_LEDGER):
            allowed = choices(name, view, catalog)
            view = with_value(view, name, tuple(value for value in getattr(view, name) if value in allowed))
    if view.cell and (view.cell[0] not in catalog.models.index or view.cell[1] not in choices("column", view, catalog)):
        view = replace(view, cell=None)
    return view
