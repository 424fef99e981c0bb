"""Baselines and controls on labelled sequences as data: what each turns a sequence into, before the same probe."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError
from engine.names import Family, Role, licence_group
from engine.records import Model
from engine.registry.baselines import BASELINES

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.sequences import Candidate, Split

    Featuriser = Callable[..., list[Candidate]]

SOURCE_ID = "engine"
REGISTERED = "kmer-best"
"""The baseline to beat where a probe has no inner folds by which the strongest is found on train.

A tuned k-mer regression is what third parties found hard to beat in GENEB's own protocol.
"""
_LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCard:
    """A system on sequences that no pretrained model is part of.

    Attributes:
        pointer: "module:function" from (train, test, alphabet) to candidate features; None where the system is
            trained from end to end and has no features for a probe.
        sentence: what it is, for people.
        source: who described it.
    """

    model_id: str
    name: str
    role: Role = Role.BASELINE
    pointer: str | None
    sentence: str
    source: str
    family: Family = Family.SCORE

    def candidates(self, train: Split, test: Split, *, alphabet: str) -> list[Candidate]:
        """Features of both splits; more than one candidate where the probe may choose on train.

        Raises:
            SpecError: the system has no features.
        """
        if self.pointer is None:
            raise SpecError(f"{self.model_id} is trained from end to end: there are no frozen features to probe.")
        module, _, name = self.pointer.partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        made: list[Candidate] = found(train, test, alphabet=alphabet)
        return made


_OWN = "A rule of this project, declared before labels were looked at."

_CARDS = (
    FeatureCard(
        model_id="kmer-best",
        name="Tuned k-mers",
        pointer="engine.baselines.kmers:best_kmers",
        sentence="Which words of up to six letters a sequence has; which words count is chosen on train.",
        source="After the k-mer spectrum of Leslie, Eskin & Noble, Pac Symp Biocomput 2002:564-575",
    ),
    FeatureCard(
        model_id="kmer-4",
        name="4-mer frequencies",
        pointer="engine.baselines.kmers:four_mers",
        sentence="How often each word of four letters occurs: the baseline that GENEB's harness comes with.",
        source="https://github.com/chenkenbio/GENEB",
    ),
    FeatureCard(
        model_id="onehot",
        name="One-hot positions",
        pointer="engine.baselines.one_hot:letters_and_pairs",
        sentence="Which letter, or pair of letters, stands at each position; which of both is chosen on train.",
        source=_OWN,
    ),
    FeatureCard(
        model_id="gc",
        name="Length and GC",
        pointer="engine.baselines.composition:length_and_gc",
        sentence="How long a sequence is and how much C and G it has.",
        source=_OWN,
    ),
    FeatureCard(
        model_id="cnn",
        name="CNN from scratch",
        pointer=None,
        sentence="A small convolutional network trained on the task alone; its field of view is the whole sequence.",
        source="After Grešová et al., BMC Genom Data 2023;24:25, https://doi.org/10.1186/s12863-023-01123-8",
        family=Family.CNN,
    ),
    FeatureCard(
        model_id="majority",
        name="Majority class",
        role=Role.CONTROL,
        pointer="engine.baselines.composition:nothing",
        sentence="The class that train has most of, whatever the sequence.",
        source=_OWN,
    ),
)

FEATURES: dict[str, FeatureCard] = {card.model_id: card for card in _CARDS}
"""What stands beside every model on labelled sequences, by id."""

DEFAULT = (*FEATURES, "shuffled:kmer-4")
"""What a probing run has beside its models where nothing else is asked for."""


def find_features(model_id: str) -> FeatureCard:
    """The card of an id.

    Raises:
        SpecError: there is none; the message names the nearest.
    """
    if model_id in FEATURES:
        return FEATURES[model_id]
    near = difflib.get_close_matches(model_id, FEATURES, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(FEATURES)}."
    raise SpecError(f"there is no baseline '{model_id}' on sequences; {hint}")


def as_models() -> list[Model]:
    """Rows of the store's `model` table for the cards that no other table describes."""
    return [
        Model(
            model_id=card.model_id,
            name=card.name,
            role=card.role,
            modality="DNA",
            family=card.family,
            licence=_LICENCE,
            licence_group=licence_group(_LICENCE),
            code_licence=_LICENCE,
            access_kind="algorithm",
            supervised_on_assay=False,
            provenance_note=f"{card.sentence} {card.source}",
            source_id=SOURCE_ID,
        )
        for card in FEATURES.values()
        # Of variants and of sequences alike: the same quantity under the same id.
        if card.model_id not in BASELINES
    ]
