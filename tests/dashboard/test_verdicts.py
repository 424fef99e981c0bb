from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from dashboard.components.verdicts import as_table, summary, unjudged
from dashboard.queries.verdicts import beside, read_verdicts
from dashboard.text import VERDICTS
from engine.names import Verdict

if TYPE_CHECKING:
    from dashboard.queries.ask import Ask

REGISTERED = [
    ("brca1_sge", "brca1_sge", "all", "consequence+blosum62"),
    ("brca1_sge", "brca1_sge", "missense", "phylop"),
    ("clinvar_items", "clinvar_sample", "missense", "vep-eval:phylop"),
    ("dms", "dms:BLAT_ECOLX", "all", "evmutation"),
]


@pytest.mark.parametrize(("suite", "task", "stratum", "baseline"), REGISTERED)
def test_every_model_is_compared_with_the_registered_baseline_and_no_other(
    suite: str, task: str, stratum: str, baseline: str, ask: Ask
) -> None:
    rows = read_verdicts(ask, suite, task, stratum, "zero_shot", "AUROC")
    assert set(rows["baseline_id"]) == {baseline}
    models = ask(
        "SELECT DISTINCT model_id FROM score JOIN model USING (model_id) WHERE role = 'model' AND task_id = $task",
        {"task": task},
    )
    assert set(rows["model_id"]) == set(models["model_id"])
    assert list(rows["delta"].dropna()) == sorted(rows["delta"].dropna(), reverse=True)
    assert rows.loc[rows["verdict"].isna(), "undefined_reason"].notna().all()


def test_evo_2_on_the_whole_of_brca1_fails_by_both_verdicts(ask: Ask) -> None:
    (row,) = read_verdicts(ask, "brca1_sge", "brca1_sge", "all", "zero_shot", "AUROC").itertuples()
    assert (row.model_id, row.verdict_article, row.verdict) == ("evo2-1b", "FAIL", "FAIL")
    assert row.ci_high < 0


def test_a_task_where_nobody_was_compared_has_no_verdicts(ask: Ask) -> None:
    assert read_verdicts(ask, "clinvar_items", "clinvar_missense", "all", "zero_shot", "AUROC").empty


@pytest.mark.parametrize(
    ("suite", "task", "regime", "metric"),
    [
        ("clinvar", "clinvar_vep_eval", "zero_shot", "AUROC"),
        ("geneb", "leannmlindsey_GUE_human_tf_0", "full", "MCC"),
    ],
)
def test_published_models_have_the_articles_verdict_and_a_reason_for_the_other(
    suite: str, task: str, regime: str, metric: str, ask: Ask
) -> None:
    rows = read_verdicts(ask, suite, task, "all", regime, metric)
    compared = rows[rows["delta"].notna()]
    assert set(compared["verdict_article"]) <= {"PASS", "FAIL"}
    assert compared["verdict"].isna().all()
    assert compared["undefined_reason"].str.startswith("the paired test needs").all()


def test_a_score_stands_beside_its_own_verdict_and_a_baseline_beside_none(ask: Ask) -> None:
    verdicts = read_verdicts(ask, "brca1_sge", "brca1_sge", "all", "zero_shot", "AUROC")
    scores = pd.DataFrame({"model_id": ["evo2-1b", "cadd"], "protocol": "published-scores"}).set_index("model_id")
    rows = beside(scores, verdicts)
    assert list(rows.index) == ["evo2-1b", "cadd"]
    assert rows.at["evo2-1b", "verdict"] == "FAIL"
    assert rows.at["evo2-1b", "delta"] == verdicts["delta"].iloc[0]
    assert rows.loc["cadd", ["delta", "verdict", "no_verdict"]].isna().all()


def test_every_verdict_has_its_words() -> None:
    assert VERDICTS.keys() == {str(verdict) for verdict in Verdict}


