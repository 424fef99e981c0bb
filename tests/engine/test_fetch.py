from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from engine.datasets import fetch as module
from engine.datasets.fetch import MIRROR, available, download, fetch, locate, located, read_task
from engine.errors import NotHereError, SpecError, TableError
from engine.registry.files import BRCA1_REGION, CLINVAR_SAMPLE, InputFile, input_file
from engine.registry.tasks import find_task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"ACGT" * 50_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Answers(BaseHTTPRequestHandler):
    """/good: the file; /busy: the file at the third time; /cut: half of it; /wrong: another one; else 404."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/busy" and self.asked.count("/busy") < 3:
            self.send_error(503)
        elif self.path in {"/good", "/busy", "/cut", "/wrong"}:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            body = CONTENT[::-1] if self.path == "/wrong" else CONTENT
            self.wfile.write(body[: len(body) // 2] if self.path == "/cut" else body)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths in the order in which they were asked for; waiting takes no time."""
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    monkeypatch.delenv(MIRROR, raising=False)
    return []


@pytest.fixture
def address(asked: list[str]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Answers,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _file(url: str, *, upstream: str | None = SHA256) -> InputFile:
    return replace(input_file(BRCA1_REGION), url=url, sha256=SHA256, upstream_sha256=upstream)


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def _registered(monkeypatch: pytest.MonkeyPatch, file: InputFile) -> None:
    monkeypatch.setattr(module, "input_file", {file.name: file}.__getitem__)


def test_a_file_is_downloaded_and_checked(tmp_path: Path, address: str, asked: list[str]) -> None:
    download(_file(f"{address}/good"), tmp_path / "new" / "file.txt")
    assert (tmp_path / "new" / "file.txt").read_bytes() == CONTENT
    assert _left(tmp_path) == ["file.txt"]
    assert asked == ["/good"]


def test_a_busy_server_is_asked_again(tmp_path: Path, address: str, asked: list[str]) -> None:
    download(_file(f"{address}/busy"), tmp_path / "file.txt")
    assert (tmp_path / "file.txt").read_bytes() == CONTENT
    assert asked == ["/busy"] * 3


def test_a_missing_page_is_asked_for_once_and_named(tmp_path: Path, address: str, asked: list[str]) -> None:
    message = rf"{address}/gone could not be downloaded \(HTTP 404\): check the network, or set VLEDGER_MIRROR"
    with pytest.raises(NotHereError, match=message):
        download(_file(f"{address}/gone"), tmp_path / "file.txt")
    assert asked == ["/gone"]
    assert _left(tmp_path) == []


def test_half_a_file_is_never_left_under_the_final_name(tmp_path: Path, address: str, asked: list[str]) -> None:
    with pytest.raises(NotHereError, match=r"/cut could not be downloaded .*VLEDGER_MIRROR"):
        download(_file(f"{address}/cut"), tmp_path / "file.txt")
    assert asked == ["/cut"] * 3
    assert _left(tmp_path) == []


def test_half_of_a_file_without_a_pinned_hash_is_refused_too(tmp_path: Path, address: str) -> None:
    with pytest.raises(NotHereError, match="/cut could not be downloaded"):
        download(_file(f"{address}/cut", upstream=None), tmp_path / "file.txt")
    assert _left(tmp_path) == []


def test_another_content_names_both_hashes_and_a_remedy(tmp_path: Path, address: str) -> None:
    other = hashlib.sha256(CONTENT[::-1]).hexdigest()
    message = (
        rf"file.txt: the content is not the pinned one \(found '{other}'\); expected SHA-256 {SHA256}: try `vledger"
    )
    with pytest.raises(TableError, match=message):
        download(_file(f"{address}/wrong"), tmp_path / "file.txt")
    assert _left(tmp_path) == []


def test_nobody_at_the_address_is_one_sentence(tmp_path: Path, asked: list[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/good"
        with pytest.raises(
            NotHereError, match=r"could not be downloaded \(ConnectionError\).*VLEDGER_MIRROR"
        ) as raised:
            download(_file(url), tmp_path / "file.txt")
    assert "\n" not in str(raised.value)
    assert asked == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, address: str) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(NotHereError, match=r"data/file.txt cannot be written"):
        download(_file(f"{address}/good"), tmp_path / "data" / "file.txt")


def test_fetch_downloads_once(tmp_path: Path, address: str, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(f"{address}/good")
    _registered(monkeypatch, file)
    seen: list[str] = []
    for _ in range(2):
        paths = fetch([file.name], tmp_path, progress=lambda found: seen.append(found.name))
    assert paths == [tmp_path / "data" / file.name]
    assert asked == ["/good"]
    assert seen == [file.name]


def test_a_changed_file_in_the_cache_is_noticed(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(f"{address}/good")
    _registered(monkeypatch, file)
    path = fetch([file.name], tmp_path)[0]
    path.write_bytes(CONTENT + b"A")
    with pytest.raises(TableError, match=rf"{path.name}: .*{SHA256}: delete it and run `vledger fetch brca1_sge`"):
        locate(file.name, tmp_path)


def test_without_a_pinned_hash_the_first_download_counts(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = replace(_file(f"{address}/wrong", upstream=None), sha256="0" * 64)
    _registered(monkeypatch, file)
    path = fetch([file.name], tmp_path)[0]
    assert path.with_name(f"{path.name}.sha256").read_text() == hashlib.sha256(CONTENT[::-1]).hexdigest() + "\n"
    path.write_bytes(CONTENT)
    with pytest.raises(TableError, match=hashlib.sha256(CONTENT[::-1]).hexdigest()):
        locate(file.name, tmp_path)


def test_a_second_download_is_held_against_the_first(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _file(f"{address}/good", upstream=None)
    _registered(monkeypatch, first)
    fetch([first.name], tmp_path)[0].unlink()
    _registered(monkeypatch, replace(first, url=f"{address}/wrong"))
    with pytest.raises(TableError, match=f"expected SHA-256 {SHA256}: try `vledger fetch"):
        fetch([first.name], tmp_path)


def test_a_mirrors_copy_in_the_cache_is_held_against_the_mirrors_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    file = _file("http://127.0.0.1/", upstream=None)
    _registered(monkeypatch, file)
    path = tmp_path / "data" / file.name
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert locate(file.name, tmp_path) == path
    assert asked == []


def test_the_mirror_comes_before_the_cache(
    tmp_path: Path, address: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(f"{address}/good")
    _registered(monkeypatch, file)
    mirrored = tmp_path / "mirror" / file.name
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CONTENT)
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    assert fetch([file.name], tmp_path / "cache") == [mirrored]
    assert asked == []
    mirrored.write_bytes(b"other")
    with pytest.raises(TableError, match=rf"{SHA256}: replace it or unset VLEDGER_MIRROR"):
        locate(file.name, tmp_path / "cache")


def test_a_mirror_without_the_file_gives_way_to_the_cache(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(f"{address}/good")
    _registered(monkeypatch, file)
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    assert fetch([file.name], tmp_path / "cache") == [tmp_path / "cache" / "data" / file.name]


@pytest.mark.usefixtures("asked")
def test_what_is_not_here_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=r"run `vledger fetch clinvar_sample` or set VLEDGER_MIRROR"):
        locate(CLINVAR_SAMPLE, tmp_path)
    assert available("clinvar_sample", tmp_path) == [CLINVAR_SAMPLE]
    with pytest.raises(NotHereError, match="vledger fetch brca1_sge"):
        read_task("brca1_sge", tmp_path)


@pytest.mark.usefixtures("asked")
def test_an_unknown_task_or_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no task 'brca1'.*did you mean 'brca1_sge'\?"):
        available("brca1", tmp_path)
    with pytest.raises(SpecError, match=r"there is no input file 'nothing.csv'; known here: brca1/"):
        locate("nothing.csv", tmp_path)


def test_a_task_is_read_from_the_mirror(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, str(mirror))
    assert available("clinvar_missense", tmp_path) == []
    assert read_task("clinvar_missense", tmp_path).task.n_test == 19_958


def test_optional_inputs_are_left_out_where_they_are_not_here(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = find_task("clinvar_missense")
    for name in card.files:
        (tmp_path / "mirror" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mirror / name, tmp_path / "mirror" / name)
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    assert list(located("clinvar_missense", tmp_path)) == list(card.files)
    assert read_task("clinvar_missense", tmp_path).proteins == {}
