from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from engine.errors import VledgerError
from engine.local_split.exchange import Files, Options, Upload
from engine.local_split.inspect import inspect
from engine.local_split.reading import read_table
from tests.engine.local_split.malformed import Malformed, listed, mistaken, refused

_SECONDS = 10
_LONGEST_SENTENCE = 400
_OF_PYTHON = ("Traceback", "Error:", "Exception", "0x7f", "object at", "<class")


def _named(files: list[Malformed]) -> list[str]:
    return [file.name[:40].encode("unicode_escape").decode() for file in files]


with tempfile.TemporaryDirectory() as _folder:
    REFUSED = list(refused(Path(_folder)))
LISTED = list(listed())
MISTAKEN = list(mistaken())


def test_the_corpus_has_more_than_a_hundred_different_files() -> None:
    files = [file.content for file in REFUSED + LISTED + MISTAKEN]
    assert len(set(files)) == len(files) > 100


@pytest.mark.parametrize("file", REFUSED, ids=_named(REFUSED))
def test_a_file_of_no_use_is_refused_in_one_sentence(file: Malformed) -> None:
    began = time.monotonic()
    with pytest.raises(VledgerError) as caught:
        read_table(Upload(file.name, file.content))
    _check_sentence(str(caught.value))
    for word in file.words:
        assert word in str(caught.value)
    assert time.monotonic() - began < _SECONDS


@pytest.mark.parametrize("file", LISTED, ids=_named(LISTED))
def test_a_file_of_some_use_is_read_and_its_faults_are_listed(file: Malformed) -> None:
    began = time.monotonic()
    table = read_table(Upload(file.name, file.content))
    assert len(table.frame) == len(table.rows) > 0
    assert set(file.words) <= {problem.kind for problem in table.problems}
    for problem in table.problems:
        _check_sentence(problem.problem)
        assert problem.value is None or len(problem.value) <= 80
    assert time.monotonic() - began < _SECONDS


@pytest.mark.parametrize("file", MISTAKEN, ids=_named(MISTAKEN))
def test_a_file_that_means_nothing_is_read_and_its_faults_are_listed(file: Malformed) -> None:
    began = time.monotonic()
    found, split = inspect(Files(table=Upload(file.name, file.content)), Options())
    told = " ".join([found.missing or "", *(problem.kind for problem in found.problems)])
    for word in file.words:
        assert word in told
    for problem in found.problems:
        _check_sentence(problem.problem)
        assert problem.value is None or len(problem.value) <= 80
    assert (split is None) == (found.missing is not None)
    # No row is lost: each is used, or stands among the problems, or is set aside by its label.
    aside = sum(word.count for word in found.label_words if word.read_as in {"set aside", "missing"})
    left_out = {problem.row for problem in found.problems if problem.severity == "left out"}
    assert split is None or found.used + len(left_out) + aside == found.rows
    assert time.monotonic() - began < _SECONDS


def _check_sentence(sentence: str) -> None:
    assert sentence.isprintable()
    assert len(sentence) < _LONGEST_SENTENCE
    assert not any(word in sentence for word in _OF_PYTHON)
