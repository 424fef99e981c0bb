"""Questions about a split of one's own and their answers: plain data that any process can hold.

Row numbers are those a person sees: the 1-based line of a text file with its header as line 1, the sheet's row of a
workbook, the number of the record of a Parquet file (its first is 1) or of a FASTA file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is in all (0 where nobody knows)."""


class Shape(StrEnum):
    """What a row of the split is."""

    PROTEIN = "protein-variants"
    DNA = "dna-variants"
    SEQUENCES = "sequences"
    SCORES = "scores"


class Field(StrEnum):
    """What a column may mean; position, reference and alternate are of residues or of bases by the shape."""

    LABEL = "label"
    SPLIT = "split"
    ID = "id"
    GENE = "gene"
    PROTEIN = "protein"
    SEQUENCE = "sequence"
    VARIANT = "variant"
    CHROM = "chrom"
    POSITION = "position"
    REFERENCE = "reference"
    ALTERNATE = "alternate"
    ASSEMBLY = "assembly"
    CONSEQUENCE = "consequence"
    CODING = "coding"


Higher = Literal["1", "0"]
"""The label for which a high score speaks."""
Severity = Literal["left out", "warning", "note", "passed"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was given: its name without a folder, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The split and what may come beside it.

    Attributes:
        table: CSV, TSV, Parquet, XLSX, VCF (gzipped or not), or FASTA with the label in each header.
        sequences: FASTA of the proteins or chromosomes that the rows name.
        labels: table with a label for each id of a FASTA or VCF file.
    """

    table: Upload
    sequences: Upload | None = None
    labels: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreColumn:
    """A column of scores, and what its owner says of it.

    Attributes:
        higher_is: the label that a high value speaks for; None where nobody said, and then it is not evaluated.
        role: whether it is judged, or is what others are judged by.
        threshold: from which value on an item counts as what a high value means; None where none was given.
    """

    column: str
    higher_is: Higher | None = None
    role: Literal["model", "baseline"] = "model"
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """A model to run on the split: an id of the registry or a local folder, as `vledger quickstart` takes it."""

    model: str
    weights: str | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the owner of a split decides about it; all of it can be left to what is recognised.

    Attributes:
        shape: None to recognise it.
        columns: what columns mean, by hand; an empty name says that there is no such column.
        scores: the columns to evaluate.
        group: column whose values items share, for the cluster bootstrap; None for the gene where there is one, an
            empty name for items that are independent.
        strata: columns by whose values the result is split up.
        positive: the word of the label column that is label 1, or a bound of measured values such as ">= 0.5"; None for
            the usual words.
        assembly: of DNA variants where no column says it.
        header: 1-based row of the header; None to find it.
        sheet: of a workbook; None for the first.
        draws: resamples behind an interval.
        seed: of everything that is drawn.
        model: a model to run on it.
    """

    shape: Shape | None = None
    columns: tuple[tuple[Field, str], ...] = ()
    scores: tuple[ScoreColumn, ...] = ()
    group: str | None = None
    strata: tuple[str, ...] = ()
    positive: str | None = None
    assembly: str | None = None
    header: int | None = None
    sheet: str | None = None
    draws: int = 2000
    seed: int = 0
    model: OwnModel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong with a row, or with a whole column.

    Attributes:
        kind: short name that equal problems share, such as `reference-mismatch`.
        severity: what became of the row: `left out`, or kept with a `warning` or a `note`.
    """

    kind: str
    severity: Severity
    problem: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the split as a whole, passed ones included.

    Attributes:
        kind: as in `Problem`.
        title: what was looked for, in a few words: "Leakage from train".
        found: what was found, one sentence.
        remedy: what to do about it; None where nothing is to be done.
        rows: how many rows it concerns.
    """

    kind: str
    title: str
    severity: Severity
    found: str
    remedy: str | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table as it was read.

    Attributes:
        filled: cells with a value.
        distinct: different values; counted up to 1,000.
        numeric: whether all filled cells are numbers.
        examples: up to five different values.
        field: what it was taken for, None where it is nothing known.
    """

    name: str
    filled: int
    distinct: int
    numeric: bool
    examples: tuple[str, ...]
    field: Field | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWord:
    """A word of the label column, how often it stands there, and what it was read as."""

    word: str
    count: int
    read_as: Literal["1", "0", "class", "set aside", "missing", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was read, and what the checks found.

    Attributes:
        kind: kind of file: "CSV", "VCF, gzipped" and so on.
        sheets: names of a workbook's sheets.
        header: 1-based row of the header, None where the kind of file has none.
        rows: of the file, below the header.
        used: rows that can be evaluated; `train` of them belong to train.
        positives: of label 1 among those evaluated; None for more than two classes.
        classes: the labels in order.
        fields: what columns mean, recognised and by hand together.
        group: the column in force, None where items count as independent.
        score_columns: numeric columns that mean nothing else: what could be evaluated.
        strata_columns: columns of genes, and others with 2 to 200 values, by which the result can be split up.
        preview: the first rows, column by column.
        problems: the first hundred.
        problem_count: of all.
        problem_table: all of them as CSV, in UTF-8, formulas defused.
        missing: why nothing can be evaluated, None where it can.
    """

    name: str
    sha256: str
    kind: str
    sheets: tuple[str, ...]
    header: int | None
    rows: int
    used: int
    train: int
    positives: int | None
    classes: tuple[str, ...]
    shape: Shape
    columns: tuple[Column, ...]
    fields: Mapping[Field, str]
    group: str | None
    score_columns: tuple[str, ...]
    strata_columns: tuple[str, ...]
    label_words: tuple[LabelWord, ...]
    preview: Mapping[str, Sequence[str]]
    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    problem_table: bytes
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system that was evaluated.

    Attributes:
        system_id: id of a baseline, or the column's name with "column:" before it.
        name: for people.
        role: `yours`, `baseline` or `control`.
        sentence: what it is.
        higher_is: the label that a high value speaks for; None where classes are predicted.
        threshold: in its own scale, with `threshold_source`: who said so, or that it was chosen on train.
        registered: whether it is the baseline to beat, declared before labels were looked at.
    """

    system_id: str
    name: str
    role: Literal["yours", "baseline", "control"]
    sentence: str
    higher_is: Higher | None = None
    threshold: float | None = None
    threshold_source: str | None = None
    registered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The whole split (`column` is None), or the rows where a column has a value.

    Attributes:
        judged: whether it has enough rows for verdicts, and `reason` if not.
    """

    part_id: str
    label: str
    n: int
    positives: int | None
    column: str | None = None
    judged: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A metric of a system on a part, with its 95 % interval, or the reason why there is none."""

    system_id: str
    part_id: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    method: str | None
    n: int
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A system minus a baseline on the items that both score, and both verdicts."""

    system_id: str
    baseline_id: str
    part_id: str
    metric: str
    delta: float | None
    low: float | None
    high: float | None
    method: str | None
    p: float | None
    q: float | None
    p_method: str | None
    n: int
    verdict_article: str | None
    verdict: str | None
    minimum_effect: float
    registered: bool
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a part could show at all.

    Attributes:
        system_id: whose difference to the baseline it is about; None for a model that is still to come.
        detectable: the smallest true difference found in four of five splits like this one (power 0.8).
        assumed: what that rests on, one sentence.
        needed: items in all for the interval of the difference seen to leave out 0, or, for a model to come, for the
            minimum effect to be detectable; None with a reason.
    """

    part_id: str
    metric: str
    baseline_id: str
    system_id: str | None
    detectable: float | None
    minimum_effect: float
    needed: int | None
    assumed: str
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything that was found on a split, without a time or a machine: the same question has the same answer.

    Attributes:
        inspection: of what was evaluated, its preview left empty.
        primary: the metric of the verdicts.
        systems: the user's first, then the baselines, the registered one first, then controls.
        curves: points of the ROC and precision-recall curve of each system on the whole split, at most 200 each:
            system_id -> {"fpr", "tpr", "recall", "precision"}; empty where there are more than two classes.
        flags: of protocols F that apply, {flag, severity, evidence}.
        command: which reproduces it.
        seed: of the draws.
        engine_version: of this engine.
        failed: systems that could not be run, with the reason.
    """

    inspection: Inspection
    primary: str
    metrics: tuple[str, ...]
    systems: tuple[System, ...]
    parts: tuple[Part, ...]
    values: tuple[Value, ...]
    differences: tuple[Difference, ...]
    power: tuple[Power, ...]
    flags: tuple[Mapping[str, str], ...]
    command: str
    seed: int
    draws: int
    engine_version: str
    curves: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    failed: tuple[Problem, ...] = ()


class Judged(Protocol):
    """What every result has, of a table and of cells: tables, reports and their sentences are made from it."""

    @property
    def primary(self) -> str:
        """The metric of the verdicts."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The primary one first."""

    @property
    def systems(self) -> tuple[System, ...]:
        """The user's first."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The whole first."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Of every system."""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Of the user's systems to baselines."""

    @property
    def seed(self) -> int:
        """Of the draws."""

    @property
    def draws(self) -> int:
        """Resamples behind an interval."""

    @property
    def engine_version(self) -> str:
        """Of this engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model that could be run on the split here.

    Attributes:
        seconds: how long it would take, estimated; None where nothing was ever measured.
        sentence: what the estimate rests on.
    """

    model: str
    name: str
    parameters: int | None
    seconds: float | None
    sentence: str
