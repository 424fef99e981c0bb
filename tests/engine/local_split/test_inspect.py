"""From the bytes of a file to rows that can be evaluated, on splits small enough to count by hand."""

from __future__ import annotations

import csv
import io
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.errors import SpecError
from engine.local_split.exchange import Check, Field, Files, Inspection, Options, ScoreColumn, Shape, Upload
from engine.local_split.inspect import inspect

if TYPE_CHECKING:
    from engine.local_split.split import LocalSplit

PROTEIN = """gene,variant,sequence,label,score
A,M1K,MKV,1,0.9
A,p.Lys2Val,MKV,benign,0.1
A,M1K,MKV,1,0.8
A,V3A,MKV,0,0.3
B,W2A,MWY,pathogenic,0.7
B,M2A,MWY,0,0.2
B,Y9A,MWY,0,0.2
B,W2*,MWY,1,0.9
B,W2W,MWY,0,0.1
B,fs,MWY,1,0.9
B,Y3A,MWY,VUS,0.5
B,Y3C,MWY,huh,0.5
"""


def inspected(
    text: str, options: Options | None = None, *, sequences: str = "", labels: str = "", name: str = "t.csv"
) -> tuple[Inspection, LocalSplit | None]:
    def upload(called: str, content: str) -> Upload | None:
        return Upload(name=called, content=content.encode()) if content else None

    table = Upload(name=name, content=text.encode())
    files = Files(table=table, sequences=upload("s.fasta", sequences), labels=upload("l.csv", labels))
    return inspect(files, options or Options())


def check(inspection: Inspection, kind: str) -> Check:
    return next(one for one in inspection.checks if one.kind == kind)


@pytest.mark.usefixtures("empty_cache")
class TestProteinVariants:
    def test_every_faulty_row_is_listed_with_row_column_value_and_remedy(self) -> None:
        found = inspected(PROTEIN)[0]
        assert [(one.row, one.kind, one.column, one.value) for one in found.problems] == [
            (4, "duplicate", "variant", "M1K"),
            (7, "reference-mismatch", "variant", "M2A"),
            (8, "position-outside", "variant", "Y9A"),
            (9, "stop", "variant", "W2*"),
            (10, "synonymous", "variant", "W2W"),
            (11, "variant-unreadable", "variant", "fs"),
            (13, "label-unknown", "label", "huh"),
        ]
        assert found.problems[1].problem == "the sequence has W at position 2"
        assert all(one.remedy for one in found.problems)

    def test_no_row_is_lost(self) -> None:
        found, split = inspected(PROTEIN)
        aside = sum(word.count for word in found.label_words if word.read_as == "set aside")
        assert split is not None
        assert found.used + len({one.row for one in found.problems}) + aside == found.rows == 12
        assert split.rows.tolist() == [2, 3, 5, 6]

    def test_rows_that_are_used_become_a_task(self) -> None:
        split = inspected(PROTEIN, Options(scores=(ScoreColumn(column="score", higher_is="1"),)))[1]
        assert split is not None
        assert split.variants is not None
        items = split.variants.items
        assert items["item_id"].tolist() == ["A:M1K", "A:K2V", "A:V3A", "B:W2A"]
        assert items["label"].tolist() == split.labels.tolist() == [1, 0, 0, 1]
        assert split.variants.proteins == {"A": "MKV", "B": "MWY"}
        assert split.scores["score"].tolist() == [0.9, 0.1, 0.3, 0.7]
        assert split.groups is not None
        assert split.groups.tolist() == ["A", "A", "A", "B"]

    def test_three_columns_say_the_same_as_one(self) -> None:
        text = "gene,pos,wt,mut,label\nA,1,M,K,1\nA,2.0,Lys,v,0\nA,0,M,K,1\nA,3,Q2,K,1\n"
        found, split = inspected(text)
        assert split is not None
        assert split.variants is not None
        assert split.variants.items["protein_variant"].tolist() == ["M1K", "K2V"]
        assert [(one.row, one.column) for one in found.problems] == [(4, "pos"), (5, "wt")]

    def test_sequences_of_a_fasta_file_are_found_by_name_or_accession(self) -> None:
        text = "protein,variant,label\nP1,M1K,1\nX_HUMAN,K2V,0\nQ9,M1A,0\nP1,M2K,0\n"
        found, split = inspected(text, sequences=">sp|P1|X_HUMAN some words\nMKV\n")
        assert [(one.row, one.kind, one.severity) for one in found.problems] == [
            (4, "sequence-not-found", "warning"),
            (5, "reference-mismatch", "left out"),
        ]
        assert split is not None
        assert split.variants is not None
        assert dict(split.variants.proteins) == {"P1": "MKV", "X_HUMAN": "MKV"}

    def test_the_column_by_which_the_fasta_file_is_named_is_found(self) -> None:
        text = "gene,uniprot,variant,label\nA,P1,M1K,1\nB,P2,K2V,0\n"
        split = inspected(text, sequences=">A\nMKV\n>B\nMKV\n")[1]
        assert split is not None
        assert split.variants is not None
        assert dict(split.variants.proteins) == {"A": "MKV", "B": "MKV"}

    def test_without_a_sequence_the_reference_is_not_checked_and_that_is_said(self) -> None:
        found, split = inspected("variant,label\nM1K,1\nK2V,0\n")
        assert split is not None
        assert check(found, "reference-unchecked").severity == "note"

    def test_conflicting_labels_leave_out_every_row_of_the_variant(self) -> None:
        found = inspected("gene,variant,label\nA,M1K,1\nA,p.Met1Lys,0\nA,M1K,1\nA,K2V,1\nB,M1K,0\n")[0]
        assert [one.row for one in found.problems if one.kind == "label-conflict"] == [2, 3, 4]
        assert (found.used, found.positives) == (2, 1)

    def test_a_second_sequence_of_a_gene_is_a_protein_of_its_own(self) -> None:
        text = "gene,variant,sequence,label\nA,M1K,MKV,1\nA,M1K,MKVW,0\n"
        found, split = inspected(text)
        assert split is not None
        assert split.variants is not None
        assert sorted(split.variants.proteins.values()) == ["MKV", "MKVW"]
        assert check(found, "isoforms").severity == "note"


