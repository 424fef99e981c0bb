"""`vledger plan`: what a spec will need, on which GPU, for how long and for how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.options import NOT_HERE
from engine.cli.printing import FORMAT, Format, print_rows
from engine.cli.progress import ConsoleReporter, duration

if TYPE_CHECKING:
    from engine.run.planning.estimate import Estimate, Machine

_COLUMNS = (
    "model", "tasks", "units", "tokens", "tokens_exact", "dtype", "device", "devices", "memory_gb", "memory_basis",
    "fits", "device_hours", "hours", "cost_eur", "basis",
)  # fmt: skip


def plan(
    spec: Annotated[Path, typer.Argument(dir_okay=False, help="A TOML file, as `vledger run` takes it.")],
    gpu: Annotated[
        str | None,
        typer.Option(help="H200, H100, A100, L40S, L4, A10, T4, V100 or cpu; default: what this machine has."),
    ] = None,
    gpus: Annotated[int, typer.Option(min=1, help="How many of them, or of CPU workers.")] = 1,
    price: Annotated[float | None, typer.Option(min=0, help="Euros per hour of one of them.")] = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Say what a spec needs: units, tokens, GPU memory, hours and cost of each model; no weights are needed for it."""
    from engine.run.planning.estimate import Machine
    from engine.run.planning.figures import figures

    machine = Machine(gpu=_gpu(gpu), count=gpus, price=price)
    rows, refused = figures(spec, machine)
    if output is Format.TABLE:
        names = ["model", "tasks", "units", "tokens", "memory", "time", "cost, EUR", "what time rests on"]
        print_rows(names, [_short(row, machine) for row in rows], output)
        for row in rows:
            typer.echo(f"memory of {row.model_id}: {row.memory.basis}", err=True)
    else:
        print_rows(_COLUMNS, [_full(row, machine) for row in rows], output)
    ConsoleReporter().refused(refused)
    if refused:
        raise typer.Exit(NOT_HERE)


def _gpu(name: str | None) -> Any:
    """The GPU asked for, or that of this machine; None for the CPU."""
    from engine.errors import SpecError
    from engine.models.devices import devices
    from engine.registry.gpus import find_gpu, gpu_called, gpus

    if name is not None:
        return None if name.lower() == "cpu" else find_gpu(name)
    here = next((one for one in devices() if one.name != "cpu"), None)
    if here is None:
        return None
    found = gpu_called(here.label)
    if found is None:
        raise SpecError(
            f"this machine's {here.label} is not in the table of GPUs: give --gpu cpu, {' or '.join(gpus())}"
        )
    return found


def _short(row: Estimate, machine: Machine) -> list[Any]:
    tokens = f"{row.tokens:,}" if row.exact else f"about {row.tokens:,}"
    memory = "" if row.memory.bytes is None else f"{row.memory.bytes / 1e9:.3g} GB"
    if row.fits is False and machine.gpu is not None:
        memory += f", too much for {machine.name} ({machine.gpu.memory_gb:g} GB)"
    time = "" if row.hours is None else duration(row.hours * 3600)
    cost = "" if row.cost is None else f"{row.cost:,.2f}"
    return [row.model_id, row.tasks, f"{row.units:,}", tokens, memory, time, cost, row.basis]


def _full(row: Estimate, machine: Machine) -> list[Any]:
    memory = None if row.memory.bytes is None else row.memory.bytes / 1e9
    return [
        row.model_id, row.tasks, row.units, row.tokens, row.exact, row.dtype, machine.name, machine.count,
        memory, row.memory.basis, row.fits, row.device_hours, row.hours, row.cost, row.basis,
    ]  # fmt: skip
