"""What a probing run is asked to do: tasks, one protocol, regimes, systems; validated, with a hash of its own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from engine.errors import one_line
from engine.names import Protocol, Regime
from engine.protocols import Pooling, Recipe, Strands
from engine.spec import ALL, LARGEST, Folder, Part, Request, content_of, validated

if TYPE_CHECKING:
    from pathlib import Path

_Number = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
_LARGEST_SEED = 2**32 - 1
"""What scikit-learn takes, whose folds are drawn with it."""
_Switch = Annotated[bool, Field(strict=True)]
_Names = Annotated[tuple[str, ...], Field(min_length=1)]


class EmbeddedModel(Part):
    """A model to embed with: an id of the registry or a local folder, `random-init:` or `shuffled:` before it.

    Several `layers` are candidates among which the probe chooses on train. What is None is the protocol's: the pooling
    that GENEB used for the model under `geneb-exact`, the mean over the sequence's own tokens elsewhere.
    """

    id: str
    weights: Folder | None = None
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    pooling: Pooling | None = None
    layers: Annotated[tuple[Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)], ...], Field(min_length=1)] = (
        -1,
    )
    strands: Strands = "forward"
    letters: _Number | None = None
    trained_on: tuple[str, ...] = ()

    def recipes(self, default: Pooling) -> tuple[Recipe, ...]:
        """One recipe for each layer."""
        pooling = self.pooling or default
        return tuple(
            Recipe(pooling=pooling, layer=layer, strands=self.strands, letters=self.letters) for layer in self.layers
        )


class ProbeOptions(Part):
    """How to run.

    `unit` is in sequences, `batch_tokens` in tokens per forward pass; `workers` counts processes that embed; None
    means one for each GPU, or one on the CPU.
    """

    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_tokens: _Number | None = None
    unit: _Number = 2000
    workers: _Number | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=_LARGEST_SEED)] = 0
    few_shot_draws: Annotated[int, Field(strict=True, ge=20, le=1000)] = 100
    allow_remote_code: _Switch = False
    allow_pickle: _Switch = False


class ProbeSpec(Request):
    """One probing run: these tasks under one protocol, with these baselines and models.

    A task is an id of GENEB's or a file of labelled sequences. One protocol: predictions are kept by run and system.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    tasks: _Names | Literal["all"]
    protocol: Literal["geneb-exact", "fair-v1", "knn-v1", "mlp-v1"]
    regimes: Annotated[tuple[Literal["full", "10shot", "1shot"], ...], Field(min_length=1)] = (
        "full",
        "10shot",
        "1shot",
    )
    baselines: tuple[str, ...] | Literal["all"] = ALL
    models: tuple[EmbeddedModel, ...] = ()
    options: ProbeOptions = ProbeOptions()

    @field_validator("tasks", "regimes", "models")
    @classmethod
    def _distinct(cls, given: Any) -> Any:
        names = [getattr(one, "id", one) for one in given] if isinstance(given, tuple) else []
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"'{one_line(str(twice))}' stands there twice: each once")
        return given

    @property
    def probe(self) -> Protocol:
        """The probe, one of the protocols of the store."""
        return Protocol(self.protocol)

    @property
    def wanted(self) -> tuple[Regime, ...]:
        """The regimes, in the order asked for."""
        return tuple(Regime(name) for name in self.regimes)


def read_probe_spec(path: Path) -> ProbeSpec:
    """Read and validate a TOML file.

    Raises:
        SpecError: the file cannot be read, is no TOML, or asks for something that does not exist.
    """
    return make_probe_spec(content_of(path), where=path.name, base=path.parent)


def make_probe_spec(content: dict[str, Any], *, where: str, base: Path | None = None) -> ProbeSpec:
    """A spec from plain values; relative folders of weights, and files of tasks, are taken from `base`.

    Raises:
        SpecError: names the place, the value and what would be accepted.
    """
    spec = validated(ProbeSpec, content, where)
    if base is None:
        return spec
    models = tuple(
        model.model_copy(update={"weights": (base / model.weights).resolve() if model.weights else None})
        for model in spec.models
    )
    tasks = spec.tasks if spec.tasks == ALL else tuple(_anchored(task, base) for task in spec.tasks)
    return spec.model_copy(update={"models": models, "tasks": tasks})


def _anchored(task: str, base: Path) -> str:
    """A file beside the spec by its full path; anything else, also what no file can be called, is an id."""
    try:
        return str((base / task).resolve()) if (base / task).exists() else task
    except OSError:
        return task
