"""Ready-made mixes of categories: which ones count for a question that a lab may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Mix:
    """A preset: these categories weigh 1 each, the others nothing. No category means that all weigh the same."""

    label: str
    sentence: str
    categories: tuple[str, ...] = ()

    def weights(self, known: Collection[str]) -> tuple[tuple[str, int], ...]:
        """Weights that differ from 1, as the address carries them."""
        return tuple((name, 0) for name in known if self.categories and name not in self.categories)


EQUAL = Mix("All equal", "Every category counts once.")

MIXES: dict[tuple[str, str], tuple[Mix, ...]] = {
    ("geneb", ""): (
        Mix(
            "Promoters and regulation",
            "Promoters, enhancers and the factors that bind them count; the other categories do not.",
            ("Promoters", "Enhancers", "Mouse Enh.", "TF Binding", "Regulatory"),
        ),
        Mix(
            "Variants and splicing",
            "What decides how a variant in a transcript is read: splice sites, coding or not, long noncoding RNA.",
            ("Splice Sites", "Coding/NC", "lncRNA"),
        ),
        Mix(
            "Epigenetics",
            "Histone marks, DNA methylation and open chromatin count; the other categories do not.",
            ("Histone Mod.", "DNA Methyl.", "Chromatin Acc."),
        ),
    ),
    ("clinvar", "variant_class"): (
        Mix(
            "Coding",
            "Missense, synonymous, stop gain, start and stop loss count.",
            ("missense", "synonymous", "stop gain", "start loss", "stop loss"),
        ),
        Mix(
            "Splicing and untranslated",
            "Splice sites, introns and both untranslated regions count.",
            ("splice", "intron (non-splice)", "5'UTR", "3'UTR"),
        ),
    ),
    ("brca1_sge", "variant_class"): (
        Mix(
            "Variants and splicing",
            "The splice region and the canonical splice sites count.",
            ("splice_region", "canonical_splice"),
        ),
        Mix("Missense", "Missense alone counts.", ("missense",)),
    ),
    ("proteingym", "selection_type"): (
        Mix(
            "Folding",
            "Assays of stability and expression count.",
            ("selection_type:Stability", "selection_type:Expression"),
        ),
        Mix(
            "Function",
            "Assays of activity, binding and organismal fitness count.",
            ("selection_type:Activity", "selection_type:Binding", "selection_type:OrganismalFitness"),
        ),
    ),
    ("dms", "all"): (
        Mix("Folding", "Assays of stability and expression count.", ("Stability", "Expression")),
        Mix(
            "Function",
            "Assays of activity, binding and organismal fitness count.",
            ("Activity", "Binding", "Organismal fitness"),
        ),
    ),
}
MIXES["clinvar_items", "variant_class"] = MIXES["clinvar", "variant_class"]


def mixes(suite: str, kind: str, known: Collection[str]) -> list[Mix]:
    """The presets of a suite whose categories are all there, the equal one first."""
    found = MIXES.get((suite, kind), ())
    return [EQUAL, *(mix for mix in found if set(mix.categories) <= set(known))]
