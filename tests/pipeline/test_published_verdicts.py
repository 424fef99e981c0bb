from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from engine.statistics.verdict import standing
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Ask = Callable[..., list[tuple[Any, ...]]]

# By MCC, models whose interval is above the baseline's, touches it, is below it.
STANDING = {
    "iDNA_ABF_5mC": ("onehot", 0, 0, 41),
    "iDNA_ABF_6mA": ("onehot", 0, 0, 41),
    "leannmlindsey_GUE_human_tf_0": ("kmer-best", 0, 33, 8),
    "leannmlindsey_GUE_human_tf_1": ("kmer-best", 0, 38, 3),
    "leannmlindsey_GUE_human_tf_2": ("kmer-best", 0, 8, 33),
    "leannmlindsey_GUE_human_tf_3": ("kmer-best", 0, 20, 21),
    "leannmlindsey_GUE_mouse_0": ("kmer-best", 0, 10, 31),
    "leannmlindsey_GUE_mouse_2": ("kmer-best", 0, 21, 20),
    "leannmlindsey_GUE_mouse_3": ("kmer-best", 0, 9, 32),
    "leannmlindsey_GUE_prom_300_tata": ("onehot", 0, 1, 40),
    "leannmlindsey_GUE_prom_core_all": ("onehot", 1, 24, 16),
    "leannmlindsey_GUE_prom_core_notata": ("kmer-best", 0, 23, 18),
}


@pytest.fixture(scope="module")
def ask(store: Path) -> Iterator[Ask]:
    with open_read_only(store) as con:
        yield lambda query, **values: con.execute(query, values).fetchall()


# ---- reconstructed intervals ----


def test_every_published_value_of_a_task_whose_size_is_known_has_a_reconstructed_interval(ask: Ask) -> None:
    query = """
        SELECT metric, count(*), count(DISTINCT task_id), count(DISTINCT model_id),
               bool_and(ci_low < value AND value < ci_high)
        FROM score WHERE protocol = 'geneb-published' AND ci_method LIKE
          'reconstructed from published MCC, accuracy, n and prevalence: percentile bootstrap %'
        GROUP BY metric ORDER BY metric
    """
    assert ask(query) == [("Acc", 492, 12, 41, True), ("F1", 492, 12, 41, True), ("MCC", 492, 12, 41, True)]


def test_no_other_published_value_of_geneb_has_an_interval(ask: Ask) -> None:
    query = "SELECT count(*), count(ci_low) FROM score WHERE protocol = 'geneb-published' AND {}"
    assert ask(query.format("regime <> 'full'")) == [(8200, 0)]
    assert ask(query.format("regime = 'full' AND n IS NULL")) == [(12_300 - 3 * 492, 0)]


def test_a_reconstructed_interval_is_as_wide_as_that_of_our_own_predictions_of_the_same_value(ask: Ask) -> None:
    # With classes of one size and as many errors of both kinds, MCC is 2 Acc - 1 and its error sqrt((1 - MCC^2) / n).
    query = """
        SELECT s.value, (s.ci_high - s.ci_low) / 2 / 1.96 * sqrt(s.n), s.origin FROM score s
        WHERE metric = 'MCC' AND regime = 'full' AND stratum = 'all' AND s.value > 0.3 AND ci_low IS NOT NULL
          AND protocol IN ('geneb-published', 'fair-v1')
    """
    width: dict[str, list[float]] = {"published": [], "engine": []}
    for value, error, origin in ask(query):
        width[origin].append(error / (1 - value**2) ** 0.5)
    for ratios in width.values():
        assert len(ratios) > 30
        assert all(0.88 < ratio < 1.04 for ratio in ratios)
        assert 0.97 < sum(ratios) / len(ratios) < 1


# ---- GENEB ----


def test_models_stand_to_the_baseline_to_beat_as_counted_by_intervals_that_are_apart(ask: Ask) -> None:
    query = """
        SELECT c.task_id, c.baseline_id, s.value, s.ci_low, s.ci_high, b.value, b.ci_low, b.ci_high, c.verdict_article
        FROM comparison c JOIN score s USING (model_id, task_id, stratum, regime, protocol, metric)
        JOIN score b ON b.model_id = c.baseline_id AND b.task_id = c.task_id AND b.stratum = c.stratum
                    AND b.regime = c.regime AND b.metric = c.metric AND b.protocol = 'fair-v1'
        WHERE c.protocol = 'geneb-published' AND c.metric = 'MCC' AND c.registered
    """
    found: dict[str, list[str | None]] = {}
    baselines: dict[str, str] = {}
    for task_id, baseline, *numbers, article in ask(query):
        where = standing(*numbers)
        assert (article == "PASS") == (where == "above")
        found.setdefault(task_id, []).append(where)
        baselines[task_id] = baseline
    counted = {
        task_id: (baselines[task_id], *(rows.count(word) for word in ("above", "level", "below")))
        for task_id, rows in found.items()
    }
    assert counted == STANDING


