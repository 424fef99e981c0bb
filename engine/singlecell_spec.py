"""What a single-cell run is asked to do: tasks, baselines, models, files of gene vectors and of edges; validated."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from engine.errors import one_line
from engine.spec import ALL, LARGEST, Folder, Part, Request, content_of, validated

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

KIND: Final = "single-cell"
"""What `kind` says in a spec of these tasks."""

_Number = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
_Switch = Annotated[bool, Field(strict=True)]
_Names = Annotated[tuple[str, ...], Field(min_length=1)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
Place = Literal["genes", "perturbations"]
"""Where vectors of genes stand in the linear predictor: for the genes that are predicted, or for those perturbed."""


class CellModel(Part):
    """A model that reads cells: an id of the registry or a folder of weights, `random-init:` before it or not.

    It embeds cells by the states of `layer` (-1 the last), its gene embedding stands in the linear predictor at
    `place`, its attention gives edges.
    """

    id: str
    weights: Folder | None = None
    place: Place = "genes"
    layer: Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)] = -2
    pooling: Literal["mean", "cls"] = "mean"


class GeneVectors(Part):
    """A file with a vector per gene, which stands in the linear predictor at `place`."""

    name: _Name
    file: Folder
    place: Place = "genes"


class EdgeFile(Part):
    """A file with scores of edges: regulator, target, score."""

    name: _Name
    file: Folder


class CellOptions(Part):
    """How to run.

    `batch_tokens` is in tokens per forward pass; `workers` counts processes, None means one for each GPU, or one on the
    CPU.
    """

    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_tokens: _Number | None = None
    workers: _Number | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=LARGEST)] = 0
    draws: Annotated[int, Field(strict=True, ge=100, le=LARGEST)] = 2000
    allow_pickle: _Switch = False


class SingleCellSpec(Request):
    """One run over single-cell tasks, with these baselines, models and files."""

    name: _Name
    kind: Literal["single-cell"]
    tasks: _Names | Literal["all"]
    baselines: tuple[str, ...] | Literal["all"] = ALL
    models: tuple[CellModel, ...] = ()
    gene_vectors: tuple[GeneVectors, ...] = ()
    edges: tuple[EdgeFile, ...] = ()
    options: CellOptions = CellOptions()

    @field_validator("tasks", "baselines")
    @classmethod
    def _each_once(cls, given: Any) -> Any:
        if isinstance(given, tuple):
            _refuse_twice(given)
        return given

    @model_validator(mode="after")
    def _systems_apart(self) -> Self:
        # Answers are kept by task and system: two systems of one name would share them.
        named = [model.id for model in self.models]
        _refuse_twice([*named, *(one.name for one in self.gene_vectors), *(one.name for one in self.edges)])
        return self


def _refuse_twice(names: Any) -> None:
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"'{one_line(str(twice))}' stands there twice: each once")


def read_singlecell_spec(path: Path) -> SingleCellSpec:
    """Read and validate a TOML file.

    Raises:
        SpecError: the file cannot be read, is no TOML, or asks for something that does not exist.
    """
    return make_singlecell_spec(content_of(path), where=path.name, base=path.parent)


def make_singlecell_spec(content: dict[str, Any], *, where: str, base: Path | None = None) -> SingleCellSpec:
    """A spec from plain values; relative folders of weights and files are taken from `base`.

    Raises:
        SpecError: names the place, the value and what would be accepted.
    """
    spec = validated(SingleCellSpec, content, where)
    if base is None:
        return spec
    found = {
        "models": tuple(_anchored(one, base, "weights") for one in spec.models),
        "gene_vectors": tuple(_anchored(one, base, "file") for one in spec.gene_vectors),
        "edges": tuple(_anchored(one, base, "file") for one in spec.edges),
    }
    return spec.model_copy(update=found)


def _anchored(part: Any, base: Path, name: str) -> Any:
    path = getattr(part, name)
    return part if path is None else part.model_copy(update={name: (base / path).resolve()})
