from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from dashboard.charts.palette import palette
from dashboard.export.pptx import deck_pptx
from dashboard.export.show import Leaf

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.exhibits import Recording
    from dashboard.export.show import Show

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
VIEWS = (
    ("leaderboard", "suite=geneb", "heat"),
    ("leaderboard", "suite=clinvar&against=yes", "heat"),
    ("size", "suite=proteingym", "size"),
    ("size", "suite=geneb", "worth"),
)
GROUNDS = [("light", "16:9"), ("dark", "4:3")]


def opened(show: Show) -> Any:
    return Presentation(io.BytesIO(deck_pptx(show, None)))


def texts(slide: Any) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def charts(slide: Any) -> list[Any]:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def points(series: Any, tag: str) -> dict[int, float]:
    return {int(one.get("idx")): float(one.find(f"{C}v").text) for one in series.iterfind(f"{C}{tag}//{C}pt")}


def named(chart: Any, name: str) -> Any:
    return next(one for one in chart._chartSpace.iter(f"{C}ser") if one.find(f"{C}tx//{C}v").text == name)


@pytest.fixture(scope="module")
def made(shown: Callable[..., Show]) -> dict[str, tuple[Show, Any]]:
    found = {}
    for ground, shape in GROUNDS:
        show = shown(*VIEWS, ground=ground, shape=shape, title="Lab meeting")
        found[ground] = show, opened(show)
    return found


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_deck_has_a_title_a_slide_for_each_leaf_and_its_sources(made: dict[str, Any], ground: str) -> None:
    show, deck = made[ground]
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[0] == "Lab meeting"
    assert [title.removesuffix(" …") for title in titles[1 : 1 + len(VIEWS)]] == [leaf.headline for leaf in show.leaves]
    assert titles[1 + len(VIEWS) :] == ["How to read these numbers", "Sources"]
    listed = texts(deck.slides[-1])
    assert all(source.citation[:40] in listed for source in show.sources)
    assert "@" in deck.slides[-1].notes_slide.notes_text_frame.text


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_slide_carries_its_stamp_its_link_and_all_the_rest_in_its_notes(
    made: dict[str, Any], ground: str
) -> None:
    show, deck = made[ground]
    for leaf, slide in zip(show.leaves, list(deck.slides)[1:], strict=False):
        assert leaf.stamp is not None
        stamp = next(shape for shape in slide.shapes if shape.name == "Stamp")
        assert leaf.stamp.n in stamp.text_frame.text
        assert leaf.stamp.data in stamp.text_frame.text
        assert leaf.stamp.date in stamp.text_frame.text
        links = [run.hyperlink.address for part in stamp.text_frame.paragraphs for run in part.runs]
        assert leaf.stamp.link in links
        notes = slide.notes_slide.notes_text_frame.text
        assert leaf.stamp.command in notes
        assert leaf.stamp.link in notes
        assert leaf.stamp.interval in notes


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_nothing_leaves_the_slide_and_no_letter_is_too_small(made: dict[str, Any], ground: str) -> None:
    _, deck = made[ground]
    for slide in deck.slides:
        for shape in slide.shapes:
            down = sum(row.height for row in shape.table.rows) if shape.has_table else shape.height
            across = sum(column.width for column in shape.table.columns) if shape.has_table else shape.width
            assert min(shape.left, shape.top) >= 0
            assert shape.left + across <= deck.slide_width, shape.name
            assert shape.top + down <= deck.slide_height, shape.name
            least = 1000 if shape.name in {"Stamp", "Slide number"} else 1100
            sizes = {
                int(run.get("sz"))
                for run in shape.element.iter(f"{A}rPr")
                if run.getparent().findtext(f"{A}t", "").strip()
            }
            assert all(size >= least for size in sizes), (shape.name, sizes)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_no_placeholder_is_empty_and_everything_drawn_has_words_for_who_cannot_see_it(
    made: dict[str, Any], ground: str
) -> None:
    _, deck = made[ground]
    assert len(deck.slide_layouts) == 1
    for slide in deck.slides:
        assert all(shape.text_frame.text for shape in slide.placeholders)
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table or shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                assert shape.element.xpath(".//p:cNvPr")[0].get("descr")


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_the_theme_has_standard_fonts_and_the_grounds_own_colours(made: dict[str, Any], ground: str) -> None:
    _, deck = made[ground]
    theme = next(part for part in deck.part.package.iter_parts() if part.partname == "/ppt/theme/theme1.xml")
    root = etree.fromstring(theme.blob)
    fonts = [root.find(f".//{A}{kind}/{A}latin").get("typeface") for kind in ("majorFont", "minorFont")]
    assert fonts == ["Georgia", "Arial"]
    assert f"#{root.find(f'.//{A}lt1/{A}srgbClr').get('val')}" == palette(ground).ground
    assert f"#{root.find(f'.//{A}dk1/{A}srgbClr').get('val')}" == palette(ground).ink


def test_a_map_is_a_native_table_with_the_first_rows_and_every_baseline(made: dict[str, Any]) -> None:
    show, deck = made["light"]
    table = next(shape.table for shape in deck.slides[1].shapes if shape.has_table)
    names = [table.cell(row, 0).text for row in range(len(table.rows))]
    rows = show.leaves[0].exhibit.rows
    assert str(rows.iloc[0, 0]) in names[1]
    assert "of 41 rows" in texts(deck.slides[1])
    filled = {cell.get("val") for cell in table._tbl.iter(f"{A}srgbClr")}
    assert len(filled) > 50


