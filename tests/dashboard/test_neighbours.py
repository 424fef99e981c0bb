from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.item_rows import Asked
from dashboard.queries.neighbours import Place, read_place
from dashboard.view import ITEM_ORDERS

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.queries.ask import Ask

TASK, SYSTEM, RIVAL = "brca1_sge", "polyphen2", "consequence"
FILTERS = [
    (ItemFilters(), lambda rows: rows["label"].notna()),
    (ItemFilters(label="1"), lambda rows: rows["label"] == 1),
    (
        ItemFilters(consequence=("missense", "nonsense")),
        lambda rows: rows["consequence"].isin(["missense", "nonsense"]),
    ),
    (ItemFilters(gap=30), lambda rows: (rows["first"] - rows["second"]).abs() >= 30),
    (ItemFilters(start=41_200_000, end=41_250_000), lambda rows: rows["place"].between(41_200_000, 41_250_000)),
]


@pytest.fixture(scope="module")
def items(ask_items: Ask) -> pd.DataFrame:
    """All items with the percentiles of both systems; polyphen2 scored missense variants alone."""
    rows = ask_items("SELECT * FROM numbered_item WHERE task_id = $t", {"t": TASK}).set_index("item_no")
    for name, model in (("first", SYSTEM), ("second", RIVAL)):
        found = ask_items(
            "SELECT item_no, percentile FROM standing WHERE task_id = $t AND model_id = $m", {"t": TASK, "m": model}
        )
        rows[name] = found.set_index("item_no")["percentile"].astype(float)
    rows["gap"] = (rows["first"] - rows["second"]).abs()
    return rows


def in_order(rows: pd.DataFrame, by: str, *, down: bool) -> pd.DataFrame:
    """Missing ones last either way, equals along the gene: a stable sort of rows that stand in that order."""
    rows = rows.sort_index()
    if by == "place":
        return rows.iloc[::-1] if down else rows
    key = {"system": "first", "rival": "second"}.get(by, by)
    return rows.sort_values(key, ascending=not down, na_position="last", kind="stable")


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("by", ITEM_ORDERS)
@pytest.mark.parametrize("which", range(len(FILTERS)))
def test_neighbours_are_those_of_the_sorted_frame(
    ask_items: Ask, items: pd.DataFrame, which: int, by: str, *, down: bool
) -> None:
    filters, keep = FILTERS[which]
    ordered = in_order(items[keep(items)], by, down=down)
    names, last = ordered["item_id"].tolist(), len(ordered) - 1
    asked = Asked(TASK, SYSTEM, RIVAL, filters, by, down)
    for at in sorted({0, 1, last // 3, last // 2, last - 1, last}):
        before = names[at - 1] if at else None
        after = names[at + 1] if at < last else None
        assert read_place(ask_items, asked, int(ordered.index[at])) == Place(at + 1, len(names), before, after)


def test_walking_forward_meets_every_item_once(ask_items: Ask, items: pd.DataFrame) -> None:
    filters = ItemFilters(consequence=("nonsense",), start=41_197_000, end=41_205_000)
    expected = in_order(
        items[(items["consequence"] == "nonsense") & items["place"].between(41_197_000, 41_205_000)], "value", down=True
    )
    numbers = items.reset_index().set_index("item_id")["item_no"]
    asked = Asked(TASK, SYSTEM, RIVAL, filters, "value", True)
    walked = [str(expected["item_id"].iloc[0])]
    while (following := read_place(ask_items, asked, int(numbers[walked[-1]])).following) is not None:
        walked.append(following)
    assert walked == expected["item_id"].tolist()


def test_an_item_that_the_filters_leave_out_has_no_position_but_neighbours(ask_items: Ask, items: pd.DataFrame) -> None:
    asked = Asked(TASK, SYSTEM, RIVAL, ItemFilters(consequence=("nonsense",)), "place", False)
    nonsense = items[items["consequence"] == "nonsense"]
    outside = items[(items["consequence"] == "missense") & (items.index > nonsense.index[3])].index[0]
    place = read_place(ask_items, asked, int(outside))
    assert (place.position, place.total) == (None, len(nonsense))
    assert place.previous == nonsense.loc[nonsense.index < outside, "item_id"].iloc[-1]
    assert place.following == nonsense.loc[nonsense.index > outside, "item_id"].iloc[0]


def test_filters_that_leave_nothing_leave_no_neighbours(ask_items: Ask) -> None:
    asked = Asked(TASK, SYSTEM, RIVAL, ItemFilters(gene="NONE"), "system", True)
    assert read_place(ask_items, asked, 5) == Place(None, 0, None, None)
