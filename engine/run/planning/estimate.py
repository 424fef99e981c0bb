"""From loads to memory, hours and cost on a named device; what is not known is said, and never made up.

From one GPU to another, a measured speed is scaled by the smaller of two ratios of the datasheets (`gpus.csv`): that of
the peak speeds in the run's precision, and that of the memory bandwidths. One of both limits any pass (Williams et al.
2009, "Roofline"), so the smaller one is the cautious guess for a slower GPU and for a faster one. From a CPU to a GPU
there is no such ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.models.options import DEFAULT_BATCH_TOKENS
from engine.registry.gpus import Gpu, gpu_called
from engine.run.planning.memory import Memory, memory_of
from engine.run.probing.systems import without_prefixes
from engine.run.work import parameters_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.run.planning.loads import Load
    from engine.run.planning.recorded import Measured

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a plan is for: so many of one GPU, or CPU workers where there is none, and what one costs per hour."""

    gpu: Gpu | None
    count: int
    price: float | None

    @property
    def name(self) -> str:
        """The GPU's name, or cpu."""
        return self.gpu.name if self.gpu else "cpu"

    @property
    def kind(self) -> str:
        """As runs record it."""
        return "cuda" if self.gpu else "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one model needs, or all together.

    Attributes:
        memory: of one copy; of all together the largest.
        fits: whether one GPU holds it; None where that is not known.
        device_hours: of all devices together.
        hours: until the end, every device busy; never less than one unit takes.
        cost: device hours times the price.
        basis: what the hours rest on, or why there are none.
    """

    model_id: str
    tasks: int
    units: int
    tokens: int
    exact: bool
    dtype: str
    memory: Memory
    fits: bool | None
    device_hours: float | None
    hours: float | None
    cost: float | None
    basis: str


def estimates(
    loads: Sequence[Load], machine: Machine, measured: Sequence[Measured], *, dtype: str, batch_tokens: int | None
) -> list[Estimate]:
    """One line per model, and one of all where there are several.

    Args:
        loads: What each model is fed.
        machine: What it is for.
        measured: By earlier runs, the latest first.
        dtype: As the spec says: "auto" takes the device's own.
        batch_tokens: As the spec says; None takes the device's own.
    """
    if dtype == "auto":
        dtype = machine.gpu.half if machine.gpu else "float32"
    tokens = batch_tokens or DEFAULT_BATCH_TOKENS[machine.kind]
    rows = [_estimate(load, machine, measured, dtype, tokens) for load in loads]
    return [*rows, _all(rows, machine)] if len(rows) > 1 else rows


def _estimate(load: Load, machine: Machine, measured: Sequence[Measured], dtype: str, batch_tokens: int) -> Estimate:
    own = _of_model(load, measured, dtype)
    memory = memory_of(
        [one for one in own if one.kind == machine.kind],
        parameters_of(load.card, load.folder),
        dtype,
        batch_tokens,
        folder=load.folder,
    )
    speed, basis = _speed(load, own, machine, dtype)
    device_hours = load.tokens / speed / _HOUR if speed else None
    return Estimate(
        model_id=load.model_id,
        tasks=load.tasks,
        units=load.units,
        tokens=load.tokens,
        exact=load.exact,
        dtype=dtype,
        memory=memory,
        fits=_fits(memory, machine),
        device_hours=device_hours,
        hours=None if device_hours is None else device_hours / min(machine.count, load.units),
        cost=_cost(device_hours, machine),
        basis=basis,
    )


def _of_model(load: Load, measured: Sequence[Measured], dtype: str) -> list[Measured]:
    """Measurements of the model in the precision; those of the model behind a control serve it too: it is as large."""
    names = (load.model_id, without_prefixes(load.model_id)[1])
    found = [[one for one in measured if one.model_id == name and one.dtype == dtype] for name in names]
    return found[0] or found[1]


def _speed(load: Load, own: Sequence[Measured], machine: Machine, dtype: str) -> tuple[float | None, str]:
    """Tokens per second of one device, and what that rests on."""
    if machine.gpu is None:
        return _speed_on_cpu(load, own)
    named = [(one, gpu) for one in own if one.maker is not None and (gpu := gpu_called(one.maker)) is not None]
    for one, gpu in named:
        if gpu == machine.gpu:
            return one.tokens_per_second, f"measured on {gpu.name}: {one.tokens_per_second:,.0f} tokens/s"
    for one, gpu in named:
        if (ratio := _ratio(gpu, machine.gpu, dtype)) is not None:
            words = f"estimate: {one.tokens_per_second:,.0f} tokens/s measured on {gpu.name}, times {ratio:.3g}"
            return (
                one.tokens_per_second * ratio,
                f"{words} (datasheets: the smaller ratio of {dtype} peak and bandwidth)",
            )
    return None, f"no run has measured it in {dtype} on a GPU of the table yet: run one shard of it on one"


def _speed_on_cpu(load: Load, own: Sequence[Measured]) -> tuple[float | None, str]:
    for one in own:
        if one.kind == "cpu":
            return one.tokens_per_second, f"measured on a CPU: {one.tokens_per_second:,.0f} tokens/s"
    if load.seconds:
        return load.tokens / load.seconds, f"estimate: {load.basis}"
    return None, "no run has measured it on a CPU yet: run one shard of it"


def _ratio(measured: Gpu, wanted: Gpu, dtype: str) -> float | None:
    first, second = measured.tflops(dtype), wanted.tflops(dtype)
    if first is None or second is None:
        return None
    return min(second / first, wanted.bandwidth_gb_s / measured.bandwidth_gb_s)


def _fits(memory: Memory, machine: Machine) -> bool | None:
    if memory.bytes is None or machine.gpu is None:
        return None
    return memory.bytes <= machine.gpu.memory_gb * 1e9


def _cost(device_hours: float | None, machine: Machine) -> float | None:
    return None if device_hours is None or machine.price is None else device_hours * machine.price


def _all(rows: Sequence[Estimate], machine: Machine) -> Estimate:
    """All models one after the other on the same devices; a sum is there only where every part of it is known."""
    known = [row.device_hours for row in rows if row.device_hours is not None]
    bytes_needed = [row.memory.bytes for row in rows if row.memory.bytes is not None]
    units = sum(row.units for row in rows)
    whole = len(known) == len(rows)
    device_hours = sum(known) if whole else None
    largest = Memory(max(bytes_needed, default=None), "the largest") if len(bytes_needed) == len(rows) else None
    fits = [row.fits for row in rows]
    return Estimate(
        model_id="all",
        tasks=max(row.tasks for row in rows),
        units=units,
        tokens=sum(row.tokens for row in rows),
        exact=all(row.exact for row in rows),
        dtype=rows[0].dtype,
        memory=largest or Memory(None, "not known of every model"),
        fits=None if None in fits else all(fits),
        device_hours=device_hours,
        hours=None if device_hours is None else device_hours / min(machine.count, units),
        cost=_cost(device_hours, machine),
        basis="" if whole else f"not known of {len(rows) - len(known)} of {len(rows)} models",
    )
