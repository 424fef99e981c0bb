"""What can go wrong between a user's words and a loaded model, each in one sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine import models
from engine.errors import NotHereError, SpecError
from engine.registry.adapters import AdapterCard, resolve

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def copied(folder: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a tiny checkpoint, to be damaged."""
    return lambda name: Path(shutil.copytree(folder(name), tmp_path / name))


def _load(folder: Path, **options: Any) -> Any:
    card = resolve(str(folder))
    assert isinstance(card, AdapterCard)
    return models.load(card, device="cpu", **options)


def _only_pickle(folder: Path) -> Path:
    tensors = safetensors.load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    return folder


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    tensors = safetensors.load_file(folder / "model.safetensors")
    change(tensors)
    safetensors.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_identity_says_what_was_loaded(folder: Callable[[str], Path]) -> None:
    identity = _load(folder("nt-6mer")).identity
    assert (identity.model_id, identity.source) == ("nt-6mer", str(folder("nt-6mer")))
    assert (identity.kind, identity.alphabet, identity.tokens, identity.kmer) == ("masked", "dna", "kmer", 6)
    assert (identity.context, identity.device, identity.dtype) == (64, "cpu", "float32")


def test_the_revision_of_a_folder_is_the_digest_of_its_files(copied: Callable[[str], Path]) -> None:
    folder = copied("esm2")
    before = _load(folder).identity.revision
    assert before is not None
    assert before.startswith("sha256:")
    assert len(before) == 71
    assert _load(folder).identity.revision == before
    _rewrite(folder, lambda tensors: tensors["lm_head.bias"].add_(1.0))
    assert _load(folder).identity.revision != before


def test_a_folder_of_ones_own_takes_the_place_of_the_download(folder: Callable[[str], Path]) -> None:
    card = resolve("esm-2-8m")
    assert isinstance(card, AdapterCard)
    model = models.load(card, weights=folder("esm2"), device="cpu")
    assert (model.identity.model_id, model.identity.source) == ("esm-2-8m", str(folder("esm2")))
    assert model.identity.context == 1024
    assert card.parameters is not None
    assert model.identity.parameters / card.parameters < 0.01


def test_pickled_weights_are_refused_and_read_when_allowed(copied: Callable[[str], Path]) -> None:
    folder = _only_pickle(copied("esm2"))
    with pytest.raises(SpecError, match=r"only pickled weights.*--allow-pickle"):
        _load(folder)
    assert _load(folder, allow_pickle=True).encode(["MKT"])[0].tolist() == [0, 20, 15, 11, 2]


def test_a_pickle_with_more_than_numbers_is_refused_even_then(copied: Callable[[str], Path]) -> None:
    folder = _only_pickle(copied("esm2"))
    torch.save({"lm_head.bias": print}, folder / "pytorch_model.bin")
    with pytest.raises(SpecError, match="cannot be loaded"):
        _load(folder, allow_pickle=True)


def test_a_missing_tensor_is_named(copied: Callable[[str], Path]) -> None:
    folder = copied("esm2")

    def drop(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if "layer.1.attention.self.query" in name]:
            del tensors[name]

    _rewrite(folder, drop)
    with pytest.raises(
        SpecError, match=r"2 missing tensors, first esm\.encoder\.layer\.1\.attention\.self\.query\.bias"
    ):
        _load(folder)


def test_a_tensor_too_many_is_named(copied: Callable[[str], Path]) -> None:
    folder = copied("llama-letters")
    _rewrite(folder, lambda tensors: tensors.update({"model.layers.0.adapter.weight": torch.zeros(2)}))
    with pytest.raises(SpecError, match=r"1 unexpected tensors, first model\.layers\.0\.adapter\.weight"):
        _load(folder)


def test_parts_that_nothing_is_read_from_may_be_missing_or_too_many(copied: Callable[[str], Path]) -> None:
    folder = copied("esm2")

    def change(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if "contact_head" in name]:
            del tensors[name]
        tensors["esm.pooler.dense.weight"] = torch.zeros(16, 16)

    _rewrite(folder, change)
    assert _load(folder).identity.kind == "masked"


