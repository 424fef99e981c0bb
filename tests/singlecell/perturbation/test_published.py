"""The findings that stand beside the tasks are among the shipped claims, of the study that they name."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from engine.singlecell.perturbation.published import CLAIMS, SOURCE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("task", sorted(CLAIMS))
def test_each_finding_is_a_shipped_claim_of_its_source(published: Path, task: str) -> None:
    with (published / "claims.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    claims = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert CLAIMS[task]
    for claim in CLAIMS[task]:
        assert SOURCE in claims[claim].values()
        assert "single-cell perturbation" in claims[claim].values()
