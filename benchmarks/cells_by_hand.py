"""What single-cell tasks are measured by, put together by hand from scanpy, scikit-network and scikit-learn."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_samples, silhouette_score
from sknetwork.clustering import Louvain

from engine.singlecell.cells.clustering import RESOLUTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.singlecell.contract import Floats, Pseudobulk
    from engine.singlecell.perturbation.predictions import Predictions
    from engine.singlecell.perturbation.splits import Split


def avg_bio(embedding: Floats, labels: NDArray[np.str_], weights: str) -> float:
    """Scanpy's neighbours, a clustering for each resolution, the best of them by NMI; then ARI and silhouette."""
    graph = _neighbours(embedding, weights)
    clusterings = [_clusters(graph, resolution) for resolution in RESOLUTIONS]
    agreement = [normalized_mutual_info_score(labels, clusters) for clusters in clusterings]
    best = int(np.argmax(np.round(agreement, 12)))
    width = (silhouette_score(embedding, labels) + 1) / 2
    return float((agreement[best] + adjusted_rand_score(labels, clusterings[best]) + width) / 3)


def _neighbours(embedding: Floats, weights: str) -> object:
    with warnings.catch_warnings():
        # What scanpy imports uses names that pandas has deprecated.
        warnings.simplefilter("ignore")
        import anndata  # noqa: PLC0415
        import scanpy  # noqa: PLC0415

        cells = anndata.AnnData(embedding)
        # Exact ones: beyond 4,096 cells it would search approximately, and the values could not be the same.
        scanpy.pp.neighbors(cells, n_neighbors=15, use_rep="X", transformer="sklearn", method=weights)
    return (cells.obsp["connectivities"] > 0).astype(np.float64)


def _clusters(graph: object, resolution: float) -> NDArray[np.int64]:
    louvain = Louvain(
        resolution=resolution, tol_optimization=1e-6, tol_aggregation=1e-6, shuffle_nodes=True, random_state=0
    )
    return np.asarray(louvain.fit_predict(graph))


def avg_bio_loop(clusters: NDArray[np.int64], embedding: Floats, types: NDArray[np.int64], draws: int) -> Floats:
    """AvgBIO of resamples of cells within their types, one at a time with scikit-learn; silhouettes held fixed."""
    widths = silhouette_samples(embedding, types)
    members = [np.flatnonzero(types == code) for code in dict.fromkeys(types.tolist())]
    generators = np.random.default_rng(0).spawn(len(members))
    found = []
    for _ in range(draws):
        drawn = [own[rng.integers(0, own.size, own.size)] for own, rng in zip(members, generators, strict=True)]
        cells = np.concatenate(drawn)
        truth, groups = types[cells], clusters[cells]
        agreement = normalized_mutual_info_score(truth, groups) + adjusted_rand_score(truth, groups)
        found.append((agreement + (widths[cells].mean() + 1) / 2) / 3)
    return np.array(found)


def distances(predictions: Predictions, data: Pseudobulk, splits: Sequence[Split]) -> dict[str, float]:
    """Mean L2 of each perturbation over the splits that hold it out."""
    found: dict[str, list[float]] = {}
    for split in splits:
        for place in split.test:
            profile = predictions.of(split.seed, data.names[place])
            found.setdefault(data.names[place], []).append(float(np.linalg.norm(profile - data.profiles[place])))
    return {name: float(np.mean(values)) for name, values in found.items()}


def skill_loop(of_systems: Mapping[str, Mapping[str, float]], base: str, draws: int) -> dict[str, Floats]:
    """L2Skill of each system in resamples of the perturbations, one at a time."""
    rng, items = np.random.default_rng(0), sorted(of_systems[base])
    values = {name: np.array([own[item] for item in items]) for name, own in of_systems.items()}
    found: dict[str, list[float]] = {name: [] for name in of_systems}
    for _ in range(draws):
        drawn = rng.integers(0, len(items), len(items))
        other = values[base][drawn].mean()
        for name, own in values.items():
            found[name].append(float(1 - own[drawn].mean() / other))
    return {name: np.array(ratios) for name, ratios in found.items()}
