"""Real splits through the page, with the real process behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st

from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Field
from engine.registry.adapters import AdapterCard, cards
from tests.engine.tiny_esm2 import write_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    Visit = Callable[..., AppTest]


@pytest.fixture
def page(visit: Visit) -> Iterator[AppTest]:
    """The page of a split with nothing on it."""
    at = visit("your-split")
    at.default_timeout = 60
    yield at
    st.cache_resource.clear()


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert [error.value for error in at.error] == []
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in at.markdown).replace("\\", "")


def widget(at: AppTest, kind: str, label: str) -> Any:
    return next(one for one in at.get(kind) if one.label.replace("\\", "") == label)


def answer(at: AppTest, kind: str, label: str, value: Any) -> AppTest:
    widget(at, kind, label).set_value(value)
    return calm(at.run())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_comes_to_a_result_with_one_click(page: AppTest, example: Any) -> None:
    button = next(one for one in page.button if one.label == f"**{example.title}**")
    calm(button.click().run())
    draft = page.session_state["_split"]
    if draft.options.scores or example.name in {"sequences", "labelled-fasta"}:
        assert "beat" in page.title[0].value
    assert len(page.get("plotly_chart")) >= 2
    assert page.code[0].value.startswith("vledger compare --split example")


def test_saturation_editing_of_brca1_by_class_is_read_mapped_by_hand_and_compared(page: AppTest, mirror: Path) -> None:
    workbook = next((mirror / "brca1").glob("*.xlsx"))
    calm(page.file_uploader[0].upload(workbook.name, workbook.read_bytes()).run())
    assert "3,893 rows" in words(page)
    answer(page, "selectbox", "Label", "func.class")
    assert "“LOF” (823)" in words(page)
    answer(page, "selectbox", "What is label 1; everything else is then label 0", "LOF")
    answer(page, "multiselect", "Split the result up by", ["consequence"])
    assert page.session_state["_split"].options.columns == ((Field.LABEL, "func.class"),)
    assert page.title[0].value.replace("\\", "").startswith("A model has to beat ")
    assert len(page.get("plotly_chart")) == 3


def test_a_model_whose_weights_are_here_is_offered_with_its_cost_and_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("torch")
    card = cards()["esm-2-8m"]
    assert isinstance(card, AdapterCard)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    write_checkpoint(tmp_path / f"models--{str(card.hf_id).replace('/', '--')}" / "snapshots" / str(card.revision))
    page = request.getfixturevalue("page")
    example = next(one for one in page.button if "Protein variants with their sequence" in one.label)
    calm(example.click().run())
    calm(next(one for one in page.button if one.label == "Look which models are on this machine").click().run())
    assert any("ESM-2 8M" in option for option in widget(page, "selectbox", "Model").options)
    calm(next(one for one in page.button if one.label == "Run it").click().run())
    shown = page.dataframe[-1].value
    assert page.code[0].value.endswith("--model esm-2-8m")
    assert "esm-2-8m" in shown["System"].tolist()