def test_a_tensor_of_another_shape_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("esm2")
    _rewrite(folder, lambda tensors: tensors.update({"lm_head.bias": torch.zeros(34)}))
    with pytest.raises(SpecError, match=r"esm2 from .* cannot be loaded"):
        _load(folder)


def test_truncated_weights_are_one_sentence(copied: Callable[[str], Path]) -> None:
    folder = copied("esm2")
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SpecError, match="complete and undamaged") as caught:
        _load(folder)
    assert "\n" not in str(caught.value)


def test_a_folder_without_weights_or_configuration_says_what_to_give(
    copied: Callable[[str], Path], card: Callable[[str], AdapterCard], tmp_path: Path
) -> None:
    folder = copied("esm2")
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotHereError, match=r"no weights in .*--weights DIR"):
        _load(folder, allow_pickle=True)
    with pytest.raises(NotHereError, match=r"No config\.json in .*--weights DIR"):
        models.load(card("esm2"), weights=tmp_path / "nowhere")


_OWN = """
import torch
from transformers import EsmConfig, EsmForMaskedLM

class Own(EsmForMaskedLM):
    config_class = EsmConfig

    def __init__(self, config):
        super().__init__(config)
        {init}

    def forward(self, *given, **options):
        output = super().forward(*given, **options)
        {forward}
        return output
"""


