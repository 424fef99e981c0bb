"""The Task page of single-cell tasks: the question, the mean taken apart, every measure, and what was published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.queries.task_cards import CARDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask

    Visit = Callable[..., AppTest]

TASKS = pytest.mark.parametrize("task", sorted(CARDS))
SEVERAL = {"perturbench:doubles", "perturbench:doubles-new", "perturbench:singles", "cells:pbmc68k"}


def sees(at: AppTest) -> str:
    found = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.code, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def chart(at: AppTest, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("plotly_chart")[number].proto.spec)
    return found


@TASKS
def test_every_section_stands_on_the_page(task: str, visit: Visit) -> None:
    at = calm(visit("task", {"task": task}))
    heads = [head.value for head in at.subheader]
    assert "What was published on this question" in heads
    assert any(head.startswith("One ") and head.endswith(" at a time") for head in heads)
    assert ("All measures" in heads) == (task in SEVERAL)
    told = sees(at)
    assert CARDS[task].question in told
    assert CARDS[task].because in told
    assert f"vledger fetch {CARDS[task].dataset}" in told
    assert "FROM item_value" in told
    assert len(at.get("plotly_chart")) == 3


@TASKS
def test_title_and_lede_name_the_registered_baseline_and_its_value(task: str, visit: Visit, ask: Ask) -> None:
    at = calm(visit("task", {"task": task}))
    (row,) = ask(
        "SELECT DISTINCT m.name, s.value FROM comparison c JOIN model m ON m.model_id = c.baseline_id "
        "JOIN task t USING (task_id) JOIN score s ON s.model_id = c.baseline_id AND s.task_id = c.task_id "
        "AND s.metric = t.primary_metric WHERE c.registered AND c.task_id = $task",
        {"task": task},
    ).itertuples()
    assert row.name in at.title[0].value
    lede = next(text.value for text in at.markdown if CARDS[task].question in text.value)
    assert f"{row.value:.3f}" in lede
    assert " of 0 " not in lede
    assert "models** pass" not in lede


@TASKS
def test_each_published_finding_has_its_source_and_a_way_to_the_ledger(task: str, visit: Visit, ask: Ask) -> None:
    told = sees(calm(visit("task", {"task": task})))
    claims = ask(
        "SELECT c.statement, s.url FROM claim c JOIN source s USING (source_id) WHERE list_contains($ids, claim_id)",
        {"ids": list(CARDS[task].claims)},
    )
    assert len(claims) == len(CARDS[task].claims)
    for claim in claims.itertuples():
        assert claim.statement in told
        assert claim.url in told
    assert "Measured here:" in told


def test_few_perturbations_are_warned_of_and_700_cells_are_not(visit: Visit) -> None:
    assert "5 perturbations: of fewer than 20" in sees(visit("task", {"task": "perturbench:doubles"}))
    cells = sees(visit("task", {"task": "cells:pbmc68k"}))
    assert "fewer than 20" not in cells
    assert "scored on some classes only" not in cells


def test_a_click_on_a_cell_looks_at_its_perturbation_and_the_address_carries_it(visit: Visit) -> None:
    at = visit("task", {"task": "perturbench:doubles"})
    (targets,) = (trace for trace in chart(at, 1)["data"] if "customdata" in trace)
    card = next(card for card in targets["customdata"] if card[0] == "MAP2K3+SLC38A2")
    selection = {"points": [{"customdata": card}], "point_indices": [2], "box": [], "lasso": []}
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = at.get("plotly_chart")[1].proto.id
    state.string_value = json.dumps({"selection": selection})
    at._run(widget_state=states)
    assert calm(at).query_params["unit"] in ("MAP2K3+SLC38A2", ["MAP2K3+SLC38A2"])
    assert "MAP2K3+SLC38A2, held out in 2 splits" in sees(at)


def test_the_keyboard_has_a_list_for_the_same_choice(visit: Visit) -> None:
    at = visit("task", {"task": "cells:pbmc68k"})
    (box,) = (box for box in at.selectbox if box.key == "w_unit")
    assert len(box.options) == 10
    box.set_value("CD34+")
    calm(at.run())
    assert at.query_params["unit"] in ("CD34+", ["CD34+"])
    assert "CD34+, 13 cells" in sees(at)


def test_a_link_opens_on_its_perturbation_and_metric_and_a_wrong_one_is_told(visit: Visit) -> None:
    query = {"task": "perturbench:doubles", "unit": "KLF1+TGFBR2", "unit_metric": "PearsonDelta"}
    told = sees(calm(visit("task", query)))
    assert "KLF1+TGFBR2, held out in 1 split" in told
    assert "Pearson of the change in each cell" in told
    wrong = sees(calm(visit("task", {"task": "perturbench:doubles", "unit": "NOT+THERE"})))
    assert "NOT+THERE" in wrong
    assert "is not a known value of `unit`" in wrong


def test_a_task_without_perturbations_keeps_its_page(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_sample"}))
    heads = {head.value for head in at.subheader}
    assert not heads & {"All measures", "What was published on this question"}
    assert not any(head.endswith(" at a time") for head in heads)
