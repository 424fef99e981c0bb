"""Each malformed file is met with one sentence: what is wrong, where, what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import NotHereError, TableError, VledgerError
from engine.singlecell.reading import trial
from engine.singlecell.reading.trial import read_all, try_out
from tests.singlecell.files import content, write
from tests.singlecell.reading.malformed import CORPUS, met


@pytest.mark.parametrize("name", list(CORPUS))
def test_a_malformed_file_has_its_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        met(CORPUS[name], tmp_path)
    said = str(caught.value)
    assert said.startswith(("bad.h5ad: ", "bad.h5ad, column"))
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 400
    for part in CORPUS[name].says:
        assert part in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=r"none\.h5ad cannot be opened \(No such file"):
        read_all(tmp_path / "none.h5ad")


@pytest.mark.parametrize(
    "packing", [{"compressor": {"id": "pickle"}}, {"filters": [{"id": "pickle"}]}, {"filters": [{"id": "packbits"}]}]
)
def test_only_codecs_that_unpack_numbers_and_texts_are_run(packing: dict[str, object], tmp_path: Path) -> None:
    """Pickle runs what the file says; zarr refuses it before we do."""
    plain = {"zarr_format": 2, "chunks": [4], "dtype": "<i4", "fill_value": 0, "order": "C"}
    unpacked = {"shape": [4], "compressor": None, "filters": None}
    for folder in (".", "obs", "var", "obs/_index", "var/_index", "X"):
        (tmp_path / "bad.zarr" / folder).mkdir(parents=True, exist_ok=True)
    for folder in (".", "obs", "var"):
        (tmp_path / "bad.zarr" / folder / ".zgroup").write_text('{"zarr_format": 2}', "utf-8")
    for array in ("obs/_index", "var/_index", "X"):
        (tmp_path / "bad.zarr" / array / ".zarray").write_text(json.dumps(plain | unpacked | packing), "utf-8")
    with pytest.raises(TableError, match=r"'object_codec_id': 'pick|packed by 'packbits', which is not run here"):
        read_all(tmp_path / "bad.zarr")


def test_damaged_bytes_end_in_a_sentence_or_in_values(tmp_path: Path) -> None:
    """In a process of its own: whether HDF5's library survives is what is asked."""
    good = write(tmp_path / "good.h5ad", content(), compression="gzip")
    ended = subprocess.run(
        [sys.executable, __file__, str(good), str(tmp_path / "bad.h5ad"), "150"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    read, refused = map(int, ended.stdout.split())
    assert read + refused == 150
    assert min(read, refused) > 20


def test_a_process_that_hangs_on_a_file_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial.sys, "executable", _script(tmp_path, "exec sleep 60"))
    with pytest.raises(TableError, match=r"one\.h5ad: reading it did not end within 0\.2 seconds"):
        try_out(tmp_path / "one.h5ad", seconds=0.2)


def test_a_process_that_dies_of_a_file_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial.sys, "executable", _script(tmp_path, "kill -SEGV $$"))
    with pytest.raises(TableError, match=r"one\.h5ad: the process that tried to read it died of it"):
        try_out(tmp_path / "one.h5ad")


def test_a_good_file_passes_the_trial_and_a_bad_one_is_left_to_its_reader(tmp_path: Path) -> None:
    try_out(write(tmp_path / "good.h5ad", content()))
    (tmp_path / "bad.h5ad").write_bytes(b"nothing")
    try_out(tmp_path / "bad.h5ad")


def _script(folder: Path, line: str) -> str:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def _damage(good: bytes, generator: np.random.Generator) -> bytes:
    """A few bytes replaced; of every tenth file the end is missing."""
    data = bytearray(good)
    for place in generator.integers(len(data), size=generator.choice([1, 4, 16, 64])):
        data[place] = generator.integers(256)
    return bytes(data[: generator.integers(len(data))] if generator.random() < 0.1 else data)


def _main(good: str, bad: str, times: int) -> None:
    generator, read, original = np.random.default_rng(7), 0, Path(good).read_bytes()
    for _ in range(times):
        Path(bad).write_bytes(_damage(original, generator))
        try:
            read_all(Path(bad))
            read += 1
        except VledgerError:
            pass
    print(read, times - read)  # noqa: T201 - it answers the test that started it


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
