from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import VledgerError
from engine.local_split import client
from engine.local_split.client import Client
from engine.local_split.exchange import Files, Options, Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Scripted = Callable[..., Client]

FILES = Files(table=Upload("mine.csv", b"label,score\n" + b"1,0.5\n" * 200_000))
HEAD = """
import sys, time
from engine.local_split import pipes
from engine.local_split.pipes import Asked, Told
def tell(kind, value):
    pipes.write(sys.stdout.buffer, Told(number=asked.number, kind=kind, value=value))
while (asked := pipes.read(sys.stdin.buffer, Asked)) is not None:
"""


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A client whose process does what a few lines say with each question."""
    clients: list[Client] = []

    def make(*lines: str) -> Client:
        script = HEAD + "".join(f"    {line}\n" for line in lines)
        monkeypatch.setattr(client, "COMMAND", (sys.executable, "-c", script))
        clients.append(Client())
        return clients[-1]

    yield make
    for one in clients:
        one.close()


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_a_question_is_answered_with_what_the_process_says(scripted: Scripted) -> None:
    asker = scripted("tell('answer', [asked.question, len(asked.files.table.content), asked.options.seed])")
    assert asker.inspect(FILES, Options(seed=7)).result() == ["inspect", len(FILES.table.content), 7]


def test_a_file_is_sent_once_and_again_only_when_it_is_another(scripted: Scripted) -> None:
    asker = scripted("tell('answer', asked.files is not None)")
    other = Files(table=Upload("other.csv", b"label\n1\n"))
    same = Files(table=Upload("mine.csv", bytes(bytearray(FILES.table.content))))
    asked = [asker.inspect(files, Options()).result() for files in (FILES, same, other, FILES)]
    assert asked == [True, False, True, True]


def test_progress_tells_what_is_done_how_fast_and_how_long_it_will_take(scripted: Scripted) -> None:
    asker = scripted(
        "tell('step', ('reading', 0, 100))",
        "time.sleep(0.5)",
        "tell('step', ('reading', 50, 100))",
        "sys.stdin.buffer.read(1)",
    )
    job = asker.compare(FILES, Options())
    deadline = time.monotonic() + 10
    while (job.progress is None or job.progress.done < 50) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert job.progress is not None
    assert (job.progress.what, job.progress.done, job.progress.total) == ("reading", 50, 100)
    assert job.progress.rate == pytest.approx(100, rel=0.2)
    assert job.progress.seconds_left == pytest.approx(0.5, rel=0.2)
    assert not job.done


def test_the_rate_is_of_the_step_at_hand_not_of_the_one_before(scripted: Scripted) -> None:
    asker = scripted("[tell('step', (what, 9, 10)) for what in ('one', 'two')]", "tell('answer', None)")
    job = asker.compare(FILES, Options())
    job.result()
    assert job.progress is not None
    assert (job.progress.what, job.progress.rate, job.progress.seconds_left) == ("two", None, None)


def test_a_refusal_is_raised_with_its_sentence_every_time(scripted: Scripted) -> None:
    asker = scripted("tell('refusal', 'The file has no column for the label.')")
    job = asker.inspect(FILES, Options())
    for _ in range(2):
        with pytest.raises(VledgerError, match=r"^The file has no column for the label\.$"):
            job.result()


def test_a_process_that_dies_leaves_a_sentence_and_the_next_question_gets_another(scripted: Scripted) -> None:
    asker = scripted("asked.options.seed or sys.exit(1)", "tell('answer', 'alive')")
    with pytest.raises(VledgerError, match="ended without an answer"):
        asker.inspect(FILES, Options(seed=0)).result()
    assert asker.inspect(FILES, Options(seed=1)).result() == "alive"


def test_a_new_process_gets_the_file_again(scripted: Scripted) -> None:
    asker = scripted("tell('answer', asked.files is not None)")
    assert asker.inspect(FILES, Options()).result()
    asker.close()
    assert asker.inspect(FILES, Options()).result()


def test_cancel_kills_the_process_at_once_and_says_so(scripted: Scripted) -> None:
    asker = scripted("tell('step', ('working', 0, 0))", "time.sleep(60)")
    job = asker.compare(FILES, Options())
    pid = asker.pid
    assert pid is not None
    started = time.monotonic()
    job.cancel()
    with pytest.raises(VledgerError, match="stopped"):
        job.result()
    assert gone(pid)
    assert time.monotonic() - started < 3
    assert asker.pid is None


def test_cancelling_what_is_done_ends_nothing(scripted: Scripted) -> None:
    asker = scripted("tell('answer', 1)")
    job = asker.inspect(FILES, Options())
    assert job.result() == 1
    pid = asker.pid
    job.cancel()
    assert job.result() == 1
    assert asker.pid == pid is not None


def test_closing_ends_the_process_and_what_it_was_asked(scripted: Scripted) -> None:
    asker = scripted("time.sleep(60)")
    job = asker.compare(FILES, Options())
    pid = asker.pid
    assert pid is not None
    asker.close()
    assert gone(pid)
    with pytest.raises(VledgerError):
        job.result()


def test_a_client_that_nobody_holds_any_more_takes_its_process_along(scripted: Scripted) -> None:
    scripted("time.sleep(60)")
    dropped = Client()
    dropped.start()
    pid = dropped.pid
    assert pid is not None
    del dropped
    gc.collect()
    assert gone(pid)


def test_the_process_ends_with_the_one_that_started_it_even_when_that_is_killed() -> None:
    script = (
        "from engine.local_split.client import Client\n"
        "import time\n"
        "one = Client(); one.start(); print(one.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, parent.stdout as out:
        pid = int(out.readline())
        parent.kill()
    assert gone(pid, 20)


def test_two_clients_have_two_processes_of_which_neither_knows_the_other_s_file(scripted: Scripted) -> None:
    first = scripted("tell('answer', asked.files and asked.files.table.name)")
    second = Client()
    other = Files(table=Upload("other.csv", b""))
    assert first.inspect(FILES, Options()).result() == "mine.csv"
    assert second.inspect(other, Options()).result() == "other.csv"
    assert first.pid != second.pid
    second.close()


def test_starting_twice_makes_one_process(scripted: Scripted) -> None:
    asker = scripted("pass")
    asker.start()
    pid = asker.pid
    asker.start()
    assert asker.pid == pid is not None
    assert os.getpid() != pid
