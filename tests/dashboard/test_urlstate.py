from __future__ import annotations

import re
from dataclasses import replace
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.export.deck import MOST_SLIDES
from dashboard.queries.item_filters import GAPS, ItemFilters
from dashboard.queries.ranks import weighed
from dashboard.queries.selection import SIZES, Filters
from dashboard.urlstate import parse, serialise
from dashboard.view import ON_PAGE, PAGES, View, choices, settled

if TYPE_CHECKING:
    from dashboard.queries.catalog import Catalog

FLAGS = ("robust", "unsupervised", "against", "down", "weights_needed", "commercial", "present")
MANY = (
    "family", "tokenizer", "access", "licence", "provenance", "pretraining", "consequence", "part",
    "systems", "families", "outcomes", "evidence", "terms",
)  # fmt: skip
TEXTS = ("search", "find", "gene", "item", "letters")
NUMBERS = ("sheet", "start", "end", "window", "place", "slide")
OPTIONAL = ("label", "outcome")
STRUCTURED = ("sizes", "cell", "gap", "weights", "slices", "deck")
NAMED = [(page, name) for page in PAGES for name in ON_PAGE[page]]
CLOSED = [(page, name) for page, name in NAMED if name not in TEXTS]
GENEB_TASK = "leannmlindsey_GUE_prom_core_all"
GENEB_MODEL = "LucaOne-default-step36M"
HOSTILE = [
    "<script>alert(document.cookie)</script>",
    "'; DROP TABLE score; --",
    "' OR 1=1 UNION SELECT * FROM meta --",
    "x" * 5_000,
    "`code` **bold** [link](javascript:alert(1))",
    "```\n# heading\n```",
    "\u202egnp.exe\u0000\x07\n\nsecond line",
    "日本語🧬" * 40,
    "../../../etc/passwd",
    "nan",
    "None",
]


def of_page(view: View, page: str) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ON_PAGE[page]}


def default(page: str, catalog: Catalog) -> View:
    return parse({}, page, catalog, View())[0]


words = st.text(max_size=100).map(lambda text: " ".join("".join(filter(str.isprintable, text)).split())[:40].strip())


def weights(view: View, catalog: Catalog) -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    """Weights of some categories, in the order of the columns; 1 is what need not be said."""
    view = settled(view, catalog)
    names = list(weighed(catalog, view.suite, view.kind or ""))
    drawn = st.dictionaries(st.sampled_from(names), st.integers(0, 10).filter(lambda weight: weight != 1), max_size=4)
    return drawn.map(lambda found: tuple((name, found[name]) for name in names if name in found))


def slices(view: View, catalog: Catalog) -> st.SearchStrategy[tuple[tuple[str, ItemFilters], ...]]:
    """Some filters with names."""
    parts = choices("part", view, catalog)
    filters = st.builds(
        ItemFilters,
        label=st.sampled_from([None, "0", "1"]),
        part=st.sampled_from([(), *((part,) for part in parts)]),
        gene=words,
        start=st.none() | st.integers(0, 10**9),
        gap=st.sampled_from(GAPS),
        find=words,
    )
    named = st.dictionaries(words.filter(lambda name: bool(name) and "~" not in name), filters, max_size=3)
    return named.map(lambda found: tuple(found.items()))


def chosen(name: str, view: View, catalog: Catalog) -> st.SearchStrategy[Any]:
    """Values of a setting with choices."""
    allowed = choices(name, view, catalog)
    if name in MANY:
        some = st.sets(st.sampled_from(allowed)) if allowed else st.just(set[str]())
        return some.map(lambda found: tuple(option for option in allowed if option in found))
    # GENEB has one kind of columns only and so nothing to choose.
    return st.sampled_from([*allowed, *([None] if name in OPTIONAL else [])] or [None])


def cells(view: View, catalog: Catalog) -> st.SearchStrategy[tuple[str, str] | None]:
    """A cell of the board, or none."""
    columns = choices("column", view, catalog)
    return st.none() | st.tuples(st.sampled_from(list(catalog.models.index)), st.sampled_from(columns))


