from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from dashboard.charts.palette import LIGHT
from dashboard.charts.slices import Line, Point, slices_chart
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.slices import apart, mask_of, read_items, read_numbers, too_few, worth
from dashboard.urlstate import parse, serialise, slice_name
from dashboard.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.slices import Items

BRCA1, MISSENSE, BLAT = "brca1_sge", "clinvar_missense", "dms:BLAT_ECOLX"
STORED = """
    SELECT value, ci_low, ci_high, ci_method, n FROM score
    WHERE task_id = $task AND stratum = $part AND model_id = $model AND metric = $metric AND origin = 'engine'
"""


def sliced(ask: Ask, task: str, systems: tuple[str, str | None], filters: ItemFilters) -> Items:
    items = read_items(ask, task, *systems)
    return items.part(mask_of(items, read_numbers(ask, task, *systems, filters)))


@pytest.mark.parametrize("metric", ["AUROC", "AUPRC"])
@pytest.mark.parametrize(
    ("task", "model", "part"),
    [
        (BRCA1, "evo2-1b", "missense"),
        (BRCA1, "evo2-1b", "all"),
        (BRCA1, "cadd", "splice_region"),
        (BRCA1, "consequence", "noncoding"),
        (MISSENSE, "blosum62", "all"),
        (MISSENSE, "grantham", "BRCA1_HUMAN"),
        (BLAT, "esm-1v:1", "all"),
    ],
)
def test_the_slice_of_a_whole_stratum_has_the_value_and_interval_of_the_store(
    ask_items: Ask, task: str, model: str, part: str, metric: str
) -> None:
    filters = ItemFilters() if part == "all" else ItemFilters(part=(part,))
    found = worth(metric, sliced(ask_items, task, (model, None), filters)).first
    stored = ask_items(STORED, {"task": task, "part": part, "model": model, "metric": metric}).iloc[0]
    assert (found.value, found.low, found.high, found.n) == pytest.approx(
        (stored["value"], stored["ci_low"], stored["ci_high"], stored["n"]), abs=1e-9
    )
    assert found.method == stored["ci_method"]


def test_brca1_missense_is_what_was_published_of_evo_2(ask_items: Ask) -> None:
    found = worth("AUROC", sliced(ask_items, BRCA1, ("evo2-1b", None), ItemFilters(part=("missense",))))
    assert found.first.value == pytest.approx(0.5972, abs=5e-5)
    assert (found.first.n, found.first.positives) == (2086, 441)
    assert found.second is None
    assert found.difference is None


@pytest.mark.parametrize(
    "filters",
    [
        ItemFilters(start=41_250_000),
        ItemFilters(consequence=("missense", "splice region")),
        ItemFilters(gap=20),
        ItemFilters(find="R7"),
    ],
)
def test_a_slice_is_worth_what_scikit_learn_says_of_its_items(ask_items: Ask, filters: ItemFilters) -> None:
    items = sliced(ask_items, BRCA1, ("evo2-1b", "cadd"), filters)
    raw = ask_items(
        "SELECT i.label, a.score AS first, b.score AS second FROM numbered_item i "
        "JOIN prediction a ON a.task_id = i.task_id AND a.item_id = i.item_id AND a.model_id = 'evo2-1b' "
        "JOIN prediction b ON b.task_id = i.task_id AND b.item_id = i.item_id AND b.model_id = 'cadd' "
        "WHERE i.task_id = $t AND list_contains($numbers, i.item_no)",
        {"t": BRCA1, "numbers": items.numbers.tolist()},
    )
    for metric, own in (("AUROC", roc_auc_score), ("AUPRC", average_precision_score)):
        found = worth(metric, items)
        assert found.second is not None
        assert found.difference is not None
        # A high delta of Evo 2 speaks for function, a high CADD for damage.
        first, second = own(raw["label"], -raw["first"]), own(raw["label"], raw["second"])
        assert (found.first.value, found.second.value) == pytest.approx((first, second), abs=1e-9)
        assert found.difference.delta == pytest.approx(first - second, abs=1e-9)
        assert found.first.n == len(raw)


def test_of_measured_values_a_slice_has_a_rank_correlation(ask_items: Ask) -> None:
    items = sliced(ask_items, BLAT, ("esm-1v:1", "blosum62"), ItemFilters(start=100, end=150))
    found = worth("Spearman", items)
    rho = spearmanr(items.values, items.first).statistic
    assert found.first.value == pytest.approx(rho)
    assert found.first.positives is None
    assert found.second is not None
    # BLOSUM62 is high for the damaging ones, growth is high for the others.
    assert found.second.value is not None
    assert found.second.value > 0


