"""Results and a journal of a run as version 0002 wrote them; to be run with its code on the path (see make.sh)."""

from __future__ import annotations

from engine.executors.journal import Journal
from engine.records import Bundle, Comparison, Failure, Model, Prediction, Run, Score, Stratum, Task, Throughput
from engine.store.location import cache_dir
from engine.store.parquet import write_rows
from engine.store.results import write_results

RUN, TASK, SOURCE = "kept-0002-0123456789ab", "kept-0002-task", "engine"
PLACE = {"task_id": TASK, "stratum": "all"}
MEASURED = {"regime": "zero_shot", "protocol": "masked-marginal", "metric": "AUROC"}
ITEMS = ("M1A", "M1C", "D2E", "D2F")


def _score(model: str, value: float) -> Score:
    interval = {"ci_low": value - 0.125, "ci_high": value + 0.0625, "ci_method": "percentile bootstrap", "n": 4}
    return Score(
        model_id=model, **PLACE, **MEASURED, value=value, **interval, origin="engine", provenance="measured",
        run_id=RUN, source_id=SOURCE,
    )  # fmt: skip


def _bundle() -> Bundle:
    task = Task(
        task_id=TASK, label="A task of version 0002", suite="dms", category="made by hand", kind="variant_effect",
        primary_metric="AUROC", n_test=4, prevalence=0.5, position=0, source_id=SOURCE,
    )  # fmt: skip
    run = Run(
        run_id=RUN, started_at="2026-11-21T08:30:00+00:00", finished_at="2026-11-21T08:31:00+00:00",
        status="finished with failures", command="vledger run kept.toml", spec_hash="0" * 64, spec_json="{}",
        engine_version="0.1.0", git_commit=None, git_dirty=None, packages_json="{}", device="cpu", dtype="float32",
        seed=0,
    )  # fmt: skip
    comparison = Comparison(
        **PLACE, **MEASURED, model_id="kept-model", baseline_id="blosum62", delta=0.25, ci_low=0.125, ci_high=0.375,
        p=0.03125, q=0.0625, verdict_article="PASS", verdict="PASS", flags=None, run_id=RUN, n=4,
        ci_method="percentile bootstrap", p_method="permutation", minimum_effect=None, registered=True,
        undefined_reason=None,
    )  # fmt: skip
    who = {"run_id": RUN, "model_id": "kept-model", "task_id": TASK}
    return Bundle(
        models=[Model(model_id="kept-model", name="kept-model", role="model", source_id=SOURCE)],
        tasks=[task],
        strata=[Stratum(**PLACE, label="all", kind="all", n=4, prevalence=0.5, position=0)],
        scores=[_score("kept-model", 0.75), _score("blosum62", 0.5)],
        runs=[run],
        comparisons=[comparison],
        failures=[Failure(**who, stage="load", error_type="NotHereError", message="a fault of version 0002")],
        throughputs=[
            Throughput(
                **who,
                protocol="masked-marginal",
                device="cpu",
                dtype="float32",
                n_items=4,
                tokens=40,
                seconds=0.5,
                tokens_per_second=80.0,
                halvings=0,
                peak_bytes=None,
            )
        ],
    )  # fmt: skip


def main() -> None:
    """Write both into the cache that VLEDGER_CACHE names."""
    cache = cache_dir()
    cache.mkdir(parents=True)
    who = {"run_id": RUN, "model_id": "kept-model", "task_id": TASK}
    predictions = [
        Prediction(**who, item_id=item, score=number / 8, higher_is="damaging") for number, item in enumerate(ITEMS)
    ]
    write_rows(cache / "prediction.parquet", predictions, Prediction)
    write_results(cache / "results" / "kept-0002", _bundle(), {"prediction": cache / "prediction.parquet"})
    journal = Journal(cache / "runs" / RUN)
    journal.open({"run_id": RUN, "started_at": "2026-11-21T08:30:00+00:00"})
    journal.write_cost("kept-model--0", {"seconds": 0.5})
    write_rows(cache / "runs" / RUN / "parts" / "kept-model--0.parquet", predictions, Prediction)


if __name__ == "__main__":
    main()