DNA = """#chrom,pos,ref,alt,label,assembly,consequence,hgvsc,gene
chr17,3,A,G,1,hg19,missense_variant&splice_region_variant,NM_1.2:c.12+3A>G,G1
17,3,a,g,1,GRCh37,missense_variant,c.12+3A>G,G1
17,4,T,C,0,hg19,intron_variant,c.*4T>C,G2
17,4,CG,C,0,hg19,huh,,G2
17,5,GT,G,1,hg38,,,G2
17,5,A,<DEL>,0,hg19,,,
17,5,A,A,1,hg19,,,
17,0,A,T,0,hg19,,,
"""


@pytest.mark.usefixtures("empty_cache")
class TestDnaVariants:
    def test_rows_are_checked_against_the_piece_of_a_chromosome_that_is_given(self) -> None:
        found, split = inspected(DNA, sequences=">chr17:2-7\nCACGTA\n")
        assert [(one.row, one.kind) for one in found.problems] == [
            (3, "duplicate"),
            (4, "reference-mismatch"),
            (5, "consequence-unknown"),
            (7, "allele-unreadable"),
            (8, "unchanged"),
            (9, "position-unreadable"),
        ]
        assert found.problems[1].problem.endswith("has C at 17:4")
        assert split is not None
        assert split.variants is not None
        assert split.variants.regions["17"].start == 2

    def test_columns_become_those_of_the_store(self) -> None:
        split = inspected(DNA, Options(strata=("consequence",)))[1]
        assert split is not None
        assert split.variants is not None
        items = split.variants.items
        assert items["item_id"].tolist() == ["chr17-3-A-G", "chr17-4-T-C", "chr17-4-CG-C", "chr17-5-GT-G"]
        assert items["assembly"].tolist() == ["GRCh37", "GRCh37", "GRCh37", "GRCh38"]
        assert items["consequence"].fillna("").tolist() == ["missense", "intronic", "", ""]
        assert items["groups"].fillna("").tolist()[:2] == [
            '{"transcript_position": "12+3"}',
            '{"transcript_position": "*4"}',
        ]
        assert split.strata["consequence"].tolist()[2:] == ["huh", ""]

    def test_a_chromosome_on_both_sides_is_told(self) -> None:
        rows = ["1,5,A,C,1,train", "2,5,A,C,0,train", "1,9,A,C,1,test", "3,5,A,C,0,test"]
        found = inspected("\n".join(["chrom,pos,ref,alt,label,split", *rows]))[0]
        assert check(found, "CHROM_LEAK").rows == 1

    def test_the_same_place_in_another_assembly_is_another_variant(self) -> None:
        found = inspected("chrom,pos,ref,alt,label,assembly\n1,5,A,C,1,hg19\n1,5,A,C,0,hg38\n")[0]
        assert (found.used, check(found, "duplicate").severity) == (2, "passed")

    def test_labels_of_a_vcf_may_come_beside_it_by_place(self) -> None:
        head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        text = head + "17\t5\t.\tA\tG\t.\t.\t.\n17\t6\t.\tC\tT\t.\t.\t.\n"
        labels = "chrom,pos,ref,alt,label\nchr17,6,C,T,0\n17,5,A,G,1\n17,9,A,G,1\n"
        found, split = inspected(text, name="a.vcf", labels=labels)
        assert split is not None
        assert split.labels.tolist() == [1, 0]
        assert [one.kind for one in found.problems] == ["labels-unused"]


