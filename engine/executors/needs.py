"""What a worker needs on the machine that it is put on, by the size of the model that it holds."""

from __future__ import annotations

from dataclasses import dataclass

_GB = 10**9
_BASE_BYTES = 1 * _GB
"""Python with torch and transformers holds 0.5 GB before it has loaded anything; the rest is for a batch on a CPU."""
_BYTES_PER_PARAMETER = 8
"""Float32 weights, and as much again: while they are loaded the file's copy lies beside the model's."""
_UNKNOWN_PARAMETERS = 10**9
_GPU_SHARES = ((10**8, 0.25), (10**9, 0.5))
"""Most parameters, and the share of a GPU that such a model gets; a larger one gets a whole GPU.

In half precision these are 0.2 and 2 GB of weights. The smallest GPUs of today's clusters have 16 to 24 GB: a quarter
or a half of one leaves a batch more than its model takes, and a batch that does not fit is halved.
"""
MOST_PER_GPU = 4
"""Workers that share a GPU at most."""


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be held for a unit.

    Attributes:
        model: what stays loaded from unit to unit; units that name the same one share workers. Empty: nothing.
        parameters: of the model; None where nobody knows.
    """

    model: str = ""
    parameters: int | None = 0


@dataclass(frozen=True, slots=True)
class Resources:
    """What is asked of a cluster for one worker; memory in bytes of the machine's own, not of its GPU."""

    cpus: float
    gpus: float
    memory: int

    def __add__(self, other: Resources) -> Resources:
        """Both together."""
        return Resources(self.cpus + other.cpus, self.gpus + other.gpus, self.memory + other.memory)

    def __sub__(self, other: Resources) -> Resources:
        """What is left without the other."""
        return Resources(self.cpus - other.cpus, self.gpus - other.gpus, self.memory - other.memory)

    def fits(self, room: Resources) -> bool:
        """Whether there is room for all of it."""
        return self.cpus <= room.cpus and self.gpus <= room.gpus and self.memory <= room.memory

    def __str__(self) -> str:
        """For people: '1 CPU, 0.25 GPU and 1.1 GB of memory'."""
        gpus = f", {self.gpus:g} GPU" if self.gpus else ""
        return f"{self.cpus:g} CPU{gpus} and {self.memory / _GB:.1f} GB of memory"


def resources(need: Need, device: str) -> Resources:
    """What a worker asks for.

    Args:
        need: What it holds.
        device: Where its model runs: "cpu", or "cuda".
    """
    parameters = _UNKNOWN_PARAMETERS if need.parameters is None else need.parameters
    gpus = 0.0
    if need.model and device != "cpu":
        gpus = next((share for most, share in _GPU_SHARES if parameters <= most), 1.0)
    return Resources(cpus=1, gpus=gpus, memory=_BASE_BYTES + _BYTES_PER_PARAMETER * parameters)
