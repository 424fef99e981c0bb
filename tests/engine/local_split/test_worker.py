from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import VledgerError
from engine.local_split.client import Client
from engine.local_split.compare import compare
from engine.local_split.examples import EXAMPLES
from engine.local_split.exchange import Files, Options, OwnModel, Upload
from engine.local_split.report import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_NAME = {example.name: example for example in EXAMPLES}
SCORES = BY_NAME["scores"]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    found = Client()
    yield found
    found.close()


@pytest.mark.parametrize("name", ["protein-variants", "scores", "labelled-fasta"])
def test_the_process_finds_what_the_command_finds_to_the_last_digit(client: Client, name: str) -> None:
    example = BY_NAME[name]
    taken = client.compare(example.files(), example.options()).result()
    assert taken.result == compare(example.files(), example.options())
    assert taken.json == as_json(taken.result)
    assert json.loads(taken.json)
    assert taken.html.startswith(b"<!")
    assert taken.csv.count(b"\n") > 10


def test_an_option_that_changes_does_not_have_the_file_read_again(client: Client) -> None:
    rows = b"label,score,group\n" + b"".join(b"%d,%d.5,g%d\n" % (i % 2, i, i % 7) for i in range(60_000))
    files = Files(table=Upload("large.csv", rows))
    client.inspect(files, Options()).result()
    told = client.inspect(files, Options(strata=("group",)))
    steps = set()
    while not told.done:
        if told.progress is not None:
            steps.add(told.progress.what)
        time.sleep(0.001)
    assert told.result().used == 60_000
    assert "Reading the file" not in steps


def test_an_answer_that_nobody_waits_for_any_more_is_given_up(client: Client) -> None:
    example = BY_NAME["sequences"]
    first = client.compare(example.files(), example.options())
    second = client.inspect(SCORES.files(), SCORES.options())
    assert second.result().name == "example_scores.csv"
    assert first.wait(5)
    with pytest.raises(VledgerError, match="Another question came"):
        first.result()


def test_what_cannot_be_read_is_a_sentence_and_the_process_lives_on(client: Client) -> None:
    client.start()
    pid = client.pid
    with pytest.raises(VledgerError) as caught:
        client.inspect(Files(table=Upload("broken.xlsx", b"PK\x03\x04 nonsense")), Options()).result()
    assert "Traceback" not in str(caught.value)
    assert client.inspect(SCORES.files(), SCORES.options()).result().used > 0
    assert client.pid == pid


def test_what_cannot_be_evaluated_is_not_compared(client: Client) -> None:
    files = Files(table=Upload("plain.csv", b"a,b\n1,2\n2,3\n"))
    missing = client.inspect(files, Options()).result().missing
    assert missing
    with pytest.raises(VledgerError) as caught:
        client.compare(files, Options()).result()
    assert missing in str(caught.value)


def test_the_process_takes_no_more_memory_than_it_may_and_leaves_no_core(client: Client) -> None:
    client.start()
    client.inspect(SCORES.files(), SCORES.options()).result()
    limits = Path(f"/proc/{client.pid}/limits").read_text()
    held = {line[:26].strip(): line[26:].split() for line in limits.splitlines()[1:]}
    assert int(held["Max address space"][0]) == 8 * 2**30
    assert held["Max core file size"][0] == "0"


def test_a_model_that_is_not_here_is_a_problem_and_the_rest_is_compared(client: Client) -> None:
    example = BY_NAME["protein-variants"]
    options = replace(example.options(), model=OwnModel(model="no/such-model"))
    taken = client.compare(example.files(), options).result()
    (problem,) = taken.result.failed
    assert "no/such-model" in problem.problem
    assert len(taken.result.systems) > 2
