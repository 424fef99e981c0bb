"""From a folder to a model on a device: weights that fill it completely, its own tokeniser, the right precision."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils import logging

from engine.errors import NotHereError, SpecError
from engine.models.foreign import restore_buffers
from engine.models.gelu import fuse_gelu
from engine.models.random_init import check_seed, untrained
from engine.models.weights import Weights, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.models.options import Options
    from engine.models.tokenisation import TextTokenizer
    from engine.protocols import Kind
    from engine.registry.adapters import AdapterCard

_T = TypeVar("_T")

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_DEVICE = re.compile(r"cpu|cuda(:\d+)?")
# Parts that no number of ours passes through: a checkpoint may lack them, or have them in excess.
_UNUSED = re.compile(r"(^|\.)(pooler|contact_head|position_ids|inv_freq)(\.|$)|(^|\.)seq_relationship\.")
_HEADS = re.compile(r"(lm_head|cls|score|classifier|head|decoder)\.")
LOADING_FAULTS = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    AttributeError,
    TypeError,
    ImportError,
    SafetensorError,
    UnpicklingError,
)
"""What reading foreign files, or running code that came with them, is known to raise."""


class Loadable(Protocol):
    """What loading a network asks of a card, whatever the model reads."""

    @property
    def model_id(self) -> str:
        """The name in sentences."""

    @property
    def kind(self) -> Kind:
        """What it predicts; the heads of an encoder may be left over."""

    @property
    def revision(self) -> str | None:
        """At which its code may be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model in evaluation mode on its device, with its tokeniser and where both came from."""

    model: Any
    tokenizer: TextTokenizer
    weights: Weights
    device: torch.device
    dtype: torch.dtype


def load_parts(card: AdapterCard, options: Options, auto_class: Any) -> Loaded:
    """Everything an adapter is made of.

    Args:
        card: The model.
        options: What the user decided.
        auto_class: `AutoModelForMaskedLM` or one of its siblings.

    Raises:
        NotHereError: a package, the weights or the device is not on this machine.
        SpecError: code or pickle is not allowed, the weights are damaged or do not fill the model, or a seed is
            negative.
    """
    device = choose_device(options.device)
    dtype = choose_dtype(options.dtype, device)
    check_seed(options.random_init)
    import_packages(card)
    weights = find(card, options)
    with _quiet():
        tokenizer = guarded(card, weights, lambda: _tokenizer(weights, card))
    model = placed(card, fuse_gelu(network(card, options, weights, auto_class, dtype)), device)
    return Loaded(model=model, tokenizer=tokenizer, weights=weights, device=device, dtype=dtype)


def choose_device(wanted: str | None) -> torch.device:
    """The device of that name; None takes the first GPU where there is one.

    Raises:
        SpecError: the name is none.
        NotHereError: this machine has no such GPU.
    """
    if wanted is None:
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if not _DEVICE.fullmatch(wanted):
        raise SpecError(f"'{wanted}' is no device; say --device cpu or --device cuda:0.")
    device = torch.device("cuda:0" if wanted == "cuda" else wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise NotHereError(
            f"This machine has {torch.cuda.device_count()} GPUs that torch can use, so there is no {wanted}; "
            "say --device cpu."
        )
    return device


def choose_dtype(wanted: str | None, device: torch.device) -> torch.dtype:
    """The precision of the weights: float32 on a CPU, on a GPU the half precision that it computes in natively.

    Raises:
        SpecError: `wanted` is none of float32, bfloat16, float16.
    """
    if wanted is not None:
        if wanted not in _DTYPES:
            raise SpecError(f"'{wanted}' is no precision of weights; say --dtype {', '.join(_DTYPES)}.")
        return _DTYPES[wanted]
    if device.type == "cpu":
        return torch.float32
    major = torch.cuda.get_device_capability(device)[0]
    # bfloat16 units come with compute capability 8, float16 units with 7.
    return torch.bfloat16 if major >= 8 else torch.float16 if major == 7 else torch.float32


def import_packages(card: AdapterCard) -> None:
    """Import what the model needs beyond transformers; some packages register their classes by that.

    Raises:
        NotHereError: one is not installed.
    """
    for name in card.packages:
        try:
            import_module(name)
        except ImportError as error:
            raise NotHereError(
                f"{card.model_id} needs the package '{name}', which cannot be imported ({_first_line(error)}); "
                "install it as its authors say, or leave this model out."
            ) from error


def _tokenizer(weights: Weights, card: AdapterCard) -> TextTokenizer:
    own_code = "auto_map" in _json(weights.folder / "tokenizer_config.json")
    # A tokenizer.json is the tokeniser, word for word. AutoTokenizer would rebuild it as what the model's family
    # usually has, which cuts DNA differently without saying so.
    if (weights.folder / "tokenizer.json").is_file() and not own_code:
        found: TextTokenizer = PreTrainedTokenizerFast.from_pretrained(weights.folder, local_files_only=True)
        return found
    code = _code_options(weights, card)
    built: TextTokenizer = AutoTokenizer.from_pretrained(weights.folder, local_files_only=True, **code)
    return built


def network(card: Loadable, options: Options, weights: Weights, auto_class: Any, dtype: torch.dtype) -> Any:
    """A model in evaluation mode on the CPU, its weights read and found complete, or drawn.

    Raises:
        NotHereError: a package is missing.
        SpecError: the weights are damaged or do not fill the model.
    """
    with _quiet():
        if (seed := options.random_init) is None:
            model, info = guarded(card, weights, lambda: _model(weights, auto_class, dtype, card))
            _check_filled(card, weights, info)
        else:
            code = _code_options(weights, card)
            model = guarded(card, weights, lambda: untrained(weights.folder, auto_class, dtype, seed=seed, code=code))
    # Nothing is generated: a cache of keys and values would only take memory.
    model.config.use_cache = False
    return model.eval()


def _model(weights: Weights, auto_class: Any, dtype: torch.dtype, card: Loadable) -> tuple[Any, dict[str, Any]]:
    code = _code_options(weights, card)
    model, info = auto_class.from_pretrained(
        weights.folder,
        dtype=dtype,
        use_safetensors=not weights.pickled,
        weights_only=True,
        local_files_only=True,
        output_loading_info=True,
        **code,
    )
    restore_buffers(model, auto_class, info, dtype, code)
    return model, info


def _code_options(weights: Weights, card: Loadable) -> dict[str, Any]:
    if not weights.code:
        return {"trust_remote_code": False}
    return {"trust_remote_code": True, "code_revision": card.revision}


def guarded(card: Loadable, weights: Weights, read: Callable[[], _T]) -> _T:
    """Result of `read`, which reads the model's files or runs their code.

    Raises:
        NotHereError: a package is missing.
        SpecError: files are damaged or the code does not run.
    """
    where = f"{card.model_id} from {weights.source} at {weights.revision[:19]}"
    try:
        return read()
    except ImportError as error:
        raise NotHereError(
            f"{where} needs a package that cannot be imported ({_first_line(error)}); install it, "
            "or leave this model out."
        ) from error
    except LOADING_FAULTS as error:
        raise SpecError(
            f"{where} cannot be loaded: {_first_line(error)}; check that the folder is complete and undamaged, "
            "or give another with --weights DIR."
        ) from error


def _check_filled(card: Loadable, weights: Weights, info: dict[str, Any]) -> None:
    unused_heads = card.kind == "encoder"
    missing = sorted(key for key in info["missing_keys"] if not _UNUSED.search(key))
    unexpected = sorted(
        key for key in info["unexpected_keys"] if not _UNUSED.search(key) and not (unused_heads and _HEADS.match(key))
    )
    for what, keys in (("missing", missing), ("unexpected", unexpected)):
        if keys:
            raise SpecError(
                f"{card.model_id}: the weights in {weights.source} do not fill the model, {len(keys)} {what} tensors, "
                f"first {keys[0]}; the numbers of a partly random model look plausible, so give other weights."
            )


def placed(card: Loadable, model: Any, device: torch.device) -> Any:
    """The same model on a device.

    Raises:
        SpecError: it does not fit into the device's memory.
    """
    try:
        return model.to(device)
    except torch.OutOfMemoryError as error:
        raise SpecError(
            f"The weights of {card.model_id} do not fit into the memory of {device}; take --dtype bfloat16, "
            "a smaller model or --device cpu."
        ) from error


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].rstrip('.')[:200]}" if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and reports: what they say is checked here and said in one sentence."""
    reports: Any = logging
    level, bars = reports.get_verbosity(), reports.is_progress_bar_enabled()
    reports.set_verbosity_error()
    reports.disable_progress_bar()
    try:
        yield
    finally:
        reports.set_verbosity(level)
        if bars:
            reports.enable_progress_bar()
