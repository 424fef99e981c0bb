"""The app run in process, page by page: what a reader sees, clicks and shares."""

from __future__ import annotations

import io
import json
import re
import shutil
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import app_test
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from dashboard import background
from dashboard.components.links import PATHS, TITLES
from dashboard.queries.suites import SUITES
from dashboard.view import CHAPTERS, ON_PAGE, PAGES
from engine.registry.singlecell import CELL_TASKS
from engine.store.location import read_pointer, store_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from dashboard.queries.catalog import Catalog

    Visit = Callable[..., AppTest]

EVERY_PAGE = pytest.mark.parametrize("page", PAGES)
LUCA = "LucaOne-default-step36M"
TF0 = "leannmlindsey_GUE_human_tf_0"
COLLAPSED_ON = "deep4mc_E.coli_4mC"
CADUCEUS = "caduceus-ph_seqlen-1k_d_model-256_n_layer-4_lr-8e-3"
HOSTILE = "<script>alert(1)</script>'; DROP TABLE score; --`**x**`"
SCORED_HERE = [
    ("brca1_sge", "brca1_sge"),
    ("clinvar_items", "clinvar_sample"),
    ("clinvar_items", "clinvar_missense"),
    ("dms", "dms:BLAT_ECOLX"),
]
SINGLE_CELL_TASKS = [
    ("perturbation", "perturbench:doubles"),
    ("perturbation", "perturbench:doubles-new"),
    ("perturbation", "perturbench:singles"),
    ("cells", "cells:pbmc68k"),
    ("networks", "networks:perturbench"),
]
SINGLE_CELL = ("perturbation", "cells", "networks")
# Of whole tasks there is no mean to rank, baselines have no size, and some systems have no value on these data.
NOTHING_TO_DRAW = ("rank over", "ranked over", "Too few sized models", "has no batch column", "scores none of the 13")
SINGLE_CELL_ADDRESSES: list[tuple[str, dict[str, str | list[str]]]] = [
    *(
        (page, {"suite": suite} | more)
        for suite in SINGLE_CELL
        for page, more in (
            ("leaderboard", {}),
            ("leaderboard", {"show": "table", "sort": "name"}),
            ("leaderboard", {"against": "yes"}),
            ("compare", {}),
            ("compare", {"level": "task"}),
            ("compare", {"level": "item"}),
            ("ranks", {}),
            ("size", {}),
            ("field", {}),
        )
    ),
    *(
        (page, {"suite": suite, "metric": metric})
        for suite in SINGLE_CELL
        for metric in SUITES[suite].metrics[1:]
        for page in ("leaderboard", "compare", "ranks", "size")
    ),
    *(("task", {"suite": str(card.suite), "task": task}) for task, card in CELL_TASKS.items()),
    *(
        ("task", {"suite": str(card.suite), "task": task, "metric": metric})
        for task, card in CELL_TASKS.items()
        for metric in SUITES[card.suite].metrics[1:]
    ),
    ("leaderboard", {"suite": "perturbation", "sort": "perturbench:singles"}),
    ("task", {"suite": "cells", "task": "cells:pbmc68k", "order": "group"}),
    *(("model", {"model": name}) for name in ("additive", "linear-p-random-mcfaline23", "hvg-pca", "scvi", "gene-lr")),
    *(("model", {"model": name}) for name in ("harmony", "abs-correlation", "random-projection")),
    *(("beyond", {"chapter": chapter}) for chapter in CHAPTERS[1:]),
]
ADDRESSES: list[tuple[str, dict[str, str | list[str]]]] = [
    *((page, {}) for page in PAGES),
    ("leaderboard", {"show": "table"}),
    ("leaderboard", {"suite": "clinvar"}),
    ("leaderboard", {"suite": "clinvar", "show": "table", "sort": "missense"}),
    ("leaderboard", {"suite": "proteingym", "kind": "mutation_depth", "metric": "AUROC"}),
    ("leaderboard", {"suite": "proteingym", "show": "table", "sort": "name"}),
    ("leaderboard", {"regime": "1shot", "family": ["State space", "Long convolution"]}),
    ("leaderboard", {"search": LUCA.split("-", maxsplit=1)[0]}),
    ("size", {"suite": "clinvar"}),
    ("size", {"suite": "proteingym", "kind": "taxon", "metric": "MCC"}),
    ("size", {"robust": "yes", "column": "Promoters"}),
    ("size", {"search": "LucaOne"}),
    ("task", {"suite": "clinvar", "stratum": "3'UTR + RNA gene"}),
    ("task", {"suite": "proteingym", "task": "proteingym_clinical_substitutions", "metric": "MCC"}),
    ("task", {"regime": "10shot", "order": "group"}),
    ("task", {"order": "size", "metric": "F1"}),
    ("leaderboard", {"suite": "clinvar_items", "kind": "star_level"}),
    ("leaderboard", {"suite": "brca1_sge", "metric": "AUPRC"}),
    ("leaderboard", {"suite": "brca1_sge", "metric": "MCC"}),
    ("leaderboard", {"suite": "dms"}),
    ("leaderboard", {"suite": "dms", "metric": "MCC", "show": "table"}),
    ("size", {"suite": "clinvar_items", "column": "missense"}),
    ("size", {"suite": "brca1_sge"}),
    ("size", {"suite": "dms"}),
    *(("task", {"suite": suite, "task": task}) for suite, task in SCORED_HERE),
    ("task", {"suite": "brca1_sge", "task": "brca1_sge", "stratum": "synonymous"}),
    ("task", {"suite": "brca1_sge", "task": "brca1_sge", "metric": "MCC"}),
    ("task", {"suite": "clinvar_items", "task": "clinvar_sample", "stratum": "3'UTR + splice", "metric": "AUPRC"}),
    ("task", {"suite": "clinvar_items", "task": "clinvar_missense", "stratum": "BRCA1_HUMAN"}),
    ("model", {"model": "constant"}),
    ("model", {"model": "blosum62"}),
    ("model", {"model": "evo2-1b"}),
    ("model", {"model": "esm-1v-5-seeds"}),
    ("model", {"model": "rule-based"}),
    ("model", {"model": "evo-2-40b"}),
    ("model", {"model": "alphagenome-all-folds"}),
    ("model", {"model": "alphamissense"}),
    ("model", {"model": LUCA, "regime": "1shot"}),
    ("task", {"task": TF0}),
    ("task", {"task": TF0, "probe": "geneb-exact", "metric": "F1", "order": "group"}),
    ("task", {"task": TF0, "regime": "1shot"}),
    ("task", {"task": TF0, "stratum": "far"}),
    ("task", {"task": COLLAPSED_ON}),
    ("model", {"model": "kmer-best"}),
    ("model", {"model": "majority", "regime": "10shot"}),
    ("ledgers", {"families": "protein missense"}),
    ("ledgers", {"systems": ["Evo 2", "AlphaGenome"], "evidence": "retrospective benchmark"}),
    ("ledgers", {"search": "baseline", "outcomes": ["matches", "mixed"]}),
    *SINGLE_CELL_ADDRESSES,
]


