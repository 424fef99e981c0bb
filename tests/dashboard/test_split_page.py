from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from starlette.formparsers import MultiPartParser

from dashboard import background
from dashboard.components import split_files
from dashboard.components.split_desk import Desk
from engine.local_split import client
from engine.local_split.exchange import ScoreColumn, Shape
from engine.local_split.limits import MOST_BYTES
from tests.dashboard.split_process import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.testing.v1 import AppTest

    from dashboard.limits import Place

    Visit = Callable[..., AppTest]
    Split = Callable[..., AppTest]

CONTENT = b"label,gene,variant,esm\n1,A,M1V,0.5\n"


@pytest.fixture
def split(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> Iterator[Split]:
    """The page of a split, with a file of this name on it; its process has its answers beforehand."""
    monkeypatch.setattr(client, "COMMAND", COMMAND)

    def opened(name: str = "mine.csv") -> AppTest:
        at = visit("your-split")
        return give(at, name) if name else at

    yield opened
    st.cache_resource.clear()


def give(at: AppTest, name: str, content: bytes = CONTENT, *, place: int = 0) -> AppTest:
    return at.file_uploader[place].upload(name, content).run()


def calm(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    return at


def words(at: AppTest) -> str:
    kinds = [at.title, at.subheader, at.markdown, at.caption, at.info, at.warning, at.error, at.get("html")]
    return "\n".join(str(getattr(one, "value", one)) for found in kinds for one in found).replace("\\", "")


def title(at: AppTest) -> str:
    return at.title[0].value.replace("\\", "")


def widget(at: AppTest, kind: str, label: str) -> Any:
    return next(one for one in at.get(kind) if one.label.replace("\\", "") == label)


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def labels(at: AppTest) -> list[str]:
    return [one.label for one in at.button]


def meaning(at: AppTest, column: str) -> Any:
    return widget(at, "button_group", f"A high value of {column} means")


def state(at: AppTest) -> dict[str, Any]:
    """Everything that the session's state holds."""
    return {key: at.session_state[key] for key in at.session_state._state.filtered_state}


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> list[Desk]:
    """Every desk that is set up."""
    found: list[Desk] = []
    plain = Desk.__init__

    def kept(self: Desk, place: Place) -> None:
        plain(self, place)
        found.append(self)

    monkeypatch.setattr(Desk, "__init__", kept)
    return found


def test_before_a_file_the_page_says_what_it_does_what_it_takes_and_that_nothing_leaves(split: Split) -> None:
    at = calm(split(""))
    assert title(at) == "Learn what a model has to beat on your own split"
    assert "50 MB" in words(at)
    assert "1,000,000 rows" in words(at)
    assert "Nothing leaves this machine" in words(at)
    assert at.query_params == {}


def test_a_file_is_inspected_and_compared_at_once(split: Split) -> None:
    at = calm(split())
    assert title(at) == "A model has to beat BLOSUM62 on this split: AUROC 0.710"
    assert "Left out · Reference residues" in words(at)
    assert len(at.get("plotly_chart")) == 3
    assert at.code[0].value.startswith("vledger compare --split")
    assert at.query_params == {}


def test_a_direction_is_asked_never_given(split: Split) -> None:
    at = calm(split())
    assert meaning(at, "esm").value is None
    assert "not evaluated yet" in words(at)


def test_a_column_is_judged_once_its_direction_is_known_and_the_title_says_how(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    calm(at.run())
    assert title(at) == "esm beats BLOSUM62 by 0.052 in AUROC"
    assert "pass, paired by the paired test, fail by the article’s rule" in words(at)


def test_a_title_never_praises_what_lost(split: Split) -> None:
    at = split("lost.csv")
    meaning(at, "esm").set_value("1")
    calm(at.run())
    assert title(at) == "esm does not beat BLOSUM62"


def test_changing_one_option_keeps_every_other(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("0")
    at.run()
    widget(at, "multiselect", "Split the result up by").set_value(["ancestry"])
    at.run()
    widget(at, "selectbox", "Items that belong together share a value of").set_value("")
    at.run()
    widget(at, "selectbox", "Position").set_value("ancestry")
    calm(at.run())
    options = at.session_state["_split"].options
    assert options.scores == (ScoreColumn(column="esm", higher_is="0"),)
    assert options.strata == ("ancestry",)
    assert options.group == ""
    assert dict(options.columns) == {"position": "ancestry"}
    assert meaning(at, "esm").value == "0"


def test_taking_a_direction_back_takes_the_column_out(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    at.run()
    meaning(at, "esm").set_value(None)
    calm(at.run())
    assert at.session_state["_split"].options.scores == ()


def test_a_column_can_be_the_baseline_and_have_a_threshold(split: Split) -> None:
    at = split()
    meaning(at, "cadd").set_value("1")
    at.run()
    widget(at, "button_group", "Role of cadd").set_value("baseline")
    at.run()
    widget(at, "number_input", "Threshold of cadd").set_value(20.5)
    calm(at.run())
    (column,) = at.session_state["_split"].options.scores
    assert column == ScoreColumn(column="cadd", higher_is="1", role="baseline", threshold=20.5)


def test_of_many_score_columns_one_says_which_are_asked_about(split: Split) -> None:
    at = split("many.csv")
    chooser = widget(at, "multiselect", "Columns to evaluate")
    assert len(chooser.options) == 20
    assert "Your scores" in words(at)
    chooser.set_value(["s3"])
    calm(at.run())
    assert meaning(at, "s3").value is None


def test_a_table_of_scores_waits_for_a_direction(split: Split) -> None:
    at = split("scores.csv")
    assert "what a high value means" in at.info[0].value
    assert not at.get("plotly_chart")
    meaning(at, "esm").set_value("1")
    assert len(calm(at.run()).get("plotly_chart")) == 3


def test_what_is_missing_is_said_and_can_be_mended_by_hand(split: Split) -> None:
    at = split("unlabelled.csv")
    assert "There is no column of labels" in at.warning[0].value.replace("\\", "")
    assert not at.get("plotly_chart")
    widget(at, "selectbox", "Label").set_value("ancestry")
    assert calm(at.run()).get("plotly_chart")


def test_the_shape_can_be_said_otherwise(split: Split) -> None:
    at = split()
    widget(at, "button_group", "A row is one of").set_value(Shape.DNA)
    calm(at.run())
    assert at.session_state["_split"].options.shape is Shape.DNA
    assert widget(at, "selectbox", "Chromosome").value == ""


def test_an_unusual_word_of_a_label_is_told_and_can_be_made_label_1(split: Split) -> None:
    at = split("words.csv")
    assert "“LOF” (9)" in words(at)
    widget(at, "selectbox", "What is label 1; everything else is then label 0").set_value("LOF")
    calm(at.run())
    assert at.session_state["_split"].options.positive == "LOF"


def test_a_file_that_cannot_be_read_is_one_sentence_and_the_next_file_works(split: Split) -> None:
    at = calm(split("broken.csv"))
    assert [error.value.replace("\\", "") for error in at.error] == [
        "broken.csv: this is not a table; give CSV, TSV, Parquet or XLSX."
    ]
    assert calm(give(at, "mine.csv")).get("plotly_chart")
    assert not at.error


def test_of_a_file_that_cannot_be_read_header_and_sheet_can_be_said(split: Split) -> None:
    at = split("broken.csv")
    widget(at, "number_input", "Header in row").set_value(3)
    at.run()
    widget(at, "text_input", "Sheet of a workbook").set_value("Data")
    calm(at.run())
    options = at.session_state["_split"].options
    assert (options.header, options.sheet) == (3, "Data")


def test_a_process_that_dies_is_one_sentence_and_the_next_file_works(split: Split) -> None:
    at = calm(split("deadly.csv"))
    assert "ended without an answer" in at.error[0].value
    assert calm(give(at, "mine.csv")).get("plotly_chart")


def test_a_file_over_the_limit_is_refused_on_the_server_too(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_files, "too_much", lambda name, _content: f"{name} has more than this page takes.")
    at = calm(split())
    assert "more than this page takes" in at.error[0].value
    assert not at.get("plotly_chart")


@pytest.mark.parametrize(("content", "told"), [(b"", "is empty"), (b"x" * (MOST_BYTES + 1), "more than the 50 MB")])
def test_an_empty_and_a_too_large_file_are_refused(content: bytes, told: str) -> None:
    assert told in (split_files.too_much("mine.csv", content) or "")


def test_a_file_of_just_the_limit_is_taken() -> None:
    assert split_files.too_much("mine.csv", b"x" * MOST_BYTES) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("mine.csv", "mine.csv"),
        ("/home/ann/mine.csv", "mine.csv"),
        ("C:\\data\\mine.csv", "mine.csv"),
        ("a\x00\nb.csv", "ab.csv"),
        ("\x07", "file"),
    ],
)
def test_a_file_s_name_has_no_folder_and_nothing_that_cannot_be_printed(given: str, kept: str) -> None:
    assert split_files.short_name(given) == kept


def test_markup_in_a_name_stays_text(split: Split) -> None:
    at = calm(split("[x](evil) <b>.csv"))
    assert "\\[x\\]\\(evil" in "".join(one.value for one in at.markdown)


def test_another_file_forgets_the_options_of_the_one_before(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    at.run()
    calm(give(at, "other.csv"))
    assert at.session_state["_split"].options.scores == ()
    assert "other.csv" in words(at)
    assert "mine.csv" not in words(at)


def test_a_fasta_beside_keeps_the_options(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    at.run()
    calm(give(at, "proteins.fasta", b">A\nMK\n", place=1))
    assert "sequences: **proteins.fasta**" in words(at)
    assert at.session_state["_split"].options.scores == (ScoreColumn(column="esm", higher_is="1"),)


def test_a_long_comparison_begins_when_it_is_asked_for(split: Split) -> None:
    at = split("large.csv")
    assert not at.get("plotly_chart")
    assert calm(press(at, "Compare")).get("plotly_chart")


def test_a_model_runs_only_after_its_cost_was_shown(split: Split) -> None:
    at = split()
    press(at, "Look which models are on this machine")
    chooser = widget(at, "selectbox", "Model")
    assert chooser.options == ["ESM-2 8M · 7.5M parameters · about 34 s"]
    assert at.session_state["_split"].options.model is None
    calm(press(at, "Run it"))
    assert at.session_state["_split"].options.model.model == "esm2-8m"
    assert "esm2-8m is part of the comparison" in words(at)
    meaning(at, "esm").set_value("1")
    at.run()
    assert "Compare" in labels(calm(at))
    calm(press(at, "Leave it out"))
    assert at.session_state["_split"].options.model is None
    assert at.get("plotly_chart")


def test_while_it_computes_the_page_tells_how_far_it_is_and_cancel_ends_the_process(
    split: Split, desks: list[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "PATIENCE", 3.0)
    at = calm(split("slow.csv"))
    assert title(at) == "slow.csv on the bench"
    assert "30 of 120" in at.get("progress")[0].proto.text
    (here,) = desks
    pid = here.client.pid
    assert pid is not None
    calm(press(at, "Cancel"))
    assert "Stopped" in words(at)
    assert gone(pid)
    calm(press(at, "Go on after all"))
    assert "Cancel" in labels(at)


def test_removing_the_data_clears_the_page_the_memory_and_the_process(split: Split, desks: list[Desk]) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    at.run()
    (here,) = desks
    pid = here.client.pid
    assert pid is not None
    calm(press(at, "Remove my data"))
    assert gone(pid)
    assert here.files is None
    assert here.inspection is None
    assert "mine.csv" not in words(at)
    left = {key: value for key, value in state(at).items() if "split" in key}
    assert "esm" not in str(left)
    assert "mine" not in str(left)
    assert title(at) == "Learn what a model has to beat on your own split"


def test_the_end_of_a_session_clears_its_desk_and_a_return_says_what_became_of_the_file(
    split: Split, desks: list[Desk]
) -> None:
    at = split()
    pid = desks[0].client.pid
    assert pid is not None
    st.cache_resource.clear()
    assert gone(pid)
    assert desks[0].files is None
    calm(at.run())
    assert "The connection to this page was interrupted" in at.warning[0].value


def test_nothing_of_an_upload_stays_in_the_session_s_state_or_with_streamlit(split: Split) -> None:
    at = split()
    assert not any(CONTENT in repr(value).encode() for value in state(at).values())
    assert all(one.value is None for one in at.file_uploader)


def test_an_upload_within_the_limit_is_never_put_into_a_temporary_file(split: Split) -> None:
    split("")
    assert MultiPartParser.spool_max_size > MOST_BYTES


def test_an_example_is_tried_with_one_click(split: Split) -> None:
    at = calm(press(split(""), "**Table of scores**"))
    assert at.session_state["_split"].options.scores
    assert at.get("plotly_chart")


def test_the_first_visit_starts_the_process_so_that_it_is_ready_for_a_file(split: Split, desks: list[Desk]) -> None:
    split("")
    assert desks[0].client.pid is not None


def test_going_to_another_page_and_back_keeps_file_and_options(split: Split) -> None:
    at = split()
    meaning(at, "esm").set_value("1")
    at.run()
    at.switch_page("app_pages/methods.py").run()
    at.switch_page("app_pages/your_split.py").run()
    assert title(calm(at)) == "esm beats BLOSUM62 by 0.052 in AUROC"
    assert meaning(at, "esm").value == "1"
