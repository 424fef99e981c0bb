from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.records import Model
from engine.registry.label_exposure import LABELS_SEEN
from engine.run import flags
from engine.run.catalogue import model_rows
from engine.run.evaluate import evaluate, judge
from engine.run.flags import Context, with_flags
from engine.run.measure import Settings
from tests.engine.small_tasks import baseline, small_task, system

if TYPE_CHECKING:
    from engine.records import Comparison, Score, Stratum, Task
    from engine.run.parts import System

REVISION = "0123456789abcdef0123456789abcdef01234567"
IDENTITY = {"revision": REVISION, "kind": "causal", "dtype": "float32"}
KEY = ("small", "m", "masked-marginal")


def _model(model_id: str, **fields: Any) -> Model:
    return Model(model_id=model_id, name=model_id.upper(), role="model", source_id="engine", **fields)


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One comparison of a model with baseline b, beside a baseline c."""

    model: dict[str, Any] = field(default_factory=dict)
    against: dict[str, Any] = field(default_factory=dict)
    model_id: str = "m"
    labels: np.ndarray = field(default_factory=lambda: np.arange(200) % 2)
    scores: np.ndarray | None = None
    others: np.ndarray | None = None
    weaker: bool = False
    organism: str | None = None
    details: dict[str, float] | None = None
    identity: dict[str, Any] = field(default_factory=dict)
    protocol: str = "masked-marginal"
    metric: str = "AUROC"

    def systems(self) -> list[System]:
        noise = np.random.default_rng(1).normal(size=(3, len(self.labels)))
        own = self.labels + noise[0] if self.scores is None else self.scores
        other = (0.1 if self.weaker else 2.0) * self.labels + noise[1] if self.others is None else self.others
        return [
            system(self.model_id, own, protocol=self.protocol),
            baseline("b", other),
            baseline("c", self.labels + noise[2]),
        ]

    def flags(self) -> dict[str, tuple[str, str]]:
        """Severity and evidence of each flag."""
        data, systems = small_task(self.labels), self.systems()
        data = replace(data, task=replace(data.task, organism=self.organism))
        scores, rows = evaluate(data, systems, {"all": "b"}, Settings(run_id="r", source_id="engine", draws=100))
        context = replace(
            _context(data.task, data.strata[0], scores, systems),
            models={
                self.model_id: _model(self.model_id, **self.model),
                "b": _model("b", **self.against),
                "c": _model("c"),
            },
            details={} if self.details is None else {KEY: self.details},
            identities={} if self.details is None else {"m": IDENTITY | self.identity},
        )
        found = [row for row in with_flags(judge(rows), context) if (row.baseline_id, row.metric) == ("b", self.metric)]
        return _read(found[0])


def _flags(**case: Any) -> dict[str, tuple[str, str]]:
    return _Case(**case).flags()


def _context(task: Task, stratum: Stratum, scores: list[Score], systems: list[System]) -> Context:
    return Context(
        tasks={task.task_id: task},
        models={},
        strata={(stratum.task_id, stratum.stratum): stratum},
        scores={(row.task_id, row.stratum, row.model_id, row.metric): row for row in scores},
        distinct={
            (task.task_id, one.model_id, one.protocol): len(np.unique(one.scores[np.isfinite(one.scores)]))
            for one in systems
        },
        details={},
        identities={},
    )


def _read(row: Comparison) -> dict[str, tuple[str, str]]:
    found = json.loads(row.flags) if row.flags else []
    assert all(list(flag) == ["flag", "severity", "evidence"] for flag in found)
    return {flag["flag"]: (flag["severity"], flag["evidence"]) for flag in found}


def _few(count: int, n: int = 200) -> np.ndarray:
    """Labels of which `count` are 1."""
    return (np.arange(n) < count).astype(int)


def _missing(count: int) -> np.ndarray:
    scores = np.random.default_rng(2).normal(size=200)
    scores[:count] = np.nan
    return scores


def test_a_comparison_without_a_trap_has_no_flags() -> None:
    assert _flags() == {}
    assert _flags(details={"clipped": 0.0, "truncated": 0.0, "tokenisation_changed": 0.0}) == {}


CASES: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    (
        "PARTIAL_COVERAGE",
        "warning",
        {"scores": _missing(10)},
        {"scores": _missing(0)},
        "both score 190 of 200 items; compared on these",
    ),
    (
        "IMBALANCE",
        "warning",
        {"labels": _few(19)},
        {"labels": _few(20)},
        "9.5% of the items have label 1: read AUPRC too",
    ),
    ("IMBALANCE", "warning", {"labels": _few(181)}, {"labels": _few(180)}, "90.5% of the items have label 1"),
    ("ANCESTRY_UNKNOWN", "info", {"organism": "human"}, {"organism": "Escherichia coli"}, "the labels come without"),
    (
        "HARD_LABEL_AUROC",
        "warning",
        {"scores": np.arange(200) % 2 * 1.0},
        {"scores": np.arange(200) % 3 * 1.0},
        "m has 2 distinct scores",
    ),
    ("HARD_LABEL_AUROC", "warning", {"others": np.zeros(200)}, {"others": np.arange(200.0)}, "b has 1 distinct scores"),
    ("WEAK_BASELINE", "info", {"weaker": True}, {}, "c reaches 0."),
    (
        "CONTAM_SUPERVISED_ASSAY",
        "info",
        {"model": {"supervised_on_assay": True}},
        {"model": {"supervised_on_assay": False}, "against": {"supervised_on_assay": True}},
        "M was trained on measured tracks",
    ),
    (
        "CONTAM_LABELS",
        "warning",
        {"model_id": "alphamissense", "model": {"contamination": "population frequencies"}},
        {"model": {"contamination": "population frequencies"}},
        "ALPHAMISSENSE: trained on allele frequencies",
    ),
    (
        "CONTAM_SEQUENCE",
        "info",
        {"model": {"contamination": "GRCh38"}},
        {"model_id": "alphamissense", "model": {"contamination": "GRCh38"}},
        "M: GRCh38",
    ),
    ("CONTAM_SEQUENCE", "info", {"against": {"contamination": "alignments"}}, {}, "B: alignments"),
    (
        "LICENCE_NC",
        "info",
        {"model": {"licence_group": "non-commercial", "licence": "CC-BY-NC"}},
        {"model": {"licence_group": "permissive"}, "against": {"licence_group": "non-commercial"}},
        "licence: CC-BY-NC",
    ),
    ("API_ONLY", "info", {"model": {"access_kind": "gated"}}, {"model": {"access_kind": "open"}}, "access: gated"),
    ("API_ONLY", "info", {"model": {"access_kind": "lookup", "access": "a table"}}, {}, "access: a table"),
    (
        "TOKENISATION_MISMATCH",
        "warning",
        {"details": {"tokenisation_changed": 0.25}},
        {"details": {"tokenisation_changed": 0.0}},
        "25.0% of the variants change how the window is cut",
    ),
    (
        "CONTEXT_ASYMMETRY",
        "info",
        {"details": {"clipped": 0.5}},
        {"details": {"clipped": 0.0}},
        "50.0% of the windows end at the sequence's end",
    ),
    (
        "CONTEXT_ASYMMETRY",
        "info",
        {"details": {"truncated": 0.125}},
        {"details": {"truncated": 0.0}},
        "of 12.5% of the variants the model sees a part of the protein",
    ),
    (
        "REVISION_UNPINNED",
        "info",
        {"details": {}, "identity": {"revision": "sha256:" + "ab" * 32}},
        {"details": {}},
        "weights from a local folder, content sha256:abababababab",
    ),
    (
        "LOW_PRECISION",
        "warning",
        {"details": {}, "identity": {"dtype": "bfloat16"}},
        {"details": {}, "identity": {"dtype": "bfloat16", "kind": "masked"}},
        "likelihood differences from bfloat16 weights",
    ),
]


@pytest.mark.parametrize(("flag", "severity", "with_it", "without", "evidence"), CASES, ids=[case[0] for case in CASES])
def test_a_flag_is_raised_by_its_case_and_by_no_other(
    flag: str, severity: str, with_it: dict[str, Any], without: dict[str, Any], evidence: str
) -> None:
    found = _flags(**with_it)
    assert found[flag][0] == severity
    assert found[flag][1].startswith(evidence)
    assert flag not in _flags(**without)


def test_every_flag_that_can_be_raised_is_tested_here() -> None:
    assert {case[0] for case in CASES} == set(re.findall(r'\bflag\("([A-Z_]+)"', inspect.getsource(flags)))


def test_what_our_scoring_found_is_not_said_of_the_authors_scores() -> None:
    ours = {"details": {"clipped": 0.5}, "identity": {"revision": "sha256:ab", "dtype": "bfloat16"}}
    assert _flags(**ours).keys() == {"CONTEXT_ASYMMETRY", "REVISION_UNPINNED", "LOW_PRECISION"}
    assert _flags(**ours, protocol="published-scores") == {}


def test_hard_labels_matter_to_the_auroc_alone() -> None:
    scores = np.arange(200) % 2 * 1.0
    assert "HARD_LABEL_AUROC" not in _flags(scores=scores, metric="AUPRC")


def test_a_comparison_that_could_not_be_made_claims_no_common_items() -> None:
    assert "PARTIAL_COVERAGE" not in _flags(scores=_missing(100))


def test_the_strongest_rival_is_named_with_both_values() -> None:
    found = _flags(weaker=True)["WEAK_BASELINE"][1]
    assert found.startswith("c reaches 0.")
    assert found.split(", ")[1].startswith("b 0.")


def test_systems_that_have_seen_labels_are_systems_that_are_known() -> None:
    assert LABELS_SEEN.keys() <= {row.model_id for row in model_rows()}
