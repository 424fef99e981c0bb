"""Rules for the cells of single columns, as a pandera schema: which values there may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.local_split.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.local_split.exchange import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the cells of a column may be.

    Attributes:
        column: its name in the table.
        values: shape (n,), the cells as they were read.
        cells: shape (n,), the cells as they were written.
        allowed: name and arguments of one of pandera's own checks: `ge` and {"min_value": 1}, say.
        kind, problem, remedy, severity: of a row whose value is not allowed.
        empty: whether a value may be missing.
    """

    column: str
    values: NDArray[Any]
    cells: NDArray[np.object_]
    allowed: tuple[str, Mapping[str, object]]
    kind: str
    problem: str
    remedy: str
    severity: Severity = "left out"
    empty: bool = False


def broken(rules: Sequence[Rule]) -> list[Fault]:
    """Rows that a rule does not allow, one fault per rule that is broken, in the order of the rules."""
    if not rules:
        return []
    failed = _failed(rules)
    return [
        Fault(
            kind=rule.kind,
            at=failed[number],
            problem=rule.problem,
            remedy=rule.remedy,
            severity=rule.severity,
            column=rule.column,
            values=rule.cells[failed[number]],
        )
        for number, rule in enumerate(rules)
        if number in failed
    ]


def _failed(rules: Sequence[Rule]) -> dict[int, NDArray[np.int64]]:
    # It takes a third of a second to load, which only a split of one's own has to wait for.
    import pandera.pandas as pa  # noqa: PLC0415
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    # The columns' own names are anything that people write: in the schema each rule has a number.
    frame = pd.DataFrame({number: rule.values for number, rule in enumerate(rules)})
    columns = {
        number: pa.Column(checks=getattr(pa.Check, rule.allowed[0])(**rule.allowed[1]), nullable=rule.empty)
        for number, rule in enumerate(rules)
    }
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return {}
    rows = cases.groupby("column")["index"]
    return {int(number): np.unique(at.to_numpy(dtype=np.int64)) for number, at in rows}
