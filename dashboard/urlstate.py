"""The view as a value, and its form in the address: the only place that knows the names of query parameters.

The address is the whole truth of a page: what it does not name is at its default. So sharing, reloading and Back
need no further machinery, and nothing from an address reaches a query before it was found in the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from dashboard.queries.selection import COLUMN_OF, SIZES, UNKNOWN, Filters
from dashboard.queries.suites import DEFAULT_SUITE, SUITES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboard.queries.catalog import Catalog

PAGES = ("overview", "leaderboard", "size", "task", "model", "methods")
ORDERS = ("value", "size", "group")
SHOWS = ("heatmap", "table")
LABELS_USED = SUITES["geneb"].regimes
"""What can be asked for; a suite with one regime shows that one whatever is asked."""
_LONGEST_SEARCH = 80


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
    "leaderboard": ("suite", "regime", "metric", "kind", "show", "sort", *FILTERS, "cell"),
    "size": ("suite", "regime", "metric", "kind", "column", "robust", *FILTERS),
    "task": ("suite", "task", "stratum", "probe", "regime", "metric", "order"),
    "model": ("model", "regime"),
    "methods": (),
}
"""Which attributes of the view a page reads, and so which its address carries."""

_DEFAULT = View()
_FLAGS = ("robust", "unsupervised")


def choices(name: str, view: View, catalog: Catalog) -> list[str]:
    """Allowed values of an attribute, the default first where there is one, given the rest of the view."""
    if name in COLUMN_OF:
        column = COLUMN_OF[name]
        values = catalog.values(column)
        missing = column in catalog.models and catalog.models[column].isna().any() and UNKNOWN not in values
        return [*values, UNKNOWN] if missing else values
    return list(_CHOICES[name](view, catalog))


def _columns(view: View, catalog: Catalog) -> list[str]:
    kind = view.kind or (catalog.kinds_of(view.suite) or [""])[0]
    return [column.key for column in catalog.columns_of(view.suite, kind)]


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
    "column": _columns,
    "sort": lambda view, catalog: [*_columns(view, catalog), "name", "size"],
}


def _with(view: View, name: str, value: Any) -> View:
    """The view with one attribute changed."""
    changed: dict[str, Any] = {name: value}
    return replace(view, **changed)


def metrics(view: View) -> tuple[str, ...]:
    """Metrics that the suite publishes in the chosen regime: GENEB states accuracy and F1 in the full one only."""
    suite = SUITES[view.suite]
    return suite.metrics if view.shown_regime == suite.regimes[0] else suite.metrics[:1]


_CHOSEN = ("regime", "kind", "metric", "sort", "column", "task", "stratum", "probe", "model")


def settled(view: View, catalog: Catalog, *names: str) -> View:
    """The view with every open or no longer possible choice replaced by the first there is."""
    if view.suite not in catalog.suites:  # it was, in the store that was in service before
        view = replace(view, suite=DEFAULT_SUITE)
    for name in names or _CHOSEN:
        allowed = choices(name, view, catalog)
        if getattr(view, name) not in allowed:
            view = _with(view, name, allowed[0] if allowed else None)
    if view.cell and (view.cell[0] not in catalog.models.index or view.cell[1] not in choices("column", view, catalog)):
        view = replace(view, cell=None)
    return view


def parse(raw: Mapping[str, Sequence[str]], page: str, catalog: Catalog, before: View) -> tuple[View, list[str]]:
    """Read an address.

    Args:
        raw: query parameters, each with all its values.
        page: one of PAGES.
        catalog: what values there are.
        before: the view so far; what this page does not carry is kept from it.

    Returns:
        The view, settled, and one sentence for each parameter that was ignored.
    """
    view = replace(before, **{name: getattr(_DEFAULT, name) for name in ON_PAGE[page]})
    notices = [f"This page has no setting {_shown(name)}; it was ignored." for name in raw if name not in ON_PAGE[page]]
    if "task" in ON_PAGE[page] and raw.get("task") and not raw.get("suite"):
        # A task names its suite: a link written by hand needs no more than the task.
        view = replace(view, suite=catalog.suite_of(raw["task"][-1]) or view.suite)
    for name in ON_PAGE[page]:
        if not raw.get(name):
            continue
        value, wrong = _read(name, list(raw[name]), view, catalog)
        if wrong is not None:
            outcome = "it was ignored" if value is not None else "the default is shown instead"
            notices.append(f"{_shown(wrong)} is not a known value of `{name}`; {outcome}.")
        if value is not None:
            view = _with(view, name, value)
    return settled(view, catalog), notices


def _read(name: str, given: list[str], view: View, catalog: Catalog) -> tuple[Any, str | None]:
    """Value of one parameter and, where something was not allowed, the first offender."""
    last = given[-1]
    if name in _FLAGS:
        return (True, None) if last == "yes" else (None, last)
    if name == "search":
        return " ".join(last.split())[:_LONGEST_SEARCH], None
    if name == "sizes":
        return _read_sizes(given)
    if name == "cell":
        return _read_cell(last, view, catalog)
    allowed = choices(name, view, catalog)
    wrong = next((value for value in given if value not in allowed), None)
    if name in COLUMN_OF:
        kept = tuple(value for value in allowed if value in given)
        return kept or None, wrong
    return (None, wrong) if last not in allowed else (last, None)


def _read_sizes(given: list[str]) -> tuple[tuple[int, int] | None, str | None]:
    marks = {str(mark): mark for mark in SIZES}
    if len(given) == 2 and set(given) <= marks.keys() and marks[given[0]] <= marks[given[1]]:
        return (marks[given[0]], marks[given[1]]), None
    return None, " to ".join(given)


def _read_cell(given: str, view: View, catalog: Catalog) -> tuple[tuple[str, str] | None, str | None]:
    model, _, column = given.partition("~")
    if model in catalog.models.index and column in choices("column", view, catalog):
        return (model, column), None
    return None, given


def _shown(value: str) -> str:
    """A foreign value, made safe to print inside a sentence."""
    printable = "".join(letter for letter in value if letter.isprintable() and letter != "`")
    if not printable.strip():
        return "An empty value"
    return f"`{printable}`" if len(printable) <= 40 else f"`{printable[:39]}…`"


def serialise(view: View, page: str, catalog: Catalog) -> dict[str, list[str]]:
    """The address of a view on a page: only what differs from the default, in a fixed order."""
    view = settled(view, catalog)
    found: dict[str, list[str]] = {}
    for name in ON_PAGE[page]:
        value = getattr(view, name)
        plain = (
            getattr(settled(_with(view, name, None), catalog, name), name)
            if name in _CHOSEN
            else getattr(_DEFAULT, name)
        )
        # Task and model are named even when they are the first: such a link should outlive a change of order.
        if value != plain or (name in ("task", "model") and value is not None):
            found[name] = _written(name, value)
    return found


def _written(name: str, value: Any) -> list[str]:
    if name in _FLAGS:
        return ["yes"]
    if name == "cell":
        return ["~".join(value)]
    return [str(part) for part in value] if isinstance(value, tuple) else [str(value)]
