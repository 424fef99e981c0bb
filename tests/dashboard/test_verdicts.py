from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dashboard.components.verdicts import as_table, summary, unjudged
from dashboard.queries.verdicts import read_verdicts
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


@pytest.mark.parametrize(("suite", "task"), [("clinvar_items", "clinvar_missense"), ("clinvar", "clinvar_vep_eval")])
def test_a_task_where_nobody_was_compared_has_no_verdicts(suite: str, task: str, ask: Ask) -> None:
    assert read_verdicts(ask, suite, task, "all", "zero_shot", "AUROC").empty


def test_every_verdict_has_its_words() -> None:
    assert VERDICTS.keys() == {str(verdict) for verdict in Verdict}


def test_the_summary_counts_each_verdict_once() -> None:
    article, paired = ["PASS", "FAIL", "FAIL", "FAIL"], ["PASS", "PASS_PAIRED", "INCONCLUSIVE", "FAIL"]
    assert summary(article, paired) == (
        "By the article’s rule **1 of 4 models** passes; the paired test adds **1** and leaves **1** inconclusive."
    )
    assert summary(["FAIL"], ["FAIL"]).startswith("By the article’s rule **0 of 1 model** pass;")
    assert summary([], []) == "No model could be judged here."


def made(**more: object) -> pd.DataFrame:
    row = {
        "model_id": "a:1",
        "name": "A",
        "protocol": "rule",
        "n": 10,
        "delta": 0.1234,
        "ci_low": -0.01,
        "ci_high": 0.25,
        "q": 0.0321,
        "verdict_article": "FAIL",
        "verdict": "PASS_PAIRED",
        "undefined_reason": None,
    }
    return pd.DataFrame([row | more])


def test_the_table_has_words_for_verdicts_and_names_a_protocol_only_among_several() -> None:
    shown = as_table(made(), "AUROC")
    assert list(shown.iloc[0]) == ["A", 0.123, "−0.01 to 0.25", "0.032", "fail", "pass, paired", 10]
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
