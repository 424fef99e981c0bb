"""Citations: BibTeX that parses, and a line for a mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.export.citing import bibtex, bibtex_of_view, cite_view
from dashboard.queries.citations import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording
    from dashboard.export.show import Show


def source(citation: str, url: str | None = None, identifier: str | None = None, name: str = "s") -> Source:
    return Source(name, citation, url, identifier, None)


def entries(text: str) -> dict[str, dict[str, str]]:
    """Key -> fields of BibTeX; an assertion fails where it does not parse."""
    found: dict[str, dict[str, str]] = {}
    at = 0
    while (head := re.compile(r"\s*@(\w+)\{([A-Za-z0-9_-]+),\s*").match(text, at)) is not None:
        at, fields = head.end(), {"type": head[1]}
        while (name := re.compile(r"(\w+) = \{").match(text, at)) is not None:
            end, depth = name.end(), 1
            while depth:
                step = {"{": 1, "}": -1}.get(text[end], 0)
                end, depth = end + (2 if text[end] == "\\" and text[end + 1] not in "{}" else 1), depth + step
            fields[name[1]] = text[name.end() : end - 1]
            at = re.compile(r",\s*").match(text, end).end()  # type: ignore[union-attr]
        assert text[at] == "}"
        assert head[2] not in found
        found[head[2]], at = fields, at + 1
    assert not text[at:].strip()
    return found


FINDLAY = source(
    "Findlay GM, Daza RM, Martin B, et al. Accurate classification of BRCA1 variants with saturation genome editing. "
    "Nature 2018;562:217-222.",
    "https://doi.org/10.1038/s41586-018-0461-z",
    "10.1038/s41586-018-0461-z",
    "findlay_2018",
)


def test_an_article_with_a_doi() -> None:
    found = entries(bibtex([FINDLAY], "data"))["findlay_2018"]
    assert found["type"] == "article"
    assert found["author"] == "Findlay, GM and Daza, RM and Martin, B and others"
    assert found["title"] == "{Accurate classification of BRCA1 variants with saturation genome editing}"
    assert (found["journal"], found["year"], found["doi"]) == ("Nature", "2018", "10.1038/s41586-018-0461-z")
    assert found["note"].endswith("Nature 2018;562:217-222.")


def test_a_preprint_of_arxiv() -> None:
    bend = source(
        "Marin FI, Teufel F. BEND: Benchmarking. ICLR 2024.", "https://arxiv.org/abs/2311.12570", "arXiv:2311.12570"
    )
    found = entries(bibtex([bend], "data"))["s"]
    assert (found["type"], found["eprint"], found["archivePrefix"]) == ("misc", "2311.12570", "arXiv")


@pytest.mark.parametrize(
    ("citation", "title"),
    [
        ("Brandes Lab. VEP-eval: evaluation of predictors. GitHub repository.", "VEP-eval: evaluation of predictors"),
        ("OmniGenBench: Automating. arXiv 2024. (authors not listed)", "OmniGenBench: Automating"),
        ("Computed by this engine; see the run.", "Computed by this engine; see the run"),
        ("bshihab. Evo 2 1B delta log-likelihoods of Findlay 2018.", "Evo 2 1B delta log-likelihoods of Findlay 2018"),
    ],
    ids=["laboratory", "no authors", "none", "account"],
)  # fmt: skip
def test_no_author_is_made_up(citation: str, title: str) -> None:
    found = entries(bibtex([source(citation)], "data"))["s"]
    assert "author" not in found
    assert found["title"] == f"{{{title}}}"


def test_keys_of_the_same_letters_are_numbered_and_the_ledger_is_an_entry() -> None:
    found = entries(bibtex([source("A b c d.", name="x y"), source("B b c d.", name="x/y")], "Validity Ledger 0.1.0"))
    assert list(found) == ["x-y", "x-y-2", "validity-ledger"]
    assert found["validity-ledger"]["note"] == "Validity Ledger 0.1.0"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30), st.text(max_size=20))
def test_whatever_a_source_says_the_file_parses(citation: str, url: str, identifier: str, name: str) -> None:
    assert len(entries(bibtex([Source(name, citation, url, identifier, "2026-11-21")] * 2, citation))) == 3


def test_every_source_of_the_store_is_an_entry(recorded: Callable[..., Recording]) -> None:
    sources = [one for page in ("ledgers", "size") for one in recorded(page).sources.values()]
    found = entries(bibtex(dict.fromkeys(sources), "data"))
    assert {one.source_id for one in sources} <= set(found)
    assert all(fields["note"] and fields["title"] != "{}" for fields in found.values())


def test_a_view_is_cited_with_its_data_filters_and_link(shown: Callable[..., Show]) -> None:
    stamp = shown(("size", "suite=geneb", "size")).leaves[0].stamp
    assert stamp is not None
    line = cite_view(stamp)
    assert line.startswith(f"{stamp.data}: {stamp.title}")
    assert line.endswith("http://localhost:8501/size?suite=geneb (seen 2026-11-21)")
    assert all(word in line for word in stamp.view)
    found = entries(bibtex_of_view(stamp))
    assert found["validity-ledger-view"]["url"] == stamp.link
    assert "geneb_2026" in found
