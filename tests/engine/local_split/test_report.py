"""The report: its title states the finding, every part is there, and nothing in it can run, be fetched or be forged."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from engine.local_split.exchange import Part, Result, System, Value
from engine.local_split.report import as_html, words
from engine.local_split.report.forest import Row, Scale, chunks
from engine.local_split.report.markup import element, plain, shortened
from tests.engine.local_split import results

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e\x00'
_VOID = {"meta"}


class Page(HTMLParser):
    """A page taken apart; fails on an element that is not closed where it was opened."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content.decode())
        assert self.opened == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.opened and self.opened[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(result: Result) -> Page:
    return Page(as_html(result))


def title(result: Result) -> str:
    found = re.search("<h1><bdi>(.*?)</bdi></h1>", as_html(result).decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("PASS", "“esm” beats BLOSUM62 by 0.101 AUROC"),
        ("PASS_PAIRED", "“esm” is ahead of BLOSUM62 by 0.052 AUROC on the same items"),
        ("INCONCLUSIVE", "Whether “esm” is better than BLOSUM62 is not settled"),
        ("FAIL", "“esm” does not beat BLOSUM62"),
        (None, "There is no verdict on “esm” next to BLOSUM62"),
    ],
)
def test_the_title_states_the_finding(verdict: str | None, sentence: str) -> None:
    assert title(results.result(verdict=verdict)) == sentence


def test_without_a_column_of_ones_own_the_title_says_what_a_model_has_to_beat() -> None:
    result = results.result(verdict=None)
    result = replace(
        result,
        systems=result.systems[1:],
        values=[value for value in result.values if value.system_id != results.YOURS],
        power=result.power[:1],
    )
    assert title(result) == "On this split a model has to beat AUROC 0.710, that of BLOSUM62"


def test_without_a_baseline_the_title_claims_nothing() -> None:
    result = results.result(verdict=None)
    result = replace(result, systems=result.systems[:1], power=(), curves={})
    result = replace(result, values=[v for v in result.values if v.system_id == results.YOURS])
    assert title(result) == "“esm” reaches AUROC 0.811, and there is no baseline to judge it by"
    assert "Nothing was judged: it takes a column of yours and a baseline." in page(result).text


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        (("PASS", "FAIL"), "1 of 2 columns beats BLOSUM62"),
        (("PASS", "PASS_PAIRED"), "2 of 2 columns beat BLOSUM62"),
        (("FAIL", "INCONCLUSIVE"), "None of 2 columns is shown to beat BLOSUM62"),
    ],
)
def test_several_columns_are_counted(verdicts: tuple[str, str], sentence: str) -> None:
    first, second = (results.result(verdict=one, column=f"m{nth}") for nth, one in enumerate(verdicts))
    both = replace(
        first,
        systems=(second.systems[0], *first.systems),
        values=(*first.values, *(one for one in second.values if one.system_id == "column:m1")),
        differences=(*first.differences, *second.differences),
        power=(),
    )
    assert title(both) == sentence


def test_everything_that_was_found_stands_in_it() -> None:
    text = page(results.result()).text
    for told in (
        "400 items, 160 of label 1 (40.0 %).",
        "AUROC minus BLOSUM62: +0.101 [+0.061, +0.141].",
        "0.811 [0.771, 0.851]",
        "◆ pass",
        "Pass: the value is higher and the two 95 % intervals are apart.",
        "Leakage from train: 2 genes stand in train and in test. Split by gene.",
        "WEAK_BASELINE (info): Grantham reaches more than BLOSUM62.",
        "hydropathy could not be scored",
        "By gene",
        "VHL (n = 12)",
        "Not judged: 12 items: fewer than 30 are shown but not judged (1 part).",
        "A true difference of 0.043 AUROC of a model to come to BLOSUM62 would be found in four of five splits like",
        "to find 0.02, about 1,850 items in all would be needed.",
        "The difference seen of esm would be told from 0 with about 900 items in all.",
        "VHLa model to comenonenone12 items are too few",
        "Two scores correlated at 0.5, the bootstrap's spread of the baseline.",
        "412, of which 410 are used, 10 of them as train",
        "2 rows set aside",
        "ab" * 32,
        "vledger compare --split variants.csv --score 'esm=1'",
        "Henikoff & Henikoff",
        "DeLong, DeLong & Clarke-Pearson",
        "Benjamini & Hochberg",
        "cluster bootstrap, percentile, 2,000 draws",
        "Validity Ledger 0.1.0",
        "Threshold 0.5 (given).",
        "MCC of BLOSUM62, MCC of Grantham, MCC of Constant: no threshold is given, and there are no train rows.",
    ):
        assert told in text, told


def test_a_part_that_is_not_judged_is_hollow_and_has_no_verdict() -> None:
    html = as_html(results.result()).decode()
    figure = html[html.index("By <bdi>gene") : html.index("Not judged: 12")]
    filled, hollow = (figure.count(f'r="4.8" fill="{fill}"') for fill in ("var(--y0)", "var(--ground)"))
    assert (filled, hollow) == (2, 1)
    table = html[html.index("Not judged: 12") : html.index("<h2>Curves")]
    assert "VHL" not in table
    assert table.count("◆ pass") == 2