@pytest.fixture
def own_code(
    copied: Callable[[str], Path],
    altered_config: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., Path]:
    """A checkpoint that comes with code of its own."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("sys.path", [*sys.path])

    def write(init: str = "pass", forward: str = "pass") -> Path:
        folder = copied("esm2")
        (folder / "own.py").write_text(_OWN.format(init=init, forward=forward), encoding="utf-8")
        altered_config(folder, {"auto_map": {"AutoModelForMaskedLM": "own.Own"}, "architectures": ["OwnForMaskedLM"]})
        return folder

    return write


def test_code_of_a_repository_is_refused_without_the_flag_and_runs_with_it(own_code: Callable[..., Path]) -> None:
    folder = own_code()
    with pytest.raises(SpecError, match="read that code, then allow it with --allow-remote-code"):
        _load(folder)
    model = _load(folder, allow_remote_code=True)
    assert type(model._model).__name__ == "Own"
    # Its parts may do anything: no short cuts and no padding.
    assert (model._parts, model._batcher.pad) == (None, False)
    rows = model.encode(["MKTAYIAK", "MKT"])
    assert [state.shape for state in model.embeddings(rows)] == [(10, 16), (5, 16)]


def test_a_table_that_only_the_code_computes_has_its_values(
    own_code: Callable[..., Path], loaded: Callable[..., Any]
) -> None:
    table = 'self.register_buffer("table", torch.arange(33.0), persistent=False)'
    model = _load(own_code(table, "output.logits = output.logits + self.table"), allow_remote_code=True)
    assert model._model.table.tolist() == list(range(33))
    plain = loaded("esm2")
    rows, where = plain.encode(["MKTAYIAK"]), [np.array([3])]
    shifted = plain.log_probabilities(rows, where)[0] + np.arange(33)
    expected = shifted - np.log(np.exp(shifted).sum())
    np.testing.assert_allclose(model.log_probabilities(rows, where)[0], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("init", "forward", "words"),
    [
        ("self.table = torch.arange(33.0)", "output.logits = output.logits + self.table", "cannot be loaded"),
        ("pass", "output.logits = output.logits + torch.rand(1)", "do not give the same finite numbers"),
        ("pass", "output.logits = output.logits / 0", "do not give the same finite numbers"),
        ("import no_such_package", "pass", "needs a package that cannot be imported"),
        ("raise AttributeError('gone since transformers 5')", "pass", "gone since transformers 5"),
    ],
)
def test_code_that_does_not_run_is_one_sentence(
    own_code: Callable[..., Path], init: str, forward: str, words: str
) -> None:
    with pytest.raises((SpecError, NotHereError), match=words) as caught:
        _load(own_code(init, forward), allow_remote_code=True)
    assert "\n" not in str(caught.value)


def test_code_from_another_repository_is_refused_even_with_the_flag(
    copied: Callable[[str], Path], altered_config: Callable[..., None]
) -> None:
    folder = copied("esm2")
    altered_config(folder, {"auto_map": {"AutoModelForMaskedLM": "some/other-repo--own.Own"}})
    with pytest.raises(SpecError, match=r"another repository \(some/other-repo\)"):
        _load(folder, allow_remote_code=True)


def test_a_configuration_that_disagrees_about_the_mask_is_refused(
    copied: Callable[[str], Path], altered_config: Callable[..., None]
) -> None:
    folder = copied("esm2")
    altered_config(folder, {"mask_token_id": 31})
    with pytest.raises(SpecError, match="32 for the tokeniser and 31 in config"):
        _load(folder)


def test_a_download_without_network_names_model_revision_and_ways_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    card = resolve("esm-2-8m")
    assert isinstance(card, AdapterCard)
    with pytest.raises(NotHereError) as caught:
        models.load(card, device="cpu")
    sentence = str(caught.value)
    assert "facebook/esm2_t6_8M_UR50D at revision c731040f" in sentence
    assert "HF_HOME" in sentence
    assert "--weights DIR" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("model_id", "options", "error", "words"),
    [
        ("esm-1b", {}, SpecError, "no revision of facebook/esm1b_t33_650M_UR50S is pinned"),
        ("splicebert-1024nt", {}, NotHereError, "on no hub; give its folder with --weights DIR"),
        ("nt-v2-500m-ms", {}, SpecError, "--allow-remote-code"),
        ("hyenadna-tiny-1k", {"allow_remote_code": True}, SpecError, "no revision of .* is pinned"),
        ("Omni-DNA-1B", {}, NotHereError, "needs the package 'hf_olmo'"),
        ("evo-2-7b", {}, NotHereError, "needs the package 'evo2'"),
        ("esm-2-8m", {"device": "tpu"}, SpecError, "'tpu' is no device; say --device cpu"),
        ("esm-2-8m", {"device": "cuda:99"}, NotHereError, "there is no cuda:99; say --device cpu"),
        ("esm-2-8m", {"dtype": "int4"}, SpecError, "'int4' is no precision"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_fetched(
    model_id: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    card = resolve(model_id)
    assert isinstance(card, AdapterCard)
    with pytest.raises(error, match=words):
        models.load(card, **{"device": "cpu"} | options)


@pytest.mark.parametrize("revision", [None, "", "main", "c731040", "C731040" + "0" * 33])
def test_what_is_no_whole_commit_pins_nothing(revision: str | None) -> None:
    card = resolve("nt-v2-500m-ms")
    assert isinstance(card, AdapterCard)
    with pytest.raises(SpecError, match=r"no revision of .* is pinned"):
        models.load(replace(card, revision=revision), device="cpu", allow_remote_code=True)


def test_a_batch_without_tokens_is_refused(loaded: Callable[..., Any]) -> None:
    with pytest.raises(SpecError, match="--batch-tokens"):
        loaded("esm2", batch_tokens=0)


def test_a_masked_model_needs_a_mask_token(card: Callable[[str], AdapterCard], copied: Callable[[str], Path]) -> None:
    folder = copied("bert-bpe")
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text("utf-8"))
    del settings["mask_token"]
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(SpecError, match="no mask token"):
        models.load(replace(card("bert-bpe"), folder=folder), device="cpu")


def test_without_torch_the_models_are_listed_and_loading_says_what_to_install() -> None:
    script = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from engine import models\n"
        "from engine.errors import NotHereError\n"
        "from engine.registry.adapters import resolve\n"
        "try:\n"
        "    models.load(resolve('esm-2-8m'))\n"
        "except NotHereError as error:\n"
        "    print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == ("esm-2-8m needs torch, which is not installed: pip install 'validity-ledger[models]'.\n")


def test_listing_models_and_planning_batches_load_no_torch() -> None:
    script = (
        "import sys\n"
        "import engine.models, engine.models.batching, engine.models.tokenisation, engine.registry.adapters\n"
        "engine.registry.adapters.cards()\n"
        "print(sorted({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
