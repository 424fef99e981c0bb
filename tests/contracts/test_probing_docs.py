"""docs/probing.md and the README's section say what the code does and what the shipped results hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from engine.probe_spec import ProbeOptions
from engine.registry.features import DEFAULT, FEATURES
from engine.registry.probes import PROBES
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

_ROW = re.compile(r"^\| (\S+) \| (\S+) \| ([\d.]+) \[([\d.]+), ([\d.]+)\] \| (\d+) / (\d+) / (\d+) \|$", re.MULTILINE)
_BEST = """
    SELECT s.model_id, s.value, s.ci_low, s.ci_high FROM probe_fit f
    JOIN score s USING (run_id, model_id, task_id, regime, protocol) JOIN model m USING (model_id)
    WHERE f.task_id = $task AND f.protocol = 'fair-v1' AND f.regime = 'full' AND f.fold_hash IS NOT NULL
      AND m.role = 'baseline' AND s.metric = 'MCC' AND s.stratum = 'all'
    ORDER BY f.inner_score DESC LIMIT 1
"""
_PUBLISHED = """
    SELECT count(*) FILTER (value < $low), count(*) FILTER (value BETWEEN $low AND $high),
           count(*) FILTER (value > $high)
    FROM score WHERE task_id = $task AND protocol = 'geneb-published' AND regime = 'full' AND metric = 'MCC'
"""


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "probing.md").read_text("utf-8")


def test_the_numbers_of_the_readme_are_those_of_the_store(store: Path, precomputed: Path) -> None:
    rows = _ROW.findall((precomputed.parent / "README.md").read_text("utf-8"))
    assert len(rows) == 4
    with open_read_only(store) as con:
        for task, baseline, value, low, high, *counts in rows:
            found = con.execute(_BEST, {"task": task}).fetchone()
            assert found is not None
            assert found[0] == baseline
            assert [f"{number:.3f}" for number in found[1:]] == [value, low, high]
            against = con.execute(_PUBLISHED, {"task": task, "low": found[2], "high": found[3]}).fetchone()
            assert against == tuple(map(int, counts))


def test_every_probe_is_described(text: str) -> None:
    assert set(PROBES) <= set(re.findall(r"[\w-]+", text))


def test_every_baseline_and_control_is_described(text: str) -> None:
    table = text.split("## Baselines and controls")[1].split("\n## ", maxsplit=1)[0]
    for name in (*FEATURES, *DEFAULT):
        assert re.search(rf"[| ]{re.escape(name)}[ ,|]", table), name


def test_the_shipped_baselines_reach_what_was_asked_of_them(store: Path) -> None:
    wanted = {
        ("geneb-exact", "kmer-4"): {"mouse_0": 0.437, "human_tf_0": 0.611, "5mC": 0.280, "6mA": 0.487},
        ("fair-v1", "kmer-best"): {"mouse_0": 0.53, "human_tf_0": 0.64, "5mC": 0.36, "6mA": 0.53},
    }
    query = """
        SELECT value FROM score WHERE protocol = ? AND model_id = ? AND task_id LIKE '%' || ? AND metric = 'MCC'
          AND regime = 'full' AND stratum = 'all'
    """
    with open_read_only(store) as con:
        for (protocol, model), values in wanted.items():
            for task, value in values.items():
                ((found,),) = con.execute(query, [protocol, model, task]).fetchall()
                assert found == pytest.approx(value, abs=0.002) if protocol == "geneb-exact" else found >= value


def test_few_shot_values_rest_on_at_least_twenty_draws(store: Path) -> None:
    assert ProbeOptions.model_fields["few_shot_draws"].default >= 20
    with open_read_only(store) as con:
        (fewest,) = con.execute("SELECT min(draws) FROM probe_fit WHERE regime <> 'full'").fetchone() or (None,)
    assert fewest is not None
    assert fewest >= 20
