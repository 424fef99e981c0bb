"""What every card of a baseline on sequences and of a probe promises, and which flags a probing run may raise."""

from __future__ import annotations

import importlib
import inspect
import re

import numpy as np
import pytest
from scipy import sparse

from engine.datasets import leakage
from engine.errors import SpecError
from engine.names import Family, Protocol, Role
from engine.probes.folds import make_folds
from engine.registry.baselines import BASELINES
from engine.registry.features import DEFAULT, FEATURES, REGISTERED, FeatureCard, as_models, find_features
from engine.registry.probes import PROBES, ProbeCard, find_probe
from engine.run.catalogue import model_rows
from engine.run.probing import flags as probing_flags
from engine.sequences import Split

CARDS = list(FEATURES.values())
WITH_FEATURES = [card for card in CARDS if card.pointer]
# Traps of the project's guide to protocols, and what a fit of fair-v1 has to tell.
VOCABULARY = {
    "TOKENISATION_MISMATCH", "CONTEXT_ASYMMETRY", "PAD_OR_BATCH_SENSITIVE", "CONTAM_SEQUENCE",
    "CONTAM_SUPERVISED_ASSAY", "CONTAM_LABELS", "CIRCULAR_AF", "HOMOLOGY_LEAK", "DUPLICATE_ROWS", "LABEL_CONFLICT",
    "GENE_LEAK", "CHROM_LEAK", "IMBALANCE", "MAJORITY_COLLAPSE", "TEST_SELECTED", "BEST_OF_N", "HARD_LABEL_AUROC",
    "SEED_NOOP", "WEAK_BASELINE", "PARTIAL_COVERAGE", "MISSING_SCORE_POLICY", "ANCESTRY_UNKNOWN", "SIGN_UNDECLARED",
    "REF_MISMATCH", "LOW_PRECISION", "REVISION_UNPINNED", "API_ONLY", "LICENCE_NC", "C_AT_GRID_EDGE", "NOT_CONVERGED",
}  # fmt: skip
RNG = np.random.default_rng(3)


def _split(n: int, letters: str, length: int = 24) -> Split:
    sequences = ["".join(RNG.choice(list(letters), length)) for _ in range(n)]
    return Split(sequences=sequences, labels=np.arange(n) % 2)


DNA = _split(30, "ACGT"), _split(12, "ACGT")
PROTEIN = _split(30, "ACDEFGHIKLMNPQRSTVWY"), _split(12, "ACDEFGHIKLMNPQRSTVWY")


# ---- baselines and controls on sequences ----


@pytest.mark.parametrize(("parts", "alphabet"), [(DNA, "dna"), (PROTEIN, "protein")], ids=["dna", "protein"])
@pytest.mark.parametrize("card", WITH_FEATURES, ids=lambda card: card.model_id)
def test_a_card_makes_finite_features_of_every_sequence(
    card: FeatureCard, parts: tuple[Split, Split], alphabet: str
) -> None:
    train, test = parts
    found = card.candidates(train, test, alphabet=alphabet)
    assert found
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.train.shape == (30, one.test.shape[1])
        assert one.test.shape[0] == 12
        assert sparse.issparse(one.train) == sparse.issparse(one.test)
        for part in (one.train, one.test):
            assert np.isfinite(part.data if sparse.issparse(part) else part).all()


@pytest.mark.parametrize("card", WITH_FEATURES, ids=lambda card: card.model_id)
def test_features_read_neither_labels_nor_the_rest_of_the_test_split(card: FeatureCard) -> None:
    train, test = DNA
    turned = [Split(sequences=part.sequences, labels=1 - part.labels) for part in DNA]
    few = test.only(np.arange(3))
    for one, other, short in zip(
        card.candidates(train, test, alphabet="dna"),
        card.candidates(*turned, alphabet="dna"),
        card.candidates(train, few, alphabet="dna"),
        strict=True,
    ):
        assert abs(one.train - other.train).sum() == 0
        assert abs(one.test - other.test).sum() == 0
        assert abs(one.test[:3] - short.test).sum() == 0


