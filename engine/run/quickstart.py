"""The quickstart: a protein language model and a matrix baseline on the same labelled variants, side by side.

Equal to the article's procedure on the same input: masked marginals, minus BLOSUM62, AUROC with the percentile
interval of 2,000 iid resamples from seed 0, and its PASS rule. Beyond it: checks of every line, windows of proteins
longer than the model reads, more baselines, the paired verdict, and none at all on a handful of variants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import models
from engine.datasets.split import read_split
from engine.errors import NotHereError, SpecError
from engine.names import ALL_STRATA, Metric, Protocol, Role
from engine.registry import read_systems, scorers
from engine.registry.adapters import CannotRun, resolve
from engine.run.changes import changes_of, cut, take
from engine.run.evaluate import evaluate, judge
from engine.run.measure import Settings
from engine.run.parts import System, rule_system
from engine.run.plan import declared_identity
from engine.statistics.resampling import Resampling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.protocols import ModelIdentity, SequenceModel
    from engine.records import Comparison, Score
    from engine.registry.adapters import AdapterCard
    from engine.variants import VariantTask

    Progress = Callable[[int, int, int, float], None]

DEFAULT_MODEL = "esm-2-35m"
BASELINE = "blosum62"
_OTHERS = ("grantham", "hydropathy", "volume")
_DRAWS, _SEED = 2000, 0
# Variants between two signs of life.
_STEP = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which model, and how it is loaded; the options are those of `engine.models.load`."""

    model: str = DEFAULT_MODEL
    weights: Path | None = None
    device: str | None = None
    dtype: str | None = None
    batch_tokens: int | None = None
    allow_remote_code: bool = False
    allow_pickle: bool = False

    def load(self, card: AdapterCard) -> SequenceModel:
        """The model, loaded.

        Raises:
            NotHereError: torch, a package, the weights or the device is not on this machine.
            SpecError: the model cannot be loaded this way.
        """
        return models.load(
            card,
            weights=self.weights,
            device=self.device,
            dtype=self.dtype,
            batch_tokens=self.batch_tokens,
            allow_remote_code=self.allow_remote_code,
            allow_pickle=self.allow_pickle,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A scorer by its name, and its options."""

    protocol: str
    options: Sequence[tuple[str, Any]] = ()


ARTICLE = Asked(Protocol.MASKED_MARGINAL)
"""The article's rule, whatever else the model could be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the quickstart found.

    Attributes:
        data: the split.
        systems: scores of every variant, the model first.
        scores: AUROC of every system, in the same order.
        comparisons: the model next to every baseline; empty where no model was scored.
        problem: why the model is missing, or None.
        identity: what exactly was loaded, or None.
        contamination: what the model may have seen of such variants, as the registry tells.
    """

    data: VariantTask
    systems: Sequence[System]
    scores: Sequence[Score]
    comparisons: Sequence[Comparison]
    problem: str | None
    identity: ModelIdentity | None
    contamination: str | None


def quickstart(
    path: Path, ask: Ask | None, progress: Progress | None = None, *, alignment: Path | None = None
) -> Answer:
    """Score a split with a model and with the baselines.

    Args:
        path: A CSV or TSV file, see `engine.datasets.split`.
        ask: The model; None for the baselines alone.
        alignment: Of the split's one protein, from its first residue on: adds the site-independent baseline.
        progress: Called with variants done and wanted, tokens fed, and seconds in the model.

    Raises:
        TableError: the split is not as it must be.
        SpecError: the model does not exist, cannot read proteins, or cannot be loaded as asked; an alignment for a
            split of several proteins.
        SequenceError: the alignment is none, or of another protein.
    """
    data = read_split(path)
    card = _card(ask.model) if ask else None
    systems = [rule_system(data, model_id) for model_id in (BASELINE, *_OTHERS)]
    if alignment:
        systems.append(_site_independent(data, alignment))
    problem = identity = None
    if ask and card:
        try:
            scored, identity = score_with(data, card, ask, progress)
            systems.insert(0, scored)
        except NotHereError as error:
            problem = str(error)
    how = Resampling("iid", _DRAWS, _SEED)
    settings = Settings(run_id="quickstart", source_id="engine", resampling=how, metrics=(Metric.AUROC,))
    scores, comparisons = evaluate(data, systems, {ALL_STRATA: BASELINE}, settings)
    return Answer(
        data=data,
        systems=systems,
        scores=scores,
        comparisons=judge(comparisons),
        problem=problem,
        identity=identity,
        contamination=_contamination(identity),
    )


def protein_card(model: str, what: str = "a split has proteins") -> AdapterCard:
    """The card of a protein model, before any weights are loaded.

    Args:
        model: Id of the registry or a folder.
        what: Why it has to read proteins, for the sentence.

    Raises:
        SpecError: there is no such model, it cannot be run, or it reads DNA.
    """
    card = resolve(model)
    if isinstance(card, CannotRun):
        raise SpecError(card.sentence)
    if card.alphabet != "protein":
        raise SpecError(f"{card.model_id} reads DNA, and {what}: choose a protein model such as esm-2-8m.")
    return card


def _card(model: str) -> AdapterCard:
    card = protein_card(model)
    scorers.make(Protocol.MASKED_MARGINAL, {}).check(declared_identity(card))
    return card


def _contamination(identity: ModelIdentity | None) -> str | None:
    found = [row.contamination_notes for row in read_systems() if identity and row.model_id == identity.model_id]
    return found[0] if found else None


def _site_independent(data: VariantTask, alignment: Path) -> System:
    if len(data.proteins) > 1:
        raise SpecError(f"an alignment is of one protein, and the split has {len(data.proteins)}: split it by protein.")
    return rule_system(data, "site-independent", alignment_path=alignment, first_position=1)


def score_with(
    data: VariantTask,
    card: AdapterCard,
    ask: Ask,
    progress: Progress | None = None,
    *,
    asked: Asked = ARTICLE,
    step: int = _STEP,
) -> tuple[System, ModelIdentity]:
    """Load a model and score the items that it can read; the others have no score.

    Args:
        data: The items, with the sequences that the model reads.
        card: Of the model, from `engine.registry.adapters.resolve`.
        ask: How it is loaded.
        progress: As in `quickstart`.
        asked: The scorer with its options.
        step: Variants between two signs of life.

    Raises:
        NotHereError: torch, a package, the weights or the device is not on this machine.
        SpecError: the model cannot be loaded or asked this way, or the items have no sequences for it.
    """
    scorer = scorers.make(asked.protocol, dict(asked.options))
    changes = changes_of(data, card.alphabet)
    loaded = ask.load(card)
    scorer.check(loaded.identity)
    scores = np.full(len(data.items), np.nan)
    done = 0
    for variants in cut(changes, step):
        part = scorer.score(loaded, take(changes.substitutions, variants))
        scores[changes.items[variants]] = part.scores
        done += len(variants)
        if progress:
            progress(done, len(changes.items), loaded.meter.tokens, loaded.meter.seconds)
    system = System(
        model_id=card.model_id,
        role=Role.MODEL,
        protocol=asked.protocol,
        higher_is=scorer.higher_is,
        scores=scores,
    )
    return system, loaded.identity