def sequences_of(count: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - test data
    return ["".join(draw.choices("ACGT", k=30)) for _ in range(count)]


@pytest.mark.usefixtures("empty_cache")
class TestSequences:
    def test_a_stated_split_is_kept_and_validation_counted(self) -> None:
        parts = ["train"] * 6 + ["test"] * 3 + ["val"]
        rows = [
            f"{text},{row % 2},{part}" for row, (text, part) in enumerate(zip(sequences_of(10), parts, strict=True))
        ]
        found, split = inspected("\n".join(["sequence,label,split", *rows]))
        assert split is not None
        assert split.sequences is not None
        assert (found.used, found.train, found.problem_count) == (9, 6, 0)
        assert (len(split.sequences.train), len(split.sequences.test)) == (6, 3)
        assert check(found, "split-set-aside").rows == 1

    def test_without_a_split_one_row_in_five_is_drawn_and_the_same_again(self) -> None:
        text = "\n".join(["sequence,label", *(f"{one},{row % 2}" for row, one in enumerate(sequences_of(100)))])
        first, again = inspected(text)[1], inspected(text)[1]
        other = inspected(text, Options(seed=1))[1]
        assert first is not None
        assert again is not None
        assert other is not None
        assert int((~first.train).sum()) == 20
        assert np.array_equal(first.train, again.train)
        assert not np.array_equal(first.train, other.train)
        assert check(first.inspection, "held-out").severity == "note"

    def test_other_strands_and_groups_stay_on_one_side(self) -> None:
        turn = str.maketrans("ACGT", "TGCA")
        texts = sequences_of(40)
        rows = [f"{one},{row % 2},g{row // 4}" for row, one in enumerate(texts)]
        rows += [f"{one.translate(turn)[::-1]},{row % 2},h{row}" for row, one in enumerate(texts)]
        split = inspected("\n".join(["sequence,label,group", *rows]))[1]
        assert split is not None
        sides = split.train
        assert np.array_equal(sides[:40], sides[40:])
        assert all(len(set(sides[start : start + 4].tolist())) == 1 for start in range(0, 40, 4))

    def test_what_train_gives_away_is_counted(self) -> None:
        texts = sequences_of(12)
        turned = texts[0].translate(str.maketrans("ACGT", "TGCA"))[::-1]
        rows = [f"{one},{row % 2},train" for row, one in enumerate(texts[:8])]
        rows += [f"{texts[1]},1,test", f"{turned},1,test", f"{texts[9]},0,test", f"{texts[10]},1,test"]
        found = inspected("\n".join(["sequence,label,split", *rows]))[0]
        assert check(found, "DUPLICATE_ROWS").rows == 1
        assert check(found, "REVERSE_COMPLEMENT").rows == 1
        assert check(found, "LABEL_CONFLICT").rows == 1
        assert check(found, "HOMOLOGY_LEAK").rows == 2

    def test_a_class_that_train_lacks_is_left_out_and_classes_are_counted_anew(self) -> None:
        texts = sequences_of(7)
        classes = ["b", "c", "b", "c", "a", "b", "c"]
        rows = [
            f"{one},{word},{'train' if row < 4 else 'test'}"
            for row, (one, word) in enumerate(zip(texts, classes, strict=True))
        ]
        found, split = inspected("\n".join(["sequence,label,split", *rows]))
        assert split is not None
        assert (found.classes, split.labels.tolist()) == (("b", "c"), [0, 1, 0, 1, 0, 1])
        assert [one.kind for one in found.problems] == ["class-not-in-train"]

    def test_a_letter_that_is_none_is_named_with_its_place(self) -> None:
        found = inspected("sequence,label\nACGTACGTACGTACGTACGT,1\nACRT,0\nAC-T,1\n")[0]
        assert [(one.row, one.value, one.problem) for one in found.problems] == [
            (3, "R", "unknown base at position 3"),
            (4, "-", "unknown base at position 3"),
        ]

    def test_labels_of_a_fasta_file_may_come_beside_it(self) -> None:
        texts = sequences_of(4)
        fasta = "".join(f">s{row}\n{one}\n" for row, one in enumerate(texts))
        labels = "id,label,split\ns3,1,test\ns2,0,test\ns1,1,train\ns0,0,train\n"
        split = inspected(fasta, name="a.fasta", labels=labels)[1]
        assert split is not None
        assert (split.labels.tolist(), split.train.tolist()) == ([0, 1, 0, 1], [True, True, False, False])


@pytest.mark.usefixtures("empty_cache")
class TestScores:
    def test_cells_that_are_no_finite_number_count_as_not_scored(self) -> None:
        text = "label,s\n1,0.5\n0,inf\n1,abc\n0,NA\n1,-1.5\n"
        found, split = inspected(text, Options(scores=(ScoreColumn(column="s", higher_is="1"),)))
        assert split is not None
        assert np.isnan(split.scores["s"]).tolist() == [False, True, True, True, False]
        assert [(one.row, one.kind, one.severity) for one in found.problems] == [
            (3, "score-infinite", "warning"),
            (4, "score-unreadable", "warning"),
        ]
        assert check(found, "score-missing").rows == 3

    def test_train_rows_are_not_evaluated(self) -> None:
        found, split = inspected("label,s,split\n1,1,train\n0,2,train\n1,3,test\n0,4,test\n0,5,test\n")
        assert split is not None
        assert (found.used, found.train, found.positives) == (5, 2, 1)
        assert split.variants is not None
        assert split.variants.items["split"].tolist() == ["train", "train", "test", "test", "test"]

    def test_one_gene_on_both_sides_is_told(self) -> None:
        found = inspected("label,s,split,gene\n1,1,train,A\n0,2,train,B\n1,3,test,A\n0,4,test,C\n")[0]
        assert (check(found, "GENE_LEAK").rows, found.group) == (1, "gene")

    def test_a_row_without_a_group_is_a_group_of_its_own(self) -> None:
        split = inspected("label,s,g\n1,1,a\n0,2,\n1,3,NA\n0,4,a\n", Options(group="g"))[1]
        assert split is not None
        assert split.groups is not None
        assert split.groups.tolist() == ["a", "row 3", "row 4", "a"]

    def test_long_names_of_groups_are_cut_and_stay_apart(self) -> None:
        names = ["A" * 5000, "A" * 4999 + "C", "A" * 5000]
        text = "\n".join(["label,s,g", *(f"{row % 2},{row},{name}" for row, name in enumerate(names))])
        split = inspected(text, Options(group="g", strata=("g",)))[1]
        assert split is not None
        assert split.groups is not None
        assert split.groups.dtype.itemsize <= 4 * 60
        assert [split.groups[0] == one for one in split.groups] == [True, False, True]
        assert np.array_equal(split.strata["g"], split.groups)

    def test_an_empty_group_means_independent_rows(self) -> None:
        assert inspected("label,s,gene\n1,1,a\n0,2,b\n", Options(group=""))[0].group is None

    def test_columns_that_could_be_scores_and_strata_are_offered(self) -> None:
        rows = [f"{row % 2},{row / 7:.3f},{'ab'[row % 2]},{row % 3},id{row}" for row in range(30)]
        found = inspected("\n".join(["label,s,word,few,name", *rows]))[0]
        assert found.score_columns == ("s", "few")
        assert found.strata_columns == ("word", "few")

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (Options(scores=(ScoreColumn(column="x"),)), "no column 'x'"),
            (Options(scores=(ScoreColumn(column="label"),)), "is the label"),
            (Options(scores=(ScoreColumn(column="s"), ScoreColumn(column="s"))), "named twice"),
            (Options(strata=("x",)), "no column 'x'"),
            (Options(group="x"), "no column 'x'"),
        ],
    )
    def test_options_that_name_nothing_are_refused_in_one_sentence(self, options: Options, words: str) -> None:
        with pytest.raises(SpecError, match=words):
            inspected("label,s\n1,1\n0,2\n", options)


