"""Dictionaries of tokens, medians and names in every form, and what is wrong with damaged ones."""

from __future__ import annotations

import collections
import json
import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.errors import NotHereError, SpecError, TableError
from engine.models.cells.dictionaries import read_vocabulary

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = {"<pad>": 0, "<mask>": 1, "ENSG01": 2, "ENSG02": 3}
MEDIANS = {"ENSG01": 1.5, "ENSG02": 0.25}
NAMES = {"tp53": "ENSG01"}


def _write(path: Path, content: dict[str, Any]) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(content), encoding="utf-8")
    elif path.suffix == ".csv":
        path.write_text("name,value\n" + "".join(f"{name},{value}\n" for name, value in content.items()))
    elif path.suffix == ".npz":
        np.savez(path, names=np.array(list(content)), values=np.array(list(content.values())))
    else:
        path.write_bytes(pickle.dumps(content))


def _folder(folder: Path, suffix: str = ".json", tail: str = "", **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"token_dictionary": TOKENS, "gene_median_dictionary": MEDIANS, "gene_name_id_dict": NAMES} | changes
    for stem, content in contents.items():
        _write(folder / f"{stem}{tail}{suffix}", content)
    return folder


def _read(*folders: Path, size: int = 4, allow_pickle: bool = False) -> Any:
    return read_vocabulary(folders, size=size, model="tiny", allow_pickle=allow_pickle)


@pytest.mark.parametrize("suffix", [".json", ".csv", ".npz", ".pkl"])
def test_every_form_says_the_same(tmp_path: Path, suffix: str) -> None:
    vocabulary, used = _read(_folder(tmp_path, suffix, "_gc104M"), allow_pickle=True)
    assert dict(vocabulary.tokens) == TOKENS
    assert dict(vocabulary.medians) == MEDIANS
    assert dict(vocabulary.names) == {"TP53": "ENSG01"}
    assert [path.name for path in used] == [
        f"{stem}_gc104M{suffix}" for stem in ("token_dictionary", "gene_median_dictionary", "gene_name_id_dict")
    ]


def test_pickles_of_numpy_s_numbers_are_read(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ".pkl")
    medians = collections.OrderedDict((name, np.float64(value)) for name, value in MEDIANS.items())
    (folder / "gene_median_dictionary.pkl").write_bytes(pickle.dumps(medians, protocol=4))
    assert dict(_read(folder, allow_pickle=True)[0].medians) == MEDIANS


def test_pickles_need_consent_unless_the_same_stands_beside_them(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ".pkl")
    with pytest.raises(SpecError, match=r"token_dictionary\.pkl is a pickle, .* --allow-pickle, or write the same as"):
        _read(folder)
    _folder(tmp_path, ".json")
    assert dict(_read(folder)[0].tokens) == TOKENS


class _Command:
    def __reduce__(self) -> Any:
        return os.mkdir, ("ran",)


def test_a_pickle_that_holds_code_is_refused_before_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = _folder(tmp_path, ".pkl")
    (folder / "token_dictionary.pkl").write_bytes(pickle.dumps({"<pad>": _Command()}))
    with pytest.raises(TableError, match=r"token_dictionary\.pkl: it cannot be read \(it asks for posix\.mkdir"):
        _read(folder, allow_pickle=True)
    assert not (tmp_path / "ran").exists()


def test_the_dictionary_of_the_model_s_size_is_taken_with_those_of_its_tail(tmp_path: Path) -> None:
    beside = _folder(tmp_path / "own", tail="_a", token_dictionary={"<pad>": 0, "ENSG09": 1})
    other = _folder(tmp_path / "other", tail="_b")
    vocabulary, used = _read(beside, other)
    assert dict(vocabulary.tokens) == TOKENS
    assert {path.parent for path in used} == {other}


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"token_dictionary": TOKENS | {"ENSG03": 4}}, SpecError, r"tiny has 4 tokens, but .* 5 tokens \(token_dict"),
        ({"token_dictionary": TOKENS | {"ENSG02": 2}}, TableError, "tokens repeat or leave gaps"),
        ({"token_dictionary": TOKENS | {"ENSG02": 2.5}}, TableError, "a token is not a whole number"),
        (
            {"gene_median_dictionary": {"ENSG01": 0.0}},
            TableError,
            r"the median of ENSG01 is not above 0 \(found",
        ),
        ({"gene_median_dictionary": {}}, TableError, r"gene_median_dictionary\.json: it is no dictionary"),
    ],
    ids=["size", "gap", "fraction", "median", "empty"],
)
def test_dictionaries_of_another_model_or_damaged_ones_are_refused(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        _read(_folder(tmp_path, **changes))


@pytest.mark.parametrize("suffix", [".json", ".npz", ".pkl"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, suffix: str) -> None:
    folder = _folder(tmp_path, suffix)
    (folder / f"token_dictionary{suffix}").write_bytes(b"PK\x03\x04 no dictionary")
    with pytest.raises(TableError, match=rf"token_dictionary\{suffix}: it cannot be read"):
        _read(folder, allow_pickle=True)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match=r"tiny: no token_dictionary\*\.json, \.csv, \.npz or \.pkl in"):
        _read(tmp_path)
    folder = _folder(tmp_path)
    (folder / "gene_median_dictionary.json").unlink()
    with pytest.raises(NotHereError, match=r"No gene_median_dictionary stands beside token_dictionary\.json"):
        _read(folder)
