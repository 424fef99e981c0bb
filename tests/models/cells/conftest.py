"""Tiny Geneformers: BERTs as save_pretrained writes them, with dictionaries of genes beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GENES = 40
IDS = [f"ENSG{number:011d}" for number in range(GENES)]
SYMBOLS = [f"GENE{number}" for number in range(GENES)]
MEDIANS = np.random.default_rng(3).uniform(0.5, 3.0, GENES)


def write_dictionaries(folder: Path, special: list[str], *, tail: str = "_gc104M") -> None:
    """Token, median and name dictionaries as JSON."""
    tokens = {name: number for number, name in enumerate([*special, *IDS])}
    contents = {
        "token_dictionary": tokens,
        "gene_median_dictionary": dict(zip(IDS, MEDIANS.tolist(), strict=True)),
        "gene_name_id_dict": dict(zip(SYMBOLS, IDS, strict=True)),
        "ensembl_mapping_dict": {"OLD-NAME-OF-7": IDS[7]},
    }
    for stem, content in contents.items():
        (folder / f"{stem}{tail}.json").write_text(json.dumps(content), encoding="utf-8")


def write_geneformer(folder: Path, special: list[str], **changes: Any) -> Path:
    """A BERT for masked genes of three layers; weights wide enough that each token counts."""
    hf = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    config = hf.BertConfig(
        vocab_size=GENES + len(special),
        max_position_embeddings=24,
        hidden_act="relu",
        initializer_range=0.5,
        pad_token_id=0,
        **sizes | changes,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        hf.BertForMaskedLM(config).save_pretrained(folder)
    write_dictionaries(folder, special)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small networks are fastest on one thread, and many wait for each other on a busy machine."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def v1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As V1: no <cls>, no <eos>."""
    return write_geneformer(tmp_path_factory.mktemp("v1") / "tiny-v1", ["<pad>", "<mask>"])


@pytest.fixture(scope="session")
def v2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As V2: <cls> before and <eos> behind a cell's genes."""
    return write_geneformer(tmp_path_factory.mktemp("v2") / "tiny-v2", ["<pad>", "<mask>", "<cls>", "<eos>"])


@pytest.fixture(scope="session", params=["v1", "v2"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Each of both."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def counts() -> Any:
    """Counts of 19 cells of very different depth, shape (19, 40); some have more genes than the context."""
    rng = np.random.default_rng(11)
    found = rng.poisson(rng.uniform(0.05, 3.0, (19, 1)), (19, GENES))
    found[:, 0] += 1
    return found


@pytest.fixture(scope="session")
def opened() -> Callable[..., Any]:
    """Opens a model on the CPU."""
    pytest.importorskip("torch")
    cells = pytest.importorskip("engine.models.cells")

    def open_it(model: Any, **options: Any) -> Any:
        return cells.open_cell_model(model, **{"device": "cpu"} | options)

    return open_it
