from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.substitutions import PAINTED, PER_ROW, acids, painted, substitutions_chart
from dashboard.charts.track import track_chart
from dashboard.queries.item_filters import ItemFilters
from dashboard.queries.item_rows import Asked, read_count
from dashboard.queries.substitutions import WINDOW, read_substitutions
from dashboard.queries.suites import label_words
from dashboard.queries.track import BINS, MOST_MARKS, axis, read_track

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask

BRCA1 = Asked("brca1_sge", "evo2-1b", "consequence")
BLAT = Asked("dms:BLAT_ECOLX", "esm-1v:1", "grantham")
MISSENSE = Asked("clinvar_missense", "blosum62", "grantham")
WORDS = label_words("brca1_sge")


def places(*positions: int, chrom: str | None = "1", gene: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({"place": list(positions), "chrom": chrom, "gene": gene}).astype({"chrom": "string"})


def targets(data: dict[str, Any]) -> list[tuple[float, float, str]]:
    """Each clickable mark: across, up, and the item that it opens."""
    return [
        (x, y, card[0])
        for trace in data["data"]
        if trace.get("customdata")
        for x, y, card in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
    ]


def test_positions_without_items_are_cut_to_a_break() -> None:
    across = axis(places(100, 101, 150, 10_000, 10_010))
    assert list(across.x) == [0, 1, 50, 62, 72]
    assert across.breaks == [56]
    assert across.words == ["100", "10,000"]
    assert not across.ranked


def test_residues_stand_where_they_are_even_far_apart() -> None:
    across = axis(places(5, 900, chrom=None, gene="X"))
    assert list(across.x) == [5, 900]
    assert across.breaks == []


def test_items_of_several_chromosomes_stand_one_after_another() -> None:
    rows = pd.concat([places(5, 900, chrom="1"), places(3, chrom="X")])
    across = axis(rows)
    assert across.ranked
    assert list(across.x) == [0, 1, 2]
    assert (across.ticks, across.words, across.breaks) == ([0, 2], ["1", "X"], [1.5])


def test_a_single_item_has_a_place() -> None:
    assert list(axis(places(7)).x) == [0]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_scored_variant_of_brca1_is_a_mark_that_opens_it(
    colours: Any, ask_items: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    track = read_track(ask_items, BRCA1, 3893)
    data = as_data(track_chart(track, colours, words=WORDS, axis_words="percentile", item=None))
    expected = ask_items("SELECT item_id FROM numbered_item WHERE task_id = 'brca1_sge'")["item_id"]
    assert sorted(item for _, _, item in targets(data)) == sorted(expected)
    assert len(data["layout"]["shapes"]) == 12, "a break between each two of 13 exons"
    lanes = data["layout"]["yaxis2"]["ticktext"]
    assert [lane.strip() for lane in lanes[:2]] == ["missense", "synonymous"]
    symbols = {trace["marker"]["symbol"] for trace in data["data"] if trace.get("customdata")}
    assert symbols == {"diamond", "circle-open"}, "the label is not told by colour alone"


def test_the_item_looked_at_is_ringed_where_its_mark_is(
    ask_items: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    track = read_track(ask_items, BRCA1, 3893)
    item = str(track.rows["item_id"].iloc[2000])
    data = as_data(track_chart(track, LIGHT, words=WORDS, axis_words="percentile", item=item))
    ring = data["data"][-1]
    place = next((x, y) for x, y, found in targets(data) if found == item)
    assert (ring["x"][0], ring["y"][0]) == pytest.approx(place, abs=0.01)


def test_too_many_items_are_means_over_stretches_that_hold_each_once(
    ask_items: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    n = read_count(ask_items, MISSENSE).n
    assert n > MOST_MARKS
    track = read_track(ask_items, MISSENSE, n)
    assert track.binned
    assert len(track.rows) <= BINS
    assert track.rows["n"].sum() == n
    items = ask_items(
        "SELECT i.item_no, i.label, i.gene, i.place, s.percentile FROM numbered_item i JOIN standing s "
        "USING (task_id, item_no) WHERE task_id = 'clinvar_missense' AND model_id = 'blosum62' ORDER BY item_no"
    )
    first = items[items["item_no"] * BINS // n == 0]
    shown = track.rows.iloc[0]
    assert shown["n"] == len(first)
    assert shown["positives"] == (first["label"] == 1).sum()
    assert shown["among_positive"] == pytest.approx(first.loc[first["label"] == 1, "percentile"].mean(), rel=1e-5)
    assert bool(shown["one_gene"]) == (len(set(first["gene"])) == 1)
    data = as_data(track_chart(track, LIGHT, words=WORDS, axis_words="percentile", item=None))
    for trace in data["data"]:
        for card in trace["customdata"]:
            assert (card[0] == "") == (card[2] == ""), "only a stretch of one gene can be zoomed into"


def test_of_one_gene_each_variant_is_a_mark(ask_items: Ask) -> None:
    asked = replace(MISSENSE, filters=ItemFilters(gene="FBN1_HUMAN"))
    track = read_track(ask_items, asked, read_count(ask_items, asked).n)
    assert not track.binned
    assert len(track.rows) == 547
    assert not axis(track.rows).ranked


def test_the_map_has_every_substitution_once_where_it_belongs(
    ask_items: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    shown = read_substitutions(ask_items, BLAT, 24, 286)
    for paint in PAINTED:
        data = as_data(substitutions_chart(shown, LIGHT, paint=paint, words=label_words("dms"), item="N173I"))
        found = targets(data)
        assert len(found) == len({item for _, _, item in found}) == 4996
        letters = acids(shown.cells)
        assert len(letters) == 20
        for x, y, item in found[::97]:
            assert (x, letters[y]) == (int(item[1:-1]), item[-1])
        maps = [trace for trace in data["data"] if trace["type"] == "heatmap"]
        assert len(maps) == 3
        assert all(len(one["z"]) == 20 and len(one["z"][0]) <= PER_ROW for one in maps)
        drawn = sum(value is not None for one in maps for row in one["z"] for value in row)
        assert drawn == painted(shown.cells, paint).notna().sum()
        framed = [shape for shape in data["layout"]["shapes"] if shape["type"] == "rect"]
        assert [(shape["x0"] + shape["x1"]) / 2 for shape in framed] == [173]


def test_the_wild_type_of_each_residue_is_marked_and_not_measured(ask_items: Ask) -> None:
    shown = read_substitutions(ask_items, BLAT, 24, 286)
    wild = dict(zip(shown.wild_type["residue"], shown.wild_type["residue_ref"], strict=True))
    assert len(wild) == len(shown.wild_type) == 263
    assert (shown.cells["residue_ref"] != shown.cells["residue_alt"]).all()
    assert (shown.cells["residue"].map(wild) == shown.cells["residue_ref"]).all()


def test_the_measured_percentile_is_on_the_scale_of_a_systems(ask_items: Ask) -> None:
    cells = read_substitutions(ask_items, BLAT, 24, 286).cells
    values = ask_items("SELECT value FROM numbered_item WHERE task_id = 'dms:BLAT_ECOLX'")["value"].to_numpy()
    for row in cells.iloc[::500].itertuples():
        expected = 100 * ((values < row.value).mean() + (values == row.value).mean() / 2)
        assert row.measured == pytest.approx(expected, abs=0.02)
    difference = painted(cells, "difference").dropna()
    assert np.allclose(difference, (cells["percentile"] - cells["measured"]).dropna())


def test_a_filter_leaves_holes_and_a_window_ends(ask_items: Ask) -> None:
    asked = replace(BLAT, filters=ItemFilters(label="1", start=100, end=120))
    shown = read_substitutions(ask_items, asked, 100, 120)
    assert set(shown.cells["label"]) == {1}
    assert shown.cells["residue"].between(100, 120).all()
    assert len(shown.cells) == read_count(ask_items, asked).n
    assert len(shown.wild_type) == 21
    assert read_substitutions(ask_items, BLAT, 1, 10_000).last == WINDOW
