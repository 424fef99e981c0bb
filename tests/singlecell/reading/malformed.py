"""Files that are not what they should be: how each is made, how it is used, and what has to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from scipy.sparse import csr_array

from engine.singlecell.contract import RAW
from engine.singlecell.preprocessing import highly_variable, prepare
from engine.singlecell.pseudobulk import Design, cell_sums, pseudobulk
from engine.singlecell.reading.cells import open_cells
from engine.singlecell.reading.states import State
from tests.singlecell.before_07 import write_before_07
from tests.singlecell.files import content, counts, put_categorical, put_matrix, put_texts, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.singlecell.reading.cells import Cells
    from tests.singlecell.files import Content

    Build = Callable[[Path], Path]
    Use = Callable[[Cells], object]

DESIGN = Design(condition="condition", control="control")


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """One kind of bad file.

    Attributes:
        build: writes it below a folder and gives its path.
        use: what a reader does with it; opening alone where it does nothing.
        says: parts of the one sentence: what, where, what to do.
    """

    build: Build
    use: Use = lambda _: None
    says: tuple[str, ...]


def met(case: Malformed, folder: Path) -> None:
    """Open the file and use it."""
    with open_cells(case.build(folder)) as cells:
        case.use(cells)


def _bytes(data: bytes) -> Build:
    def build(folder: Path) -> Path:
        (folder / "bad.h5ad").write_bytes(data)
        return folder / "bad.h5ad"

    return build


def _cut(folder: Path) -> Path:
    path = write(folder / "bad.h5ad", content())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _of(change: Callable[[Content], Content]) -> Build:
    return lambda folder: write(folder / "bad.h5ad", change(content()))


def _with(damage: Callable[[Any], None], make: Callable[..., Path] = write) -> Build:
    """A good file to which something is done by h5py."""

    def build(folder: Path) -> Path:
        path = make(folder / "bad.h5ad", content())
        with h5py.File(path, "r+") as file:
            damage(file)
        return path

    return build


_before_07 = partial(_with, make=write_before_07)


def _obs(name: str, values: Any) -> Build:
    return _of(lambda good: replace(good, obs={**good.obs, name: values}))


def _matrix(row: int, column: int, value: float) -> Build:
    def change(good: Content) -> Content:
        matrix = good.matrix.toarray()
        matrix[row, column] = value
        return replace(good, matrix=csr_array(matrix), layers={"dense": matrix})

    return _of(change)


def _replaced(name: str, **given: Any) -> Callable[[Any], None]:
    """Another array in the place of one, its attributes kept."""

    def damage(file: Any) -> None:
        kept = dict(file[name].attrs) if name in file else {}
        if name in file:
            del file[name]
        file.create_dataset(name, **given).attrs.update(kept)

    return damage


def _linked(name: str, link: Any) -> Callable[[Any], None]:
    def damage(file: Any) -> None:
        del file[name]
        file[name] = link

    return damage


def _external(file: Any) -> None:
    del file["obs/depth"]
    file["obs"].create_dataset("depth", shape=(80,), dtype="f8", external=[("/etc/passwd", 0, 640)])


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout(shape=(80, 3), dtype="f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(80, 3))
    del file["obsm/X_model"]
    file["obsm"].create_virtual_dataset("X_model", layout)


def _virtual_table(file: Any) -> None:
    layout = h5py.VirtualLayout(shape=(80,), dtype=file["obs"].dtype)
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(80,))
    del file["obs"]
    file.create_virtual_dataset("obs", layout)


def _nullable(file: Any) -> None:
    column = file.create_group("obs/whole")
    column.attrs["encoding-type"] = "awkward-array"


def _walk(cells: Cells, layer: str | None = None) -> None:
    for _ in cells.chunks(layer=layer):
        pass


def _nulls(file: Any) -> None:
    del file["obs/condition"]
    put_categorical(file["obs"], "condition", [None, *["control", "KLF1"] * 39, "KLF1"])


def _too_many(file: Any) -> None:
    del file["obs/batch"]
    put_texts(file["obs"], "batch", [f"cell{place}" for place in range(80)])


CORPUS: dict[str, Malformed] = {
    "not HDF5": Malformed(build=_bytes(b"gene,cell\n1,2\n"), says=("neither an HDF5 file nor a zipped zarr", ".h5ad")),
    "empty": Malformed(build=_bytes(b""), says=("neither an HDF5 file",)),
    "cut off": Malformed(build=_cut, says=("cannot be opened", "truncated", "copy or download it again")),
    "only a signature": Malformed(build=_bytes(b"\x89HDF\r\n\x1a\n"), says=("cannot be opened",)),
    "a zip of something": Malformed(build=_bytes(b"PK\x03\x04" + bytes(40)), says=("cannot be opened", "zip")),
    "HDF5 without obs": Malformed(
        build=_with(lambda file: file.move("obs", "cells")), says=("no element 'obs'", "no AnnData", "write_h5ad")
    ),
    "no cells": Malformed(
        build=_of(lambda good: replace(good, matrix=np.zeros((0, 30)), obs={}, obsm={}, layers={})),
        says=("it has 0 cells", "between 1 and"),
    ),
    "no genes": Malformed(
        build=_of(lambda good: replace(good, matrix=np.zeros((80, 0)), genes=[], var={}, layers={})),
        says=("it has 0 genes", "between 1 and"),
    ),
    "a trillion cells": Malformed(
        build=_with(_replaced("obs/_index", shape=(10**12,), dtype="S8", chunks=(1000,))),
        says=("it has 1,000,000,000,000 cells",),
    ),
    "genes named twice": Malformed(
        build=_of(lambda good: replace(good, genes=[f"G{place // 2}" for place in range(30)])),
        says=("15 gene names are there more than once: G0, G1, G10 and 12 more", "unique names"),
    ),
    "no control cells": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: pseudobulk(cells, replace(DESIGN, control="ctrl")),
        says=("column 'condition'", "no control cells 'ctrl'", "'KLF1' (20 cells), 'KLF1+MAP2K6' (20 cells)"),
    ),
    "only control cells": Malformed(
        build=_obs("condition", ["control"] * 80),
        use=lambda cells: pseudobulk(cells, DESIGN),
        says=("column 'condition'", "only control cells"),
    ),
    "one control cell": Malformed(
        build=_obs("condition", ["control", *["KLF1"] * 79]),
        use=lambda cells: cell_sums(cells, DESIGN),
        says=("column 'condition'", "single control cell 'control'", "at least two"),
    ),
    "no such condition column": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: pseudobulk(cells, replace(DESIGN, condition="perturbation")),
        says=("obs has no column 'perturbation'; there are condition, batch, depth, cluster",),
    ),
    "a condition without value": Malformed(
        build=_with(_nulls),
        use=lambda cells: pseudobulk(cells, DESIGN),
        says=("column 'condition'", "1 of 80 cells have no condition"),
    ),
    "nobody there": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: pseudobulk(cells, replace(DESIGN, where={"batch": "b7"})),
        says=("column 'batch'", "no cell has this value (found 'b7')", "'b0' (40 cells), 'b1' (40 cells)"),
    ),
    "values never together": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: pseudobulk(cells, replace(DESIGN, where={"batch": "b1", "condition": "control"})),
        says=("no cell has all of", "values found together"),
    ),
    "missing genes": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: cells.places(["G1", "TP53", "KRAS", "MYC", "PTEN"]),
        says=("4 of 5 genes are not among the 30 measured: TP53, KRAS, MYC and 1 more", "index of var"),
    ),
    "counts where logs are expected": Malformed(
        build=_of(lambda good: replace(good, matrix=good.layers["counts"])),
        use=lambda cells: pseudobulk(cells, DESIGN),
        says=("X has counts (whole numbers), 0 to ", "expected logs", "layers counts, dense"),
    ),
    "logs where counts are expected": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: cells.require(State.COUNTS),
        says=("X has logs, 0 to ", "expected counts", "layers counts, dense"),
    ),
    "z-scores where logs are expected": Malformed(
        build=_of(lambda good: replace(good, matrix=good.matrix.toarray() - 1.0)),
        use=lambda cells: pseudobulk(cells, DESIGN),
        says=("X has scaled values (some are negative), -1 to ",),
    ),
    "variable genes of z-scores": Malformed(
        build=_of(lambda good: replace(good, matrix=good.matrix.toarray() - 1.0)),
        use=lambda cells: highly_variable(cells, prepare(cells)),
        says=("cannot be chosen from scaled values", "used as they are"),
    ),
    "only zeros": Malformed(
        build=_of(lambda good: replace(good, matrix=csr_array((80, 30)))),
        use=prepare,
        says=("the matrix has only zeros", "name a layer"),
    ),
    "no such layer": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: _walk(cells, "raw_counts"),
        says=("no layer 'raw_counts'; there are counts, dense",),
    ),
    "NaN in a sparse X": Malformed(
        build=_matrix(7, 3, np.nan), use=_walk, says=("the value of cell 8 (counted from 1) for gene 'G3' is nan",)
    ),
    "an encoding that is an array": Malformed(
        build=_with(lambda file: file["X"].attrs.update({"encoding-type": np.zeros(3)})),
        use=_walk,
        says=("'X' is encoded as None, which is not known here",),
    ),
    "a column with an encoding that is an array": Malformed(
        build=_with(lambda file: file["obs/condition"].attrs.update({"encoding-type": np.zeros(3)})),
        use=lambda cells: cells.column("condition"),
        says=("'obs/condition' is encoded as None, which is not known here",),
    ),
    "a shape of texts": Malformed(
        build=_with(lambda file: file["X"].attrs.update({"shape": "anndata"})),
        use=_walk,
        says=("the sparse matrix 'X' is damaged", "something else than whole numbers"),
    ),
    "more than can be squared": Malformed(
        build=_matrix(7, 3, 1e200),
        use=_walk,
        says=("the value of cell 8 (counted from 1) for gene 'G3' is 1e+200", "numbers up to 1e30"),
    ),
    "infinity in a dense layer": Malformed(
        build=_matrix(9, 0, np.inf),
        use=lambda cells: _walk(cells, "dense"),
        says=("the value of cell 10 (counted from 1) for gene 'G0' is inf",),
    ),
    "a negative value far inside": Malformed(
        build=_of(lambda good: replace(good, matrix=_negative())),
        use=lambda cells: pseudobulk(cells, DESIGN),
        says=("scaled values",),
    ),
    "texts for a matrix": Malformed(
        build=_with(_replaced("X", data=np.full((80, 30), b"1"))), use=_walk, says=("'X' has texts", "numbers")
    ),
    "another shape than obs": Malformed(
        build=_with(_replaced("layers/dense", data=np.ones((80, 29)))),
        use=lambda cells: _walk(cells, "dense"),
        says=("'layers/dense' has the shape (80, 29) where obs and var say (80, 30)",),
    ),
    "rows that end before they begin": Malformed(
        build=_with(lambda file: file["X/indptr"].__setitem__(5, 10**9)),
        use=_walk,
        says=("the sparse matrix 'X' is damaged", "its rows do not begin and end where its values do"),
    ),
    "a value outside the genes": Malformed(
        build=_with(lambda file: file["X/indices"].__setitem__(5, 30)),
        use=_walk,
        says=("the sparse matrix 'X' is damaged", "outside its 30 places"),
    ),
    "parts of a sparse matrix missing": Malformed(
        build=_with(lambda file: file.__delitem__("X/indptr")), use=_walk, says=("no element 'X/indptr'",)
    ),
    "parts of other lengths": Malformed(
        build=_with(_replaced("X/data", data=np.ones(3))), use=_walk, says=("lengths that do not go together",)
    ),
    "an embedding of fewer cells": Malformed(
        build=_with(_replaced("obsm/X_model", data=np.ones((79, 3)))),
        use=lambda cells: cells.embedding("X_model"),
        says=("'obsm/X_model' has the shape (79, 3) where 80 cells are", "a row of numbers for each cell"),
    ),
    "an embedding with NaN": Malformed(
        build=_with(_replaced("obsm/X_model", data=np.full((80, 3), np.nan))),
        use=lambda cells: cells.embedding("X_model"),
        says=("'obsm/X_model' has nan for cell 1",),
    ),
    "no such embedding": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: cells.embedding("X_scGPT"),
        says=("obsm has no 'X_scGPT'; there are X_model",),
    ),
    "a measured column as label": Malformed(
        build=_obs("depth", np.linspace(0.5, 9.25, 80)),
        use=lambda cells: cells.labels("depth"),
        says=("column 'depth'", "numbers with fractions are no classes (found 0.5)"),
    ),
    "a label of its own for each cell": Malformed(
        build=_with(_too_many),
        use=lambda cells: cells.labels("batch", most=50),
        says=("column 'batch'", "80 different values, more than 50 classes"),
    ),
    "a single class": Malformed(
        build=_obs("batch", ["b"] * 80),
        use=lambda cells: cells.labels("batch"),
        says=("column 'batch'", "all cells have the same value, 'b'"),
    ),
    "a label without value": Malformed(
        build=_with(_nulls),
        use=lambda cells: cells.labels("condition"),
        says=("column 'condition'", "1 of 80 rows have no value"),
    ),
    "texts as numbers": Malformed(
        build=_of(lambda good: good),
        use=lambda cells: cells.numbers("batch"),
        says=("column 'batch'", "texts where numbers are expected (found 'b0')"),
    ),
    "a link to another file": Malformed(
        build=_with(_linked("X", h5py.ExternalLink("/etc/other.h5", "/X"))), use=_walk, says=("'X' is a link", "itself")
    ),
    "all of obs in another file": Malformed(
        build=_with(_linked("obs", h5py.ExternalLink("/etc/other.h5", "/obs"))), says=("'obs' is a link",)
    ),
    "a link within the file": Malformed(
        build=_with(_linked("layers/dense", h5py.SoftLink("/X"))),
        use=lambda cells: _walk(cells, "dense"),
        says=("'layers/dense' is a link",),
    ),
    "bytes of another file": Malformed(
        build=_with(_external),
        use=lambda cells: cells.numbers("depth"),
        says=("'obs/depth' is an array whose values lie in other files",),
    ),
    "a virtual array": Malformed(
        build=_with(_virtual),
        use=lambda cells: cells.embedding("X_model"),
        says=("'obsm/X_model' is an array whose values lie in other files",),
    ),
    "an old table whose values lie elsewhere": Malformed(
        build=_before_07(_virtual_table), says=("'obs/index' is an array whose values lie in other files",)
    ),
    "an old table in pieces of a gigabyte": Malformed(
        build=_before_07(
            _replaced("obsm", shape=(80,), chunks=(80,), dtype=[("X_model", "f8", (3,)), ("other", "f8", (2**20,))])
        ),
        use=lambda cells: cells.embedding("X_model"),
        says=("'obsm/X_model' is stored in pieces of more than 512 MB",),
    ),
    "an old table without names of cells": Malformed(
        build=_before_07(_replaced("obs", data=np.zeros(80, dtype=[("index", "V3"), ("condition", "i1")]))),
        says=("'obs/index' is of a type that is neither number nor text",),
    ),
    "a code outside the categories of an old table": Malformed(
        build=_before_07(_replaced("uns/condition_categories", data=np.array([b"control", b"KLF1"]))),
        use=lambda cells: cells.labels("condition"),
        says=("'obs/condition' has a code outside its 2 categories",),
    ),
    "an array for obs": Malformed(
        build=_with(_replaced("obs", data=np.zeros(80))), says=("'obs' is not a group of elements",)
    ),
    "raw behind a link": Malformed(
        build=_before_07(_linked("raw.X", h5py.ExternalLink("/etc/other.h5", "/X"))),
        use=lambda cells: _walk(cells, RAW),
        says=("'raw.X' is a link",),
    ),
    "raw without genes": Malformed(
        build=_with(lambda file: put_matrix(file.create_group("raw"), "X", counts())),
        use=lambda cells: _walk(cells, RAW),
        says=("it has no element 'raw/var'",),
    ),
    "raw with a gene named twice": Malformed(
        build=_before_07(_replaced("raw.var", data=np.array([(b"G1",)] * 30, dtype=[("index", "S2")]))),
        use=lambda cells: _walk(cells, RAW),
        says=("1 gene name is there more than once: G1",),
    ),
    "an unknown encoding": Malformed(
        build=_with(_nullable),
        use=lambda cells: cells.column("whole"),
        says=("'obs/whole' is encoded as 'awkward-array', which is not known here",),
    ),
    "a code outside the categories": Malformed(
        build=_with(lambda file: file["obs/condition/codes"].__setitem__(0, 4)),
        use=lambda cells: cells.labels("condition"),
        says=("'obs/condition/codes' has a code outside its 4 categories",),
    ),
    "a column of another length": Malformed(
        build=_with(_replaced("obs/depth", data=np.ones(79))),
        use=lambda cells: cells.numbers("depth"),
        says=("'obs/depth' has the shape (79,) where 80 values are expected",),
    ),
    "one value for a column": Malformed(
        build=_with(_replaced("obs/depth", data=1.0)),
        use=lambda cells: cells.numbers("depth"),
        says=("'obs/depth' is a single value",),
    ),
    "an array in pieces of a gigabyte": Malformed(
        build=_with(_replaced("layers/dense", shape=(80, 2**24), dtype="f8", chunks=(8, 2**24))),
        use=lambda cells: _walk(cells, "dense"),
        says=("'layers/dense' is stored in pieces of more than 512 MB",),
    ),
    "names that are no texts": Malformed(
        build=_with(_replaced("var/_index", shape=(30, 2), dtype="i4")), says=("'var/_index' is no list of names",)
    ),
}
"""By what is wrong."""


def _negative() -> csr_array:
    values = content().matrix.toarray()
    values[40, 4] = -0.25
    return csr_array(values)