SIZE_RANGES = st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES)).map(lambda pair: tuple(sorted(pair)))
FREE: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(FLAGS, st.booleans()),
    **dict.fromkeys(TEXTS, words),
    **dict.fromkeys(NUMBERS, st.integers(1, 10_000)),
    "place": st.integers(0, 80),
    "slide": st.integers(1, MOST_SLIDES),
    "deck": st.just("") | st.text(f"{ascii_lowercase}{digits}", min_size=10, max_size=10),
    "gap": st.sampled_from(GAPS),
    "sizes": SIZE_RANGES,
}
BOUND = {"weights": weights, "slices": slices, "cell": cells}


@st.composite
def views(draw: st.DrawFn, page: str, catalog: Catalog) -> View:
    """A valid view: every attribute of the page drawn from what the ones before it allow."""
    view = View()
    for name in ON_PAGE[page]:
        known = FREE.get(name)
        bound = BOUND.get(name)
        drawn = known if known is not None else bound(view, catalog) if bound else chosen(name, view, catalog)
        view = replace(view, **{name: draw(drawn)})
    return view


@pytest.mark.parametrize("page", PAGES)
@settings(max_examples=25)
@given(data=st.data())
def test_an_address_says_the_view_and_nothing_but_the_view(page: str, catalog: Catalog, data: st.DataObject) -> None:
    view = data.draw(views(page, catalog))
    written = serialise(view, page, catalog)
    read, notices = parse(written, page, catalog, View())
    assert notices == []
    assert of_page(read, page) == of_page(settled(view, catalog), page)
    assert serialise(read, page, catalog) == written


@pytest.mark.parametrize("page", PAGES)
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_an_address_states_differs_from_the_default(page: str, catalog: Catalog, data: st.DataObject) -> None:
    view = data.draw(views(page, catalog))
    written = serialise(view, page, catalog)
    # A task names its suite too: there the suite is stated for people who read the address.
    stated_twice = {"suite"} if "task" in written else set()
    for name in written.keys() - {"task", "model", "first", "second", "who"} - stated_twice:
        rest = {other: values for other, values in written.items() if other != name}
        assert of_page(parse(rest, page, catalog, View())[0], page) != of_page(settled(view, catalog), page)


@pytest.mark.parametrize("page", PAGES)
def test_the_address_of_the_default_is_bare_but_for_what_the_page_is_about(page: str, catalog: Catalog) -> None:
    about = {"first", "second"} if page == "compare" else {"task", "model", "who"}
    assert serialise(View(), page, catalog).keys() == about & set(ON_PAGE[page])


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_parameter_is_named_and_ignored(page: str, catalog: Catalog) -> None:
    view, notices = parse({"utm_source": ["mail"]}, page, catalog, View())
    assert view == default(page, catalog)
    assert notices == ["This page has no setting `utm_source`; it was ignored."]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_parameter_name_is_shown_harmless(value: str, catalog: Catalog) -> None:
    view, (notice,) = parse({value: ["1"]}, "leaderboard", catalog, View())
    assert view == default("leaderboard", catalog)
    shown = re.fullmatch(r"This page has no setting `([^`]*)`; it was ignored\.", notice)
    assert shown
    assert 0 < len(shown[1]) <= 41
    assert shown[1].isprintable()


@pytest.mark.parametrize(("page", "name"), CLOSED)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_falls_back_with_a_harmless_notice(page: str, name: str, value: str, catalog: Catalog) -> None:
    view, (notice,) = parse({name: [value]}, page, catalog, View())
    assert view == default(page, catalog)
    shown = re.fullmatch(rf"`([^`]*)` is not a known value of `{name}`; the default is shown instead\.", notice)
    assert shown
    assert 0 < len(shown[1]) <= 41
    assert shown[1].isprintable()


