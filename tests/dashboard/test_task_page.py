from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    Visit = Callable[..., AppTest]

TF0 = "leannmlindsey_GUE_human_tf_0"
RULE = "Rule-based (variant class)"


def sees(at: AppTest) -> str:
    found = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def listed(at: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def chart(at: AppTest, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("plotly_chart")[number].proto.spec)
    return found


def parts(at: AppTest) -> Any:
    """The tabs of the parts."""
    (found,) = (group for group in at.get("button_group") if group.key == "w_stratum")
    return found


def test_the_parts_of_a_task_are_tabs_that_change_the_address_and_the_numbers(visit: Visit) -> None:
    at = calm(visit("task", {"suite": "clinvar"}))
    assert len(parts(at).options) == 16
    assert "w_stratum" not in {box.key for box in at.sidebar.selectbox}
    before = at.title[0].value
    parts(at).set_value("missense")
    calm(at.run())
    assert listed(at) == {"suite": ["clinvar"], "task": ["clinvar_vep_eval"], "stratum": ["missense"]}
    assert at.title[0].value != before
    assert "7 of 16 parts" in sees(at)


def test_a_task_by_gene_keeps_its_list_in_the_sidebar(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_missense"}))
    assert "w_stratum" in {box.key for box in at.sidebar.selectbox}
    assert "w_stratum" not in {group.key for group in at.get("button_group")}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"task": "clinvar_vep_eval"},
            f"2 of 9 models** pass against {RULE}, two by less than 0.02, the smallest that counts; no paired test:",
        ),
        (
            {"task": "clinvar_sample"},
            "0 of 9 models** pass against PhyloP; the paired test adds **2** and leaves **0**",
        ),
        ({"task": TF0}, "0 of 41 models** pass against Tuned k-mers; no paired test: the paired test needs"),
        ({"task": "proteingym_dms_substitutions"}, "No verdict: no interval is published"),
    ],
    ids=lambda value: value["task"] if isinstance(value, dict) else "",
)
def test_both_verdicts_stand_in_words_under_the_title(query: dict[str, str], words: str, visit: Visit) -> None:
    assert words in next(text.value for text in calm(visit("task", query)).markdown if "models" in text.value)


def test_the_verdicts_are_beside_each_row_of_the_chart(visit: Visit) -> None:
    layout = chart(visit("task", {"task": "clinvar_sample"}))["layout"]
    assert [note["text"] for note in layout["annotations"]][-3:] == ["difference", "rule", "paired test"]
    assert any("pass, paired" in text for text in layout["yaxis4"]["ticktext"])
    assert any('href="model?model=vep-eval:gpn-star"' in label for label in layout["yaxis"]["ticktext"])


def test_each_flag_stands_once_with_its_meaning_and_its_evidence_on_hover(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_vep_eval", "stratum": "synonymous"}))
    told = [text for text in at.markdown if text.value.startswith((":material/warning:", ":material/info:"))]
    names = [text.value.split("**")[1].replace("\\", "") for text in told]
    assert len(names) == len(set(names))
    rare = next(text for text in told if "One class is rare" in text.value)
    assert "read AUPRC beside the share of positives" in rare.value
    assert "0\\.5% of the items have label 1" in rare.proto.help
    assert "Concerns everybody" in rare.value
    warned = [text.value.startswith(":material/warning:") for text in told]
    assert warned == sorted(warned, reverse=True)
    evidence = next(table.value for table in at.dataframe if "Evidence" in table.value)
    assert set(evidence["Flag"]) == set(names)


def test_flags_of_a_model_stand_in_its_row_of_the_verdicts(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_sample"}))
    rows = next(table.value for table in at.dataframe if "Paired test" in table.value).set_index("Model")
    assert "Partial coverage" in rows.at["GPN-MSA (sapiens)", "Care"].split(", ")
    assert "Non-commercial licence" in rows.at["AlphaGenome (all folds)", "Care"].split(", ")


def test_a_part_of_the_chart_of_parts_can_be_clicked(visit: Visit) -> None:
    at = visit("task", {"task": "clinvar_vep_eval"})
    card = next(trace for trace in chart(at, 1)["data"] if "customdata" in trace)["customdata"][6]
    assert card[0] == "missense"
    selection = {"points": [{"customdata": card}], "point_indices": [6], "box": [], "lasso": []}
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = at.get("plotly_chart")[1].proto.id
    state.string_value = json.dumps({"selection": selection})
    at._run(widget_state=states)
    assert listed(calm(at))["stratum"] == ["missense"]


def test_a_long_list_is_shown_in_sheets_with_its_baselines(visit: Visit) -> None:
    query = {"task": "proteingym_dms_substitutions"}
    first, second = (visit("task", {**query, "sheet": number}) for number in ("1", "2"))
    rows = [set(chart(calm(at))["layout"]["yaxis"]["ticktext"]) for at in (first, second)]
    assert [len(found) for found in rows] == [60, 40]
    assert {label.split("<b>")[1].split("</b>")[0] for label in rows[0] & rows[1]} == {
        "GEMME",
        "EVmutation",
        "Site-Independent",
    }
    assert "60 of 97 systems" in sees(first)
    beyond = calm(visit("task", {**query, "sheet": "9999"}))
    assert set(chart(beyond)["layout"]["yaxis"]["ticktext"]) == rows[1]


def test_links_lead_on_with_what_is_shown(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_vep_eval"}))
    links = {link.proto.label: link.proto for link in at.main.get("page_link")}
    query = urllib.parse.parse_qs(links["Compare with the baseline →"].query_string)
    assert query["second"] == ["rule-based"]
    opened = calm(visit("compare", query))
    assert not opened.warning


def test_single_variants_are_offered_with_the_part_and_both_systems(visit_items: Visit) -> None:
    at = calm(visit_items("task", {"task": "brca1_sge", "stratum": "missense", "rival": "phylop"}))
    link = next(link.proto for link in at.main.get("page_link") if link.proto.label == "Single variants →")
    query = urllib.parse.parse_qs(link.query_string)
    assert (query["task"], query["part"], query["rival"]) == (["brca1_sge"], ["missense"], ["phylop"])


def test_without_single_scores_no_other_figure_is_offered(visit: Visit) -> None:
    at = calm(visit("task", {"task": "clinvar_vep_eval"}))
    assert "w_figure" not in {group.key for group in at.get("button_group")}
    assert "Single variants →" not in {link.proto.label for link in at.main.get("page_link")}
    asked = calm(visit("task", {"task": "clinvar_vep_eval", "figure": "curves"}))
    assert "`curves` is not a known value of `figure`" in asked.warning[0].value


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"task": TF0}, {"reconstructed", "bootstrap of the items"}),
        ({"task": TF0, "regime": "10shot"}, {"draws of training labels"}),
        (
            {"task": "clinvar_vep_eval", "stratum": "missense"},
            {"reconstructed", "one score for the whole class: 0.5 in every sample"},
        ),
    ],
)
def test_the_table_says_what_each_interval_rests_on(query: dict[str, str], words: set[str], visit: Visit) -> None:
    assert set(calm(visit("task", query)).dataframe[-1].value["Interval"].dropna()) == words
