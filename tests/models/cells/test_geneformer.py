"""Geneformers from folders: vectors of cells and genes, against transformers called by hand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from engine.errors import NotHereError, SpecError
from engine.models.cells.shapes import SHAPES

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")

from engine.models.cells.dictionaries import read_vocabulary  # noqa: E402 - torch first, or none of these run
from engine.models.cells.ranks import RankTokenizer  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYMBOLS = [f"GENE{number}" for number in range(40)]


def _rows(folder: Path, counts: Any) -> list[Any]:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    vocabulary, _ = read_vocabulary([folder], size=config["vocab_size"], model="tiny", allow_pickle=False)
    return RankTokenizer(vocabulary, SYMBOLS, context=24).rows(csr_array(counts.astype(float)))


_SEEN: dict[str, list[Any]] = {}


def _by_hand(folder: Path, counts: Any) -> list[Any]:
    """All states of each of the fixture's cells alone, shape (layers + 1, tokens, width); made once."""
    if folder.name not in _SEEN:
        _SEEN[folder.name] = _states(folder, counts)
    return _SEEN[folder.name]


def _states(folder: Path, counts: Any) -> list[Any]:
    model = hf.BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.inference_mode():
        return [
            torch.stack(model(torch.from_numpy(row)[None], output_hidden_states=True).hidden_states)[:, 0].numpy()
            for row in _rows(folder, counts)
        ]


def test_a_cell_is_the_mean_of_the_last_layer_but_one_over_its_genes(
    folder: Path, counts: Any, opened: Callable[..., Any]
) -> None:
    states = _by_hand(folder, counts)
    inner = slice(1, -1) if folder.name.endswith("v2") else slice(None)
    expected = np.stack([one[-2, inner].mean(axis=0) for one in states])
    found = opened(folder).embed([counts], SYMBOLS)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("layer", [0, 2, -1, -4])
def test_any_layer_can_be_taken(folder: Path, counts: Any, opened: Callable[..., Any], layer: int) -> None:
    inner = slice(1, -1) if folder.name.endswith("v2") else slice(None)
    expected = np.stack([one[layer, inner].mean(axis=0) for one in _by_hand(folder, counts)])
    assert np.abs(opened(folder, layer=layer).embed([counts], SYMBOLS) - expected).max() < 1e-5


def test_the_first_token_can_be_taken_where_it_is_special(v2: Path, counts: Any, opened: Callable[..., Any]) -> None:
    expected = np.stack([one[-1, 0] for one in _by_hand(v2, counts)])
    assert np.abs(opened(v2, layer=-1, pooling="cls").embed([counts], SYMBOLS) - expected).max() < 1e-5


def test_a_cell_does_not_depend_on_the_others(folder: Path, counts: Any, opened: Callable[..., Any]) -> None:
    together = opened(folder).embed([counts], SYMBOLS)
    model = opened(folder, batch_tokens=50)
    alone = np.concatenate([model.embed([counts[number : number + 1]], SYMBOLS) for number in range(len(counts))])
    reversed_ = opened(folder).embed([counts[::-1]], SYMBOLS)[::-1]
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together - reversed_).max() < 1e-5


def test_the_same_again_is_the_same(folder: Path, counts: Any, opened: Callable[..., Any]) -> None:
    assert np.array_equal(opened(folder).embed([counts], SYMBOLS), opened(folder).embed([counts], SYMBOLS))


def test_chunks_and_logs_give_what_the_counts_give(folder: Path, counts: Any, opened: Callable[..., Any]) -> None:
    expected = opened(folder).embed([counts], SYMBOLS)
    logs = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)
    told: list[tuple[str, int, int]] = []
    model = opened(folder, scale="log1p")
    chunks = (csr_array(logs[start : start + 9]) for start in range(0, len(logs), 9))
    found = model.embed(chunks, SYMBOLS, tell=lambda *state: told.append(state), cells=19)
    assert np.abs(found - expected).max() < 1e-5
    assert told == [(f"{folder.name}: cells", done, 19) for done in (9, 18, 19)]
    assert model.meter.tokens > 0


