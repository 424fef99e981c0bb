"""docs/ranks.md says what the store holds: each row of its table is computed again, each command is run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.run.ranks import Asked, matrix, rank
from engine.statistics.aggregate import category_means, winners
from engine.statistics.agreement import kendall_matrix, mean_tau
from engine.statistics.rank_rules import Aggregate
from engine.statistics.ranking import adjacent_separable
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

_ROW = re.compile(r"^\| (\w+) \| (\S+) \| (\d+) to (\d+) \| ([\d.]+) \| (\d+) \| (\d+) of (\d+) \|$", re.MULTILINE)
OFFICIAL = Asked(provenance="official")


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "ranks.md").read_text("utf-8")


@pytest.mark.usefixtures("store")
def test_the_table_of_rules_is_that_of_the_store(text: str) -> None:
    rows = {rule: rest for rule, *rest in _ROW.findall(text)}
    assert set(rows) == {rule.value for rule in Aggregate}
    for rule, told in rows.items():
        table, _ = rank(OFFICIAL, aggregate=Aggregate(rule))
        first, level = table.models.iloc[0], ~table.models["separable_from_first"].iloc[1:]
        found = [table.models.index[0], first["rank_low"], first["rank_high"], f"{first['p_best']:.2f}", level.sum()]
        assert told == [str(value) for value in (*found, adjacent_separable(table), len(level))], rule


def test_the_last_sentence_is_that_of_the_store(text: str, store: Path) -> None:
    with open_read_only(store) as con:
        found = matrix(con, OFFICIAL)
    means = category_means(found.values, found.category)
    assert len({model for best in winners(means).values() for model in best}) == 6
    assert f"is {mean_tau(kendall_matrix(means)):.3f} on average" in text
    assert f"one of the {means.shape[1]} categories" in text


@pytest.mark.usefixtures("store")
def test_every_command_runs(text: str) -> None:
    commands = re.findall(r"^vledger (ranks .*?)(?:\s+#.*)?$", text, re.MULTILINE)
    assert len(commands) == 5
    table, _ = rank(OFFICIAL)
    names = dict(zip(("NAME", "OTHER", "THIRD"), table.models.index, strict=False))
    for line in commands:
        words = [names.get(word, word) for word in shlex.split(line)]
        result = CliRunner().invoke(app, [*words, "--draws", "100"], catch_exceptions=False)
        assert result.exit_code == 0, line
