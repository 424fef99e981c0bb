"""Models on this machine that read a split of one's own, tiny checkpoints of the real classes among them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import NotHereError, SpecError
from engine.local_split import own_model
from engine.local_split.exchange import OwnModel, Shape
from engine.local_split.own_model import offers, score
from engine.registry.adapters import AdapterCard, cards
from engine.run.quickstart import Ask, quickstart
from engine.variants import Region
from tests.engine.local_split.splits import made, of_sequences
from tests.engine.tiny_esm2 import variants, write_checkpoint, write_split
from tests.pipeline.real_runs import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from engine.local_split.split import LocalSplit

pytest.importorskip("torch")
pytest.importorskip("transformers")

ROWS = variants(lengths=(40, 60), each=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("models") / "tiny-esm2")


@pytest.fixture(scope="module")
def proteins() -> LocalSplit:
    names = {sequence: f"protein {number}" for number, sequence in enumerate(dict.fromkeys(row[0] for row in ROWS))}
    changes = [f"{old}{at}{new}" for _, at, old, new in ROWS]
    return made(
        [0, 1] * 20,
        shape=Shape.PROTEIN,
        proteins={name: sequence for sequence, name in names.items()},
        gene=[names[row[0]] for row in ROWS],
        protein_variant=changes,
    )


@pytest.fixture(scope="module")
def dna() -> LocalSplit:
    rng = np.random.default_rng(0)
    bases = "".join(rng.choice(list("ACGT"), 200))
    places = rng.choice(np.arange(20, 180), 12, replace=False)
    return made(
        [0, 1] * 6,
        shape=Shape.DNA,
        regions={"7": Region("GRCh38", "7", 1001, bases)},
        chrom=["7"] * 12,
        pos=places + 1001,
        ref=[bases[place] for place in places],
        alt=["ACGT"[("ACGT".index(bases[place]) + 1) % 4] for place in places],
    )


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's own client, and no earlier run that measured a speed."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("VLEDGER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "hub"


def _in_cache(hub: Path, folder: Path, model_id: str) -> None:
    card = cards()[model_id]
    assert isinstance(card, AdapterCard)
    place = hub / f"models--{str(card.hf_id).replace('/', '--')}" / "snapshots" / str(card.revision)
    shutil.copytree(folder, place)


def test_scores_are_those_of_the_quickstart(folder: Path, proteins: LocalSplit, tmp_path: Path) -> None:
    path = write_split(tmp_path / "split.csv", ROWS, [0, 1] * 20)
    known = quickstart(path, Ask(model=str(folder), device="cpu")).systems[0].scores
    found, higher_is, sentence = score(proteins, OwnModel(model=str(folder), device="cpu"))
    np.testing.assert_allclose(found, known, atol=1e-5)
    # log p(new) - log p(old): high scores speak for label 0, benign.
    assert higher_is == "0"
    assert sentence.startswith("tiny-esm2 at revision sha256:")
    assert sentence.endswith(", masked-marginal, in float32 on cpu.")


def test_weights_in_another_folder_can_be_given(folder: Path, proteins: LocalSplit) -> None:
    by_folder, _, _ = score(proteins, OwnModel(model=str(folder)))
    by_id, _, sentence = score(proteins, OwnModel(model="esm-2-8m", weights=str(folder)))
    np.testing.assert_array_equal(by_id, by_folder)
    assert sentence.startswith("esm-2-8m at revision sha256:")


def test_rows_that_the_model_cannot_read_have_no_score(folder: Path, proteins: LocalSplit) -> None:
    assert proteins.variants is not None
    items = proteins.variants.items.assign(gene=["elsewhere", *proteins.variants.items["gene"][1:]])
    found, _, _ = score(
        replace(proteins, variants=replace(proteins.variants, items=items)), OwnModel(model=str(folder))
    )
    assert np.flatnonzero(np.isnan(found)).tolist() == [0]


@pytest.mark.parametrize(
    ("name", "scorer"),
    [("bert-letters", "masked-marginal"), ("llama-letters", "causal-llr"), ("nt-3mer", "kmer-llr")],
)
def test_models_of_dna_are_asked_with_their_own_scorer(dna: LocalSplit, name: str, scorer: str) -> None:
    told: list[tuple[str, int, int]] = []
    found, higher_is, sentence = score(dna, OwnModel(model=str(tiny(name))), lambda *now: told.append(now))
    assert np.isfinite(found).all()
    assert len(np.unique(found)) == 12
    assert higher_is == "0"
    assert f", {scorer}, in " in sentence
    assert told[0] == (f"scoring with tiny-{name}", 0, 0)
    assert told[-1] == (f"scoring with tiny-{name}", 12, 12)


def test_a_model_of_proteins_reads_no_dna(folder: Path, dna: LocalSplit) -> None:
    with pytest.raises(SpecError, match="has no protein reference sequences here"):
        score(dna, OwnModel(model=str(folder)))


def test_labelled_sequences_are_not_scored(folder: Path) -> None:
    split = of_sequences((["ACGT"] * 4, [0, 1, 0, 1]), (["ACGT"] * 2, [0, 1]))
    assert offers(split) == []
    with pytest.raises(SpecError, match="a model scores variants"):
        score(split, OwnModel(model=str(folder)))


@pytest.mark.usefixtures("hub")
def test_weights_that_are_not_here_are_not_downloaded(proteins: LocalSplit) -> None:
    with pytest.raises(NotHereError, match=r"weights of esm-2-8m are not on this machine: `hf download facebook/"):
        score(proteins, OwnModel(model="esm-2-8m"))


def test_a_model_with_code_of_its_own_is_refused(proteins: LocalSplit) -> None:
    with pytest.raises(SpecError, match="needs Python code that comes with its weights"):
        score(proteins, OwnModel(model="hyenadna-large-1m-seqlen-hf"))


def test_a_system_without_an_adapter_says_why(proteins: LocalSplit) -> None:
    with pytest.raises(SpecError, match="cannot be run here"):
        score(proteins, OwnModel(model="alphamissense"))


def test_without_torch_a_model_is_a_sentence_and_no_offer(
    folder: Path, proteins: LocalSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "engine.models.masked", None)
    with pytest.raises(NotHereError, match=r"pip install 'validity-ledger\[models\]'"):
        score(proteins, OwnModel(model=str(folder)))
    monkeypatch.setattr(own_model, "find_spec", lambda _: None)
    assert offers(proteins) == []


def test_models_whose_weights_are_here_are_offered_the_smallest_first(
    hub: Path, folder: Path, proteins: LocalSplit
) -> None:
    assert offers(proteins) == []
    for model_id in ("esm-2-35m", "esm-2-8m"):
        _in_cache(hub, folder, model_id)
    found = offers(proteins)
    assert [(one.model, one.parameters) for one in found] == [("esm-2-8m", 8_000_000), ("esm-2-35m", 35_000_000)]
    assert found[0].sentence.startswith("40 of 40 variants, ")
    if found[0].seconds is not None and found[1].seconds is not None:
        # The same tokens, and a cost that follows the parameters.
        assert found[1].seconds == pytest.approx(35 / 8 * found[0].seconds)


def test_a_model_of_another_alphabet_or_with_pickled_weights_is_not_offered(
    hub: Path, folder: Path, proteins: LocalSplit, dna: LocalSplit
) -> None:
    _in_cache(hub, folder, "esm-2-8m")
    assert offers(dna) == []
    for file in hub.rglob("*.safetensors"):
        file.rename(file.with_suffix(".bin"))
    assert offers(proteins) == []
