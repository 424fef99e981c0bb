"""Systems that have seen labels of disease variants, or what such labels are made from; declared, never guessed.

Everything else that is known of a system's exposure (its corpus holds the evaluated genome, say) is its
`contamination` text.
"""

from __future__ import annotations

from types import MappingProxyType

LABELS_SEEN = MappingProxyType(
    {
        "alphamissense": "trained on allele frequencies as weak labels and calibrated on ClinVar (Cheng et al. 2023)",
        "cadd": "trained to tell fixed from simulated variants with annotations, conservation and other scores among "
        "them (Kircher et al. 2014)",
        "polyphen2": "trained on disease variants of UniProt (Adzhubei et al. 2010)",
        "rule-based": "its constants are the shares of pathogenic variants of the classes in the benchmark itself",
        "vep-eval:primateai-3d": "trained on common variants of primates as benign labels (Gao et al. 2023)",
        "MutBERT": "its input encodes allele frequencies, from which benign labels are often drawn",
    }
)
"""By model_id: what was seen, and who says so."""

TASKS_SEEN = MappingProxyType(
    {
        "mistral_dna_1M_tf0": {
            "leannmlindsey_GUE_human_tf_0": "fine-tuned on the labels of this task (raphaelmourad/Mistral-DNA)"
        },
    }
)
"""By model_id and task_id: whose labels a published checkpoint was trained on, and who says so."""
