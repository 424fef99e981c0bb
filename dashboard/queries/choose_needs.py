"""What somebody needs of a model, and whether it has it: yes, no, not stated, or the question does not apply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dashboard.text import size

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES = 2
"""Of one parameter at bf16."""
MEMORY: dict[str, float] = {"laptop": 16e9, "one-gpu": 80e9}
"""Bytes of memory of what is at hand; half of it may be weights, the rest is for what they are run on."""
SHARE = 0.5


class Fit(StrEnum):
    """How a need is met. What a table does not state is an answer of its own."""

    YES = "yes"
    UNKNOWN = "not stated"
    NO = "no"
    OTHER = "does not apply"


@dataclass(frozen=True, slots=True)
class Needs:
    """The questions' answers; the defaults ask for nothing. `window` is in base pairs."""

    window: int = 0
    resolution: str = "any"
    compute: str = "any"
    weights: bool = False
    commercial: bool = False

    @property
    def asked(self) -> list[str]:
        """Names of the needs that were stated, in their own order."""
        stated = {
            "window": self.window > 0,
            "resolution": self.resolution != "any",
            "compute": self.compute != "any",
            "weights": self.weights,
            "commercial": self.commercial,
        }
        return [name for name, told in stated.items() if told]


@dataclass(frozen=True, slots=True)
class Variant:
    """One model of a system as the store has it; a system without any has one, of what its own row states.

    What is `stated` is of the system in the literature; windows as (value, unit), the smallest first.
    """

    system: str
    name: str
    model_id: str | None
    role: str | None
    modality: str | None
    parameters: float | None
    context_bp: int | None
    context_value: int | None
    context_unit: str | None
    bp_per_token: float | None
    licence: str | None
    licence_group: str | None
    access_kind: str | None
    access: str | None
    stated_access: str | None
    stated_terms: str | None
    stated_architecture: str | None
    runs: bool | None
    support: str | None
    stated_windows: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How one need is met, and why in a few words."""

    need: str
    fit: Fit
    why: str


def judged(variant: Variant, needs: Needs) -> list[Answer]:
    """An answer to each need that was stated."""
    return [Answer(name, *_RULES[name](variant, needs)) for name in needs.asked]


def overall(answers: list[Answer]) -> Fit:
    """One no is a no; without one, what is not stated leaves it open."""
    fits = {answer.fit for answer in answers}
    return Fit.NO if Fit.NO in fits else Fit.UNKNOWN if Fit.UNKNOWN in fits else Fit.YES


def gigabytes(parameters: float) -> str:
    """Memory of the weights at bf16 as people say it: 7e9 -> '14 GB', 54.6e6 -> '0.11 GB'."""
    found = BYTES * parameters / 1e9
    return f"{found:,.0f} GB" if found >= 10 else f"{found:.2g} GB"


def _window(variant: Variant, needs: Needs) -> tuple[Fit, str]:
    if variant.modality not in {"DNA", None}:
        return Fit.OTHER, _NO_WINDOW.get(variant.modality, f"it reads {variant.modality}, not DNA")
    if variant.context_bp is not None:
        return _yes(variant.context_bp >= needs.window), f"sees {variant.context_bp:,} bp"
    if variant.access_kind == "algorithm":
        return Fit.OTHER, "a rule without a window"
    for value, unit in variant.stated_windows:
        if unit == "bp":
            return _yes(value >= needs.window), f"sees {value:,} bp, as the literature states it"
    if variant.context_value is not None:
        return Fit.UNKNOWN, f"window stated as {variant.context_value:,} {variant.context_unit}, not in bp"
    return Fit.UNKNOWN, "window not stated"


_NO_WINDOW = {
    "structure": "it predicts structures: no window of DNA",
    "single-cell": "it reads counts of genes, not DNA",
}
_LEVEL = {"protein": "residue", "structure": "residue", "single-cell": "cell"}


def _resolution(variant: Variant, needs: Needs) -> tuple[Fit, str]:
    wanted, level = needs.resolution, _LEVEL.get(variant.modality or "")
    if level is not None:
        return _yes(level == wanted), f"works by {level}{' or atom' if variant.modality == 'structure' else ''}"
    if variant.modality != "DNA":
        return Fit.UNKNOWN, "resolution not stated"
    if wanted in {"residue", "cell"}:
        return Fit.NO, "it reads DNA"
    finest, told = _bases(variant)
    return Fit.UNKNOWN if finest is None else _yes(finest or wanted == "bin"), told


def _bases(variant: Variant) -> tuple[bool | None, str]:
    """Whether a DNA model works by single bases; None where that is not stated. Stated bins count before tokens."""
    bins = _BINS.search(variant.stated_architecture or "")
    if bins:
        return False, bins.group()
    if variant.bp_per_token is None:
        return None, "bases a token not stated"
    if variant.bp_per_token == 1:
        return True, "works by single base"
    return False, f"tokens of about {variant.bp_per_token:g} bp"


_BINS = re.compile(r"output bins of \d+ bp(?: or \d+ bp)?")


def _compute(variant: Variant, needs: Needs) -> tuple[Fit, str]:
    if variant.access_kind in _NOTHING_RUNS:
        return Fit.YES, _NOTHING_RUNS[variant.access_kind]
    if variant.parameters is None:
        return Fit.UNKNOWN, "parameters not stated"
    told = f"{size(variant.parameters)} parameters, weights {gigabytes(variant.parameters)} at bf16"
    limit = MEMORY.get(needs.compute)
    return _yes(limit is None or BYTES * variant.parameters <= SHARE * limit), told


_NOTHING_RUNS = {"algorithm": "an algorithm without weights", "lookup": "published scores are looked up, nothing runs"}
_OPEN_WEIGHTS: dict[str, tuple[Fit, str]] = {
    "open": (Fit.YES, "open weights"),
    "algorithm": (Fit.YES, "an algorithm without weights"),
    "lookup": (Fit.NO, "published scores only"),
    "gated": (Fit.NO, "gated weights"),
    "open weights": (Fit.YES, "open weights"),
    "API-only": (Fit.NO, "by API only, as the literature states it"),
    "server-gated": (Fit.NO, "by its server only, as the literature states it"),
}


def _weights(variant: Variant, _needs: Needs) -> tuple[Fit, str]:
    known = variant.access_kind or variant.stated_access or ""
    return _OPEN_WEIGHTS.get(known, (Fit.UNKNOWN, "access not stated"))


def _commercial(variant: Variant, _needs: Needs) -> tuple[Fit, str]:
    if variant.licence_group == "permissive":
        return Fit.YES, f"licence {variant.licence}"
    if variant.licence_group == "non-commercial":
        return Fit.NO, f"licence {variant.licence}"
    if (variant.stated_terms or "").lower().startswith("non-commercial"):
        return Fit.NO, "non-commercial terms"
    return Fit.UNKNOWN, "licence not established"


def _yes(met: bool) -> Fit:  # noqa: FBT001 - the question is the argument
    return Fit.YES if met else Fit.NO


_RULES: dict[str, Callable[[Variant, Needs], tuple[Fit, str]]] = {
    "window": _window,
    "resolution": _resolution,
    "compute": _compute,
    "weights": _weights,
    "commercial": _commercial,
}
