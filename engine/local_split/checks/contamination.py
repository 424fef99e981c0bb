"""How much of a split is among the public items that published scores are of.

A DNA variant is found by assembly, chromosome, position and alleles; a protein variant by its gene or protein and the
change. A protein under another name is found by its changes: one in twenty reference residues fits by chance, so half
of ten or more do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.datasets.geneb_tasks import read_geneb
from engine.errors import NotHereError, StoreError, TableError
from engine.genome import reverse_complement
from engine.local_split.exchange import Check, Shape
from engine.registry.geneb import GENEB, members
from engine.store.location import cache_dir, current_store
from engine.store.reader import open_read_only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Cells = NDArray[np.object_]
    Mask = NDArray[np.bool_]

_TITLE = "Overlap with public data"
_REMEDY = "Models that were trained or chosen on these data may know the rows: say so beside their scores."
_FEWEST = 10
_SHARE = 0.5
_QUERY = """
    SELECT task_id, chrom, pos, ref, alt, assembly, gene, protein_variant FROM item
    WHERE chrom IS NOT NULL OR protein_variant IS NOT NULL
"""


def of_variants(items: Mapping[str, Cells], shape: Shape) -> list[Check]:
    """One check for each public task that has rows of the split, a passed one where none has.

    Args:
        items: columns of the item table of the rows that are used, shape (n,) each.
        shape: of the split.
    """
    try:
        public = _public(*_store())
    except StoreError:
        return [_unchecked("no store of public items is here: `vledger publish` makes one")]
    if public.placed.empty and public.changed.empty:
        return [_unchecked("the store here holds no items: they come with the data sets, see `vledger fetch`")]
    return _checks(shared(items, shape, public), len(items["item_id"]), "variants")


def shared(items: Mapping[str, Cells], shape: Shape, public: Public) -> dict[str, int]:
    """How many rows each public task has; those without any are left out."""
    mine = pd.DataFrame(dict(items))
    found = _by_place(mine, public.placed) if shape is Shape.DNA else {}
    for task, rows in _by_change(mine, public.changed).items():
        found[task] = found.get(task, np.zeros(len(mine), dtype=np.bool_)) | rows
    return {task: int(rows.sum()) for task, rows in found.items() if rows.any()}


def of_sequences(sequences: Sequence[str], alphabet: str) -> list[Check]:
    """How many sequences stand in the test splits of GENEB's tasks, on either strand, as far as those are here."""
    if alphabet != "dna":
        return [_unchecked("the public sequences here are of DNA")]
    found, looked_at = {}, 0
    own = pd.Series(list(sequences), dtype=object)
    for task_id in members(GENEB):
        public = public_sequences(task_id)
        if public is None:
            continue
        looked_at += 1
        found[task_id] = int(own.isin(public).sum())
    if not looked_at:
        return [_unchecked("none of GENEB's tasks is on this machine: `vledger fetch` brings them")]
    return _checks(found, len(own), "sequences", f"the test splits of the {looked_at} of GENEB's tasks on this machine")


def _store() -> tuple[str, str]:
    path, pointer = current_store()
    return str(path), pointer.content_hash


@dataclass(frozen=True, slots=True)
class Public:
    """Public variants with a place in a genome, and those with a change of a gene's protein."""

    placed: pd.DataFrame
    changed: pd.DataFrame


@lru_cache(maxsize=1)
def _public(path: str, content: str) -> Public:
    """The labelled variants of a store; the same as long as its content is."""
    del content
    connection = open_read_only(Path(path))
    try:
        rows = connection.cursor().execute(_QUERY).df().astype({"task_id": object, "gene": object})
    finally:
        connection.close()
    return public_of(rows)


def public_of(rows: pd.DataFrame) -> Public:
    """Public items by what they can be found by; columns as in the store's item table."""
    changed = rows[rows["protein_variant"].notna() & rows["gene"].notna()]
    stems = {gene: _stem(gene) for gene in changed["gene"].unique()}
    changed = changed.assign(stem=changed["gene"].map(stems))[["task_id", "gene", "stem", "protein_variant"]]
    return Public(rows[rows["chrom"].notna()], changed.astype(object))