def test_a_table_marks_its_best_in_bold_and_aligns_its_numbers_right(made: dict[str, Any]) -> None:
    show, deck = made["light"]
    table = next(shape.table for shape in deck.slides[4].shapes if shape.has_table)
    heads = [cell.text for cell in table.rows[0].cells]
    exhibit = show.leaves[3].exhibit
    column = next(place for place, head in enumerate(heads) if head in exhibit.best)
    bold = [row for row in range(1, len(table.rows)) if any(run.font.bold for run in _runs(table.cell(row, column)))]
    assert bold
    assert {str(part.alignment) for part in table.cell(1, column).text_frame.paragraphs} == {"RIGHT (3)"}


def _runs(cell: Any) -> list[Any]:
    return [run for part in cell.text_frame.paragraphs for run in part.runs]


def test_sizes_are_a_native_chart_on_a_log_axis_with_every_model_and_its_numbers_to_edit(
    shown: Callable[..., Show],
) -> None:
    show = shown(("size", "suite=geneb", "size"))
    (chart,) = charts(opened(show).slides[0])
    assert chart._chartSpace.find(f".//{C}logBase").get("val") == "10"
    exhibit = show.leaves[0].exhibit
    drawn = {
        (round(x), round(up[place], 4))
        for one in chart._chartSpace.iter(f"{C}ser")
        if one.find(f"{C}tx//{C}v").text not in {"labels", "marks of the axis"}
        for up in [points(one, "yVal")]
        for place, x in points(one, "xVal").items()
    }
    for parameters, value in zip(exhibit.rows["Parameters"], exhibit.rows["Macro MCC"], strict=True):
        assert (round(parameters), round(value, 4)) in drawn
    assert chart.part.chart_workbook.xlsx_part.blob[:2] == b"PK"


def test_a_slide_without_content_says_so_calmly(shown: Callable[..., Show]) -> None:
    show = shown(("size", "suite=geneb", "size"), ("size", "suite=geneb", "nothing"))
    slide = opened(show).slides[2]
    assert "nothing" in texts(slide)
    assert slide.shapes.title.text_frame.text == "This slide cannot be shown"
    assert isinstance(show.leaves[1], Leaf)


def test_foreign_words_stay_words(shown: Callable[..., Show]) -> None:
    show = shown(("size", "suite=geneb", "worth"), title="<b>&amp; \x0b]]> 'x'")
    assert opened(show).slides[0].shapes.title.text_frame.text == "<b>&amp; ]]> 'x'"


def test_a_figure_that_no_native_chart_carries_is_a_picture_or_its_rows(
    recorded: Callable[..., Recording], shown: Callable[..., Show]
) -> None:
    show = shown(("size", "suite=geneb", "size"))
    exhibit = show.leaves[0].exhibit
    figure = type(exhibit.figure)(exhibit.figure).add_heatmap(z=[[1, 2], [3, 4]])
    changed = type(show)(
        show.deck,
        (type(show.leaves[0])(show.leaves[0].slide, "A map", _with(exhibit, figure), show.leaves[0].stamp),),
        "",
        show.date,
    )
    slide = opened(changed).slides[0]
    assert any(shape.has_table for shape in slide.shapes)
    assert "no picture can be made here" in texts(slide)
    asked = []

    def picture(_: Any, width: int, height: int) -> bytes:
        asked.append((width, height))
        return _png()

    slide = Presentation(io.BytesIO(deck_pptx(changed, picture))).slides[0]
    pictured = next(shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE)
    assert asked
    assert pictured.element.xpath(".//p:cNvPr")[0].get("descr") == exhibit.alt
    assert recorded("size", "suite=geneb").find("size").key == exhibit.key


def _with(exhibit: Any, figure: Any) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(exhibit, figure=figure)


def _png() -> bytes:
    from PIL import Image  # noqa: PLC0415

    into = io.BytesIO()
    Image.new("RGB", (4, 3)).save(into, "PNG")
    return into.getvalue()


def test_twelve_slides_are_written_in_less_than_two_seconds(shown: Callable[..., Show]) -> None:
    show = shown(*VIEWS * 3)
    begun = time.process_time()
    deck_pptx(show, None)
    assert time.process_time() - begun < 2


def test_a_single_slide_stands_for_itself_and_two_begin_with_a_title(shown: Callable[..., Show]) -> None:
    one, other = ("size", "suite=geneb", "size"), ("size", "suite=geneb", "worth")
    assert opened(shown(one)).slides[0].shapes.title.text_frame.text.startswith("Size only partly decides")
    assert opened(shown(one, other)).slides[0].shapes.title.text_frame.text == "Validity Ledger"


def test_hollow_marks_and_what_marks_mean_are_on_the_slide_of_a_variant(shown: Callable[..., Show]) -> None:
    show = shown(("variants", "suite=brca1_sge&task=brca1_sge&item=17-41197722-T-A", "card"), ground="dark")
    slide = opened(show).slides[0]
    (chart,) = charts(slide)
    named = {one.find(f"{C}tx//{C}v").text for one in chart._chartSpace.iter(f"{C}ser")}
    assert {"function", "loss of function"} <= named
    legend = next(shape for shape in slide.shapes if shape.name == "Legend").text_frame.text
    assert "○ function" in legend
    assert "◆ loss of function" in legend
