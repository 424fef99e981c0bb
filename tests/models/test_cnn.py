"""The network trained from scratch: what it learns, what it must not see, and what may not change its numbers."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from sklearn.metrics import matthews_corrcoef  # noqa: E402 - without torch the file is skipped

from engine.errors import SpecError, StatisticError  # noqa: E402
from engine.genome import BASES, RESIDUES, reverse_complement  # noqa: E402
from engine.models import cnn, cnn_training  # noqa: E402
from engine.models.cnn import train_and_predict, validation_rows  # noqa: E402
from engine.models.cnn_training import LOCAL_FIELD, Network, encode, predict  # noqa: E402
from engine.sequences import Split  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.models.cnn import CnnResult

CPU = torch.device("cpu")
MOTIF = "TGACTCAG"


def _random(rng: np.random.Generator, length: int, letters: str = BASES) -> str:
    return "".join(rng.choice(list(letters), length))


def _planted(rng: np.random.Generator, motif: str, lengths: tuple[int, int], letters: str = BASES) -> str:
    background = _random(rng, int(rng.integers(*lengths)), letters)
    start = int(rng.integers(0, len(background) - len(motif) + 1))
    return background[:start] + motif + background[start + len(motif) :]


def _split(count: int, *, seed: int, motifs: Sequence[str] = ("", MOTIF), letters: str = BASES) -> Split:
    """Class k has the k-th motif at a random place of a sequence of 20 to 40 letters."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(motifs)
    sequences = [_planted(rng, motifs[label], (20, 41), letters) for label in labels]
    return Split(sequences=sequences, labels=labels)


def _run(train: Split, test: Split, *, classes: int = 2, alphabet: str = "dna", seed: int = 0) -> CnnResult:
    return train_and_predict(train, test.sequences, classes=classes, alphabet=alphabet, seed=seed, device="cpu")


def _learn(train: Split, test: Split, **options: Any) -> CnnResult:
    """As `_run`, with two networks for five."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cnn, "NETWORKS", 2)
        return _run(train, test, **options)


def _mcc(test: Split, found: CnnResult) -> float:
    return float(matthews_corrcoef(test.labels, found.probabilities.argmax(axis=1)))


def _network(kinds: int = 4) -> Network:
    torch.manual_seed(3)
    return Network(kinds, 2).eval()


def _logits(network: Network, sequences: Sequence[str], alphabet: str = "dna") -> NDArray[np.float32]:
    letters = encode(sequences, alphabet, CPU)
    with torch.inference_mode():
        found: NDArray[np.float32] = network(*letters.batch(torch.arange(len(sequences)))).numpy()
    return found


TRAIN, TEST = _split(150, seed=1), _split(300, seed=2)


@pytest.fixture(scope="module")
def learnt() -> CnnResult:
    return _learn(TRAIN, TEST)


@pytest.fixture
def _two_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For facts that are true of any network, however little it has learnt."""
    monkeypatch.setattr(cnn_training, "_plan", lambda _rows: cnn_training._Plan(64, 2, 2))


def test_a_motif_at_any_place_of_sequences_of_different_lengths_is_learnt(learnt: CnnResult) -> None:
    assert _mcc(TEST, learnt) > 0.8
    assert learnt.validation_mcc is not None
    assert learnt.validation_mcc > 0.8


def test_shuffled_labels_are_not_learnt() -> None:
    shuffled = Split(sequences=TRAIN.sequences, labels=np.random.default_rng(5).permutation(TRAIN.labels))
    assert abs(_mcc(TEST, _learn(shuffled, TEST))) < 0.25


def test_the_result_says_what_the_networks_are(learnt: CnnResult) -> None:
    stem = 4 * 128 * 11 + 2 * 128
    blocks = 128 * 64 * 5 + 64 * 64 * 5 + 2 * 2 * 64
    features = 64 * (2 + cnn_training._PARTS)
    assert learnt.parameters == stem + blocks + 2 * features + 64 * features + 64 + 2 * 64 + 2
    assert learnt.learning_rate in {3e-4, 1e-3, 3e-3}
    assert learnt.seconds > 0
    assert learnt.probabilities.shape == (300, 2)
    assert learnt.probabilities.dtype == np.float64
    np.testing.assert_allclose(learnt.probabilities.sum(axis=1), 1)


