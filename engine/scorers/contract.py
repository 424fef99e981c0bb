"""What every scorer promises: which models it suits, what it costs, and what it hands back."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field

import numpy as np

from engine.errors import SpecError, StatisticError
from engine.names import Direction, Protocol

if typing.TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.protocols import Kind, ModelIdentity, Tokens
    from engine.variants import Substitutions

_LETTERS = (Protocol.MASKED_MARGINAL, Protocol.WT_MARGINAL, Protocol.PLL_DIFFERENCE)
_SUITS: dict[tuple[str, str], tuple[Protocol, ...]] = {
    ("masked", "residue"): _LETTERS,
    ("masked", "nucleotide"): _LETTERS,
    ("masked", "kmer"): (Protocol.KMER_LLR, Protocol.PLL_DIFFERENCE),
    ("masked", "bpe"): (Protocol.PLL_DIFFERENCE,),
    ("causal", "residue"): (Protocol.CAUSAL_LLR,),
    ("causal", "nucleotide"): (Protocol.CAUSAL_LLR,),
    ("causal", "kmer"): (Protocol.FIRST_BASE_MARGINAL,),
    ("causal", "bpe"): (Protocol.CAUSAL_LLR,),
}
_DNA_ONLY = {Protocol.KMER_LLR, Protocol.FIRST_BASE_MARGINAL}
_BECAUSE = {
    "residue": "each of its tokens is one residue",
    "nucleotide": "each of its tokens is one base",
    "kmer": "its tokens are k-mers, so a base has no token of its own",
    "bpe": "its tokens are BPE, so one SNV can change the number of tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The models that a scorer can ask."""

    kinds: frozenset[Kind]
    tokens: frozenset[Tokens]
    alphabets: frozenset[str] = frozenset({"protein", "dna"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Rows and tokens, special tokens included, that a model will be fed.

    `exact` is False where only the tokeniser can tell: both numbers are then the most there can be.
    """

    rows: int
    tokens: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of variants.

    Attributes:
        scores: shape (count,), float64, all finite.
        details: further arrays of shape (count,), such as flags of a cut window; counts add over a variant's changes,
            a flag is true where it is true for one of them.
    """

    scores: NDArray[np.float64]
    details: Mapping[str, NDArray[typing.Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse scores that are no numbers.

        Raises:
            StatisticError: a score is NaN or infinite.
        """
        bad = np.flatnonzero(~np.isfinite(self.scores))
        if bad.size:
            raise StatisticError(
                f"{bad.size} scores are not finite, the first one that of variant {bad[0]} ({self.scores[bad[0]]}): "
                "load the model in float32, or leave these variants out."
            )


class Scorer(typing.Protocol):
    """A zero-shot score: a frozen dataclass whose fields are its options."""

    name: typing.ClassVar[Protocol]
    higher_is: typing.ClassVar[Direction]
    is_signed: typing.ClassVar[bool]
    needs: typing.ClassVar[Needs]

    def check(self, identity: ModelIdentity) -> None:
        """Refuse, with SpecError, a model that cannot be scored this way."""

    def cost(self, changes: Substitutions, identity: ModelIdentity) -> Cost:
        """What scoring these changes will feed to the model."""

    def score(self, model: typing.Any, changes: Substitutions) -> Scored:
        """Scores of all variants; a variant with several changes gets the sum over its changes."""


def suitable(identity: ModelIdentity) -> tuple[Protocol, ...]:
    """The scorers that a model can be asked with, the usual one first."""
    own = _SUITS.get((identity.kind, identity.tokens), ())
    refused = _DNA_ONLY if identity.alphabet == "protein" else set()
    return (*(name for name in own if name not in refused), Protocol.EMBEDDING_DISTANCE)


def check_needs(name: Protocol, needs: Needs, identity: ModelIdentity) -> None:
    """Refuse a model of the wrong kind, tokens or alphabet.

    Raises:
        SpecError: says why, and which scorers to use instead.
    """
    if identity.kind not in needs.kinds:
        problem = f"it is of the kind '{identity.kind}', not '{' or '.join(sorted(needs.kinds))}'"
    elif identity.tokens not in needs.tokens:
        problem = _BECAUSE[identity.tokens]
    elif identity.alphabet not in needs.alphabets:
        problem = f"it reads {identity.alphabet}"
    else:
        return
    instead = " or ".join(suitable(identity))
    raise SpecError(f"{identity.model_id} cannot be scored with {name}: {problem}; use {instead}.")


def check_option(name: str, value: object, *, least: int = 1, optional: bool = False) -> None:
    """Refuse an option that is no whole number from `least` on.

    Raises:
        SpecError: names the option and the value.
    """
    if optional and value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise SpecError(f"The scorer's option '{name}' is {value!r}: give a whole number of at least {least}.")


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse an option that is none of its words.

    Raises:
        SpecError: names the option, the value and the words.
    """
    if value not in choices:
        raise SpecError(f"The scorer's option '{name}' is {value!r}: choose {' or '.join(choices)}.")


def check_flag(name: str, value: object, *, optional: bool = False) -> None:
    """Refuse an option that is neither true nor false.

    Raises:
        SpecError: names the option and the value.
    """
    if not isinstance(value, bool) and not (optional and value is None):
        raise SpecError(f"The scorer's option '{name}' is {value!r}: choose true or false.")
