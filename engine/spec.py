"""What a run is asked to do: a TOML file or command-line options, validated, with a hash of its own."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from engine.errors import SpecError, one_line, quoted

ALL: Final = "all"
_S = TypeVar("_S", bound=BaseModel)

LARGEST: Final = 2**63 - 1
"""What the store keeps of a whole number."""
_LONGEST_NAME = 255
_Number = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
_Switch = Annotated[bool, Field(strict=True)]
_Names = Annotated[tuple[str, ...], Field(min_length=1)]
_WORDS = {
    "missing": "this key is needed",
    "extra_forbidden": "there is no such key",
    "tuple_type": "give a list",
    "dict_type": "give a table",
    "model_type": "give a table",
    "path_type": "give a path",
    "too_short": "give at least one",
}
_PATTERNS = {
    "name": "give lower-case letters, digits, dots, hyphens and underscores, a letter or digit first",
    "device": "give auto, cpu, cuda or cuda:N",
    "revision": "give a commit, 40 hexadecimal digits",
}


def _nameable(path: Path) -> Path:
    if "\0" in str(path) or any(len(part.encode()) > _LONGEST_NAME for part in path.parts):
        raise ValueError(f"give a folder: no name on a disk has a NUL or more than {_LONGEST_NAME} bytes")
    return path


Folder = Annotated[Path, AfterValidator(_nameable)]
"""A path that a disk can have."""


class Part(BaseModel):
    """A table of a spec: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)

    def as_json(self) -> str:
        """Canonical JSON: the same request is the same text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    def hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


class Request(Part):
    """A whole spec, which knows where it stands."""

    _where: str = PrivateAttr("")

    def model_post_init(self, context: Any, /) -> None:
        """Keep where the request stands: later faults in it are told with the same place."""
        self._where = (context or {}).get("where", "the spec")

    @property
    def where(self) -> str:
        """Name of the file, or of the command."""
        return self._where


class ModelSpec(Part):
    """A model to score with: an id of the registry, or a local folder with weights and tokenizer.

    Empty options mean the adapter's defaults; they are written into the run's provenance as they were used.
    """

    id: str
    weights: Folder | None = None
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    scorer: str | None = None
    options: dict[str, int | float | str | bool] = Field(default_factory=dict)

    @field_validator("options", mode="before")
    @classmethod
    def _storable(cls, options: Any) -> Any:
        for name, value in options.items() if isinstance(options, dict) else ():
            whole = isinstance(value, int) and abs(value) > LARGEST
            if whole or (isinstance(value, float) and not math.isfinite(value)):
                raise ValueError(f"{one_line(str(name))} is {quoted(value)}: give a finite number of at most 18 digits")
        return options


class Options(Part):
    """How to run.

    `shard` is in variants, `batch_tokens` in tokens per forward pass; `workers` counts processes; None means one
    for each GPU, or one on the CPU.
    """

    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_tokens: _Number | None = None
    shard: _Number = 2000
    workers: _Number | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=LARGEST)] = 0
    draws: Annotated[int, Field(strict=True, ge=100, le=LARGEST)] = 2000
    allow_remote_code: _Switch = False
    allow_pickle: _Switch = False


class Spec(Request):
    """One run: these tasks, with these models and baselines."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    tasks: _Names | Literal["all"]
    baselines: tuple[str, ...] | Literal["all"] = ALL
    published: _Switch = True
    models: tuple[ModelSpec, ...] = ()
    options: Options = Options()

    @field_validator("models")
    @classmethod
    def _distinct(cls, models: tuple[ModelSpec, ...]) -> tuple[ModelSpec, ...]:
        # Predictions are kept by run and model: a second scorer of a model needs a run of its own.
        twice = next((name for name, count in Counter(model.id for model in models).items() if count > 1), None)
        if twice is not None:
            raise ValueError(
                f"'{one_line(twice)}' stands there twice: each model once, each scorer of it in a run of its own"
            )
        return models


def read_spec(path: Path) -> Spec:
    """Read and validate a TOML file.

    Raises:
        SpecError: the file cannot be read, is no TOML, or asks for something that does not exist.
    """
    return make_spec(content_of(path), where=path.name, base=path.parent)


def content_of(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        SpecError: the file cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SpecError(f"{path}: there is no such file.") from error
    except OSError as error:
        raise SpecError(f"{path}: it cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: not a TOML file: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path}: a number in it is too long, or a list in it is nested too deeply.") from error


def make_spec(content: dict[str, Any], *, where: str, base: Path | None = None) -> Spec:
    """A spec from plain values; relative folders of weights are taken from `base`.

    Raises:
        SpecError: names the place, the value and what would be accepted.
    """
    spec = validated(Spec, content, where)
    if base is None:
        return spec
    return spec.model_copy(update={"models": tuple(_anchored(model, base) for model in spec.models)})


def validated(kind: type[_S], content: dict[str, Any], where: str) -> _S:
    """Plain values as a spec of this kind.

    Raises:
        SpecError: names the place, the value and what would be accepted.
    """
    try:
        return kind.model_validate(content, context={"where": where})
    except ValidationError as error:
        raise SpecError(f"{where}: {_sentence(kind, error.errors()[0])}.") from error


def _anchored(model: ModelSpec, base: Path) -> ModelSpec:
    weights = model.weights
    if weights is None or weights.is_absolute():
        return model
    return model.model_copy(update={"weights": (base / weights).resolve()})


def _sentence(kind_of_spec: type[BaseModel], fault: Any) -> str:
    """What is wrong where, the value, and what would be right."""
    kind, parts = fault["type"], [part for part in fault["loc"] if not _is_branch(part)]
    problem = _WORDS.get(kind) or fault["msg"].removeprefix("Value error, ")
    if not parts:  # of the spec as a whole
        return problem
    if kind == "string_pattern_mismatch":
        problem = _PATTERNS[parts[-1]]
    if parts[0] == "models" and parts[2:3] == ["options"] and len(parts) > 3:
        parts, problem = parts[:4], "give a number, a text, true or false"
    place = one_line(".".join(map(str, parts)))
    if kind == "extra_forbidden":
        return f"{place}: {problem}; known here: {', '.join(_fields_at(kind_of_spec, parts))}"
    if place in {"tasks", "baselines"}:
        problem += f' of names, or "{ALL}"' if kind == "tuple_type" else f', or "{ALL}"'
    shown = "" if kind in {"missing", "value_error"} else f" (found {quoted(fault['input'])})"
    return f"{place}: {problem}{shown}"


def _is_branch(part: str | int) -> bool:
    """Pydantic names the tried branch of a union in the place; a reader has no use for it."""
    return isinstance(part, str) and part.startswith(("tuple[", "literal[", "constrained-"))


def _fields_at(kind_of_spec: type[BaseModel], parts: list[Any]) -> list[str]:
    if len(parts) == 1:
        return list(kind_of_spec.model_fields)
    inner = kind_of_spec.model_fields[parts[0]].annotation
    # A table's own class, or that of a list's entries.
    table = next((kind for kind in get_args(inner) if isinstance(kind, type)), inner)
    return list(table.model_fields) if isinstance(table, type) and issubclass(table, BaseModel) else []