def test_the_receptive_field_is_at_least_the_longest_sequence(learnt: CnnResult) -> None:
    assert learnt.receptive_field >= max(map(len, [*TRAIN.sequences, *TEST.sequences]))


def test_every_letter_of_a_long_sequence_changes_the_logits() -> None:
    sequence = _random(np.random.default_rng(4), 6 * LOCAL_FIELD)
    changed = [sequence[:at] + "N" + sequence[at + 1 :] for at in range(0, len(sequence), 7)]
    reference, *others = _logits(_network(), [sequence, *changed])
    assert np.abs(others - reference).max(axis=1).min() > 1e-6


def test_a_place_before_the_pooling_sees_its_local_field_and_no_more() -> None:
    network, seen = _network(), list[torch.Tensor]()
    network.block_norms[-1].register_forward_hook(lambda _module, _given, found: seen.append(found))
    sequence = _random(np.random.default_rng(4), 3 * LOCAL_FIELD)
    _logits(network, [sequence, *(sequence[:at] + "N" + sequence[at + 1 :] for at in range(len(sequence)))])
    middle = seen[0][:, :, 0, seen[0].shape[3] // 2]
    reached = (middle[1:] - middle[0]).abs().amax(dim=1).gt(1e-6).nonzero().flatten().tolist()
    assert len(reached) == max(reached) - min(reached) + 1 == LOCAL_FIELD


@pytest.mark.usefixtures("_two_epochs")
def test_the_same_seed_gives_the_same_numbers_and_leaves_the_global_generator_alone() -> None:
    train, test = _split(60, seed=1), _split(10, seed=2)
    before = torch.random.get_rng_state()
    first = _run(train, test, seed=7)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(99)
    second = _run(train, test, seed=7)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert not np.array_equal(first.probabilities, _run(train, test, seed=8).probabilities)
    assert len(first.epochs) == 5


@pytest.mark.usefixtures("_two_epochs")
def test_a_prediction_does_not_depend_on_the_rest_of_the_test_split() -> None:
    train, test = _split(60, seed=1), _split(12, seed=2)
    alone = Split(sequences=test.sequences[:1], labels=test.labels[:1])
    longer = Split(sequences=[*test.sequences, "ACGT" * 50], labels=np.append(test.labels, 0))
    found = [_run(train, one).probabilities[0] for one in (alone, test, longer)]
    np.testing.assert_allclose(found[1:], [found[0]] * 2, atol=1e-5)


def test_a_sequence_counts_the_same_however_far_it_is_padded() -> None:
    network = _network()
    sequences = ["ACGTTGCA" * 4, "TTGAC" * 3, "GG"]
    together = _logits(network, [*sequences, "ACCA" * 60])[:3]
    alone = np.concatenate([_logits(network, [one]) for one in sequences])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_padding_does_not_enter_the_statistics_of_a_batch_in_training() -> None:
    letters = encode(["ACGTTGCA" * 4, "TTGACAG" * 3, "GGCATTA"], "dna", CPU)
    codes, lengths = letters.batch(torch.arange(3))
    padded = torch.nn.functional.pad(codes, (0, 40), value=4)
    found = []
    for given_codes in (codes, padded):
        network = _network().train()
        torch.manual_seed(1)
        network(given_codes, lengths)
        found.append(network.stem_norm.running_mean.numpy())
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("ACGTN", min_size=1, max_size=12), min_size=1, max_size=5))
def test_the_second_strand_is_the_reverse_complement(sequences: list[str]) -> None:
    turned = encode([reverse_complement(one) for one in sequences], "dna", CPU)
    assert torch.equal(encode(sequences, "dna", CPU).codes[1], turned.codes[0])


def test_with_both_strands_a_sequence_and_its_reverse_complement_are_one() -> None:
    sequences = ["ACGTTGCATTAGGA", "TTGACCA"]
    letters, turned = (encode(list(one), "dna", CPU) for one in (sequences, map(reverse_complement, sequences)))
    rows, network = torch.arange(2), _network()
    forward = predict(network, letters, rows, both_strands=True)
    np.testing.assert_allclose(predict(network, turned, rows, both_strands=True), forward, atol=1e-6)
    assert not np.allclose(predict(network, turned, rows, both_strands=False), forward, atol=1e-6)


