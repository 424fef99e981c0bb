from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboard.components.split_cells_words import CELLS
from dashboard.components.split_words import title_of
from engine.local_split.cells.compare import compare_cells
from engine.local_split.cells.exchange import CellOptions
from engine.local_split.examples import EXAMPLES
from engine.local_split.report import as_json
from tests.browser.test_pages import FITS
from tests.engine.local_split.cells.blood import blood, only
from tests.singlecell.files import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Screen

BY_NAME = {example.name: example for example in EXAMPLES}
WORKER = "engine.local_split.worker"


def workers() -> set[int]:
    """Processes of this machine that hold somebody's split."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if WORKER in command:
            found.add(int(folder.name))
    return found


def until(wanted: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if wanted():
            return True
        time.sleep(0.1)
    return wanted()


def give(screen: Screen, name: str, content: bytes) -> None:
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    screen.page.locator("input[type=file]").first.set_input_files(file)


def compared(screen: Screen) -> None:
    """Wait for a result."""
    expect(screen.page.get_by_role("heading", name="Take away")).to_be_visible(timeout=30_000)
    screen.at_rest()


def slow() -> bytes:
    """Sequences that take the probes a while."""
    draw = random.Random(1)  # noqa: S311 - the same file every time
    sequences = ("".join(draw.choices("ACGT", k=120)) for _ in range(1_900))
    rows = (f"{one},{row % 2},{'train' if row % 5 else 'test'}" for row, one in enumerate(sequences))
    return "\n".join(["sequence,label,split", *rows]).encode()


@pytest.fixture
def strangers(new_screen: Callable[..., Screen]) -> Callable[..., Screen]:
    """Readers with a profile of their own on the page of a split."""

    def opened(**more: Any) -> Screen:
        screen = new_screen(stranger=True, **more)
        screen.open("your-split")
        return screen

    return opened


@pytest.mark.parametrize(("scheme", "size"), [("light", (1280, 800)), ("dark", (1920, 1080))])
def test_an_example_shows_its_verdicts_fits_the_window_and_is_accessible(
    strangers: Callable[..., Screen],
    picture: Callable[[Screen], None],
    scheme: Literal["light", "dark"],
    size: tuple[int, int],
) -> None:
    screen = strangers(width=size[0], height=size[1], scheme=scheme)
    screen.page.get_by_role("button", name="Table of scores").click()
    compared(screen)
    expect(screen.title).to_contain_text("beat")
    expect(screen.page.get_by_text("by the paired test").first).to_be_visible()
    assert screen.address() == ("your-split", {})
    picture(screen)
    assert {what: found for what, script in FITS.items() if (found := screen.page.evaluate(script))} == {}
    violations = Axe().run(screen.page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [
        (rule["id"], node["html"][:300])
        for rule in violations
        if rule["impact"] in {"critical", "serious"}
        for node in rule["nodes"]
    ]
    assert not grave


def test_a_direction_that_is_said_by_keyboard_brings_the_verdict(strangers: Callable[..., Screen]) -> None:
    screen = strangers()
    upload = BY_NAME["protein-variants"].make()
    give(screen, upload.name, upload.content)
    compared(screen)
    expect(screen.title).to_contain_text("A model has to beat BLOSUM62")
    choice = screen.page.get_by_role("radiogroup", name="A high value of model means")
    choice.get_by_role("radio", name="high = label 1").focus()
    screen.page.keyboard.press("Enter")
    expect(screen.title).to_contain_text("model beats BLOSUM62", timeout=30_000)
    expect(screen.page.get_by_text("--score model=1")).to_be_visible()


def test_two_people_never_see_each_other_s_files(strangers: Callable[..., Screen]) -> None:
    first, second = strangers(), strangers()
    give(first, "anns-patients.csv", BY_NAME["scores"].make().content)
    upload = BY_NAME["protein-variants"].make()
    give(second, "bobs-variants.csv", upload.content)
    compared(second)
    expect(first.page.get_by_text("anns-patients.csv").first).to_be_visible()
    assert "anns-patients" not in second.page.content()
    assert "new_model" not in second.page.content()
    assert "bobs-variants" not in first.page.content()
    third = strangers()
    for name in ("anns-patients", "bobs-variants"):
        assert name not in third.page.content()


def test_cancel_stops_and_removing_the_data_ends_the_process(strangers: Callable[..., Screen]) -> None:
    before = workers()
    screen = strangers()
    assert until(lambda: len(workers() - before) == 1)
    (own,) = workers() - before
    give(screen, "slow.csv", slow())
    expect(screen.page.get_by_role("heading", name="What a model has to beat, and")).to_be_visible(timeout=30_000)
    screen.page.get_by_role("button", name="Cancel").click(timeout=30_000)
    expect(screen.page.get_by_text("Stopped:")).to_be_visible()
    assert until(lambda: own not in workers())
    screen.page.get_by_role("button", name="Remove my data").click()
    expect(screen.title).to_contain_text("Learn what a model has to beat")
    screen.at_rest()
    assert "slow.csv" not in screen.page.content()


def test_the_process_ends_with_the_session(strangers: Callable[..., Screen]) -> None:
    before = workers()
    screen = strangers()
    give(screen, "scores.csv", BY_NAME["scores"].make().content)
    expect(screen.page.get_by_text("Your scores.")).to_be_visible(timeout=30_000)
    own = workers() - before
    assert len(own) == 1
    screen.page.goto("about:blank")
    assert until(lambda: not own & workers())


def test_a_file_that_is_no_table_is_one_sentence(strangers: Callable[..., Screen]) -> None:
    screen = strangers()
    give(screen, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    alert = screen.page.locator("[data-testid=stAlert]")
    expect(alert).to_have_count(1, timeout=30_000)
    expect(alert).to_contain_text("picture.csv")
    expect(screen.page.locator("[data-testid=stException]")).to_have_count(0)


@pytest.fixture(scope="module")
def blood_file(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """700 real blood cells, with their counts, two embeddings and a donor drawn at random."""
    return write(tmp_path_factory.mktemp("blood") / "pbmc68k_reduced.h5ad", blood(mirror))


def lying() -> set[Path]:
    """Files of cells that lie on this machine's disk for somebody."""
    return set(Path(tempfile.gettempdir()).glob("vledger-cells-*/*.h5ad"))


