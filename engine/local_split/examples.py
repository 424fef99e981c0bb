"""Example files of every shape: made up by a rule from a fixed seed, no real gene, variant or person behind them.

A substitution is the more harmful the further apart its two residues and the deeper its place in the protein; labels
and scores follow that with noise, so that a model can earn its place next to a matrix, and one column cannot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from engine.genome import BASES, RESIDUES, THREE_LETTERS, reverse_complement
from engine.local_split.exchange import Files, Options, ScoreColumn, Shape, Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_KINDS_OF_RESIDUES = ("AVILMC", "FWY", "STNQ", "KRH", "DE", "GP")
_GENES = ("DEMA", "DEMB", "DEMC", "DEMD")
_LENGTH, _PER_GENE = 140, 55
_THREE = {one: three for three, one in THREE_LETTERS.items()}
_ANCESTRIES = ("African", "Admixed American", "East Asian", "European", "South Asian")
_CONSEQUENCES = (
    ("missense_variant", 0.3), ("synonymous_variant", -2.5), ("intron_variant", -2.0), ("stop_gained", 2.6),
    ("splice_donor_variant", 2.2), ("missense_variant", 0.3),
)  # fmt: skip
_TRANSITIONS = {"A": "G", "G": "A", "C": "T", "T": "C"}
_LINE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Files to try, and what their maker says of the columns of scores.

    Attributes:
        name: short, for keys.
        title: for people.
        sentence: what stands in it.
        make: the table.
        sequences: a FASTA beside it, None where it needs none.
    """

    name: str
    title: str
    shape: Shape
    sentence: str
    make: Callable[[], Upload]
    sequences: Callable[[], Upload] | None = None
    scores: tuple[ScoreColumn, ...] = ()

    def files(self) -> Files:
        """The table and what belongs beside it."""
        return Files(table=self.make(), sequences=self.sequences() if self.sequences else None)

    def options(self) -> Options:
        """With the directions of its scores, everything else recognised."""
        return Options(scores=self.scores)


@dataclass(frozen=True, slots=True)
class _Substitution:
    gene: str
    reference: str
    position: int
    alternate: str
    effect: float
    harmful: bool

    @property
    def hgvs(self) -> str:
        return f"p.{_THREE[self.reference]}{self.position}{_THREE[self.alternate]}"


def _protein_variants() -> Upload:
    rng, proteins = _drawing(11), _proteins()
    rows = [["gene", "sequence", "protein_variant", "clinical_significance", "ancestry", "model", "stability"]]
    for one in _substitutions(rng):
        word = _word(rng, harmful=one.harmful)
        scores = [_score(rng, one.effect, 0.6), _score(rng, -one.effect, 1.6)]
        rows.append([one.gene, proteins[one.gene], one.hgvs, word, _ancestry(rng), *scores])
    return _table("example_protein_variants.csv", rows)


def _named_proteins() -> Upload:
    rng = _drawing(12)
    rows = [["protein", "position", "wt_aa", "mut_aa", "label", "model"]]
    for one in _substitutions(rng):
        change = [str(one.position), one.reference, one.alternate]
        rows.append([one.gene, *change, str(int(one.harmful)), _score(rng, one.effect, 0.9)])
    return _table("example_named_proteins.csv", rows)


def _protein_fasta() -> Upload:
    lines = (f">{gene} made-up protein\n{_folded(sequence)}" for gene, sequence in _proteins().items())
    return _upload("example_proteins.fasta", lines)


def _dna_table() -> Upload:
    rows = [["chrom", "pos", "ref", "alt", "assembly", "gene", "consequence", "label", "model"]]
    rows += [
        [*place, "GRCh38", gene, consequence, "pathogenic" if harmful else "benign", score]
        for place, gene, consequence, harmful, score in _bases(_drawing(13))
    ]
    return _table("example_dna_variants.tsv", rows, separator="\t")


def _dna_vcf() -> Upload:
    info = (("CLNSIG", "classification"), ("GENE", "gene"), ("CONSEQUENCE", "consequence"), ("MODEL", "score"))
    lines = ["##fileformat=VCFv4.3", "##reference=GRCh38", "##source=made up by a rule"]
    lines += [f'##INFO=<ID={name},Number=1,Type=String,Description="Made-up {what}">' for name, what in info]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for (chrom, pos, ref, alt), gene, consequence, harmful, score in _bases(_drawing(14)):
        word = "Likely_pathogenic" if harmful else "Benign"
        told = f"CLNSIG={word};GENE={gene};CONSEQUENCE={consequence};MODEL={score}"
        lines.append(f"{chrom}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t{told}")
    return _upload("example_dna_variants.vcf", lines)


