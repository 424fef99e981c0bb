"""The pieces of the benchmarks on tiny inputs: both sides of a comparison must agree. No time is asserted."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.errors import NotHereError

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[str], Any]

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Load:
    """A module of the benchmarks by name, found as it is when one of them is started."""
    monkeypatch.syspath_prepend(FOLDER)
    return import_module


@pytest.fixture
def tiny(script: Load, tmp_path: Path) -> Path:
    """A tiny ESM-2."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    found: Path = script("checkpoint").write_esm2(tmp_path, "tiny")
    return found


def test_an_upper_aim_is_met_below_it(script: Load) -> None:
    rows = script("rows")
    met, missed = rows.at_most("a", 2.0, "s", 5), rows.at_most("a", 5.0, "s", 5)
    assert (met["ratio"], met["met"]) == (2.5, True)
    assert (missed["ratio"], missed["met"]) == (1.0, False)


def test_a_comparison_is_met_from_its_ratio_on(script: Load) -> None:
    rows = script("rows")
    met, missed = (rows.faster_than("a", 2.0, seconds, "a loop", 20) for seconds in (40.0, 39.0))
    assert (met["ratio"], met["met"], met["compared_with"]) == (20.0, True, "a loop: 40.00 s")
    assert (missed["ratio"], missed["met"]) == (19.5, False)
    assert rows.faster_than("a", 2.0, 40.0, "a loop", None)["met"] is None


def test_new_lines_take_the_places_of_old_ones(script: Load) -> None:
    old = [{"name": name, "value": 1} for name in ("a", "b")]
    new = [{"name": name, "value": 2} for name in ("b", "c")]
    found = script("rows").replaced(old, new)
    assert [(row["name"], row["value"]) for row in found] == [("a", 1), ("b", 2), ("c", 2)]


