"""The randomly initialised twin: same architecture and tokeniser, drawn weights, and an identity that says so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.errors import SpecError
from engine.registry.adapters import AdapterCard, resolve

torch = pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Callable


def _weights(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = model._model.state_dict()
    return found


def test_a_twin_has_the_architecture_and_other_weights(name: str, loaded: Callable[..., Any]) -> None:
    model, twin = loaded(name), loaded(name, random_init=0)
    assert {key: value.shape for key, value in _weights(twin).items()} == {
        key: value.shape for key, value in _weights(model).items()
    }
    matrices = [key for key, value in _weights(twin).items() if value.ndim == 2 and "position_ids" not in key]
    assert matrices
    assert not any(torch.equal(_weights(twin)[key], _weights(model)[key]) for key in matrices)
    assert twin.vocabulary == model.vocabulary
    assert not twin._model.training


def test_a_twin_is_drawn_as_its_configuration_says(loaded: Callable[..., Any]) -> None:
    table = loaded("llama-6mer", random_init=0)._model.get_input_embeddings().weight.detach()
    # 4,100 rows of 16 numbers with a standard deviation of 0.3.
    assert abs(float(table.std()) - 0.3) < 0.005
    assert abs(float(table.mean())) < 0.005


def test_a_seed_gives_one_twin_and_another_seed_another(name: str, loaded: Callable[..., Any], sequences: Any) -> None:
    texts = sequences(loaded(name).identity.alphabet, [24, 30])

    def embed(seed: int) -> list[Any]:
        torch.rand(3)
        twin = loaded(name, random_init=seed)
        return [states.tolist() for states in twin.embeddings(twin.encode(texts))]

    first = embed(0)
    assert embed(0) == first
    assert embed(1) != first


def test_drawing_leaves_the_generator_where_it_was(loaded: Callable[..., Any]) -> None:
    torch.manual_seed(5)
    expected = torch.rand(4).tolist()
    torch.manual_seed(5)
    loaded("esm2", random_init=3)
    assert torch.rand(4).tolist() == expected


def test_one_seed_gives_one_network_in_every_precision(loaded: Callable[..., Any]) -> None:
    for name in ("llama-letters", "esm2"):
        exact, rounded = loaded(name, random_init=4), loaded(name, random_init=4, dtype="bfloat16")
        assert rounded.identity.dtype == "bfloat16"
        for key, value in _weights(exact).items():
            assert torch.equal(value.to(_weights(rounded)[key].dtype), _weights(rounded)[key])


def test_identity_tells_the_twin_and_its_seed(folder: Callable[[str], Path], loaded: Callable[..., Any]) -> None:
    model, twin = loaded("bert-bpe").identity, loaded("bert-bpe", random_init=7).identity
    assert (twin.model_id, twin.source) == ("random-init:bert-bpe", str(folder("bert-bpe")))
    assert twin.revision is not None
    assert twin.revision.startswith("seed 7 of sha256:")
    assert twin.parameters == model.parameters
    assert (twin.context, twin.prefix, twin.suffix) == (model.context, model.prefix, model.suffix)


def test_a_twin_needs_no_weights_and_does_not_depend_on_them(
    folder: Callable[[str], Path], loaded: Callable[..., Any], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder("esm2"), tmp_path / "esm2"))
    (copy / "model.safetensors").unlink()
    card = resolve(str(copy))
    assert isinstance(card, AdapterCard)
    twin, other = models.load(card, device="cpu", random_init=0), loaded("esm2", random_init=0)
    assert twin.identity.revision == other.identity.revision
    rows = twin.encode(["MKTAYIAK"])
    assert twin.embeddings(rows)[0].tolist() == other.embeddings(rows)[0].tolist()


def test_a_twin_answers_as_a_model_of_its_kind_does(loaded: Callable[..., Any]) -> None:
    twin = loaded("esm2", random_init=0)
    (table,) = twin.log_probabilities(twin.encode(["MKTAYIAK"]), [np.array([3])])
    np.testing.assert_allclose(np.exp(table.astype(float)).sum(), 1, atol=1e-5)


def test_only_what_describes_a_model_is_downloaded(
    folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(_: str, *, allow_patterns: list[str], **__: Any) -> str:
        asked.extend(allow_patterns)
        return str(folder("esm2"))

    monkeypatch.setattr("engine.models.weights.snapshot_download", download)
    card = resolve("esm-2-8m")
    assert isinstance(card, AdapterCard)
    twin = models.load(card, device="cpu", random_init=2)
    assert twin.identity.revision == f"seed 2 of {card.revision}"
    assert "*.json" in asked
    assert not any("safetensors" in pattern or "bin" in pattern for pattern in asked)


def test_code_that_comes_with_a_model_makes_its_twin_where_it_is_allowed(
    folder: Callable[[str], Path],
    altered_config: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    copy = Path(shutil.copytree(folder("esm2"), tmp_path / "own-twin"))
    code = "from transformers import EsmConfig, EsmForMaskedLM\n\nclass Own(EsmForMaskedLM):\n    pass\n"
    (copy / "own.py").write_text(code, encoding="utf-8")
    altered_config(copy, {"auto_map": {"AutoModelForMaskedLM": "own.Own"}})
    card = resolve(str(copy))
    assert isinstance(card, AdapterCard)
    with pytest.raises(SpecError, match="--allow-remote-code"):
        models.load(card, device="cpu", random_init=0)
    twin = models.load(card, device="cpu", random_init=0, allow_remote_code=True)
    assert type(twin._model).__name__ == "Own"
    assert twin.encode(["MKT"])[0].tolist() == [0, 20, 15, 11, 2]


def test_a_negative_seed_is_refused(loaded: Callable[..., Any]) -> None:
    with pytest.raises(SpecError, match="A seed of -1 is not possible"):
        loaded("esm2", random_init=-1)