@pytest.mark.usefixtures("empty_cache")
class TestAll:
    def test_one_class_cannot_be_evaluated(self) -> None:
        found, split = inspected("label,s\n1,1\n1,2\n")
        assert split is None
        assert found.missing == "All rows that can be evaluated (2) have the label '1': two classes are needed."

    @pytest.mark.parametrize(("ones", "severity"), [(9, "warning"), (10, "note"), (50, "passed")])
    def test_class_balance_is_graded(self, ones: int, severity: str) -> None:
        rows = [f"{int(row < ones)},{row}" for row in range(1000 if severity == "note" else 100)]
        assert check(inspected("\n".join(["label,s", *rows]))[0], "balance").severity == severity

    def test_the_first_hundred_problems_are_shown_and_all_can_be_taken_away(self) -> None:
        rows = [f"=huh{row},1" for row in range(150)]
        found = inspected("\n".join(["label,s", "1,1", "0,2", *rows]))[0]
        table = list(csv.DictReader(io.StringIO(found.problem_table.decode())))
        assert (len(found.problems), found.problem_count, len(table)) == (100, 150, 150)
        assert table[0]["value"] == "'=huh0"
        assert found.problems[0].value == "=huh0"

    def test_plain_numbers_stay_numbers_in_the_list_of_problems(self) -> None:
        found = inspected("label,s\n1,1\n0,2\n-1.5,1\n")[0]
        assert next(csv.DictReader(io.StringIO(found.problem_table.decode())))["value"] == "-1.5"

    def test_without_a_store_the_overlap_is_not_checked_and_that_is_said(self) -> None:
        found = inspected("variant,label\nM1K,1\nK2V,0\n")[0]
        assert "no store" in check(found, "contamination-unchecked").found

    def test_the_shape_can_be_forced(self) -> None:
        found = inspected("variant,label,s\nM1K,1,1\nK2V,0,2\n", Options(shape=Shape.SCORES))[0]
        assert (found.shape, Field.VARIANT in found.fields) == (Shape.SCORES, False)

    def test_hostile_names_of_columns_stay_text(self) -> None:
        text = 'label,=cmd|x,<script>,"a,b"\n1,1,2,z\n0,3,4,z\n'
        options = Options(scores=(ScoreColumn(column="=cmd|x", higher_is="1"),), strata=("<script>",))
        split = inspected(text, options)[1]
        assert split is not None
        assert split.scores["=cmd|x"].tolist() == [1.0, 3.0]

    def test_progress_is_told(self) -> None:
        told: list[tuple[str, int, int]] = []
        upload = Upload(name="t.csv", content=b"label,s\n1,1\n0,2\n")
        inspect(Files(table=upload), Options(), lambda what, done, total: told.append((what, done, total)))
        assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
        assert told[-1][1] == told[-1][2]


def test_a_split_of_sequences_with_its_parts_stays_as_it_was_given() -> None:
    rows = ["ACGTACGTAC,0,train", "ACGTACGTAC,0,train", "TTGACCATGA,1,train", "GGGTACCCTA,0,test", "GGGTACCCTA,1,test"]
    found, split = inspected("\n".join(["sequence,label,split", *rows]))
    assert split is not None
    assert (found.used, found.train) == (5, 3)
    assert {check.kind: check.severity for check in found.checks}["duplicate"] == "warning"
    assert [(problem.kind, problem.severity, problem.row) for problem in found.problems] == [
        ("duplicate", "warning", 3),
        ("label-conflict", "warning", 5),
        ("label-conflict", "warning", 6),
    ]


def test_genes_are_offered_as_parts_however_many_there_are() -> None:
    rows = [f"G{number},{number % 2},0.{number}" for number in range(300)]
    found, _ = inspected("\n".join(["gene,label,score", *rows]), Options(strata=("gene",)))
    assert found.strata_columns == ("gene",)
