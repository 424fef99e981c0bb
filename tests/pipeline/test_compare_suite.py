from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.errors import QueryError, SpecError, StoreError
from engine.names import SINGLE_CELL, Metric, Protocol, Regime, Suite
from engine.run.compare_suite import Asked, compare_suite
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from pathlib import Path

BEST = "GENERator-eukaryote-3b-base"
NEXT = "LucaOne-default-step36M"
GENEB = Asked(suite="geneb")

pytestmark = pytest.mark.usefixtures("store")


def _values(store: Path, model: str) -> dict[str, float]:
    with open_read_only(store) as con:
        return dict(
            con.execute(
                "SELECT task_id, value FROM score WHERE model_id = ? AND protocol = 'geneb-published' "
                "AND regime = 'full' AND metric = 'MCC' AND stratum = 'all'",
                [model],
            ).fetchall()
        )


def test_the_differences_are_those_of_the_published_table(store: Path) -> None:
    found = compare_suite(BEST, NEXT, GENEB)
    first, second = _values(store, BEST), _values(store, NEXT)
    delta = {task: first[task] - second[task] for task in first}
    assert (found.regime, found.metric, found.first_protocol) == ("full", "MCC", "geneb-published")
    assert len(found.differences.categories) == 13
    assert found.differences.micro.difference == pytest.approx(np.mean(list(delta.values())))
    assert found.differences.macro.wins == sum(value >= 0.03 for value in delta.values())
    assert found.differences.macro.losses == sum(value <= -0.03 for value in delta.values())


def test_the_macro_difference_is_the_first_systems_lead_and_not_separable_from_0() -> None:
    macro = compare_suite(BEST, NEXT, GENEB).differences.macro
    assert macro.tasks == 100
    assert 0 < macro.difference < 0.03
    assert macro.low is not None
    assert macro.high is not None
    assert macro.low < 0 < macro.high


def test_the_other_way_round_everything_changes_sign() -> None:
    one, other = (compare_suite(*pair, GENEB).differences for pair in ((BEST, NEXT), (NEXT, BEST)))
    assert other.macro.difference == pytest.approx(-one.macro.difference)
    assert (other.macro.wins, other.macro.losses) == (one.macro.losses, one.macro.wins)
    assert other.flipped_categories == one.flipped_categories
    assert {row.name for row in one.categories if row.difference < 0} == set(one.flipped_categories)


def test_flipped_tasks_are_numbers_of_the_named_ones(store: Path) -> None:
    found = compare_suite(BEST, NEXT, GENEB)
    first, second = _values(store, BEST), _values(store, NEXT)
    task = found.tasks[found.differences.flipped_tasks[0]]
    delta = {task: first[task] - second[task] for task in first}
    assert task == min(delta, key=lambda name: delta[name])


def test_a_published_model_stands_beside_what_repeats_its_protocol() -> None:
    found = compare_suite(BEST, "kmer-4", GENEB)
    assert (found.first_protocol, found.second_protocol) == (Protocol.GENEB_PUBLISHED, Protocol.GENEB_EXACT)
    assert (found.differences.macro.tasks, found.differences.left_out) == (12, 88)
    with pytest.raises(
        QueryError, match=r"no common MCC .* by fair-v1: measured are 'GENERator.* by geneb-published; '"
    ):
        compare_suite(BEST, "kmer-4", Asked(suite="geneb", protocol=Protocol.FAIR_V1))


def test_another_regime_or_metric_is_taken_where_asked() -> None:
    found = compare_suite(BEST, NEXT, Asked(suite="geneb", regime=Regime.TEN_SHOT))
    assert (found.regime, found.differences.macro.tasks) == ("10shot", 100)
    accuracy = compare_suite(BEST, NEXT, Asked(suite="geneb", metric=Metric.ACC), margin=0.01)
    assert (accuracy.metric, accuracy.margin) == ("Acc", 0.01)
    with pytest.raises(SpecError, match="no smallest difference is set for Acc: add --margin"):
        compare_suite(BEST, NEXT, Asked(suite="geneb", metric=Metric.ACC))


def test_a_suite_with_one_regime_needs_no_name_of_it() -> None:
    found = compare_suite("blosum62", "grantham", Asked(suite="clinvar_items"))
    assert (found.regime, found.metric) == ("zero_shot", "AUROC")


@pytest.mark.parametrize("suite", SINGLE_CELL)
def test_tasks_on_scales_of_their_own_have_no_difference_over_them(suite: Suite) -> None:
    with pytest.raises(QueryError, match=f"each task of {suite} has a scale of its own, so there is no difference"):
        compare_suite("linear", "additive", Asked(suite=suite))


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(SpecError, match="there is no suite 'genes' in the store: choose one of brca1_sge, "):
        compare_suite(BEST, NEXT, Asked(suite="genes"))
    with pytest.raises(QueryError, match="the store has no MCC on a whole task of geneb in the regime full for 'x'"):
        compare_suite(BEST, "x", GENEB)


@pytest.mark.usefixtures("empty_cache")
def test_without_a_store_the_command_is_named() -> None:
    with pytest.raises(StoreError, match="run `vledger publish`"):
        compare_suite(BEST, NEXT, GENEB)


def _answer(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["compare", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_prints_a_row_a_category_then_macro_and_micro() -> None:
    code, out, err = _answer(BEST, NEXT, "--suite", "geneb", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    found = compare_suite(BEST, NEXT, GENEB).differences
    assert code == 0
    assert [row["category"] for row in rows] == [*(row.name for row in found.categories), "macro", "micro"]
    assert float(rows[-2]["difference"]) == found.macro.difference
    assert (float(rows[-2]["low"]), float(rows[-2]["high"])) == (found.macro.low, found.macro.high)
    assert err == "MCC, regime full, geneb-published; a tie is a difference below 0.03\n"


def test_json_has_null_where_there_is_no_value() -> None:
    _, out, _ = _answer(BEST, NEXT, "--suite", "geneb", "--format", "json")
    rows = {row["category"]: row for row in json.loads(out)}
    assert rows["Coding/NC"]["low"] is None
    assert rows["Coding/NC"]["undefined_reason"].startswith("one redundancy group")
    assert rows["macro"]["q"] is None


def test_the_table_is_for_reading() -> None:
    _, out, err = _answer(BEST, "kmer-4", "--suite", "geneb")
    assert out.splitlines()[0].split()[:6] == ["category", "tasks", "difference", "p", "q", "wins"]
    assert "p cannot be below 0.25" in out
    assert f"geneb-published for {BEST}, geneb-exact for kmer-4" in err
    assert "88 of 100 tasks are left out" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give one of --task and --suite"),
        (("--task", "brca1_sge", "--suite", "geneb"), "give one of --task and --suite"),
        (("--task", "brca1_sge", "--regime", "full"), "go with --suite"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: tuple[str, ...], message: str) -> None:
    code, out, err = _answer(BEST, NEXT, *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())