def _sequences_table() -> Upload:
    rng = _drawing(15)
    rows = [["sequence", "label", "split"]]
    for nth in range(320):
        label = _below(rng, 2)
        rows.append([_promoter(rng, strong=label == 1), str(label), "test" if nth % 4 == 3 else "train"])
    return _table("example_sequences.csv", rows)


def _labelled_fasta() -> Upload:
    rng = _drawing(16)
    lines = []
    for nth in range(1, 241):
        label = _below(rng, 2)
        word = ("silent", "active")[label]
        lines.append(f">seq{nth} label={word}\n{_promoter(rng, strong=label == 1)}")
    return _upload("example_labelled.fasta", lines)


def _score_table() -> Upload:
    rng = _drawing(17)
    rows = [["id", "gene", "ancestry", "split", "label", "new_model", "old_model", "tolerance", "conservation"]]
    for nth in range(1, 361):
        effect = _noise(rng)
        label = str(int(effect + 0.6 * _noise(rng) > 0.3))
        told = [f"item{nth}", _GENES[_below(rng, 4)], _ancestry(rng), "train" if nth % 6 == 0 else "test", label]
        scores = [_score(rng, effect, 0.4), _score(rng, effect, 2.2), _score(rng, -effect, 0.9)]
        rows.append([*told, *scores, _score(rng, effect, 1.3)])
    return _table("example_scores.csv", rows)


def _faulty() -> Upload:
    """Protein variants with one row of every usual fault among rows that are right."""
    rng, proteins = _drawing(18), _proteins()
    rows = [["gene", "sequence", "variant", "label", "model"]]
    rows += [
        [one.gene, proteins[one.gene], one.hgvs, str(int(one.harmful)), _score(rng, one.effect, 0.9)]
        for one in _substitutions(rng)
    ]
    first = rows[1]
    rows[5][2] = _other_reference(rows[5][2])
    rows[9][2] = f"p.Met{_LENGTH + 60}Val"
    rows[14][3] = "perhaps"
    rows[20][3] = ""
    rows[27][3] = "VUS"
    rows[33][4] = "high"
    rows[38][4] = "inf"
    rows[44][2] = "c.76A>T"
    rows[50][1] = rows[50][1][:20] + "?" + rows[50][1][21:]
    rows[57][2] = rows[57][2][:-3] + "Ter"
    rows[63] = [*first]
    rows[70] = [*rows[71][:3], str(1 - int(rows[71][3])), rows[71][4]]
    rows[80][0] = "=SUM(A1:A9)"
    return _table("example_with_faults.csv", rows)


EXAMPLES: tuple[Example, ...] = (
    Example(
        name="protein-variants",
        title="Protein variants with their sequence",
        shape=Shape.PROTEIN,
        sentence="HGVS changes in four proteins, ClinVar's words as labels, ancestry, two columns of scores.",
        make=_protein_variants,
        scores=(
            ScoreColumn(column="model", higher_is="1", threshold=0.2),
            ScoreColumn(column="stability", higher_is="0"),
        ),
    ),
    Example(
        name="named-proteins",
        title="Protein variants and a FASTA",
        shape=Shape.PROTEIN,
        sentence="Position, reference and alternate in columns; the sequences come in a file beside it.",
        make=_named_proteins,
        sequences=_protein_fasta,
        scores=(ScoreColumn(column="model", higher_is="1"),),
    ),
    Example(
        name="dna-variants",
        title="DNA variants, TSV",
        shape=Shape.DNA,
        sentence="Chromosome, position, reference, alternate and consequence, one column of scores.",
        make=_dna_table,
        scores=(ScoreColumn(column="model", higher_is="1"),),
    ),
    Example(
        name="dna-vcf",
        title="DNA variants, VCF",
        shape=Shape.DNA,
        sentence="Label, gene, consequence and score stand in the INFO field.",
        make=_dna_vcf,
        scores=(ScoreColumn(column="MODEL", higher_is="1"),),
    ),
    Example(
        name="sequences",
        title="Labelled sequences with a split",
        shape=Shape.SEQUENCES,
        sentence="80 bases each, train and test in a column: the k-mer baselines are probed.",
        make=_sequences_table,
    ),
    Example(
        name="labelled-fasta",
        title="FASTA with labels",
        shape=Shape.SEQUENCES,
        sentence="The label stands in each header; without a split, one in five is held out.",
        make=_labelled_fasta,
    ),
    Example(
        name="scores",
        title="Table of scores",
        shape=Shape.SCORES,
        sentence="A label, four columns of scores, one of them the baseline, and train rows that set thresholds.",
        make=_score_table,
        scores=(
            ScoreColumn(column="new_model", higher_is="1"),
            ScoreColumn(column="old_model", higher_is="1"),
            ScoreColumn(column="tolerance", higher_is="0"),
            ScoreColumn(column="conservation", higher_is="1", role="baseline"),
        ),
    ),
    Example(
        name="faults",
        title="A file with faults",
        shape=Shape.PROTEIN,
        sentence="Wrong residues, unknown labels, duplicates, a contradiction: each is listed with its remedy.",
        make=_faulty,
        scores=(ScoreColumn(column="model", higher_is="1"),),
    ),
)


