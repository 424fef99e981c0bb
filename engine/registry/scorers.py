"""Zero-shot scorers as data: a name, where its class is, a sentence and the source of its formula."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError
from engine.names import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerCard:
    """What a reader sees of a scorer before anything is loaded; `pointer` is "module:class"."""

    name: Protocol
    pointer: str
    sentence: str
    source: str


_CARDS = (
    ScorerCard(
        name=Protocol.MASKED_MARGINAL,
        pointer="engine.scorers.masked_marginal:MaskedMarginal",
        sentence="The changed letter is masked in the reference; how much likelier is the alternate there?",
        source="Meier et al., NeurIPS 2021, one position at a time as in esm and ProteinGym; Benegas et al., PNAS 2023",
    ),
    ScorerCard(
        name=Protocol.WT_MARGINAL,
        pointer="engine.scorers.wt_marginal:WtMarginal",
        sentence="The reference is read once, unmasked; how much likelier is the alternate at the changed letter?",
        source="Meier et al., NeurIPS 2021; overlapping windows of ProteinGym, Notin et al., NeurIPS 2023",
    ),
    ScorerCard(
        name=Protocol.PLL_DIFFERENCE,
        pointer="engine.scorers.pll_difference:PllDifference",
        sentence="Every token is masked in turn; how much likelier is the whole window with the alternate?",
        source="Salazar et al., ACL 2020",
    ),
    ScorerCard(
        name=Protocol.CAUSAL_LLR,
        pointer="engine.scorers.causal_llr:CausalLlr",
        sentence="The window is read from left to right; how much likelier is it with the alternate?",
        source="Nguyen et al., Science 2024 (Evo); Brixi et al., 2025 (Evo 2)",
    ),
    ScorerCard(
        name=Protocol.KMER_LLR,
        pointer="engine.scorers.kmer_llr:KmerLlr",
        sentence="The k-mer of the change is masked; how much likelier is the k-mer with the alternate?",
        source="Benegas et al., 2025 (TraitGym), for the Nucleotide Transformer",
    ),
    ScorerCard(
        name=Protocol.FIRST_BASE_MARGINAL,
        pointer="engine.scorers.first_base_marginal:FirstBaseMarginal",
        sentence="After the letters before the change, how much likelier is a k-mer that begins with the alternate?",
        source="Wu et al., 2025 (GENERator)",
    ),
    ScorerCard(
        name=Protocol.EMBEDDING_DISTANCE,
        pointer="engine.scorers.embedding_distance:EmbeddingDistance",
        sentence="How far does the change move the window's embedding? It has no sign: gain and loss look the same.",
        source="Marin et al., ICLR 2024 (BEND); Patel et al., NeurIPS 2024 (DART-Eval)",
    ),
)

SCORERS: Mapping[str, ScorerCard] = MappingProxyType({card.name.value: card for card in _CARDS})
"""All scorers by name."""


def resolve(name: str) -> type:
    """The class of a scorer; its module is loaded now.

    Raises:
        SpecError: there is no such scorer.
    """
    if name not in SCORERS:
        raise SpecError(f"There is no scorer '{name}'{_meant(name, SCORERS)}.")
    module, _, attribute = SCORERS[name].pointer.partition(":")
    found: type = getattr(importlib.import_module(module), attribute)
    return found


def option_names(name: str) -> tuple[str, ...]:
    """The options of a scorer.

    Raises:
        SpecError: there is no such scorer.
    """
    return tuple(field.name for field in dataclasses.fields(resolve(name)))


def make(name: str, options: Mapping[str, Any]) -> Any:
    """A scorer with its options set.

    Raises:
        SpecError: there is no such scorer or option, or a value is not allowed.
    """
    known = option_names(name)
    unknown = next((option for option in options if option not in known), None)
    if unknown is not None:
        raise SpecError(f"The scorer '{name}' has no option '{unknown}'{_meant(unknown, known)}.")
    return resolve(name)(**options)


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return (f": did you mean '{close[0]}'? Choose" if close else ": choose") + f" one of {', '.join(known)}"