def test_real_cells_have_the_numbers_of_the_command_and_are_deleted_with_the_button(
    strangers: Callable[..., Screen], picture: Callable[[Screen], None], blood_file: Path
) -> None:
    before = lying()
    screen = strangers(width=1280, height=800)
    screen.page.locator("input[type=file]").first.set_input_files(blood_file)
    compared(screen)
    result = compare_cells(blood_file, CellOptions(label="cell_type"))
    expect(screen.title).to_have_text(title_of(result, CELLS))
    (beat,) = [one for one in result.values if (one.system_id, one.metric) == ("hvg-pca", "AvgBIO")]
    expect(screen.page.get_by_text(f"HVG + PCA has AvgBIO {beat.value:.3f}").first).to_be_visible()
    expect(screen.page.get_by_text(result.command)).to_be_visible()
    with screen.page.expect_download() as taken:
        screen.page.get_by_role("button", name="Everything (JSON)").click()
    assert Path(taken.value.path()).read_bytes() == as_json(result)
    picture(screen)
    assert {what: found for what, script in FITS.items() if (found := screen.page.evaluate(script))} == {}
    assert [path.name for path in lying() - before] == [blood_file.name]
    screen.page.get_by_role("button", name="Remove my data").click()
    expect(screen.title).to_contain_text("Learn what a model has to beat")
    assert until(lambda: lying() <= before)
    screen.at_rest()
    assert blood_file.name not in screen.page.content()


def test_many_cells_wait_for_a_click_can_be_cancelled_and_are_deleted_when_the_page_is_left(
    strangers: Callable[..., Screen], mirror: Path, tmp_path: Path
) -> None:
    many = write(tmp_path / "many.h5ad", only(blood(mirror), [*range(700)] * 7, 200))
    processes, files = workers(), lying()
    screen = strangers()
    assert until(lambda: len(workers() - processes) == 1)
    (own,) = workers() - processes
    screen.page.locator("input[type=file]").first.set_input_files(many)
    screen.page.get_by_role("button", name="Compare", exact=True).click(timeout=30_000)
    expect(screen.page.get_by_role("heading", name="What a model has to beat, and")).to_be_visible(timeout=30_000)
    screen.page.get_by_role("button", name="Cancel").click(timeout=30_000)
    expect(screen.page.get_by_text("Stopped:")).to_be_visible()
    assert until(lambda: own not in workers())
    assert [path.name for path in lying() - files] == ["many.h5ad"]
    screen.page.goto("about:blank")
    assert until(lambda: lying() <= files)


def test_damaged_cells_are_one_sentence_and_the_page_goes_on(
    strangers: Callable[..., Screen], blood_file: Path
) -> None:
    screen = strangers()
    give(screen, "torn.h5ad", blood_file.read_bytes()[:100_000])
    alert = screen.page.locator("[data-testid=stAlert]")
    expect(alert).to_have_count(1, timeout=30_000)
    expect(alert).to_contain_text("torn.h5ad: it begins like the right kind of file")
    expect(screen.page.locator("[data-testid=stException]")).to_have_count(0)
    screen.page.get_by_role("button", name="Remove my data").click()
    expect(screen.title).to_contain_text("Learn what a model has to beat")
    screen.at_rest()
    screen.page.get_by_role("button", name="Cells with embeddings").click()
    compared(screen)
    expect(screen.title).to_contain_text("X_types beats HVG + PCA")
