"""One variant and the slices around it, as a reader walks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

LINKS = {
    "ClinVar": "https://www.ncbi.nlm.nih.gov/clinvar/?term=17%5Bchr%5D+AND+41197728%5Bchrpos37%5D",
    "gnomAD": "https://gnomad.broadinstitute.org/variant/17-41197728-G-C?dataset=gnomad_r2_1",
    "dbSNP": "https://www.ncbi.nlm.nih.gov/snp/?term=17%5BCHR%5D+AND+41197728%5BPOSITION_GRCH37%5D",
    "UniProt": "https://www.uniprot.org/uniprotkb?query=gene_exact%3ABRCA1+AND+organism_id%3A9606",
}
TASK = {"suite": ["brca1_sge"], "task": ["brca1_sge"]}


def test_a_reader_walks_the_variants_by_keyboard_and_closes_the_card(new_item_screen: Callable[..., Screen]) -> None:
    screen = new_item_screen(width=1920, height=1080)
    screen.open("variants", suite="brca1_sge", consequence="nonsense", item="17-41197728-G-C")
    card = screen.page.locator(".st-key-variant-card")
    expect(card).to_contain_text("1 of 138 shown")
    expect(card).to_contain_text("NC_000017.10:g.41197728G>C")
    screen.page.keyboard.press("j")
    expect(card).to_contain_text("2 of 138 shown")
    expect(card).to_contain_text("NC_000017.10:g.41197728G>T")
    screen.until_address("variants", **TASK, consequence=["nonsense"], item=["17-41197728-G-T"])
    screen.page.keyboard.press("k")
    expect(card).to_contain_text("1 of 138 shown")
    for name, address in LINKS.items():
        link = card.get_by_role("link", name=name)
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("href", address)
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)
    screen.until_address("variants", **TASK, consequence=["nonsense"])


def test_a_filter_is_kept_with_enter_and_its_link_shows_the_same_to_a_stranger(
    new_item_screen: Callable[..., Screen],
) -> None:
    screen = new_item_screen()
    screen.open("variants", suite="brca1_sge", part="missense")
    field = screen.page.get_by_label("Name of the current filter")
    field.fill("Missense")
    field.press("Enter")
    screen.until_address("variants", **TASK, part=["missense"], slices=["Missense~part=missense"])
    other = new_item_screen(stranger=True)
    other.open("variants", suite="brca1_sge", slices="Missense~part=missense")
    expect(other.page.get_by_test_id("stMain")).to_contain_text("Missense: Part: Missense")
    expect(other.page.get_by_role("button", name="Apply")).to_be_visible()
