"""`files.csv`: every input that is fetched, with its content's hash, its address at a pinned commit and its licence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from pydantic import Field

from engine.errors import SpecError
from engine.records import Source
from engine.registry import geneb
from engine.tables import Count, Optional, Row, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

BRCA1_ASSAY = "brca1/41586_2018_461_MOESM3_ESM.xlsx"
BRCA1_REGION = "brca1/brca1_hg19.txt"
BRCA1_EVO2 = "brca1/evo2_1b_delta_scores.csv"
CLINVAR_PROTEINS = "clinvar/PTEN_ClinVar_labels.csv"
CLINVAR_FOUR = "clinvar/ClinVar_labels_P53_PTEN_RASH_SCN5A.csv"
CLINVAR_SAMPLE = "vep_eval/clinvar_sample_1000.csv.gz"
BLAT_ASSAY = "dms/BLAT_ECOLX_Ranganathan2015_labeled.csv"
ASSAYS = "proteingym/reference_files/DMS_substitutions.csv"
_LEVEL = "proteingym/benchmarks/DMS_zero_shot/substitutions/{0}/DMS_substitutions_{0}_DMS_level.csv"
ASSAY_SPEARMAN, ASSAY_AUC, ASSAY_MCC = (_LEVEL.format(metric) for metric in ("Spearman", "AUC", "MCC"))
CLINICAL_AUC = "proteingym/benchmarks/clinical_zero_shot/substitutions/AUC/clinical_substitutions_AUC_DMS_level.csv"
PERTURBENCH = "singlecell/perturbench_devel.h5ad"
PBMC68K = "singlecell/10x_pbmc68k_reduced.zarr.zip"

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One input.

    Attributes:
        name: path below the mirror, and below `data/` in the cache.
        sha256: of the copy in a mirror; None where none was seen yet.
        size: of that copy, in bytes.
        url: the file at its pinned commit.
        upstream_sha256: of what the url gives; None where nobody has written it down yet.
    """

    name: str
    sha256: str | None
    size: int | None
    url: str
    upstream_sha256: str | None
    licence: str
    source_id: str
    note: str | None = None


class FileRow(Row):
    """A line of `files.csv`."""

    path: str
    sha256: _Sha256
    bytes: Count
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    upstream_path: str
    upstream_sha256: Optional[_Sha256]
    licence: str
    source_id: str
    note: Optional[str]


@cache
def input_files() -> Mapping[str, InputFile]:
    """The inputs of `files.csv` by name: all but the files of GENEB's tasks.

    Raises:
        TableError: `files.csv` is damaged.
    """
    rows = read_table(Path(__file__).with_name("files.csv"), FileRow, unique=("path",))
    return MappingProxyType({row.path: _as_file(row) for row in rows})


def input_file(name: str) -> InputFile:
    """One input by name.

    Raises:
        SpecError: there is none of this name.
    """
    files = input_files()
    if name in files:
        return files[name]
    if geneb.task_of(name):
        return _of_geneb(name)
    raise SpecError(f"there is no input file '{name}'; known here: {', '.join(files)}.")


def _of_geneb(name: str) -> InputFile:
    return InputFile(
        name=name,
        sha256=None,
        size=None,
        url=geneb.url(name),
        upstream_sha256=None,
        licence=geneb.LICENCE,
        source_id=geneb.SOURCE_ID,
    )


def _as_file(row: FileRow) -> InputFile:
    return InputFile(
        name=row.path,
        sha256=row.sha256,
        size=row.bytes,
        url=f"https://raw.githubusercontent.com/{row.repository}/{row.commit}/{quote(row.upstream_path)}",
        upstream_sha256=row.upstream_sha256,
        licence=row.licence,
        source_id=row.source_id,
        note=row.note,
    )


SOURCES = (
    Source(source_id="split", citation="A file of whoever ran the engine; the run says which, with its SHA-256."),
    Source(
        source_id="findlay_2018",
        citation="Findlay GM, Daza RM, Martin B, et al. Accurate classification of BRCA1 variants with saturation "
        "genome editing. Nature 2018;562:217-222.",
        url="https://doi.org/10.1038/s41586-018-0461-z",
        identifier="10.1038/s41586-018-0461-z",
    ),
    Source(
        source_id="brca_exchange",
        citation="BRCA Challenge. BRCA Exchange: sequence of the BRCA1 region in GRCh37.",
        url="https://github.com/BRCAChallenge/brca-exchange",
        licence="Apache-2.0",
    ),
    Source(
        source_id="evo2_1b_brca1",
        citation="bshihab. Evo 2 1B delta log-likelihoods of the BRCA1 variants of Findlay 2018.",
        url="https://github.com/bshihab/evo2-brca1-variant-effect",
        licence="MIT",
    ),
    Source(
        source_id="eve_2021",
        citation="Frazer J, Notin P, Dias M, et al. Disease variant prediction with deep generative models of "
        "evolutionary data. Nature 2021;599:91-95.",
        url="https://doi.org/10.1038/s41586-021-04043-8",
        identifier="10.1038/s41586-021-04043-8",
        licence="MIT",
    ),
    Source(
        source_id="stiffler_2015",
        citation="Stiffler MA, Hekstra DR, Ranganathan R. Evolvability as a function of purifying selection in TEM-1 "
        "beta-lactamase. Cell 2015;160:882-892.",
        url="https://doi.org/10.1016/j.cell.2015.01.035",
        identifier="10.1016/j.cell.2015.01.035",
    ),
    Source(
        source_id="esm_1v_2021",
        citation="Meier J, Rao R, Verkuil R, et al. Language models enable zero-shot prediction of the effects of "
        "mutations on protein function. NeurIPS 2021.",
        url="https://github.com/facebookresearch/esm",
        licence="MIT",
    ),
    Source(
        source_id="perturbench_2024",
        citation="Wu Y, Wershof E, Schmon SM, et al. PerturBench: benchmarking machine learning models for cellular "
        "perturbation analysis. arXiv 2408.10609; a subset of Norman et al. 2019 and McFaline-Figueroa et al. 2024.",
        url="https://github.com/altoslabs/perturbench",
        licence="BSD-3-Clause",
    ),
    Source(
        source_id="zheng_2017",
        citation="Zheng GXY, Terry JM, Belgrader P, et al. Massively parallel digital transcriptional profiling of "
        "single cells. Nature Communications 2017;8:14049; 700 cells as scanpy ships them.",
        url="https://doi.org/10.1038/ncomms14049",
        identifier="10.1038/ncomms14049",
    ),
)
"""Where inputs come from, as far as the shipped `sources.csv` does not say so already."""
