"""What each flag of a score or a comparison is called, and what it means for who reads the number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlagWords:
    """Name and meaning of a flag, in plain words; the evidence comes with the flag itself."""

    name: str
    sentence: str


FLAGS: dict[str, FlagWords] = {
    "TOKENISATION_MISMATCH": FlagWords(
        "Tokens shift with the variant",
        "One changed base changes how the sequence around it is cut into tokens, so a difference of likelihoods holds "
        "more than the change.",
    ),
    "CONTEXT_ASYMMETRY": FlagWords(
        "Sees only a part",
        "The model's window is shorter than what it is asked about, or ends at the sequence's end: it knows less than "
        "what it is held against.",
    ),
    "PAD_OR_BATCH_SENSITIVE": FlagWords(
        "Changes with its neighbours",
        "A sequence gets another result when it is computed beside a longer one, so the value depends on the batches.",
    ),
    "CONTAM_SEQUENCE": FlagWords(
        "Has seen the data",
        "What is tested may be among what it was trained on, without its labels; that holds for nearly every model.",
    ),
    "CONTAM_SUPERVISED_ASSAY": FlagWords(
        "Trained on measured tracks",
        "It learned from measurements of the kind that some labels are made of: its value is not that of pretraining "
        "alone.",
    ),
    "CONTAM_LABELS": FlagWords(
        "May have seen the labels",
        "It was trained or tuned on labels like the tested ones, or on what they are drawn from: a high value may be "
        "memory.",
    ),
    "CIRCULAR_AF": FlagWords(
        "Frequency on both sides",
        "The benign label comes from allele frequency, and so does the score: they agree by construction.",
    ),
    "HOMOLOGY_LEAK": FlagWords(
        "Test sequences near train",
        "What is nearly in train can be remembered; look at the part far from train.",
    ),
    "DUPLICATE_ROWS": FlagWords(
        "Test sequences in train",
        "The same sequence, on either strand, is on both sides of the split: it can be remembered.",
    ),
    "LABEL_CONFLICT": FlagWords(
        "Equal sequences with other labels",
        "A sequence has another label in train than in test: nobody can be right on both.",
    ),
    "GENE_LEAK": FlagWords(
        "Same genes in train and test",
        "What was learned of a gene in train helps on its other variants in test.",
    ),
    "CHROM_LEAK": FlagWords(
        "Same chromosomes in train and test",
        "Neighbours on a chromosome are alike: the split does not keep them apart.",
    ),
    "IMBALANCE": FlagWords(
        "One class is rare",
        "Accuracy and AUROC look high when one class is rare: read AUPRC beside the share of positives.",
    ),
    "MAJORITY_COLLAPSE": FlagWords(
        "Collapsed",
        "The probe gives every sequence the same class: MCC 0, whatever accuracy says.",
    ),
    "TEST_SELECTED": FlagWords(
        "Chosen on the test set",
        "Threshold, sign, layer, C or checkpoint was picked by the test value, which is then too high.",
    ),
    "BEST_OF_N": FlagWords(
        "Best of several",
        "The highest of many is held against one: some of its lead is luck; read the median too.",
    ),
    "HARD_LABEL_AUROC": FlagWords(
        "Hardly any distinct scores",
        "It says yes or no instead of ranking, so its AUROC is that of one threshold.",
    ),
    "SEED_NOOP": FlagWords(
        "Seeds change nothing",
        "Every seed gave the same result: the spread over seeds says nothing.",
    ),
    "WEAK_BASELINE": FlagWords(
        "A stronger baseline exists",
        "Another simple method reaches more here than the one named beforehand: beating that one proves less.",
    ),
    "PARTIAL_COVERAGE": FlagWords(
        "Partial coverage",
        "Not every system scored every item: a difference is over the items that both scored.",
    ),
    "MISSING_SCORE_POLICY": FlagWords(
        "Missing scores treated differently",
        "One side dropped what it could not score, the other filled it in: the two values are of different questions.",
    ),
    "ANCESTRY_UNKNOWN": FlagWords(
        "Ancestry unknown",
        "The labels do not say whose variants they are: how well it works for a group of people cannot be shown.",
    ),
    "SIGN_UNDECLARED": FlagWords(
        "Direction not declared",
        "It is not stated whether a high score means damage: the value may be on its head.",
    ),
    "REF_MISMATCH": FlagWords(
        "Another reference base",
        "The stated reference base is not the one in the genome at that place: some items are asked of the wrong site.",
    ),
    "LOW_PRECISION": FlagWords(
        "Computed in low precision",
        "Small differences of likelihood drown in rounding when weights have 16 bits.",
    ),
    "REVISION_UNPINNED": FlagWords(
        "Weights without a pinned revision",
        "Nobody can be sure to load the same weights again.",
    ),
    "API_ONLY": FlagWords(
        "Weights not open",
        "It can be run by its owners, or with their leave: others cannot check the value freely.",
    ),
    "PARTIAL_GENES": FlagWords(
        "Does not know every gene",
        "Genes that it has no vector of are left out, or get the mean change: its value rests on fewer genes than that "
        "of what it is held against.",
    ),
    "LICENCE_NC": FlagWords(
        "Non-commercial licence",
        "It may not be used for commercial work.",
    ),
    "C_AT_GRID_EDGE": FlagWords(
        "Regularisation at the end of its grid",
        "A value outside the grid might have done better: the probe may be a little too weak.",
    ),
    "NOT_CONVERGED": FlagWords(
        "Fit stopped early",
        "The solver stopped at its limit of steps: the probe may be a little too weak.",
    ),
}
"""Every flag that the engine can raise, and those that it has words for before it can."""

SEVERITIES: dict[str, str] = {"warning": "warning", "info": "to know"}


def flag_name(flag: str) -> str:
    """Plain name of a flag; one without words keeps its own."""
    return FLAGS[flag].name if flag in FLAGS else flag.replace("_", " ").lower()
