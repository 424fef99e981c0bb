from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.genome_names import ACCESSIONS, chromosome, genomic_name, protein_name

bases = st.text("ACGT", min_size=1, max_size=6)


# BRAF V600E, DMD of the HGVS pages, the MELAS variant and BRCA1 c.68_69del as ClinVar and HGVS themselves write them.
@pytest.mark.parametrize(
    ("assembly", "vcf", "name"),
    [
        ("GRCh37", "17-41276135-T-G", "NC_000017.10:g.41276135T>G"),
        ("GRCh37", "7-140453136-A-T", "NC_000007.13:g.140453136A>T"),
        ("GRCh38", "7-140753336-A-T", "NC_000007.14:g.140753336A>T"),
        ("GRCh37", "X-33038255-C-A", "NC_000023.10:g.33038255C>A"),
        ("GRCh38", "chrY-2787600-G-A", "NC_000024.10:g.2787600G>A"),
        ("GRCh37", "MT-3243-A-G", "NC_012920.1:m.3243A>G"),
        ("GRCh38", "chrM-3243-A-G", "NC_012920.1:m.3243A>G"),
        ("GRCh37", "17-41276044-ACT-A", "NC_000017.10:g.41276045_41276046del"),
        ("GRCh38", "1-100-AC-A", "NC_000001.11:g.101del"),
        ("GRCh38", "1-100-A-AGT", "NC_000001.11:g.100_101insGT"),
        ("GRCh38", "1-100-A-AA", "NC_000001.11:g.100dup"),
        ("GRCh38", "1-100-CAT-CATAT", "NC_000001.11:g.101_102dup"),
        ("GRCh38", "1-100-AC-TG", "NC_000001.11:g.100_101delinsTG"),
        ("GRCh38", "1-100-AC-GT", "NC_000001.11:g.100_101inv"),
        ("GRCh38", "1-100-TCA-TGGA", "NC_000001.11:g.101delinsGG"),
        ("GRCh38", "1-100-TCA-TGA", "NC_000001.11:g.101C>G"),
        ("GRCh38", "18-62138299-C-C", "NC_000018.10:g.62138299="),
    ],
)
def test_a_variant_of_a_vcf_gets_its_genomic_name(assembly: str, vcf: str, name: str) -> None:
    chrom, pos, ref, alt = vcf.split("-")
    found = genomic_name(assembly, chrom, int(pos), ref, alt)
    assert found is not None
    assert found.text == name


@pytest.mark.parametrize(
    ("ref", "alt", "certain"),
    [("A", "G", True), ("AC", "TG", True), ("ATCT", "A", False), ("T", "TG", False), ("A", "AA", False)],
)
def test_only_what_cannot_be_moved_is_certain_to_stand_at_its_last_place(ref: str, alt: str, *, certain: bool) -> None:
    """CFTR F508del, 7-117199644-ATCT-A, is g.117199646_117199648del: two bases further than a VCF says."""
    found = genomic_name("GRCh37", "7", 117199644, ref, alt)
    assert found is not None
    assert found.shifted is certain


@pytest.mark.parametrize(
    "given_as",
    [
        ("hg18", "1", 5, "A", "C"),
        (None, "1", 5, "A", "C"),
        ("GRCh38", "KI270728.1", 5, "A", "C"),
        ("GRCh38", None, 5, "A", "C"),
        ("GRCh38", "1", None, "A", "C"),
        ("GRCh38", "1", 5, "A", "<DEL>"),
        ("GRCh38", "1", 5, "", "C"),
        ("GRCh38", "1", 5, "A", None),
    ],
)
def test_what_no_accession_or_allele_is_known_of_has_no_genomic_name(
    given_as: tuple[str | None, str | None, int | None, str | None, str | None],
) -> None:
    assert genomic_name(*given_as) is None


def test_every_chromosome_went_up_by_one_version_and_the_mitochondrion_by_none() -> None:
    old, new = ACCESSIONS["GRCh37"], ACCESSIONS["GRCh38"]
    assert len(old) == len(new) == 25
    for name in old:
        number, version = old[name].split(".")
        assert new[name] == f"{number}.{int(version) + (name != 'MT')}"
    assert [old[name] for name in ("1", "22", "X", "Y", "MT")] == [
        "NC_000001.10",
        "NC_000022.10",
        "NC_000023.10",
        "NC_000024.9",
        "NC_012920.1",
    ]


@given(pos=st.integers(10, 10**8), ref=bases, alt=bases, shared=st.text("ACGT", max_size=4))
def test_bases_that_both_alleles_begin_with_change_no_certain_name(pos: int, ref: str, alt: str, shared: str) -> None:
    plain = genomic_name("GRCh38", "1", pos, ref, alt)
    longer = genomic_name("GRCh38", "1", pos - len(shared), shared + ref, shared + alt)
    assert plain is not None
    assert longer is not None
    if plain.shifted and ref != alt:
        assert longer == plain


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("R7C", "p.(Arg7Cys)"),
        ("M1775R", "p.(Met1775Arg)"),
        ("I1855I", "p.(Ile1855=)"),
        ("W41=", "p.(Trp41=)"),
        ("Y1853*", "p.(Tyr1853Ter)"),
        ("*152R", "p.(Ter152ArgextTer?)"),
        ("M1V", "p.(Met1?)"),
        ("M1M", "p.(Met1=)"),
        ("M10V", "p.(Met10Val)"),
    ],
)
def test_a_change_of_one_residue_gets_its_protein_name(change: str, name: str) -> None:
    assert protein_name(change) == name


@pytest.mark.parametrize("change", [None, "", "A1C:D2E", "B7C", "A0C", "R7", "del", "p.R7C", "R7fs"])
def test_anything_else_has_no_protein_name(change: str | None) -> None:
    assert protein_name(change) is None


def test_a_chromosome_is_known_by_its_usual_names() -> None:
    assert [chromosome(name) for name in ("chr17", "17", "chrX", "chrM", "M", "MT")] == [
        "17", "17", "X", "MT", "MT", "MT",
    ]  # fmt: skip
