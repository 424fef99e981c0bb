"""Commands around the store: building it and asking it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

import engine
from engine.cli.printing import FORMAT, Format, print_rows
from engine.errors import QueryError
from engine.names import Suite
from engine.store.location import cache_dir, current_store, precomputed_dir, read_pointer, store_dir
from engine.store.reader import open_read_only

_PRECOMPUTED = typer.Option(help="Folder of shipped facts and results; default: the repository's.")


def publish(
    precomputed: Annotated[Path | None, _PRECOMPUTED] = None,
    results: Annotated[
        str | None,
        typer.Option(help="Folder or URL of further results, as `vledger run --results` was given; they stay there."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again even if the same content is there.")] = False,
) -> None:
    """Build the store from what is shipped and from this machine's runs, verify it, and put it in service."""
    from engine.places import folder_of
    from engine.run import publishing

    path, built = publishing.publish(precomputed, results=folder_of(results) if results else None, force=force)
    typer.echo(f"{'built' if built else 'already up to date:'} {path}")


def manifest(precomputed: Annotated[Path | None, _PRECOMPUTED] = None) -> None:
    """Validate the shipped tables and write their MANIFEST.json (after an edit on purpose)."""
    from engine.run import publishing

    typer.echo(f"wrote {publishing.write_manifest(precomputed)}")


def where() -> None:
    """Print where store, cache, manifest and mirror are, as JSON."""
    pointer = read_pointer()
    store = store_dir() / pointer.file if pointer else None
    typer.echo(
        json.dumps(
            {
                "store": str(store) if store else None,
                "store_exists": bool(store and store.is_file()),
                "content_hash": pointer.content_hash if pointer else None,
                "schema": pointer.schema if pointer else None,
                "published_at": pointer.published_at if pointer else None,
                "cache": str(cache_dir()),
                "precomputed": str(precomputed_dir()),
                "manifest": str(precomputed_dir() / "MANIFEST.json"),
                "mirror": os.environ.get("VLEDGER_MIRROR"),
                "version": engine.__version__,
            },
            indent=2,
        )
    )


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; the store is read-only.")],
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """Ask the store in SQL."""
    _print(query, [], output)


def list_models(
    suite: Annotated[Suite | None, typer.Option(help="Only systems with scores in this suite.")] = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """List systems: models, baselines and controls."""
    query = """
        SELECT m.role, m.model_id, m.name, m.family, m.parameters, m.licence, m.access_kind, count(s.value) AS scores
        FROM model m LEFT JOIN (SELECT s.model_id, s.value, t.suite FROM score s JOIN task t USING (task_id)) s
        ON m.model_id = s.model_id AND ($suite IS NULL OR s.suite = $suite)
        GROUP BY ALL HAVING $suite IS NULL OR count(s.value) > 0 ORDER BY ALL
    """
    _print(query, {"suite": suite.value if suite else None}, output)


def list_tasks(
    suite: Annotated[Suite | None, typer.Option(help="Only tasks of this suite.")] = None,
    output: Annotated[Format, FORMAT] = Format.TABLE,
) -> None:
    """List tasks with category, size and redundancy group."""
    query = """
        SELECT task_id, label, suite, category, redundancy_group, n_test, primary_metric FROM task
        WHERE $suite IS NULL OR suite = $suite ORDER BY suite, position
    """
    _print(query, {"suite": suite.value if suite else None}, output)


def _print(query: str, parameters: Any, output: Format) -> None:
    path, _ = current_store()
    with open_read_only(path) as con:
        try:
            # An empty text is no statement, and DuckDB then answers with nothing at all.
            cursor: duckdb.DuckDBPyConnection | None = con.execute(query, parameters)
            names = _unique([column[0] for column in cursor.description or []]) if cursor else []
            rows = cursor.fetchall() if cursor else []
        except duckdb.Error as error:
            raise QueryError(f"the store cannot answer this: {str(error).splitlines()[0]}") from error
    if cursor is None:
        raise QueryError("there is no statement to run; give one SELECT")
    print_rows(names, rows, output)


def _unique(names: list[str]) -> list[str]:
    """Column names, a repeated one numbered, so that no column is lost as a JSON key."""
    counted: dict[str, int] = {}
    found = []
    for name in names:
        counted[name] = counted.get(name, 0) + 1
        found.append(name if counted[name] == 1 else f"{name}_{counted[name]}")
    return found