def made(**more: object) -> pd.DataFrame:
    row = {
        "model_id": "a:1",
        "name": "A",
        "role": "model",
        "protocol": "rule",
        "n": 10,
        "delta": 0.1234,
        "ci_low": -0.01,
        "ci_high": 0.25,
        "q": 0.0321,
        "verdict_article": "FAIL",
        "verdict": "PASS_PAIRED",
        "minimum_effect": 0.02,
        "undefined_reason": None,
        "baseline_id": "base",
        "baseline": "Base",
        "flags": '[{"flag": "LICENCE_NC", "severity": "info", "evidence": "licence: NC"}, '
        '{"flag": "IMBALANCE", "severity": "warning", "evidence": "1 %"}]',
    }
    return pd.DataFrame([row | more])


def several(*verdicts: tuple[str | None, str | None], **more: object) -> pd.DataFrame:
    rows = [made(verdict_article=article, verdict=paired, **more) for article, paired in verdicts]
    return pd.concat(rows, ignore_index=True)


def test_the_summary_counts_each_verdict_once() -> None:
    rows = several(("PASS", "PASS"), ("FAIL", "PASS_PAIRED"), ("FAIL", "INCONCLUSIVE"), ("FAIL", "FAIL"))
    assert summary(rows) == (
        "By the article’s rule **1 of 4 models** passes against Base; the paired test adds **1** and leaves **1** "
        "inconclusive."
    )
    assert summary(several(("FAIL", "FAIL"))).startswith("By the article’s rule **0 of 1 model** pass against Base;")


def test_simple_methods_held_against_the_baseline_are_called_systems() -> None:
    rows = pd.concat([several(("FAIL", "FAIL")), several(("FAIL", "INCONCLUSIVE"), role="baseline")])
    assert summary(rows).startswith("By the article’s rule **0 of 2 systems** pass against Base;")
    assert summary(made(delta=np.nan, role="control")) == "No system could be judged here."
    assert next(iter(as_table(rows, "AUROC"))) == "System"


def test_the_summary_says_who_passes_by_less_than_counts() -> None:
    small = several(("PASS", None), ("PASS", None), ("FAIL", None), delta=0.004, undefined_reason="none")
    assert "passes" not in summary(small)
    assert "**2 of 3 models** pass against Base, two by less than 0.02, the smallest that counts; no" in summary(small)
    assert "smallest that counts" not in summary(several(("PASS", None), delta=0.02, undefined_reason="none"))


def test_the_summary_says_why_there_is_no_paired_test_or_no_verdict_at_all() -> None:
    rows = several(("PASS", None), ("FAIL", None), undefined_reason="no answers are published")
    assert summary(rows) == (
        "By the article’s rule **1 of 2 models** passes against Base; no paired test: no answers are published."
    )
    assert summary(several((None, None), undefined_reason="no interval")) == "No verdict: no interval."
    assert summary(made(delta=np.nan)) == "No model could be judged here."
    assert not summary(made().iloc[:0])


def test_the_table_has_words_for_verdicts_and_names_a_protocol_only_among_several() -> None:
    shown = as_table(made(), "AUROC")
    words = ["A", 0.123, "−0.01 to 0.25", "0.032", "fail", "pass, paired", 10, "Non-commercial licence", None]
    assert list(shown.iloc[0]) == words
    both = as_table(pd.concat([made(), made(protocol="published-scores")]), "AUROC")
    assert list(both["Protocol"]) == ["rule", "published-scores"]


def test_who_is_not_judged_is_named_with_the_reason_that_is_not_its_own() -> None:
    rows = pd.concat(
        [
            made(undefined_reason="a:1: scores 2 of 10 items"),
            made(model_id="b", name="B", undefined_reason="too few to judge: 10 items, 2 in the smaller class"),
        ],
        ignore_index=True,
    )
    assert unjudged(rows) == ("Not judged: A (no value); B (too few to judge: 10 items, 2 in the smaller class).")