def test_it_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    html, found = as_html(results.result()), page(results.result())
    assert {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "object", "a", "base"} == set()
    assert not re.search(rb"url\(|@import|https?:|\bon\w+=", html)
    policy = next(meta for meta in found.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_hostile_name_is_text_wherever_it_stands() -> None:
    result = results.with_column_named(HOSTILE)
    html, found = as_html(result), page(result)
    assert {tag for tag, _ in found.tags} & {"script", "img"} == set()
    assert not any("onerror" in attributes for _, attributes in found.tags)
    assert b"\x00" not in html
    assert "\u202e" not in html.decode()
    assert "<script>alert(1)</script>" in found.text
    assert [tag for tag, _ in found.tags if tag == "svg"] != []


def test_the_figures_are_well_formed_and_told_in_words() -> None:
    html = as_html(results.with_column_named("a < b & c")).decode()
    figures = re.findall(r"<svg .*?</svg>", html)
    assert len(figures) > 4
    described = [ET.fromstring(one).attrib for one in figures]  # noqa: S314 - our own figures
    assert [one["aria-label"] for one in described if "role" in one] == [
        "AUROC of every system",
        "AUROC part by part",
        "True positive rate against false positive rate",
        "Precision against recall",
    ]
    assert all("aria-hidden" in one for one in described if "role" not in one)


def test_what_a_check_has_said_no_flag_repeats() -> None:
    text = page(results.result()).text
    assert "GENE_LEAK" not in text
    assert "WEAK_BASELINE" in text


def test_a_curve_is_drawn_through_all_its_points() -> None:
    places = tuple(nth / 199 for nth in range(200))
    curve = dict.fromkeys(("fpr", "tpr", "recall", "precision"), places)
    found = page(results.result(curves={results.YOURS: curve, results.BASELINE: curve}))
    assert [len(str(one["points"]).split()) for one in found.all("polyline")] == [200] * 4


def test_the_command_is_never_cut() -> None:
    command = "vledger compare --split mine.csv " + " ".join(f"--score 'column {nth}=1'" for nth in range(100))
    assert command in page(results.result(command=command)).text


def test_several_classes_have_no_positives_and_no_curves() -> None:
    result = results.result(curves={})
    result = replace(result, parts=tuple(replace(part, positives=None) for part in result.parts))
    found = page(result)
    assert "400 items." in found.text
    assert "of label 1" not in found.text
    assert "Curves" not in found.text


def test_the_same_result_gives_the_same_page() -> None:
    assert as_html(results.result()) == as_html(results.result())


def test_a_split_of_which_nothing_could_be_evaluated_still_has_its_checks() -> None:
    result = replace(results.result(verdict=None), systems=(), parts=(), values=(), differences=(), power=(), curves={})
    found = page(result)
    assert "Nothing on this split could be evaluated" in found.text
    assert "Row 1 is the header." in found.text


def test_many_parts_and_many_columns_stay_whole() -> None:
    base = results.result(verdict=None, curves={}, power=())
    parts = [Part(part_id=f"gene={n}", label=f"G{n}", n=40, positives=20, column="gene") for n in range(200)]
    systems = [System(system_id=f"column:m{n}", name=f"m{n}", role="yours", sentence="Your column.") for n in range(12)]
    values = [
        Value(
            system_id=system.system_id,
            part_id=part.part_id,
            metric="AUROC",
            value=0.7,
            low=0.6,
            high=0.8,
            method="m",
            n=40,
        )
        for part in (base.parts[0], *parts)
        for system in systems
    ]
    result = replace(
        base, systems=(*systems, base.systems[1]), parts=(base.parts[0], *parts), values=values, differences=()
    )
    found = page(result)
    assert all(f"G{n} (n = 40)" in found.text for n in range(200))
    shapes = {(one.get("fill"), one.get("d", "circle")) for tag in ("circle", "path") for one in found.all(tag)}
    assert len({shape for shape in shapes if str(shape[0]).startswith("var(--y")}) == 12


def test_figures_are_cut_between_rows_and_lose_none() -> None:
    rows = [Row(label=str(n), points=[None] * 3) for n in range(25)]  # type: ignore[list-item]
    pieces = chunks(rows, 34)
    assert [row.label for piece in pieces for row in piece] == [str(n) for n in range(25)]
    assert [len(piece) for piece in pieces] == [11, 11, 3]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.4, 0.9, [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        (0.7, 0.78, [0.7, 0.72, 0.74, 0.76, 0.78]),
        (-1.0, 1.0, [-1.0, -0.5, 0.0, 0.5, 1.0]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 100).ticks() == ticks


def test_numbers_have_a_real_minus_sign_and_small_p_values_no_zero() -> None:
    assert words.number(-0.0412, signed=True) == "−0.041"
    assert words.interval(-0.1, 0.25, signed=True) == "[−0.100, +0.250]"
    assert (words.small(0.0004), words.small(0.021), words.small(None)) == ("<0.001", "0.021", "")


def test_text_is_shown_letter_by_letter() -> None:
    assert plain("a\x1b[31m\u202eb\n\ud800") == "a�[31m�b��"
    assert element("b", "x", title='"<', class_=None) == '<b title="&quot;&lt;">x</b>'
    assert shortened("abcdefghij", 7) == "abcd…ij"
    assert shortened("abcdefg", 7) == "abcdefg"
