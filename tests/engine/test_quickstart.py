"""The quickstart next to the article's procedure, written down here once more with other people's tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.datasets import blat
from engine.errors import SpecError, TableError
from engine.registry.files import ASSAYS, BLAT_ASSAY
from engine.run.quickstart import Ask, quickstart
from tests.engine.tiny_esm2 import variants, write_checkpoint, write_split

if TYPE_CHECKING:
    from pathlib import Path

    from engine.run.quickstart import Answer

    Rows = list[tuple[str, int, str, str]]

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny-esm2")


def _reference_model(folder: Path, rows: Rows) -> np.ndarray[Any, Any]:
    """One forward pass per variant with its position masked: log p(old) - log p(new)."""
    tokenizer, model = hf.EsmTokenizer.from_pretrained(folder), hf.EsmForMaskedLM.from_pretrained(folder).eval()
    scores = []
    with torch.no_grad():
        for sequence, position, old, new in rows:
            ids = tokenizer(sequence, return_tensors="pt")["input_ids"]
            ids[0, position] = tokenizer.mask_token_id
            logp = torch.log_softmax(model(ids).logits[0, position], -1)
            one, other = tokenizer.convert_tokens_to_ids([old, new])
            scores.append(float(logp[one] - logp[other]))
    return np.array(scores)


def _reference_blosum62(rows: Rows) -> np.ndarray[Any, Any]:
    from Bio.Align import substitution_matrices  # noqa: PLC0415 - the reference's own tool

    matrix = substitution_matrices.load("BLOSUM62")
    return np.array([-matrix[old][new] for _, _, old, new in rows])


def _reference_interval(labels: np.ndarray[Any, Any], scores: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    from sklearn import config_context  # noqa: PLC0415 - the reference's own tools
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    rng = np.random.default_rng(0)
    drawn = []
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for _ in range(2000):
            index = rng.integers(0, len(labels), len(labels))
            if len(set(labels[index])) == 2:
                drawn.append(roc_auc_score(labels[index], scores[index]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(roc_auc_score(labels, scores)), float(low), float(high)


def _own(answer: Answer, model_id: str) -> tuple[float, float, float]:
    (row,) = (row for row in answer.scores if row.model_id == model_id)
    assert row.value is not None
    assert row.ci_low is not None
    assert row.ci_high is not None
    return row.value, row.ci_low, row.ci_high


def _check_equal(answer: Answer, folder: Path, rows: Rows, labels: np.ndarray[Any, Any]) -> tuple[bool, str]:
    """Assert scores, values and bounds; return the reference's verdict and ours."""
    by_model, by_matrix = _reference_model(folder, rows), _reference_blosum62(rows)
    # The engine keeps a model's score in the model's own direction; the article's is turned so that high is damaging.
    np.testing.assert_allclose(-answer.systems[0].scores, by_model, atol=1e-5)
    np.testing.assert_array_equal(answer.systems[1].scores, by_matrix)
    model, matrix = _reference_interval(labels, by_model), _reference_interval(labels, by_matrix)
    assert _own(answer, answer.systems[0].model_id) == pytest.approx(model, abs=1e-6)
    assert _own(answer, "blosum62") == pytest.approx(matrix, abs=1e-9)
    (verdict,) = (row.verdict_article for row in answer.comparisons if row.baseline_id == "blosum62")
    assert verdict is not None
    return model[0] > matrix[0] and model[1] > matrix[2], verdict


def test_labels_by_chance_are_scored_as_the_article_does_and_fail(folder: Path, tmp_path: Path) -> None:
    rows = variants()
    labels = np.random.default_rng(3).integers(0, 2, len(rows))
    answer = quickstart(write_split(tmp_path / "chance.csv", rows, labels.tolist()), Ask(model=str(folder)))
    assert len(rows) == 150
    assert _check_equal(answer, folder, rows, labels) == (False, "FAIL")


def test_labels_that_follow_the_model_are_scored_as_the_article_does_and_pass(folder: Path, tmp_path: Path) -> None:
    rows = variants()
    noise = np.random.default_rng(4).normal(0, 1, len(rows))
    scores = _reference_model(folder, rows)
    labels = (scores / scores.std() + noise / 2 > 0).astype(int)
    answer = quickstart(write_split(tmp_path / "follows.csv", rows, labels.tolist()), Ask(model=str(folder)))
    assert _check_equal(answer, folder, rows, labels) == (True, "PASS")


def test_a_real_assay_is_scored_as_the_article_does(folder: Path, tmp_path: Path, mirror: Path) -> None:
    task = blat.read({name: mirror / name for name in (BLAT_ASSAY, ASSAYS)})
    sequence = task.proteins["BLAT_ECOLX"]
    taken = task.items.iloc[::16]
    rows = [(sequence, int(text[1:-1]), text[0], text[-1]) for text in taken["protein_variant"]]
    # The assay's label 1 is fit, the split's is damaging.
    labels = 1 - taken["label"].to_numpy(int)
    answer = quickstart(write_split(tmp_path / "blat.csv", rows, labels.tolist()), Ask(model=str(folder)))
    assert len(rows) == 313
    passes, verdict = _check_equal(answer, folder, rows, labels)
    assert verdict == ("PASS" if passes else "FAIL")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = [number % 2 for number in range(150)]
    return write_split(tmp_path_factory.mktemp("splits") / "plain.csv", variants(), labels)


