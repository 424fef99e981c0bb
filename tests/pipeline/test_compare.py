from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from engine.datasets.fetch import MIRROR
from engine.errors import QueryError, SpecError, StoreError
from engine.names import Metric
from engine.run import publishing
from engine.run.bookkeeping import local_results
from engine.run.compare import compare
from engine.store.parquet import read_frame, write_frame
from tests.pipeline.real_runs import brca1, published_with_data

if TYPE_CHECKING:
    from pathlib import Path

    from engine.run.execute import Summary

TASK = "brca1_sge"


@pytest.fixture(scope="module")
def real(mirror: Path) -> Summary:
    return brca1(mirror)


@pytest.fixture
def published(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache with a store of what is shipped and of the data on this machine."""
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.setenv("VLEDGER_CACHE", str(published_with_data(mirror)))


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("model", "baseline", "metric"),
    [
        ("evo2-1b", "consequence+blosum62", Metric.AUROC),
        ("evo2-1b", "consequence+blosum62", Metric.AUPRC),
        ("evo2-1b", "phylop", Metric.AUROC),
        ("evo2-1b", "sift", Metric.MCC),
        ("evo2-1b", "blosum62", Metric.AUROC),
    ],
)
def test_two_stored_systems_have_the_numbers_of_the_run(
    real: Summary, model: str, baseline: str, metric: Metric
) -> None:
    lines = {line.stratum: line for line in compare(model, baseline, TASK, metric)}
    values = {(row.stratum, row.model_id): row for row in real.scores if row.metric == metric}
    pairs = [
        row for row in real.comparisons if (row.model_id, row.baseline_id, row.metric) == (model, baseline, metric)
    ]
    assert lines.keys() == {row.stratum for row in pairs}
    for row in pairs:
        line = lines[row.stratum]
        assert (line.n, line.undefined_reason, line.verdict_article) == (
            row.n,
            row.undefined_reason,
            row.verdict_article,
        )
        assert (line.difference, line.difference_low, line.difference_high, line.p) == pytest.approx(
            (row.delta, row.ci_low, row.ci_high, row.p), abs=1e-12
        )
        for found, name in (
            ((line.first, line.first_low, line.first_high), model),
            ((line.second, line.second_low, line.second_high), baseline),
        ):
            score = values[row.stratum, name]
            assert found == pytest.approx((score.value, score.ci_low, score.ci_high), abs=1e-12)


@pytest.mark.usefixtures("published")
def test_any_two_systems_can_be_compared_with_thresholds_of_their_authors(real: Summary) -> None:
    (line,) = [line for line in compare("sift", "polyphen2", TASK, Metric.MCC) if line.stratum == "missense"]
    values = {row.model_id: row for row in real.scores if (row.stratum, row.metric) == ("missense", "MCC")}
    assert (line.first, line.second) == pytest.approx((values["sift"].value, values["polyphen2"].value))
    assert line.difference == pytest.approx(line.first - line.second)  # type: ignore[operator]
    assert line.verdict is not None


@pytest.mark.usefixtures("published")
def test_the_primary_metric_is_taken_where_none_is_said() -> None:
    assert {line.metric for line in compare("cadd", "phylop", TASK)} == {"AUROC"}


@pytest.mark.usefixtures("published")
def test_a_system_differs_from_itself_by_nothing() -> None:
    line = compare("cadd", "cadd", TASK)[0]
    assert (line.difference, line.p, line.first) == (0.0, 1.0, line.second)


@pytest.mark.usefixtures("published")
def test_a_system_that_was_never_scored_there_names_the_command() -> None:
    with pytest.raises(
        QueryError, match=r"no scores of single items of 'esm-2-8m' on brca1_sge: `vledger score --model"
    ):
        compare("esm-2-8m", "phylop", TASK)


@pytest.mark.usefixtures("published")
def test_a_task_or_metric_that_is_not_there_is_told() -> None:
    with pytest.raises(SpecError, match="cells:pbmc68k has no scores of single items to compare: a run of kind"):
        compare("hvg", "hvg-pca", "cells:pbmc68k")
    with pytest.raises(SpecError, match="there is no task 'brca1'"):
        compare("cadd", "phylop", "brca1")
    with pytest.raises(SpecError, match="brca1_sge is not measured by Spearman: choose AUROC, AUPRC, MCC"):
        compare("cadd", "phylop", TASK, Metric.SPEARMAN)


@pytest.mark.usefixtures("served_store")
def test_data_that_are_not_here_name_the_command() -> None:
    # Another process: this one has read the data already.
    command = [sys.executable, "-m", "engine", "compare", "consequence", "phylop", "--task", TASK]
    environment = {name: value for name, value in os.environ.items() if name != MIRROR}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (found.returncode, found.stdout) == (3, "")
    assert "run `vledger fetch brca1_sge`" in found.stderr


@pytest.mark.usefixtures("empty_cache")
def test_without_a_store_the_command_is_named(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, str(mirror))
    with pytest.raises(StoreError, match="run `vledger publish`"):
        compare("cadd", "phylop", TASK)


def test_scores_of_items_that_the_data_do_not_have_are_refused(
    real: Summary, mirror: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(mirror))
    shutil.copytree(published_with_data(mirror), empty_cache)
    copy = shutil.copytree(real.folder, local_results() / "brca1")
    rows = read_frame(copy / "prediction.parquet")
    rows.loc[rows["model_id"] == "consequence", "item_id"] += " of another version"
    write_frame(copy / "prediction.parquet", rows)
    publishing.publish()
    with pytest.raises(
        QueryError, match=r"a score of 'consequence' for .* of another version, which the data of brca1"
    ):
        compare("consequence", "phylop", TASK)
    assert compare("consequence+blosum62", "phylop", TASK)[0].n == 3893
