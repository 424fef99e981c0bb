from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.errors import TableError
from engine.published import proteingym, proteingym_assays
from engine.registry import read_systems
from engine.registry.files import ASSAY_AUC, ASSAY_MCC, ASSAY_SPEARMAN, ASSAYS, CLINICAL_AUC
from engine.registry.tasks import ASSAY_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Bundle


@pytest.fixture(scope="module")
def bundle(mirror: Path, published: Path) -> Bundle:
    return proteingym_assays.read({name: mirror / name for name in ASSAY_FILES}, published)


@pytest.fixture(scope="module")
def summary(published: Path) -> Bundle:
    return proteingym.read(published)


def _aggregate(bundle: Bundle, metric: str) -> pd.Series:
    """Mean over the assays of a protein within a selection type, over proteins, then over the five types."""
    about = {task.task_id: (task.category, task.redundancy_group) for task in bundle.tasks}
    rows = [
        (s.model_id, *about[s.task_id], s.value) for s in bundle.scores if s.metric == metric and s.task_id in about
    ]
    frame = pd.DataFrame(rows, columns=["model", "type", "protein", "value"]).astype({"value": float})
    proteins = frame.groupby(["model", "type", "protein"])["value"].mean()
    return proteins.groupby(["model", "type"]).mean().groupby("model").mean()


def test_every_system_has_three_metrics_on_every_assay(bundle: Bundle) -> None:
    assays = [score for score in bundle.scores if score.task_id != proteingym.CLINICAL_TASK]
    assert len(bundle.tasks) == 217
    assert len(assays) == 217 * 97 * 3
    assert len({(s.model_id, s.task_id, s.metric) for s in assays}) == len(assays)


@pytest.mark.parametrize("metric", ["Spearman", "AUROC", "MCC"])
def test_the_published_summary_follows_from_the_assays(bundle: Bundle, summary: Bundle, metric: str) -> None:
    wanted = {
        score.model_id: score.value
        for score in summary.scores
        if score.task_id == proteingym.DMS_TASK and score.stratum == "all" and score.metric == metric
    }
    found = _aggregate(bundle, metric)
    assert len(wanted) == 97
    assert {model: found[model] for model in wanted} == pytest.approx(wanted, abs=1e-3)


def test_the_published_clinical_mean_follows_from_the_genes(bundle: Bundle, summary: Bundle) -> None:
    wanted = {s.model_id: s.value for s in summary.scores if s.task_id == proteingym.CLINICAL_TASK}
    rows = [(s.model_id, s.value) for s in bundle.scores if s.task_id == proteingym.CLINICAL_TASK]
    found = pd.DataFrame(rows, columns=["model", "auc"]).astype({"auc": float}).groupby("model")["auc"].mean()
    assert len(wanted) == 13
    assert found.to_dict() == pytest.approx(wanted, abs=1e-3)


def test_blank_cells_are_undefined_with_a_reason(bundle: Bundle) -> None:
    blank = [score for score in bundle.scores if score.value is None]
    assert len(blank) == 3 * 17 + 2771
    assert {score.model_id for score in blank if score.task_id != proteingym.CLINICAL_TASK} == {"proteingym:protriever"}
    assert {score.undefined_reason for score in blank} == {"the published table has no value here"}
    assert all(score.undefined_reason is None for score in bundle.scores if score.value is not None)


def test_genes_are_strata_of_the_clinical_task(bundle: Bundle) -> None:
    genes = [stratum for stratum in bundle.strata if stratum.kind == "gene"]
    assert len(genes) == 2525
    assert {stratum.task_id for stratum in genes} == {proteingym.CLINICAL_TASK}
    assert {s.stratum for s in bundle.scores if s.task_id == proteingym.CLINICAL_TASK} == {g.stratum for g in genes}


