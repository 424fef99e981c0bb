"""Cells through the process behind the page: what the command finds, and no damaged file ends it."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import VledgerError
from engine.local_split import client as asking
from engine.local_split import pipes
from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.example import EXAMPLE
from engine.local_split.cells.exchange import CellOptions, CellsFile
from engine.local_split.cells.inspect import inspect_cells
from engine.local_split.cells.kept import KeptCells
from engine.local_split.cells.report import as_csv, as_html
from engine.local_split.client import Client
from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Options
from engine.local_split.pipes import Asked
from engine.local_split.report import as_json
from tests.singlecell.reading.malformed import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = CellOptions(label="cell_type", draws=50)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    found = Client()
    yield found
    found.close()


def as_file(path: Path) -> CellsFile:
    return CellsFile(path=str(path), name=path.name, size=path.stat().st_size)


def test_the_process_finds_what_the_command_finds_to_the_last_digit(client: Client, few_file: Path) -> None:
    options = replace(QUICK, batch="donor", layer="counts")
    assert client.inspect_cells(as_file(few_file), CellOptions(layer="counts")).result() == inspect_cells(
        few_file, layer="counts"
    )
    taken = client.compare_cells(as_file(few_file), options).result()
    expected = compare_cells(few_file, options)
    assert taken.result == expected
    assert (taken.html, taken.csv, taken.json) == (as_html(expected), as_csv(expected), as_json(expected))


def test_a_table_and_cells_take_turns_in_one_process(client: Client, few_file: Path) -> None:
    table = EXAMPLES[0]
    for _ in range(2):
        assert client.inspect_cells(as_file(few_file), CellOptions()).result().name == "few.h5ad"
        assert client.inspect(table.files(), table.options()).result().used > 0


def test_options_of_a_table_and_of_cells_are_never_taken_for_each_other() -> None:
    for options in (Options(), Options(seed=3), CellOptions(), CellOptions(label="a", seed=3)):
        file = CellsFile(path="/a/b.h5ad", name="b.h5ad", size=3)
        pipe = io.BytesIO()
        pipes.write(pipe, Asked(number=1, question="compare", files=file, options=options))
        pipe.seek(0)
        found = pipes.read(pipe, Asked)
        assert found is not None
        assert type(found.options) is type(options)
        assert (found.files, found.options) == (file, options)


def test_options_that_do_not_fit_the_file_are_refused(client: Client, few_file: Path) -> None:
    with pytest.raises(VledgerError, match="does not fit the file"):
        client.ask("inspect", as_file(few_file), Options()).result()
    with pytest.raises(VledgerError, match="does not fit the file"):
        client.ask("offers", as_file(few_file), CellOptions()).result()


@pytest.mark.parametrize("kind", CORPUS)
def test_a_malformed_file_is_one_sentence_or_compared_and_the_process_lives_on(
    kind: str, client: Client, tmp_path: Path
) -> None:
    path = CORPUS[kind].build(tmp_path)
    if path.is_dir():
        pytest.skip("a folder cannot be uploaded")
    client.start()
    pid = client.pid
    kept = KeptCells("mine.h5ad", path.read_bytes())
    try:
        found = client.inspect_cells(kept.file, CellOptions()).result()
        client.compare_cells(kept.file, CellOptions(label=next(iter(found.labels), None), draws=20)).result()
    except VledgerError as error:
        told = str(error)
        assert told.endswith(".")
        assert "\n" not in told
        assert "Traceback" not in told
        assert "ended without an answer" not in told
        assert str(Path(kept.file.path).parent) not in told
    finally:
        kept.remove()
    assert client.pid == pid


def test_a_process_that_dies_of_a_file_says_that_it_may_be_damaged(
    few_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "COMMAND", (asking.COMMAND[0], "-c", "import sys; sys.stdin.buffer.read(9)"))
    dying = Client()
    with pytest.raises(VledgerError, match="the file is damaged, or there is too little memory"):
        dying.inspect_cells(as_file(few_file), CellOptions()).result()
    dying.close()


def test_a_comparison_can_be_stopped_and_its_file_deleted_meanwhile(file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(file, tmp_path / "mine.h5ad"))
    kept = KeptCells(path.name, path.read_bytes())
    own = Client()
    job = own.compare_cells(kept.file, CellOptions(label="cell_type", draws=100_000))
    assert not job.wait(1)
    job.cancel()
    with pytest.raises(VledgerError, match="stopped"):
        job.result()
    kept.remove()
    assert not Path(kept.file.path).parent.exists()
    with pytest.raises(VledgerError, match=r"mine\.h5ad is no longer on this server's disk"):
        own.inspect_cells(kept.file, CellOptions()).result()
    own.close()


def test_the_example_is_the_same_each_time_and_one_embedding_earns_its_place(tmp_path: Path) -> None:
    upload = EXAMPLE.make()
    assert upload == EXAMPLE.make()
    path = tmp_path / upload.name
    path.write_bytes(upload.content)
    found = inspect_cells(path)
    assert (found.state, found.labels[0], found.batches) == ("counts", "cell_type", ("donor",))
    result = compare_cells(path, replace(EXAMPLE.options, draws=300))
    verdicts = {
        one.system_id: one.verdict for one in result.differences if one.registered and one.metric == result.primary
    }
    assert verdicts == {"obsm:X_donors": "FAIL", "obsm:X_types": "PASS"}