def test_the_order_of_lines_does_not_matter_for_scores(folder: Path, plain: Path, tmp_path: Path) -> None:
    header, *lines = plain.read_text("utf-8").splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([header, *reversed(lines)]) + "\n", "utf-8")
    one, other = (quickstart(path, Ask(model=str(folder))) for path in (plain, tmp_path / "turned.csv"))
    for first, second in zip(one.systems, other.systems, strict=True):
        np.testing.assert_allclose(first.scores, second.scores[::-1], atol=1e-6)
    assert [row.value for row in one.scores] == pytest.approx([row.value for row in other.scores], abs=1e-9)


def test_progress_is_told_until_all_is_done(folder: Path, tmp_path: Path) -> None:
    rows = variants((120, 130), each=150)
    path = write_split(tmp_path / "long.csv", rows, [number % 2 for number in range(300)])
    told: list[tuple[int, int, int, float]] = []
    quickstart(path, Ask(model=str(folder)), lambda *words: told.append(words))
    assert [(done, total) for done, total, *_ in told][-1] == (300, 300)
    assert len(told) == 2
    assert 0 < told[0][2] < told[1][2]


def test_without_a_model_the_baselines_stand_alone(plain: Path) -> None:
    answer = quickstart(plain, None)
    assert [row.model_id for row in answer.scores] == ["blosum62", "grantham", "hydropathy", "volume"]
    assert (answer.comparisons, answer.problem, answer.identity) == ([], None, None)


def test_weights_that_are_not_here_leave_the_baselines_and_a_sentence(plain: Path, tmp_path: Path) -> None:
    answer = quickstart(plain, Ask(model="esm-2-8m", weights=tmp_path))
    assert answer.scores[0].model_id == "blosum62"
    assert answer.problem is not None
    assert "No config.json" in answer.problem


def test_the_answer_says_what_was_loaded_and_what_it_may_have_seen(plain: Path, folder: Path) -> None:
    answer = quickstart(plain, Ask(model="esm-2-8m", weights=folder))
    assert answer.identity is not None
    assert (answer.identity.model_id, answer.identity.source) == ("esm-2-8m", str(folder))
    assert answer.contamination is not None
    assert "UniRef" in answer.contamination


def test_a_handful_of_variants_gets_values_and_no_verdict(folder: Path, tmp_path: Path) -> None:
    rows = variants()[:20]
    labels = [number % 2 for number in range(20)]
    answer = quickstart(write_split(tmp_path / "few.csv", rows, labels), Ask(model=str(folder)))
    assert all(row.value is not None for row in answer.scores)
    assert all("too few" in str(row.undefined_reason) for row in answer.comparisons)
    assert all(row.verdict_article is None for row in answer.comparisons)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("evo-2-7b", "reads DNA"),
        ("alphamissense", "cannot be run here"),
        ("esm-2-35mm", "Did you mean esm-2-35m"),
    ],
)
def test_a_model_that_cannot_be_asked_is_a_sentence_before_anything_is_loaded(
    plain: Path, model: str, words: str
) -> None:
    with pytest.raises(SpecError, match=words):
        quickstart(plain, Ask(model=model))


def test_a_bad_split_is_a_sentence_before_a_bad_model(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        quickstart(tmp_path / "none.csv", Ask(model="nobody"))


def test_a_device_that_is_not_here_leaves_the_baselines(plain: Path, folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    answer = quickstart(plain, Ask(model=str(folder), device="cuda:0"))
    assert answer.problem is not None
    assert "0 GPUs" in answer.problem


def test_an_alignment_adds_column_frequencies_as_a_baseline(tmp_path: Path) -> None:
    split = tmp_path / "one.csv"
    split.write_text("sequence,variant,label\nMKA,K2R,0\nMKA,K2W,1\nMKA,A3G,0\nMKA,A3W,1\n")
    alignment = tmp_path / "one.a2m"
    alignment.write_text(">own\nMKA\n>a\nMRA\n>b\nMRG\n")
    answer = quickstart(split, None, alignment=alignment)
    own = next(system for system in answer.systems if system.model_id == "site-independent")
    # One K and two R in column 2, with one more of each residue; W was never seen there.
    np.testing.assert_allclose(own.scores, np.log([2 / 3, 2 / 1, 3 / 2, 3 / 1]), rtol=1e-12)
    assert next(row.value for row in answer.scores if row.model_id == "site-independent") == 1.0


def test_an_alignment_of_one_protein_is_not_for_several(plain: Path, tmp_path: Path) -> None:
    alignment = tmp_path / "one.a2m"
    alignment.write_text(">own\nMKA\n")
    with pytest.raises(SpecError, match="an alignment is of one protein, and the split has"):
        quickstart(plain, None, alignment=alignment)
