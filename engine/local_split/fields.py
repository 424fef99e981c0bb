"""What a column means, by its usual names or by hand; its values are looked at for one thing only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.errors import SpecError, one_line
from engine.genome import parse_residue_change
from engine.local_split.columns import is_missing
from engine.local_split.exchange import Field, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.local_split.columns import Columns

_BOTH: dict[Field, tuple[str, ...]] = {
    Field.LABEL: (
        "label", "labels", "y", "target", "pathogenic", "is_pathogenic", "pathogenicity", "clinvar_label",
        "clinvar_labels", "clinvar_clnsig", "clnsig", "clin_sig", "clinical_significance", "clinvar_significance",
        "clinvar_classification", "germline_classification", "classification", "dms_score_bin", "dms_bin_score",
        "truth", "class",
    ),
    Field.SPLIT: ("split", "set", "subset", "partition", "data_split", "dataset_split", "fold"),
    Field.ID: ("id", "item_id", "variant_id", "sequence_id", "seq_id", "record_id", "rsid", "variation_id", "name"),
    Field.GENE: ("gene", "gene_symbol", "gene_name", "genename", "symbol", "hgnc_symbol", "geneinfo", "gene(s)"),
    Field.PROTEIN: (
        "protein", "protein_id", "protein_name", "uniprot", "uniprot_id", "uniprot_acc", "uniprot_accession",
        "uniprotkb", "swissprot", "accession",
    ),
    Field.VARIANT: (
        "protein_variant", "variant", "mutant", "mutation", "mutations", "hgvs_p", "hgvsp", "hgvsp_short",
        "hgvs_protein", "protein_change", "amino_acid_change", "aachange", "aa_change", "aachange_refgene",
        "aa_substitution", "substitution",
    ),
    Field.CONSEQUENCE: (
        "most_severe_consequence", "consequence", "consequences", "molecular_consequence", "variant_consequence",
        "mc", "variant_classification", "exonic_func_refgene", "exonicfunc", "consequence_terms",
    ),
}  # fmt: skip
_SEQUENCE: dict[Field, tuple[str, ...]] = {
    Field.SEQUENCE: (
        "sequence", "text", "seq", "protein_sequence", "wt_sequence", "wt_seq", "wildtype_sequence", "target_seq",
        "protein_seq", "dna_sequence",
    ),
}  # fmt: skip
_RESIDUES: dict[Field, tuple[str, ...]] = {
    Field.POSITION: ("aa_pos", "aa_position", "protein_position", "residue_position", "position", "pos", "resi"),
    Field.REFERENCE: ("wt_aa", "aa_ref", "ref_aa", "wt", "wild_type", "wildtype", "reference", "ref", "aa_wt"),
    Field.ALTERNATE: ("mut_aa", "aa_alt", "alt_aa", "mut", "alternate", "alt", "aa_mut"),
}
_BASES: dict[Field, tuple[str, ...]] = {
    Field.CHROM: ("chrom", "chromosome", "chr", "contig", "seqname"),
    Field.POSITION: ("pos", "position", "start", "chrom_start", "start_position", "position_vcf"),
    Field.REFERENCE: (
        "ref", "reference", "reference_allele", "ref_allele", "reference_allele_vcf", "reference_base",
    ),
    Field.ALTERNATE: ("alt", "alternate", "alternate_allele", "alt_allele", "alternate_allele_vcf", "alternate_base"),
    Field.ASSEMBLY: ("assembly", "genome_build", "genome", "build", "genome_assembly", "reference_genome"),
    Field.CODING: (
        "hgvsc", "hgvs_c", "coding", "coding_change", "cdna_change", "cdna", "hgvs_coding", "transcript_variant",
        "transcript_position", "hgvsc_vep",
    ),
}  # fmt: skip

_NAMES: dict[Shape, dict[Field, tuple[str, ...]]] = {
    Shape.DNA: _BOTH | _BASES,
    Shape.PROTEIN: _BOTH | _SEQUENCE | _RESIDUES,
    Shape.SEQUENCES: {one: _BOTH[one] for one in (Field.LABEL, Field.SPLIT, Field.ID, Field.GENE, Field.PROTEIN)}
    | _SEQUENCE
    | {Field.POSITION: ("position", "pos")},
    Shape.SCORES: {
        one: _BOTH[one] for one in (Field.LABEL, Field.SPLIT, Field.ID, Field.GENE, Field.PROTEIN, Field.CONSEQUENCE)
    },
}
"""Names under which the fields of a shape may stand, the likelier ones first."""

MEANINGS: dict[Field, str] = {
    Field.LABEL: "label",
    Field.SPLIT: "train or test",
    Field.ID: "name of the row",
    Field.GENE: "gene",
    Field.PROTEIN: "protein",
    Field.SEQUENCE: "sequence",
    Field.VARIANT: "protein variant",
    Field.CHROM: "chromosome",
    Field.POSITION: "position",
    Field.REFERENCE: "reference",
    Field.ALTERNATE: "alternate",
    Field.ASSEMBLY: "assembly",
    Field.CONSEQUENCE: "consequence",
    Field.CODING: "coding change",
}
"""Each field in a message."""

_TRIED = 50
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


def recognise(columns: Columns, shape: Shape, by_hand: Sequence[tuple[Field, str]]) -> dict[Field, str]:
    """Column of each field that a table of this shape has; what was said by hand goes first.

    Raises:
        SpecError: a column named by hand is not there, or was given two meanings.
    """
    chosen = _by_hand(columns, by_hand)
    taken = {name for name in chosen.values() if name}
    at: dict[str, str] = {}
    for name in columns.names:
        if name not in taken:
            at.setdefault(plain(name), name)
    # "position (hg19)" is a position, unless another column says so without brackets.
    for name in columns.names:
        if name not in taken:
            at.setdefault(plain(_IN_BRACKETS.sub("", name)), name)
    found = {one: at[key] for one, names in _NAMES[shape].items() if (key := _first(names, at)) is not None}
    # Whatever a person named counts, of this shape or not: the rules find out what it is good for.
    fields = {one: name for one, name in (found | chosen).items() if name}
    if Field.VARIANT in _NAMES[shape] and Field.VARIANT not in found | chosen:
        free = [name for name in columns.names if name not in fields.values()]
        first = next((name for name in free if _holds_variants(columns, name)), None)
        fields |= {} if first is None else {Field.VARIANT: first}
    return dict(sorted(fields.items(), key=lambda pair: list(Field).index(pair[0])))


def plain(name: str) -> str:
    """A name by which spellings are alike: letters and digits alone, in lower case."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _first(names: Sequence[str], at: Mapping[str, str]) -> str | None:
    return next((key for key in map(plain, names) if key in at), None)


def _by_hand(columns: Columns, by_hand: Sequence[tuple[Field, str]]) -> dict[Field, str]:
    chosen: dict[Field, str] = {}
    for one, name in by_hand:
        if name and name in chosen.values():
            raise SpecError(f"the column '{one_line(name)}' was given two meanings: give it one.")
        chosen[one] = columns.checked(name, f"column of the {MEANINGS[one]}") if name else ""
    return chosen


def _holds_variants(columns: Columns, name: str) -> bool:
    """Whether every value of a column looks like M1775R or p.Met1775Arg."""
    some = columns.cells(name)[:_TRIED]
    some = some[~is_missing(some)]
    if not all(map(_is_variant, some)):
        return False
    words = columns.words(name).words
    filled = words[~is_missing(words)]
    return bool(len(filled)) and all(map(_is_variant, filled))


def _is_variant(text: str) -> bool:
    try:
        parse_residue_change(text)
    except ValueError:
        return False
    return True
