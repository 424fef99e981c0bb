from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from engine.errors import TableError
from engine.names import Metric
from engine.published import geneb

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Bundle

SIZED_TASKS = [
    "iDNA_ABF_5mC",
    "iDNA_ABF_6mA",
    "leannmlindsey_GUE_human_tf_0",
    "leannmlindsey_GUE_human_tf_1",
    "leannmlindsey_GUE_human_tf_2",
    "leannmlindsey_GUE_human_tf_3",
    "leannmlindsey_GUE_mouse_0",
    "leannmlindsey_GUE_mouse_2",
    "leannmlindsey_GUE_mouse_3",
    "leannmlindsey_GUE_prom_300_tata",
    "leannmlindsey_GUE_prom_core_all",
    "leannmlindsey_GUE_prom_core_notata",
]


def _drop_last_line(path: Path) -> None:
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")


def _replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(("metric", "count"), [(Metric.MCC, 12_300), (Metric.ACC, 4_100), (Metric.F1, 4_100)])
def test_every_published_value_becomes_a_score(geneb_bundle: Bundle, metric: Metric, count: int) -> None:
    assert sum(score.metric == metric for score in geneb_bundle.scores) == count


def test_models_tasks_and_categories_are_complete(geneb_bundle: Bundle) -> None:
    assert len({score.model_id for score in geneb_bundle.scores}) == 41
    assert len(geneb_bundle.tasks) == 100
    assert len({task.category for task in geneb_bundle.tasks}) == 13


def test_every_regime_is_complete(geneb_bundle: Bundle) -> None:
    counts = Counter(score.regime for score in geneb_bundle.scores if score.metric == Metric.MCC)
    assert counts == {"full": 4_100, "10shot": 4_100, "1shot": 4_100}


def test_one_model_was_not_run_by_the_authors(geneb_bundle: Bundle) -> None:
    by_others = {score.model_id for score in geneb_bundle.scores if score.provenance != "official"}
    assert by_others == {"splicebert-1024nt"}


def test_a_score_has_the_size_of_its_task_where_that_is_known(geneb_bundle: Bundle) -> None:
    sizes = {score.task_id: score.n for score in geneb_bundle.scores}
    assert sizes["leannmlindsey_GUE_mouse_3"] == 239
    assert {task for task, n in sizes.items() if n is not None} == set(SIZED_TASKS)


@pytest.mark.parametrize("name", ["geneb_task_mcc.csv", "geneb_task_acc_f1_full.csv"])
def test_a_lost_line_of_scores_is_refused(precomputed_copy: Path, name: str) -> None:
    _drop_last_line(precomputed_copy / "published" / name)
    with pytest.raises(TableError, match=rf"{name}: 1 rows are missing, the first "):
        geneb.read(precomputed_copy / "published")


@pytest.mark.parametrize("name", ["geneb_models.csv", "geneb_tasks.csv"])
def test_a_lost_model_or_task_is_refused(precomputed_copy: Path, name: str) -> None:
    _drop_last_line(precomputed_copy / "published" / name)
    with pytest.raises(TableError, match="rows name an unknown model or task"):
        geneb.read(precomputed_copy / "published")


@pytest.mark.parametrize("name", ["geneb_task_mcc.csv", "geneb_task_acc_f1_full.csv"])
@pytest.mark.parametrize("known", ["agro-nucleotide-transformer-1b,", "downstream_tasks_H3,"])
def test_an_unknown_model_or_task_is_refused(precomputed_copy: Path, name: str, known: str) -> None:
    path = precomputed_copy / "published" / name
    _replace_once(path, known, f"un{known}")
    with pytest.raises(TableError, match="1 rows name an unknown model or task") as caught:
        geneb.read(precomputed_copy / "published")
    assert f"un{known.rstrip(',')}" in str(caught.value)


def test_a_size_for_an_unknown_task_is_refused(precomputed_copy: Path) -> None:
    _replace_once(precomputed_copy / "published" / "geneb_task_sizes.csv", "iDNA_ABF_5mC", "iDNA_ABF_7mC")
    with pytest.raises(TableError, match=r"geneb_task_sizes\.csv, column 'task_id'.*iDNA_ABF_7mC"):
        geneb.read(precomputed_copy / "published")


@pytest.mark.parametrize("regime", ["half", "2shot", "zero_shot"])
def test_an_unknown_regime_is_refused(precomputed_copy: Path, regime: str) -> None:
    _replace_once(precomputed_copy / "published" / "geneb_task_mcc.csv", "full,", f"{regime},")
    with pytest.raises(TableError, match="line 2, column 'regime'"):
        geneb.read(precomputed_copy / "published")


def _accuracies(published: Path, task_id: str) -> list[int]:
    """Published accuracies in units of the last printed digit, 1e-5."""
    with (published / "geneb_task_acc_f1_full.csv").open(encoding="utf-8", newline="") as file:
        return [round(float(row["accuracy"]) * 100_000) for row in csv.DictReader(file) if row["task_id"] == task_id]


def _is_cut_from_a_whole_count(printed: int, n: int) -> bool:
    """Whether some count k of n items has k / n in [printed, printed + 1] units of 1e-5, in whole numbers.

    The upper end belongs to it: 809 of 1,000 is printed as 0.80899, cut from a float just below 0.809.
    """
    k = -(-printed * n // 100_000)
    return k * 100_000 <= (printed + 1) * n


def _test_size(published: Path, task_id: str) -> int:
    with (published / "geneb_task_sizes.csv").open(encoding="utf-8", newline="") as file:
        return next(int(row["n_test"]) for row in csv.DictReader(file) if row["task_id"] == task_id)


def test_the_sized_tasks_are_those_of_the_table(published: Path) -> None:
    with (published / "geneb_task_sizes.csv").open(encoding="utf-8", newline="") as file:
        assert [row["task_id"] for row in csv.DictReader(file)] == SIZED_TASKS


@pytest.mark.parametrize("task_id", SIZED_TASKS)
def test_published_accuracies_are_whole_counts_of_the_stated_test_size(published: Path, task_id: str) -> None:
    accuracies, n = _accuracies(published, task_id), _test_size(published, task_id)
    assert len(accuracies) == 41
    assert all(_is_cut_from_a_whole_count(value, n) for value in accuracies)


@pytest.mark.parametrize("task_id", SIZED_TASKS)
@pytest.mark.parametrize("error", [-1, 1])
def test_published_accuracies_do_not_fit_a_test_size_off_by_one(published: Path, task_id: str, error: int) -> None:
    n = _test_size(published, task_id) + error
    assert not all(_is_cut_from_a_whole_count(value, n) for value in _accuracies(published, task_id))