def test_the_one_model_above_its_baseline_is_named(ask: Ask) -> None:
    query = "SELECT model_id, task_id, round(delta, 4), ci_low > 0 FROM comparison WHERE protocol = 'geneb-published' "
    assert ask(query + "AND metric = 'MCC' AND verdict_article = 'PASS'") == [
        ("GENERator-eukaryote-3b-base", "leannmlindsey_GUE_prom_core_all", 0.0438, True)
    ]


def test_the_baseline_is_the_one_that_the_inner_folds_put_first(ask: Ask) -> None:
    query = """
        SELECT count(*) FROM (SELECT DISTINCT task_id, baseline_id FROM comparison WHERE protocol = 'geneb-published') c
        WHERE c.baseline_id <> (
          SELECT arg_max(f.model_id, f.inner_score) FROM probe_fit f JOIN model m USING (model_id)
          WHERE m.role = 'baseline' AND f.task_id = c.task_id AND f.protocol = 'fair-v1' AND f.regime = 'full'
            AND f.fold_hash IS NOT NULL
        )
    """
    assert ask(query) == [(0,)]


def test_a_difference_is_marked_as_unpaired_and_has_no_paired_verdict(ask: Ask) -> None:
    query = """
        SELECT DISTINCT verdict, p, q, run_id, left(ci_method, 8),
               ci_method LIKE '%ignores that both saw the same items%', undefined_reason, registered, regime, stratum
        FROM comparison WHERE protocol = 'geneb-published'
    """
    reason = "the paired test needs the model's answer to every item, which is not published"
    assert ask(query) == [(None, None, None, None, "unpaired", True, reason, True, "full", "all")]


def test_the_difference_is_that_of_the_two_values_with_its_own_interval_around_it(ask: Ask) -> None:
    query = """
        SELECT count(*), max(abs(c.delta - (s.value - b.value))),
               bool_and(c.ci_low <= c.delta AND c.delta <= c.ci_high), bool_and(c.n = t.n_test),
               min((c.ci_high - c.ci_low) / sqrt((s.ci_high - s.ci_low) ** 2 + (b.ci_high - b.ci_low) ** 2)),
               max((c.ci_high - c.ci_low) / sqrt((s.ci_high - s.ci_low) ** 2 + (b.ci_high - b.ci_low) ** 2))
        FROM comparison c JOIN task t USING (task_id)
        JOIN score s USING (model_id, task_id, stratum, regime, protocol, metric)
        JOIN score b ON b.model_id = c.baseline_id AND b.task_id = c.task_id AND b.stratum = c.stratum
                    AND b.regime = c.regime AND b.metric = c.metric AND b.protocol = 'fair-v1'
        WHERE c.protocol = 'geneb-published'
    """
    ((count, error, inside, of_all, narrowest, widest),) = ask(query)
    assert (count, inside, of_all) == (1476, True, True)
    assert error < 1e-12
    # Variances add: the width is that of a right-angled triangle's third side, but for the noise of 10,000 draws.
    assert 0.93 < narrowest < widest < 1.07


def test_the_smallest_difference_that_counts_is_declared_for_mcc_alone(ask: Ask) -> None:
    query = "SELECT DISTINCT metric, minimum_effect FROM comparison WHERE protocol = 'geneb-published' ORDER BY metric"
    assert ask(query) == [("Acc", None), ("F1", None), ("MCC", 0.03)]


def test_leaks_of_the_task_and_what_is_known_of_the_model_are_flagged(ask: Ask) -> None:
    query = "SELECT flags FROM comparison WHERE protocol = 'geneb-published' AND task_id = $task AND model_id = $model "
    ((flags,),) = ask(query + "AND metric = 'MCC'", task="leannmlindsey_GUE_prom_core_notata", model="BioFM-265M")
    names = [flag["flag"] for flag in json.loads(flags)]
    assert names == ["DUPLICATE_ROWS", "LABEL_CONFLICT", "HOMOLOGY_LEAK", "CONTAM_SEQUENCE", "LICENCE_NC"]


