"""What a view is, in words: for the stamp on a slide and for whoever gets a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.suites import SUITES, label_words, of_tasks
from dashboard.text import (
    ACCESS,
    AGGREGATES,
    CALLS,
    CHAPTERS,
    COMPUTE,
    METRICS,
    PROTOCOLS,
    REGIMES,
    RESOLUTION,
    SCENES,
    STRATUM_KINDS,
    size,
)
from dashboard.view import EVERYWHERE, ON_PAGE, View, choices, settled
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.catalog import Catalog

_DEFAULT = View()
UNSAID = (*EVERYWHERE, "slide")
"""What belongs to the reader, not to what is shown."""


def view_words(view: View, page: str, catalog: Catalog) -> tuple[str, ...]:
    """One phrase for each setting that decides what is shown: suite, labels, metric, task, then every filter.

    Plain text without any markup, "Label: value"; a default that restricts nothing is not said.
    """
    view, carried = settled(view, catalog), ON_PAGE[page]
    found = []
    for name, (label, say) in SAID.items():
        if name in carried and (words := say(view, page, catalog)):
            found.append(f"{label}: {words}")
    return tuple(found)


def _suite(view: View, page: str, _catalog: Catalog) -> str | None:
    coloured = page != "field" or view.scene == "tree"
    return SUITES[view.suite].label if coloured else None


def _regime(view: View, page: str, catalog: Catalog) -> str | None:
    return REGIMES[view.shown_regime] if page == "model" or _suite(view, page, catalog) else None


def _metric(view: View, page: str, catalog: Catalog) -> str | None:
    if view.metric is None or not _suite(view, page, catalog):
        return None
    return METRICS[view.metric].name


def _kind(view: View, _page: str, catalog: Catalog) -> str | None:
    several = len(catalog.kinds_of(view.suite)) > 1
    return STRATUM_KINDS.get(view.kind or "") if several else None


def _task(view: View, page: str, catalog: Catalog) -> str | None:
    if view.task is None or (page == "compare" and view.level != "item"):
        return None
    return str(catalog.tasks.at[view.task, "label"])


def _stratum(view: View, _page: str, catalog: Catalog) -> str | None:
    if view.task is None or view.stratum in {None, ALL_STRATA}:
        return None
    return catalog.stratum_label(view.task, str(view.stratum))


def _probe(view: View, _page: str, catalog: Catalog) -> str | None:
    return PROTOCOLS.get(view.probe or "") if len(catalog.probes_of(view.task or "")) > 1 else None


def _model(name: str) -> Callable[[View, str, Catalog], str | None]:
    def said(view: View, _page: str, catalog: Catalog) -> str | None:
        model = getattr(view, name)
        return None if model is None else str(catalog.models.at[model, "name"])

    return said


def _scored(name: str) -> Callable[[View, str, Catalog], str | None]:
    """One of two systems whose single scores are looked at: on Task only in the figures that are drawn from them."""
    named = _model(name)

    def said(view: View, page: str, catalog: Catalog) -> str | None:
        drawn = page != "task" or view.figure != _DEFAULT.figure
        return named(view, page, catalog) if drawn else None

    return said


def _column(view: View, page: str, catalog: Catalog) -> str | None:
    if page == "compare" and (view.level != "task" or view.column == choices("column", view, catalog)[0]):
        return None
    return _column_label(view.column, view, catalog)


def _column_label(key: str | None, view: View, catalog: Catalog) -> str | None:
    columns = catalog.columns_of(view.suite, view.kind or "")
    return next((column.label for column in columns if column.key == key), key)


def _sort(view: View, _page: str, catalog: Catalog) -> str | None:
    if view.sort == choices("sort", view, catalog)[0]:
        return None
    return {"name": "name", "size": "size"}.get(view.sort or "") or _column_label(view.sort, view, catalog)


def _cell(view: View, _page: str, catalog: Catalog) -> str | None:
    if view.cell is None:
        return None
    model, column = view.cell
    return f"{catalog.models.at[model, 'name']} in {_column_label(column, view, catalog)}"


def _weights(view: View, _page: str, catalog: Catalog) -> str | None:
    return ", ".join(f"{_column_label(key, view, catalog)} × {weight}" for key, weight in view.weights) or None


def _sizes(view: View, _page: str, _catalog: Catalog) -> str | None:
    return f"{size(view.sizes[0])} to {size(view.sizes[1])}" if view.sizes != _DEFAULT.sizes else None


def _label(view: View, _page: str, _catalog: Catalog) -> str | None:
    return None if view.label is None else label_words(view.suite)[int(view.label)]


def _part(view: View, _page: str, catalog: Catalog) -> str | None:
    return ", ".join(catalog.stratum_label(view.task or "", part) for part in view.part) or None


def _slices(view: View, _page: str, _catalog: Catalog) -> str | None:
    return "; ".join(f"“{name}” ({_restricted(view, filters)})" for name, filters in view.slices) or None


def _measure(view: View) -> str | None:
    return METRICS[view.measure].name if view.slices and view.measure else None


def _restricted(view: View, filters: ItemFilters) -> str:
    """What a slice restricts, since its name can be anything."""
    active = [name for name in _ITEMS if getattr(filters, name) != getattr(ItemFilters(), name)]
    words = {1: "positive", 0: "negative"} | label_words(view.suite)
    told = [
        words[int(str(filters.label))]
        if name == "label"
        else f"{_ITEMS[name].lower()} {_joined(getattr(filters, name))}"
        for name in active
    ]
    return ", ".join(told) or "all items"


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _order(view: View, _page: str, _catalog: Catalog) -> str | None:
    return {"size": "size", "group": SUITES[view.suite].group_label.lower()}.get(view.order)


def _by(view: View, _page: str, _catalog: Catalog) -> str | None:
    if (view.by, view.down) == (_DEFAULT.by, _DEFAULT.down):
        return None
    words = {"place": "place", "label": "label", "system": "system", "rival": "the other system"}
    return words.get(view.by) or {"gap": "disagreement", "value": "measured value"}[view.by]


def _named(name: str, words: dict[str, str]) -> Callable[[View, str, Catalog], str | None]:
    """The word of a choice that is not the default."""

    def said(view: View, _page: str, _catalog: Catalog) -> str | None:
        value = getattr(view, name)
        return words[value] if value is not None and value != getattr(_DEFAULT, name) else None

    return said


def _always(name: str, words: dict[str, str]) -> Callable[[View, str, Catalog], str | None]:
    return lambda view, _page, _catalog: words[getattr(view, name)]


def _text(name: str) -> Callable[[View, str, Catalog], str | None]:
    return lambda view, _page, _catalog: f"“{getattr(view, name)}”" if getattr(view, name) else None


def _any_of(name: str, words: dict[str, str] | None = None) -> Callable[[View, str, Catalog], str | None]:
    known = words or {}
    return lambda view, _page, _catalog: ", ".join(known.get(value, value) for value in getattr(view, name)) or None


def _number(name: str, unit: str = "") -> Callable[[View, str, Catalog], str | None]:
    def said(view: View, _page: str, _catalog: Catalog) -> str | None:
        value = getattr(view, name)
        return None if value is None or value == getattr(_DEFAULT, name) else f"{value:,}{unit}"

    return said


def _flag(name: str, words: str) -> Callable[[View, str, Catalog], str | None]:
    return lambda view, _page, _catalog: words if getattr(view, name) else None


def _tokens(say: Callable[[View, str, Catalog], str | None]) -> Callable[[View, str, Catalog], str | None]:
    """What matters on the Field map's tokens alone."""
    return lambda view, page, catalog: say(view, page, catalog) if view.scene == "tokens" else None


