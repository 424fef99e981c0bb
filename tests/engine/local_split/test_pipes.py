"""What a process that was taken over could send is read as data or not at all."""

from __future__ import annotations

import io
import math
import pickle
import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.local_split import pipes
from engine.local_split.exchange import Field, Files, Options, ScoreColumn, Upload
from engine.local_split.pipes import Asked, Taken, Told
from engine.local_split.report import as_json
from tests.engine.local_split import results

if TYPE_CHECKING:
    from engine.local_split.exchange import Inspection


def framed(content: bytes) -> io.BytesIO:
    return io.BytesIO(struct.pack(">Q", len(content)) + content)


class Runs:
    """Touches a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_a_pickle_is_no_message_and_runs_nothing(tmp_path: Path) -> None:
    hostile = pickle.dumps(Runs(tmp_path / "touched"))
    assert pipes.read(framed(hostile), Told) is None
    assert not (tmp_path / "touched").exists()
    pickle.loads(hostile)  # noqa: S301 - it would have
    assert (tmp_path / "touched").exists()


def test_a_question_comes_through_as_it_was() -> None:
    asked = Asked(
        number=3,
        question="compare",
        files=Files(table=Upload("mine.csv", bytes(range(256)) * 300)),
        options=Options(
            columns=((Field.LABEL, "y"),), scores=(ScoreColumn(column="s", threshold=math.inf),), strata=("gene",)
        ),
    )
    pipe = io.BytesIO()
    pipes.write(pipe, asked)
    pipe.seek(0)
    assert pipes.read(pipe, Asked) == asked
    assert pipes.read(pipe, Asked) is None


def told(value: Inspection | Taken) -> Any:
    """What arrives of an answer."""
    pipe = io.BytesIO()
    pipes.write(pipe, Told(number=1, kind="answer", value=value))
    pipe.seek(0)
    found = pipes.read(pipe, Told)
    assert found is not None
    return found.value


def test_an_answer_comes_through_as_it_was() -> None:
    assert told(results.inspection()) == results.inspection()
    result = results.result()
    taken = told(Taken(result=result, html=b"\xff<p>", csv=b"a", json=b"{}"))
    assert (taken.html, taken.csv, taken.json) == (b"\xff<p>", b"a", b"{}")
    assert as_json(taken.result) == as_json(result)
    # Points of curves arrive as lists.
    assert replace(taken.result, curves=result.curves) == result


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[{}]", b'[{"number":1,"kind":"program","value":1}]', b"[[]]", b"\xff"]
)
def test_what_is_no_message_ends_the_talk(content: bytes) -> None:
    assert pipes.read(framed(content), Told) is None


def test_a_length_beyond_all_measure_is_not_waited_for() -> None:
    assert pipes.read(io.BytesIO(b"\xff" * 8 + b"[]"), Told) is None


@given(st.binary(max_size=200))
def test_bytes_at_random_raise_nothing(content: bytes) -> None:
    for kind in (Asked, Told):
        assert pipes.read(io.BytesIO(content), kind) is None
        assert pipes.read(framed(content), kind) is None