# ---- ClinVar ----


def test_a_rule_by_class_is_a_point_within_a_class_and_an_estimate_over_several(ask: Ask) -> None:
    query = """
        SELECT kind, count(*), count(*) FILTER (ci_low = 0.5 AND ci_high = 0.5), list(DISTINCT left(ci_method, 9))
        FROM score JOIN stratum USING (task_id, stratum)
        WHERE protocol = 'vep-eval-published' AND model_id = 'rule-based' GROUP BY kind ORDER BY kind
    """
    assert ask(query) == [
        ("all", 1, 0, ["Hanley-Mc"]),
        ("variant_class", 13, 13, ["one score"]),
        ("variant_group", 2, 0, ["Hanley-Mc"]),
    ]


def test_predictors_of_clinvar_stand_next_to_the_rule_by_class(ask: Ask) -> None:
    query = """
        SELECT count(*), count(delta), count(*) FILTER (verdict_article = 'PASS'),
               count(*) FILTER (verdict_article = 'FAIL'), count(verdict), list(DISTINCT baseline_id),
               bool_and(registered)
        FROM comparison WHERE protocol = 'vep-eval-published'
    """
    assert ask(query) == [(178, 163, 117, 46, 0, ["rule-based"], True)]


def test_who_cannot_be_compared_on_clinvar_has_the_reason(ask: Ask) -> None:
    query = """
        SELECT undefined_reason, count(*), list(DISTINCT stratum ORDER BY stratum) FROM comparison
        WHERE protocol = 'vep-eval-published' AND delta IS NULL GROUP BY ALL ORDER BY 2
    """
    assert ask(query) == [
        ("the published table does not say which variants this value is over", 6, ["all"]),
        ("too few to judge: 17 items, 1 in the smaller class", 9, ["3'UTR + RNA gene"]),
    ]


def test_within_a_class_the_interval_of_a_difference_is_the_models_own_moved(ask: Ask) -> None:
    query = """
        SELECT count(*), max(abs(c.ci_low - (s.ci_low - 0.5))), max(abs(c.ci_high - (s.ci_high - 0.5)))
        FROM comparison c JOIN score s USING (model_id, task_id, stratum, regime, protocol, metric)
        JOIN stratum t USING (task_id, stratum)
        WHERE protocol = 'vep-eval-published' AND t.kind = 'variant_class' AND c.delta IS NOT NULL
    """
    ((count, low, high),) = ask(query)
    assert count == 136
    assert max(low, high) < 1e-12


# ---- ProteinGym ----


def test_systems_of_proteingym_have_a_difference_and_no_verdict(ask: Ask) -> None:
    query = """
        SELECT metric, count(*), count(DISTINCT stratum), count(DISTINCT model_id), count(delta), count(ci_low),
               count(verdict_article), count(verdict), any_value(minimum_effect)
        FROM comparison WHERE protocol = 'proteingym-published' GROUP BY metric ORDER BY metric
    """
    assert ask(query) == [
        ("AUROC", 1692, 18, 94, 1692, 0, 0, 0, 0.02),
        ("MCC", 1692, 18, 94, 1692, 0, 0, 0, 0.03),
        ("Spearman", 1692, 18, 94, 1692, 0, 0, 0, 0.02),
    ]
    query = "SELECT DISTINCT baseline_id, registered, undefined_reason FROM comparison WHERE protocol = $protocol"
    reason = "no interval is published: the two values cannot be told from chance"
    assert ask(query, protocol="proteingym-published") == [("site-independent", True, reason)]


def test_where_the_baseline_has_no_value_there_is_no_comparison(ask: Ask) -> None:
    query = "SELECT count(*) FROM score WHERE task_id = 'proteingym_clinical_substitutions' AND model_id = $baseline"
    assert ask(query, baseline="site-independent") == [(0,)]
    assert ask("SELECT count(*) FROM comparison WHERE task_id = 'proteingym_clinical_substitutions'") == [(0,)]
    unprobed = "SELECT count(*) FROM comparison JOIN task USING (task_id) WHERE suite = 'geneb' AND n_test IS NULL"
    assert ask(unprobed) == [(0,)]
