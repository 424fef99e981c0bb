"""The page `/field` as a reader sees it: three scenes, their filters, and addresses that make no sense."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.ask import Ask

    Visit = Callable[..., AppTest]

SCENES = ("tree", "windows", "tokens")
HOSTILE = "<script>alert(1)</script>'; DROP TABLE score; --`**x**`"


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def texts(at: AppTest) -> str:
    shown = [at.title, at.markdown, at.caption, at.info, at.warning, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in shown for element in elements)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """What each download button would save, by file name."""
    offered: dict[str, pd.DataFrame] = {}
    button = st.download_button

    def kept(label: str, *, data: Callable[[], bytes], file_name: str, **more: Any) -> bool:
        offered[file_name] = pd.read_csv(io.BytesIO(data()))
        return button(label, data=data, file_name=file_name, **more)

    monkeypatch.setattr(st, "download_button", kept)
    return offered


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_scene_opens_calmly_with_a_sentence_for_a_title(scene: str, theme: str, visit: Visit) -> None:
    at = calm(visit("field", {"scene": scene}, theme=theme))
    assert len(at.title) == 1
    assert len(at.title[0].value.split()) > 4
    assert not at.warning
    assert "nan" not in at.title[0].value


@pytest.mark.parametrize("suite", ["proteingym", "clinvar", "clinvar_items", "brca1_sge", "dms"])
def test_the_tree_names_the_baseline_of_every_suite_on_its_colour_bar(suite: str, visit: Visit, ask: Ask) -> None:
    at = calm(visit("field", {"suite": suite}))
    baselines = set(ask("SELECT name FROM model WHERE role = 'baseline'")["name"])
    key = next(str(element.proto.body) for element in at.get("html") if "to beat" in str(element.proto.body))
    assert any(name.replace("&", "&amp;") in key for name in baselines)


def test_the_table_under_the_tree_has_every_system_with_access_and_licence(
    visit: Visit, ask: Ask, downloads: dict[str, pd.DataFrame]
) -> None:
    calm(visit("field"))
    rows = downloads["field-geneb.csv"]
    (stored,) = ask("SELECT count(*) AS n FROM model WHERE role <> 'control'")["n"]
    assert len(rows) == stored
    assert rows[["Access", "Licence", "Year", "Size as stated"]].notna().all(axis=None)
    assert rows["Page"].dropna().str.match(r"^(model\?model|system\?who)=").all()
    caduceus = rows.set_index("System").loc["Caduceus-PS-131k"]
    assert "GENEB README" in caduceus["Size as stated"]
    assert "GENEB leaderboard file" in caduceus["Size as stated"]


def test_a_chosen_family_is_alone_on_the_tree(visit: Visit, downloads: dict[str, pd.DataFrame]) -> None:
    at = calm(visit("field", {"family": "State space"}))
    assert set(downloads["field-geneb.csv"]["Family"]) == {"State space"}
    assert "State space" in at.title[0].value
    at.sidebar.multiselect[0].set_value(["CNN"]).run()
    assert at.query_params["family"] in ("CNN", ["CNN"])
    assert set(downloads["field-geneb.csv"]["Family"]) == {"CNN"}


def test_a_family_without_a_measured_model_says_so(visit: Visit) -> None:
    at = calm(visit("field", {"suite": "clinvar", "family": "State space"}))
    assert "No model of a stated family is measured" in at.title[0].value
    assert "None of" in at.markdown[0].value


def test_every_name_on_the_tree_leads_to_a_page_of_its_system(visit: Visit, ask: Ask) -> None:
    spec = json.loads(calm(visit("field")).get("plotly_chart")[0].proto.spec)
    scored = set(ask("SELECT DISTINCT model_id FROM score")["model_id"])
    named = set(ask("SELECT model_id FROM ledger_system")["model_id"])
    assert len(spec["layout"]["annotations"]) > 80
    for name in spec["layout"]["annotations"]:
        page = "model?model=" if name["name"] in scored else "system?who=" if name["name"] in named else None
        assert (f'href="{page}' in name["text"]) == (page is not None)
        assert "parameters" in name["hovertext"] or "size not stated" in name["hovertext"]


def test_windows_are_all_in_the_table_with_their_source(
    visit: Visit, ask: Ask, downloads: dict[str, pd.DataFrame]
) -> None:
    at = calm(visit("field", {"scene": "windows"}))
    rows = downloads["field-windows.csv"]
    (known,) = ask("SELECT count(*) AS n FROM model WHERE context_value IS NOT NULL")["n"]
    assert (rows["Where"] != "Stated in the literature").sum() == known
    assert rows["Source"].notna().all()
    assert rows.loc[rows["Where"] == "Stated in the literature", "Link"].str.startswith("https://").all()
    assert "one million base pairs" in texts(at).replace("\\", "")


def test_a_typed_sequence_is_cut_and_stands_in_the_address(visit: Visit, downloads: dict[str, pd.DataFrame]) -> None:
    at = calm(visit("field", {"scene": "tokens"}))
    assert downloads["field-tokens.csv"]["Tokens"].tolist()[:4] == [36, 34, 31, 6]
    at.main.text_input[0].set_value("acgtacgtacgt").run()
    calm(at)
    assert at.query_params["letters"] in ("acgtacgtacgt", ["acgtacgtacgt"])
    assert downloads["field-tokens.csv"]["Tokens"].tolist()[:4] == [12, 10, 7, 2]
    at.main.slider[0].set_value(1).run()
    assert downloads["field-tokens.csv"]["With this letter"].tolist()[:4] == [1, 1, 1, 1]
    assert at.query_params["place"] in ("1", ["1"])


def test_the_leak_of_overlapping_words_is_a_sentence_with_its_count(visit: Visit) -> None:
    shown = texts(calm(visit("field", {"scene": "tokens"})))
    assert "all of its 6 letters can still be read in 10 neighbours" in shown
    assert "all of its 3 letters can still be read in 4 neighbours" in shown


def test_a_place_is_marked_in_every_token_that_holds_it(visit: Visit) -> None:
    at = calm(visit("field", {"scene": "tokens", "letters": "ACGTACGTACGT", "place": "6"}))
    boxes = next(str(element.proto.body) for element in at.get("html") if "vl-cut-name" in str(element.proto.body))
    # The letter itself, then 1 single nucleotide, 3 overlapping 3-mers, 6 overlapping 6-mers, 1 word and 1 byte pair.
    assert boxes.count('vl-here" style') == 1 + 1 + 3 + 6 + 1 + 1


@pytest.mark.parametrize(
    ("letters", "told"), [("ACGU", "Letter 4, U,"), ("<b>x</b>", "Letter 1"), (HOSTILE, "Letter 1")]
)
def test_letters_that_are_none_of_dna_are_named_and_the_example_shown(letters: str, told: str, visit: Visit) -> None:
    at = calm(visit("field", {"scene": "tokens", "letters": letters}))
    assert len(at.warning) == 1
    assert told in at.warning[0].value
    assert "36 letters" in at.title[0].value
    assert "<script>" not in texts(at)


@pytest.mark.parametrize("letters", ["A", "AC", "ACGTA", "N" * 80])
def test_short_and_odd_sequences_are_cut_without_a_fault(letters: str, visit: Visit) -> None:
    at = calm(visit("field", {"scene": "tokens", "letters": letters, "place": "80"}))
    assert f"{len(letters)} letters" in at.title[0].value
    assert ("too short" in texts(at)) == (len(letters) < 6)


def test_tokenisers_lead_to_their_models_on_the_leaderboard(visit: Visit) -> None:
    at = calm(visit("field", {"scene": "tokens"}))
    found = [link.proto for link in at.main.get("page_link") if "of them on" in link.proto.label]
    assert len(found) >= 5
    assert any("tokenizer=BPE" in str(link) for link in found)


@pytest.mark.parametrize("scene", SCENES)
def test_an_address_that_makes_no_sense_opens_the_scene_with_a_notice(scene: str, visit: Visit) -> None:
    at = calm(visit("field", {"scene": scene, "suite": HOSTILE, "family": HOSTILE, "metric": HOSTILE, "place": "999"}))
    assert len(at.warning) == 1
    assert at.title[0].value == visit("field", {"scene": scene}).title[0].value