def test_two_slices_differ_by_the_difference_of_their_values(ask_items: Ask) -> None:
    items = read_items(ask_items, BRCA1, "evo2-1b", None)
    one = mask_of(items, read_numbers(ask_items, BRCA1, "evo2-1b", None, ItemFilters(end=41_230_000)))
    other = mask_of(items, read_numbers(ask_items, BRCA1, "evo2-1b", None, ItemFilters(start=41_210_000)))
    assert (one & other).any()
    found = apart("AUROC", items, one, other)
    values = [worth("AUROC", items.part(mask)).first.value for mask in (one, other)]
    assert values[0] is not None
    assert values[1] is not None
    assert found.delta == pytest.approx(values[0] - values[1])
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.delta < found.high


def test_a_slice_of_one_class_has_no_value_but_a_reason(ask_items: Ask) -> None:
    items = sliced(ask_items, BRCA1, ("evo2-1b", "cadd"), ItemFilters(label="1"))
    found = worth("AUROC", items)
    assert found.first.value is None
    assert found.first.undefined_reason == "all 823 items have label 1"
    nothing = worth("AUROC", sliced(ask_items, BRCA1, ("evo2-1b", "cadd"), ItemFilters(gene="NONE")))
    assert nothing.first.undefined_reason == "no item is in this slice"


def test_a_system_that_scored_a_part_of_a_slice_has_no_value_on_it(ask_items: Ask) -> None:
    found = worth("AUROC", sliced(ask_items, BRCA1, ("polyphen2", "evo2-1b"), ItemFilters()))
    assert found.first.value is None
    assert "a value over a part is another quantity" in (found.first.undefined_reason or "")
    assert found.second is not None
    assert found.second.value is not None


@pytest.mark.parametrize(
    ("items", "positives", "few"),
    [(30, 10, False), (29, 14, True), (30, 9, True), (40, 31, True), (30, None, False), (29, None, True)],
)
def test_under_30_items_or_10_of_a_class_is_too_few(items: int, positives: int | None, *, few: bool) -> None:
    assert too_few(items, positives) is few


def test_slices_go_into_the_address_and_come_back(item_catalog: Catalog) -> None:
    kept = (
        ("RING, missense", ItemFilters(part=("missense",), start=41_250_000, end=41_260_000)),
        ("50 % & more = odd", ItemFilters(label="1", gap=30, outcome="wrong", find="R7", consequence=("missense",))),
    )
    view, notices = parse({"suite": ["brca1_sge"], "task": [BRCA1]}, "variants", item_catalog, View())
    assert not notices
    address = serialise(View(suite="brca1_sge", task=BRCA1, slices=kept), "variants", item_catalog)
    again, notices = parse(address, "variants", item_catalog, View())
    assert not notices
    assert again.slices == kept
    assert view.measure == "AUROC"


def test_the_metric_of_slices_starts_with_the_task_s_own(item_catalog: Catalog) -> None:
    assert item_catalog.measures_of(BLAT) == ["Spearman", "AUROC", "AUPRC"]
    assert item_catalog.measures_of(BRCA1) == ["AUROC", "AUPRC"]
    assert item_catalog.measures_of("no task") == []


def test_the_name_of_a_slice_fits_the_address() -> None:
    assert slice_name("  RING~finger\n x ") == "RING finger x"
    assert len(slice_name("x" * 99)) == 40
    assert not slice_name("~ ~")


def test_the_chart_leaves_out_what_has_no_value(as_data: Callable[[Any], dict[str, Any]]) -> None:
    lines = [
        Line("first", Point(0.7, 0.6, 0.8), Point(0.5, None, None), few=False),
        Line("second", Point(None), Point(0.9, 0.85, 0.95), few=True),
    ]
    figure = as_data(slices_chart(lines, ("A", "B"), "AUROC", LIGHT))
    system, rival = figure["data"]
    assert np.allclose(system["x"], [0.7])
    assert np.allclose(rival["x"], [0.5, 0.9])
    assert np.allclose(system["error_x"]["array"], [0.1])
    assert np.allclose(rival["error_x"]["array"], [0, 0.05])
    assert figure["layout"]["yaxis"]["ticktext"] == ["first  ", "second *  "]
