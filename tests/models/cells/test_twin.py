"""The twin that needs no files: a published shape with drawn weights, and the data's own genes as vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.models.cells.shapes import SHAPES

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers")

if TYPE_CHECKING:
    from collections.abc import Callable

GENES = [f"GENE{number}" for number in range(40)]


def _parameters(model_class: Any, shape: Any) -> int:
    with torch.device("meta"):
        model = model_class(hf.BertConfig(**shape.configuration))
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("model_id", "size"),
    [("geneformer-v1-10m", 41_183_536), ("geneformer-v2-316m", 1_265_455_076)],
)
def test_a_shape_fills_the_published_file_of_weights(model_id: str, size: int) -> None:
    shape = SHAPES[model_id]
    # Beside its numbers of 4 bytes a file has a header and, in V1, the positions as 8 bytes each.
    numbers = 4 * _parameters(hf.BertForMaskedLM, shape) + 8 * shape.context * (model_id == "geneformer-v1-10m")
    assert 0 < size - numbers < 50_000


def test_the_middle_shape_has_as_many_parameters_as_its_published_encoder() -> None:
    assert _parameters(hf.BertModel, SHAPES["geneformer-v2-104m"]) == 104_365_056


@pytest.mark.parametrize("name", ["geneformer", "geneformer-v1-10m"])
def test_a_twin_needs_no_files(name: str, counts: Any, opened: Callable[..., Any]) -> None:
    twin = opened(f"random-init:{name}")
    assert twin.name == "random-init:geneformer-v1-10m"
    assert twin.revision == "seed 0 of geneformer-v1-10m"
    assert twin.identity.parameters == _parameters(hf.BertModel, SHAPES["geneformer-v1-10m"])
    found = twin.embed([counts], GENES)
    assert found.shape == (19, 256)
    assert np.isfinite(found).all()
    assert twin.matched(GENES).share_unknown == 0


def test_a_seed_gives_one_twin_whatever_the_order_of_the_genes(counts: Any, opened: Callable[..., Any]) -> None:
    first = opened("random-init:geneformer", random_init=5).embed([counts], GENES)
    order = np.random.default_rng(0).permutation(40)
    again = opened("random-init:geneformer", random_init=5).embed([counts[:, order]], [GENES[one] for one in order])
    assert np.abs(first - again).max() < 1e-5
    assert np.abs(first - opened("random-init:geneformer", random_init=6).embed([counts], GENES)).max() > 1e-2


def test_a_twin_of_the_second_version_has_special_tokens_and_a_cls_state(
    counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = SHAPES["geneformer-v2-104m"]
    small = type(shape)(
        **{name: getattr(shape, name) for name in shape.__dataclass_fields__} | {"width": 24, "layers": 2, "wide": 8}
    )
    monkeypatch.setitem(SHAPES, shape.model_id, small)
    twin = opened("random-init:geneformer-v2-104m", pooling="cls", layer=-1)
    assert twin.identity.context == 4_094
    assert twin.matched(GENES).tokens.min() == 4
    assert twin.embed([counts[:3]], GENES).shape == (3, 24)


def test_more_genes_than_published_tokens_make_the_table_longer(
    counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = SHAPES["geneformer-v1-10m"]
    small = type(shape)(
        **{name: getattr(shape, name) for name in shape.__dataclass_fields__} | {"width": 16, "vocabulary": 30}
    )
    monkeypatch.setitem(SHAPES, shape.model_id, small)
    twin = opened("random-init:geneformer")
    before = twin.identity.parameters
    assert twin.embed([counts], GENES).shape == (19, 16)
    # 40 genes and two special tokens are twelve rows more than there were.
    assert twin.identity.parameters == before + 12 * 16
    assert twin.gene_embedding(GENES).vectors.shape == (40, 16)
