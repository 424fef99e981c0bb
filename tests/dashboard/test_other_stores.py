"""The app on a store with every published assay, and on one without results of our own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from engine.run import publishing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    Visit = Callable[..., AppTest]

ASSAY = "dms:KCNH2_HUMAN_Kozek_2020"
GENES = "proteingym_clinical_substitutions"


@pytest.fixture(scope="module")
def with_assays(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache with a store of all that can be read where the real inputs are."""
    folder = tmp_path_factory.mktemp("assays")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_MIRROR", str(mirror))
        patch.setenv("VLEDGER_CACHE", str(folder))
        publishing.publish()
    yield folder
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def visit_large(with_assays: Path, monkeypatch: pytest.MonkeyPatch, visit_here: Visit) -> Visit:
    monkeypatch.setenv("VLEDGER_CACHE", str(with_assays))
    return visit_here


@pytest.fixture(scope="module")
def without_results(precomputed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache with a store of published facts alone."""
    folder = tmp_path_factory.mktemp("facts")
    copy = shutil.copytree(precomputed, folder / "precomputed")
    shutil.rmtree(copy / "results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLEDGER_CACHE", str(folder))
        publishing.write_manifest(copy)
        publishing.publish(copy)
    yield folder
    st.cache_data.clear()
    st.cache_resource.clear()


def sound(at: AppTest) -> AppTest:
    assert [error.message for error in at.exception] == []
    assert not at.error
    assert not at.warning
    assert "nan" not in at.title[0].value.lower()
    return at


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("overview", {}),
        ("leaderboard", {}),
        ("leaderboard", {"suite": "dms"}),
        ("leaderboard", {"suite": "proteingym"}),
        ("size", {"suite": "dms"}),
        ("task", {"suite": "dms", "task": ASSAY}),
        ("task", {"suite": "dms", "task": "dms:BLAT_ECOLX"}),
        ("task", {"suite": "proteingym", "task": GENES, "stratum": "NP_056280.2"}),
        ("model", {"model": "esm-1v-5-seeds"}),
        ("methods", {}),
    ],
    ids=str,
)
def test_every_page_opens_on_a_store_with_all_assays(page: str, query: dict[str, str], visit_large: Visit) -> None:
    at = sound(visit_large(page, query))
    assert at.dataframe or page == "leaderboard"


def test_a_metric_that_an_assay_was_not_published_in_gives_way_to_its_own(visit_large: Visit) -> None:
    at = sound(visit_large("task", {"suite": "dms", "task": ASSAY, "metric": "AUPRC"}))
    assert any(caption.value.startswith("No AUPRC is published for this task;") for caption in at.caption)


def test_the_board_of_scans_is_the_same_with_and_without_the_published_assays(
    visit_large: Visit, app_cache: Path, monkeypatch: pytest.MonkeyPatch, visit_here: Visit
) -> None:
    query = {"suite": "dms", "show": "table"}
    large = sound(visit_large("leaderboard", query)).dataframe[0].value
    monkeypatch.setenv("VLEDGER_CACHE", str(app_cache))
    assert large.equals(sound(visit_here("leaderboard", query)).dataframe[0].value)


def test_values_by_gene_are_left_to_the_page_of_their_task(visit_large: Visit) -> None:
    rows = sound(visit_large("model", {"model": "gemme"})).dataframe[0].value
    assert 217 * 3 < len(rows) < 1000


@pytest.mark.parametrize("page", ["overview", "leaderboard", "size", "task", "model", "methods"])
def test_every_page_opens_on_published_facts_alone(
    page: str, without_results: Path, monkeypatch: pytest.MonkeyPatch, visit_here: Visit
) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(without_results))
    at = sound(visit_here(page))
    if page in {"leaderboard", "size", "task"}:
        assert list(at.sidebar.selectbox(key="w_suite").options) == ["GENEB", "ProteinGym", "ClinVar"]


def test_a_suite_that_the_store_has_nothing_of_is_refused_with_a_notice(
    without_results: Path, monkeypatch: pytest.MonkeyPatch, visit_here: Visit
) -> None:
    monkeypatch.setenv("VLEDGER_CACHE", str(without_results))
    at = visit_here("leaderboard", {"suite": "brca1_sge"})
    assert not at.exception
    assert "brca1_sge" in at.warning[0].value