@pytest.mark.parametrize("value", ["", "`", "\n"])
def test_a_value_of_which_nothing_can_be_shown_leaves_no_empty_code_mark(value: str, catalog: Catalog) -> None:
    view, (notice,) = parse({"suite": [value]}, "leaderboard", catalog, View())
    assert view == default("leaderboard", catalog)
    assert "``" not in notice


@given(
    page=st.sampled_from(PAGES),
    raw=st.dictionaries(
        st.sampled_from(sorted({name for _, name in NAMED})) | st.text(max_size=20),
        st.lists(
            st.sampled_from(["yes", "geneb", "clinvar", "1000000", "all", "~"]) | st.text(max_size=60), max_size=4
        ),
        max_size=6,
    ),
)
def test_no_address_raises_and_every_view_read_is_settled(
    page: str, raw: dict[str, list[str]], catalog: Catalog
) -> None:
    view, _ = parse(raw, page, catalog, View())
    assert settled(view, catalog) == view
    assert isinstance(view.filters, Filters)
    assert of_page(parse(serialise(view, page, catalog), page, catalog, View())[0], page).keys() == set(ON_PAGE[page])


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_search_is_one_line_of_at_most_eighty_letters(value: str, catalog: Catalog) -> None:
    view, notices = parse({"search": [value]}, "leaderboard", catalog, View())
    assert notices == []
    assert len(view.search) <= 80
    assert "\n" not in view.search


def test_the_last_of_repeated_keys_counts(catalog: Catalog) -> None:
    view, notices = parse({"suite": ["clinvar", "proteingym"]}, "leaderboard", catalog, View())
    assert (view.suite, notices) == ("proteingym", [])


def test_repeated_keys_of_a_filter_add_up_in_the_catalogs_order_without_doubles(catalog: Catalog) -> None:
    first, second = catalog.values("family")[:2]
    view, notices = parse({"family": [second, first, second]}, "leaderboard", catalog, View())
    assert (view.family, notices) == ((first, second), [])


def test_a_known_value_beside_an_unknown_one_is_kept(catalog: Catalog) -> None:
    view, notices = parse({"family": ["State space", "bogus"]}, "leaderboard", catalog, View())
    assert view.family == ("State space",)
    assert len(notices) == 1


def test_a_notice_does_not_speak_of_the_default_where_a_part_was_kept(catalog: Catalog) -> None:
    _, (notice,) = parse({"family": ["State space", "bogus"]}, "leaderboard", catalog, View())
    assert "default" not in notice


@pytest.mark.parametrize(
    "given_",
    [
        ["1000000"],
        ["1000000", "2000000", "5000000"],
        ["5000000", "1000000"],
        ["1", "2"],
        ["1e6", "1e9"],
        ["-1000000", "1000000"],
        ["1000000.0", "2000000.0"],
        ["", ""],
        ["1000000", "9" * 400],
    ],
)
def test_wrong_or_reversed_sizes_fall_back_to_the_whole_range(given_: list[str], catalog: Catalog) -> None:
    view, notices = parse({"sizes": given_}, "leaderboard", catalog, View())
    assert view.sizes == (SIZES[0], SIZES[-1])
    assert len(notices) == 1


@pytest.mark.parametrize("value", ["no-such-model~macro", f"{GENEB_MODEL}~no-such-column", GENEB_MODEL, "~", "~macro"])
def test_a_cell_that_is_not_on_the_board_is_refused(value: str, catalog: Catalog) -> None:
    view, notices = parse({"cell": [value]}, "leaderboard", catalog, View())
    assert view.cell is None
    assert len(notices) == 1


def test_few_labels_leave_only_the_metric_that_is_published_for_them(catalog: Catalog) -> None:
    view, notices = parse({"regime": ["10shot"], "metric": ["F1"]}, "leaderboard", catalog, View())
    assert (view.regime, view.metric) == ("10shot", "MCC")
    assert len(notices) == 1
    assert settled(replace(View(), regime="10shot", metric="F1"), catalog).metric == "MCC"


