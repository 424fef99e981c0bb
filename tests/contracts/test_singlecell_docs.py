"""docs/single-cell.md says what the code does: every command, example, task, baseline and number."""

from __future__ import annotations

import io
import re
import shlex
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine import cli
from engine.datasets.fetch import MIRROR
from engine.datasets.single_cells import norman
from engine.names import Metric
from engine.registry.cell_systems import CELL_SYSTEMS
from engine.registry.files import PERTURBENCH as PERTURBENCH_FILE
from engine.registry.files import input_file
from engine.registry.singlecell import CELL_TASKS
from engine.registry.tasks import PBMC68K, PERTURBENCH, dataset_files
from engine.run import publishing
from engine.singlecell.networks.responses import Rule
from engine.singlecell.perturbation import linear
from engine.singlecell.perturbation.parts import MOST_GENES
from engine.singlecell_spec import CellOptions, make_singlecell_spec
from engine.statistics.verdict import MINIMUM_EFFECT
from engine.store.parquet import read_frame
from tests.pipeline.singlecell_runs import everything, score

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def text(precomputed: Path) -> str:
    return (precomputed.parent / "docs" / "single-cell.md").read_text("utf-8")


def _section(text: str, name: str) -> str:
    return text.split(f"\n## {name}\n")[1].split("\n## ", maxsplit=1)[0]


def _table(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[1:]]


def _examples(text: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


def _commands(text: str) -> list[list[str]]:
    (block,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    commands = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert ["vectors"] in [command[:1] for command in commands]
    # Its weights come from the network; test_vectors_cli runs it with those of a folder.
    return [command for command in commands if command[0] != "vectors"]


def test_the_examples_are_specs_with_the_defaults_of_the_options(text: str) -> None:
    found = [make_singlecell_spec(tomllib.loads(example), where="the docs") for example in _examples(text)]
    assert [spec.name for spec in found] == ["mine", "geneformer"]
    assert found[0].options == CellOptions()
    assert [model.id for model in found[1].models] == ["geneformer-v1-10m", "random-init:geneformer-v1-10m"]


def test_every_command_runs_as_it_is_written(
    text: str, mirror: Path, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del empty_cache
    monkeypatch.setenv(MIRROR, str(mirror))
    monkeypatch.chdir(tmp_path)
    # What is published is tested beside the command; here it is whether the command asks for it.
    asked: list[object] = []
    monkeypatch.setattr(publishing, "publish", lambda *_, results, **__: (asked.append(results), (tmp_path, True))[1])
    (tmp_path / "mine.toml").write_text(_examples(text)[0], "utf-8")
    data = norman({PERTURBENCH_FILE: mirror / PERTURBENCH_FILE})
    perturbed = sorted({gene for genes in data.conditions for gene in genes})
    edges = "".join(f"{one},{other},{(row + 7 * place) % 11}\n" for row, one in enumerate(perturbed)
                    for place, other in enumerate(data.genes))  # fmt: skip
    (tmp_path / "edges.csv").write_text("regulator,target,score\n" + edges, "utf-8")
    vectors = np.random.default_rng(0).normal(size=(len(data.genes), 3))
    rows = "".join(f"{gene},{','.join(map(str, row))}\n" for gene, row in zip(data.genes, vectors, strict=True))
    (tmp_path / "esm2.csv").write_text("gene,a,b,c\n" + rows, "utf-8")
    for command in _commands(text):
        monkeypatch.setattr(sys, "argv", ["vledger", *command])
        told = io.StringIO()
        with redirect_stdout(told), redirect_stderr(told), pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code, told.getvalue()
    assert [str(path) for path in asked] == ["results"]
    systems = set(read_frame(tmp_path / "results" / "mine" / "score.parquet")["model_id"])
    assert {"linear-g-esm2", "scenic", "gene-lr+scenic", "additive", "gene-lr"} <= systems


def test_every_task_is_told_with_its_size_question_and_baseline(text: str, mirror: Path) -> None:
    rows = {row[0]: row[1:] for row in _table(_section(text, "Tasks"))}
    sizes = read_frame(everything(mirror).folder / "task.parquet").set_index("task_id")["n_test"]
    assert list(rows) == list(CELL_TASKS)
    for task_id, card in CELL_TASKS.items():
        assert rows[task_id] == [str(sizes[task_id]), card.sentence, card.registered.baseline]
        assert f"`{card.protocol}`" in text


def test_every_baseline_and_control_is_told_once(text: str) -> None:
    named = [name for row in _table(_section(text, "Baselines and controls")) for name in row[0].split(", ")]
    assert sorted(named) == sorted(CELL_SYSTEMS)


def test_every_metric_is_told(text: str) -> None:
    metrics = {metric for card in CELL_TASKS.values() for metric in card.metrics} - {Metric.L2_SKILL_OVER_MEAN}
    words = {"PearsonDelta": "Pearson"}
    assert [metric for metric in metrics if words.get(metric, metric) not in text] == []


def test_the_smallest_differences_that_count_are_told(text: str) -> None:
    section = " ".join(_section(text, "Intervals and verdicts").split())
    assert "0.05 for L2Skill and PearsonDelta, 0.02 for AvgBIO and AUROC" in section
    assert [MINIMUM_EFFECT[metric] for metric in (Metric.L2_SKILL, Metric.PEARSON_DELTA)] == [0.05, 0.05]
    assert [MINIMUM_EFFECT[metric] for metric in (Metric.AVG_BIO, Metric.AUROC)] == [0.02, 0.02]


def test_the_rules_of_the_protocols_are_told(text: str) -> None:
    rule, section = Rule(), " ".join(_section(text, "Tasks").split())
    counts = {3: "three", 5: "five"}[rule.fewest]
    assert f"q below {rule.largest_q} and the mean changes by at least {rule.smallest_change}" in section
    assert f"with {counts} genes that respond and {counts} that do not" in section
    assert f"lambda {linear.STRENGTH} and {linear.WIDTH} components" in section
    assert f"at most {MOST_GENES:,}" in section


def test_the_numbers_are_those_of_a_run(text: str, mirror: Path) -> None:
    rows = _table(_section(text, "What the baselines reach"))
    assert len(rows) == 9
    for task_id, metric, system, value in rows:
        assert f"{score(everything(mirror), task_id, system, metric).value:.3f}" == value


def test_the_data_are_named_with_their_licence_and_size(text: str) -> None:
    rows = _table(_section(text, "Data and licences"))
    names = [name for dataset in (PERTURBENCH, PBMC68K) for name in dataset_files(dataset)]
    for name in names:
        repository = re.search(r"githubusercontent\.com/([\w.-]+/[\w.-]+)/", input_file(name).url)
        assert repository is not None
        (licence,) = [row[1] for row in rows if row[0].startswith(repository[1])]
        assert licence in input_file(name).licence
    size = sum(input_file(name).size or 0 for name in names)
    assert f"{size / 1e6:.1f} MB" in text
