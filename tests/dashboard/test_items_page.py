from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.queries.item_filters import NAMES
from dashboard.urlstate import parse, serialise
from dashboard.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

BRCA1 = {"suite": "brca1_sge", "task": "brca1_sge"}
BLAT = {"suite": "dms", "task": "dms:BLAT_ECOLX"}
MANY: dict[str, str | list[str]] = {
    **BRCA1,
    "system": "sift",
    "rival": "evo2-1b",
    "label": "1",
    "consequence": ["missense", "splice region"],
    "part": ["splice_region", "missense"],
    "gene": "BRCA1",
    "start": "41200000",
    "end": "41270000",
    "outcome": "right",
    "gap": "10",
    "find": "17-",
    "by": "gap",
    "down": "yes",
}


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def words(at: AppTest) -> str:
    found = [at.title, at.markdown, at.caption, at.info, at.warning, at.code]
    return "\n".join(str(element.value) for elements in found for element in elements)


def address(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def chips(at: AppTest) -> list[str]:
    return [button.label for button in at.button if button.label.endswith(" ✕")]


def press(at: AppTest, label: str) -> AppTest:
    return calm(next(button for button in at.button if button.label == label).click().run())


def items_of(at: AppTest) -> list[str]:
    """Ids on the sheet."""
    return list(next(frame for frame in at.dataframe if "Variant" in frame.value.columns).value["Variant"])


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (BRCA1, "3,893 variants of BRCA1: "),
        ({**BRCA1, "consequence": "nonsense"}, "138 of 3,893 variants of BRCA1: "),
        (BLAT, "4,996 variants of Beta-lactamase TEM-1: "),
        ({"task": "clinvar_missense", "gene": "FBN1_HUMAN"}, "547 of 19,958 variants of ClinVar missense: "),
        ({"task": "iDNA_ABF_5mC"}, "2,344 test sequences of iDNA 5mC: "),
        ({}, "1,000 variants of ClinVar: "),
        ({**BRCA1, "find": "no such thing"}, "No variant of BRCA1 satisfies these filters"),
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_title_counts_what_is_listed(query: dict[str, str], title: str, theme: str, visit_items: Visit) -> None:
    at = calm(visit_items("variants", query, theme))
    assert at.title[0].value.startswith(title)


def test_the_title_names_the_class_where_the_systems_are_furthest_apart(visit_items: Visit, ask_items: Ask) -> None:
    at = visit_items("variants", {**BRCA1, "system": "evo2-1b", "rival": "consequence", "label": "0"})
    rows = ask_items(
        "SELECT i.consequence, abs(a.percentile - b.percentile) AS gap FROM numbered_item i "
        "JOIN standing a USING (task_id, item_no) JOIN standing b USING (task_id, item_no) "
        "WHERE task_id = 'brca1_sge' AND i.label = 0 AND a.model_id = 'evo2-1b' AND b.model_id = 'consequence'"
    )
    classes = rows.groupby("consequence")["gap"].agg(["size", "mean"])
    furthest = str(classes.loc[classes["size"] >= 30, "mean"].idxmax())
    assert furthest == "5' UTR"
    assert at.title[0].value == (
        "3,070 of 3,893 variants of BRCA1: Evo 2 1B (published deltas) and Consequence disagree most on "
        "variants in the 5′ UTR"
    )


@pytest.mark.parametrize("query", [{"suite": "geneb"}, {"suite": "proteingym"}, {"suite": "clinvar"}])
def test_a_task_without_items_says_what_brings_them_and_where_there_are_some(
    query: dict[str, str], visit_items: Visit
) -> None:
    at = calm(visit_items("variants", query))
    assert "are not in the store" in at.title[0].value
    assert at.code[0].value == "vledger fetch\nvledger publish"
    press(at, "BRCA1 saturation editing · BRCA1, loss of function")
    assert address(at)["task"] == ["brca1_sge"]
    assert at.title[0].value.startswith("3,893 variants")


def test_a_store_without_any_items_is_calm(visit: Visit) -> None:
    at = calm(visit("variants"))
    assert "are not in the store" in at.title[0].value


def test_an_address_with_everything_comes_back_whole(visit_items: Visit, item_catalog: Catalog) -> None:
    raw = {name: value if isinstance(value, list) else [value] for name, value in MANY.items()}
    view, notices = parse(raw, "variants", item_catalog, View())
    assert notices == []
    assert serialise(view, "variants", item_catalog) == {**raw, "part": ["missense", "splice_region"]}
    at = calm(visit_items("variants", MANY))
    assert len(chips(at)) == 11 - 1, "start and end are one filter"
    assert not at.warning


def test_a_chip_takes_its_filter_away_and_clear_all_takes_every_one(visit_items: Visit) -> None:
    at = calm(visit_items("variants", MANY))
    press(at, "missense ✕")
    assert address(at)["consequence"] == ["splice region"]
    press(at, "Position 41,200,000 to 41,270,000 ✕")
    assert address(at).keys().isdisjoint({"start", "end"})
    press(at, "Clear all")
    assert address(at).keys().isdisjoint(NAMES)
    assert chips(at) == []
    assert address(at)["system"] == ["sift"], "systems and order are no filters"


def test_filters_in_the_sidebar_reach_the_address_and_the_first_sheet(visit_items: Visit) -> None:
    at = calm(visit_items("variants", {**BRCA1, "sheet": "3"}))
    assert "101–150 of 3,893" in words(at)
    at.multiselect(key="w_consequence").set_value(["nonsense"]).run()
    assert address(calm(at)) == {"suite": ["brca1_sge"], "task": ["brca1_sge"], "consequence": ["nonsense"]}
    assert "1–50 of 138" in words(at)
    at.number_input(key="w_start").set_value(41_250_000).run()
    assert address(calm(at))["start"] == ["41250000"]
    at.select_slider(key="w_gap").set_value(30).run()
    assert address(calm(at))["gap"] == ["30"]
    at.text_input(key="w_find").set_value("-g-").run()
    assert address(calm(at))["find"] == ["-g-"]


def test_sheets_follow_each_other_and_one_too_many_is_the_last(visit_items: Visit) -> None:
    at = calm(visit_items("variants", {**BRCA1, "consequence": "nonsense"}))
    first = items_of(at)
    press(at, "Next →")
    assert address(at)["sheet"] == ["2"]
    assert "51–100 of 138" in words(at)
    assert set(first).isdisjoint(items_of(at))
    at = calm(visit_items("variants", {**BRCA1, "consequence": "nonsense", "sheet": "99"}))
    assert "101–138 of 138" in words(at)
    assert len(items_of(at)) == 38


def test_the_list_of_names_opens_an_item(visit_items: Visit) -> None:
    at = calm(visit_items("variants", BRCA1))
    wanted = items_of(at)[3]
    at.selectbox(key="open-item").set_value(wanted).run()
    assert address(calm(at))["item"] == [wanted]
    at = calm(visit_items("variants", {**BRCA1, "item": wanted}))
    assert at.selectbox(key="open-item").value == wanted


def test_the_map_says_what_its_colours_are(visit_items: Visit) -> None:
    at = calm(visit_items("variants", {**BLAT, "paint": "difference", "sheet": "2"}))
    assert "minus that of the measured value" in words(at)
    at.segmented_control(key="w_paint").set_value("system").run()
    assert "100 is most like fit" in words(calm(at))
    assert address(at)["paint"] == ["system"]
    assert address(at)["sheet"] == ["2"], "another colour is no other list"


def test_another_task_drops_the_filters_of_the_one_before(visit_items: Visit) -> None:
    at = calm(visit_items("variants", MANY))
    at.selectbox(key="variants-task").set_value("dms:BLAT_ECOLX").run()
    found = address(calm(at))
    assert found.keys().isdisjoint({*NAMES, "system", "rival", "item"})
    assert (found["task"], found["by"]) == (["dms:BLAT_ECOLX"], ["gap"])


def test_without_a_threshold_the_page_says_that_no_call_is_right(visit_items: Visit) -> None:
    at = calm(visit_items("variants", {**BRCA1, "system": "cadd", "outcome": "right"}))
    assert at.title[0].value == "No variant of BRCA1 satisfies these filters"
    assert "No threshold is stated" in at.info[0].value
    press(at, "Clear filters")
    assert "outcome" not in address(at)


@pytest.mark.parametrize("name", ["find", "gene", "item"])
@pytest.mark.parametrize("text", ["'; DROP TABLE item; --", "<script>alert(1)</script>", "%_\\$(id)`", "**x**~&"])
def test_hostile_words_in_the_address_are_only_words(name: str, text: str, visit_items: Visit) -> None:
    at = calm(visit_items("variants", {**BRCA1, name: text}))
    assert address(at)[name] == [text]
    assert "<script>" not in "".join(str(value.value) for value in at.get("html"))
