"""UCE: the calls to its package, against one of the same names that writes what the real one writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from engine.errors import NotHereError, SpecError

anndata = pytest.importorskip("anndata")
pytest.importorskip("torch")

if TYPE_CHECKING:
    from collections.abc import Callable

GENES = [f"GENE{number}" for number in range(40)]
BESIDE = ["species_chrom.csv", "all_tokens.torch", "species_offsets.pkl"]
SEEN: list[Any] = []


class _Processor:
    """Embeds a cell as its counts times two, with a draw of the generator that UCE samples with."""

    leave_out = 0

    def __init__(self, arguments: Any, accelerator: Any) -> None:
        SEEN.append((arguments, accelerator))
        self.arguments = arguments

    def preprocess_anndata(self) -> None:
        self.data = anndata.read_h5ad(self.arguments.adata_path)

    def generate_idxs(self) -> None:
        self.drawn = np.random.rand()  # noqa: NPY002 - as the package does

    def run_evaluation(self) -> None:
        found = self.data[self.leave_out :].copy()
        for names in ("obs_names", "var_names"):
            setattr(found, names, pd.Index(list(getattr(found, names)), dtype=object))
        found.obsm["X_uce"] = np.hstack([found.X.toarray() * 2, np.full((found.n_obs, 1), self.drawn)])
        name = Path(self.arguments.adata_path).name.replace(".h5ad", "")
        found.write_h5ad(self.arguments.dir + f"{name}_uce_adata.h5ad")


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `import uce` and `import accelerate` find; the parser has the options that are set and one more."""
    parser = argparse.ArgumentParser()
    for option in ("adata_path", "dir", "model_loc", "spec_chrom_csv_path", "token_file", "offset_pkl_path"):
        parser.add_argument(f"--{option}", default="elsewhere")
    for option, default in (("filter", True), ("skip", True), ("nlayers", 4), ("sample_size", 1024)):
        parser.add_argument(f"--{option}", default=default)
    for option in ("species", "protein_embeddings_dir"):
        parser.add_argument(f"--{option}", default="elsewhere")
    parts = {
        "uce": {},
        "uce.evaluate": {"AnndataProcessor": _Processor},
        "uce.eval_single_anndata": {"parser": parser},
        "accelerate": {"Accelerator": lambda project_dir: f"accelerator in {project_dir}"},
    }
    for name, names in parts.items():
        module = ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)
    SEEN.clear()
    return _Processor


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with everything that is published."""
    (tmp_path / "protein_embeddings").mkdir()
    for name in [*BESIDE, "4layer_model.torch", "33l_8ep_1024t_1280.torch"]:
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("model_id", "layers", "weights"),
    [("uce-4-layer", 4, "4layer_model.torch"), ("uce-33-layer", 33, "33l_8ep_1024t_1280.torch")],
)
def test_cells_go_through_the_package_and_come_back_in_order(
    files: Path, counts: Any, opened: Callable[..., Any], model_id: str, layers: int, weights: str
) -> None:
    told: list[Any] = []
    model = opened(model_id, weights=files, allow_pickle=True, seed=4)
    found = model.embed([counts[:5], counts[5:]], GENES, tell=lambda *one: told.append(one), cells=19)
    assert found.dtype == np.float32
    assert np.array_equal(found[:, :40], 2 * counts)
    assert found[0, 40] == np.float32(np.random.RandomState(4).rand())
    assert told == [(f"{model_id}: cells", 0, 19), (f"{model_id}: cells", 19, 19)]
    ((arguments, accelerator),) = SEEN
    assert (arguments.nlayers, arguments.species, arguments.filter, arguments.skip) == (layers, "human", False, False)
    assert arguments.model_loc == str(files / weights)
    assert arguments.protein_embeddings_dir == f"{files}/protein_embeddings/"
    assert (arguments.token_file, arguments.sample_size) == (str(files / "all_tokens.torch"), 1024)
    assert accelerator.startswith("accelerator in ")
    assert arguments.dir.endswith("/")
    assert not Path(arguments.dir).exists()


@pytest.mark.usefixtures("package")
def test_the_global_generator_is_put_back(files: Path, counts: Any, opened: Callable[..., Any]) -> None:
    np.random.seed(1)  # noqa: NPY002 - the state under test
    expected = np.random.RandomState(1).rand()
    opened("uce-4-layer", weights=files, allow_pickle=True).embed([counts], GENES)
    assert np.random.rand() == expected  # noqa: NPY002


def test_cells_that_the_package_leaves_out_are_told(
    files: Path, counts: Any, opened: Callable[..., Any], package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "leave_out", 2)
    with pytest.raises(SpecError, match="uce-4-layer gave vectors for 17 of 19 cells"):
        opened("uce-4-layer", weights=files, allow_pickle=True).embed([counts], GENES)


def test_packages_files_and_consent_are_asked_for(
    files: Path, counts: Any, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotHereError, match="uce-33-layer is on no hub and no folder is given; download its"):
        opened("uce-33-layer")
    with pytest.raises(SpecError, match=r"uce-33-layer: its files are pickled, .* --allow-pickle"):
        opened("uce-33-layer", weights=files)
    with pytest.raises(SpecError, match=r"uce-4-layer cannot be drawn at random .* random-init:geneformer"):
        opened("random-init:uce-4-layer", weights=files)
    model = opened("uce-4-layer", weights=files, allow_pickle=True)
    monkeypatch.setitem(sys.modules, "uce", None)
    with pytest.raises(NotHereError, match=r"UCE needs the package 'uce', .* pip install uce-model accelerate anndata"):
        model.embed([counts], GENES)
    (files / "species_chrom.csv").unlink()
    with pytest.raises(NotHereError, match=r"lacks species_chrom\.csv; download"):
        opened("uce-4-layer", weights=files, allow_pickle=True)


def test_what_it_cannot_do_is_said(files: Path, counts: Any, opened: Callable[..., Any]) -> None:
    model = opened("uce-4-layer", weights=files, allow_pickle=True)
    assert model.revision.startswith("sha256:")
    with pytest.raises(SpecError, match="cannot tell columns of the same name apart"):
        model.embed([counts], ["gene0", *GENES[:-1]])
    with pytest.raises(SpecError, match="samples genes by their counts"):
        opened("uce-4-layer", weights=files, allow_pickle=True, scale="log1p").embed([counts], GENES)
    with pytest.raises(SpecError, match="hands out no attention"):
        model.attention([counts], GENES, regulators=GENES, targets=GENES)
    with pytest.raises(SpecError, match="takes ESM-2 protein means"):
        model.gene_embedding(GENES)
    with pytest.raises(SpecError, match="does not say which of 40 genes"):
        model.matched(GENES)