def test_a_letter_outside_the_alphabet_is_all_zeros() -> None:
    dna, protein = encode(["ANRC"], "dna", CPU), encode(["AXW"], "protein", CPU)
    assert dna.codes[0, 0].tolist() == [0, 4, 4, 1]
    assert protein.codes[0, 0].tolist() == [0, 20, RESIDUES.index("W")]
    assert (dna.strands, protein.strands) == (2, 1)
    assert _network().one_hot[4].tolist() == [0, 0, 0, 0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_the_weights_of_each_mean_add_to_one_and_lie_inside_the_sequence(lengths: list[int]) -> None:
    weights = cnn_training._mean_weights(torch.tensor(lengths), 45)
    assert torch.allclose(weights.sum(dim=1), torch.ones(len(lengths), weights.shape[2]), atol=1e-5)
    assert all(bool((one[length:] == 0).all()) for one, length in zip(weights, lengths, strict=True))


def test_three_classes_of_proteins_are_told_apart() -> None:
    options = {"motifs": ("", "WCWHWC", "MKYPMK"), "letters": RESIDUES}
    train, test = _split(150, seed=1, **options), _split(150, seed=2, **options)
    found = _learn(train, test, classes=3, alphabet="protein")
    assert found.probabilities.shape == (150, 3)
    assert _mcc(test, found) > 0.6
    assert not found.both_strands


@pytest.mark.usefixtures("_two_epochs")
def test_progress_counts_the_trainings() -> None:
    seen: list[tuple[int, int]] = []
    train = _split(50, seed=1)
    train_and_predict(
        train,
        ["ACGT"],
        classes=2,
        alphabet="dna",
        device="cpu",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(done, 8) for done in range(1, 9)]


def test_a_tenth_of_each_class_is_held_out_for_validation() -> None:
    labels = np.repeat([0, 1, 2], [300, 60, 10])
    train = Split(sequences=["ACGT"] * 370, labels=labels)
    held_out = validation_rows(train, classes=3, seed=0)
    assert np.bincount(labels[held_out]).tolist() == [30, 6, 1]
    assert held_out.tolist() == sorted(set(held_out.tolist()))
    assert held_out.tolist() != validation_rows(train, classes=3, seed=1).tolist()


def test_no_group_is_fitted_and_validated_on() -> None:
    groups = np.array([f"chr{number % 12}" for number in range(240)])
    train = Split(sequences=["ACGT"] * 240, labels=np.arange(240) // 2 % 2, groups=groups)
    held_out = validation_rows(train, classes=2, seed=0)
    fitted = np.setdiff1d(np.arange(240), held_out)
    assert 0 < len(held_out) < 60
    assert not set(groups[held_out]) & set(groups[fitted])


@pytest.mark.parametrize(
    ("labels", "groups", "sentence"),
    [
        ([0, 1] * 24, None, "Train has 48 rows, too few to train a network"),
        ([0] * 99 + [1], None, "Class 1 has 1 train rows"),
        ([0] * 100, None, "Class 1 has 0 train rows"),
        ([0, 1] * 50, ["a"] * 100, "All train rows are in one group"),
        ([0] * 50 + [1] * 50, ["a"] * 50 + ["b"] * 50, "All train rows of a class are in one group"),
    ],
)
def test_a_train_split_that_cannot_be_parted_is_refused(
    labels: list[int], groups: list[str] | None, sentence: str
) -> None:
    given_groups = None if groups is None else np.array(groups)
    train = Split(sequences=["ACGT"] * len(labels), labels=np.array(labels), groups=given_groups)
    with pytest.raises(StatisticError, match=re.escape(sentence)):
        train_and_predict(train, ["ACGT"], classes=2, alphabet="dna", device="cpu")


@pytest.mark.parametrize(
    ("alphabet", "device", "sentence"), [("rna", "cpu", "not 'rna'"), ("dna", "tpu", "'tpu' is no device")]
)
def test_an_unknown_alphabet_or_device_is_refused(alphabet: str, device: str, sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        train_and_predict(_split(60, seed=1), ["ACGT"], classes=2, alphabet=alphabet, device=device)


def test_the_adapters_are_listed_without_torch() -> None:
    program = "import sys, engine.models; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
