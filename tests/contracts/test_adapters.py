"""Every system of the registry is either run by an adapter or refused with a sentence."""

from __future__ import annotations

import ast
import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.errors import SpecError, TableError
from engine.registry import read_systems
from engine.registry.adapters import (
    SCORERS_OF,
    AdapterCard,
    CannotRun,
    adapters_path,
    card_for_folder,
    cards,
    context_of,
    read_adapters,
    resolve,
)

RUN = [card for card in cards().values() if isinstance(card, AdapterCard)]
REFUSED = [card for card in cards().values() if isinstance(card, CannotRun)]


def _card(model_id: str) -> AdapterCard:
    found = resolve(model_id)
    assert isinstance(found, AdapterCard)
    return found


def test_each_of_the_100_systems_has_one_answer() -> None:
    assert list(cards()) == [row.model_id for row in read_systems()]
    assert (len(RUN), len(REFUSED)) == (55, 45)


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.model_id)
def test_a_refusal_is_one_sentence(refused: CannotRun) -> None:
    assert refused.sentence.endswith(".")
    assert " cannot be run here: " in refused.sentence
    assert not refused.sentence.removesuffix(".").endswith(".")


@pytest.mark.parametrize("card", RUN, ids=lambda card: card.model_id)
def test_a_card_fits_together(card: AdapterCard) -> None:
    assert (card.kmer is not None) == (card.tokens == "kmer")
    assert (card.tokens == "residue") == (card.alphabet == "protein")
    assert card.scorer in SCORERS_OF[card.kind]
    letters = card.kmer or 1
    if card.context is not None and card.tokens != "bpe":
        assert card.window <= card.context * letters
    assert card.window % letters == 0
    assert card.window % card.multiple == 0
    assert card.revision is None or len(card.revision) == 40


@pytest.mark.parametrize("pointer", sorted({card.loader for card in RUN}))
def test_a_loader_points_at_a_function(pointer: str) -> None:
    module, name = pointer.split(":")
    path = Path(engine.__file__).parent.joinpath(*module.split(".")[1:]).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_single_cell_structure_lookup_and_gated_systems_are_refused() -> None:
    systems = {row.model_id: row for row in read_systems()}
    for card in RUN:
        assert systems[card.model_id].modality in {"DNA", "protein"}
        assert systems[card.model_id].access_kind == "open"


def test_facts_come_from_the_registry() -> None:
    card = _card("esm-2-650m")
    assert (card.kind, card.alphabet, card.tokens, card.context) == ("masked", "protein", "residue", 1024)
    assert (card.hf_id, card.revision) == ("facebook/esm2_t33_650M_UR50D", "08e4846e537177426273712802403f7ba8261b6c")
    assert (card.trust_remote_code, card.parameters, card.scorer, card.window) == (
        False,
        650_000_000,
        "masked-marginal",
        1022,
    )
    six = _card("nucleotide-transformer-v2-250m-multi-species")
    assert (six.kmer, six.context, six.trust_remote_code, six.scorer) == (6, 2048, True, "kmer-llr")
    assert _card("GENERator-eukaryote-3b-base").scorer == "first-base-marginal"
    assert _card("PlantCaduceus_l32").packages == ("mamba_ssm", "causal_conv1d")


def test_the_five_networks_of_esm_1v_are_scored_one_by_one() -> None:
    seeds = [_card(f"esm-1v:{seed}") for seed in range(1, 6)]
    assert [card.hf_id for card in seeds] == [f"facebook/esm1v_t33_650M_UR90S_{seed}" for seed in range(1, 6)]
    assert {(card.kind, card.alphabet, card.scorer, card.context) for card in seeds} == {
        ("masked", "protein", "masked-marginal", 1024)
    }
    ensemble = resolve("esm-1v-5-seeds")
    assert isinstance(ensemble, CannotRun)
    assert "esm-1v:1" in ensemble.sentence