_ITEMS = {
    "label": "Label",
    "consequence": "Consequence",
    "part": "Part",
    "gene": "Gene",
    "start": "Position from",
    "end": "Position to",
    "outcome": "Call",
    "gap": "Disagreement, at least",
    "find": "Find",
}
_FIGURES = {"curves": "ROC and precision–recall", "scores": "scores by class", "calibration": "calibration"}
_LEVELS = {"category": "by category or part", "task": "by task", "item": "by item"}


def _level(view: View) -> str:
    """A suite of whole tasks has no categories: its first level is that of tasks."""
    level = "task" if of_tasks(view.suite) and view.level != "item" else view.level
    return _LEVELS[level]


_PAINTS = {"value": "measured", "system": "system", "difference": "difference"}

SAID: dict[str, tuple[str, Callable[[View, str, Catalog], str | None]]] = {
    "suite": ("Suite", _suite),
    "regime": ("Labels used", _regime),
    "metric": ("Metric", _metric),
    "kind": ("Columns", _kind),
    "task": ("Task", _task),
    "stratum": ("Part of the task", _stratum),
    "probe": ("Probe", _probe),
    "model": ("Model", _model("model")),
    "system": ("System", _scored("system")),
    "rival": ("Beside it", _scored("rival")),
    "first": ("First", _model("first")),
    "second": ("Second", _model("second")),
    "level": ("Compared", lambda view, _page, _catalog: _level(view)),
    "column": ("Performance on", _column),
    "aggregate": (
        "From tasks to one number",
        _always("aggregate", {key: name for key, (name, _) in AGGREGATES.items()}),
    ),
    "weights": ("Weights", _weights),
    "who": ("System", lambda view, _page, _catalog: view.who),
    "topic": ("Job", lambda view, _page, _catalog: view.topic),
    "chapter": ("Field", _always("chapter", CHAPTERS)),
    "scene": ("Part of the map", _always("scene", SCENES)),
    "figure": ("Figure", _named("figure", _FIGURES)),
    "unit": ("Looked at", lambda view, _page, _catalog: view.unit),
    "unit_metric": (
        "One by one",
        lambda view, _page, _catalog: METRICS[view.unit_metric].name if view.unit_metric else None,
    ),
    "measure": ("Slices by", lambda view, _page, _catalog: _measure(view)),
    "show": ("Shown as", _named("show", {"table": "table"})),
    "against": ("In the cells", _flag("against", "difference to the baseline")),
    "robust": ("Outliers", _flag("robust", "left out")),
    "item": ("Item", lambda view, _page, _catalog: view.item),
    "cell": ("Cell", _cell),
    "search": ("Find", _text("search")),
    "family": ("Architecture", _any_of("family")),
    "tokenizer": ("Tokeniser", _any_of("tokenizer")),
    "access": ("Access", _any_of("access", ACCESS)),
    "licence": ("Licence", _any_of("licence")),
    "provenance": ("Provenance", _any_of("provenance")),
    "pretraining": ("Pretraining", _any_of("pretraining")),
    "sizes": ("Parameters", _sizes),
    "unsupervised": ("Left out", _flag("unsupervised", "models supervised on the same assay")),
    "label": (_ITEMS["label"], _label),
    "consequence": (_ITEMS["consequence"], _any_of("consequence")),
    "part": (_ITEMS["part"], _part),
    "gene": (_ITEMS["gene"], lambda view, _page, _catalog: view.gene),
    "start": (_ITEMS["start"], _number("start")),
    "end": (_ITEMS["end"], _number("end")),
    "outcome": (_ITEMS["outcome"], _named("outcome", CALLS)),
    "gap": (_ITEMS["gap"], _number("gap", " percentile points")),
    "find": (_ITEMS["find"], _text("find")),
    "systems": ("System", _any_of("systems")),
    "families": ("Task family", _any_of("families")),
    "outcomes": ("Outcome", _any_of("outcomes")),
    "evidence": ("Evidence", _any_of("evidence")),
    "terms": ("Terms of access", _any_of("terms")),
    "window": ("Context needed", _number("window", " bp")),
    "resolution": ("Resolution needed", _named("resolution", RESOLUTION)),
    "compute": ("Compute at hand", _named("compute", COMPUTE)),
    "weights_needed": ("Weights", _flag("weights_needed", "must be open")),
    "commercial": ("Use", _flag("commercial", "commercial")),
    "letters": ("Sequence", _tokens(lambda view, _page, _catalog: view.letters or None)),
    "place": ("Letter changed", _tokens(_number("place"))),
    "slices": ("Slices", _slices),
    "sort": ("Sorted by", _sort),
    "order": ("Ordered by", _order),
    "by": ("Ordered by", _by),
    "down": ("Order", _flag("down", "highest first")),
    "paint": ("Colour", _named("paint", _PAINTS)),
    "sheet": ("Sheet", _number("sheet")),
}
"""Label and words of every setting, in the order in which they are said."""
