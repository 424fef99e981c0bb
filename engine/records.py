"""The rows that stages exchange and the store keeps: one frozen dataclass per table, field = column.

A value that is not established is None. A value that could not be computed is None with an
`undefined_reason`. NaN appears nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where facts come from."""

    source_id: str
    citation: str
    url: str | None = None
    identifier: str | None = None
    licence: str | None = None
    version: str | None = None
    retrieved_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A system that is scored: model, baseline or control."""

    model_id: str
    name: str
    role: str
    modality: str | None = None
    family: str | None = None
    architecture: str | None = None
    inputs: str | None = None
    tokenizer: str | None = None
    tokenizer_detail: str | None = None
    bp_per_token: float | None = None
    context_value: int | None = None
    context_unit: str | None = None
    context_bp: int | None = None
    context_note: str | None = None
    parameters: int | None = None
    parameters_note: str | None = None
    pretraining_data: str | None = None
    pretraining_group: str | None = None
    licence: str | None = None
    licence_group: str | None = None
    code_licence: str | None = None
    access: str | None = None
    access_kind: str | None = None
    hf_id: str | None = None
    revision: str | None = None
    loader: str | None = None
    trust_remote_code: str | None = None
    extra_packages: str | None = None
    scoring_supported: str | None = None
    pooling: str | None = None
    supervised_on_assay: bool | None = None
    contamination: str | None = None
    known_defects: str | None = None
    provenance_note: str | None = None
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterStatement:
    """One parameter count as one place states it."""

    model_id: str
    parameters: int
    stated_by: str
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something a system is measured on."""

    task_id: str
    label: str
    suite: str
    category: str
    collection: str | None = None
    redundancy_group: str | None = None
    kind: str
    primary_metric: str
    n_train: int | None = None
    n_test: int | None = None
    n_classes: int | None = None
    prevalence: float | None = None
    organism: str | None = None
    assembly: str | None = None
    sentinel: bool = False
    position: int
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of a task on which scores are reported, `all` included."""

    task_id: str
    stratum: str
    label: str
    kind: str
    n: int | None = None
    prevalence: float | None = None
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One value of one metric, with its interval where one is known."""

    model_id: str
    task_id: str
    stratum: str
    regime: str
    protocol: str
    metric: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    se_to_best: float | None = None
    n: int | None = None
    undefined_reason: str | None = None
    origin: str
    provenance: str
    run_id: str | None = None
    source_id: str
    threshold: float | None = None
    threshold_source: str | None = None
    flags: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFit:
    """How a probe came to its scores of one task in one regime: what went in, and what was chosen on train.

    `pooling`, `layer` and `strands` are None for features that no model made; `truncated` is the share of sequences
    that the model did not see whole; `draws` counts few-shot draws.
    """

    run_id: str
    model_id: str
    task_id: str
    regime: str
    protocol: str
    features: str
    width: int | None
    pooling: str | None = None
    layer: int | None = None
    strands: str | None = None
    truncated: float | None = None
    c: float | None = None
    class_weight: str | None = None
    c_at_edge: bool | None = None
    inner_score: float | None = None
    converged: bool | None = None
    fold_hash: str | None = None
    draws: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """How much of a task's test split its train split gives away.

    Counts are test sequences: equal to one of train, equal to the reverse complement of one (and not to one), and
    among both those with another label there. `containment` is JSON: the edges and counts of the histogram over test
    sequences of the largest share of a sequence's k-mers that one train sequence holds. A sequence is `near` where that
    is above `near_from`, or where it is equal to one of train on either strand.
    """

    task_id: str
    k: int
    n_test: int
    exact: int
    reverse_complement: int
    label_conflicts: int
    train_duplicates: int
    near_from: float
    near: int
    containment: str
    method: str
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of one spec, with everything needed to repeat it; times are UTC, ISO 8601."""

    run_id: str
    started_at: str
    finished_at: str | None
    status: str
    command: str
    spec_hash: str
    spec_json: str
    engine_version: str
    git_commit: str | None
    git_dirty: bool | None
    packages_json: str
    device: str | None
    dtype: str | None
    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One labelled variant; `pos` is 1-based, `groups` is JSON, `value` the measured quantity of a continuous assay."""

    task_id: str
    item_id: str
    split: str | None = None
    label: int | None = None
    chrom: str | None = None
    pos: int | None = None
    ref: str | None = None
    alt: str | None = None
    assembly: str | None = None
    gene: str | None = None
    protein_variant: str | None = None
    consequence: str | None = None
    groups: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One item in one part of its task."""

    task_id: str
    stratum: str
    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One system's score of one item, in the system's own direction; None where it has none."""

    run_id: str
    model_id: str
    task_id: str
    item_id: str
    score: float | None
    higher_is: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A model next to a baseline on the same items; `delta` is model minus baseline, `flags` is JSON.

    `registered`: the baseline is the one that was declared the strongest before the test set was opened.
    """

    task_id: str
    stratum: str
    regime: str
    protocol: str
    metric: str
    model_id: str
    baseline_id: str
    delta: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    q: float | None
    verdict_article: str | None
    verdict: str | None
    flags: str | None
    run_id: str | None
    n: int | None
    ci_method: str | None
    p_method: str | None
    minimum_effect: float | None
    registered: bool | None
    undefined_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMeasure:
    """A metric of one system on one perturbation or one cell type.

    `n` counts the splits in which a perturbation was held out, or the cells of a type.
    """

    run_id: str
    model_id: str
    task_id: str
    protocol: str
    item_id: str
    metric: str
    value: float | None
    n: int | None
    undefined_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that was asked for and did not happen."""

    run_id: str
    stage: str
    model_id: str | None
    task_id: str | None
    error_type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What scoring one task with one model cost: tokens fed, seconds in forward passes, peak memory in bytes."""

    run_id: str
    model_id: str
    task_id: str
    protocol: str
    device: str
    dtype: str
    n_items: int
    tokens: int
    seconds: float
    tokens_per_second: float | None
    halvings: int
    peak_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One checkable claim of the literature."""

    claim_id: str
    system: str
    task_family: str
    ledger: str
    statement: str
    metric: str | None
    value: str | None
    unit: str | None
    comparator: str | None
    comparator_value: str | None
    outcome: str
    evidence: str
    caveat: str | None
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One row of the selection matrix."""

    task: str
    first_choice: str
    baseline_to_beat: str
    caveat: str
    why: str
    task_family: str
    source_ids: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A way to compare models wrongly."""

    trap_id: str
    name: str
    what_goes_wrong: str
    what_a_dashboard_should_flag: str
    source_ids: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a fair critic would say against the ledger itself."""

    objection_id: str
    objection: str
    effect_on_reading: str
    source_ids: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotClaimed:
    """A claim that this ledger does not make, and why."""

    not_claimed_id: str
    claim_not_made: str
    reason: str
    source_ids: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextWindow:
    """A context length as a source states it, in the source's unit."""

    model: str
    value: int
    unit: str
    note: str | None
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFact:
    """What the literature says about a system, in words."""

    system: str
    organisation_or_authors: str | None
    modality: str | None
    architecture: str | None
    params: str | None
    training_data: str | None
    access: str | None
    licence_terms: str | None
    source_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSystem:
    """One of the models that a system of the literature stands for."""

    system: str
    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSupport:
    """Whether this engine runs a system; `sentence` says how, or why not."""

    model_id: str
    runs: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything one importer or one run found, ready for the store."""

    sources: Sequence[Source] = field(default=())
    models: Sequence[Model] = field(default=())
    parameter_statements: Sequence[ParameterStatement] = field(default=())
    tasks: Sequence[Task] = field(default=())
    strata: Sequence[Stratum] = field(default=())
    scores: Sequence[Score] = field(default=())
    runs: Sequence[Run] = field(default=())
    comparisons: Sequence[Comparison] = field(default=())
    failures: Sequence[Failure] = field(default=())
    throughputs: Sequence[Throughput] = field(default=())
    probe_fits: Sequence[ProbeFit] = field(default=())
    leakages: Sequence[Leakage] = field(default=())
    item_values: Sequence[ItemMeasure] = field(default=())
    claims: Sequence[Claim] = field(default=())
    decisions: Sequence[Decision] = field(default=())
    traps: Sequence[Trap] = field(default=())
    objections: Sequence[Objection] = field(default=())
    not_claimed: Sequence[NotClaimed] = field(default=())
    context_windows: Sequence[ContextWindow] = field(default=())
    model_facts: Sequence[ModelFact] = field(default=())
    ledger_systems: Sequence[LedgerSystem] = field(default=())
    engine_support: Sequence[EngineSupport] = field(default=())


TABLE_OF: dict[str, type] = {
    "source": Source,
    "model": Model,
    "parameter_statement": ParameterStatement,
    "task": Task,
    "stratum": Stratum,
    "score": Score,
    "run": Run,
    "item": Item,
    "membership": Membership,
    "prediction": Prediction,
    "comparison": Comparison,
    "failure": Failure,
    "throughput": Throughput,
    "probe_fit": ProbeFit,
    "leakage": Leakage,
    "item_value": ItemMeasure,
    "claim": Claim,
    "decision": Decision,
    "trap": Trap,
    "objection": Objection,
    "not_claimed": NotClaimed,
    "context_window": ContextWindow,
    "model_fact": ModelFact,
    "ledger_system": LedgerSystem,
    "engine_support": EngineSupport,
}
"""Store table of each record type."""

BUNDLE_FIELD_OF: dict[str, str] = {
    "source": "sources",
    "model": "models",
    "parameter_statement": "parameter_statements",
    "task": "tasks",
    "stratum": "strata",
    "score": "scores",
    "run": "runs",
    "comparison": "comparisons",
    "failure": "failures",
    "throughput": "throughputs",
    "probe_fit": "probe_fits",
    "leakage": "leakages",
    "item_value": "item_values",
    "claim": "claims",
    "decision": "decisions",
    "trap": "traps",
    "objection": "objections",
    "not_claimed": "not_claimed",
    "context_window": "context_windows",
    "model_fact": "model_facts",
    "ledger_system": "ledger_systems",
    "engine_support": "engine_support",
}
"""Where a bundle holds the rows of a table."""

BULK_TABLES = ("item", "membership", "prediction")
"""Tables too long for objects: their rows travel as Parquet files with the fields of their record as columns."""


def merge(bundles: Sequence[Bundle]) -> Bundle:
    """One bundle with the rows of all, in order."""
    joined = {name: [row for bundle in bundles for row in getattr(bundle, name)] for name in BUNDLE_FIELD_OF.values()}
    return Bundle(**joined)