@lru_cache(maxsize=256)
def public_sequences(task_id: str) -> frozenset[str] | None:
    """Both strands of a task's test sequences, None where the task is not here."""
    try:
        test = read_geneb(task_id, cache_dir()).test
    except (NotHereError, TableError):
        return None
    return frozenset(test.sequences) | frozenset(map(reverse_complement, test.sequences))


def _by_place(mine: pd.DataFrame, placed: pd.DataFrame) -> dict[str, Mask]:
    """Rows of each task by place and alleles; a row without an assembly may be of any."""
    stated = mine["assembly"].notna().to_numpy()
    bare = _place(mine)
    keys = mine["assembly"].fillna("") + bare
    found = {}
    for task, rows in placed.groupby("task_id"):
        without = _place(rows)
        hit = np.where(stated, keys.isin(rows["assembly"].fillna("") + without), bare.isin(without))
        found[str(task)] = hit.astype(np.bool_)
    return found


def _place(rows: pd.DataFrame) -> pd.Series:
    return rows["chrom"].astype(object) + "-" + rows["pos"].astype(str) + "-" + rows["ref"] + "-" + rows["alt"]


def _by_change(mine: pd.DataFrame, changed: pd.DataFrame) -> dict[str, Mask]:
    """Rows of each task by gene and change."""
    if "protein_variant" not in mine:
        return {}
    rows = pd.DataFrame({"gene": mine["gene"].fillna(""), "protein_variant": mine["protein_variant"]}).dropna()
    rows["stem"] = rows["gene"].map({gene: _stem(gene) for gene in rows["gene"].unique()}).astype(object)
    named = rows["stem"].isin(changed["stem"])
    pairs = rows[named].reset_index().merge(changed, on=["stem", "protein_variant"])
    pairs = pd.concat([pairs, _under_another_name(rows[~named], changed)])
    return {str(task): _mask(at.to_numpy(), len(mine)) for task, at in pairs.groupby("task_id")["index"]}


def _under_another_name(rows: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    """Rows of proteins that a task has under another name, and the task."""
    own = rows.groupby("gene")["protein_variant"].nunique()
    own = own[own >= _FEWEST]
    pairs = (
        rows[rows["gene"].isin(own.index)].reset_index().merge(changed, on="protein_variant", suffixes=("", "_there"))
    )
    shared = pairs.groupby(["gene", "task_id", "gene_there"])["protein_variant"].nunique()
    alike = shared[shared >= _SHARE * own.reindex(shared.index.get_level_values("gene")).to_numpy()]
    return pairs.set_index(["gene", "task_id", "gene_there"]).loc[alike.index].reset_index()


def _mask(at: NDArray[np.int64], count: int) -> Mask:
    mask = np.zeros(count, dtype=np.bool_)
    mask[at] = True
    return mask


def _stem(gene: object) -> str:
    """`BRCA1` for UniProt's `BRCA1_HUMAN`, so that a gene's symbol finds it where both are the same."""
    text = str(gene).upper() if isinstance(gene, str) else ""
    return text.removesuffix("_HUMAN")


def _checks(
    found: Mapping[str, int], total: int, what: str, looked_at: str = "the store's public items"
) -> list[Check]:
    some = [_overlap(task, count, total, what) for task, count in sorted(found.items()) if count]
    if some:
        return some
    return [
        Check(kind="contamination", title=_TITLE, severity="passed", found=f"None of the {what} is in {looked_at}.")
    ]


def _overlap(task: str, count: int, total: int, what: str) -> Check:
    found = f"{count:,} of {total:,} {what} ({count / total:.1%}) are in the public task {task}."
    return Check(
        kind="contamination", title=f"{_TITLE}: {task}", severity="note", found=found, remedy=_REMEDY, rows=count
    )


def _unchecked(why: str) -> Check:
    return Check(kind="contamination-unchecked", title=_TITLE, severity="note", found=f"Not checked: {why}.")
