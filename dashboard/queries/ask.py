"""The one thing a query needs from outside: something that runs SQL and returns a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd


class Ask(Protocol):
    """Runs one SELECT with named parameters on a cursor of its own."""

    def __call__(self, sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        """The rows as a frame."""


def asking(con: duckdb.DuckDBPyConnection) -> Ask:
    """Queries on an open connection, each on a cursor of its own."""

    def ask(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        with con.cursor() as cursor:
            return cursor.execute(sql, dict(parameters or {})).df()

    return ask
