"""What earlier runs have measured: tokens per second and peak memory of a model on a device."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import TableError
from engine.store.parquet import read_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_DESCRIBED = re.compile(r"(?P<kind>cpu|cuda)(:\d+)?( \((?P<maker>.*)\))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run measured of one model on one kind of device.

    Attributes:
        kind: "cpu" or "cuda".
        maker: what torch calls the device; None of a CPU, and of runs that did not keep it.
        tokens_per_second: over all tasks of the run.
        peak_bytes: the most of them; on a CPU that of the whole process. None where nothing measured it.
    """

    model_id: str
    kind: str
    maker: str | None
    dtype: str
    tokens_per_second: float
    peak_bytes: int | None


def measured_in(folders: Sequence[Path]) -> list[Measured]:
    """What results folders hold, in their order: the run written last first.

    A folder that is damaged is passed over: an estimate is no reason to stop, and publishing tells of it.
    """
    found = []
    for folder in folders:
        with suppress(TableError):
            rows = read_frame(folder / "throughput.parquet")
            for _, part in rows.groupby(["model_id", "device", "dtype"], sort=False):
                if (one := _measured(part)) is not None:
                    found.append(one)
    return found


def _measured(rows: pd.DataFrame) -> Measured | None:
    first, seconds = rows.iloc[0], rows["seconds"].sum()
    kinds = {_kind(one) for one in str(first["device"]).split(", ")}
    # Several kinds of devices in one row tell of none of them.
    if len(kinds) > 1 or None in kinds or not seconds > 0:
        return None
    kind, maker = kinds.pop() or ("", None)
    peak = rows["peak_bytes"].max()
    return Measured(
        model_id=first["model_id"],
        kind=kind,
        maker=maker,
        dtype=first["dtype"],
        tokens_per_second=float(rows["tokens"].sum() / seconds),
        peak_bytes=int(peak) if peak == peak else None,  # noqa: PLR0124 - NaN where no row has one
    )


def _kind(device: str) -> tuple[str, str | None] | None:
    """Kind and maker's name: ('cuda', 'NVIDIA H200') of 'cuda:0 (NVIDIA H200)'."""
    found = _DESCRIBED.fullmatch(device)
    return (found["kind"], found["maker"]) if found else None
