"""Operating points that a score's own authors published: the only thresholds this engine calls variants with.

A threshold is in the score's own scale; at or above it an item is what the score's `higher_is` says.
"""

from __future__ import annotations

from types import MappingProxyType

THRESHOLDS = MappingProxyType(
    {
        "sift": (0.05, "SIFT's authors: below 0.05 a substitution is predicted to be damaging (Ng & Henikoff 2003)"),
        "polyphen2": (0.909, "PolyPhen-2 HumVar: probably damaging from 0.909 (Adzhubei et al. 2013)"),
        "alphamissense": (0.564, "AlphaMissense: likely pathogenic above 0.564 (Cheng et al. 2023)"),
        "consequence": (2.0, "declared with the rule: missense or worse"),
        "consequence+blosum62": (2.0, "declared with the rule: missense or worse"),
    }
)
