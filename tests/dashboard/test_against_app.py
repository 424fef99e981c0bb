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

    Visit = Callable[..., AppTest]

LUCA = "LucaOne-default-step36M"
ADDRESSES: list[dict[str, Any]] = [
    {"against": "yes"},
    {"against": "yes", "show": "table"},
    {"against": "yes", "metric": "F1", "sort": "Mouse Enh."},
    {"against": "yes", "regime": "10shot"},
    {"against": "yes", "search": "caduceus"},
    {"suite": "clinvar", "against": "yes"},
    {"suite": "clinvar", "against": "yes", "cell": "alphamissense~all"},
    {"suite": "clinvar", "against": "yes", "cell": "rule-based~missense"},
    {"suite": "clinvar_items", "against": "yes", "kind": "star_level"},
    {"suite": "clinvar_items", "metric": "MCC", "against": "yes"},
    {"suite": "brca1_sge", "against": "yes", "cell": "evo2-1b~nonsense"},
    {"suite": "brca1_sge", "metric": "MCC", "against": "yes"},
    {"suite": "proteingym", "against": "yes", "sheet": "2"},
    {"suite": "dms", "against": "yes", "show": "table"},
]


def sees(at: AppTest) -> str:
    """All words on the page."""
    found: list[Any] = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def listed(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def chart(at: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return found


def rows(at: AppTest) -> list[str]:
    return [label.strip(" ⊘*") for label in chart(at)["layout"]["yaxis"]["ticktext"]]


@pytest.mark.parametrize("query", ADDRESSES, ids=str)
def test_every_view_against_the_baseline_opens_without_a_fault(query: dict[str, str], visit: Visit) -> None:
    at = visit("leaderboard", query)
    assert [error.message for error in at.exception] == []
    assert not at.error
    assert not at.warning
    assert listed(at) == {name: [value] for name, value in query.items()}
    assert "nan" not in sees(at).lower().split()
    assert at.sidebar.segmented_control(key="w_against").value is True


def test_the_switch_is_kept_in_the_address_and_changes_the_sentence(visit: Visit) -> None:
    at = visit("leaderboard")
    before = at.title[0].value
    at.sidebar.segmented_control(key="w_against").set_value(True)
    at.run()
    assert listed(at) == {"against": ["yes"]}
    assert at.title[0].value == "Only one of 41 models beats the baseline on at least one of twelve tasks"
    assert "as difference to the baseline to beat" in at.get("plotly_chart")[0].proto.alt
    assert visit("leaderboard", {"against": "yes"}).title[0].value == at.title[0].value
    at.sidebar.segmented_control(key="w_against").set_value(False)
    at.run()
    assert listed(at) == {}
    assert at.title[0].value == before


def test_the_sentence_follows_the_filter(visit: Visit) -> None:
    at = visit("leaderboard", {"against": "yes", "search": "caduceus"})
    assert at.title[0].value == "No model beats the baseline on any of twelve tasks"


@pytest.mark.parametrize("hostile", ["no", "1", "<b>yes</b>", "yes'; DROP TABLE score"])
def test_a_hostile_switch_shows_the_values_with_a_notice(hostile: str, visit: Visit) -> None:
    at = visit("leaderboard", {"against": hostile})
    assert not at.exception
    assert len(at.warning) == 1
    assert at.title[0].value == visit("leaderboard").title[0].value


def test_without_a_comparison_the_page_says_so_and_draws_nothing(visit: Visit) -> None:
    at = visit("leaderboard", {"against": "yes", "regime": "10shot"})
    assert at.title[0].value == "Nothing here can be held against a baseline yet"
    assert not at.get("plotly_chart")
    assert "The values are under In the cells, Values." in sees(at)


def test_the_map_and_the_table_have_the_same_rows_in_the_order_of_the_difference(visit: Visit) -> None:
    query = {"against": "yes", "suite": "clinvar_items", "sort": "missense"}
    table = visit("leaderboard", query | {"show": "table"}).dataframe[0].value
    shown = rows(visit("leaderboard", query))
    names = [label.replace("<b>", "").replace("</b>", "").strip(" *") for label in shown]
    assert all(name.startswith(label.rstrip("…")) for name, label in zip(table["Model"], names, strict=True))
    values = list(table.loc[table["Role"] == "model", "Missense"].dropna())
    assert values == sorted(values, reverse=True)
    assert len(values) > 10
    assert set(table["Missense: verdict"]) >= {"fail", "inconclusive", "pass", "the baseline to beat"}


def test_the_csv_has_the_verdict_words(monkeypatch: pytest.MonkeyPatch, visit: Visit) -> None:
    offered: dict[str, pd.DataFrame] = {}
    button = st.download_button

    def kept(label: str, *, data: Callable[[], bytes], file_name: str, **more: Any) -> bool:
        offered[file_name] = pd.read_csv(io.BytesIO(data()))
        return button(label, data=data, file_name=file_name, **more)

    monkeypatch.setattr(st, "download_button", kept)
    visit("leaderboard", {"against": "yes", "show": "table"})
    saved = offered["leaderboard-geneb-full-MCC-against.csv"].set_index("Model")
    assert saved.loc["LucaOne", "TF Binding: verdict"] == "not told apart (4 of 5 tasks)"
    assert set(saved["lncRNA: verdict"]) == {"no baseline yet"}
    assert saved["lncRNA"].isna().all()
    assert saved.loc["Caduceus-PH-1k", "Care"].startswith("⊘ collapsed: DNA Methyl., 3 of 8 tasks")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"suite": "clinvar_items", "cell": "vep-eval:gpn-star~all"},
            ["**To beat:** PhyloP 0.848, 95 % interval", "**Difference:** +0.039", "n = 1,000", "◇ pass, paired"],
        ),
        (
            {"suite": "clinvar", "cell": "evo-2-40b~missense"},
            [
                "**To beat:** Rule-based",
                "**Article’s rule:** pass. Above:",
                "**Paired test:** none. The paired test needs",
            ],
        ),
        ({"suite": "clinvar", "cell": "alphamissense~all"}, ["**No difference:** The published table does not say"]),
        ({"suite": "clinvar", "cell": "rule-based~all"}, ["This is the baseline to beat here."]),
        ({"suite": "brca1_sge", "cell": "cadd~all"}, ["Another baseline. To beat: Consequence + BLOSUM62 0.817"]),
        ({"cell": f"{LUCA}~TF Binding"}, ["−0.038** on average", "4 of 5 tasks", "0 above, 4 not told apart, 0 below"]),
        ({"cell": f"{LUCA}~lncRNA"}, ["No baseline was probed on any of its 6 tasks yet."]),
        (
            {"suite": "proteingym", "cell": "proteingym:venusrem~all"},
            ["no interval", "**Paired test:** none. No interval"],
        ),
    ],
)
def test_behind_a_cell_stand_both_verdicts_or_why_there_is_none(
    query: dict[str, str], words: list[str], visit: Visit
) -> None:
    told = sees(visit("leaderboard", query))
    assert [word for word in words if word not in told] == []