def test_an_assay_says_what_was_measured_in_what(bundle: Bundle) -> None:
    task = next(task for task in bundle.tasks if task.task_id == "dms:BLAT_ECOLX_Stiffler_2015")
    assert task.label == "Beta-lactamase TEM, Stiffler 2015 (BLAT_ECOLX)"
    assert (task.category, task.redundancy_group, task.n_test) == ("Organismal fitness", "BLAT_ECOLX", 4996)
    assert task.organism == "Escherichia coli"


def test_every_label_names_one_assay(bundle: Bundle) -> None:
    assert len({task.label for task in bundle.tasks}) == 217


def test_every_scored_system_has_a_model_row_elsewhere(bundle: Bundle, summary: Bundle) -> None:
    described = {model.model_id for model in summary.models} | {row.model_id for row in read_systems()}
    assert {score.model_id for score in bundle.scores} <= described
    assert list(bundle.models) == []


def test_scores_carry_the_size_of_their_assay(bundle: Bundle) -> None:
    sizes = {task.task_id: task.n_test for task in bundle.tasks}
    assert all(score.n == sizes.get(score.task_id) for score in bundle.scores)


def _damaged(mirror: Path, folder: Path, name: str, edit: tuple[str, str]) -> dict[str, Path]:
    """ProteinGym's files, one of them with a text replaced once."""
    files = {known: mirror / known for known in (ASSAYS, ASSAY_SPEARMAN, ASSAY_AUC, ASSAY_MCC, CLINICAL_AUC)}
    text = files[name].read_text("utf-8")
    assert edit[0] in text
    files[name] = folder / "damaged.csv"
    files[name].write_text(text.replace(*edit, 1), "utf-8")
    return files


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        (ASSAY_AUC, ("BLAT_ECOLX_Deng_2012", "BLAT_ECOLX_Dong_2012"), r"column 'DMS ID': an assay that the reference"),
        (
            ASSAY_MCC,
            ("A4_HUMAN_Seuma_2022,", "A4_HUMAN_Seuma_2022,1.5,"),
            r"line \d+: 104 cells where the header has 103",
        ),
        (CLINICAL_AUC, ("NP_000007.1,0.494", "NP_000007.1,-0.494"), r"line 2, column 'TranceptEVE L': .*from 0 to 1"),
        (CLINICAL_AUC, ("NP_000008.1,", "NP_000007.1,"), r"line 3, column 'RefSeq ID': the same protein as in line 2"),
        (ASSAYS, ("DMS_id", "DMS_ID"), r"line 1, column 'DMS_id': the column is missing"),
    ],
)
def test_a_damaged_table_is_refused(
    mirror: Path, published: Path, tmp_path: Path, name: str, edit: tuple[str, str], message: str
) -> None:
    with pytest.raises(TableError, match=message):
        proteingym_assays.read(_damaged(mirror, tmp_path, name, edit), published)


def test_an_assay_with_another_size_is_refused(mirror: Path, published: Path, tmp_path: Path) -> None:
    files = {name: mirror / name for name in ASSAY_FILES}
    path = tmp_path / "spearman.csv"
    frame = pd.read_csv(files[ASSAY_SPEARMAN], dtype=str, keep_default_na=False)
    frame.loc[0, "Number of Mutants"] = "9575"
    frame.to_csv(path, index=False)
    with pytest.raises(TableError, match=r"line 2, column 'Number of Mutants': not what .*'9575'\); expected 9576"):
        proteingym_assays.read(files | {ASSAY_SPEARMAN: path}, published)


def test_a_lost_assay_is_noticed(mirror: Path, published: Path, tmp_path: Path) -> None:
    files = {name: mirror / name for name in ASSAY_FILES}
    path = tmp_path / "spearman.csv"
    shutil.copy(files[ASSAY_SPEARMAN], path)
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    with pytest.raises(TableError, match=f"no row for the assay {lines[-1].split(',')[0]}"):
        proteingym_assays.read(files | {ASSAY_SPEARMAN: path}, published)
