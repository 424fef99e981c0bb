"""Where else a variant can be looked up: addresses built from what the store knows of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from dashboard.queries.genome_names import ACCESSIONS, MITOCHONDRION, chromosome

if TYPE_CHECKING:
    from dashboard.queries.variant import Variant

_GNOMAD = {"GRCh37": "gnomad_r2_1", "GRCh38": "gnomad_r4"}
# Fields of NCBI's search that hold positions on each assembly.
_CLINVAR_FIELD = {"GRCh37": "chrpos37", "GRCh38": "chrpos"}
_DBSNP_FIELD = {"GRCh37": "POSITION_GRCH37", "GRCh38": "POSITION"}
_ENTRY = re.compile(r"[A-Z0-9]{1,11}_[A-Z0-9]{1,5}")
_HUMAN = "9606"


def links(variant: Variant) -> dict[str, str]:
    """Address by name of the resource, those alone for which enough is known."""
    found: dict[str, str] = {}
    if variant.clinvar_id:
        found["ClinVar"] = f"https://www.ncbi.nlm.nih.gov/clinvar/variation/{quote(variant.clinvar_id, safe='')}/"
    if variant.assembly in ACCESSIONS and variant.chrom and variant.pos:
        found = {**_by_position(variant, variant.assembly, chromosome(variant.chrom), variant.pos), **found}
    if uniprot := _uniprot(variant):
        found["UniProt"] = uniprot
    return found


def _by_position(variant: Variant, assembly: str, chrom: str, pos: int) -> dict[str, str]:
    terms = {
        "clinvar": f"{chrom}[chr] AND {pos}[{_CLINVAR_FIELD[assembly]}]",
        "snp": f"{chrom}[CHR] AND {pos}[{_DBSNP_FIELD[assembly]}]",
    }
    found = {"ClinVar": f"https://www.ncbi.nlm.nih.gov/clinvar/?{urlencode({'term': terms['clinvar']})}"}
    # gnomAD has mitochondrial variants on GRCh38 alone; its positions are those of GRCh37, the sequence is the same.
    mitochondrial = chrom == MITOCHONDRION
    if variant.ref and variant.alt and variant.ref != variant.alt:
        name = "-".join(("M" if mitochondrial else chrom, str(pos), variant.ref, variant.alt))
        data = {"dataset": _GNOMAD["GRCh38" if mitochondrial else assembly]}
        found["gnomAD"] = f"https://gnomad.broadinstitute.org/variant/{quote(name, safe='')}?{urlencode(data)}"
    found["dbSNP"] = f"https://www.ncbi.nlm.nih.gov/snp/?{urlencode({'term': terms['snp']})}"
    return found


def _uniprot(variant: Variant) -> str | None:
    """UniProt's entry by its name, or the human protein of a gene."""
    if not variant.gene:
        return None
    if _ENTRY.fullmatch(variant.gene):
        query = f"id:{variant.gene}"
    elif variant.human:
        query = f"gene_exact:{variant.gene} AND organism_id:{_HUMAN}"
    else:
        return None
    return f"https://www.uniprot.org/uniprotkb?{urlencode({'query': query})}"
