"""What the server counts, who may see it, and that no label takes what a reader typed."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from concurrent.futures import Future
from typing import TYPE_CHECKING, get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from benchmarks.readers import reading
from dashboard.observing import metrics
from dashboard.view import PAGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.conftest import Serve
    from tests.serving_app import Served

TOKEN = "a-token-of-this-test"
Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def served(serve_once: Serve) -> Served:
    return serve_once(variables={"VLEDGER_METRICS_TOKEN": TOKEN})


def _status(base: str, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"{base}/api/metrics", headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - same
            status, text = int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read()
    assert (b"vledger_" in text) == (status == 200)
    return status


def _values(text: str) -> Values:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}


def _asked(base: str) -> Values:
    with urllib.request.urlopen(f"{base}/api/metrics", timeout=30) as answer:  # noqa: S310 - same
        return _values(answer.read().decode())


def _own() -> Values:
    return _values(metrics.text().decode())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 404),
        ({"Forwarded": "for=127.0.0.1"}, 404),
        ({"X-Real-IP": "127.0.0.1"}, 404),
        ({"X-Forwarded-For": "10.0.0.9", "Authorization": f"Bearer {TOKEN}"}, 200),
        ({"X-Forwarded-For": "10.0.0.9", "Authorization": "Bearer another"}, 404),
        ({"X-Forwarded-For": "10.0.0.9", "Authorization": f"Basic {TOKEN}"}, 404),
        ({"X-Forwarded-For": "10.0.0.9", "Authorization": "Bearer "}, 404),
    ],
    ids=["near", "forwarded", "forwarded anew", "by a proxy", "token", "wrong token", "other scheme", "no token"],
)
def test_metrics_are_for_this_machine_and_for_who_has_the_token(
    headers: dict[str, str], status: int, served: Served
) -> None:
    assert _status(served.base, headers) == status


def test_without_a_token_on_the_server_none_is_right(serve: Serve) -> None:
    bare = serve()
    assert _status(bare.base, {"X-Forwarded-For": "10.0.0.9", "Authorization": "Bearer "}) == 404
    assert _status(bare.base, {}) == 200


def test_a_reader_is_counted_by_page_and_as_a_session(served: Served, store: Path) -> None:
    async def read() -> Values:
        async with reading(served.base) as reader:
            for page in ("overview", "task", "no-such-page-of-ours"):
                await reader.visit("" if page == "overview" else page)
            return await asyncio.to_thread(_asked, served.base)

    found = asyncio.run(read())
    assert found["vledger_sessions", ()] == 1
    runs = {labels: value for (name, labels), value in found.items() if name == "vledger_reruns_total"}
    assert sum(runs.values()) >= 2
    assert {dict(labels)["page"] for labels in runs} >= {"overview", "task"}
    assert {dict(labels)["page"] for labels in runs} <= {*PAGES, "other"}
    assert found["vledger_rerun_seconds_count", (("page", "task"),)] >= 1
    (info,) = [dict(labels) for (name, labels), _ in found.items() if name == "vledger_store_info"]
    assert info["data_version"].startswith(store.stem.removeprefix("vledger-"))
    assert found["vledger_store_published_timestamp_seconds", ()] > 1.7e9
    assert found["process_resident_memory_bytes", ()] > 10_000_000
    assert found["process_cpu_seconds_total", ()] > 0
    assert found["vledger_scripts_failed_total", ()] == 0


def test_a_name_that_is_none_of_ours_is_counted_as_other() -> None:
    before = _own().get(("vledger_reruns_total", (("outcome", "finished"), ("page", "other"))), 0)
    for typed in ("' OR 1=1", "patient-17", "TASK"):
        with metrics.counted(typed, PAGES):
            pass
    found = _own()
    assert found["vledger_reruns_total", (("outcome", "finished"), ("page", "other"))] == before + 3
    assert not any("patient" in label for _, labels in found for _, label in labels)


@pytest.mark.parametrize(
    ("outcome", "error"),
    [("stopped", StopException()), ("rerun", RerunException(RerunData())), ("failed", ValueError("x"))],
    ids=["stopped", "rerun", "failed"],
)
def test_a_run_is_counted_as_it_ended(outcome: str, error: BaseException) -> None:
    key = ("vledger_reruns_total", (("outcome", outcome), ("page", "size")))
    before = _own().get(key, 0)
    with pytest.raises(type(error)), metrics.counted("size", PAGES):
        raise error
    assert _own()[key] == before + 1


def test_work_is_waiting_then_running_then_done_or_failed() -> None:
    def now() -> tuple[float, ...]:
        found = _own()
        states = (("vledger_work_now", (("kind", "files"), ("state", state))) for state in ("waiting", "running"))
        return *(found[key] for key in states), found["vledger_work_failed_total", (("kind", "files"),)]

    waiting, running, failed = now()
    work: Future[int] = Future()
    metrics.working("files", work)
    assert now() == (waiting + 1, running, failed)
    work.set_running_or_notify_cancel()
    assert now() == (waiting, running + 1, failed)
    work.set_exception(ValueError("x"))
    assert now() == (waiting, running, failed + 1)


def test_refusals_and_uploads_are_counted_without_names() -> None:
    before = _own()
    for reason in get_args(metrics.Refusal):
        metrics.refused(reason)
    metrics.uploaded(1234)
    after = _own()
    for reason in get_args(metrics.Refusal):
        key = ("vledger_refused_total", (("reason", reason),))
        assert after[key] == before[key] + 1
    assert after["vledger_uploads_total", ()] == before["vledger_uploads_total", ()] + 1
    assert after["vledger_upload_bytes_total", ()] == before["vledger_upload_bytes_total", ()] + 1234
