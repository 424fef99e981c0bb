"""scGPT: what is read of its files without the package, and the calls, against a package of the same signatures.

The package pins a torch of its own and is not installed here. What stands in for it takes the arguments of its network
and of `_encode`, and is small enough to be called by hand beside it.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from engine.errors import NotHereError, SpecError

torch = pytest.importorskip("torch")

from engine.models.cells import scgpt  # noqa: E402 - torch first, or none of these run
from engine.models.cells.binning import binned  # noqa: E402
from engine.models.cells.ranks import PAD, Vocabulary  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GENES = [f"GENE{number}" for number in range(40)]
TOKENS = {**{name: number for number, name in enumerate(GENES[:30])}, "<pad>": 30, "<cls>": 31}
SETTINGS = {
    "embsize": 8,
    "nheads": 2,
    "d_hid": 16,
    "nlayers": 2,
    "n_layers_cls": 3,
    "dropout": 0.2,
    "pad_token": "<pad>",
    "pad_value": -2,
}


class _GeneEncoder(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    def __init__(self, size: int, width: int, padding: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(size, width, padding_idx=padding)
        self.enc_norm = torch.nn.LayerNorm(width)

    def forward(self, ids: Any) -> Any:
        return self.enc_norm(self.embedding(ids))


class _TransformerModel(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
    """The arguments and the parts on the way to a cell's vector, as in scgpt 0.2."""

    def __init__(  # noqa: PLR0913
        self, *, ntoken: int, d_model: int, nhead: int, d_hid: int, nlayers: int, nlayers_cls: int, n_cls: int,
        vocab: Any, dropout: float, pad_token: str, pad_value: int, do_mvc: bool, do_dab: bool,
        use_batch_labels: bool, domain_spec_batchnorm: bool, explicit_zero_prob: bool, use_fast_transformer: bool,
        pre_norm: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        assert (n_cls, nlayers_cls, pad_value, do_mvc) == (1, 3, -2, True)
        assert not any(
            [do_dab, use_batch_labels, domain_spec_batchnorm, explicit_zero_prob, use_fast_transformer, pre_norm]
        )
        self.encoder = _GeneEncoder(ntoken, d_model, vocab[pad_token])
        self.value_encoder = torch.nn.Linear(1, d_model)
        layer = torch.nn.TransformerEncoderLayer(d_model, nhead, d_hid, dropout, batch_first=True)
        self.transformer_encoder = torch.nn.TransformerEncoder(layer, nlayers, enable_nested_tensor=False)
        self.decoder = torch.nn.Linear(d_model, 1)

    def _encode(self, src: Any, values: Any, src_key_padding_mask: Any, batch_labels: Any = None) -> Any:
        assert batch_labels is None
        total = self.encoder(src) + self.value_encoder(values.unsqueeze(-1))
        return self.transformer_encoder(total, src_key_padding_mask=src_key_padding_mask)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `import scgpt.model` finds."""
    module = ModuleType("scgpt.model")
    module.TransformerModel = _TransformerModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scgpt", ModuleType("scgpt"))
    monkeypatch.setitem(sys.modules, "scgpt.model", module)
    return module


def _network() -> Any:
    flags = dict.fromkeys(
        (
            "do_dab",
            "use_batch_labels",
            "domain_spec_batchnorm",
            "explicit_zero_prob",
            "use_fast_transformer",
            "pre_norm",
        ),
        False,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return _TransformerModel(
            ntoken=33, d_model=8, nhead=2, d_hid=16, nlayers=2, nlayers_cls=3, n_cls=1, vocab=TOKENS, dropout=0.2,
            pad_token=PAD, pad_value=-2, do_mvc=True, **flags,
        ).eval()  # fmt: skip


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder as scGPT's are published: weights with the names of its fast attention, and a head that fits no more."""
    folder = tmp_path / "scGPT_tiny"
    folder.mkdir()
    (folder / "args.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    state = {key.replace("in_proj_", "Wqkv."): value for key, value in _network().state_dict().items()}
    state |= {"decoder.weight": torch.zeros(2, 8), "cls_decoder.weight": torch.zeros(3)}
    torch.save(state, folder / "best_model.pt")
    return folder


def test_genes_have_the_normalised_rows_of_the_table_without_the_package(
    checkpoint: Path, opened: Callable[..., Any]
) -> None:
    model = opened(checkpoint, allow_pickle=True)
    found = model.gene_embedding(["GENE7", "GENE39", "GENE0"])
    with torch.inference_mode():
        expected = _network().encoder(torch.tensor([7, 0])).numpy()
    assert found.genes == ("GENE7", "GENE0")
    assert np.abs(found.vectors - expected).max() < 1e-6
    assert (model.name, model.identity.genes, model.identity.context) == ("scGPT_tiny", 30, 1_199)
    assert model.revision.startswith("sha256:")


@pytest.mark.usefixtures("package")
def test_a_cell_is_the_first_state_of_its_binned_genes_scaled_to_one(
    checkpoint: Path, counts: Any, opened: Callable[..., Any]
) -> None:
    model = opened(checkpoint, allow_pickle=True, seed=9)
    found = model.embed([counts[:8], csr_array(counts[8:])], GENES)
    for number, cell in enumerate(counts):
        genes = np.flatnonzero(cell[:30])
        bins = binned(cell[genes].astype(float), np.random.default_rng((9, number)))
        ids = torch.from_numpy(np.concatenate([[31], genes]))[None]
        values = torch.from_numpy(np.concatenate([[-2], bins]).astype(np.float32))[None]
        with torch.inference_mode():
            state = _network()._encode(ids, values, torch.zeros(ids.shape, dtype=torch.bool))[0, 0].numpy()
        assert np.abs(found[number] - state / np.linalg.norm(state)).max() < 1e-5
    assert model.identity.parameters > 0


@pytest.mark.usefixtures("package")
def test_a_cell_does_not_depend_on_the_chunks(checkpoint: Path, counts: Any, opened: Callable[..., Any]) -> None:
    first = opened(checkpoint, allow_pickle=True).embed([counts], GENES)
    again = opened(checkpoint, allow_pickle=True, batch_tokens=40).embed(
        (counts[one : one + 1] for one in range(19)), GENES
    )
    assert np.abs(first - again).max() < 1e-5


@pytest.mark.usefixtures("package")
def test_a_twin_is_drawn_from_its_seed(checkpoint: Path, counts: Any, opened: Callable[..., Any]) -> None:
    (checkpoint / "best_model.pt").unlink()
    twin = opened(f"random-init:{checkpoint}")
    assert (twin.name, twin.revision[:10]) == ("random-init:scGPT_tiny", "seed 0 of ")
    first = twin.embed([counts], GENES)
    assert np.array_equal(first, opened(checkpoint, random_init=0).embed([counts], GENES))
    assert np.abs(first - opened(checkpoint, random_init=1).embed([counts], GENES)).max() > 1e-2
    assert twin.gene_embedding(GENES).vectors.shape == (30, 8)


def test_cells_with_more_genes_than_fit_are_sampled_from_their_number_and_the_seed() -> None:
    names = [f"G{number}" for number in range(1_500)]
    tokens = {name: number for number, name in enumerate([*names, "<pad>", "<cls>"])}
    vocabulary = Vocabulary(tokens=tokens, medians=dict.fromkeys(tokens, 1.0))
    counts = csr_array(np.arange(1.0, 1_501)[None].repeat(2, axis=0))

    def read(first: int, seed: int = 0) -> Any:
        reader = scgpt.CellReader(vocabulary, names, pad_value=-2, seed=seed)
        return [(cell.tokens.tolist(), cell.values.tolist()) for cell in reader.cells(counts, first=first)]

    one, other = read(0)
    assert len(one[0]) == len(set(one[0])) == scgpt.CONTEXT
    assert (one[0][0], one[1][0]) == (1_501, -2)
    assert one != other
    assert read(1)[0] == other
    assert read(0, seed=1)[0] != one
    # Bins are those among all genes of the cell, whichever are sampled.
    bins = binned(np.arange(1.0, 1_501), np.random.default_rng((0, 0)))
    assert one[1][1:] == bins[one[0][1:]].tolist()


def test_the_package_is_named_where_it_is_missing(
    checkpoint: Path, counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scgpt", None)
    with pytest.raises(NotHereError, match=r"needs the package 'scgpt', .* install it as its authors say"):
        opened(checkpoint, allow_pickle=True).embed([counts], GENES)


def test_consent_and_files_are_asked_for(checkpoint: Path, opened: Callable[..., Any]) -> None:
    with pytest.raises(SpecError, match=r"scGPT_tiny: its weights are pickled, .* --allow-pickle"):
        opened(checkpoint)
    (checkpoint / "best_model.pt").unlink()
    with pytest.raises(NotHereError, match=r"is on no hub and .* lacks best_model\.pt; download the checkpoint"):
        opened("scgpt-whole-human", weights=checkpoint)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        (
            "args.json",
            json.dumps({**SETTINGS, "nlayers": 3}),
            "12 tensors are missing or of another shape, first",
        ),
        ("args.json", json.dumps({**SETTINGS, "embsize": 16}), "of another shape, first encoder.embedding.weight"),
        ("args.json", '{"embsize": 8}', "args.json says nothing of 'nheads'"),
        ("args.json", "{", "args.json in .* is not JSON"),
        ("vocab.json", "[]", "vocab.json in .* is no dictionary"),
        ("vocab.json", '{"TP53": "a"}', "no dictionary of names and numbers"),
        ("best_model.pt", "no weights", "best_model.pt cannot be read"),
    ],
    ids=["deeper", "wider", "silent", "damaged", "list", "letters", "weights"],
)
def test_files_that_do_not_fit_are_refused(
    checkpoint: Path, counts: Any, opened: Callable[..., Any], file: str, content: str, sentence: str
) -> None:
    (checkpoint / file).write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=sentence):
        opened(checkpoint, allow_pickle=True).embed([counts], GENES)


def test_another_version_of_the_package_is_told(
    checkpoint: Path, counts: Any, opened: Callable[..., Any], package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "TransformerModel", lambda *, ntoken: ntoken)
    with pytest.raises(SpecError, match=r"This version of scgpt builds its network otherwise .* install scgpt 0\.2"):
        opened(checkpoint, allow_pickle=True).embed([counts], GENES)


def test_a_cell_without_known_genes_is_refused_by_its_number(checkpoint: Path, opened: Callable[..., Any]) -> None:
    reader = scgpt.CellReader(scgpt._vocabulary(checkpoint / "vocab.json"), GENES, pad_value=-2, seed=0)
    counts = csr_array(np.eye(2, 40, k=29))
    with pytest.raises(SpecError, match=r"Cell 8 \(counted from 0\) has nothing in the 30 genes"):
        reader.cells(counts, first=7)
    with pytest.raises(SpecError, match="keeps no attention"):
        opened(checkpoint, allow_pickle=True).attention([counts], GENES, regulators=[], targets=[])