def test_an_unknown_model_is_told_what_is_near() -> None:
    with pytest.raises(SpecError, match=r"No model is called 'ESM2-8M'.*Did you mean esm-2-8m"):
        resolve("ESM2-8M")
    with pytest.raises(SpecError, match=r"No model is called 'qqqq'.*`vledger list adapters` names them"):
        resolve("qqqq")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("loader", "engine.models.magic:load", "engine.models.masked:load"),
        ("scorer", "blosum62", "masked-marginal"),
        ("window", "0", "greater than 0"),
        ("packages", "mamba ssm", "import names"),
        ("model_id", "", "at least 1 character"),
    ],
)
def test_a_damaged_cell_names_line_and_column(tmp_path: Path, column: str, value: str, expected: str) -> None:
    with adapters_path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][rows[0].index(column)] = value
    path = tmp_path / "adapters.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(TableError, match=expected) as caught:
        read_adapters(path)
    assert (caught.value.line, caught.value.column) == (2, column)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a,,,,,,,", "either a loader or the sentence"),
        ("a,engine.models.causal:load,causal-llr,512,,,it is old,", "either a loader or the sentence"),
        ("a,engine.models.causal:load,,512,,,,", "a scorer and a window"),
        ("a,engine.models.causal:load,masked-marginal,512,,,,", "a scorer that this kind"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    path = tmp_path / "adapters.csv"
    header = adapters_path().read_text("utf-8").splitlines()[0]
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    with pytest.raises(TableError, match=expected):
        read_adapters(path)


def _folder(path: Path, config: dict[str, Any], vocabulary: list[str]) -> Path:
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    model = {"model": {"vocab": {token: number for number, token in enumerate(vocabulary)}}}
    (path / "tokenizer.json").write_text(json.dumps(model), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("architecture", "vocabulary", "expected"),
    [
        ("EsmForMaskedLM", ["<cls>", *"ACDEFGHIKLMNPQRSTVWYX"], ("masked", "protein", "residue", None, 1022)),
        ("LlamaForCausalLM", ["<s>", *"ACGTN"], ("causal", "dna", "nucleotide", None, 1022)),
        ("EsmForMaskedLM", [*"ACGTN", *map("".join, product("ACGT", repeat=3))], ("masked", "dna", "kmer", 3, 3066)),
        ("GPT2LMHeadModel", [*"ACGT", "AC", "ACG", "!", "Ġ"], ("causal", "dna", "bpe", None, 512)),
        ("BertModel", [*"acgt", "ac", "acg"], ("encoder", "dna", "bpe", None, 512)),
        ("MixtralForSequenceClassification", ["A", "AC", "ACG"], ("encoder", "dna", "bpe", None, 512)),
    ],
)
def test_a_folder_says_what_it_holds(
    tmp_path: Path, architecture: str, vocabulary: list[str], expected: tuple[Any, ...]
) -> None:
    card = _card(str(_folder(tmp_path, {"architectures": [architecture], "n_positions": 1024}, vocabulary)))
    assert (card.kind, card.alphabet, card.tokens, card.kmer, card.window) == expected
    assert (card.model_id, card.folder, card.revision, card.trust_remote_code) == (
        tmp_path.name,
        tmp_path,
        None,
        False,
    )


def test_a_folder_that_does_not_say_names_the_option_that_does(tmp_path: Path) -> None:
    named = {"architectures": ["BertForMaskedLM"]}
    with pytest.raises(SpecError, match="say kind = masked, causal or encoder"):
        card_for_folder(_folder(tmp_path, {}, [*"ACGT"]))
    with pytest.raises(SpecError, match="neither of bases nor of residues; say alphabet = dna or protein"):
        card_for_folder(_folder(tmp_path, named, ["the", "cat"]))
    with pytest.raises(SpecError, match="say tokens = residue, nucleotide or bpe"):
        card_for_folder(_folder(tmp_path, named, []), alphabet="dna")
    decided = card_for_folder(_folder(tmp_path, {}, []), alphabet="dna", kind="causal", tokens="nucleotide")
    assert (decided.alphabet, decided.kind, decided.tokens) == ("dna", "causal", "nucleotide")
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(SpecError, match=r"config\.json is not JSON"):
        card_for_folder(tmp_path)


def test_a_folder_with_code_of_its_own_says_so(tmp_path: Path) -> None:
    config = {"architectures": ["OwnForMaskedLM"], "auto_map": {"AutoModelForMaskedLM": "own.Own"}}
    assert _card(str(_folder(tmp_path, config, [*"ACGT"]))).trust_remote_code


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "esm", "max_position_embeddings": 1026, "pad_token_id": 1}, 1024),
        ({"model_type": "esm", "max_position_embeddings": 1002, "pad_token_id": 1}, 1000),
        ({"model_type": "bert", "max_position_embeddings": 512, "pad_token_id": 0}, 512),
        ({"model_type": "gpt2", "n_positions": 256}, 256),
        ({"model_type": "caduceus"}, None),
    ],
)
def test_the_context_of_a_configuration_is_in_tokens(config: dict[str, Any], expected: int | None) -> None:
    assert context_of(config) == expected
