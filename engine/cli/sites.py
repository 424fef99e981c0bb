"""Where `vledger run` carries out a spec: here or on a Ray cluster, with its journal here or on a shared path."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from engine.errors import SpecError
from engine.places import Folder, folder_of, is_shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.probe_spec import ProbeOptions
    from engine.run.site import Site
    from engine.singlecell_spec import CellOptions
    from engine.spec import Options


class Executor(StrEnum):
    """Who carries out the units of a run."""

    LOCAL = "local"
    RAY = "ray"


EXECUTOR = typer.Option(help="local: processes of this machine; ray: a Ray cluster.")
ADDRESS = typer.Option(
    help="Ray cluster: host:port, auto, or local for one of this run's own; default: RAY_ADDRESS, auto, else local."
)
JOURNAL = typer.Option(
    help="Folder or URL in which the journal is made, shared by every machine of the run; default: this machine's."
)


@dataclass(frozen=True, slots=True)
class Where:
    """What was asked for; the default is this machine."""

    executor: Executor = Executor.LOCAL
    address: str | None = None
    journal: str | None = None

    @contextmanager
    def opened(self, options: Options | ProbeOptions | CellOptions) -> Iterator[tuple[list[str], Site]]:
        """One device per worker, and who carries out units, for as long as the context lasts.

        Raises:
            SpecError: what is asked for does not fit together.
            NotHereError: Ray, a cluster, its GPUs or the journal's kind of URL are not there.
        """
        from engine.run.bookkeeping import worker_devices

        if self.executor is Executor.LOCAL:
            devices, site = worker_devices(options.device, options.workers), self.here()
            self._check_seen(devices)
            yield devices, site
        else:
            with self._on_ray(options) as found:
                yield found

    def here(self) -> Site:
        """This machine, with the journal where it was asked for.

        Raises:
            SpecError: a cluster is named that would not be used.
        """
        from engine.run.site import Site

        if self.address and self.executor is Executor.LOCAL:
            raise SpecError(f"--address {self.address} is that of a Ray cluster: add --executor ray")
        return Site(journals=self._journals())

    @contextmanager
    def _on_ray(self, options: Options | ProbeOptions | CellOptions) -> Iterator[tuple[list[str], Site]]:
        from engine.executors.on_ray import connected
        from engine.run.provenance import software
        from engine.run.site import Site

        with connected(self.address, software) as cluster:
            devices = cluster.devices(options.device, options.workers)
            self._check_seen([*devices, "another process"])
            yield devices, Site(cluster.run_units, self._journals())

    def _journals(self) -> Folder | None:
        return folder_of(self.journal) if self.journal else None

    def _check_seen(self, workers: Sequence[str]) -> None:
        journals = self._journals()
        if journals and len(workers) > 1 and not is_shared(journals):
            raise SpecError(f"--journal {journals} is seen by one process alone: give one that all workers see")


HERE = Where()
