"""Shipped tables as the importers read them, and as frames for the statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from engine.published import geneb

if TYPE_CHECKING:
    from pathlib import Path

    from engine.records import Bundle


@pytest.fixture(scope="session")
def geneb_bundle(published: Path) -> Bundle:
    return geneb.read(published)


@pytest.fixture(scope="session")
def geneb_categories(published: Path) -> dict[str, str]:
    tasks = pd.read_csv(published / "geneb_tasks.csv")
    return dict(zip(tasks["task_id"], tasks["category"], strict=True))


@pytest.fixture(scope="session")
def geneb_mcc(published: Path) -> pd.DataFrame:
    """MCC in the full regime, shape (41 models, 100 tasks)."""
    rows = pd.read_csv(published / "geneb_task_mcc.csv")
    return rows[rows["regime"] == "full"].pivot_table(index="model_id", columns="task_id", values="mcc")


@pytest.fixture(scope="session")
def geneb_official(published: Path) -> list[str]:
    """The models whose results GENEB's authors ran themselves."""
    models = pd.read_csv(published / "geneb_models.csv")
    return list(models.loc[models["provenance"] == "official", "model_id"])
