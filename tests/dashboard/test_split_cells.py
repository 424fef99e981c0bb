"""A file of cells on the page of a split: what is found and chosen, what beats what, and where the file lies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import scanpy
import streamlit as st

from dashboard import background
from dashboard.components import split_files
from dashboard.components.split_cells_asked import asked, batch_columns, missing, quick
from dashboard.components.split_cells_words import CELLS, on_page
from dashboard.components.split_desk import Desk
from dashboard.components.split_words import title_of
from engine.local_split import client
from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.example import EXAMPLE
from engine.local_split.cells.exchange import CellOptions, Embedded, FoundCells
from engine.local_split.limits import MOST_CELL_UPLOAD, MOST_EMBEDDINGS
from tests.dashboard.split_process import COMMAND
from tests.dashboard.test_split_page import calm, gone, labels, press, state, title, widget, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.testing.v1 import AppTest

    from dashboard.limits import Place
    from engine.local_split.cells.exchange import CellsResult

    Visit = Callable[..., AppTest]

FOUND = FoundCells(
    name="a.h5ad",
    sha256="0",
    n_cells=300,
    n_genes=200,
    layer=None,
    state="counts",
    columns=(),
    embeddings=(Embedded(name="X_a", width=8), Embedded(name="X_b", width=2)),
    layers=(),
    labels=("cell_type", "state"),
    batches=("donor",),
)


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> list[Desk]:
    found: list[Desk] = []
    plain = Desk.__init__

    def kept(self: Desk, place: Place) -> None:
        plain(self, place)
        found.append(self)

    monkeypatch.setattr(Desk, "__init__", kept)
    return found


@pytest.fixture
def page(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[], AppTest]]:
    """The page with a process of its own and nobody else's temporary files; a run may wait until cells are compared."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield lambda: visit("your-split")
    st.cache_resource.clear()


