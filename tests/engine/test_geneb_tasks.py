from __future__ import annotations

import csv
import gzip
import shutil
from typing import TYPE_CHECKING

import pytest

from engine.datasets import fetch as fetching
from engine.datasets.fetch import MIRROR
from engine.datasets.geneb_tasks import fetch_geneb, locate_geneb, present, read_geneb
from engine.errors import NotHereError, SpecError, TableError
from engine.names import slug
from engine.published import geneb as published_geneb
from engine.registry import geneb
from engine.registry.files import input_file
from engine.registry.tasks import dataset_files, datasets_with
from engine.run import prepared
from engine.store.parquet import read_frame
from engine.tables import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.registry.files import InputFile

MOUSE = "leannmlindsey_GUE_mouse_0"
UNSEEN = "leannmlindsey_GUE_mouse_1"
PARTS = {"train": "text,label\nACGT,0\nGGRC,1\n", "test": "text,label\nTTAA,1\n"}


@pytest.fixture(autouse=True)
def _without_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR, raising=False)


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses asked for; each answers with the part of `PARTS` that its name says."""
    asked: list[str] = []

    def answer(url: str, path: Path) -> None:
        asked.append(url)
        path.write_text(PARTS[url.rpartition("/")[2].removesuffix(".csv")], "utf-8")

    monkeypatch.setattr(fetching, "_transfer", answer)
    return asked


def _mirror_of(folder: Path, task_id: str, text: str) -> Path:
    path = folder / geneb.mirror_name(task_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(text.encode()))
    return path


# ---- the registry ----


def test_the_registry_has_the_published_tasks_in_their_order(published: Path) -> None:
    with (published / "geneb_tasks.csv").open(encoding="utf-8", newline="") as file:
        assert list(geneb.members(geneb.GENEB)) == [row["task_id"] for row in csv.DictReader(file)]
    assert geneb.SOURCE_ID == published_geneb.SOURCE_ID


def test_no_two_tasks_share_a_folder() -> None:
    assert len({slug(task_id) for task_id in geneb.members(geneb.GENEB)}) == 100


def test_a_task_is_a_data_set_of_its_own_and_part_of_all() -> None:
    assert geneb.members(MOUSE) == (MOUSE,)
    assert geneb.members("brca1_sge") == ()
    assert dataset_files(MOUSE) == (f"geneb_tasks/{MOUSE}/train.csv", f"geneb_tasks/{MOUSE}/test.csv")
    assert len(dataset_files("geneb")) == 200
    assert [datasets_with(name) for name in dataset_files(MOUSE)] == [[MOUSE], [MOUSE]]


def test_a_file_has_its_address_at_the_pinned_commit() -> None:
    file = input_file("geneb_tasks/deep4mc_A.thaliana_4mC/test.csv")
    assert file.url == (
        "https://huggingface.co/datasets/darlednik/geneb-tasks/resolve/4edd705be573e48c585c2cf79dc320f9f43c7b04/"
        "tasks/deep4mc_A.thaliana_4mC/test.csv"
    )
    assert (file.sha256, file.upstream_sha256, file.source_id) == (None, None, "geneb_2026")


@pytest.mark.parametrize("name", ["geneb_tasks/none/train.csv", f"geneb_tasks/{MOUSE}/dev.csv", f"x/{MOUSE}/test.csv"])
def test_no_other_file_is_an_input(name: str) -> None:
    assert geneb.task_of(name) is None
    with pytest.raises(SpecError, match="there is no input file"):
        input_file(name)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("mouse_0", MOUSE), ("Human_TF_3", "leannmlindsey_GUE_human_tf_3"), ("iDNA_5mC", "iDNA_ABF_5mC"), ("zzz", None)],
)
def test_the_nearest_task_is_the_one_that_ends_so_or_looks_alike(word: str, meant: str | None) -> None:
    assert geneb.nearest(word, geneb.members(geneb.GENEB)) == meant


@pytest.mark.parametrize(
    ("word", "hint"),
    [("mouse_0", f"did you mean '{MOUSE}'"), ("brca1", "did you mean 'brca1_sge'"), ("genib", "did you mean 'geneb'")],
)
def test_an_unknown_data_set_names_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(SpecError, match=f"there is no data set '{word}'; {hint}"):
        dataset_files(word)


# ---- where tasks lie ----


def test_a_task_that_is_not_here_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=rf"train.csv is not in .*: run `vledger fetch {MOUSE}` or set"):
        read_geneb(MOUSE, tmp_path)
    assert not present(MOUSE, tmp_path)


def test_an_unknown_task_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=f"GENEB has no task 'mouse_0'; did you mean '{MOUSE}'"):
        locate_geneb("mouse_0", tmp_path)
    with pytest.raises(SpecError, match="GENEB has no task 'zzz'; `vledger list tasks --suite geneb` names all"):
        locate_geneb("zzz", tmp_path)


def test_a_task_is_downloaded_once_and_read_from_the_cache(tmp_path: Path, downloads: list[str]) -> None:
    seen: list[InputFile] = []
    for _ in range(2):
        paths = fetch_geneb([UNSEEN], tmp_path, progress=seen.append)
    folder = tmp_path / "data" / "geneb_tasks" / UNSEEN
    assert paths == [folder / "train.csv", folder / "test.csv"]
    assert len(downloads) == 2
    assert [file.name for file in seen] == list(geneb.file_names(UNSEEN))
    assert present(UNSEEN, tmp_path)
    task = read_geneb(UNSEEN, tmp_path)
    assert (task.task.task_id, task.classes, task.alphabet) == (UNSEEN, (0, 1), "dna")
    assert (task.train.sequences, task.test.sequences) == (["ACGT", "GGNC"], ["TTAA"])
    assert task.inputs == {name: sha256_of(tmp_path / "data" / name) for name in geneb.file_names(UNSEEN)}


@pytest.mark.usefixtures("downloads")
def test_a_file_that_changed_since_its_download_is_noticed(tmp_path: Path) -> None:
    path = fetch_geneb([UNSEEN], tmp_path)[1]
    path.write_text(PARTS["test"] + "AAAA,0\n", "utf-8")
    with pytest.raises(TableError, match=f"test.csv: .*delete it and run `vledger fetch {UNSEEN}`"):
        read_geneb(UNSEEN, tmp_path)


def test_half_a_task_is_completed(tmp_path: Path, downloads: list[str]) -> None:
    fetch_geneb([UNSEEN], tmp_path)[1].unlink()
    assert not present(UNSEEN, tmp_path)
    with pytest.raises(NotHereError, match=r"test\.csv is not in"):
        locate_geneb(UNSEEN, tmp_path)
    fetch_geneb([UNSEEN], tmp_path)
    assert [url.rpartition("/")[2] for url in downloads] == ["train.csv", "test.csv", "test.csv"]


def test_a_mirrors_one_file_comes_first_and_nothing_is_downloaded(
    tmp_path: Path, downloads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _mirror_of(tmp_path, UNSEEN, "text,label,split\nACGT,0,train\nGG,1,train\nTT,1,test\nAA,1,validation\n")
    monkeypatch.setenv(MIRROR, str(tmp_path))
    assert fetch_geneb([UNSEEN], tmp_path / "cache") == [path]
    assert downloads == []
    task = read_geneb(UNSEEN, tmp_path / "cache")
    assert (len(task.train), len(task.test), task.left_out) == (2, 1, 1)
    assert task.inputs == {geneb.mirror_name(UNSEEN): sha256_of(path)}


def test_a_mirror_may_have_the_hubs_two_files(
    tmp_path: Path, downloads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_geneb([UNSEEN], tmp_path)
    monkeypatch.setenv(MIRROR, str(tmp_path / "data"))
    assert list(locate_geneb(UNSEEN, tmp_path / "cache")) == list(geneb.file_names(UNSEEN))
    assert len(downloads) == 2


def test_a_mirrors_file_with_another_content_than_pinned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mirror_of(tmp_path, MOUSE, "text,label,split\nACGT,0,train\n")
    monkeypatch.setenv(MIRROR, str(tmp_path))
    with pytest.raises(TableError, match=rf"{MOUSE}.csv.gz: the content is not the pinned one .*replace it or unset"):
        locate_geneb(MOUSE, tmp_path / "cache")


# ---- the tasks of the mirror ----


@pytest.fixture
def with_mirror(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MIRROR, str(mirror))
    return mirror


def test_the_tasks_of_the_mirror_have_the_published_sizes(with_mirror: Path, published: Path, tmp_path: Path) -> None:
    with (published / "geneb_task_sizes.csv").open(encoding="utf-8", newline="") as file:
        sizes = {row["task_id"]: row for row in csv.DictReader(file)}
    pinned = [task_id for task_id, sha256 in geneb.mirrored().items() if sha256]
    assert sorted(sizes) == sorted(pinned)
    for task_id, size in sizes.items():
        assert locate_geneb(task_id, tmp_path) == {geneb.mirror_name(task_id): with_mirror / geneb.mirror_name(task_id)}
        task = read_geneb(task_id, tmp_path).task
        assert (task.n_train, task.n_test, task.n_classes) == tuple(
            int(size[name]) for name in ("n_train", "n_test", "n_classes")
        )
        assert task.prevalence == pytest.approx(float(size["prevalence"]), abs=5e-7)


def test_items_of_a_task_are_prepared_once_without_its_sequences(
    with_mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = geneb.mirror_name(MOUSE)
    _mirror_of(empty_cache / "mirror", MOUSE, "")
    shutil.copy(with_mirror / name, empty_cache / "mirror" / name)
    monkeypatch.setenv(MIRROR, str(empty_cache / "mirror"))
    folders = prepared.prepared_folders()
    assert [folder.name[:-17] for folder in folders] == [slug(MOUSE)]
    assert [path.name for path in folders[0].iterdir()] == ["item.parquet"]
    items = read_frame(folders[0] / "item.parquet")
    assert list(items.columns) == ["task_id", "item_id", "split", "label"]
    assert (items["task_id"].unique().tolist(), items["split"].unique().tolist()) == ([MOUSE], ["test"])
    assert items["item_id"].tolist() == [f"test-{row}" for row in range(810)]
    assert items["label"].tolist() == read_geneb(MOUSE, empty_cache).test.labels.tolist()
    made = (folders[0] / "item.parquet").stat().st_mtime_ns
    assert prepared.prepared_folders() == folders
    assert (folders[0] / "item.parquet").stat().st_mtime_ns == made


def test_items_hold_the_labels_of_the_file(tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _mirror_of(tmp_path / "m", UNSEEN, "text,label,split\nACGT,3,train\nGG,5,train\nTT,5,test\nAA,3,test\n")
    monkeypatch.setenv(MIRROR, str(tmp_path / "m"))
    (folder,) = prepared.prepared_folders()
    assert folder.is_relative_to(empty_cache)
    assert read_frame(folder / "item.parquet")["label"].tolist() == [5, 3]
