"""What a run is asked to do: a TOML file or command-line options, validated, with a hash of its own."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engine.errors import SpecError
from engine.names import Protocol

ALL = "all"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)


class ModelSpec(_Part):
    """A model to score with: an id of the registry, or a local folder with weights and tokenizer.

    Empty options mean the adapter's defaults; they are written into the run's provenance as they were used.
    """

    id: str
    weights: Path | None = None
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    scorer: Protocol | None = None
    options: dict[str, int | float | str | bool] = Field(default_factory=dict)


class Options(_Part):
    """How to run.

    `shard` is in variants, `batch_tokens` in tokens per forward pass; `workers` counts processes; None means one
    for each GPU, or one on the CPU.
    """

    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_tokens: Annotated[int, Field(ge=1)] | None = None
    shard: Annotated[int, Field(ge=1)] = 2000
    workers: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    draws: Annotated[int, Field(ge=100)] = 2000
    allow_remote_code: bool = False
    allow_pickle: bool = False


class Spec(_Part):
    """One run: these tasks, with these models and baselines."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    tasks: tuple[str, ...] | Literal["all"]
    baselines: tuple[str, ...] | Literal["all"] = ALL
    published: bool = True
    models: tuple[ModelSpec, ...] = ()
    options: Options = Options()

    @field_validator("models")
    @classmethod
    def _distinct(cls, models: tuple[ModelSpec, ...]) -> tuple[ModelSpec, ...]:
        seen = [(model.id, model.scorer) for model in models]
        if len(set(seen)) < len(seen):
            raise ValueError("each model once per scorer")
        return models

    def as_json(self) -> str:
        """Canonical JSON: the same request is the same text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    def hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


def read_spec(path: Path) -> Spec:
    """Read and validate a TOML file.

    Raises:
        SpecError: the file is missing, no TOML, or asks for something that does not exist.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SpecError(f"{path}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: not a TOML file: {error}") from error
    return make_spec(content, where=path.name, base=path.parent)


def make_spec(content: dict[str, Any], *, where: str, base: Path | None = None) -> Spec:
    """A spec from plain values; relative folders of weights are taken from `base`.

    Raises:
        SpecError: names the place, the value and what would be accepted.
    """
    try:
        spec = Spec.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if not _is_branch(part))
        value = f" (found {first['input']!r})" if first["type"] not in {"missing", "extra_forbidden"} else ""
        known = f"; known here: {', '.join(_fields_at(place))}" if first["type"] == "extra_forbidden" else ""
        raise SpecError(f"{where}: {place or 'the spec'}: {first['msg']}{value}{known}.") from error
    if base is None:
        return spec
    return spec.model_copy(update={"models": tuple(_anchored(model, base) for model in spec.models)})


def _anchored(model: ModelSpec, base: Path) -> ModelSpec:
    weights = model.weights
    if weights is None or weights.is_absolute():
        return model
    return model.model_copy(update={"weights": (base / weights).resolve()})


def _is_branch(part: str | int) -> bool:
    """Pydantic names the tried branch of a union in the place; a reader has no use for it."""
    return isinstance(part, str) and (part.startswith(("tuple[", "literal[", "constrained-")) or part == "is-instance")


def _fields_at(place: str) -> list[str]:
    parts = place.split(".")
    kind: type[BaseModel] = {"models": ModelSpec, "options": Options}.get(parts[0], Spec) if len(parts) > 1 else Spec
    return list(kind.model_fields)