@pytest.fixture
def scripted(page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    """The same with answers made beforehand, and a file of this name on it."""
    monkeypatch.setattr(client, "COMMAND", COMMAND)
    return lambda name: page().file_uploader[0].upload(name, b"\x89HDF\r\n\x1a\n").run()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> CellsResult:
    upload = EXAMPLE.make()
    path = tmp_path_factory.mktemp("example") / upload.name
    path.write_bytes(upload.content)
    return compare_cells(path, EXAMPLE.options)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.h5ad"))


def button_of(at: AppTest, example: str) -> Any:
    return next(one for one in at.button if example in one.label)


def test_the_example_is_compared_with_one_click_and_says_what_the_engine_says(
    page: Callable[[], AppTest], expected: CellsResult, tmp_path: Path, desks: list[Desk]
) -> None:
    at = calm(button_of(page(), EXAMPLE.title).click().run())
    row = next(one for one in expected.differences if one.registered and one.system_id == "obsm:X_types")
    assert row.delta is not None
    assert title(at) == f"X_types beats HVG + PCA by {row.delta:.3f} in AvgBIO"
    shown = words(at)
    assert "To beat: **HVG + PCA**" in shown
    assert "fail by the paired test, fail by the article’s rule, q = " in shown
    assert len(at.get("plotly_chart")) == 2
    assert at.code[0].value == expected.command
    assert at.query_params == {}
    (here,) = desks
    taken = here.taken_cells(EXAMPLE.options)
    assert taken is not None
    assert taken.result == expected
    assert kept(tmp_path) == ["example_cells.h5ad"]
    metrics = next(one.value for one in at.dataframe if "AvgBIO" in one.value)
    assert list(metrics.columns)[:6] == ["System", "Role", "AvgBIO", "NMI", "ARI", "ASW"]
    assert list(metrics["Role"]) == ["yours", "yours", "to beat", "baseline", "control"]
    pid = here.client.pid
    assert pid is not None
    calm(press(at, "Remove my data"))
    assert gone(pid)
    assert kept(tmp_path) == []
    assert here.cells is None
    left = {key: value for key, value in state(at).items() if "split" in key and "split-example" not in key}
    assert "example_cells" not in str(left)
    assert "donor" not in str(left)
    assert title(at) == "Learn what a model has to beat on your own split"


def test_choices_change_what_is_compared_and_a_missing_batch_is_said(page: Callable[[], AppTest]) -> None:
    at = calm(button_of(page(), EXAMPLE.title).click().run())
    widget(at, "selectbox", "Batch of each cell").set_value("")
    calm(at.run())
    assert "no column of batches is chosen" in words(at)
    assert "--batch" not in at.code[0].value
    widget(at, "multiselect", "Embeddings to judge").set_value(["X_donors"])
    calm(at.run())
    assert title(at) == "X_donors does not beat HVG + PCA"
    assert at.code[0].value.endswith("--embedding X_donors")
    widget(at, "multiselect", "Embeddings to judge").set_value([])
    calm(at.run())
    assert "Choose at least one embedding" in at.info[0].value
    assert not at.get("plotly_chart")


def test_the_file_that_scanpy_brings_is_compared_from_x_or_from_raw(page: Callable[[], AppTest]) -> None:
    path = Path(scanpy.__file__).parent / "datasets" / "10x_pbmc68k_reduced.h5ad"
    at = calm(page().file_uploader[0].upload(path.name, path.read_bytes()).run())
    assert "X has scaled values" in words(at)
    matrix = widget(at, "selectbox", "Genes are read from")
    assert matrix.options == ["X", "raw.X"]
    matrix.set_value("raw.X")
    calm(at.run())
    assert "raw.X has logarithms" in words(at)
    result = compare_cells(path, CellOptions(label="bulk_labels", layer="raw.X"))
    assert title(at) == title_of(result, CELLS)
    assert at.code[0].value == result.command
    assert result.command.endswith("--label bulk_labels --layer raw.X")


def test_a_damaged_file_is_one_sentence_and_the_next_file_works(page: Callable[[], AppTest], tmp_path: Path) -> None:
    upload = EXAMPLE.make()
    at = page()
    at = calm(at.file_uploader[0].upload("broken.h5ad", upload.content[:5000]).run())
    (error,) = at.error
    assert "broken.h5ad: it begins like the right kind of file" in error.value.replace("\\", "")
    assert str(tmp_path) not in error.value
    at = calm(at.file_uploader[0].upload("text.h5ad", b"gene,cell\n").run())
    assert "neither an HDF5 file" in at.error[0].value
    assert kept(tmp_path) == ["text.h5ad"]
    at = calm(at.file_uploader[0].upload("good.h5ad", upload.content).run())
    assert title(at) == "X_types beats HVG + PCA by " + title(at).split(" by ")[1]
    assert kept(tmp_path) == ["good.h5ad"]


def test_a_table_after_cells_deletes_them(scripted: Callable[[str], AppTest], tmp_path: Path) -> None:
    at = scripted("large.h5ad")
    assert kept(tmp_path) == ["large.h5ad"]
    at = calm(at.file_uploader[0].upload("mine.csv", b"label,gene\n1,A\n").run())
    assert kept(tmp_path) == []
    assert at.get("plotly_chart")
    assert "large.h5ad" not in words(at)


def test_the_end_of_a_session_deletes_its_cells(scripted: Callable[[str], AppTest], tmp_path: Path) -> None:
    at = scripted("large.h5ad")
    st.cache_resource.clear()
    assert kept(tmp_path) == []
    calm(at.run())
    assert "The connection to this page was interrupted" in at.warning[0].value


def test_a_long_comparison_waits_for_a_click_and_can_be_cancelled(
    scripted: Callable[[str], AppTest], monkeypatch: pytest.MonkeyPatch, desks: list[Desk], tmp_path: Path
) -> None:
    monkeypatch.setattr(background, "PATIENCE", 3.0)
    at = calm(scripted("large slow.h5ad"))
    assert title(at) == "large slow.h5ad on the bench"
    assert "Cancel" not in labels(at)
    calm(press(at, "Compare"))
    assert "30 of 120" in at.get("progress")[0].proto.text
    pid = desks[0].client.pid
    assert pid is not None
    calm(press(at, "Cancel"))
    assert "Stopped" in words(at)
    assert gone(pid)
    assert kept(tmp_path) == ["large slow.h5ad"]
    calm(press(at, "Remove my data"))
    assert kept(tmp_path) == []


def test_a_process_that_dies_of_a_file_is_one_sentence(scripted: Callable[[str], AppTest]) -> None:
    at = calm(scripted("deadly.h5ad"))
    assert "the file is damaged, or there is too little memory" in at.error[0].value


def test_a_file_without_a_likely_column_of_types_asks_for_one(scripted: Callable[[str], AppTest]) -> None:
    at = calm(scripted("untyped large.h5ad"))
    assert "Say which column has the type of each cell" in at.info[0].value
    widget(at, "selectbox", "Type of each cell").set_value("donor")
    calm(at.run())
    assert "Compare" in labels(at)
    assert at.session_state["_split"].cells.label == "donor"


def test_what_is_asked_is_what_was_said_else_what_the_file_suggests() -> None:
    assert asked(FOUND, CellOptions(), None) == CellOptions(label="cell_type")
    assert asked(FOUND, CellOptions(label="state", batch="state"), ("X_b",)) == CellOptions(
        label="state", embeddings=("X_b",)
    )
    assert batch_columns(FOUND, "cell_type") == ("donor", "state")
    assert missing(FOUND, CellOptions(), ()) is not None
    assert missing(FOUND, CellOptions(), None) is None


def test_of_too_many_embeddings_the_first_are_compared() -> None:
    names = tuple(f"X_{place:02d}" for place in range(MOST_EMBEDDINGS + 3))
    many = FoundCells(**{name: getattr(FOUND, name) for name in FOUND.__slots__} | {
        "embeddings": tuple(Embedded(name=name, width=2) for name in names)
    })  # fmt: skip
    assert asked(many, CellOptions(), None).embeddings == names[:MOST_EMBEDDINGS]


def test_only_a_few_cells_are_compared_at_once() -> None:
    large = FoundCells(**{name: getattr(FOUND, name) for name in FOUND.__slots__} | {"n_cells": 50_000})
    assert quick(FOUND, CellOptions(label="cell_type"))
    assert not quick(large, CellOptions(label="cell_type"))


def test_the_limit_of_cells_is_their_own() -> None:
    assert split_files.too_much("a.h5ad", b"x" * 51_000_000) is None
    told = split_files.too_much("a.H5AD", bytearray(MOST_CELL_UPLOAD + 1))
    assert told is not None
    assert "more than the 200 MB" in told
    assert "`vledger compare --split`" in told
    assert "cells in it" in (split_files.too_much("a.h5ad", b"") or "")


def test_a_full_disk_is_said(scripted: Callable[[str], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    at = calm(scripted("large.h5ad"))
    assert "disk is full" in at.error[0].value


def test_options_of_the_command_line_are_left_out_on_the_page() -> None:
    assert on_page("name a layer with counts with --layer (it has counts)") == (
        "name a layer with counts (it has counts)"
    )
