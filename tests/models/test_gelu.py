"""ESM's feed-forward blocks after loading."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.models.gelu import fuse_gelu  # noqa: E402 - without torch the file is skipped

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = [-6.0, -1.5, -0.2, 0.0, 0.7, 3.0]


def _layers(model: Any) -> Any:
    return model._model.base_model.encoder.layer


@pytest.mark.parametrize("name", ["esm2", "esm1b", "nt-6mer"])
def test_the_blocks_of_esm_take_the_exact_gelu(name: str, loaded: Callable[..., Any]) -> None:
    block = _layers(loaded(name))[0].intermediate
    block.dense = torch.nn.Identity()
    expected = [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in NUMBERS]
    assert block(torch.tensor(NUMBERS)).tolist() == pytest.approx(expected, abs=1e-6)


def test_no_pass_over_memory_is_left_of_the_five(loaded: Callable[..., Any]) -> None:
    block = _layers(loaded("esm2"))[1].intermediate
    with torch.inference_mode(), torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        block(torch.zeros(1, 3, 16))
    names = {event.key for event in profile.key_averages()}
    assert "aten::gelu" in names
    assert "aten::erf" not in names


def test_weights_keep_their_names(folder: Callable[[str], Any]) -> None:
    hf = pytest.importorskip("transformers")
    model = hf.AutoModelForMaskedLM.from_pretrained(folder("esm2"))
    names = list(model.state_dict())
    assert list(fuse_gelu(model).state_dict()) == names


def test_bert_keeps_its_own_blocks(loaded: Callable[..., Any]) -> None:
    assert {type(layer.intermediate).__name__ for layer in _layers(loaded("bert-bpe"))} == {"BertIntermediate"}