@pytest.fixture
def driver(script: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The driver with a results file of its own, in which there is one line of another topic."""
    found = script("run")
    monkeypatch.setattr(found, "RESULTS", tmp_path / "latest.json")
    old = script("rows").at_most("cold start", 1.0, "s", 5)
    found.RESULTS.write_text(json.dumps([old]), "utf-8")
    return found


def _only(monkeypatch: pytest.MonkeyPatch, measure: Callable[[], Any]) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "store"])
    monkeypatch.setitem(sys.modules, "bench_store", SimpleNamespace(measure=measure))


@pytest.mark.parametrize(("value", "status"), [(1.0, 0), (9.0, 1)])
def test_one_topic_leaves_the_lines_of_the_others(
    script: Load, driver: Any, monkeypatch: pytest.MonkeyPatch, value: float, status: int
) -> None:
    _only(monkeypatch, lambda: [script("rows").at_most("build", value, "s", 5)])
    assert driver.main() == status
    kept = json.loads(driver.RESULTS.read_text("utf-8"))
    assert [(row["name"], row["value"]) for row in kept] == [("cold start", 1.0), ("build", value)]


def test_a_topic_without_its_data_is_told_and_changes_nothing(
    driver: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure() -> Any:
        raise NotHereError("the data are not here")

    _only(monkeypatch, measure)
    before = json.loads(driver.RESULTS.read_text("utf-8"))
    assert driver.main() == 1
    assert json.loads(driver.RESULTS.read_text("utf-8")) == before
    assert "store is not measured: the data are not here" in capsys.readouterr().out


def test_the_bootstrap_and_the_loops_draw_the_same(script: Load) -> None:
    pytest.importorskip("sklearn")
    module = script("bench_statistics")
    assert "n = 200" in module.auroc_row(200, 10, 0)["name"]
    assert "n = 200" in module.mcc_row(200, 100, 0)["name"]


def test_predictions_reach_the_store(script: Load) -> None:
    row = script("bench_store").predictions_row(1_000, repeats=1)
    assert row["name"] == "1,000 predictions into the store"


def test_a_prediction_is_there_once(script: Load) -> None:
    rows = script("bench_store").predictions(1_001)
    assert len(rows) == 1_001
    assert not rows.duplicated(["model_id", "task_id", "item_id"]).any()


def test_engine_and_quickstart_agree(script: Load, tiny: Path) -> None:
    changes = script("bench_gpu").changes_for(_little(script))
    assert min(script("bench_scoring").compare(tiny, changes, sample=5, rounds=1)) > 0


def test_a_comparison_stops_where_the_quickstart_disagrees(
    script: Load, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script("one_at_a_time").Plain, "score", lambda *_: 100.0)
    changes = script("bench_gpu").changes_for(_little(script))
    with pytest.raises(AssertionError):
        script("bench_scoring").compare(tiny, changes, sample=5, rounds=1)


def test_padded_batches_give_the_scores_of_single_variants(script: Load, tiny: Path) -> None:
    module = script("one_at_a_time")
    torch = pytest.importorskip("torch")
    plain = module.Plain(tiny, device="cpu", dtype=torch.float32)
    variants = module.variants_of(script("bench_gpu").changes_for(_little(script)))[::7]
    single = [plain.score(variant) for variant in variants]
    np.testing.assert_allclose(plain.score_in_batches(variants, 5), single, rtol=0, atol=1e-5)


def test_many_variants_are_scored_as_in_a_run(script: Load, tiny: Path) -> None:
    module = script("score_many")
    torch = pytest.importorskip("torch")
    found = module.score(tiny, 60)
    data = module.many_variants(60)
    gene, text = data.items["gene"][59], data.items["protein_variant"][59]
    variant = (data.proteins[gene], int(text[1:-1]), text[0], text[-1])
    plain = script("one_at_a_time").Plain(tiny, device="cpu", dtype=torch.float32)
    assert found.shape == (60,)
    assert found[59] == pytest.approx(plain.score(variant), abs=1e-5)


def test_many_variants_are_all_different_and_take_the_same_start(script: Load) -> None:
    module = script("score_many")
    few, many = module.many_variants(100), module.many_variants(12_000)
    assert not many.items.duplicated(["gene", "protein_variant"]).any()
    assert list(few.items["protein_variant"]) == list(many.items["protein_variant"][:100])


def _little(script: Load) -> Any:
    return script("bench_gpu").Load(
        proteins=3, positions=3, shortest=20, longest=40, loop=10, batches=(2, 4), matrix=16, repeats=1
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_benchmark_of_a_gpu_measures_a_cpu_the_same_way(script: Load, dtype: str) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    module = script("bench_gpu")
    where = module.Where("tiny", "cpu", dtype)
    rows = module.measure(where, _little(script))
    assert [row["unit"] for row in rows] == ["tokens/s", "%", "s", "s"]
    assert all(row["value"] > 0 for row in rows[:2])
    assert module.report(where, rows)["command"].startswith("python benchmarks/bench_gpu.py")


def test_operations_count_parameters_and_attention(script: Load) -> None:
    # Two rows of 3 and 5 tokens through 2 layers of width 16: 2 * 100 * 8 + 4 * 2 * 16 * (9 + 25).
    assert script("bench_gpu").operations(100, "tiny", np.array([3, 5])) == 1_600 + 4_352


def test_the_benchmark_of_a_gpu_says_why_it_is_skipped(
    script: Load, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["bench_gpu.py"])
    assert script("bench_gpu").main() == 0
    assert "no CUDA device" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("workers", "dispatch", "write", "makespan"),
    [(1, 0.0, 0.0, 36.0), (2, 0.0, 0.0, 33.0), (1, 0.5, 0.25, 39.0), (4, 2.0, 0.0, 30.0)],
    ids=["one loads each model once", "two load both", "steps add up", "the last one waits for the driver"],
)
def test_a_simulated_fleet_takes_as_long_as_by_hand(
    script: Load, workers: int, dispatch: float, write: float, makespan: float
) -> None:
    fleet = script("fleet")
    # Two units of one second of a model that takes 10 to load, then two of two seconds of one that takes 20.
    work = fleet.Work(model=np.array([0, 0, 1, 1]), seconds=np.array([1.0, 1, 2, 2]), load=np.array([10.0, 20]))
    found = fleet.simulate(work, workers, fleet.Costs(dispatch=dispatch, look=0.0, write=write))
    assert found.makespan == makespan
    assert found.busy == pytest.approx(6 / (workers * makespan))


def test_a_look_at_every_running_unit_slows_a_large_fleet(script: Load) -> None:
    fleet = script("fleet")
    work = fleet.Work(model=np.zeros(40, int), seconds=np.ones(40), load=np.array([0.0]))
    costs = (fleet.Costs(dispatch=0.0, look=look, write=0.0) for look in (0.0, 0.1))
    # Ten at a time, four times; after each the driver looks at those under way, of which there are none then.
    assert [fleet.simulate(work, 10, one).makespan for one in costs] == [4.0, 4.0]
    uneven = fleet.Work(model=np.zeros(4, int), seconds=np.array([1.0, 2, 1, 2]), load=np.array([0.0]))
    # At 1 s one is under way, at 2.1 s one that ended at 2 s and one that ends at 2.1 s.
    assert fleet.simulate(uneven, 2, fleet.Costs(dispatch=0.0, look=0.1, write=0.0)).makespan == pytest.approx(4.1)


def test_the_steps_of_a_fleet_are_measured_with_the_code_of_runs(
    script: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = script("bench_fleet")
    assert min(module.journal_seconds(tmp_path / "journal", 3).values()) > 0
    assert module.dispatch_local(6) > 0
    monkeypatch.setattr(module, "MODELS", 2)
    monkeypatch.setattr(module, "TASKS", 3)
    steps = module.Steps(0.001, 0.0, {"write": 0.01, "check": 0.002, "gather": 0.002}, 3.0, 1e-6)
    names = [row["name"] for row in module.fleet_rows(steps, shards=10, fleets=(5,))]
    assert names == ["fleet: 5 GPUs, 60 units", "fleet: 5 GPUs, 6 units"]
    resume, _, publish = module.afterwards_rows(steps, 60_000)
    # 60,000 times 2 ms; 3 s, and 120,000,000 predictions of a microsecond.
    assert (resume["value"], publish["value"]) == (2.0, pytest.approx(123 / 60, abs=0.005))


@pytest.fixture
def cells_bench(script: Load) -> Any:
    for name in ("h5py", "scanpy", "sknetwork"):
        pytest.importorskip(name)
    return script("bench_singlecell")


def test_cells_come_to_the_same_by_hand_whole_and_resampled(cells_bench: Any) -> None:
    # Another AvgBIO, or another replicate, stops either.
    assert "AvgBIO of 300 cells" in cells_bench.avg_bio_row(300, rounds=1, weights="gauss")["name"]
    assert "bootstrap of 300 cells" in cells_bench.resamples_row(300, 5)["name"]


def test_resampled_skills_are_those_of_a_loop(cells_bench: Any, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLEDGER_MIRROR", str(mirror))
    assert "100 draws" in cells_bench.perturbation_row(100, rounds=1)["name"]
    monkeypatch.setattr(cells_bench.cells_by_hand, "skill_loop", lambda *_: {"linear": np.full(100, 0.5)})
    with pytest.raises(AssertionError):
        cells_bench.perturbation_row(100, rounds=1)


# What scanpy imports and does uses what pandas has deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_file_of_cells_comes_to_the_same_by_pieces_and_in_memory(
    script: Load, cells_bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = script("cells_from_file").WAYS
    monkeypatch.setattr(cells_bench, "through_file", lambda way, path: (0.5, 2.0, ways[way](path)))
    rows = cells_bench.large_file_rows(2_000, rounds=1)
    assert [row["unit"] for row in rows] == ["s", "GB", "s", "GB", "GB"]


def test_two_ways_through_a_file_that_differ_stop_the_benchmark(
    cells_bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_bench, "through_file", lambda way, path: (1.0, 2.0, {path: np.array([float(way)])}))
    assert [row["value"] for row in cells_bench.file_rows("means", "a file", ("1", "1.0001"), "by hand", 1)] == [2, 1]
    with pytest.raises(AssertionError, match="means"):
        cells_bench.file_rows("means", "a file", ("1", "1.1"), "by hand", 1)


def test_a_way_through_a_file_of_cells_tells_what_memory_it_took(cells_bench: Any, tmp_path: Path) -> None:
    cells_bench.made_up_cells.write(tmp_path / "cells.h5ad", 3_000)
    gigabytes, seconds, found = cells_bench.through_file("everything", tmp_path / "cells.h5ad")
    # A process with numpy, scipy and pandas in it, and not much else.
    assert 0.05 < gigabytes < 2
    assert seconds > 0
    assert {name: values.tolist() for name, values in found.items() if name != "cells"} == {
        "scores": [3_000, 50],
        "drawn": [3_000, 50],
    }


def test_made_up_cells_are_read_by_anndata_as_they_were_written(cells_bench: Any, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    cells_bench.made_up_cells.write(tmp_path / "cells.h5ad", 40, genes=60, filled=20, conditions=3)
    found = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert found.shape == (40, 60)
    assert list(found.obs["condition"][:5]) == ["control", "P0", "P1", "P2", "control"]
    assert (np.diff(found.X.indptr) == 20).all()
    assert found.X.has_sorted_indices


def test_two_nodes_of_ray_are_timed_beside_one_process_on_the_same_scores(script: Load, tiny: Path) -> None:
    pytest.importorskip("ray")
    # Other scores stop it.
    seconds = script("bench_ray").compare(tiny, 1_000)
    assert seconds.keys() == {"one", "two", "ray"}
    assert min(seconds.values()) > 0


def test_every_topic_has_something_to_measure(script: Load) -> None:
    for name in ("playwright", "streamlit", "sklearn", "torch", "transformers"):
        pytest.importorskip(name)
    assert all(callable(script(f"bench_{topic}").measure) for topic in script("run").TOPICS)
