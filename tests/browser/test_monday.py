"""A molecular pathologist who must decide on Monday between three models, from the question to the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

JOB = "Coding SNV pathogenicity"
THREE = ("AlphaMissense", "ESM-1b", "GPN-MSA")


def test_from_the_question_to_the_numbers_a_pair_and_the_command_on_ones_own_data(
    screen: Screen, picture: Callable[[Screen], None]
) -> None:
    page = screen.page
    screen.open("choose")
    screen.choose("What is it for?", JOB)
    screen.until_address("choose", topic=[JOB])
    screen.charts(1)
    expect(screen.title).to_have_text("ClinVar · Missense: eight of 15 models are above PhyloP")
    # The answer is there without scrolling, and the baseline stands before the choice, the choice before its caveat.
    answer = [
        page.get_by_text("A calibrated specialist missense tool"),
        page.locator("strong", has_text=f"Specialist tools ({', '.join(THREE)})"),
        page.locator("strong", has_text="Evo 2 placed 4th/5th on coding SNVs, after these tools"),
    ]
    boxes = [place.first.bounding_box() for place in answer]
    assert all(box and box["y"] + box["height"] < 800 for box in boxes)
    assert [box["x"] for box in boxes if box] == sorted(box["x"] for box in boxes if box)

    page.locator("label", has_text="Open weights").click()
    screen.until_address("choose", topic=[JOB], weights_needed=["yes"])
    expect(page.get_by_text("Of 3 systems named here 2 meet your needs and 1 does not.")).to_be_visible()
    for system in THREE:
        expect(page.locator("[data-testid=stMain]").get_by_role("link", name=system, exact=True)).to_be_visible()
    screen.charts(1)
    picture(screen)

    page.get_by_role("link", name="All 17 systems on ClinVar · Missense").click()
    screen.until_address("task", suite=["clinvar"], task=["clinvar_vep_eval"], stratum=["missense"])
    screen.at_rest()
    expect(page.get_by_text("37,076").first).to_be_visible()
    page.go_back()
    screen.until_address("choose", topic=[JOB], weights_needed=["yes"])
    screen.charts(1)

    page.get_by_role("link", name="Compare AlphaMissense with ESM-1b").click()
    screen.until_address("compare", suite=["clinvar"], first=["alphamissense"], second=["esm-1b"])
    screen.at_rest()
    expect(screen.title).to_contain_text("ESM-1b")
    page.go_back()
    screen.until_address("choose", topic=[JOB], weights_needed=["yes"])
    screen.charts(1)

    command = page.get_by_text("vledger quickstart variants.csv --model esm-1b")
    command.scroll_into_view_if_needed()
    expect(command).to_be_visible()
    expect(page.get_by_text("vledger compare --split scores.csv")).to_be_visible()
