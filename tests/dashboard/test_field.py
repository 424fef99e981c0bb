"""The field map: every system on its branch, every window in its unit, the numbers those of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from dashboard.charts.field_tree import LINES, WIDTH, diameter, lay_out, short, tree_chart
from dashboard.charts.field_windows import span, windows_chart
from dashboard.charts.palette import DARK, LIGHT, fill
from dashboard.components import field_words as words
from dashboard.queries.field import STEMS, UNSTATED, branches, read_systems, tree
from dashboard.queries.field_windows import SECTIONS, STATED, number_in, read_differences, read_distances, read_windows
from dashboard.queries.suites import SUITES
from dashboard.queries.tokens import CUTTERS, EXAMPLE, hidden, overlapping, single

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.queries.ask import Ask
    from dashboard.queries.board import Board
    from dashboard.queries.catalog import Catalog
    from dashboard.queries.field import Tree


@pytest.fixture(scope="module")
def systems(ask: Ask) -> pd.DataFrame:
    return read_systems(ask)


@pytest.fixture(scope="module")
def windows(ask: Ask) -> pd.DataFrame:
    return read_windows(ask)


@pytest.fixture(scope="module")
def trees(systems: pd.DataFrame, boards: dict[str, Board], catalog: Catalog) -> dict[str, Tree]:
    return {suite: tree(systems, board, catalog.to_beat(suite)) for suite, board in boards.items()}


def test_every_model_and_baseline_of_the_store_is_on_one_branch(systems: pd.DataFrame, ask: Ask) -> None:
    stored = ask("SELECT model_id FROM model WHERE role <> 'control'")["model_id"]
    assert sorted(systems.index) == sorted(stored)
    members = [model for *_, rows in branches(systems.assign(value=float("nan"))) for model in rows.index]
    assert sorted(members) == sorted(stored)


def test_every_family_of_the_store_has_its_stem(ask: Ask) -> None:
    stored = set(ask("SELECT DISTINCT family FROM model WHERE family IS NOT NULL")["family"])
    assert stored == STEMS.keys()


def test_long_convolutions_are_told_apart_and_transformers_by_what_they_read(systems: pd.DataFrame) -> None:
    found = {(family, line) for _, family, line, _ in branches(systems.assign(value=float("nan")))}
    assert {("Long convolution", "StripedHyena"), ("Long convolution", "HyenaDNA")} <= found
    assert {("Transformer encoder", "DNA"), ("Transformer encoder", "protein")} <= found
    assert {("State space", "Caduceus"), ("State space", "JanusDNA")} <= found


def test_both_sizes_stand_where_sources_differ_and_none_where_none_is_stated(systems: pd.DataFrame, ask: Ask) -> None:
    for model, rows in ask("SELECT * FROM parameter_statement").groupby("model_id"):
        assert all(by in systems.at[model, "sizes"] for by in rows["stated_by"])
    assert systems.loc[systems["parameters"].isna() & systems["sizes"].notna()].empty


@pytest.mark.parametrize(
    ("model", "year"),
    [
        ("hyenadna-tiny-1k", "2023"),
        ("evo-2-40b", "2025, 2026"),
        ("blosum62", "1992"),
        ("enformer-official-rough", None),
        ("dnabert-6-mer-v1", None),
    ],
)
def test_a_year_is_that_of_the_systems_own_paper_or_not_stated(
    model: str, year: str | None, systems: pd.DataFrame
) -> None:
    found = systems.at[model, "year"]
    assert found == year or (year is None and pd.isna(found))


def test_the_tree_shows_the_boards_values_and_the_baseline_to_beat(
    trees: dict[str, Tree], boards: dict[str, Board], catalog: Catalog
) -> None:
    for suite, found in trees.items():
        board, key = boards[suite], boards[suite].columns[0].key
        for model, value in found.systems["value"].dropna().items():
            assert value == board.values.at[model, key]
            assert board.columns[0].kind != "summary" or model not in board.partial
        to_beat = catalog.to_beat(suite)
        if to_beat in board.values.index and not pd.isna(board.values.at[to_beat, key]):
            assert found.baseline == (board.models.at[to_beat, "name"], board.values.at[to_beat, key])
        else:
            assert found.baseline is None


@pytest.mark.parametrize("lines", [0, LINES, 200])
def test_no_label_of_the_tree_reaches_into_the_next_mark(lines: int, trees: dict[str, Tree]) -> None:
    shown = branches(trees["geneb"].systems)
    rows = lay_out(shown, lines)
    for row, (*_, members) in zip(rows, shown, strict=True):
        drawn = [model for line in row.lines for model, _ in line]
        assert [*drawn, *row.rest] == list(members.index)
        for line in row.lines:
            ends = [
                x + diameter(members.at[model, "parameters"]) + 8 + 6.5 * len(short(members.at[model, "name"]))
                for model, x in line
            ]
            assert all(end < x for end, (_, x) in zip(ends, line[1:], strict=False))
            assert ends[-1] < WIDTH
        assert not row.rest or row.lines[-1][-1][1] < WIDTH - 44
    assert any(row.rest for row in rows) == (lines < 200)
    assert sum(len(row.lines) for row in rows) <= max(lines, len(rows))


def test_measured_models_are_drawn_before_those_that_are_not(trees: dict[str, Tree]) -> None:
    for row in lay_out(branches(trees["geneb"].systems)):
        assert trees["geneb"].systems.loc[row.rest, "value"].isna().all()


def test_a_marks_area_grows_with_the_root_of_the_parameters() -> None:
    assert diameter(4e10) == pytest.approx(26)
    assert (diameter(4e9) / diameter(4e10)) ** 2 == pytest.approx(10**-0.5)
    assert diameter(1e3) == 5
    assert diameter(float("nan")) == 9


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_mark_has_the_colour_of_its_value_and_is_hollow_without_a_size(
    suite: str, colours: Any, trees: dict[str, Tree], as_data: Callable[[Any], dict[str, Any]]
) -> None:
    found = trees[suite].systems
    board_metric = SUITES[suite].metrics[0]
    low, high = SUITES[suite].domain[board_metric]
    figure = tree_chart(
        lay_out(branches(found)), found, colours, domain=(low, high), measure=board_metric, links={"luca": "x"}
    )
    marks = next(trace for trace in as_data(figure)["data"] if trace["mode"] == "markers")
    for card, colour, symbol in zip(
        marks["customdata"], marks["marker"]["color"], marks["marker"]["symbol"], strict=True
    ):
        row = found.loc[card[0]]
        if pd.isna(row["parameters"]):
            assert colour == "rgba(0,0,0,0)"
        elif pd.isna(row["value"]):
            assert colour == colours.hairline
        else:
            assert colour == fill(colours.sequential, (row["value"] - low) / (high - low))
        assert (symbol == "diamond") == (row["role"] == "baseline")


def test_the_tree_of_one_family_shows_all_of_it(systems: pd.DataFrame, boards: dict[str, Board]) -> None:
    for family in {*STEMS, UNSTATED}:
        found = tree(systems[systems["family"] == family], boards["geneb"], None)
        assert not any(row.rest for row in lay_out(branches(found.systems)))


def test_titles_of_the_tree_say_what_is_shown(trees: dict[str, Tree], systems: pd.DataFrame, boards: Any) -> None:
    assert words.tree_title(trees["geneb"], "GENEB").startswith("Transformer decoder leads on GENEB")
    under = trees["clinvar"]
    assert under.baseline
    number = int((under.best["value"] <= under.baseline[1]).sum())
    assert f"{['no', 'one', 'two', 'three', 'four', 'five'][number]} of" in words.tree_title(under, "ClinVar")
    alone = tree(systems[systems["family"] == "State space"], boards["geneb"], None)
    assert words.tree_title(alone, "GENEB") == f"{alone.best['name'].iloc[0]} is the best of State space on GENEB"
    nobody = tree(systems[systems["family"] == "Other"], boards["geneb"], None)
    assert "No model of a stated family" in words.tree_title(nobody, "GENEB")
    assert "; 16 tasks of it have one" in words.tree_lede(trees["geneb"], "GENEB", "value", 16)
    for suite, found in trees.items():
        lede = words.tree_lede(found, suite, "value")
        assert "nan" not in lede
        assert (found.baseline is None) == ("No baseline has a value" in lede)


def test_every_stated_window_and_every_known_one_is_shown_once(windows: pd.DataFrame, ask: Ask) -> None:
    stated = ask("SELECT * FROM context_window WHERE model NOT LIKE '%benchmark%'")
    shown = windows[windows["section"] == STATED]
    ends = [*shown["low"], *shown.loc[shown["low"] < shown["high"], "high"]]
    assert sorted(ends) == sorted(stated["value"].astype(float))
    known = ask("SELECT name FROM model WHERE context_value IS NOT NULL AND role <> 'control'")["name"]
    assert sorted(windows.loc[windows["section"] != STATED, "names"].explode()) == sorted(known)


def test_units_stay_apart_and_only_tokens_are_converted(windows: pd.DataFrame, ask: Ask) -> None:
    assert set(windows["unit"]) == SECTIONS.keys()
    assert windows.loc[windows["unit"].isin(["residues", "genes"]), "bp_high"].isna().all()
    own = windows[windows["unit"] == "bp"]
    assert (own["bp_high"] == own["high"]).all()
    models = ask("SELECT * FROM model").set_index("name")
    for row in windows[(windows["section"] != STATED) & (windows["unit"] == "tokens")].itertuples():
        for name in row.names:
            model = models.loc[name]
            if not pd.isna(model["context_bp"]):
                assert (row.bp_high, row.computed) == (model["context_bp"], False)
            elif not pd.isna(model["bp_per_token"]):
                assert (row.bp_high, row.computed) == (model["context_value"] * model["bp_per_token"], True)
            else:
                assert pd.isna(row.bp_high)


def test_a_range_is_one_row_with_both_ends(windows: pd.DataFrame) -> None:
    row = windows[windows["label"] == "Enformer/Borzoi"].iloc[0]
    assert (row["low"], row["high"], row["bp_low"], row["bp_high"]) == (2e5, 5e5, 2e5, 5e5)
    assert row["note"].startswith("Low end")
    early = windows[windows["label"] == "Early Transformer DNA models"].iloc[0]
    assert (early["low"], early["high"], early["unit"]) == (512, 4000, "tokens")
    assert pd.isna(early["bp_high"])


def test_lengths_to_compare_with_are_facts_of_the_store(ask: Ask) -> None:
    found = read_distances(ask)
    assert dict(zip(found["label"], found["bp"], strict=True)) == {
        "GUE benchmark (longest input)": 10_000,
        "regulator to gene: up to one million bp": 1_000_000,
    }
    assert found["url"].str.startswith("https://").all()


@pytest.mark.parametrize(
    ("text", "number"),
    [("up to one million", 1e6), ("10 thousand", 1e4), ("2.5 million", 2.5e6), ("far away", None), ("a million", None)],
)
def test_a_number_in_words_is_read_or_left_alone(text: str, number: float | None) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_windows_are_drawn_at_their_numbers(
    colours: Any, windows: pd.DataFrame, ask: Ask, as_data: Callable[[Any], dict[str, Any]]
) -> None:
    figure = as_data(windows_chart(windows, read_distances(ask), colours))
    traces = {trace.get("name"): trace for trace in figure["data"]}
    for unit in SECTIONS:
        rows = windows[windows["unit"] == unit]
        ends = [value for row in rows.itertuples() for value in dict.fromkeys((row.low, row.high))]
        assert traces[unit]["x"] == ends
        assert traces[unit]["marker"]["symbol"].endswith("-open") == (unit != "bp")
    assert len([shape for shape in figure["layout"]["shapes"] if shape["type"] == "line"]) == 2
    assert len(figure["layout"]["yaxis"]["ticktext"]) == len(windows) + windows["section"].nunique()


def test_the_title_of_the_windows_counts_who_reaches_the_longest_distance(windows: pd.DataFrame, ask: Ask) -> None:
    (reach,) = ask("SELECT count(*) AS n FROM model WHERE context_bp >= 1000000")["n"]
    (total,) = ask("SELECT count(*) AS n FROM model WHERE context_value IS NOT NULL")["n"]
    title = words.windows_title(windows, read_distances(ask))
    assert f"of {total} models with a known window see 1,000,000 bp or more" in title
    assert title.lower().startswith({9: "nine"}.get(reach, str(reach)))
    assert (
        words.windows_title(windows, read_distances(ask).iloc[:0]) == f"{total} models of the registry state a window"
    )
    (tokens,) = ask("SELECT count(*) AS n FROM model WHERE context_unit = 'tokens'")["n"]
    assert f"**{tokens}** models" in words.windows_lede(windows)


def test_windows_that_the_registry_puts_elsewhere_than_the_literature_are_named(ask: Ask) -> None:
    found = read_differences(ask).set_index("system")
    assert found.loc["Enformer", ["low", "high", "bp"]].tolist() == [200_000, 500_000, 196_608]
    assert found.loc["Borzoi", "bp"] == 524_288
    assert not {"SpliceAI", "GENA-LM", "HyenaDNA", "Evo 2"} & set(found.index)
    told = words.differences_sentence(read_differences(ask))
    assert told is not None
    assert "Enformer, stated 200,000–500,000 bp, registry 196,608 bp" in told
    assert words.differences_sentence(read_differences(ask).iloc[:0]) is None


def test_a_window_is_written_with_both_ends_of_a_range() -> None:
    assert span(512, 512) == "512"
    assert span(200_000, 500_000) == "200,000–500,000"
    assert span(float("nan"), float("nan")) == "–"


def test_sentences_about_tokens_carry_their_counts() -> None:
    cuts = {cutter.name: cutter.cut(EXAMPLE) for cutter in CUTTERS}
    assert words.tokens_title(cuts, 36) == "The same 36 letters are 6 to 36 tokens"
    assert words.tokens_title({"one": single("A")}, 1) == "The same 1 letters are 1 token whichever way they are cut"
    told = words.leak_sentence("Overlapping 6-mers", hidden(overlapping(EXAMPLE, 6), 17))
    assert "all of its 6 letters can still be read in 10 neighbours; 6 tokens" in told
    assert "nothing of it" in words.leak_sentence("Single", hidden(single(EXAMPLE), 17))
    assert "too short" in words.leak_sentence("6-mers", None)


def test_every_way_of_cutting_is_one_that_a_model_of_the_store_has(ask: Ask) -> None:
    stored = set(ask("SELECT DISTINCT tokenizer FROM model WHERE tokenizer IS NOT NULL")["tokenizer"])
    assert {cutter.kind for cutter in CUTTERS} <= stored