def sees(at: AppTest) -> str:
    """All words on the page."""
    found = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html")]
    return "\n".join(str(getattr(element, "value", element)) for elements in found for element in elements)


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    return at


def listed(at: AppTest) -> dict[str, list[str]]:
    """The address, each parameter with all its values."""
    return {name: value if isinstance(value, list) else [value] for name, value in at.query_params.items()}


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def links(at: AppTest) -> dict[str, Any]:
    """Every link in the main part and the drawer, by its label."""
    return {link.proto.label: link.proto for link in at.get("page_link")}


def pick(at: AppTest, *customdata: str) -> AppTest:
    """What a browser sends when a cell of the heatmap is clicked; without a cell, when it is clicked again."""
    points = [{"customdata": list(customdata)}] if customdata else []
    selection = {"points": points, "point_indices": [0] * len(points), "box": [], "lasso": []}
    states = at._tree.get_widget_states()
    state = states.widgets.add()
    state.id = at.get("plotly_chart")[0].proto.id
    state.string_value = json.dumps({"selection": selection})
    return at._run(widget_state=states)


class Recorded(LocalScriptRunner):
    """Streamlit's own runner, with its events kept."""

    runners: ClassVar[list[LocalScriptRunner]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runners.append(self)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Script passes of the last run."""
    monkeypatch.setattr(Recorded, "runners", [])
    monkeypatch.setattr(app_test, "LocalScriptRunner", Recorded)
    return lambda: sum(event.name == "SCRIPT_STARTED" for event in Recorded.runners[-1].events)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """What each download button of a page would save, by file name."""
    offered: dict[str, pd.DataFrame] = {}
    button = st.download_button

    def kept(label: str, *, data: Callable[[], bytes], file_name: str, **more: Any) -> bool:
        offered[file_name] = pd.read_csv(io.BytesIO(data()))
        return button(label, data=data, file_name=file_name, **more)

    monkeypatch.setattr(st, "download_button", kept)
    return offered


@dataclass
class Opened:
    """An address that was opened once, for all that is to be seen there."""

    page: str
    query: dict[str, str | list[str]]
    at: AppTest
    passes: int


@pytest.fixture(scope="module", params=ADDRESSES, ids=lambda address: f"{address[0]}-{address[1]}")
def opened(request: pytest.FixtureRequest, app_cache: Path, visit_here: Visit) -> Opened:
    page, query = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(app_cache))
        patch.setattr(Recorded, "runners", [])
        patch.setattr(app_test, "LocalScriptRunner", Recorded)
        patch.setattr(background, "PATIENCE", 60.0)
        at = visit_here(page, query)
        return Opened(page, query, at, sum(event.name == "SCRIPT_STARTED" for event in Recorded.runners[-1].events))


def test_an_address_opens_its_page_in_one_pass_without_a_fault_or_notice(opened: Opened) -> None:
    at = calm(opened.at)
    assert opened.passes == 1
    assert not at.warning
    assert len(at.title) == 1
    assert at.title[0].value
    assert "nan" not in at.title[0].value.lower()
    assert at.query_params == opened.query


def test_every_chart_and_table_says_in_words_what_it_holds(opened: Opened, as_data: Callable[[Any], Any]) -> None:
    shown = [*opened.at.get("plotly_chart"), *opened.at.dataframe]
    # What is shipped has no single items: their page says so and which command brings them. A split is still to come,
    # and a system's page is words, numbers and links.
    fetched = any("vledger fetch" in code.value for code in opened.at.code)
    in_words = opened.page == "system" or any(words in sees(opened.at) for words in NOTHING_TO_DRAW)
    assert shown or fetched or opened.at.file_uploader or in_words
    for element in shown:
        assert len(element.proto.alt) > 15
        assert "nan" not in element.proto.alt.lower().split()
    for chart in opened.at.get("plotly_chart"):
        assert as_data(chart.proto.spec)["data"]


@EVERY_PAGE
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_opens_in_both_themes_with_navigation_and_the_data_version(
    page: str, theme: str, visit: Visit
) -> None:
    at = calm(visit(page, theme=theme))
    pointer = read_pointer()
    assert pointer
    assert pointer.content_hash[:12] in at.main.caption[-1].value
    assert pointer.published_at[:10] in at.main.caption[-1].value
    assert [link.proto.label for link in at.sidebar.get("page_link")] == list(TITLES.values())
    ground = "#12161C" if theme == "dark" else "#FFFFFF"
    for chart in at.get("plotly_chart"):
        assert json.loads(chart.proto.spec)["layout"]["hoverlabel"]["bgcolor"] == ground


@EVERY_PAGE
def test_a_hostile_address_opens_the_default_page_with_a_notice(page: str, visit: Visit) -> None:
    closed = [name for name in ON_PAGE[page] if name not in ("search", "find", "gene", "item", "letters")]
    query = dict.fromkeys(closed, HOSTILE) | {HOSTILE: HOSTILE, "x": "y" * 4000}
    at = calm(visit(page, query))
    assert len(at.warning) == 1
    assert at.warning[0].value.count("\n") == len(query) - 1
    assert "y" * 42 not in at.warning[0].value
    assert at.title[0].value == visit(page).title[0].value


@pytest.mark.parametrize("page", ["leaderboard", "size"])
@pytest.mark.parametrize("suite", ["geneb", "proteingym", "clinvar"])
def test_filters_that_match_nothing_leave_a_way_out(page: str, suite: str, visit: Visit) -> None:
    at = calm(visit(page, {"suite": suite, "search": "no model has such a name"}))
    assert len(at.info) == 1
    assert "Clear filters" in labels(at)
    at.button(key="empty").click().run()
    calm(at)
    assert not at.info
    assert listed(at).keys() <= {"suite"}
    assert at.sidebar.text_input(key="w_search").value == ""


def test_a_combination_that_nobody_published_says_so(visit: Visit) -> None:
    at = calm(visit("task", {"suite": "proteingym", "task": "proteingym_clinical_substitutions"}))
    assert "No Spearman's ρ is published for this task; AUROC is shown." in sees(at)
    assert at.dataframe[0].value["AUROC"].notna().all()


@EVERY_PAGE
def test_without_a_store_a_page_says_how_to_build_it(page: str, empty_cache: Path, visit_here: Visit) -> None:
    at = visit_here(page)
    assert [error.message for error in at.exception] == []
    assert at.title[0].value == "There is nothing to show yet"
    assert str(empty_cache) in at.error[0].value
    assert [code.value for code in at.code] == ["vledger publish"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"file": "x"}', "\x00\xff"])
@pytest.mark.parametrize("page", ["overview", "leaderboard"])
def test_a_damaged_pointer_is_named_with_the_way_to_mend_it(
    page: str, content: str, served_store: Path, visit_here: Visit
) -> None:
    (served_store.parent / "current.json").write_text(content, "latin-1")
    at = visit_here(page)
    assert [error.message for error in at.exception] == []
    assert "current.json is damaged" in at.error[0].value
    assert at.code[0].value == "vledger publish"


def test_a_store_that_is_gone_or_no_database_is_named(served_store: Path, visit_here: Visit) -> None:
    served_store.write_bytes(b"not a database" * 100)
    at = visit_here("leaderboard")
    assert [error.message for error in at.exception] == []
    assert "cannot be opened" in at.error[0].value
    served_store.unlink()
    at = visit_here("leaderboard")
    assert [error.message for error in at.exception] == []
    assert "is gone" in at.error[0].value


def test_a_store_of_another_version_is_named(served_store: Path, visit_here: Visit) -> None:
    served_store.unlink()
    with duckdb.connect(served_store) as con:
        con.execute("CREATE TABLE meta (key VARCHAR, value VARCHAR)")
        con.execute("INSERT INTO meta VALUES ('content_hash', 'old')")
    pointer = served_store.parent / "current.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text("utf-8")) | {"schema": "0000_older"}), "utf-8")
    at = visit_here("leaderboard")
    assert [error.message for error in at.exception] == []
    assert "vledger publish" in at.error[0].value


def test_a_store_published_while_the_app_runs_is_shown_at_the_next_click(served_store: Path, visit_here: Visit) -> None:
    at = calm(visit_here("methods"))
    pointer = store_dir() / "current.json"
    stated = json.loads(pointer.read_text("utf-8"))
    shutil.copy(served_store, served_store.with_name("vledger-new.duckdb"))
    pointer.write_text(json.dumps(stated | {"file": "vledger-new.duckdb", "content_hash": "f" * 64}), "utf-8")
    assert "f" * 12 in calm(at.run()).main.caption[-1].value


@pytest.mark.parametrize(
    ("page", "control", "value", "address"),
    [
        ("leaderboard", ("selectbox", "w_suite"), "clinvar", {"suite": ["clinvar"]}),
        ("leaderboard", ("segmented_control", "w_regime"), "10shot", {"regime": ["10shot"]}),
        ("leaderboard", ("segmented_control", "w_metric"), "F1", {"metric": ["F1"]}),
        ("leaderboard", ("segmented_control", "w_show"), "table", {"show": ["table"]}),
        ("leaderboard", ("selectbox", "w_sort"), "Promoters", {"sort": ["Promoters"]}),
        ("leaderboard", ("text_input", "w_search"), "caduceus", {"search": ["caduceus"]}),
        ("leaderboard", ("multiselect", "w_family"), ["State space"], {"family": ["State space"]}),
        ("leaderboard", ("multiselect", "w_tokenizer"), ["BPE", "k-mer"], {"tokenizer": ["BPE", "k-mer"]}),
        ("leaderboard", ("toggle", "w_unsupervised"), True, {"unsupervised": ["yes"]}),
        ("leaderboard", ("select_slider", "w_sizes"), (10**7, 10**9), {"sizes": ["10000000", "1000000000"]}),
        ("size", ("toggle", "w_robust"), True, {"robust": ["yes"]}),
        ("size", ("selectbox", "w_column"), "Promoters", {"column": ["Promoters"]}),
        ("size", ("selectbox", "w_suite"), "proteingym", {"suite": ["proteingym"]}),
        ("task", ("segmented_control", "w_order"), "size", {"order": ["size"]}),
        ("model", ("selectbox", "w_model"), "evo-2-40b", {"model": ["evo-2-40b"]}),
        ("model", ("segmented_control", "w_regime"), "1shot", {"regime": ["1shot"]}),
    ],
)
def test_a_control_writes_its_choice_into_the_address(
    page: str,
    control: tuple[str, str],
    value: Any,
    address: dict[str, list[str]],
    visit: Visit,
    passes: Callable[[], int],
) -> None:
    widget, key = control
    at = visit(page, {"model": LUCA} if page == "model" else {})
    getattr(at.sidebar, widget)(key=key).set_value(value)
    calm(at.run())
    assert passes() == 1
    assert address.items() <= listed(at).items()
    assert listed(at).keys() - address.keys() <= {"task", "model", "metric"}
    again = calm(visit(page, at.query_params))
    assert not again.warning
    assert again.title[0].value == at.title[0].value
    assert listed(again) == listed(at)


@pytest.mark.parametrize(
    ("page", "query"), [("leaderboard", {}), ("size", {}), ("leaderboard", {"sizes": ["2000000", "5000000000"]})]
)
def test_a_click_elsewhere_leaves_the_size_range_alone(page: str, query: dict[str, Any], visit: Visit) -> None:
    at = visit(page, query)
    before = at.sidebar.select_slider(key="w_sizes").value
    at.sidebar.selectbox(key="w_suite").set_value("proteingym")
    calm(at.run())
    assert tuple(at.sidebar.select_slider(key="w_sizes").value) == tuple(before)
    assert listed(at).get("sizes") == query.get("sizes")


def test_going_back_in_the_address_puts_the_controls_back(visit: Visit) -> None:
    at = visit("leaderboard")
    at.sidebar.selectbox(key="w_suite").set_value("clinvar")
    at.run()
    at.query_params.clear()
    calm(at.run())
    assert at.sidebar.selectbox(key="w_suite").value == "geneb"
    assert listed(at) == {}
    at.query_params.update({"regime": "10shot", "show": "table"})
    calm(at.run())
    assert at.sidebar.segmented_control(key="w_regime").value == "10shot"
    assert at.sidebar.segmented_control(key="w_show").value == "table"
    assert at.dataframe


@pytest.mark.parametrize("page", ["leaderboard", "size", "task"])
def test_another_suite_opens_with_its_own_first_metric(page: str, visit: Visit) -> None:
    at = visit(page)
    at.sidebar.selectbox(key="w_suite").set_value("proteingym")
    calm(at.run())
    assert at.sidebar.segmented_control(key="w_metric").value == "Spearman"
    assert "metric" not in listed(at)


def test_few_labels_take_the_metric_along(visit: Visit) -> None:
    at = visit("leaderboard", {"metric": "F1"})
    at.sidebar.segmented_control(key="w_regime").set_value("10shot")
    calm(at.run())
    assert listed(at) == {"regime": ["10shot"]}


def test_another_suite_takes_the_open_cell_and_the_sort_away(visit: Visit) -> None:
    at = visit("leaderboard", {"sort": "Promoters", "cell": f"{LUCA}~Promoters"})
    at.sidebar.selectbox(key="w_suite").set_value("clinvar")
    calm(at.run())
    assert listed(at) == {"suite": ["clinvar"]}


@pytest.mark.parametrize("suite", ["clinvar", "proteingym"])
def test_labels_used_can_be_chosen_on_a_model_page_whatever_was_looked_at_before(suite: str, visit: Visit) -> None:
    at = visit("leaderboard", {"suite": suite})
    at.query_params = {"model": LUCA}
    at.switch_page(PATHS["model"]).run()
    at.sidebar.segmented_control(key="w_regime").set_value("10shot")
    calm(at.run())
    assert at.sidebar.segmented_control(key="w_regime").value == "10shot"
    assert listed(at) == {"model": [LUCA], "regime": ["10shot"]}
    assert set(at.dataframe[0].value["Labels"]) >= {"10-shot"}


def test_a_click_on_a_cell_opens_the_tasks_behind_it_and_writes_the_address(visit: Visit) -> None:
    at = visit("leaderboard")
    assert not at.get("dialog")
    pick(at, LUCA, "Splice Sites", "LucaOne")
    calm(at)
    assert listed(at) == {"cell": [f"{LUCA}~Splice Sites"]}
    opened = [link for link in links(at).values() if "rank" in link.label]
    assert len(opened) > 1
    assert all(link.query_string.startswith("task=") for link in opened)
    assert f"**{len(opened)} tasks**" in sees(at)


def test_the_same_cell_clicked_again_stays_open(visit: Visit) -> None:
    at = pick(visit("leaderboard"), LUCA, "Promoters")
    pick(at)
    calm(at)
    assert listed(at) == {"cell": [f"{LUCA}~Promoters"]}
    assert "All about LucaOne →" in links(at)


def test_an_empty_click_before_any_other_changes_nothing(visit: Visit) -> None:
    at = calm(pick(visit("leaderboard")))
    assert listed(at) == {}


@pytest.mark.parametrize(
    ("query", "words", "behind"),
    [
        ({"cell": f"{LUCA}~Chromatin Acc."}, "**1 task**", 1),
        ({"cell": f"{LUCA}~macro"}, "**100 tasks**", 100),
        ({"suite": "clinvar", "cell": "evo-2-40b~missense"}, "37,076 variants, 13,703 pathogenic", 0),
        ({"suite": "clinvar", "cell": "evo-2-40b~mean"}, "The classes it is the mean of", 0),
        ({"suite": "clinvar", "cell": "alphamissense~all"}, "Not ranked", 0),
        ({"suite": "clinvar", "cell": "alphamissense~mean"}, "No value", 0),
        ({"suite": "proteingym", "cell": "gemme~selection_type:Binding"}, "13 assays", 0),
        ({"suite": "brca1_sge", "cell": "evo2-1b~missense"}, "2,086 variants, 441 loss of function", 0),
        ({"suite": "brca1_sge", "cell": "phylop~all"}, "21.1% loss of function", 0),
        ({"suite": "clinvar_items", "cell": "alphamissense~all"}, "No value", 0),
        ({"suite": "dms", "cell": "esm-1v:1~all"}, "95 % interval", 0),
    ],
)
def test_an_address_with_a_cell_opens_what_is_behind_it(
    query: dict[str, str], words: str, behind: int, visit: Visit
) -> None:
    at = calm(visit("leaderboard", query))
    assert not at.warning
    assert words in sees(at)
    assert sum("rank" in label for label in links(at)) == behind
    assert any(label.startswith("All about ") for label in links(at))


def test_what_is_behind_a_cell_can_be_reached_without_a_mouse(visit: Visit) -> None:
    at = visit("leaderboard")
    at.selectbox[0].set_value(LUCA)
    at.selectbox[1].set_value("Promoters")
    next(button for button in at.button if button.label == "Show what is behind it").click()
    calm(at.run())
    assert listed(at) == {"cell": [f"{LUCA}~Promoters"]}
    assert "All about LucaOne →" in links(at)


def test_a_cell_of_a_filtered_model_stays_shut(visit: Visit) -> None:
    at = calm(visit("leaderboard", {"search": "caduceus", "cell": f"{LUCA}~Promoters"}))
    assert "All about LucaOne →" not in links(at)


def test_a_chip_takes_its_own_filter_away_and_no_other(visit: Visit) -> None:
    query = {"family": ["Long convolution", "State space"], "licence": "permissive", "sizes": ["1000000", "1000000000"]}
    at = visit("leaderboard", query | {"search": "a", "unsupervised": "yes"})
    chips = [label for label in labels(at) if label.endswith("✕")]
    assert len(chips) == 6
    at.button(key="chip-Architecture: State space").click().run()
    calm(at)
    assert listed(at)["family"] == ["Long convolution"]
    assert at.sidebar.multiselect(key="w_family").value == ["Long convolution"]
    assert listed(at).keys() == {"family", "licence", "sizes", "search", "unsupervised"}
    for gone in (1, 2, 3, 4, 5):
        next(button for button in at.button if button.label.endswith("✕")).click().run()
        assert len(listed(at)) == 5 - gone
    assert "Clear all" not in labels(calm(at))


def test_the_chips_say_how_many_models_are_left(visit: Visit) -> None:
    at = visit("leaderboard", {"family": "State space"})
    assert "6 of 41 models" in sees(at)
    at.button(key="chip-clear").click().run()
    assert listed(at) == {}
    assert "of 41 models" not in "\n".join(caption.value for caption in at.caption)


def test_previous_and_next_walk_the_tasks_round(visit: Visit) -> None:
    at = visit("task")
    options = list(at.sidebar.selectbox(key="w_task").options)
    assert len(options) == 100
    first = at.sidebar.selectbox(key="w_task").value
    at.button(key="step-N").click().run()
    second = at.sidebar.selectbox(key="w_task").value
    assert listed(calm(at)) == {"task": [second]}
    assert "2 of 100 tasks" in sees(at)
    at.button(key="step-P").click().run()
    assert at.sidebar.selectbox(key="w_task").value == first != second
    at.button(key="step-P").click().run()
    assert "100 of 100 tasks" in sees(at)
    at.button(key="step-N").click().run()
    assert at.sidebar.selectbox(key="w_task").value == first


def test_previous_and_next_walk_the_parts_of_a_task_that_is_alone(visit: Visit) -> None:
    at = visit("task", {"suite": "clinvar"})
    assert "1 of 16 parts" in sees(at)
    at.button(key="step-N").click().run()
    assert listed(calm(at)) == {"suite": ["clinvar"], "task": ["clinvar_vep_eval"], "stratum": ["coding"]}
    assert "2 of 16 parts" in sees(at)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("leaderboard", {"show": "table", "sort": "Promoters"}),
        ("leaderboard", {"show": "table", "suite": "clinvar", "sort": "name"}),
        ("leaderboard", {"show": "table", "suite": "proteingym", "search": "esm"}),
        ("size", {}),
        ("task", {"order": "group"}),
        ("task", {"suite": "clinvar", "stratum": "missense"}),
        ("model", {"model": "evo-2-40b"}),
        ("methods", {}),
    ],
)
def test_the_csv_holds_the_table_shown_in_its_order(
    page: str, query: dict[str, str], downloads: dict[str, pd.DataFrame], visit: Visit
) -> None:
    at = calm(visit(page, query))
    assert len(downloads) == len(at.dataframe) == len(at.get("download_button"))
    for table, (name, saved) in zip(at.dataframe, downloads.items(), strict=True):
        assert name.endswith(".csv")
        assert set(name) & set("/\\: ") == set()
        shown = table.value.reset_index(drop=True)
        assert len(shown) == len(saved)
        assert list(shown.columns) == [column for column in saved.columns if column in shown.columns]
        assert saved.drop(columns=shown.columns).isna().all(axis=None)
        again = pd.read_csv(io.BytesIO(shown.to_csv(index=False).encode()))
        pd.testing.assert_frame_equal(again, saved[list(shown.columns)])


def test_the_table_and_the_map_show_the_same_order(visit: Visit) -> None:
    table = visit("leaderboard", {"show": "table", "sort": "lncRNA"}).dataframe[0].value
    chart = json.loads(visit("leaderboard", {"sort": "lncRNA"}).get("plotly_chart")[0].proto.spec)
    rows = [label.strip(" ⊘") for label in chart["layout"]["yaxis"]["ticktext"]]
    assert len(rows) == len(table) == 41
    assert all(name.startswith(row.rstrip("…")) for name, row in zip(table["Model"], rows, strict=True))
    assert list(table["lncRNA"]) == sorted(table["lncRNA"], reverse=True)


def test_every_finding_offers_its_numbers_and_leads_to_its_view(
    downloads: dict[str, pd.DataFrame], visit: Visit
) -> None:
    at = calm(visit())
    assert len(at.subheader) - 2 == len(at.get("plotly_chart")) == len(downloads) == 7
    followed = [link.proto for link in at.main.get("page_link") if link.proto.label.endswith("→")]
    measured = (*SCORED_HERE, *SINGLE_CELL_TASKS)
    scored = {f"suite={suite}&task={task.replace(':', '%3A')}" for suite, task in measured}
    tasks = [link for link in followed if link.page == "task"]
    beside = {link.query_string for link in tasks if " is ahead of " in link.label}
    assert len(followed) == 6 + len(scored) + len(beside)
    assert len(beside - scored) == 12 + 1
    assert {f"task={TF0}", "suite=clinvar&task=clinvar_vep_eval"} <= beside
    assert scored <= {link.query_string for link in tasks}
    for link in followed:
        query = urllib.parse.parse_qs(link.query_string)
        page = link.page or "overview"
        assert page in PAGES
        assert not calm(visit(page, query)).warning


def test_a_link_between_pages_carries_the_view(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "clinvar", "search": "evo"})
    side = {link.proto.label: link.proto for link in at.sidebar.get("page_link")}
    assert side["Size and performance"].query_string == "suite=clinvar&search=evo"
    assert side["Task"].query_string.startswith("suite=clinvar&task=clinvar_vep_eval")
    assert side["Overview"].query_string == ""
    assert side["Methods and provenance"].query_string == ""


def test_a_view_survives_a_visit_to_a_page_that_does_not_carry_it(visit: Visit) -> None:
    at = visit("leaderboard", {"suite": "clinvar", "sort": "missense", "show": "table"})
    at.query_params.clear()
    at.switch_page(PATHS["methods"]).run()
    back = next(link.proto for link in at.sidebar.get("page_link") if link.proto.label == "Leaderboard")
    assert back.query_string == "suite=clinvar&show=table&sort=missense"


def test_partly_scored_systems_are_named_on_the_task_page(visit: Visit) -> None:
    at = calm(visit("task", {"suite": "clinvar"}))
    assert "Partial coverage" in sees(at)
    assert "AlphaMissense" in next(text.value for text in at.markdown if "Partial coverage" in text.value)


def test_the_switch_of_probes_is_kept_in_the_address_and_changes_what_is_said(
    visit: Visit, passes: Callable[[], int]
) -> None:
    at = calm(visit("task", {"task": TF0}))
    claim = at.title[0].value
    assert at.sidebar.segmented_control(key="w_probe").value == "fair-v1"
    at.sidebar.segmented_control(key="w_probe").set_value("geneb-exact")
    calm(at.run())
    assert passes() == 1
    assert listed(at) == {"task": [TF0], "probe": ["geneb-exact"]}
    assert at.title[0].value.endswith("under GENEB-exact")
    assert "claims are made from fair-v1 only" in sees(at)
    assert set(at.dataframe[-1].value["Protocol"]) == {"geneb-published", "geneb-exact"}
    at.sidebar.segmented_control(key="w_probe").set_value("fair-v1")
    calm(at.run())
    assert listed(at) == {"task": [TF0]}
    assert at.title[0].value == claim


def test_a_task_that_nobody_probed_here_has_no_switch_and_no_table_of_probes(visit: Visit) -> None:
    at = calm(visit("task", {"task": COLLAPSED_ON}))
    assert "w_probe" not in {control.key for control in at.sidebar.segmented_control}
    assert "<table" not in sees(at)
    assert len(at.code) == 1
    assert "protocol" not in at.code[0].value


def test_a_probed_task_says_how_to_probe_it_again(visit: Visit) -> None:
    command, query = (code.value for code in visit("task", {"task": TF0}).code)
    assert command.split() == ["vledger", "probe", "--task", TF0, "\\", "--protocol", "fair-v1"]
    assert "protocol IN ('geneb-published', 'fair-v1')" in query


def test_a_part_of_a_probed_task_shows_what_was_probed_here_alone(visit: Visit) -> None:
    at = calm(visit("task", {"task": TF0, "stratum": "far"}))
    assert "only what was probed here stands on this part" in sees(at)
    assert set(at.dataframe[-1].value["Role"]) <= {"baseline", "control", "model"}
    assert at.dataframe[-1].value["95 % low"].notna().all()


def test_a_link_within_the_page_changes_the_address_too(visit: Visit) -> None:
    at = visit("task", {"task": "leannmlindsey_GUE_prom_core_all", "stratum": "far"})
    next(button for button in at.button if button.label == "GUE prom 300 all →").click()
    calm(at.run())
    assert listed(at) == {"task": ["leannmlindsey_GUE_prom_300_all"]}


def test_collapsed_rows_are_named_on_the_task_and_behind_the_cell(visit: Visit) -> None:
    at = calm(visit("task", {"task": COLLAPSED_ON}))
    assert "**⊘ Collapsed** (warning). The probe gives every sequence the same class" in sees(at)
    assert "*Concerns Caduceus\\-PH\\-1k, " in sees(at)
    rows = at.dataframe[-1].value
    assert set(rows.loc[rows["Care"].notna(), "MCC"]) == {0.0}
    at = calm(visit("leaderboard", {"cell": f"{CADUCEUS}~DNA Methyl."}))
    marked = [link for label, link in links(at).items() if label.endswith(" ⊘ collapsed")]
    assert len(marked) == 3
    assert all("always answering the largest class" in link.help for link in marked)


def test_behind_a_cell_stands_what_there_is_to_beat(visit: Visit) -> None:
    found = [label for label in links(visit("leaderboard", {"cell": f"{LUCA}~TF Binding"})) if "rank" in label]
    assert sum("; to beat: " in label for label in found) == 4
    assert len(found) == 5


def test_the_board_says_how_many_tasks_have_a_baseline_here(visit: Visit) -> None:
    assert "GENEB ships no baseline; twelve of its tasks have one of ours." in sees(visit("leaderboard"))


def test_the_page_of_a_baseline_lists_the_tasks_it_was_probed_on(visit: Visit) -> None:
    at = calm(visit("model", {"model": "kmer-best"}))
    assert at.title[0].value == "Tuned k-mers is a baseline: what a model has to beat"
    assert "Probed here on 12 tasks under fair-v1 and GENEB-exact" in sees(at)
    assert sum("under fair-v1 →" in label for label in links(at)) == 12


def test_the_page_of_a_control_says_what_it_lacks_and_ranks_it_nowhere(catalog: Catalog, visit: Visit) -> None:
    shuffled = next(model for model in catalog.models.index if model.startswith("shuffled:"))
    at = calm(visit("model", {"model": shuffled, "regime": "10shot"}))
    assert at.title[0].value.endswith(" is a control: it is shown shuffled sequences")
    assert "rank" not in "\n".join(links(at))
    assert sum("under fair-v1 →" in label for label in links(at)) == 12


def test_a_task_without_a_baseline_does_not_call_a_high_value_a_success(visit: Visit) -> None:
    assert "not yet a value above a baseline" in sees(visit("task"))
    assert "not yet a value above a baseline" not in sees(visit("task", {"suite": "clinvar"}))


@pytest.mark.parametrize(("suite", "task"), SCORED_HERE)
def test_a_task_scored_here_lists_everybody_with_an_interval_and_says_n_and_prevalence(
    suite: str, task: str, visit: Visit
) -> None:
    at = calm(visit("task", {"suite": suite, "task": task}))
    words, numbers = sees(at), at.dataframe[-1].value
    assert re.search(r"[\d,]+ variants, \d+\.\d% of them ", words)
    assert {"baseline", "control"} <= set(numbers["Role"]) <= {"baseline", "control", "model"}
    assert numbers[["95 % low", "95 % high"]].notna().all(axis=None)
    assert ("Against the registered baseline" in words) == ("model" in set(numbers["Role"]))
    if "model" in set(numbers["Role"]):
        told = next(table.value for table in at.dataframe if "Paired test" in table.value)
        assert set(told["Model"]) == set(numbers.loc[numbers["Role"] == "model", "System"])
        assert set(told["Article’s rule"]) <= {"pass", "fail"}
        assert set(told["Paired test"]) <= {"pass", "pass, paired", "inconclusive", "fail"}


def test_a_part_with_too_few_variants_names_nobody_the_best(visit: Visit) -> None:
    at = calm(visit("task", {"suite": "brca1_sge", "task": "brca1_sge", "stratum": "synonymous"}))
    assert at.title[0].value == "Too few to name a best: 544 variants, seven in the smaller class"


def test_a_system_without_a_value_is_named_with_the_reason(visit: Visit) -> None:
    words = sees(visit("task", {"suite": "brca1_sge", "task": "brca1_sge"}))
    assert "PolyPhen-2 and SIFT (scores 2086 of 3893 items" in words


def test_a_metric_that_no_model_has_is_said_to_be_so(visit: Visit) -> None:
    at = calm(visit("leaderboard", {"suite": "brca1_sge", "metric": "MCC"}))
    assert "only baselines do" in at.info[0].value
    assert "Clear filters" not in labels(at)


def test_a_model_page_says_the_provenance_suite_by_suite(visit: Visit) -> None:
    words = sees(visit("model", {"model": "dnabert2-no-flashattention"}))
    assert "official (GENEB)" in words
    assert "computed by this engine (ClinVar, variant by variant)" in words


def test_two_readers_do_not_share_a_view(visit: Visit) -> None:
    one, other = visit("leaderboard"), visit("leaderboard")
    one.sidebar.selectbox(key="w_suite").set_value("clinvar")
    one.run()
    other.run()
    assert listed(one) == {"suite": ["clinvar"]}
    assert listed(other) == {}
    assert other.sidebar.selectbox(key="w_suite").value == "geneb"


def test_a_run_for_what_was_computed_says_once_more_which_values_widgets_were_set_to(visit: Visit) -> None:
    at = visit("leaderboard", {"regime": "10shot"})

    def said() -> bool:
        (group,) = (group for group in at.button_group if group.key == "w_regime")
        return bool(group.proto.set_value)

    assert said()
    at.run()
    assert not said()
    at.session_state["_repeat"] = True
    at.run()
    assert said()
