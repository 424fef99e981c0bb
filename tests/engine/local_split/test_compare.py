"""The whole way from a split to its result, next to what the engine's own runs say of the same items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import __version__
from engine.datasets import blat, brca1
from engine.errors import SpecError
from engine.local_split import own_model
from engine.local_split.compare import compare, judge
from engine.local_split.exchange import Check, Field, Files, Options, OwnModel, ScoreColumn, Shape, Upload
from engine.names import ALL_STRATA, Direction, Regime, Role
from engine.registry.files import BRCA1_ASSAY
from engine.registry.tasks import find_task
from engine.run.evaluate import evaluate
from engine.run.measure import Settings
from engine.run.parts import System, rule_system
from engine.run.quickstart import quickstart
from engine.store.parquet import read_frame
from tests.engine.local_split import results
from tests.engine.local_split.splits import asked, made, noisy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.local_split.exchange import Result, Value
    from engine.records import Score
    from engine.variants import VariantTask

LABELS = np.tile([0, 1, 1], 40)
COLUMNS = {"model": noisy(LABELS, 1.5, seed=1), "old": noisy(LABELS, 0.6, seed=2)}


def table(*, header: str = "label,model,old", rows: Iterable[tuple[Any, ...]] | None = None) -> Files:
    cells = rows or zip(LABELS.tolist(), COLUMNS["model"].tolist(), COLUMNS["old"].tolist(), strict=True)
    lines = [header, *(",".join(map(str, row)) for row in cells)]
    return Files(table=Upload(name="scores.csv", content="\n".join(lines).encode()))


def numbers(rows: Iterable[Value]) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
    return {(row.system_id, row.metric): (row.value, row.low, row.high) for row in rows if row.part_id == "all"}


def of_store(rows: Iterable[Score]) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
    return {(row.model_id, row.metric): (row.value, row.ci_low, row.ci_high) for row in rows if row.stratum == "all"}


def test_a_table_of_scores_goes_all_the_way() -> None:
    told: list[tuple[str, int, int]] = []
    found = compare(table(), asked("model", baseline="old"), lambda *step: told.append(step))
    assert found.primary == "AUROC"
    assert [system.system_id for system in found.systems] == ["column:model", "column:old", "constant", "random"]
    assert found.differences[0].verdict == "PASS_PAIRED"
    assert found.command == "vledger compare --split scores.csv --score model=1 --baseline old=1"
    assert (found.seed, found.draws, found.engine_version) == (0, 2000, __version__)
    assert found.inspection.preview == {}
    steps = [(done, total) for what, done, total in told if what.endswith(": All rows")]
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_the_same_question_has_the_same_answer() -> None:
    options = asked("model", baseline="old", draws=100)
    assert compare(table(), options) == compare(table(), options)


def test_another_seed_moves_the_intervals_and_no_value() -> None:
    one, other = (compare(table(), asked("model", draws=100, seed=seed)) for seed in (0, 1))
    assert [row.value for row in one.values if row.system_id == "column:model"] == [
        row.value for row in other.values if row.system_id == "column:model"
    ]
    assert one.values[0].low != other.values[0].low


def test_a_file_with_nothing_to_evaluate_is_refused_in_one_sentence() -> None:
    with pytest.raises(SpecError, match=r"scores\.csv: "):
        compare(table(rows=[(1, 0.5, 0.1), (1, 0.7, 0.2)]), asked("model"))


def test_curves_have_at_most_200_points_and_both_ends() -> None:
    labels = np.tile([0, 1], 1500)
    found = judge(made(labels, scores={"model": noisy(labels, 1, seed=0)}), asked("model", draws=20))
    curve = found.curves["column:model"]
    assert (curve["fpr"][0], curve["tpr"][0], curve["fpr"][-1], curve["tpr"][-1]) == (0, 0, 1, 1)
    assert max(len(points) for points in curve.values()) <= 200
    area = np.trapezoid(curve["tpr"], curve["fpr"])
    assert area == pytest.approx(found.values[0].value, abs=0.001)


def flags(found: Result) -> dict[str, str]:
    return {flag["flag"]: flag["evidence"] for flag in found.flags}


def test_a_column_without_a_direction_is_flagged() -> None:
    options = replace(asked("model", draws=20), scores=(ScoreColumn(column="model"),))
    found = judge(made(LABELS, scores=COLUMNS), options)
    assert flags(found)["SIGN_UNDECLARED"].startswith("model: nobody said")
    assert found.failed[0].column == "model"


def test_what_is_known_of_a_model_of_the_registry_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_model, "score", lambda *_: (COLUMNS["model"], "1", "A stand-in."))
    found = judge(made(LABELS), Options(model=OwnModel(model="alphamissense"), draws=20))
    assert flags(found)["CONTAM_LABELS"].startswith("AlphaMissense: ")
    assert "CONTAM_LABELS" not in flags(judge(made(LABELS), Options(model=OwnModel(model="a-folder"), draws=20)))


def test_a_rare_class_is_flagged() -> None:
    labels = np.arange(400) % 20 == 0
    found = judge(made(labels, scores={"model": noisy(labels, 1, seed=0)}), asked("model", draws=20))
    assert flags(found) == {"IMBALANCE": "5.0% of the rows have label 1: read AUPRC too"}


def test_what_the_checks_found_is_flagged_and_what_they_passed_is_not() -> None:
    checks = (
        Check(kind="GENE_LEAK", title="Genes", severity="warning", found="12 rows.", rows=12),
        Check(kind="REVERSE_COMPLEMENT", title="Other strand", severity="note", found="1 row.", rows=1),
        Check(kind="HOMOLOGY_LEAK", title="Near", severity="passed", found="0 rows."),
    )
    split = replace(made(LABELS, scores=COLUMNS), inspection=results.inspection(checks=checks))
    found = judge(split, asked("model", draws=20)).flags
    assert [(flag["flag"], flag["severity"]) for flag in found] == [
        ("GENE_LEAK", "warning"),
        ("DUPLICATE_ROWS", "info"),
    ]


def test_ancestry_is_unknown_unless_a_column_of_it_splits_the_result() -> None:
    variants = [f"{old}{at}{new}" for at, (old, new) in enumerate(zip("AWICLG" * 20, "VGVRIW" * 20, strict=True), 1)]
    bare = judge(made(LABELS, shape=Shape.PROTEIN, protein_variant=variants), asked(draws=20))
    named = made(LABELS, shape=Shape.PROTEIN, protein_variant=variants, strata={"Ancestry group": ["afr", "eas"] * 60})
    assert "ANCESTRY_UNKNOWN" in flags(bare)
    assert "ANCESTRY_UNKNOWN" not in flags(judge(named, asked(draws=20)))


def test_a_stronger_baseline_than_the_one_to_beat_is_told() -> None:
    weak, strong = noisy(LABELS, 0.1, seed=0), noisy(LABELS, 2, seed=0)
    scores = (*asked(baseline="weak").scores, *asked(baseline="strong").scores)
    found = judge(made(LABELS, scores={"weak": weak, "strong": strong}), Options(scores=scores, draws=20))
    assert flags(found)["WEAK_BASELINE"].startswith("strong reaches 0.9")


def test_scores_of_yes_and_no_and_scores_of_a_part_of_the_rows_are_flagged() -> None:
    columns = {"hard": LABELS, "some": np.where(np.arange(120) < 5, np.nan, COLUMNS["model"])}
    found = flags(judge(made(LABELS, scores=columns), asked("hard", "some", draws=20)))
    assert found["HARD_LABEL_AUROC"] == "hard has 2 distinct scores"
    assert found["PARTIAL_COVERAGE"] == "some scores 115 of 120 rows"


def test_a_rule_with_too_few_rows_of_every_part_is_told_and_not_shown() -> None:
    words = np.where(np.arange(120) < 40, "missense", "synonymous")
    variants = ["W4G" if word == "missense" else None for word in words]
    options = {"shape": Shape.DNA, "consequence": words.tolist(), "protein_variant": variants}
    found = judge(made(LABELS, **options), asked(draws=20))
    assert "blosum62" not in {system.system_id for system in found.systems}
    assert "BLOSUM62 scores 40 of 120 rows" in {problem.problem.partition(",")[0] for problem in found.failed}
    by_kind = judge(made(LABELS, strata={"kind": words}, **options), asked(draws=20))
    assert "blosum62" in {system.system_id for system in by_kind.systems}


@pytest.fixture(scope="module")
def sge(mirror: Path) -> VariantTask:
    card = find_task("brca1_sge")
    return brca1.read({name: mirror / name for name in card.files + card.optional_files})


def test_brca1_has_the_values_and_intervals_of_the_engines_own_run(sge: VariantTask) -> None:
    evo2 = sge.measured["evo2-1b"].to_numpy(np.float64)
    split = replace(made(sge.items["label"], shape=Shape.DNA, scores={"evo2": evo2}), variants=sge)
    found = judge(split, Options(scores=(ScoreColumn(column="evo2", higher_is="0"),)))
    model = System(
        model_id="column:evo2", role=Role.MODEL, protocol="published-scores", higher_is=Direction.FIT, scores=evo2
    )
    rules = [rule_system(sge, name) for name in ("consequence+blosum62", "consequence", "transversion", "random")]
    whole = replace(sge, strata=sge.strata[:1])
    rows, pairs = evaluate(whole, [model, *rules], {}, Settings(run_id="test", source_id="engine"))
    expected, values = of_store(rows), numbers(found.values)
    assert {key: values[key] for key in expected} == expected
    shown = {
        name: round(values[name, "AUROC"][0] or 0, 3) for name in ("column:evo2", *[r.model_id for r in rules[:2]])
    }
    assert shown == {"column:evo2": 0.729, "consequence+blosum62": 0.817, "consequence": 0.762}
    apart = {(row.baseline_id, row.metric): (row.delta, row.ci_low, row.ci_high, row.p) for row in pairs}
    own = {(row.baseline_id, row.metric): (row.delta, row.low, row.high, row.p) for row in found.differences}
    assert {key: own[key] for key in apart} == apart
    assert next(system for system in found.systems if system.registered).system_id == "consequence+blosum62"


def test_the_workbook_of_brca1_gives_the_same_numbers_as_the_reader_of_it(mirror: Path, sge: VariantTask) -> None:
    columns = (
        (Field.LABEL, "func.class"),
        (Field.CHROM, "chromosome"),
        (Field.POSITION, "position (hg19)"),
        (Field.REFERENCE, "reference"),
        (Field.ALTERNATE, "alt"),
        (Field.CONSEQUENCE, "consequence"),
    )
    path = mirror / BRCA1_ASSAY
    options = Options(columns=columns, positive="LOF", assembly="GRCh37", group="", strata=("consequence",))
    found = compare(Files(table=Upload(name=path.name, content=path.read_bytes())), options)
    rule = rule_system(sge, "consequence+blosum62")
    whole = replace(sge, strata=sge.strata[:1])
    rows, _ = evaluate(whole, [rule], {}, Settings(run_id="test", source_id="engine"))
    assert numbers(found.values).items() >= of_store(rows).items()
    assert {part.label.lower(): part.n for part in found.parts}["missense"] == 2086


def test_blat_has_the_values_and_intervals_of_the_quickstart(mirror: Path, tmp_path: Path) -> None:
    card = find_task(blat.TASK)
    task = blat.read({name: mirror / name for name in card.files + card.optional_files})
    sequence = task.proteins[blat.GENE]
    # The task's label 1 is fit; of a split, it is damaging.
    rows = [
        f"{sequence},{variant},{1 - label}"
        for variant, label in zip(task.items["protein_variant"], task.items["label"], strict=True)
    ]
    content = "\n".join(["sequence,variant,label", *rows])
    path = tmp_path / "blat.csv"
    path.write_text(content, "utf-8")
    found = compare(Files(table=Upload(name=path.name, content=content.encode())), Options())
    quick = of_store(quickstart(path, None).scores)
    assert len(quick) == 4
    assert numbers(found.values).items() >= quick.items()


def test_a_geneb_task_has_the_shipped_values_and_intervals(mirror: Path, precomputed: Path) -> None:
    name = "leannmlindsey_GUE_mouse_3"
    content = (mirror / "geneb_tasks" / f"{name}.csv.gz").read_bytes()
    found = compare(Files(table=Upload(name=f"{name}.csv.gz", content=content)), Options())
    rows = read_frame(precomputed / "results" / "fair-v1" / "score.parquet")
    rows = rows[(rows["task_id"] == name) & (rows["stratum"] == ALL_STRATA) & (rows["regime"] == Regime.FULL)]
    shipped = {
        (row.model_id, row.metric): (row.value, row.ci_low, row.ci_high)
        for row in rows.itertuples()
        if row.metric in found.metrics and row.value == row.value
    }
    own = numbers(found.values)
    assert {key for key in shipped if key[1] == "MCC"} >= {("kmer-best", "MCC"), ("kmer-4", "MCC"), ("gc", "MCC")}
    assert {key: own[key] for key in shipped} == {key: pytest.approx(row, abs=1e-12) for key, row in shipped.items()}
    assert next(system.system_id for system in found.systems if system.registered) == "kmer-best"
