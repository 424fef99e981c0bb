"""What a variant does to its transcript, in the words that people use for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.local_split.fields import plain
from engine.names import Consequence

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYNONYMS: Mapping[Consequence, tuple[str, ...]] = {
    Consequence.CANONICAL_SPLICE: (
        "splice_acceptor_variant", "splice_donor_variant", "canonical splice site", "splice_site", "splicing",
        "splice_site_variant", "splice",
    ),
    Consequence.NONSENSE: (
        "stop_gained", "stop_gain", "stopgain", "nonsense_mutation", "frameshift_variant", "frameshift",
        "frame_shift_del", "frame_shift_ins", "frameshift_deletion", "frameshift_insertion", "frameshift_substitution",
        "frameshift_block_substitution", "nonsense_variant",
    ),
    Consequence.START_LOSS: (
        "start_lost", "startloss", "initiator_codon_variant", "translation_start_site", "initiatior_codon_variant",
    ),
    Consequence.STOP_LOSS: ("stop_lost", "stoploss", "nonstop_mutation"),
    Consequence.MISSENSE: ("missense_variant", "missense_mutation", "nonsynonymous", "nonsynonymous_snv"),
    Consequence.SPLICE_REGION: (
        "splice_donor_5th_base_variant", "splice_region_variant", "splice_donor_region_variant",
        "splice_polypyrimidine_tract_variant",
    ),
    Consequence.SYNONYMOUS: (
        "synonymous_variant", "stop_retained_variant", "start_retained_variant", "silent", "synonymous_snv",
        "stop synonymous",
    ),
    Consequence.UTR5: (
        "5_prime_utr_variant", "5_prime_utr_premature_start_codon_gain_variant", "utr5", "5utr", "five_prime_utr",
    ),
    Consequence.UTR3: ("3_prime_utr_variant", "utr3", "3utr", "three_prime_utr"),
    Consequence.RNA_GENE: (
        "non_coding_transcript_exon_variant", "non_coding_transcript_variant", "mature_mirna_variant", "rna",
        "ncrna_exonic", "non_coding_exon_variant",
    ),
    Consequence.INTRONIC: ("intron_variant", "intron", "intron (non-splice)"),
}  # fmt: skip
"""The most severe first, as Ensembl's VEP orders them.

A frameshift stands with the nonsense variants, for what it leaves is a protein cut short. Terms for which no grade was
declared (in-frame insertions and deletions, up- and downstream, intergenic) are not here.
"""
_RANK = {word: place for place, word in enumerate(_SYNONYMS)}
_OF = {plain(text): word for word, texts in _SYNONYMS.items() for text in (*texts, word.value)}
_JOINT = re.compile(r"[&|,;+~]")
_NUMBERED = re.compile(r"^SO:\d+$")


def consequence_of(text: str) -> Consequence | None:
    """Our word for a term, of several joined ones for the most severe; None where none of them has a grade."""
    parts = [part.strip() for part in _JOINT.split(text)]
    found = [_OF[plain(part)] for part in parts if not _NUMBERED.match(part) and plain(part) in _OF]
    return min(found, key=_RANK.__getitem__, default=None)
