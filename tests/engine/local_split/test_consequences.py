"""Words for what a variant does to its transcript."""

from __future__ import annotations

import pytest

from engine.local_split.consequences import consequence_of
from engine.names import Consequence


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("missense_variant", Consequence.MISSENSE),
        ("Missense_Mutation", Consequence.MISSENSE),
        ("stop_gained", Consequence.NONSENSE),
        ("frameshift_variant", Consequence.NONSENSE),
        ("splice_donor_variant", Consequence.CANONICAL_SPLICE),
        ("Canonical splice", Consequence.CANONICAL_SPLICE),
        ("5_prime_UTR_variant", Consequence.UTR5),
        ("5' UTR", Consequence.UTR5),
        ("3'UTR", Consequence.UTR3),
        ("intron_variant", Consequence.INTRONIC),
        ("Splice region", Consequence.SPLICE_REGION),
        ("SO:0001583|missense_variant", Consequence.MISSENSE),
        ("missense + 3'UTR", Consequence.MISSENSE),
    ],
)
def test_terms_of_vep_clinvar_and_our_own_words_are_known(text: str, word: Consequence) -> None:
    assert consequence_of(text) is word


@pytest.mark.parametrize("word", Consequence)
def test_every_word_of_ours_is_itself(word: Consequence) -> None:
    assert consequence_of(word.value) is word


def test_of_joined_terms_the_most_severe_counts() -> None:
    assert consequence_of("splice_region_variant&intron_variant") is Consequence.SPLICE_REGION
    assert consequence_of("synonymous_variant,stop_gained") is Consequence.NONSENSE


@pytest.mark.parametrize("text", ["", "intergenic_variant", "inframe_deletion", "huh"])
def test_a_term_without_a_declared_grade_has_none(text: str) -> None:
    assert consequence_of(text) is None