# ---- the rule ----


def _proteins() -> dict[str, str]:
    rng = _drawing(7)
    return {gene: "M" + "".join(_letters(rng, RESIDUES, _LENGTH - 1)) for gene in _GENES}


def _depths(gene: str) -> list[float]:
    """How deep each residue lies, 0 to 1: waves along the protein, of its own phase."""
    phase = _GENES.index(gene)
    return [0.5 + 0.5 * math.sin(place / 5 + phase) for place in range(_LENGTH)]


def _substitutions(rng: Random) -> Iterator[_Substitution]:
    """So many of each protein, each position at most once."""
    for gene, sequence in _proteins().items():
        depths = _depths(gene)
        for nth in range(_PER_GENE):
            index = 1 + nth * (_LENGTH - 1) // _PER_GENE
            reference = sequence[index]
            others = RESIDUES.replace(reference, "")
            alternate = others[_below(rng, len(others))]
            effect = 1.5 * _far_apart(reference, alternate) + 1.8 * depths[index] - 1.6
            harmful = effect + 0.7 * _noise(rng) > 0.35
            yield _Substitution(gene, reference, index + 1, alternate, effect, harmful)


def _far_apart(reference: str, alternate: str) -> bool:
    return not any(reference in kind and alternate in kind for kind in _KINDS_OF_RESIDUES)


def _bases(rng: Random) -> Iterator[tuple[tuple[str, str, str, str], str, str, bool, str]]:
    """Places, gene, consequence, whether harmful, and score of single-base changes."""
    position = 20_000_000
    for nth in range(220):
        position += 1 + _below(rng, 900)
        reference = BASES[_below(rng, 4)]
        mild = rng.random() < 0.6
        others = BASES.replace(reference, "").replace(_TRANSITIONS[reference], "")
        alternate = _TRANSITIONS[reference] if mild else others[_below(rng, 2)]
        consequence, severity = _CONSEQUENCES[_below(rng, len(_CONSEQUENCES))]
        effect = severity + (0.0 if mild else 0.4)
        harmful = effect + 1.2 * _noise(rng) > 0.4
        place = ("chr21", str(position), reference, alternate)
        yield place, _GENES[nth * len(_GENES) // 220], consequence, harmful, _score(rng, effect, 0.8)


def _promoter(rng: Random, *, strong: bool) -> str:
    """80 bases; strong ones mostly have a box, either way round, which others seldom have."""
    bases = _letters(rng, BASES, 80)
    if rng.random() < (0.75 if strong else 0.1):
        box = "TATAAAAG" if rng.random() < 0.5 else reverse_complement("TATAAAAG")
        place = 10 + _below(rng, 50)
        bases[place : place + len(box)] = list(box)
    return "".join(bases)


def _word(rng: Random, *, harmful: bool) -> str:
    """ClinVar's words, now and then one that decides nothing."""
    if rng.random() < 0.06:
        return ("Uncertain significance", "Conflicting classifications of pathogenicity")[_below(rng, 2)]
    likely = rng.random() < 0.4
    return ("Likely pathogenic" if likely else "Pathogenic") if harmful else ("Likely benign" if likely else "Benign")


def _other_reference(change: str) -> str:
    return change.replace(change[2:5], "Trp" if change[2:5] != "Trp" else "Gly", 1)


def _ancestry(rng: Random) -> str:
    return _ANCESTRIES[_below(rng, len(_ANCESTRIES))]


def _score(rng: Random, effect: float, spread: float) -> str:
    return f"{effect + spread * _noise(rng):.4f}"


def _drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - made-up data are the point


def _noise(rng: Random) -> float:
    """Nearly normal, of mean 0 and spread 1; of all that `Random` offers only `random()` never changes."""
    return sum(rng.random() for _ in range(12)) - 6.0


def _below(rng: Random, count: int) -> int:
    return int(rng.random() * count)


def _letters(rng: Random, alphabet: str, count: int) -> list[str]:
    return [alphabet[_below(rng, len(alphabet))] for _ in range(count)]


def _folded(sequence: str) -> str:
    return "\n".join(sequence[at : at + _LINE] for at in range(0, len(sequence), _LINE))


def _table(name: str, rows: Iterable[Sequence[str]], *, separator: str = ",") -> Upload:
    return _upload(name, (separator.join(row) for row in rows))


def _upload(name: str, lines: Iterable[str]) -> Upload:
    return Upload(name, ("\n".join(lines) + "\n").encode())
