"""The dictionaries that make genes tokens, from the files that come with a Geneformer.

They are published as pickles: `token_dictionary*.pkl` (Ensembl id or special token to number),
`gene_median_dictionary*.pkl` (Ensembl id to median), `gene_name_id_dict*.pkl` (symbol to Ensembl id) and
`ensembl_mapping_dict*.pkl` (symbols and retired ids in capitals to Ensembl id), beside the weights or in the folder
`geneformer` of the repository, those of V1 in `geneformer/gene_dictionaries_30m`. The same may stand there as `.json`
(one object), `.csv` (a header, then name and value) or `.npz` (arrays `names` and `values`); these are taken first.
"""

from __future__ import annotations

import csv
import json
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import NotHereError, SpecError, TableError
from engine.models.cells.ranks import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TOKENS, _MEDIANS, _NAMES = "token_dictionary", "gene_median_dictionary", ("gene_name_id_dict", "ensembl_mapping_dict")
_SUFFIXES = (".json", ".csv", ".npz", ".pkl")
_HARMLESS = {
    ("builtins", "dict"),
    ("collections", "OrderedDict"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),
}
"""All that a dictionary of names and numbers needs to be unpickled; numbers may be numpy's."""


def read_vocabulary(
    folders: Sequence[Path], *, size: int, model: str, allow_pickle: bool
) -> tuple[Vocabulary, tuple[Path, ...]]:
    """The dictionaries that belong to a model, and the files they were read from.

    Args:
        folders: Where to look, in this order.
        size: Tokens in the model's input table; a dictionary of another length belongs to another model.
        model: Its name in sentences.
        allow_pickle: Whether pickles may be read; they are read without running anything in them.

    Raises:
        NotHereError: there are none.
        SpecError: they are pickled and that is not allowed, or those there are belong to another model.
        TableError: one is damaged.
    """
    lengths = []
    for folder in folders:
        for path in _files(folder, _TOKENS):
            tokens = _read(path, allow_pickle=allow_pickle)
            lengths.append(f"{len(tokens):,} tokens ({path.name})")
            if len(tokens) == size:
                return _beside(path, _tokens(path, tokens, size), allow_pickle=allow_pickle)
    if lengths:
        raise SpecError(
            f"{model} has {size:,} tokens, but the dictionaries beside it have {', '.join(lengths)}; "
            "give those that it was trained with."
        )
    raise NotHereError(
        f"{model}: no {_TOKENS}*.json, .csv, .npz or .pkl in {folders[0]}; put there the dictionaries that come with "
        "the model (folder geneformer of its repository)."
    )


def _beside(path: Path, tokens: dict[str, int], *, allow_pickle: bool) -> tuple[Vocabulary, tuple[Path, ...]]:
    """The vocabulary of the files whose names differ from the token dictionary's at the beginning only."""
    tail = path.stem.removeprefix(_TOKENS)
    used, names = [path], dict[str, str]()
    medians_path = next((file for file in _files(path.parent, _MEDIANS) if file.stem == _MEDIANS + tail), None)
    if medians_path is None:
        raise NotHereError(
            f"No {_MEDIANS}{tail} stands beside {path.name} in {path.parent}; put there the file that comes with it."
        )
    used.append(medians_path)
    medians = _medians(medians_path, _read(medians_path, allow_pickle=allow_pickle))
    for stem in _NAMES:
        for file in (file for file in _files(path.parent, stem) if file.stem == stem + tail):
            names |= {str(key).upper(): str(value) for key, value in _read(file, allow_pickle=allow_pickle).items()}
            used.append(file)
            break
    return Vocabulary(tokens=tokens, medians=medians, names=names), tuple(used)


def _files(folder: Path, stem: str) -> Iterator[Path]:
    for suffix in _SUFFIXES:
        yield from sorted(folder.glob(f"{stem}*{suffix}"))


def _tokens(path: Path, found: dict[str, Any], size: int) -> dict[str, int]:
    numbers = list(found.values())
    if any(isinstance(number, bool) or int(number) != number for number in numbers):
        raise TableError(path, "a token is not a whole number", expected="numbers from 0 on, as published")
    if sorted(map(int, numbers)) != list(range(size)):
        raise TableError(path, "tokens repeat or leave gaps", expected=f"each of 0 to {size - 1} once, as published")
    return {str(name): int(number) for name, number in found.items()}


def _medians(path: Path, found: dict[str, Any]) -> dict[str, float]:
    medians = {str(name): float(value) for name, value in found.items()}
    odd = next((name for name, value in medians.items() if not 0 < value < np.inf), None)
    if odd is not None:
        raise TableError(path, f"the median of {odd} is not above 0", value=medians[odd], expected="as published")
    return medians


def _read(path: Path, *, allow_pickle: bool) -> dict[str, Any]:
    """A dictionary of names and values.

    Raises:
        SpecError: it is pickled and that is not allowed.
        TableError: it is something else.
    """
    if path.suffix == ".pkl" and not allow_pickle:
        raise SpecError(
            f"{path.name} is a pickle, which can hold more than names and numbers; if you trust it, allow it with "
            "--allow-pickle, or write the same as .json beside it."
        )
    readers = {".json": _from_json, ".csv": _from_csv, ".npz": _from_npz, ".pkl": _from_pickle}
    try:
        found = readers[path.suffix](path)
    except (ValueError, KeyError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile, AttributeError) as error:
        raise TableError(path, f"it cannot be read ({error})", expected="a dictionary of names and values") from error
    if not isinstance(found, dict) or not found:
        raise TableError(path, "it is no dictionary", expected="names and values, as published")
    return found


def _from_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _from_csv(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines, None)
        return {name: _number(value) for name, value in lines}


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _from_npz(path: Path) -> dict[str, Any]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(zip(arrays["names"].tolist(), arrays["values"].tolist(), strict=True))


def _from_pickle(path: Path) -> Any:
    with path.open("rb") as file:
        return _Numbers(file).load()


class _Numbers(pickle.Unpickler):
    """Reads dictionaries of names and numbers and refuses all else, before anything of it is run."""

    def find_class(self, module: str, name: str) -> Any:
        """The class or function of that name, where it is one of the few that numbers need."""
        # numpy 1 called its inner part by another name.
        module = module.replace("numpy.core.", "numpy._core.")
        if (module, name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which names and numbers do not need")
        return super().find_class(module, name)