def test_another_suite_drops_what_belonged_to_the_first(catalog: Catalog) -> None:
    before = View(task=GENEB_TASK, column="Promoters", sort="Promoters", cell=(GENEB_MODEL, "Promoters"), metric="F1")
    assert settled(before, catalog).cell == (GENEB_MODEL, "Promoters")
    after = settled(replace(before, suite="clinvar"), catalog)
    assert after.task == "clinvar_vep_eval"
    assert (after.shown_regime, after.metric, after.kind) == ("zero_shot", "AUROC", "variant_class")
    assert (after.column, after.sort, after.stratum, after.cell) == ("all", "all", "all", None)


def test_another_kind_of_columns_drops_the_column_of_the_first(catalog: Catalog) -> None:
    before = settled(View(suite="proteingym", kind="taxon"), catalog)
    (taxon, *_) = [key for key in choices("column", before, catalog) if key != "all"]
    after = settled(replace(before, column=taxon, sort=taxon, kind="msa_depth"), catalog)
    assert (after.column, after.sort) == ("all", "all")


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_does_not_carry_is_kept_from_the_view_before(page: str, catalog: Catalog) -> None:
    before = settled(
        View(
            suite="proteingym",
            show="table",
            sort="name",
            robust=True,
            order="size",
            model=GENEB_MODEL,
            search="esm",
            family=("State space",),
            sizes=(SIZES[2], SIZES[5]),
            unsupervised=True,
            cell=(GENEB_MODEL, "all"),
        ),
        catalog,
    )
    after, notices = parse({}, page, catalog, before)
    assert notices == []
    independent = ("show", "robust", "order", "model", "search", "family", "sizes", "unsupervised")
    kept = [name for name in independent if name not in ON_PAGE[page]]
    assert kept
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}


@pytest.mark.parametrize("suite", ["geneb", "proteingym", "clinvar"])
def test_the_address_of_a_model_page_means_the_same_whatever_was_looked_at_before(suite: str, catalog: Catalog) -> None:
    before = settled(View(suite=suite), catalog)
    view, notices = parse({"model": [GENEB_MODEL], "regime": ["10shot"]}, "model", catalog, before)
    assert notices == []
    assert (view.model, view.regime) == (GENEB_MODEL, "10shot")


@pytest.mark.parametrize(
    "name",
    sorted({name for _, name in NAMED} - {*MANY, *FLAGS, *TEXTS, *NUMBERS, *OPTIONAL, *STRUCTURED}),
)
def test_the_first_choice_is_the_default(name: str, catalog: Catalog) -> None:
    for page in (page for page in PAGES if name in ON_PAGE[page]):
        first = next(iter(choices(name, default(page, catalog), catalog)), None)
        assert getattr(default(page, catalog), name) == first


def test_an_attribute_without_choices_is_refused(catalog: Catalog) -> None:
    with pytest.raises(KeyError, match="search"):
        choices("search", View(), catalog)


def test_only_filters_that_were_set_are_active() -> None:
    assert not View().filters.active
    assert not View().filters.by_size
    assert View(sizes=(SIZES[1], SIZES[-1])).filters.by_size
    assert all(view.filters.active for view in (View(search="a"), View(family=("CNN",)), View(unsupervised=True)))


@pytest.mark.parametrize("task", ["brca1_sge", "clinvar_sample", "dms:BLAT_ECOLX", "clinvar_vep_eval"])
def test_a_task_alone_names_its_suite(task: str, catalog: Catalog) -> None:
    view, notices = parse({"task": [task]}, "task", catalog, View())
    assert (view.task, view.suite, notices) == (task, catalog.tasks.at[task, "suite"], [])


def test_a_suite_that_is_stated_beside_another_suites_task_stands(catalog: Catalog) -> None:
    view, notices = parse({"suite": ["geneb"], "task": ["brca1_sge"]}, "task", catalog, View())
    assert view.suite == "geneb"
    assert notices == ["`brca1_sge` is not a known value of `task`; the default is shown instead."]
