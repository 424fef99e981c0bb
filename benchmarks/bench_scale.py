"""What an interaction costs, on today's store and on one of 1,000 models, 1,000 tasks and 50,000,000 predictions."""

from __future__ import annotations

import os
import time
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
import synthetic
from bench_store import ROOT, own_cache, publish
from rows import at_most, noted
from streamlit.testing.v1 import AppTest

from dashboard.components.links import PATHS
from dashboard.queries.catalog import Catalog, read_catalog
from engine.store.location import current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    Step = tuple[str, dict[str, Any]]

KEPT_STORE = "VLEDGER_SYNTHETIC"
"""Names a cache folder where the large store is kept from one measurement to the next."""


def catalog() -> Catalog:
    """What the store in service has."""
    with open_read_only(current_store()[0]) as con:

        def ask(sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
            with con.cursor() as cursor:
                return cursor.execute(sql, dict(parameters or {})).df()

        return read_catalog(ask)


def steps(found: Catalog) -> Iterator[Step]:
    """A walk over all pages: what a reader changes one after the other, each step another address."""
    suites = [suite for suite in ("geneb", "brca1_sge", "clinvar_items") if suite in found.suites]
    for suite in suites:
        for column in islice(cycle(column.key for column in found.columns_of(suite, "variant_class")), 4):
            yield "leaderboard", {"suite": suite, "sort": column}
            yield "leaderboard", {"suite": suite, "sort": column, "against": "yes"}
            yield "size", {"suite": suite, "column": column}
    for regime in ("full", "10shot", "1shot"):
        for aggregate in ("macro", "borda", "median"):
            yield "ranks", {"regime": regime, "aggregate": aggregate}
    names = found.compared_on("geneb")
    for first, second in zip(names[:6], names[6:12], strict=True):
        yield "compare", {"first": first, "second": second, "level": "category"}
        yield "compare", {"first": first, "second": second, "level": "task"}
    for task in found.tasks_of("geneb")[:8]:
        yield "task", {"task": task}
    yield from _items(found)


def _items(found: Catalog) -> Iterator[Step]:
    tasks = [task for suite in found.suites for task in found.tasks_of(suite) if found.scored_on(task)]
    for task in sorted(tasks, key=lambda task: -found.tasks.at[task, "n_test"])[:4]:
        for figure in ("forest", "curves", "scores", "calibration"):
            yield "task", {"task": task, "figure": figure}
        yield "variants", {"task": task}
        for order in ("place", "label", "system", "rival", "gap"):
            for down in ({}, {"down": "yes"}):
                yield "variants", {"task": task, "by": order, **down}
        for sheet in (2, 20, 57):
            yield "variants", {"task": task, "sheet": sheet}
            yield "variants", {"task": task, "by": "gap", "down": "yes", "sheet": sheet}
        for gap in (20, 50, 80):
            yield "variants", {"task": task, "gap": gap}
        for label in ("0", "1"):
            yield "variants", {"task": task, "label": label}
            yield "variants", {"task": task, "label": label, "by": "system"}
        for part in found.parts_of(task)[:3]:
            yield "variants", {"task": task, "part": part}
        yield "variants", {"task": task, "find": "7"}
        yield "variants", {"task": task, "start": 1000, "end": 50000}
        for rival in found.scored_on(task)[1:4]:
            yield "variants", {"task": task, "rival": rival}


def walk(found: Catalog) -> dict[str, list[float]]:
    """Seconds of script time of every step, by page; nothing but the catalog is warm."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "streamlit_app.py"), default_timeout=120).run()
    seconds: dict[str, list[float]] = {}
    for page in dict.fromkeys(page for page, _ in steps(found)):
        at.query_params.clear()
        at.switch_page(PATHS[page]).run()  # a page's code is loaded once
    for page, query in steps(found):
        at.query_params.clear()
        at.query_params.update(query)
        start = time.perf_counter()
        at.switch_page(PATHS[page]).run()
        seconds.setdefault(page, []).append(time.perf_counter() - start)
        if at.exception:
            raise RuntimeError(f"{page} {query}: {at.exception[0].message}")
    st.cache_data.clear()
    st.cache_resource.clear()
    return seconds


def lines(seconds: dict[str, list[float]], store: str, aim: float) -> list[dict[str, Any]]:
    """The 95th percentile over all steps against the aim, and each page's own."""
    every = [value for values in seconds.values() for value in values]
    name = f"{store}: any interaction, 95th percentile of {len(every)}"
    found = [at_most(name, float(np.percentile(every, 95)) * 1000, "ms", aim)]
    for page, values in seconds.items():
        middle, late = np.percentile(values, [50, 95]) * 1000
        found.append(
            noted(f"{store}: {page}, 95th percentile", late, "ms", f"median of {len(values)}: {middle:.0f} ms")
        )
    return found


def measure() -> list[dict[str, Any]]:
    """All rows; the large store is built where no kept one is named."""
    with own_cache():
        publish()
        found = lines(walk(catalog()), "today's store", 300)
    with own_cache():
        if os.environ.get(KEPT_STORE):
            os.environ["VLEDGER_CACHE"] = os.environ[KEPT_STORE]
        path = synthetic.put_in_service()
        found += lines(walk(catalog()), f"{synthetic.PREDICTIONS / 1e6:.0f} million predictions", 500)
        size = path.stat().st_size / 1e9
        found.append(noted("the large store", size, "GB", "1,000 models, 1,000 tasks, 3 regimes"))
    return found
