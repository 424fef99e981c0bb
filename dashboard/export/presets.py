"""Decks to begin with: each a list of views that a meeting asks for, for what the store has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from dashboard.exhibits import ExhibitError
from dashboard.export.deck import MOST_SLIDES, Deck, Slide
from dashboard.queries.suites import DEFAULT_SUITE, SUITES, of_tasks
from engine.errors import one_line
from engine.names import ALL_STRATA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboard.queries.catalog import Catalog

_CONTESTED = 3


@dataclass(frozen=True, slots=True)
class Preset:
    """A deck by name: what it is called, what it shows, and which options it needs and takes."""

    label: str
    help: str
    made: Callable[[Mapping[str, str], Catalog], tuple[str, list[Slide]]]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def options_words(self) -> str:
        """Its options, as they are typed."""
        return " ".join([*(f"--{name}" for name in self.needs), *(f"[--{name}]" for name in self.takes)])


def preset(name: str, options: Mapping[str, str], catalog: Catalog) -> Deck:
    """A deck to begin with.

    Args:
        name: one of `PRESETS`.
        options: of `suite`, `task`, `model`, `first`, `second` and `item`, those that the preset needs or takes.
        catalog: what the store has.

    Raises:
        ExhibitError: there is no such preset, it lacks an option or has one too many, or a value is not in the store.
    """
    chosen = PRESETS.get(name)
    if chosen is None:
        raise ExhibitError(f"there is no preset “{one_line(name, 40)}”; there are {', '.join(PRESETS)}")
    given = {option: value for option, value in options.items() if value}
    if absent := [option for option in chosen.needs if option not in given]:
        raise ExhibitError(f"the preset {name} needs --{absent[0]}")
    if odd := [option for option in given if option not in {*chosen.needs, *chosen.takes}]:
        raise ExhibitError(f"the preset {name} takes no --{one_line(odd[0], 40)}")
    title, slides = chosen.made(given, catalog)
    return Deck(title=title, slides=tuple(slides[:MOST_SLIDES]))


def _slide(page: str, key: str, **query: str) -> Slide:
    return Slide(page=page, query=urlencode(query), key=key)


def _suite(options: Mapping[str, str], catalog: Catalog) -> str:
    suite = options.get("suite", DEFAULT_SUITE)
    if suite not in catalog.suites:
        raise ExhibitError(f"there is no suite “{one_line(suite, 40)}”; there are {', '.join(catalog.suites)}")
    return suite


def _known(value: str, what: str, allowed: list[str]) -> str:
    """A value that the store has; else the ones most like it are named.

    Raises:
        ExhibitError: it has not.
    """
    if value in allowed:
        return value
    words = value.casefold()
    like = [one for one in allowed if words in one.casefold()] or allowed
    raise ExhibitError(f"there is no {what} “{one_line(value)}” here; there is, among others, {', '.join(like[:3])}")


def _leaderboard(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    suite = _suite(options, catalog)
    if of_tasks(suite):
        return _whole_tasks(suite, catalog)
    slides = [*_board(suite, catalog), *_ranks(suite), *_top_two(suite, catalog)]
    for place, task in enumerate(_contested(suite, catalog)):
        slides += _contest(suite, task) if place == 0 else _contest(suite, task)[1:]
    return f"{SUITES[suite].label}: where the models stand", [*slides, _slide("methods", "store-contents")]


def _whole_tasks(suite: str, catalog: Catalog) -> tuple[str, list[Slide]]:
    """The map, the two leaders, and every task: no ranks over scales of their own, and no size of a baseline."""
    slides = [*_board(suite, catalog), *_top_two(suite, catalog)]
    for task in catalog.tasks_of(suite):
        slides += [_slide("task", key, suite=suite, task=task) for key in _of_units(task, catalog)]
    title = f"{SUITES[suite].label}: what stands beside the baseline to beat"
    return title, [*slides, _slide("methods", "store-contents")]


def _of_units(task: str, catalog: Catalog) -> list[str]:
    """What the page of a single-cell task has to show."""
    verdicts = ["verdicts"] if task in catalog.registered else []
    return ["values", *verdicts, *(["units"] if catalog.units_of(task) else [])]


def _board(suite: str, catalog: Catalog) -> list[Slide]:
    """The map, the same against the baseline where one was declared, and what size has to do with it."""
    against = [_slide("leaderboard", "heat", suite=suite, against="yes")] if catalog.to_beat(suite) is not None else []
    size = [] if of_tasks(suite) else [_slide("size", "size", suite=suite)]
    return [_slide("leaderboard", "heat", suite=suite), *against, *size]


def _ranks(suite: str) -> list[Slide]:
    if of_tasks(suite):
        return []
    return [_slide("ranks", key, suite=suite) for key in ("ranks", "agreement", "left-out")]


def _top_two(suite: str, catalog: Catalog) -> list[Slide]:
    first, second, *_ = [*catalog.leaders.get(suite, []), "", ""]
    return [_compared(suite, first, second, catalog)] if second else []


def _compared(suite: str, first: str, second: str, catalog: Catalog, *, more: str = "") -> Slide:
    if of_tasks(suite):
        return _slide("compare", f"whole-tasks{more}", suite=suite, first=first, second=second)
    kind = (catalog.kinds_of(suite) or [ALL_STRATA])[0]
    whole = "categories" if kind == ALL_STRATA else "parts"
    return _slide("compare", f"{whole}{more}", suite=suite, first=first, second=second)


def _contested(suite: str, catalog: Catalog) -> list[str]:
    """Tasks with a declared baseline, each of another category; those whose single items were scored come first."""
    tasks = [task for task in catalog.tasks_of(suite) if task in catalog.registered and task in catalog.benchmark]
    tasks.sort(key=lambda task: task not in catalog.scored)
    by_category = {str(catalog.tasks.at[task, "category"]): task for task in reversed(tasks)}
    return [task for task in tasks if task in by_category.values()][:_CONTESTED]


def _contest(suite: str, task: str) -> list[Slide]:
    return [_slide("task", key, suite=suite, task=task) for key in ("values", "verdicts")]


def _task(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    task = _known(options["task"], "task", [one for suite in catalog.suites for one in catalog.tasks_of(suite)])
    where = {"suite": str(catalog.suite_of(task)), "task": task}
    if of_tasks(where["suite"]):
        return _task_of_units(task, where, catalog)
    slides = [_slide("task", "values", **where)]
    if len(catalog.strata_of(task)) > 1 and not SUITES[where["suite"]].probes:
        slides.append(_slide("task", "parts", **where))
    if task in catalog.registered:
        slides += [_slide("task", key, **where) for key in ("to-beat", "verdicts")]
    if catalog.scored_on(task) and catalog.tasks.at[task, "n_classes"] == 2:
        slides.append(_slide("task", "curves", **where, figure="curves"))
    if task in catalog.with_items and not SUITES[where["suite"]].probes:
        slides.append(_slide("variants", "track", **where))
    return str(catalog.tasks.at[task, "label"]), [*slides, _slide("task", "numbers", **where)]


def _task_of_units(task: str, where: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    """A task of single cells: its values, what has to be beaten, every perturbation or cell type, all measures."""
    beat = ["to-beat"] if task in catalog.registered else []
    measures = ["measures"] if len(SUITES[where["suite"]].metrics) > 1 else []
    keys = [*_of_units(task, catalog), *beat, *measures, "numbers"]
    return str(catalog.tasks.at[task, "label"]), [_slide("task", key, **where) for key in keys]


def _model(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    model = _known(options["model"], "model", [str(name) for name in catalog.models.index])
    control = catalog.models.at[model, "role"] == "control"
    suites = [suite for suite in catalog.suites if not control and model in catalog.leaders.get(suite, [])]
    keys = ["facts", *(f"profile-{suite}" for suite in suites), "scores"]
    return f"{catalog.models.at[model, 'name']}: known and measured", [
        _slide("model", key, model=model) for key in keys
    ]


def _compare(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    suite = _suite(options, catalog)
    names = catalog.compared_on(suite)
    first = _known(options["first"], "system", names)
    second = _known(options["second"], "system", [name for name in names if name != first])
    labels = [str(catalog.models.at[name, "name"]) for name in (first, second)]
    slides = [_compared(suite, first, second, catalog, more=more) for more in ("", "-numbers")]
    if of_tasks(suite):
        slides.append(_slide("compare", "units", suite=suite, first=first, second=second, level="item"))
    facts = _slide("compare", "side-by-side", suite=suite, first=first, second=second)
    return f"{labels[0]} beside {labels[1]} on {SUITES[suite].label}", [*slides, facts]


def _variant(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    task = _known(options["task"], "task with single variants", catalog.with_items)
    where = {"suite": str(catalog.suite_of(task)), "task": task, "item": options["item"]}
    title = f"{options['item']} on {catalog.tasks.at[task, 'label']}"
    return title[:300], [_slide("variants", "card", **where), _slide("variants", "track", **where)]


def _evidence(_options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    claims = [_slide("ledgers", "ledgers"), _slide("ledgers", "scoreboard"), _slide("choose", "decision-matrix")]
    systems = [_slide("system", key, who=who) for who in catalog.ledger["system"][:1] for key in ("claims", "measured")]
    doubts = [_slide("traps", key) for key in ("trap-baselines", "objections", "not-claimed")]
    return "What the literature claims, and on what evidence", [*claims, *systems, *doubts]


def _overview(_options: Mapping[str, str], _catalog: Catalog) -> tuple[str, list[Slide]]:
    keys = ("standings", "pooled", "leader", "labels", "agreement", "size")
    return "Which genomic model earns its place", [_slide("overview", key) for key in keys]


def _weekly(options: Mapping[str, str], catalog: Catalog) -> tuple[str, list[Slide]]:
    suite = _suite(options, catalog)
    slides = [*_overview({}, catalog)[1][:2], *_board(suite, catalog), *_ranks(suite)[:1], *_top_two(suite, catalog)]
    for task in _contested(suite, catalog)[:1]:
        slides += _contest(suite, task)
    return f"This week: {SUITES[suite].label}", [*slides, *_evidence({}, catalog)[1][:2]]


PRESETS: dict[str, Preset] = {
    "leaderboard": Preset(
        "Leaderboard of a suite",
        "The map, against the baseline, size, ranks, the two leaders, contested tasks and their verdicts",
        _leaderboard,
        takes=("suite",),
    ),
    "task": Preset("A task", "Every value on a task, its parts, and who passes against the baseline", _task, ("task",)),
    "model": Preset("A model", "What is known of a model, where it stands, and every score", _model, ("model",)),
    "compare": Preset(
        "Two systems", "Two systems side by side, by category", _compare, ("first", "second"), ("suite",)
    ),
    "variant": Preset(
        "A variant", "One variant: its label, and what each system says of it", _variant, ("task", "item")
    ),
    "evidence": Preset("The evidence", "Claims of capability and of validity, and the decision matrix", _evidence),
    "overview": Preset("Overview", "The findings of the first page", _overview),
    "weekly": Preset("This week", "A bit of all, for a weekly meeting", _weekly, takes=("suite",)),
}
