"""From a spec's file to the estimates of its models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import SpecError
from engine.probe_spec import read_probe_spec
from engine.run import execute as scoring
from engine.run.bookkeeping import local_results
from engine.run.planning.estimate import estimates
from engine.run.planning.loads import loads_of_probing, loads_of_scoring
from engine.run.planning.recorded import measured_in
from engine.run.probing import execute as probing
from engine.spec import content_of, read_spec
from engine.store.location import precomputed_dir
from engine.store.results import runs_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.run.plan import Refused
    from engine.run.planning.estimate import Estimate, Machine


def figures(path: Path, machine: Machine) -> tuple[list[Estimate], Sequence[Refused]]:
    """What the models of a spec need, and what cannot be run.

    Args:
        path: Of a spec that scores or one that probes.
        machine: What it is for.

    Raises:
        SpecError: the spec asks for something that does not exist.
        NotHereError: a task's data are not on this machine; a command brings them.
        TableError: an input is damaged.
    """
    measured = measured_in([*runs_in(local_results()), *runs_in(precomputed_dir() / "results")])
    asked: scoring.Asked | probing.Asked
    content = content_of(path)
    if "kind" in content:
        raise SpecError(
            f"{path.name}: what models of single cells need is not estimated; `vledger run {path.name} --plan` lists "
            "what would be done"
        )
    if "protocol" in content:
        asked = probing.prepare(read_probe_spec(path))
        loads = loads_of_probing(asked)
    else:
        asked = scoring.prepare(read_spec(path), devices=[machine.kind])
        loads = loads_of_scoring(asked.jobs)
    options = asked.spec.options
    found = estimates(loads, machine, measured, dtype=options.dtype, batch_tokens=options.batch_tokens)
    return found, asked.refused