def test_no_cells_are_no_vectors(v1: Path, opened: Callable[..., Any]) -> None:
    assert opened(v1).embed([], SYMBOLS).shape == (0, 16)
    assert opened(v1).embed([np.zeros((0, 40))], SYMBOLS).shape == (0, 16)


def test_genes_have_the_rows_of_the_input_table(folder: Path, opened: Callable[..., Any]) -> None:
    table = hf.BertModel.from_pretrained(folder, add_pooling_layer=False).embeddings.word_embeddings.weight
    first = 4 if folder.name.endswith("v2") else 2
    found = opened(folder).gene_embedding(["GENE3", "NO-GENE", "OLD-name-of-7", "ENSG00000000000.5"])
    assert found.genes == ("GENE3", "OLD-name-of-7", "ENSG00000000000.5")
    assert np.array_equal(found.vectors, table[[first + 3, first + 7, first]].detach().numpy().astype(np.float64))


def test_an_identity_says_what_is_loaded(v2: Path, opened: Callable[..., Any]) -> None:
    identity = opened(v2).identity
    assert (identity.name, identity.source, identity.genes, identity.context) == ("tiny-v2", str(v2), 40, 22)
    assert identity.revision.startswith("sha256:")
    assert (identity.dtype, identity.device) == ("float32", "cpu")
    assert identity.parameters > 1_000


def test_a_revision_changes_with_a_dictionary(v1: Path, tmp_path: Path, opened: Callable[..., Any]) -> None:
    other = shutil.copytree(v1, tmp_path / "tiny-v1")
    assert opened(other).revision == opened(v1).revision
    path = other / "gene_median_dictionary_gc104M.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    assert opened(other).revision != opened(v1).revision


def test_a_twin_of_a_folder_has_its_dictionary_and_drawn_weights(
    v2: Path, counts: Any, opened: Callable[..., Any]
) -> None:
    model, twin = opened(v2), opened(v2, random_init=3)
    assert twin.name == "random-init:tiny-v2"
    assert twin.revision.startswith("seed 3 of sha256:")
    assert twin.identity.parameters == model.identity.parameters
    assert np.array_equal(twin.matched(SYMBOLS).tokens, model.matched(SYMBOLS).tokens)
    first = twin.embed([counts], SYMBOLS)
    assert np.array_equal(first, opened(f"random-init:{v2}", random_init=3).embed([counts], SYMBOLS))
    assert np.abs(first - opened(v2, random_init=4).embed([counts], SYMBOLS)).max() > 1e-3
    assert np.abs(first - model.embed([counts], SYMBOLS)).max() > 1e-3


def test_pickled_weights_need_consent(v1: Path, tmp_path: Path, counts: Any, opened: Callable[..., Any]) -> None:
    other = shutil.copytree(v1, tmp_path / "tiny-v1")
    (other / "model.safetensors").unlink()
    with pytest.raises(NotHereError, match=r"tiny-v1: no weights in .* --weights DIR"):
        opened(other)
    torch.save(hf.BertForMaskedLM.from_pretrained(v1).state_dict(), other / "pytorch_model.bin")
    with pytest.raises(SpecError, match=r"only pickled weights, .* --allow-pickle"):
        opened(other)
    found = opened(other, allow_pickle=True).embed([counts], SYMBOLS)
    assert np.array_equal(found, opened(v1).embed([counts], SYMBOLS))


def test_weights_that_do_not_fill_the_model_are_refused(v1: Path, tmp_path: Path, opened: Callable[..., Any]) -> None:
    other = shutil.copytree(v1, tmp_path / "tiny-v1")
    config = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 4}), encoding="utf-8")
    with pytest.raises(SpecError, match="do not fill the model, 16 missing tensors"):
        opened(other)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layer": 9}, "tiny-v1 has no layer 9; it gives layers 0 to 3"),
        ({"pooling": "cls"}, "tiny-v1 puts no <cls> token before a cell's genes; set pooling to 'mean'"),
        ({"random_init": -1}, "A seed of -1 is not possible"),
        ({"batch_tokens": 0}, "A batch of 0 tokens is not possible"),
        ({"dtype": "int3"}, "'int3' is no precision"),
        ({"device": "tpu"}, "'tpu' is no device"),
    ],
    ids=["layer", "pooling", "seed", "batch", "dtype", "device"],
)
def test_what_a_model_cannot_do_is_said(
    v1: Path, counts: Any, opened: Callable[..., Any], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SpecError, match=sentence):
        opened(v1, **options).embed([counts], SYMBOLS)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "is not JSON"), ('{"model_type": "gpt2", "vocab_size": 42}', "describes no BERT"), ("{}", "no BERT")],
    ids=["damaged", "gpt2", "empty"],
)
def test_a_folder_of_something_else_is_refused(
    v1: Path, tmp_path: Path, opened: Callable[..., Any], content: str, sentence: str
) -> None:
    other = shutil.copytree(v1, tmp_path / "tiny-v1")
    (other / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=sentence):
        opened(other)


