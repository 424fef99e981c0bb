"""README.md's table of single-cell tasks: its numbers are those of the shipped store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from engine.names import Metric
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

_ROW = re.compile(r"^\| (\S+:\S+), ([\w ]+) \| (\S+) \| ([^|]+) \| (\S+) ([^|]+) \|$", re.MULTILINE)
_METRICS = {"L2 skill": Metric.L2_SKILL, "AvgBIO": Metric.AVG_BIO, "AUROC": Metric.AUROC}
_VERDICTS = {"inconclusive": ["INCONCLUSIVE"], "surely less than the 0.02 that counts": ["FAIL"]}
_SCORE = "SELECT model_id, value, ci_low, ci_high FROM score s JOIN model m USING (model_id) "


def _rows(precomputed: Path) -> list[tuple[str, ...]]:
    text = (precomputed.parent / "README.md").read_text("utf-8")
    return _ROW.findall(text.partition("## Single cells")[2].partition("\n## ")[0])


def _told(value: float, low: float, high: float) -> str:
    return "0" if value == low == high == 0 else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def test_the_table_has_the_values_of_the_store(store: Path, precomputed: Path) -> None:
    rows = _rows(precomputed)
    assert len(rows) == 4
    with open_read_only(store) as con:
        for task, name, baseline, value, first, rest in rows:
            metric = str(_METRICS[name])
            scores = con.execute(
                f"{_SCORE} WHERE task_id = ? AND metric = ? AND value IS NOT NULL AND m.role <> 'control' "
                "ORDER BY value DESC",
                [task, metric],
            ).fetchall()
            by_model = {model: numbers for model, *numbers in scores}
            assert value == _told(*by_model[baseline]), task
            assert first == next(model for model in by_model if model != baseline), task
            told, _, verdict = rest.partition("], ")
            assert f"{told}{']' if verdict else ''}" == _told(*by_model[first]), task
            found = con.execute(
                "SELECT verdict, delta, minimum_effect, baseline_id FROM comparison "
                "WHERE registered AND task_id = ? AND metric = ? AND model_id = ?",
                [task, metric, first],
            ).fetchall()
            assert [row[0] for row in found] == _VERDICTS[verdict], task
            assert [row[3] for row in found] == [baseline]
            if "that counts" in verdict:
                assert [row[2] for row in found] == [0.02]
                assert 0 < found[0][1] == pytest.approx(by_model[first][0] - by_model[baseline][0])
