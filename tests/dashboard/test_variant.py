from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import percentileofscore

from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.standing import standing_chart
from dashboard.components.variant_words import (
    NO_THRESHOLD,
    NOT_SCORED,
    command_sql,
    cut_sentence,
    label_sentences,
    name_note,
    placing_sentence,
    standings_table,
    surroundings_html,
    surroundings_sentence,
    title,
)
from dashboard.queries.outlinks import links
from dashboard.queries.variant import (
    Surroundings,
    Variant,
    read_label_values,
    read_standings,
    read_surroundings,
    read_variant,
    sides,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashboard.queries.ask import Ask

BRCA1, SAMPLE, MISSENSE, BLAT = "brca1_sge", "clinvar_sample", "clinvar_missense", "dms:BLAT_ECOLX"
# TEM-1 from its first residue after the signal peptide, Ambler's H26 or H24 of the precursor.
TEM1 = "HPETLVKVKDAEDQLGARVGYIELDLNSGKILESFRPEERFPMMSTFKVLLCGAVLSRIDAGQEQLGRRIHYSQNDLVEYSPVTEKHLTDGMTVRELCSAAITMSD"


def found(ask: Ask, task: str, item: str) -> Variant:
    variant = read_variant(ask, task, item)
    assert variant is not None
    return variant


def standings_of(ask: Ask, task: str, item: str) -> pd.DataFrame:
    return read_standings(ask, task, found(ask, task, item).item_no)


def a_variant(**changes: Any) -> Variant:
    told = {"task_id": "t", "item_no": 0, "item_id": "i", "suite": "brca1_sge", "kind": "variant_effect", "label": 1}
    return Variant(**{**told, **changes})


def rows_of(**columns: list[Any]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    plain = {
        "name": [f"S{i}" for i in range(n)],
        "role": ["model"] * n,
        "higher_is": ["damaging"] * n,
        "score": [1.0] * n,
        "percentile": [50.0] * n,
        "threshold": [np.nan] * n,
        "threshold_source": [None] * n,
        "called": [pd.NA] * n,
    }
    return pd.DataFrame({**plain, **columns}).astype({"called": "boolean"})


def test_a_brca1_variant_has_its_three_names(ask_items: Ask) -> None:
    variant = found(ask_items, BRCA1, "17-41197728-G-T")
    assert variant.vcf == "17-41197728-G-T"
    assert variant.genomic is not None
    assert variant.genomic.text == "NC_000017.10:g.41197728G>T"
    assert (variant.coding, variant.protein) == ("c.5559C>A", "p.(Tyr1853Ter)")
    assert title(variant) == "BRCA1 p.(Tyr1853Ter)"


def test_what_is_unknown_of_an_item_is_none_and_an_unknown_item_is_none(ask_items: Ask) -> None:
    variant = found(ask_items, MISSENSE, "RASK_HUMAN-D119N")
    assert (variant.vcf, variant.genomic, variant.coding, variant.value) == (None,) * 4
    assert (variant.protein, title(variant)) == ("p.(Asp119Asn)", "RASK_HUMAN p.(Asp119Asn)")
    assert read_variant(ask_items, MISSENSE, "RASK_HUMAN-D119X") is None
    assert read_variant(ask_items, BRCA1, "RASK_HUMAN-D119N") is None
    assert read_variant(ask_items, BRCA1, "' OR 1=1 --") is None


@pytest.mark.parametrize("task", [BRCA1, SAMPLE, BLAT])
def test_the_shares_are_those_of_scipy(ask_items: Ask, task: str) -> None:
    """Ties count half: percentileofscore's kind "mean", on the predictions as they were stored."""
    scores = ask_items(
        "SELECT s.model_id, i.item_no, i.label, s.sign * p.score AS turned FROM scored s "
        "JOIN prediction p USING (task_id, model_id, run_id) JOIN numbered_item i USING (task_id, item_id) "
        "WHERE task_id = $task AND p.score IS NOT NULL",
        {"task": task},
    )
    total = ask_items("SELECT count(*) AS n FROM numbered_item WHERE task_id = $task", {"task": task})["n"].iloc[0]
    for item_no in np.random.default_rng(5).integers(0, total, 6):
        shown = read_standings(ask_items, task, int(item_no))
        for model, rows in scores.groupby("model_id"):
            own = rows.loc[rows["item_no"] == item_no, "turned"]
            if own.empty:
                assert shown.loc[model, ["score", "among_negative", "among_positive"]].isna().all()
                continue
            for label, column in enumerate(("among_negative", "among_positive")):
                expected = percentileofscore(rows.loc[rows["label"] == label, "turned"], own.iloc[0], kind="mean")
                assert shown.at[model, column] == pytest.approx(expected, abs=1e-4)


def test_models_come_first_and_who_did_not_score_it_is_listed(ask_items: Ask) -> None:
    shown = standings_of(ask_items, SAMPLE, "8-117812871-C-A")
    roles = shown["role"].tolist()
    assert roles == sorted(roles, key=["model", "baseline", "control"].index)
    assert set(shown.index) == set(
        ask_items("SELECT model_id FROM scored WHERE task_id = $t", {"t": SAMPLE})["model_id"]
    )
    assert pd.isna(shown.at["alphamissense", "score"])
    table = standings_table(shown, found(ask_items, SAMPLE, "8-117812871-C-A")).set_index(shown.index)
    assert table.at["alphamissense", "Called"] == NOT_SCORED
    assert pd.isna(table.at["alphamissense", "The call is"])
    assert table.at["evo-2-40b", "Called"] == NO_THRESHOLD
    assert table.at["consequence", "Called"] == "pathogenic"
    assert table.at["consequence", "The call is"] == "right"


def test_a_call_turns_with_the_direction_of_the_score(ask_items: Ask) -> None:
    """SIFT calls from low scores: below 0.05 damaging; at 0.05 it is tolerated."""
    rows = ask_items(
        "SELECT i.item_id, i.label, v.score FROM standing v JOIN numbered_item i USING (task_id, item_no) "
        "WHERE task_id = $t AND model_id = 'sift' AND v.score IN (0, 0.05, 1)",
        {"t": BRCA1},
    )
    assert set(rows["score"]) == {0, 0.05, 1}
    for row in rows.groupby("score").head(3).itertuples():
        shown = standings_of(ask_items, BRCA1, row.item_id)
        assert shown.at["sift", "called"] == (row.score < 0.05)
        told = standings_table(shown, found(ask_items, BRCA1, row.item_id)).set_index(shown.index)
        assert told.at["sift", "The call is"] == ("right" if (row.score < 0.05) == (row.label == 1) else "wrong")


def test_an_item_looks_like_the_label_that_fewer_of_the_other_lie_beyond() -> None:
    rows = rows_of(among_negative=[97.0, 30.0, 60.0, np.nan, 0.0], among_positive=[45.0, 10.0, 40.0, np.nan, 100.0])
    assert sides(rows).tolist() == [1, 0, pd.NA, pd.NA, pd.NA]


def test_the_sentence_counts_systems_but_no_controls() -> None:
    rows = rows_of(
        among_negative=[97.0, 30.0, 97.0, np.nan],
        among_positive=[45.0, 10.0, 97.0, np.nan],
        role=["model", "baseline", "control", "baseline"],
        score=[1.0, 1.0, 1.0, np.nan],
    )
    told = placing_sentence(rows, a_variant())
    assert told == (
        "1 of 2 systems that scored it put it with the items labelled **loss of function** (its label), "
        "1 did not score it."
    )
    assert placing_sentence(rows.iloc[[3]], a_variant()) == "No system scored it."


def test_the_surroundings_of_brca1_are_the_reference(ask_items: Ask, mirror: Path) -> None:
    region = "".join((mirror / "brca1" / "brca1_hg19.txt").read_text().split()).upper()
    items = ask_items("SELECT item_id FROM numbered_item WHERE task_id = $t AND item_no % 400 = 7", {"t": BRCA1})
    assert len(items) == 10
    for item in items["item_id"]:
        variant = found(ask_items, BRCA1, item)
        around = read_surroundings(ask_items, variant)
        assert around is not None
        first = around.start - 41_100_001
        expected = region[first : first + len(around.letters)]
        assert all(letter in {own, "·"} for letter, own in zip(around.letters, expected, strict=True))
        assert around.letters[15] == variant.ref
        assert len(around.letters) == 31
    around = read_surroundings(ask_items, found(ask_items, BRCA1, "17-41276135-T-G"))
    assert around is not None
    assert "".join(around.letters) == "CTGTTCCAATGAACTT" + "·" * 15
    assert (around.known, around.alternate) == (15, "G")


def test_the_surroundings_of_tem1_are_its_sequence(ask_items: Ask) -> None:
    around = read_surroundings(ask_items, found(ask_items, BLAT, "H24C"))
    assert around is not None
    assert "".join(around.letters) == "·" * 15 + TEM1[:16]
    assert around.start == 9
    middle = read_surroundings(ask_items, found(ask_items, BLAT, f"{TEM1[30]}54A"))
    assert middle is not None
    assert "".join(middle.letters) == TEM1[15:46]


def test_where_too_little_is_known_around_it_that_is_said_and_no_letters(ask_items: Ask) -> None:
    variant = found(ask_items, SAMPLE, "8-117812871-C-A")
    around = read_surroundings(ask_items, variant)
    assert around is not None
    assert around.known == 0
    assert "not in the store" in surroundings_sentence(around, variant)


def test_a_sequence_without_a_place_has_no_surroundings(ask_items: Ask) -> None:
    assert read_surroundings(ask_items, a_variant(chrom=None, residue=None)) is None


def test_the_changed_letter_is_marked_and_the_alternate_stands_under_it() -> None:
    around = Surroundings(tuple("AC<T·"), 2, 41, 1, "G")
    html = surroundings_html(around)
    assert "AC<b><u>&lt;</u></b>T·" in html
    assert "\n<b>  G</b>" in html
    assert 'aria-label="AC [&lt; to G] T·"' in html
    assert ">41" in html


@pytest.mark.parametrize(
    ("task", "item", "expected"),
    [
        (
            BRCA1,
            "17-41276135-T-G",
            {
                "ClinVar": "https://www.ncbi.nlm.nih.gov/clinvar/?term=17%5Bchr%5D+AND+41276135%5Bchrpos37%5D",
                "gnomAD": "https://gnomad.broadinstitute.org/variant/17-41276135-T-G?dataset=gnomad_r2_1",
                "dbSNP": "https://www.ncbi.nlm.nih.gov/snp/?term=17%5BCHR%5D+AND+41276135%5BPOSITION_GRCH37%5D",
                "UniProt": "https://www.uniprot.org/uniprotkb?query=gene_exact%3ABRCA1+AND+organism_id%3A9606",
            },
        ),
        (
            SAMPLE,
            "8-117812871-C-A",
            {
                "ClinVar": "https://www.ncbi.nlm.nih.gov/clinvar/variation/863192/",
                "gnomAD": "https://gnomad.broadinstitute.org/variant/8-117812871-C-A?dataset=gnomad_r4",
                "dbSNP": "https://www.ncbi.nlm.nih.gov/snp/?term=8%5BCHR%5D+AND+117812871%5BPOSITION%5D",
            },
        ),
        (MISSENSE, "RASK_HUMAN-D119N", {"UniProt": "https://www.uniprot.org/uniprotkb?query=id%3ARASK_HUMAN"}),
        (BLAT, "H24C", {"UniProt": "https://www.uniprot.org/uniprotkb?query=id%3ABLAT_ECOLX"}),
    ],
)
def test_links_are_exact(ask_items: Ask, task: str, item: str, expected: dict[str, str]) -> None:
    assert links(found(ask_items, task, item)) == expected


def test_gnomad_has_the_mitochondrion_under_its_own_name_and_no_change_that_is_none() -> None:
    place = {"assembly": "GRCh37", "chrom": "MT", "pos": 3243, "ref": "A"}
    told = links(a_variant(**place, alt="G"))
    assert told["gnomAD"] == "https://gnomad.broadinstitute.org/variant/M-3243-A-G?dataset=gnomad_r4"
    assert "gnomAD" not in links(a_variant(**place, alt="A"))


def test_nothing_from_a_name_escapes_into_an_address() -> None:
    told = links(a_variant(gene="A B&x=1", organism="human", groups={"clinvar_id": "../1?x"}))
    assert told["ClinVar"] == "https://www.ncbi.nlm.nih.gov/clinvar/variation/..%2F1%3Fx/"
    assert told["UniProt"].endswith("?query=gene_exact%3AA+B%26x%3D1+AND+organism_id%3A9606")
    assert links(a_variant(gene="abc", organism="mouse")) == {}


def test_the_label_says_what_it_was_made_from(ask_items: Ask) -> None:
    variant = found(ask_items, BRCA1, "17-41197728-G-T")
    told = " ".join(label_sentences(variant, read_label_values(ask_items, BRCA1)))
    assert told == (
        "**Loss of function** (label 1). Saturation genome editing: class LOF, loss of function. "
        "Measured value −1.490. Cut in two: function from −1.328 up, loss of function from −1.329 down. "
        "ClinVar’s own word: Pathogenic."
    )
    sample = found(ask_items, SAMPLE, "8-117812871-C-A")
    told = " ".join(label_sentences(sample, read_label_values(ask_items, SAMPLE)))
    assert told == "**Pathogenic** (label 1). The label is ClinVar’s, with 2 review stars."
    blat = found(ask_items, BLAT, "H24C")
    told = " ".join(label_sentences(blat, read_label_values(ask_items, BLAT)))
    assert told.endswith("Cut in two: fit from −1.159 up, unfit from −1.160 down.")


def test_a_cut_is_told_only_where_the_labels_part_the_values() -> None:
    overlapping = pd.DataFrame({"lowest": [0.0, 1.0], "highest": [2.0, 3.0]}, index=[0, 1])
    assert not cut_sentence(overlapping, {0: "no", 1: "yes"})
    assert not cut_sentence(overlapping.iloc[:1], {0: "no", 1: "yes"})
    parted = overlapping.assign(lowest=[0.0, 2.5])
    assert cut_sentence(parted, {0: "no", 1: "yes"}) == "Cut in two: yes from 2.500 up, no from 2.000 down."


def test_a_name_that_may_move_and_an_assembly_without_names_are_said() -> None:
    place = {"assembly": "GRCh37", "chrom": "7", "pos": 117199644, "ref": "ATCT"}
    assert "last possible place" in (name_note(a_variant(**place, alt="A")) or "")
    assert name_note(a_variant(**place, alt="GGGG")) is None
    assert "No accessions of CHM13" in (name_note(a_variant(**{**place, "assembly": "CHM13"}, alt="A")) or "")


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_chart_has_two_marks_a_system(
    ask_items: Ask, as_data: Callable[[Any], dict[str, Any]], colours: Any
) -> None:
    rows = standings_of(ask_items, BRCA1, "17-41197728-G-T")
    rows = rows[rows["score"].notna()]
    figure = as_data(standing_chart(rows, {0: "function", 1: "loss of function"}, colours))
    _, negative, positive = figure["data"]
    for trace, column in ((negative, "among_negative"), (positive, "among_positive")):
        assert trace["x"] == pytest.approx(rows[column].tolist(), abs=0.01)
        assert trace["y"] == list(range(len(rows)))
    assert negative["marker"]["symbol"] != positive["marker"]["symbol"]
    assert len(figure["layout"]["yaxis"]["ticktext"]) == len(rows)


@pytest.mark.parametrize(("task", "item"), [(BRCA1, "17-41197728-G-T"), (MISSENSE, "RASK_HUMAN-D119N")])
def test_the_command_gives_the_numbers_of_the_card(ask_items: Ask, task: str, item: str) -> None:
    variant = found(ask_items, task, item)
    shown = read_standings(ask_items, task, variant.item_no).dropna(subset="score").sort_values("name")
    told = ask_items(command_sql(variant)).sort_values("name")
    columns = ["score", "among_negative", "among_positive"]
    assert told["name"].tolist() == shown["name"].tolist()
    assert np.allclose(told[columns].astype(float), shown[columns].astype(float))


def test_quotation_marks_in_an_id_stay_in_the_command() -> None:
    assert "i.item_id = 'a''b'" in command_sql(a_variant(item_id="a'b"))
