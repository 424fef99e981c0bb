"""The view and its form in the address: the only place that knows how settings are written there.

The address is the whole truth of a page: what it does not name is at its default. So sharing, reloading and Back
need no further machinery, and nothing from an address reaches a query before it was found in the catalog.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from dashboard.export.deck import LONGEST_PACKED, MOST_SLIDES
from dashboard.export.kept_links import LETTERS
from dashboard.queries import item_filters
from dashboard.queries.item_filters import GAPS, ItemFilters
from dashboard.queries.ranks import weighed
from dashboard.queries.selection import COLUMN_OF, SIZES
from dashboard.view import CHOSEN, OF_LEDGER, OF_TASK, ON_PAGE, View, choices, settled, with_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboard.queries.catalog import Catalog

LAST_SHEET = 1_000_000
LAST_PLACE = 10**10
LARGEST_WEIGHT = 10
MOST_SLICES = 6
_LONGEST_SEARCH = 80
_LONGEST_ITEM = 200
_LONGEST_NAME = 40
_MOST_TOLD = 8
_MOST_REMEMBERED = 10_000
# A word that a server keeps a deck under, or a whole deck, which begins as everything that zlib compressed does.
_DECK = re.compile(rf"[a-z0-9]{{{LETTERS}}}|eN[A-Za-z0-9_-]{{10,{LONGEST_PACKED - 2}}}")

_NAMED = {
    page: {"task": ("task",), "model": ("model",), "variants": ("task",), "system": ("who",)}.get(page, ())
    for page in ON_PAGE
} | {"compare": ("first", "second")}
_DEFAULT = View()
_FLAGS = ("robust", "unsupervised", "against", "down", "weights_needed", "commercial", "present")


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
    unknown = [name for name in raw if name not in ON_PAGE[page]]
    notices = [f"This page has no setting {_shown(name)}; it was ignored." for name in unknown[:_MOST_TOLD]]
    if len(unknown) > _MOST_TOLD:
        notices.append(f"So were {len(unknown) - _MOST_TOLD:,} more settings that this page does not have.")
    if "task" in ON_PAGE[page] and raw.get("task") and not raw.get("suite"):
        # A task names its suite: a link written by hand needs no more than the task.
        view = replace(view, suite=catalog.suite_of(raw["task"][-1]) or view.suite)
    if page == "variants" and not raw.get("task") and not raw.get("suite") and catalog.with_items:
        # Most tasks have no single items: unless one is named, the page opens on one that has.
        first = catalog.with_items[0]
        view = replace(view, suite=catalog.suite_of(first) or view.suite, task=first)
    for name in ON_PAGE[page]:
        if not raw.get(name):
            continue
        value, wrong = _read(name, list(raw[name]), view, catalog)
        if wrong is not None:
            outcome = "it was ignored" if value is not None else "the default is shown instead"
            notices.append(f"{_shown(wrong)} is not a known value of `{name}`; {outcome}.")
        if value is not None:
            view = with_value(view, name, value)
    return settled(view, catalog), notices


def _read(name: str, given: list[str], view: View, catalog: Catalog) -> tuple[Any, str | None]:
    """Value of one parameter and, where something was not allowed, the first offender."""
    last = given[-1]
    if name in _FLAGS:
        return (True, None) if last == "yes" else (None, last)
    if name in _TEXTS:
        return _text(last, _TEXTS[name]), None
    if name in _NUMBERS:
        number = int(last) if last.isascii() and last.isdigit() and len(last) <= 12 else -1
        low, high = _NUMBERS[name]
        return (number, None) if low <= number <= high else (None, last)
    if name in _STRUCTURED:
        return _STRUCTURED[name](given, view, catalog)
    allowed = choices(name, view, catalog)
    wrong = next((value for value in given if value not in allowed), None)
    if name in COLUMN_OF or name in OF_TASK or name in OF_LEDGER:
        kept = tuple(value for value in allowed if value in given)
        return kept or None, wrong
    return (None, wrong) if last not in allowed else (last, None)


_TEXTS = {
    "search": _LONGEST_SEARCH,
    "find": _LONGEST_SEARCH,
    "gene": _LONGEST_SEARCH,
    "item": _LONGEST_ITEM,
    "letters": _LONGEST_SEARCH,
}
_NUMBERS = {
    "sheet": (1, LAST_SHEET),
    "start": (0, LAST_PLACE),
    "end": (0, LAST_PLACE),
    "window": (0, LAST_PLACE),
    "place": (1, _LONGEST_SEARCH),
    "slide": (1, MOST_SLIDES),
}


def _text(given: str, longest: int) -> str:
    """Printable words with single spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in given).split())[:longest]


def slice_name(given: str) -> str:
    """A name for a slice that the address can hold."""
    return _text(given.replace("~", " "), _LONGEST_NAME).strip()


def _read_gap(given: list[str], _view: View, _catalog: Catalog) -> tuple[int | None, str | None]:
    marks = {str(mark): mark for mark in GAPS}
    return (marks[given[-1]], None) if given[-1] in marks else (None, given[-1])