def test_each_task_behind_a_cell_has_its_difference_and_verdict(visit: Visit) -> None:
    at = visit("leaderboard", {"cell": f"{LUCA}~TF Binding"})
    links = [link.proto for link in at.get("page_link") if "; to beat: " in link.proto.label]
    assert len(links) == 4
    assert all("● not told apart)" in link.label for link in links)
    assert all("**Article’s rule:** fail." in link.help for link in links)


def test_a_long_board_is_walked_by_sheets_and_the_address_keeps_the_place(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "proteingym"})
    assert "1–60 of 94 models" in sees(at)
    first = rows(at)
    assert len(first) == 63
    second = visit("leaderboard", {"suite": "proteingym", "sheet": "2"})
    assert "61–94 of 94 models" in sees(second)
    assert rows(second)[:3] == first[:3]
    assert len(rows(second)) == 3 + 34
    assert set(rows(second)[3:]).isdisjoint(first)


def test_a_sheet_past_the_end_shows_the_last(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "proteingym", "sheet": "999"})
    assert "61–94 of 94 models" in sees(at)
    assert not at.warning


def test_a_filter_goes_back_to_the_first_sheet(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "proteingym", "sheet": "2"})
    at.sidebar.text_input(key="w_search").set_value("esm")
    at.run()
    assert listed(at) == {"suite": ["proteingym"], "search": ["esm"]}
    assert not at.exception


def test_the_overview_names_every_task_with_a_baseline_and_its_counts(visit: Visit) -> None:
    at = visit()
    assert "On all 16 tasks the baseline is ahead of more models than are ahead of it" in sees(at)
    bars = chart(at)
    assert len(bars["layout"]["yaxis"]["ticktext"]) == 16
    assert 'href="task?suite=clinvar&amp;task=clinvar_vep_eval"' in str(bars["layout"]["yaxis"]["ticktext"])
    assert "One-hot positions 0.802 is ahead of 40, level with 1 and behind 0 models" in "\n".join(
        link.proto.label for link in at.get("page_link")
    )