def test_a_card_without_features_says_so() -> None:
    without = [card for card in CARDS if card.pointer is None]
    assert {card.family for card in without} == {Family.CNN}
    for card in without:
        with pytest.raises(SpecError, match="trained from end to end"):
            card.candidates(*DNA, alphabet="dna")


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.model_id)
def test_a_card_of_features_speaks_in_one_sentence_and_names_its_source(card: FeatureCard) -> None:
    assert card.sentence.endswith(".")
    assert 10 < len(card.sentence) < 130
    assert len(card.source) > 10
    assert card.role in {Role.BASELINE, Role.CONTROL}
    assert find_features(card.model_id) is card


def test_every_system_that_stands_beside_models_by_default_can_be_found() -> None:
    assert {name.removeprefix("shuffled:") for name in DEFAULT} == set(FEATURES)
    assert FEATURES[REGISTERED].role == Role.BASELINE
    with pytest.raises(SpecError, match="did you mean 'kmer-best'"):
        find_features("kmers-best")


def test_rows_of_the_store_have_names_of_their_own() -> None:
    rows = as_models()
    assert {row.model_id for row in rows} == set(FEATURES) - set(BASELINES)
    names = [row.name for row in model_rows()]
    assert [row.name for row in rows if names.count(row.name) > 1] == []
    assert all(row.supervised_on_assay is False and row.licence == "Apache-2.0" for row in rows)


# ---- probes ----


@pytest.mark.parametrize("card", PROBES.values(), ids=lambda card: card.name)
def test_a_probe_speaks_in_one_sentence_and_names_its_source(card: ProbeCard) -> None:
    assert card.sentence.endswith(".")
    assert 10 < len(card.sentence) < 130
    assert len(card.source) > 10
    assert find_probe(card.name) is card


@pytest.mark.parametrize("card", PROBES.values(), ids=lambda card: card.name)
@pytest.mark.parametrize("classes", [2, 3])
def test_a_probe_learns_what_is_plain_to_see_and_its_probabilities_add_to_1(card: ProbeCard, classes: int) -> None:
    labels = np.arange(600) % classes
    features = (RNG.normal(size=(600, 6)) + 4 * np.eye(6)[labels]).astype(np.float32)
    probe = card.make()
    assert probe.name == card.name
    fitted = probe.fit([features], labels, classes=classes, folds=make_folds(labels))
    assert (fitted.predict(features) == labels).mean() > 0.9
    probabilities = fitted.probabilities(features)
    assert probabilities.shape == (600, classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == fitted.predict(features)).mean() > 0.95


@pytest.mark.parametrize("card", [card for card in PROBES.values() if card.chooses], ids=lambda card: card.name)
def test_a_probe_that_chooses_takes_the_features_that_tell_the_classes_apart(card: ProbeCard) -> None:
    labels = np.arange(80) % 2
    noise = RNG.normal(size=(80, 5)).astype(np.float32)
    telling = (noise + 4 * np.eye(5)[labels]).astype(np.float32)
    fitted = card.make().fit([noise, telling], labels, classes=2, folds=make_folds(labels))
    assert fitted.choice.candidate == 1
    assert fitted.choice.inner_score is not None
    assert fitted.choice.fold_hash == make_folds(labels).hash  # type: ignore[union-attr] # there are folds


def test_only_the_published_harness_chooses_nothing() -> None:
    assert [card.name for card in PROBES.values() if not card.chooses] == [Protocol.GENEB_EXACT]
    with pytest.raises(SpecError, match="known here: geneb-exact, fair-v1, knn-v1, mlp-v1"):
        find_probe("fair-v2")


# ---- flags ----


@pytest.mark.parametrize(
    "module", [probing_flags, leakage, importlib.import_module("engine.run.flags")], ids=lambda one: one.__name__
)
def test_every_flag_has_a_name_of_the_vocabulary(module: object) -> None:
    source = inspect.getsource(module)  # type: ignore[arg-type] # a module
    used = set(re.findall(r'(?:flag\(\s*|"flag": )"([A-Z_]+)"', source))
    assert len(used) >= 3
    assert used <= VOCABULARY
