from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

BRCA1 = {"suite": "brca1_sge", "task": "brca1_sge"}
RING = "RING~part=missense&start=41250000"


def words(at: AppTest) -> str:
    found = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html"), at.code]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def settled(at: AppTest) -> AppTest:
    """The page once the worker is done."""
    for _ in range(100):
        if "Computing" not in words(calm(at)):
            return at
        time.sleep(0.3)
        at.run()
    raise AssertionError("the worker did not come to an end")


def address(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def test_the_card_of_a_brca1_variant_names_it_and_says_what_is_known(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {**BRCA1, "item": "17-41197728-G-T"}))
    text = words(at)
    for told in (
        "BRCA1 p.(Tyr1853Ter)",
        "NC_000017.10:g.41197728G&gt;T",
        "c.5559C&gt;A",
        "**Loss of function** (label 1)",
        "Findlay GM",
        "21 of 3,893 shown",
        "i.item_id = '17-41197728-G-T'",
        "item=17-41197728-G-T",
    ):
        assert told in text.replace("\\", "")
    links = {link.proto.label: link.proto.url for link in at.get("link_button")}
    assert list(links) == ["ClinVar", "gnomAD", "dbSNP", "UniProt"]


def test_next_and_previous_walk_the_list_and_close_leaves_it(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {**BRCA1, "item": "17-41197728-G-C", "consequence": "nonsense"}))
    assert "1 of 138 shown" in words(at)
    assert at.button(key="card-K").disabled
    at = calm(at.button(key="card-J").click().run())
    assert address(at)["item"] == ["17-41197728-G-T"]
    assert "2 of 138 shown" in words(at)
    at = calm(at.button(key="card-K").click().run())
    assert address(at)["item"] == ["17-41197728-G-C"]
    at = calm(at.button(key="card-close").click().run())
    assert "item" not in address(at)
    assert not [button for button in at.button if button.key == "card-J"]


def test_this_position_only_lists_the_position_whatever_was_filtered(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {**BRCA1, "item": "17-41197728-G-C", "consequence": "nonsense"}))
    at = calm(at.button(key="card-position").click().run())
    assert address(at) == {
        "suite": ["brca1_sge"],
        "task": ["brca1_sge"],
        "item": ["17-41197728-G-C"],
        "start": ["41197728"],
        "end": ["41197728"],
    }
    assert "of 3 shown" in words(at)


def test_an_unknown_item_is_a_notice_and_the_list_stays(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {**BRCA1, "item": "<b>nothing</b> ' OR 1=1"}))
    assert "This task has no item" in at.warning[0].value
    assert "<b>" not in at.warning[0].value.replace("\\<", "")
    assert len(at.dataframe) == 1
    at = calm(at.button(key="card-forget").click().run())
    assert "item" not in address(at)


def test_a_filter_is_kept_under_a_name_and_compared(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {**BRCA1, "part": "missense"}))
    field = next(field for field in at.text_input if field.label == "Name of the current filter")
    field.set_value("  mis~sense ")
    button = next(button for button in at.button if button.label == "Keep this filter as a slice")
    at = settled(button.click().run())
    assert address(at)["slices"] == ["mis sense~part=missense"]
    table = next(frame.value for frame in at.dataframe if "Slice" in frame.value)
    assert table["Slice"].tolist() == ["mis sense", "Whole task"]
    values = table["Evo 2 1B (published deltas)"].round(4).tolist()
    assert values == [0.5972, 0.7287]


def test_slices_are_renamed_applied_and_removed(visit_items: Callable[..., AppTest]) -> None:
    at = settled(visit_items("variants", {**BRCA1, "slices": [RING, "end~end=41210000"]}))
    assert "Shared items" in next(frame.value for frame in at.dataframe if "Other slice" in frame.value)
    at = settled(at.button(key="slice-apply-0").click().run())
    assert (address(at)["part"], address(at)["start"]) == (["missense"], ["41250000"])
    field = next(field for field in at.text_input if field.label == "New name")
    field.set_value("RING finger")
    at = settled(next(button for button in at.button if button.label == "Rename").click().run())
    assert [one.split("~")[0] for one in address(at)["slices"]] == ["RING finger", "end"]
    at = settled(at.button(key="slice-remove-0").click().run())
    assert address(at)["slices"] == ["end~end=41210000"]


def test_a_slice_under_30_is_too_few_to_judge(visit_items: Callable[..., AppTest]) -> None:
    at = settled(visit_items("variants", {**BRCA1, "slices": "tiny~start=41197722&end=41197728"}))
    table = next(frame.value for frame in at.dataframe if "Slice" in frame.value).set_index("Slice")
    assert table.at["tiny", "Items"] < 30
    assert table.at["tiny", "Read with care"] == "too few to judge"
    assert "Too few to judge" in words(at)


def test_without_a_filter_or_a_slice_nothing_is_computed(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", BRCA1))
    assert "Filter the items above" in words(at)
    assert "Computing" not in words(at)


def test_a_test_sequence_has_a_card_without_names(visit_items: Callable[..., AppTest]) -> None:
    at = calm(visit_items("variants", {"suite": "geneb", "task": "iDNA_ABF_6mA", "item": "test-3"}))
    text = words(at)
    assert "test-3" in text
    assert "**Label 1**." in text
    assert not at.get("link_button")
    assert "HGVS" not in text