def _read_weights(
    given: list[str], view: View, catalog: Catalog
) -> tuple[tuple[tuple[str, int], ...] | None, str | None]:
    """`Category~2`, one for each category whose weight is not 1."""
    names = list(weighed(catalog, view.suite, view.kind or (catalog.kinds_of(view.suite) or [""])[0]))
    found: dict[str, int] = {}
    wrong = None
    for one in given:
        name, _, text = one.rpartition("~")
        if name in names and text in {str(weight) for weight in range(LARGEST_WEIGHT + 1)}:
            found[name] = int(text)
        else:
            wrong = wrong or one
    return tuple((name, found[name]) for name in names if found.get(name, 1) != 1) or None, wrong


def _read_slices(
    given: list[str], view: View, catalog: Catalog
) -> tuple[tuple[tuple[str, ItemFilters], ...] | None, str | None]:
    """`name~filters`, the filters as in an address of their own; a name stands once."""
    found: dict[str, ItemFilters] = {}
    wrong = None
    for one in given:
        name, tilde, text = one.partition("~")
        name = _text(name, _LONGEST_NAME)
        filters, offender = _read_filters(text, view, catalog)
        if name and tilde and len(found) < MOST_SLICES:
            found[name] = filters
        wrong = wrong or offender or (None if name and tilde else one)
    return tuple(found.items()) or None, wrong


def _read_filters(text: str, view: View, catalog: Catalog) -> tuple[ItemFilters, str | None]:
    raw = parse_qs(text)
    values: dict[str, Any] = {}
    wrong = next((name for name in raw if name not in item_filters.NAMES), None)
    for name in item_filters.NAMES:
        if name in raw:
            value, offender = _read(name, raw[name], view, catalog)
            wrong = wrong or offender
            if value is not None:
                values[name] = value
    return ItemFilters(**values), wrong


def _read_sizes(given: list[str], _view: View, _catalog: Catalog) -> tuple[tuple[int, int] | None, str | None]:
    marks = {str(mark): mark for mark in SIZES}
    if len(given) == 2 and set(given) <= marks.keys() and marks[given[0]] <= marks[given[1]]:
        return (marks[given[0]], marks[given[1]]), None
    return None, " to ".join(given)


def _read_cell(given: str, view: View, catalog: Catalog) -> tuple[tuple[str, str] | None, str | None]:
    model, _, column = given.partition("~")
    if model in catalog.models.index and column in choices("column", view, catalog):
        return (model, column), None
    return None, given


def _read_deck(given: str) -> tuple[str | None, str | None]:
    """The word of a deck: whether there is such a deck is found where it is asked for."""
    return (given, None) if _DECK.fullmatch(given) else (None, given)


_STRUCTURED: dict[str, Callable[[list[str], View, Catalog], tuple[Any, str | None]]] = {
    "sizes": _read_sizes,
    "cell": lambda given, view, catalog: _read_cell(given[-1], view, catalog),
    "gap": _read_gap,
    "weights": _read_weights,
    "slices": _read_slices,
    "deck": lambda given, _view, _catalog: _read_deck(given[-1]),
}


def _shown(value: str) -> str:
    """A foreign value, made safe to print inside a sentence."""
    printable = "".join(letter for letter in value if letter.isprintable() and letter != "`")
    if not printable.strip():
        return "An empty value"
    return f"`{printable}`" if len(printable) <= 40 else f"`{printable[:39]}…`"


def serialise(view: View, page: str, catalog: Catalog) -> dict[str, list[str]]:
    """The address of a view on a page: only what differs from the default, in a fixed order."""
    # Every page has dozens of links, the same ones for most of its readers.
    known = catalog.remembered
    found = known.get((view, page))
    if found is None:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        found = known[view, page] = _serialised(view, page, catalog)
    return {name: list(values) for name, values in found.items()}


def _serialised(view: View, page: str, catalog: Catalog) -> dict[str, list[str]]:
    view = settled(view, catalog)
    found: dict[str, list[str]] = {}
    for name in ON_PAGE[page]:
        value = getattr(view, name)
        plain = (
            getattr(settled(with_value(view, name, None), catalog, name), name)
            if name in CHOSEN
            else getattr(_DEFAULT, name)
        )
        # What a page is about is named even when it is the first: such a link should outlive a change of order.
        if value != plain or (name in _NAMED[page] and value is not None):
            found[name] = _written(name, value)
    return found


def _written(name: str, value: Any) -> list[str]:
    if name in _FLAGS:
        return ["yes"]
    if name == "cell":
        return ["~".join(value)]
    if name == "weights":
        return [f"{category}~{weight}" for category, weight in value]
    if name == "slices":
        return [f"{label}~{_filters_written(filters)}" for label, filters in value]
    return [str(part) for part in value] if isinstance(value, tuple) else [str(value)]


def _filters_written(filters: ItemFilters) -> str:
    plain = ItemFilters()
    told = {
        name: _written(name, getattr(filters, name))
        for name in item_filters.NAMES
        if getattr(filters, name) != getattr(plain, name)
    }
    return urlencode(told, doseq=True)