def test_a_folder_under_the_name_of_another_model_is_refused(v1: Path, opened: Callable[..., Any]) -> None:
    with pytest.raises(SpecError, match=r"is not geneformer-v1-10m: hidden_size is 16 where 256 is published"):
        opened("geneformer-v1-10m", weights=v1)


def test_a_model_that_is_not_here_is_said_to_be_so(tmp_path: Path, opened: Callable[..., Any]) -> None:
    with pytest.raises(SpecError, match=r"No model of single cells is called 'geneformer-v9' .* known are geneformer,"):
        opened("geneformer-v9")
    with pytest.raises(NotHereError, match=r"No config\.json in .* --weights DIR"):
        opened("geneformer-v1-10m", weights=tmp_path)
    with pytest.raises(SpecError, match=r"published as pickles.* --allow-pickle, or give a folder"):
        opened("geneformer-v2-316m")


def test_a_copy_of_the_repository_is_found_its_way_in(
    v1: Path, tmp_path: Path, counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = SHAPES["geneformer-v1-10m"]
    own = shutil.copytree(v1, tmp_path / shape.folder)
    dictionaries = tmp_path / "geneformer" / "gene_dictionaries_30m"
    dictionaries.mkdir(parents=True)
    for path in own.glob("*_gc104M.json"):
        path.rename(dictionaries / path.name.replace("104M", "30M"))
    small = type(shape)(
        **{name: getattr(shape, name) for name in shape.__dataclass_fields__}
        | {"width": 16, "layers": 3, "vocabulary": 42}
    )
    monkeypatch.setitem(SHAPES, shape.model_id, small)
    model = opened("geneformer-v1-10m", weights=tmp_path)
    assert (model.name, model.identity.source) == ("geneformer-v1-10m", str(tmp_path))
    assert np.array_equal(model.embed([counts], SYMBOLS), opened(v1).embed([counts], SYMBOLS))


def test_a_download_takes_one_model_at_the_pinned_revision(
    v2: Path, tmp_path: Path, counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = SHAPES["geneformer-v2-104m"]
    asked: list[Any] = []

    def snapshot(source: str, **options: Any) -> str:
        asked.append((source, options))
        shutil.copytree(v2, tmp_path / shape.folder)
        (tmp_path / "geneformer").mkdir()
        for path in (tmp_path / shape.folder).glob("*_gc104M.json"):
            path.rename(tmp_path / "geneformer" / path.name)
        return str(tmp_path)

    small = type(shape)(
        **{name: getattr(shape, name) for name in shape.__dataclass_fields__}
        | {"width": 16, "layers": 3, "vocabulary": 44}
    )
    monkeypatch.setitem(SHAPES, shape.model_id, small)
    monkeypatch.setattr("engine.models.weights.snapshot_download", snapshot)
    model = opened("geneformer-v2-104m", allow_pickle=True)
    assert model.revision == "04c2b2e84da7c0f385c3f9ad8f3ec24bab6650e5"
    assert model.identity.source == "ctheodoris/Geneformer"
    ((source, options),) = asked
    assert (source, options["revision"]) == ("ctheodoris/Geneformer", model.revision)
    assert "Geneformer-V2-104M/*.safetensors" in options["allow_patterns"]
    assert "geneformer/token_dictionary_gc104M.pkl" in options["allow_patterns"]
    assert np.array_equal(model.embed([counts], SYMBOLS), opened(v2).embed([counts], SYMBOLS))
